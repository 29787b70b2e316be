"""IDN: identity numbers, and what contradicts them."""

from __future__ import annotations

import re

import numpy as np

from stuvalid.codes import divisions, identity
from stuvalid.findings import Severity
from stuvalid.forms.table import Mask, Table
from stuvalid.rules.registry import Cell, Fault, Hits, rule

RESIDENT_ID = "居民身份证"
OTHER_ID = "其他"
_HONG_KONG_TYPE = "香港特区护照/身份证明"
_MACAU_TYPE = "澳门特区护照/身份证明"
_TAIWAN_TYPE = "台湾居民来往大陆通行证"
_FOREIGN_TYPE = "境外永久居住证"
_PASSPORT_TYPE = "护照"
_OVERSEAS_TYPES = (_HONG_KONG_TYPE, _MACAU_TYPE, _TAIWAN_TYPE, _FOREIGN_TYPE, _PASSPORT_TYPE)
_NUMBER = ("id_number",)
_LOOK_ALIKES = str.maketrans("OoQDlI|SsZzB", "000011155228")
_SEPARATORS = re.compile(r"[\s\-—–_.,，·。、；;]+")
_PATTERNS = {
    _HONG_KONG_TYPE: (identity.HONG_KONG_ID, identity.SAR_PASSPORT, identity.HOME_RETURN, identity.RESIDENT),
    _MACAU_TYPE: (identity.MACAU_ID, identity.SAR_PASSPORT, identity.HOME_RETURN, identity.RESIDENT),
    _TAIWAN_TYPE: (identity.TAIWAN_PASS, identity.RESIDENT),
    _PASSPORT_TYPE: (identity.PASSPORT,),
    "港澳居民来往内地通行证": (identity.HOME_RETURN,),
}
EXAMPLE = {"id_number": "110105201501010017", "sex": "男", "birth_date": "20150101"}


def is_citizen_like(cell: Cell) -> bool:
    """Whether the number should follow GB 11643: a resident's, or one whose type says nothing else."""
    return cell.companion not in (*_OVERSEAS_TYPES, *_PATTERNS)


_SLIP = 2


@rule(
    "IDN001",
    Severity.ERROR,
    scope="cell",
    kinds=_NUMBER,
    items=(77,),
    zh="证件号“{value}”中夹有空格或符号",
    en="the number {value} holds blanks or separators",
    mend="删去空格和符号",
    mend_en="Remove them",
    source="校验目录 77",
    bad=[{**EXAMPLE, "id_number": "110105 20150101 0017"}, {**EXAMPLE, "id_number": "110105-20150101-0017"}],
    good=[EXAMPLE],
)
def separators_in_number(cell: Cell) -> Fault | None:
    bare = _SEPARATORS.sub("", cell.value)
    return Fault(fix=bare) if bare != cell.value else None


@rule(
    "IDN002",
    Severity.ERROR,
    scope="cell",
    kinds=_NUMBER,
    items=(72,),
    zh="证件号“{value}”中的字母应为大写",
    en="letters in the number {value} must be capitals",
    mend="改成大写字母",
    mend_en="Use capitals",
    source="GB 11643-1999 校验码 X；校验目录 72",
    bad=[{"id_number": "11010520150101080x", "sex": "女", "birth_date": "20150101"}],
    good=[EXAMPLE],
)
def lower_case_letter(cell: Cell) -> Fault | None:
    if is_citizen_like(cell) and not re.fullmatch(r"[0-9]{17}[xX×]", cell.value):
        return None
    upper = cell.value.replace("×", "X").upper()
    return Fault(fix=upper) if upper != cell.value else None


@rule(
    "IDN003",
    Severity.ERROR,
    scope="cell",
    kinds=_NUMBER,
    items=(76,),
    private={"likely": "id_number"},
    zh="证件号“{value}”中有形近字母（O与0、l与1等），可能是 {likely}",
    en="the number {value} holds letters that look like digits; {likely} may be meant",
    mend="对照户口簿重新录入",
    mend_en="Type it again from the household register",
    source="校验目录 76",
    bad=[{**EXAMPLE, "id_number": "11O105201501010017"}],
    good=[EXAMPLE],
)
def letter_for_digit(cell: Cell) -> Fault | None:
    if not is_citizen_like(cell) or len(cell.value) not in (15, 18):
        return None
    likely = cell.value[:-1].translate(_LOOK_ALIKES) + (
        cell.value[-1].upper() if cell.value[-1] in "xX" else cell.value[-1].translate(_LOOK_ALIKES)
    )
    if likely == cell.value or not (identity.RESIDENT.fullmatch(likely) or identity.LEGACY.fullmatch(likely)):
        return None
    return Fault(fix=likely, safe=False, params={"likely": likely})


@rule(
    "IDN004",
    Severity.ERROR,
    scope="cell",
    kinds=_NUMBER,
    items=(73,),
    private={"modern": "id_number"},
    zh="“{value}”是15位旧号码，已停用，对应的18位号码是 {modern}",
    en="{value} is a 15-digit number, no longer in use; its 18-digit form is {modern}",
    mend="对照新身份证或户口簿填18位号码",
    mend_en="Write the 18-digit number of the new card",
    source="GB 11643-1999；identity 6.2；校验目录 73",
    bad=[{"member1.id_number": "610104620927690"}],
    good=[EXAMPLE],
)
def legacy_number(cell: Cell) -> Fault | None:
    if not is_citizen_like(cell) or not identity.LEGACY.fullmatch(cell.value):
        return None
    if identity.calendar_date("19" + cell.value[6:12]) is None:
        return None
    modern = identity.modern(cell.value)
    return Fault(fix=modern, safe=False, params={"modern": modern})


@rule(
    "IDN005",
    Severity.ERROR,
    scope="cell",
    kinds=_NUMBER,
    items=(70,),
    zh="身份证号“{value}”是{length}位，应为18位",
    en="the ID number {value} has {length} characters instead of 18",
    mend="对照户口簿重新录入",
    mend_en="Type it again from the household register",
    source="GB 11643-1999 第4章；校验目录 70",
    bad=[{**EXAMPLE, "id_number": "11010520150101001"}, {**EXAMPLE, "id_number": "1101052015010100178"}],
    good=[EXAMPLE],
)
def wrong_length_of_number(cell: Cell) -> Fault | None:
    if not is_citizen_like(cell) or len(cell.value) == 18:
        return None
    if cell.companion != RESIDENT_ID and not (cell.value.isascii() and cell.value.isdigit() and len(cell.value) > 14):
        return None
    return Fault(params={"length": str(len(cell.value))})


@rule(
    "IDN006",
    Severity.ERROR,
    scope="cell",
    kinds=_NUMBER,
    items=(70, 76),
    zh="身份证号“{value}”中有不该出现的字符",
    en="the ID number {value} holds characters that do not belong there",
    mend="前17位只能是数字，末位是数字或X；对照户口簿重新录入",
    mend_en="17 digits and a digit or X; type it again from the household register",
    source="GB 11643-1999 第4章；校验目录 76",
    bad=[{**EXAMPLE, "id_number": "11010A201501010017"}],
    good=[EXAMPLE],
)
def stray_character_in_number(cell: Cell) -> Fault | None:
    if not is_citizen_like(cell) or identity.RESIDENT.fullmatch(cell.value):
        return None
    return Fault() if cell.companion == RESIDENT_ID or len(cell.value) == 18 else None


@rule(
    "IDN007",
    Severity.ERROR,
    scope="cell",
    kinds=_NUMBER,
    items=(75,),
    zh="身份证号“{value}”第7–14位不是真实的出生日期",
    en="digits 7-14 of the ID number {value} are not a possible birth date",
    mend="对照户口簿重新录入",
    mend_en="Type it again from the household register",
    source="GB 11643-1999 5.2；校验目录 75",
    bad=[{**EXAMPLE, "id_number": "110105201502300013"}],
    good=[EXAMPLE],
)
def impossible_birth_in_number(cell: Cell) -> Fault | None:
    if not is_citizen_like(cell) or not identity.RESIDENT.fullmatch(cell.value):
        return None
    born = identity.calendar_date(cell.value[6:14])
    possible = born is not None and born.year >= identity.OLDEST_BIRTH_YEAR and int(cell.value[6:14]) <= cell.today
    return None if possible else Fault()


@rule(
    "IDN008",
    Severity.ERROR,
    scope="cell",
    kinds=_NUMBER,
    items=(71,),
    zh="身份证号“{value}”的校验码不对，前17位若无误末位应为{expected}",
    en="the check character of {value} is wrong; it would be {expected} if the other 17 are right",
    mend="对照户口簿逐位核对后重新录入，不要只改最后一位",
    mend_en="Compare every digit with the household register; do not just change the last",
    source="GB 11643-1999 5.3（ISO 7064 MOD 11-2）；校验目录 71",
    bad=[{**EXAMPLE, "id_number": "110105201501010016"}],
    good=[EXAMPLE],
)
def wrong_check_character(cell: Cell) -> Fault | None:
    if not is_citizen_like(cell) or not identity.RESIDENT.fullmatch(cell.value):
        return None
    expected = identity.check_character(cell.value[:17])
    return None if expected == cell.value[17] else Fault(params={"expected": expected})


@rule(
    "IDN010",
    Severity.ERROR,
    scope="cell",
    kinds=_NUMBER,
    items=(85,),
    zh="永久居留证号“{value}”不对：新版18位以9开头且末位是校验码，旧版是3个字母加12位数字",
    en="the residence card number {value} is wrong: 18 digits from 9 with a check character, or 3 letters and 12 digits",
    mend="对照证件重新录入",
    mend_en="Type it again from the card",
    source="国家移民管理局2023年12月1日新版证件；校验目录 85",
    bad=[{"id_type": "境外永久居住证", "id_number": "811105201501010018"}],
    good=[
        {
            "id_type": "境外永久居住证",
            "nationality": "美国",
            "overseas_status": "外国人",
            "id_number": "USA110480010156",
        }
    ],
)
def foreign_card_malformed(cell: Cell) -> Fault | None:
    if cell.companion != _FOREIGN_TYPE or identity.OLD_FOREIGN_CARD.fullmatch(cell.value):
        return None
    if identity.RESIDENT.fullmatch(cell.value) and cell.value[0] == "9":
        return None if identity.check_character(cell.value[:17]) == cell.value[17] else Fault()
    return Fault()


@rule(
    "IDN011",
    Severity.WARNING,
    scope="cell",
    kinds=_NUMBER,
    items=(83, 86),
    zh="“{value}”不像{companion}的号码",
    en="{value} does not look like a number of the document type given",
    mend="核对证件类型和号码",
    mend_en="Check both the type and the number",
    source="identity 6.4–6.8（格式未经官方确认，故为警告）",
    bad=[
        {"id_type": "台湾居民来往大陆通行证", "id_number": "AB1", "overseas_status": "台湾同胞", "nationality": "台湾"}
    ],
    good=[{"id_type": "护照", "id_number": "E12345678", "nationality": "美国", "overseas_status": "外国人"}],
)
def unlike_its_type(cell: Cell) -> Fault | None:
    patterns = _PATTERNS.get(cell.companion)
    if patterns is None or any(pattern.fullmatch(cell.value) for pattern in patterns):
        return None
    return Fault(params={"companion": cell.companion})


@rule(
    "IDN020",
    Severity.ERROR,
    fields=("sex", "id_number"),
    items=(59,),
    zh="性别“{sex}”与身份证号第17位不符（该号码为{expected}）",
    en="sex {sex} does not agree with the 17th digit of the ID number ({expected})",
    mend="对照户口簿核对性别和身份证号，改错的那一项",
    mend_en="Check sex and number against the household register and mend the wrong one",
    source="GB 11643-1999 5.2；采集方案 三.7；校验目录 59",
    bad=[{**EXAMPLE, "sex": "女"}],
    good=[EXAMPLE],
)
def sex_contradicts_number(table: Table) -> Hits | None:
    wrong = _sex_differs(table) & ~_birth_differs(table) & ~number_is_members(table)
    rows = np.flatnonzero(wrong)
    expected = ["男" if sex == 1 else "女" for sex in table.numbers["id_number"].sex[rows]]
    return Hits(rows, "sex", {"expected": expected}, expected, related=("id_number",))


@rule(
    "IDN021",
    Severity.ERROR,
    fields=("birth_date", "id_number"),
    items=(62,),
    private={"expected": "birth"},
    zh="出生日期“{birth_date}”与身份证号中的 {expected} 不符",
    en="birth date {birth_date} does not agree with {expected} in the ID number",
    mend="对照户口簿核对出生日期和身份证号，改错的那一项",
    mend_en="Check birth date and number against the household register and mend the wrong one",
    source="GB 11643-1999 5.2；采集方案 三.7；校验目录 62",
    bad=[{**EXAMPLE, "birth_date": "20150102"}],
    good=[EXAMPLE],
)
def birth_contradicts_number(table: Table) -> Hits | None:
    wrong = _birth_differs(table) & ~_sex_differs(table) & ~number_is_members(table)
    rows = np.flatnonzero(wrong)
    expected = [str(birth) for birth in table.numbers["id_number"].birth[rows]]
    # A slip of the pen changes a digit or exchanges two; a wholly other date speaks of another child's number.
    fixes = [
        birth if sum(a != b for a, b in zip(birth, written, strict=False)) <= _SLIP else ""
        for birth, written in zip(expected, table["birth_date"].texts(rows), strict=True)
    ]
    return Hits(rows, "birth_date", {"expected": expected}, fixes, related=("id_number",))


@rule(
    "IDN022",
    Severity.ERROR,
    fields=("sex", "birth_date", "id_number"),
    items=(59, 62),
    private={"birth_inside": "birth"},
    zh="身份证号中的性别和出生日期（{sex_inside}，{birth_inside}）都与所填不符，像是别人的号码",
    en="sex and birth date inside the number ({sex_inside}, {birth_inside}) both differ from what is filled in: it looks like another person's",
    mend="对照户口簿重新录入该生的身份证号",
    mend_en="Type this pupil's number again from the household register",
    source="GB 11643-1999 5.2；校验目录 59、62",
    bad=[{**EXAMPLE, "sex": "女", "birth_date": "20140607"}],
    good=[EXAMPLE],
)
def number_of_another_person(table: Table) -> Hits | None:
    rows = np.flatnonzero(_birth_differs(table) & _sex_differs(table) & ~number_is_members(table))
    numbers = table.numbers["id_number"]
    params = {
        "sex_inside": ["男" if sex == 1 else "女" for sex in numbers.sex[rows]],
        "birth_inside": [str(birth) for birth in numbers.birth[rows]],
    }
    return Hits(rows, "id_number", params, related=("sex", "birth_date"))


def _sex_differs(table: Table) -> Mask:
    numbers = table.numbers["id_number"]
    filled = np.where(table.is_any("sex", "男"), 1, np.where(table.is_any("sex", "女"), 2, 0))
    return np.asarray(numbers.resident & (filled > 0) & (filled != numbers.sex), dtype=np.bool_)


def _birth_differs(table: Table) -> Mask:
    numbers = table.numbers["id_number"]
    births = table.births.get("birth_date")
    if births is None:
        return np.zeros(len(table), dtype=np.bool_)
    return np.asarray(numbers.resident & (births > 0) & (births != numbers.birth), dtype=np.bool_)


def number_is_members(table: Table) -> Mask:
    """Records whose number is also a family member's, and not by its birth date the pupil's own."""
    numbers = table.numbers["id_number"]
    same = np.zeros(len(table), dtype=np.bool_)
    for n in (1, 2):
        member = table.numbers.get(f"member{n}.id_number")
        if member is not None:
            same |= numbers.resident & member.resident & (numbers.body == member.body)
    births = table.births.get("birth_date")
    return same if births is None else same & ~((births > 0) & (births == numbers.birth))


@rule(
    "IDN030",
    Severity.WARNING,
    fields=("id_type", "id_number"),
    items=(69,),
    zh="证件类型为“其他”，却填了号码 {id_number}",
    en="the document type is 其他, yet a number is given",
    mend="有身份证的把证件类型改成居民身份证；确无号码的清空号码",
    mend_en="Set the type to 居民身份证 if it is a resident number, or clear the number",
    source="采集指标 8–9；校验目录 69",
    bad=[{**EXAMPLE, "id_type": "其他"}],
    good=[{"id_type": "其他", "id_number": ""}],
)
def number_beside_other_type(table: Table) -> Hits | None:
    rows = np.flatnonzero(table.is_any("id_type", OTHER_ID) & table["id_number"].filled)
    return Hits(rows, "id_type", related=("id_number",))


@rule(
    "IDN031",
    Severity.WARNING,
    fields=("id_type", "id_number"),
    items=(83,),
    zh="证件类型是“{id_type}”，号码却是居民身份证号",
    en="the document type is {id_type}, but the number is a resident's",
    mend="把证件类型改成居民身份证，或核对号码",
    mend_en="Set the type to 居民身份证, or check the number",
    source="identity 6.9；校验目录 83",
    bad=[{**EXAMPLE, "id_type": "护照"}],
    good=[EXAMPLE],
)
def resident_number_under_other_type(table: Table) -> Hits | None:
    numbers = table.numbers["id_number"]
    ordinary = numbers.resident & (numbers.region < 810000) & (numbers.region >= 110000)
    rows = np.flatnonzero(ordinary & table.is_any("id_type", *_OVERSEAS_TYPES))
    return Hits(rows, "id_type", fixes=[RESIDENT_ID] * len(rows), related=("id_number",))


@rule(
    "IDN032",
    Severity.WARNING,
    fields=("id_type", "id_number"),
    items=(84,),
    zh="号码以 {prefix} 开头，是居住证或永久居留证，不是居民身份证",
    en="a number beginning with {prefix} is a residence permit, not a resident ID card",
    mend="按证件改选证件类型，并核对港澳台侨外",
    mend_en="Choose the type of the document and check the overseas status",
    source="港澳台居民居住证 810000/820000/830000；新版永久居留证以9开头；校验目录 84",
    bad=[
        {
            "id_number": "810000201501010015",
            "sex": "男",
            "birth_date": "20150101",
            "birthplace_division": "810000000000",
            "household_division": "810000000000",
        }
    ],
    good=[EXAMPLE],
)
def permit_under_resident_type(table: Table) -> Hits | None:
    numbers = table.numbers["id_number"]
    permit = numbers.resident & (numbers.region >= 810000) & table.is_any("id_type", RESIDENT_ID)
    rows = np.flatnonzero(permit)
    prefixes = [str(region)[:2] if region < 900000 else "9" for region in numbers.region[rows]]
    return Hits(rows, "id_type", {"prefix": prefixes}, related=("id_number",))


@rule(
    "IDN033",
    Severity.WARNING,
    items=(74,),
    zh="号码前6位 {region} 不在我们收录的历年行政区划代码中",
    en="the first six digits {region} are not in our list of division codes, past and present",
    mend="对照户口簿核对前6位；确实无误的，把它加进 stuvalid.toml 的 divisions",
    mend_en="Compare the first six digits with the household register; if they are right, add them to divisions in stuvalid.toml",
    source="GB/T 2260 历年代码；校验目录 74",
    bad=[{"id_number": "140199201501010012", "sex": "男", "birth_date": "20150101"}],
    good=[EXAMPLE],
)
def unknown_region_in_number(table: Table) -> list[Hits]:
    hits = []
    for key, numbers in table.numbers.items():
        regions = sorted(set(numbers.region[numbers.resident].tolist()))
        unknown = [region for region in regions if region < 900000 and not divisions.is_county(str(region))]
        if unknown:
            rows = np.flatnonzero(numbers.resident & np.isin(numbers.region, unknown))
            hits.append(Hits(rows, key, {"region": [str(region) for region in numbers.region[rows]]}))
    return hits


@rule(
    "IDN034",
    Severity.ERROR,
    fields=("id_number",),
    items=(82,),
    zh="学生的证件号与{member}的相同",
    en="the pupil's number is the same as that of {member}",
    mend="学生本人的号码填在“身份证件号”，家长的填在成员栏",
    mend_en="The pupil's own number goes into 身份证件号, the parents' into theirs",
    source="校验目录 82",
    bad=[{"id_number": "140106198001010018", "member1.id_number": "140106198001010018", "member1.relation": "父亲"}],
    good=[EXAMPLE],
)
def number_is_a_members(table: Table) -> list[Hits]:
    pupil = table.numbers["id_number"]
    own = ~number_is_members(table)
    hits = []
    for n in (1, 2):
        key = f"member{n}.id_number"
        member = table.numbers.get(key)
        if member is None:
            continue
        same = pupil.resident & member.resident & (pupil.body == member.body)
        for rows, at, other in (
            (np.flatnonzero(same & ~own), "id_number", key),
            (np.flatnonzero(same & own), key, "id_number"),
        ):
            hits.append(Hits(rows, at, {"member": [f"成员{n}"] * len(rows)}, related=(other,)))
    return hits


@rule(
    "IDN040",
    Severity.WARNING,
    fields=("id_type", "overseas_status"),
    items=(86,),
    zh="证件类型是“{id_type}”，港澳台侨外却是“{overseas_status}”",
    en="the document type is {id_type}, but the overseas status is {overseas_status}",
    mend="核对证件类型和港澳台侨外",
    mend_en="Check the document type and the overseas status",
    source="identity 6.9；校验目录 86",
    bad=[{"overseas_status": "外国人"}],
    good=[{"overseas_status": "否"}],
)
def overseas_status_contradicts_type(table: Table) -> Hits | None:
    status = "overseas_status"
    none = table.is_any(status, "否", "非港澳台侨")
    foreign = table.is_any(status, "外国人", "外籍华裔人", "非华裔中国人", "香港同胞", "澳门同胞", "台湾同胞")
    numbers = table.numbers.get("id_number")
    permit = numbers.region >= 810000 if numbers is not None else np.zeros(len(table), dtype=np.bool_)
    wrong = table.is_any("id_type", RESIDENT_ID) & foreign & ~permit
    wrong |= table.is_any("id_type", *_OVERSEAS_TYPES) & none & ~_holds_resident_number(table)
    pairs = ((_HONG_KONG_TYPE, "香港"), (_MACAU_TYPE, "澳门"), (_TAIWAN_TYPE, "台湾"))
    for document, place in pairs:
        others = [f"{other}同胞" for _, other in pairs if other != place]
        wrong |= table.is_any("id_type", document) & table.is_any(status, *others, "外国人")
    return Hits(np.flatnonzero(wrong), status, related=("id_type",))


@rule(
    "IDN041",
    Severity.WARNING,
    fields=("id_type", "nationality"),
    items=(87,),
    zh="证件类型是“{id_type}”，国籍/地区却是“{nationality}”",
    en="the document type is {id_type}, but the nationality is {nationality}",
    mend="核对证件类型和国籍/地区",
    mend_en="Check the document type and the nationality",
    source="identity 6.9；校验目录 87",
    bad=[{"nationality": "美国"}],
    good=[{"nationality": "中国"}],
)
def nationality_contradicts_type(table: Table) -> Hits | None:
    chinese = table.is_any("nationality", "中国")
    greater = table.is_any("nationality", "中国", "香港", "澳门", "台湾")
    given = table.readable("nationality")
    numbers = table.numbers.get("id_number")
    permit = numbers.region >= 810000 if numbers is not None else np.zeros(len(table), dtype=np.bool_)
    wrong = table.is_any("id_type", RESIDENT_ID) & given & ~chinese & ~permit
    wrong |= table.is_any("id_type", _HONG_KONG_TYPE, _MACAU_TYPE, _TAIWAN_TYPE) & given & ~greater
    wrong |= table.is_any("id_type", _FOREIGN_TYPE) & chinese & ~_holds_resident_number(table)
    return Hits(np.flatnonzero(wrong), "nationality", related=("id_type",))


def _holds_resident_number(table: Table) -> Mask:
    """Records already told about by the rule on a resident's number under another type."""
    numbers = table.numbers.get("id_number")
    if numbers is None:
        return np.zeros(len(table), dtype=np.bool_)
    return np.asarray(numbers.resident & (numbers.region < 810000), dtype=np.bool_)


@rule(
    "IDN050",
    Severity.WARNING,
    fields=("id_type", "id_number", "nationality"),
    items=(90,),
    zh="中国籍学生没有身份证号，须开具无身份证号学生在校就读证明",
    en="a Chinese national without a number needs the school's certificate of attendance",
    mend="由学生、家长签字，学校盖章，报主管部门备案",
    mend_en="Signed by pupil and parent, sealed by the school, filed with the authority",
    source="采集方案附件2-3；校验目录 90（证明不在表内，故为警告）",
    bad=[{"id_type": "其他", "id_number": ""}],
    good=[EXAMPLE],
)
def certificate_needed(table: Table) -> Hits | None:
    rows = np.flatnonzero(
        table.is_any("id_type", OTHER_ID) & ~table["id_number"].filled & table.is_any("nationality", "中国")
    )
    return Hits(rows, "id_number")


@rule(
    "IDN060",
    Severity.ERROR,
    fields=("continuation_mark",),
    items=(91,),
    zh="学籍号“{value}”不对：应为 G、J 或 L 加18位号码，共19位",
    en="the record number {value} is wrong: G, J or L and 18 characters",
    mend="从系统中导出学籍号，整列粘贴",
    mend_en="Export the record numbers from the system and paste them",
    source="学籍号编码规则；校验目录 91",
    bad=[{"@form": "student-continuation", "continuation_mark": "G14010620150101001"}],
    good=[{"@form": "student-continuation", "continuation_mark": "G110105201501010017", **EXAMPLE}],
)
def record_number_malformed(table: Table) -> Hits | None:
    column = table["continuation_mark"]
    rows = np.flatnonzero(column.filled)
    wrong = [n for n, text in enumerate(column.texts(rows)) if not identity.RECORD_NUMBER.fullmatch(text)]
    return Hits(rows[wrong], "continuation_mark")


@rule(
    "IDN061",
    Severity.WARNING,
    fields=("continuation_mark", "id_number"),
    items=(92,),
    zh="学籍号与现在的身份证号不一致",
    en="the record number differs from the present ID number",
    mend="身份证号变更过的属正常；否则核对号码",
    mend_en="Right if the ID number was changed since; else check it",
    source="学籍号 G+身份证号；校验目录 92",
    bad=[{"@form": "student-continuation", "continuation_mark": "G110105201501020012", **EXAMPLE}],
    good=[{"@form": "student-continuation", "continuation_mark": "G110105201501010017", **EXAMPLE}],
)
def record_number_differs(table: Table) -> Hits | None:
    column = table["continuation_mark"]
    numbers = table.numbers["id_number"]
    rows = np.flatnonzero(column.filled & numbers.resident)
    differs = [
        n
        for n, (text, body) in enumerate(zip(column.texts(rows), numbers.body[rows].tolist(), strict=True))
        if identity.RECORD_NUMBER.fullmatch(text) and text[0] == "G" and int(text[1:18]) != body
    ]
    return Hits(rows[differs], "continuation_mark", related=("id_number",))
