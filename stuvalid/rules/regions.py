"""REG: division codes, native place and addresses."""

from __future__ import annotations

import re

import numpy as np

from stuvalid.codes import divisions
from stuvalid.findings import Severity
from stuvalid.forms.table import Table
from stuvalid.rules.registry import Cell, Fault, Hits, rule

_DIVISION = ("division",)
# A postcode, phone or identity number written before or behind an address is no house number.
_LONG_NUMBER = re.compile(r"[0-9]{5,}|[(（].*?[)）]|\s+")
# Digits that are no road's own (107国道), or numerals before a word of houses (三组, 十二号), not of roads (五一路).
_NUMBERED = re.compile(
    r"(?<![0-9])[0-9]+(?![0-9]|国道|省道|县道|乡道)|[一二三四五六七八九十百零〇]+(?:号|室|栋|幢|楼|单元|组|队|排|弄|巷|村|社|院|门)"
)
# A house number alone (12号楼3单元501室), and what has to stand before it: the name of some place.
_NUMBER_OF_HOUSE = re.compile(r"[0-9]+(?:号楼|单元|[号栋幢室组楼院门层座])?")
_NAME_OF_PLACE = re.compile(r"[\u4e00-\u9fff]{2}|[A-Za-z]{3}")
_ONLY_REGION = re.compile(
    r".*(?:省|自治区|市|州|盟|县|旗|街道|镇|乡|苏木|(?<![小社园校矿厂片库宿舍活属宅])区|开发园区|工业园区)$"
)
_ONLY_STREET = re.compile(r".*(?:[路街道]|大街|胡同)(?:附近|旁边?|口|边|上|附近小区)?$")
_HOUSES = re.compile(r"[村组队屯寨庄号室栋楼院巷弄里幢排苑园坊查营沟湾坪坝堡区社家厂场店舍厦城郡府庭居寓墅轩]")
# Where a name or number was to be filled in and is not: XX路, ??号, **村, 某某小区, and a gap before 号.
_UNFILLED = re.compile(
    r"(?:(?<![A-Za-z])[Xx]{2,}|[×*＊?？_□]+)(?:[省市州盟县旗区乡镇村路街巷组号楼栋幢室院]|小区|单元|$)|某某|(?<=[\u4e00-\u9fff])\s+号"
)
# What belongs in other columns: a mobile, a landline with its area code, an identity number, a postcode or code in front.
_FOREIGN_NUMBER = re.compile(
    r"(?<![0-9])(?:1[3-9][0-9]{9}|0(?:10|2[0-9]|[3-9][0-9]{2})-[2-9][0-9]{6,7}|[1-9][0-9]{16}[0-9Xx])(?![0-9])"
    r"|^(?:[0-9]{6}|[0-9]{12})(?![0-9]|号|弄|室|部队)|邮编[:：]?[0-9]{6}"
)
# 老家 and the like: what is shorter than the shortest village.
_SHORTEST_PLACE = 3
_SHOWN_CODE = re.compile(r".*[(（]([0-9]{12})[)）]")


def _is_code(value: str) -> bool:
    return value.isascii() and value.isdigit()


_SOME_NUMBER = re.compile(r"[0-9]{2}")


@rule(
    "REG001",
    Severity.ERROR,
    scope="cell",
    kinds=_DIVISION,
    items=(96,),
    zh="行政区划代码“{value}”只有6位，应补足为 {code}",
    en="the division code {value} has six digits; it should be {code}",
    mend="6位后面加000000",
    mend_en="Append 000000",
    source="填报说明：取前六位，后六位补0；校验目录 96",
    bad=[{"birthplace_division": "140106"}],
    good=[{"birthplace_division": "140106000000"}],
)
def six_digit_division(cell: Cell) -> Fault | None:
    if len(cell.value) != 6 or not _is_code(cell.value):
        return None
    code = cell.value + "000000"
    return Fault(fix=code, params={"code": code})


@rule(
    "REG002",
    Severity.WARNING,
    scope="cell",
    kinds=_DIVISION,
    items=(98,),
    zh="“{value}”是地名，这一列要填12位行政区划代码",
    en="{value} is a place name; this column takes a 12-digit division code",
    mend="用 stuvalid codes division 查出代码再填",
    mend_en="Look the code up with: stuvalid codes division",
    source="采集指标 4、17：Excel 中填12位代码；校验目录 98",
    bad=[{"birthplace_division": "山西省太原市迎泽区"}],
    good=[{"birthplace_division": "140106000000"}],
)
def place_name_for_division(cell: Cell) -> Fault | None:
    if shown := _SHOWN_CODE.fullmatch(cell.value):
        code = shown[1]
        place = cell.value[: shown.start(1)].strip("(（ ")
        # The name goes with the fix: where it is another place than the code's, a person has to say which is meant.
        return Fault(fix=code, safe=divisions.full_name(code[:6]).endswith(place))
    if not re.search(r"[\u4e00-\u9fff]", cell.value):
        return None
    found = [entry for entry in divisions.search(cell.value, limit=5) if divisions.full_name(entry.code) == cell.value]
    return Fault(fix=found[0].code + "000000" if len(found) == 1 else None, safe=False, opaque=True)


@rule(
    "REG003",
    Severity.ERROR,
    scope="cell",
    kinds=_DIVISION,
    items=(93,),
    zh="行政区划代码“{value}”不是12位数字",
    en="the division code {value} is not twelve digits",
    mend="填县级6位代码加000000",
    mend_en="Write the six digits of the county and 000000",
    source="统计用区划代码；校验目录 93",
    bad=[{"birthplace_division": "14010600000"}, {"household_division": "4313A1000000"}],
    good=[{"birthplace_division": "140106000000"}],
)
def division_malformed(cell: Cell) -> Fault | None:
    return None if len(cell.value) == 12 and _is_code(cell.value) else Fault()


@rule(
    "REG004",
    Severity.ERROR,
    scope="cell",
    kinds=_DIVISION,
    items=(94,),
    zh="行政区划代码“{value}”应以000000结尾，即 {code}",
    en="the division code {value} should end in 000000: {code}",
    mend="只填到县级，后6位改成000000",
    mend_en="Go down to the county only; the last six digits are 000000",
    source="填报说明：取前六位，后六位补0；校验目录 94",
    bad=[{"household_division": "140106001002"}],
    good=[{"household_division": "140106000000"}],
)
def division_below_county(cell: Cell) -> Fault | None:
    if cell.value.endswith("000000"):
        return None
    code = cell.value[:6] + "000000"
    return Fault(fix=code, safe=False, params={"code": code})


@rule(
    "REG005",
    Severity.WARNING,
    scope="cell",
    kinds=_DIVISION,
    items=(95,),
    zh="我们收录的县（市、区）中没有代码 {county}",
    en="no county of our list has the code {county}",
    mend="用 stuvalid codes division 查出正确的县级代码；确实无误的，把它加进 stuvalid.toml 的 divisions",
    mend_en="Look the county's code up with: stuvalid codes division; if it is right, add it to divisions in stuvalid.toml",
    source="GB/T 2260 历年代码；校验目录 95",
    bad=[{"birthplace_division": "140199000000"}, {"birthplace_division": "140100000000"}],
    good=[{"birthplace_division": "110103000000", "id_number": "11010320070305001X"}],
)
def unknown_county(cell: Cell) -> Fault | None:
    county = cell.value[:6]
    # Of no province at all is more than unknown to us (REG006).
    known = divisions.is_county(county) or county[:2] not in divisions.province_codes()
    return None if known else Fault(opaque=True, params={"county": county})


@rule(
    "REG006",
    Severity.ERROR,
    scope="cell",
    kinds=_DIVISION,
    items=(95,),
    zh="行政区划代码“{value}”不可能存在：没有以 {province} 开头的省份",
    en="the division code {value} cannot exist: no province begins with {province}",
    mend="填县级6位代码加000000；境外学生没有国内的出生地、户口，这一格留空",
    mend_en="Write the six digits of the county and 000000; a pupil from abroad without one leaves the cell blank",
    source="统计用区划代码：不能全为0，前2位是省级代码；校验目录 95",
    bad=[{"birthplace_division": "000000000000"}, {"household_division": "999999000000"}],
    good=[{"birthplace_division": "140106000000"}],
)
def division_of_no_province(cell: Cell) -> Fault | None:
    province = cell.value[:2]
    return (
        None
        if province in divisions.province_codes() or divisions.is_county(cell.value[:6])
        else Fault(params={"province": province})
    )


@rule(
    "REG010",
    Severity.WARNING,
    fields=("birthplace_division", "id_number"),
    items=(97,),
    zh="出生地代码 {birthplace_division} 与身份证号前6位 {region} 不同",
    en="the birthplace {birthplace_division} differs from the number's first six digits {region}",
    mend="户口迁过的属正常；否则改成身份证前6位加000000",
    mend_en="Right if the household moved; else use the first six digits and 000000",
    source="填报说明有两种理解（区划代码/身份证前六位）；校验目录 97",
    bad=[{"birthplace_division": "140107000000"}],
    good=[{"birthplace_division": "140106000000"}],
)
def birthplace_differs_from_number(table: Table) -> Hits | None:
    return _differs_from_number(table, "birthplace_division")


@rule(
    "REG011",
    Severity.WARNING,
    fields=("household_division", "id_number"),
    items=(89,),
    zh="户口所在地代码 {household_division} 与身份证号前6位 {region} 不同",
    en="the household {household_division} differs from the number's first six digits {region}",
    mend="户口迁过的属正常；否则改成身份证前6位加000000",
    mend_en="Right if the household moved; else use the first six digits and 000000",
    source="襄阳导入程序拒收；校验目录 89",
    bad=[{"household_division": "140107000000"}],
    good=[{"household_division": "140106000000"}],
)
def household_differs_from_number(table: Table) -> Hits | None:
    return _differs_from_number(table, "household_division")


def _differs_from_number(table: Table, key: str) -> Hits:
    numbers = table.numbers["id_number"]
    rows = _differing(table, "id_number", key)
    regions = [str(region) for region in numbers.region[rows]]
    return Hits(
        np.array(rows, dtype=np.intp),
        key,
        {"region": regions},
        [f"{region}000000" for region in regions],
        related=("id_number",),
    )


def _differing(table: Table, number: str, key: str) -> list[int]:
    """Records whose division at ``key`` is not the county that the resident's number begins with."""
    numbers = table.numbers[number]
    codes = table[key].numbers_of(slice(0, 6), 12)
    differs = numbers.resident & (numbers.region < 710000) & (codes > 0) & (codes != numbers.region)
    # A region that is not in our list is a fault of the number, told there (IDN033).
    return [row for row in np.flatnonzero(differs).tolist() if divisions.is_county(str(numbers.region[row]))]


@rule(
    "REG012",
    Severity.WARNING,
    items=(89,),
    zh="成员{member}的户口所在地代码 {division} 与其身份证号前6位 {region} 不同，也与学生的户口所在地不同",
    en="the household {division} of family member {member} differs from the number's first six digits {region} and from the pupil's",
    mend="户口迁过的属正常；否则改成身份证前6位加000000",
    mend_en="Right if the household moved; else use the first six digits and 000000",
    source="湖南省填报信：成员户口所在地为其身份证前六位加000000；校验目录 89",
    bad=[{"member1.household_division": "140107000000"}],
    good=[{"member1.household_division": "140106000000"}],
)
def members_household_differs(table: Table) -> list[Hits]:
    hits = []
    for n in (1, 2):
        number, key = f"member{n}.id_number", f"member{n}.household_division"
        if not table.has(number, key):
            continue
        differs = _differing(table, number, key)
        regions = table.numbers[number].region
        # A grown-up's number may begin with a code that is no longer in force: its county has another one now. And
        # where the whole family is registered in one county, its elders have moved there.
        households = table[key].numbers_of(slice(0, 6), 12)
        pupils = table["household_division"].numbers_of(slice(0, 6), 12) if "household_division" in table else None
        rows = [
            row
            for row in differs
            if _is_in_force(str(regions[row])) and (pupils is None or pupils[row] != households[row])
        ]
        params = {
            "member": [str(n)] * len(rows),
            "division": table[key].texts(np.array(rows, dtype=np.intp)),
            "region": [str(regions[row]) for row in rows],
        }
        fixes = [f"{regions[row]}000000" for row in rows]
        hits.append(Hits(np.array(rows, dtype=np.intp), key, params, fixes, related=(number,)))
    return hits


def _is_in_force(county: str) -> bool:
    return divisions.standing(county) is divisions.Standing.CURRENT


@rule(
    "REG020",
    Severity.WARNING,
    fields=("native_place",),
    items=(99,),
    zh="籍贯“{value}”没有写到县（市、区），或夹有号码",
    en="the native place {value} does not go down to a county or district, or holds a number",
    mend="写成如“山西省太原市迎泽区”",
    mend_en="Write it as in 山西省太原市迎泽区",
    source="四川、湖南填报说明：至区/县级；校验目录 99",
    bad=[
        {"native_place": "太原"},
        {"native_place": "山西省"},
        {"native_place": "太原市"},
        {"native_place": "山西省太原市"},
        {"native_place": "北京市"},
        {"native_place": "台湾省"},
        {"native_place": "140106山西省太原市迎泽区"},
        {"native_place": "山西省太原市迎泽区030001"},
    ],
    good=[
        {"native_place": "山西省太原市迎泽区"},
        {"native_place": "广东省东莞市"},
        {"native_place": "浙江省义乌市"},
        {"native_place": "北京市崇文区"},
        {"native_place": "台湾省台北市"},
        {"native_place": "香港特别行政区"},
    ],
)
def native_place_vague(table: Table) -> Hits | None:
    column = table["native_place"]
    wrong = column.where(lambda value: not divisions.names_a_county(value) or _SOME_NUMBER.search(value) is not None)
    if "nationality" in table:
        # Whose home is abroad has it in no county of ours.
        wrong &= ~table.readable("nationality") | table.is_any("nationality", "中国")
    return Hits(np.flatnonzero(wrong & ~table.offered("native_place")), "native_place")


@rule(
    "REG021",
    Severity.WARNING,
    scope="cell",
    kinds=("address",),
    items=(101,),
    zh="地址“{value}”没有写到门牌号或村",
    en="the address {value} does not go down to a house number or village",
    mend="写到门牌号，农村写到村、组",
    mend_en="Give the house number, or village and group",
    source="采集指标 28：写到村/门牌号；校验目录 101",
    bad=[
        {"home_address": "山西省太原市迎泽区"},
        {"mail_address": "太原市"},
        {"home_address": "山西省太原市迎泽区双塔西街"},
        {"home_address": "山西省太原市迎泽区五一路"},
        {"home_address": "030001山西省太原市迎泽区"},
        {"home_address": "13912345678迎泽区桥东镇"},
        {"home_address": "12号楼3单元501室"},
        {"home_address": "99"},
        {"home_address": "老家"},
        {"home_address": "XX省XX市XX路1号"},
        {"home_address": "山西省太原市迎泽区双塔西街??号"},
        {"home_address": "山西省太原市迎泽区双塔西街   号"},
        {"home_address": "山西省太原市迎泽区某某村"},
    ],
    good=[
        {"home_address": "山西省太原市迎泽区双塔西街12号"},
        {"home_address": "山西省平遥县段村镇东安社村"},
        {"home_address": "山西省平遥县段村镇三组"},
        {"home_address": "山西省太原市迎泽区双塔西街铁路宿舍"},
        {"home_address": "山西省太原市迎泽区阳光小区"},
        {"home_address": "山西省太原市迎泽区MAXX小区3号楼"},
        {"home_address": "东安村"},
    ],
)
def address_without_house(cell: Cell) -> Fault | None:
    return Fault() if _is_vague(cell.value) else None


def _is_vague(address: str) -> bool:
    if _UNFILLED.search(address):
        return True
    place = _LONG_NUMBER.sub("", address)
    if len(place) < _SHORTEST_PLACE:
        return True
    if not _NAME_OF_PLACE.search(_NUMBER_OF_HOUSE.sub("", place)):
        return True
    if _NUMBERED.search(place):
        return False
    return bool(_ONLY_REGION.fullmatch(place) or _ONLY_STREET.fullmatch(place) or not _HOUSES.search(place))


@rule(
    "REG022",
    Severity.WARNING,
    scope="cell",
    kinds=("address",),
    items=(101,),
    zh="地址“{value}”里还写着电话、证件号、邮编或代码",
    en="the address {value} also holds a phone, an identity number, a postcode or a code",
    mend="地址只写到门牌号；电话、邮编各有自己的列",
    mend_en="Write the address alone; phone and postcode have columns of their own",
    source="采集指标 28、31、32：现住址、联系电话、邮政编码分列；校验目录 101",
    bad=[
        {"home_address": "030001山西省太原市迎泽区双塔西街12号"},
        {"home_address": "山西省太原市迎泽区双塔西街12号 13912345678"},
        {"member1.home_address": "山西省太原市迎泽区双塔西街12号（邮编030001）"},
    ],
    good=[
        {"home_address": "山西省太原市迎泽区双塔西街12号3号楼501"},
        {"home_address": "山西省太原市迎泽区双塔西街12号院3-1-1201"},
    ],
)
def address_with_other_numbers(cell: Cell) -> Fault | None:
    # An address that is too short as well is told as that.
    return Fault() if _FOREIGN_NUMBER.search(cell.value) and not _is_vague(cell.value) else None
