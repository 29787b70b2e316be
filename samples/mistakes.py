"""Mistakes people make, each on a valid record: what changes, and the cell that must be told.

``item`` is the number in the catalogue of checks (docs/clauses.md). A change is a text, a function of the
record, or ``("number", float)``, ``("date", datetime)``, ``("boolean", bool)``, ``("formula", cached text)`` for how
Excel stored it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stuvalid.codes.identity import check_character

Record = Mapping[str, str]
Change = str | tuple[str, Any] | Callable[[Record], Any]


@dataclass(frozen=True)
class Mistake:
    """``at`` is the field of the cell to be told; ``also`` fields that may rightly be told instead or too."""

    item: int
    what: str
    changes: Mapping[str, Change]
    at: str
    also: tuple[str, ...] = ()


def _digit(record: Record, position: int) -> str:
    number = record["id_number"]
    return number[:position] + str((int(number[position]) + 1) % 10) + number[position + 1 :]


def _renumbered(body: str) -> str:
    return body + check_character(body)


def _other_sex(record: Record) -> str:
    return "女" if record["sex"] == "男" else "男"


def _with_region(region: str) -> Callable[[Record], str]:
    return lambda record: _renumbered(region + record["id_number"][6:17])


def _letter(digit: str, letter: str) -> Callable[[Record], str]:
    """The number with its last ``digit`` typed as ``letter``."""
    return lambda record: letter.join(record["id_number"][:17].rsplit(digit, 1)) + record["id_number"][17:]


def _written(pattern: str) -> Callable[[Record], str]:
    """The birth date in another pattern of year, month and day."""
    return lambda record: pattern.format(
        record["birth_date"][:4], int(record["birth_date"][4:6]), int(record["birth_date"][6:])
    )


def _serial(record: Record) -> int:
    born = record["birth_date"]
    return (dt.date(int(born[:4]), int(born[4:6]), int(born[6:])) - dt.date(1899, 12, 30)).days


def _swapped(number: str) -> str:
    """The number with the first two neighbouring digits that differ, from the eleventh on, exchanged."""
    place = next(place for place in range(10, 17) if number[place] != number[place + 1])
    return number[:place] + number[place + 1] + number[place] + number[place + 2 :]


_WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_NO_NUMBER = {"id_type": "其他", "id_number": ""}
_NO_MEMBER = {
    f"member2.{key}": ""
    for key in (
        "name",
        "relation",
        "relation_note",
        "home_address",
        "household_division",
        "phone",
        "guardian",
        "id_type",
        "id_number",
        "ethnicity",
        "employer",
        "post",
    )
}
_FOREIGNER = {"overseas_status": "外国人", "nationality": "美国"}
_REGIONS = ("birthplace_division", "household_division")
MISTAKES = (
    Mistake(18, "公式错误值", {"health": "#N/A"}, "health"),
    Mistake(24, "姓名后有空格", {"name": lambda r: r["name"] + " "}, "name"),
    Mistake(24, "性别前有空格", {"sex": lambda r: " " + r["sex"]}, "sex"),
    Mistake(
        24,
        "地址里有零宽字符",
        {"home_address": lambda r: r["home_address"][:5] + "\u200b" + r["home_address"][5:]},
        "home_address",
    ),
    Mistake(25, "电话是全角数字", {"phone": "１３９１２３４５６７８"}, "phone"),
    Mistake(26, "姓名中有全角空格", {"name": "王　明"}, "name"),
    Mistake(27, "号码前有撇号", {"id_number": lambda r: "'" + r["id_number"]}, "id_number"),
    Mistake(28, "号码成了科学计数法", {"id_number": "1.40106E+17"}, "id_number"),
    Mistake(29, "号码存成数字", {"id_number": lambda r: ("number", float(r["id_number"][:15] + "000"))}, "id_number"),
    Mistake(30, "班号存成数字", {"class_code": lambda r: ("number", float(r["class_code"]))}, "class_code"),
    Mistake(32, "特长填无", {"talent": "无"}, "talent"),
    Mistake(33, "性别填代码", {"sex": lambda r: "1" if r["sex"] == "男" else "2"}, "sex"),
    Mistake(33, "健康状况填代码-名称", {"health": "10-健康或良好"}, "health"),
    Mistake(34, "姓名用了繁体字", {"name": "張偉明"}, "name"),
    Mistake(36, "学校标识码9位", {"school_code": "211401006"}, "school_code"),
    Mistake(37, "学校标识码是别校的", {"school_code": "2114010099"}, "school_code"),
    Mistake(38, "学校标识码省份不存在", {"school_code": "2199010068"}, "school_code"),
    Mistake(39, "学校标识码占位", {"school_code": "0000000000"}, "school_code"),
    Mistake(40, "班号写成班名", {"class_code": "一年级1班"}, "class_code"),
    Mistake(41, "班号学段不存在", {"class_code": lambda r: r["class_code"][:4] + "501"}, "class_code"),
    Mistake(
        41,
        "班号学段与学校不符",
        {"class_code": lambda r: r["class_code"][:4] + "201"},
        "class_code",
        ("entry_way", "birth_date"),
    ),
    Mistake(
        42,
        "入学年月与班号不符",
        {"enrolment_month": lambda r: f"{int(r['class_code'][:4]) - 1}09"},
        "enrolment_month",
        ("birth_date", "class_code"),
    ),
    Mistake(43, "班级编号00", {"class_code": lambda r: r["class_code"][:5] + "00"}, "class_code"),
    Mistake(50, "姓名为空", {"name": ""}, "name"),
    Mistake(52, "姓名中有字母", {"name": "王xiao明"}, "name"),
    Mistake(53, "间隔号不规范", {"name": "买买提.艾力"}, "name"),
    Mistake(54, "姓名只有一个字", {"name": "王"}, "name"),
    Mistake(56, "姓名有附注", {"name": "张丰(小)"}, "name"),
    Mistake(57, "曾用名与姓名相同", {"former_name": lambda r: r["name"]}, "former_name"),
    Mistake(58, "性别写成男孩子", {"sex": "男孩子"}, "sex"),
    Mistake(59, "性别与号码不符", {"sex": _other_sex}, "sex", ("id_number",)),
    Mistake(60, "出生日期不存在", {"birth_date": "20190230"}, "birth_date"),
    Mistake(
        61,
        "出生日期带横线",
        {"birth_date": lambda r: f"{r['birth_date'][:4]}-{r['birth_date'][4:6]}-{r['birth_date'][6:]}"},
        "birth_date",
    ),
    Mistake(
        61,
        "出生日期存成日期",
        {"birth_date": lambda r: ("date", dt.datetime.strptime(r["birth_date"], "%Y%m%d"))},  # noqa: DTZ007
        "birth_date",
    ),
    Mistake(
        62,
        "出生日期与号码不符",
        {"birth_date": lambda r: r["birth_date"][:6] + f"{int(r['birth_date'][6:]) % 28 + 1:02}"},
        "birth_date",
        ("id_number",),
    ),
    Mistake(63, "出生日期在将来", {"birth_date": "20990101"}, "birth_date"),
    Mistake(
        64,
        "不足龄",
        {**_NO_NUMBER, "birth_date": lambda r: f"{int(r['class_code'][:4]) - 4}0301"},
        "birth_date",
        ("id_number",),
    ),
    Mistake(65, "出生年份两位", {"birth_date": lambda r: r["birth_date"][2:]}, "birth_date"),
    Mistake(66, "证件类型不存在", {"id_type": "学生证"}, "id_type"),
    Mistake(67, "证件类型写身份证", {"id_type": "身份证"}, "id_type"),
    Mistake(68, "有证件类型没有号码", {"id_number": ""}, "id_number"),
    Mistake(69, "类型其他却有号码", {"id_type": "其他"}, "id_type", ("id_number",)),
    Mistake(70, "号码17位", {"id_number": lambda r: r["id_number"][:17]}, "id_number"),
    Mistake(70, "号码19位", {"id_number": lambda r: r["id_number"][:17] + "00"}, "id_number"),
    Mistake(71, "校验码错", {"id_number": lambda r: _digit(r, 15)}, "id_number"),
    Mistake(
        72,
        "末位小写x",
        {"member1.id_number": "14010619860309030x", "member1.relation": "母亲"},
        "member1.id_number",
        ("member1.relation",),
    ),
    Mistake(73, "15位旧号码", {"member1.id_number": "140106800101001"}, "member1.id_number"),
    Mistake(
        74,
        "号码地区不存在",
        {"id_number": _with_region("140199"), "birthplace_division": "140106000000"},
        "id_number",
        ("birthplace_division", "household_division"),
    ),
    Mistake(
        75,
        "号码内日期不存在",
        {"id_number": lambda r: _renumbered(r["id_number"][:6] + "20190231" + r["id_number"][14:17])},
        "id_number",
    ),
    Mistake(76, "号码里0写成O", {"id_number": lambda r: r["id_number"].replace("0", "O", 1)}, "id_number"),
    Mistake(77, "号码里有空格", {"id_number": lambda r: f"{r['id_number'][:6]} {r['id_number'][6:]}"}, "id_number"),
    Mistake(
        82,
        "填成家长的号码",
        {"id_number": lambda r: r["member1.id_number"]},
        "id_number",
        ("sex", "birth_date", "birthplace_division", "household_division"),
    ),
    Mistake(83, "护照类型却是身份证号", {"id_type": "护照"}, "id_type"),
    Mistake(
        84,
        "居住证填成居民身份证",
        {"id_number": _with_region("810000")},
        "id_type",
        ("id_number", "birthplace_division", "household_division"),
    ),
    Mistake(86, "港澳台侨外与类型不符", {"overseas_status": "外国人"}, "overseas_status"),
    Mistake(87, "国籍与类型不符", {"nationality": "美国"}, "nationality"),
    Mistake(88, "有效期颠倒", {"id_validity": "20300101-20200101"}, "id_validity"),
    Mistake(89, "户口与号码不同", {"household_division": "140121000000"}, "household_division"),
    Mistake(93, "出生地代码11位", {"birthplace_division": "14010600000"}, "birthplace_division"),
    Mistake(
        94,
        "户口代码到村",
        {"household_division": lambda r: r["household_division"][:6] + "001002"},
        "household_division",
    ),
    Mistake(95, "出生地县不存在", {"birthplace_division": "140199000000"}, "birthplace_division"),
    Mistake(
        96, "出生地代码6位", {"birthplace_division": lambda r: r["birthplace_division"][:6]}, "birthplace_division"
    ),
    Mistake(97, "出生地与号码不同", {"birthplace_division": "140121000000"}, "birthplace_division"),
    Mistake(98, "出生地填地名", {"birthplace_division": "山西省太原市迎泽区"}, "birthplace_division"),
    Mistake(99, "籍贯太笼统", {"native_place": "太原"}, "native_place"),
    Mistake(100, "现住址为空", {"home_address": ""}, "home_address"),
    Mistake(101, "地址没有门牌", {"mail_address": "山西省太原市迎泽区"}, "mail_address"),
    Mistake(103, "邮编5位", {"postcode": "03001"}, "postcode"),
    Mistake(104, "邮编随手填", {"postcode": "123456"}, "postcode"),
    Mistake(105, "手机10位", {"member1.phone": "1391234567"}, "member1.phone"),
    Mistake(106, "区号丢了0", {"phone": "3514123456"}, "phone"),
    Mistake(107, "手机第二位不对", {"phone": "12012345678"}, "phone"),
    Mistake(110, "信箱没有@", {"email": "wang163.com"}, "email"),
    Mistake(111, "两个电话", {"phone": "13912345678/13812345679"}, "phone"),
    Mistake(112, "入学月份13", {"enrolment_month": lambda r: r["enrolment_month"][:4] + "13"}, "enrolment_month"),
    Mistake(113, "入学月份不在开学", {"enrolment_month": lambda r: r["enrolment_month"][:4] + "05"}, "enrolment_month"),
    Mistake(114, "入学年月带点", {"enrolment_month": lambda r: f"{r['enrolment_month'][:4]}.09.01"}, "enrolment_month"),
    Mistake(115, "入学方式是高中的", {"entry_way": "体育特招"}, "entry_way"),
    Mistake(116, "入学方式填其他", {"entry_way": "其他"}, "entry_way"),
    Mistake(117, "就读方式不对", {"attendance": "走路"}, "attendance"),
    Mistake(118, "政治面貌少先队员", {"political_status": "少先队员"}, "political_status"),
    Mistake(119, "小学生中共党员", {"political_status": "中共党员"}, "political_status"),
    Mistake(120, "民族少了族字", {"ethnicity": "汉"}, "ethnicity"),
    Mistake(121, "国籍不在表中", {"nationality": "火星"}, "nationality"),
    Mistake(122, "居民户口", {"household_type": "居民户口"}, "household_type"),
    Mistake(123, "留守儿童填是", {"left_behind": "是"}, "left_behind"),
    Mistake(
        124,
        "独生子女有兄弟姐妹",
        {"only_child": "是", "member2.relation": "兄弟姐妹"},
        "only_child",
        ("member2.relation",),
    ),
    Mistake(125, "孤儿有父母监护", {"orphan": "是"}, "orphan"),
    Mistake(
        126,
        "留守又随迁",
        {"left_behind": "双亲留守儿童", "migrant_child": "是", "household_type": "农业户口"},
        "migrant_child",
        ("left_behind",),
    ),
    Mistake(
        127,
        "留守却非农",
        {"left_behind": "双亲留守儿童", "household_type": "非农业户口"},
        "left_behind",
        ("household_type",),
    ),
    Mistake(133, "距离带单位", {"school_distance": "2公里"}, "school_distance"),
    Mistake(134, "校车矛盾", {"transport": "校车", "school_bus": "否"}, "school_bus", ("transport",)),
    Mistake(
        136, "关系其他没有说明", {"member2.relation": "其他", "member2.relation_note": ""}, "member2.relation_note"
    ),
    Mistake(
        137,
        "都没有号码",
        {**_NO_NUMBER, "member1.id_number": "", "member2.id_number": ""},
        "member1.id_number",
        ("id_number", "member2.id_number"),
    ),
    Mistake(138, "没有监护人", {"member1.guardian": "否", "member2.guardian": "否"}, "member1.guardian"),
    Mistake(
        139,
        "两名成员是一个人",
        {"member2.name": lambda r: r["member1.name"], "member2.id_number": lambda r: r["member1.id_number"]},
        "member2.name",
        ("member2.relation",),
    ),
    Mistake(140, "母亲是男性", {"member1.relation": "母亲"}, "member1.relation"),
    Mistake(
        141,
        "父亲太年轻",
        {"member1.id_number": lambda r: _renumbered(f"140106{int(r['birth_date'][:4]) - 9}0101" + "333")},
        "member1.id_number",
    ),
    Mistake(142, "成员与学生同名", {"member1.name": lambda r: r["name"]}, "member1.name"),
    Mistake(
        143,
        "成员号码校验码错",
        {"member2.id_number": lambda r: _digit({"id_number": r["member2.id_number"]}, 16)},
        "member2.id_number",
    ),
    Mistake(
        144,
        "单位职务填反",
        {"member1.employer": "教师", "member1.post": "太原市第五中学"},
        "member1.employer",
        ("member1.post",),
    ),
    Mistake(17, "籍贯是公式", {"native_place": lambda r: ("formula", r["native_place"])}, "native_place"),
    Mistake(18, "健康状况是公式的错误值", {"health": ("formula", "#N/A")}, "health"),
    Mistake(18, "号码是引用错误", {"id_number": "#REF!"}, "id_number"),
    Mistake(24, "地址末尾有换行", {"mail_address": lambda r: r["mail_address"] + "\n"}, "mail_address"),
    Mistake(24, "民族后有制表符", {"ethnicity": lambda r: r["ethnicity"] + "\t"}, "ethnicity"),
    Mistake(24, "号码前有不间断空格", {"id_number": lambda r: "\xa0" + r["id_number"]}, "id_number"),
    Mistake(24, "班号前有BOM", {"class_code": lambda r: "\ufeff" + r["class_code"]}, "class_code"),
    Mistake(25, "号码是全角", {"id_number": lambda r: r["id_number"].translate(_WIDE)}, "id_number"),
    Mistake(25, "出生日期是全角", {"birth_date": lambda r: r["birth_date"].translate(_WIDE)}, "birth_date"),
    Mistake(28, "家长号码成了科学计数法", {"member2.id_number": "1.40106198501E+17"}, "member2.id_number"),
    Mistake(
        29,
        "家长号码存成数字",
        {"member1.id_number": lambda r: ("number", float(r["member1.id_number"][:15] + "000"))},
        "member1.id_number",
    ),
    Mistake(30, "学校标识码存成数字", {"school_code": lambda r: ("number", float(r["school_code"]))}, "school_code"),
    Mistake(30, "邮编存成数字丢了0", {"postcode": lambda r: ("number", float(r["postcode"]))}, "postcode"),
    Mistake(30, "电话存成数字", {"phone": lambda r: ("number", float(r["phone"]))}, "phone"),
    Mistake(30, "孤儿存成逻辑值", {"orphan": ("boolean", False)}, "orphan"),
    Mistake(31, "籍贯有控制字符", {"native_place": lambda r: r["native_place"] + "\x07"}, "native_place"),
    Mistake(32, "地址填同上", {"family_address": "同上"}, "family_address"),
    Mistake(32, "曾用名填斜线", {"former_name": "/"}, "former_name"),
    Mistake(32, "信箱填0", {"email": "0"}, "email"),
    Mistake(33, "民族填代码", {"ethnicity": "01"}, "ethnicity"),
    Mistake(33, "国籍填代码", {"nationality": "CHN"}, "nationality"),
    Mistake(34, "姓名有部首形近字", {"name": "王⼩明"}, "name"),
    Mistake(35, "地址远超一格", {"home_address": lambda r: r["home_address"] * 5}, "home_address"),
    Mistake(36, "学校标识码11位", {"school_code": "21140100681"}, "school_code"),
    Mistake(36, "学校标识码有字母", {"school_code": "21140100A8"}, "school_code"),
    Mistake(38, "学校类别不存在", {"school_code": "9914010068"}, "school_code"),
    Mistake(40, "班号6位", {"class_code": lambda r: r["class_code"][:6]}, "class_code"),
    Mistake(44, "班号全校只此一人", {"class_code": lambda r: r["class_code"][:5] + "49"}, "class_code"),
    Mistake(
        46,
        "班号入学年份早已毕业",
        {**_NO_NUMBER, "class_code": "2009101", "enrolment_month": "200909", "birth_date": "20020901"},
        "class_code",
        ("id_number", "member1.id_number", "member2.id_number"),
    ),
    Mistake(51, "两字姓名用空格对齐", {"name": "王 明"}, "name"),
    Mistake(52, "姓名是拼音", {"name": "WangMing"}, "name"),
    Mistake(53, "间隔号是圆点", {"name": "古丽•阿依夏"}, "name"),
    Mistake(56, "姓名后有数字", {"name": "李小明2"}, "name"),
    Mistake(56, "姓名里写曾用名", {"member2.name": "李秀兰（曾用名李兰）"}, "member2.name"),
    Mistake(58, "性别为空", {"sex": ""}, "sex"),
    Mistake(60, "出生日期只有年月", {"birth_date": lambda r: r["birth_date"][:6]}, "birth_date"),
    Mistake(60, "出生日期填不详", {"birth_date": "不详"}, "birth_date"),
    Mistake(61, "出生日期带年月日", {"birth_date": _written("{}年{}月{}日")}, "birth_date"),
    Mistake(61, "出生日期带点", {"birth_date": _written("{}.{}.{}")}, "birth_date"),
    Mistake(61, "出生日期带斜线", {"birth_date": _written("{}/{}/{}")}, "birth_date"),
    Mistake(61, "出生日期是序号", {"birth_date": lambda r: str(_serial(r))}, "birth_date"),
    Mistake(61, "出生日期存成序号数字", {"birth_date": lambda r: ("number", float(_serial(r)))}, "birth_date"),
    Mistake(
        64,
        "年龄过大",
        {**_NO_NUMBER, "birth_date": lambda r: f"{int(r['class_code'][:4]) - 13}0301"},
        "birth_date",
        ("id_number", "member1.id_number", "member2.id_number"),
    ),
    Mistake(66, "家长证件类型不存在", {"member1.id_type": "驾照"}, "member1.id_type"),
    Mistake(
        71,
        "末位抄错",
        {"id_number": lambda r: r["id_number"][:17] + ("3" if r["id_number"][17] != "3" else "5")},
        "id_number",
    ),
    Mistake(71, "相邻两位颠倒", {"member1.id_number": lambda r: _swapped(r["member1.id_number"])}, "member1.id_number"),
    Mistake(73, "学生填15位号码", {"id_number": lambda r: r["id_number"][:6] + r["id_number"][8:17]}, "id_number"),
    Mistake(76, "号码里1写成l", {"id_number": _letter("1", "l")}, "id_number"),
    Mistake(76, "号码里1写成I", {"id_number": _letter("1", "I")}, "id_number"),
    Mistake(
        77,
        "号码里有横线",
        {"id_number": lambda r: f"{r['id_number'][:6]}-{r['id_number'][6:14]}-{r['id_number'][14:]}"},
        "id_number",
    ),
    Mistake(77, "号码末尾有句号", {"id_number": lambda r: r["id_number"] + "。"}, "id_number"),
    Mistake(
        84,
        "新版永久居留证填成居民身份证",
        {"id_number": _with_region("911840"), **_FOREIGNER},
        "id_type",
        ("id_number", *_REGIONS),
    ),
    Mistake(85, "永久居留证号不对", {"id_type": "境外永久居住证", "id_number": "A12345", **_FOREIGNER}, "id_number"),
    Mistake(
        86,
        "护照却填非港澳台侨外",
        {"id_type": "护照", "id_number": "E12345678", "nationality": "美国"},
        "overseas_status",
    ),
    Mistake(
        86,
        "台胞证填香港同胞",
        {
            "id_type": "台湾居民来往大陆通行证",
            "id_number": "01234567",
            "nationality": "台湾",
            "overseas_status": "香港同胞",
        },
        "overseas_status",
    ),
    Mistake(
        87,
        "台胞证却是美国",
        {
            "id_type": "台湾居民来往大陆通行证",
            "id_number": "01234568",
            "nationality": "美国",
            "overseas_status": "台湾同胞",
        },
        "nationality",
    ),
    Mistake(88, "有效期已过", {"id_validity": "20100101-20200101"}, "id_validity"),
    Mistake(88, "有效期写法不对", {"id_validity": "十年"}, "id_validity"),
    Mistake(90, "中国籍没有号码", _NO_NUMBER, "id_number"),
    Mistake(93, "户口代码有字母", {"household_division": "1401O6000000"}, "household_division"),
    Mistake(
        93,
        "家长户口代码13位",
        {"member1.household_division": lambda r: r["member1.household_division"] + "0"},
        "member1.household_division",
    ),
    Mistake(98, "家长户口填地名", {"member2.household_division": "山西省太原市"}, "member2.household_division"),
    Mistake(100, "家长现住址为空", {"member1.home_address": ""}, "member1.home_address"),
    Mistake(101, "地址只写到镇", {"home_address": "山西省平遥县段村镇"}, "home_address"),
    Mistake(102, "通信地址为空", {"mail_address": ""}, "mail_address"),
    Mistake(103, "邮编有字母", {"postcode": "03OOO1"}, "postcode"),
    Mistake(104, "邮编全0", {"postcode": "000000"}, "postcode"),
    Mistake(105, "固定电话位数不够", {"phone": "0351-41234"}, "phone"),
    Mistake(105, "手机12位", {"member2.phone": "139123456789"}, "member2.phone"),
    Mistake(105, "电话填人名", {"phone": "找班主任"}, "phone"),
    Mistake(107, "手机全1", {"phone": "11111111111"}, "phone"),
    Mistake(110, "信箱有中文逗号", {"email": "wang@163，com"}, "email"),
    Mistake(111, "两个手机连写", {"phone": "1391234567813812345679"}, "phone"),
    Mistake(112, "入学年月只有年", {"enrolment_month": lambda r: r["enrolment_month"][:4]}, "enrolment_month"),
    Mistake(114, "入学年月写8位", {"enrolment_month": lambda r: r["enrolment_month"] + "01"}, "enrolment_month"),
    Mistake(
        114,
        "入学年月存成日期",
        {"enrolment_month": lambda r: ("date", dt.datetime(int(r["enrolment_month"][:4]), 9, 1))},  # noqa: DTZ001
        "enrolment_month",
    ),
    Mistake(117, "就读方式填住宿", {"attendance": "住宿"}, "attendance"),
    Mistake(119, "小学生共青团员", {"political_status": "共青团员"}, "political_status"),
    Mistake(120, "民族错别字", {"ethnicity": "士家族"}, "ethnicity"),
    Mistake(122, "城镇户口", {"household_type": "城镇"}, "household_type"),
    Mistake(123, "烈士子女填无", {"martyr_child": "无"}, "martyr_child"),
    Mistake(123, "乘坐校车填对号", {"school_bus": "√"}, "school_bus"),
    Mistake(
        130,
        "随班就读与残疾不符",
        {"inclusion": "视力残疾随班就读", "disability": "听力残疾"},
        "inclusion",
        ("disability",),
    ),
    Mistake(
        130, "残疾却非随班就读", {"inclusion": "非随班就读", "disability": "视力残疾"}, "inclusion", ("disability",)
    ),
    Mistake(132, "健康是残疾却无残疾类型", {"health": "残疾", "disability": "无残疾"}, "disability", ("health",)),
    Mistake(133, "距离500公里", {"school_distance": "500"}, "school_distance"),
    Mistake(133, "距离填很近", {"school_distance": "很近"}, "school_distance"),
    Mistake(135, "只有一名成员", _NO_MEMBER, "member2.name"),
    Mistake(135, "成员1姓名为空", {"member1.name": ""}, "member1.name"),
    Mistake(
        138, "监护人未填", {"member1.guardian": "否", "member2.guardian": ""}, "member1.guardian", ("member2.guardian",)
    ),
    Mistake(140, "父亲是女性", {"member2.relation": "父亲"}, "member2.relation", ("member2.id_number",)),
    Mistake(143, "成员号码17位", {"member1.id_number": lambda r: r["member1.id_number"][:17]}, "member1.id_number"),
    Mistake(
        143,
        "成员号码内日期不存在",
        {
            "member2.id_number": lambda r: _renumbered(
                r["member2.id_number"][:6] + "19850231" + r["member2.id_number"][14:17]
            )
        },
        "member2.id_number",
    ),
)


def apply(mistake: Mistake, record: Record) -> dict[str, Any]:
    """The record with the mistake made; a value that is no text is a (kind, value) pair."""
    changed: dict[str, Any] = dict(record)
    for key, change in mistake.changes.items():
        if key in record:
            changed[key] = change(record) if callable(change) else change
    return changed
