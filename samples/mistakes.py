"""Mistakes people make, each on a valid record: what changes, and the cell that must be told.

``item`` is the number in the catalogue of checks (docs/clauses.md). A change is a text, a function of the
record, or ``("number", text)``, ``("date", date)``, ``("boolean", bool)`` for how Excel stored it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stuvalid.identity import check_character

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


_NO_NUMBER = {"id_type": "其他", "id_number": ""}
MISTAKES = (
    Mistake(18, "公式错误值", {"health": "#N/A"}, "health"),
    Mistake(24, "姓名后有空格", {"name": lambda r: r["name"] + " "}, "name"),
    Mistake(24, "性别前有空格", {"sex": lambda r: " " + r["sex"]}, "sex"),
    Mistake(24, "地址里有零宽字符", {"home_address": lambda r: r["home_address"][:5] + "\u200b" + r["home_address"][5:]}, "home_address"),
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
    Mistake(41, "班号学段与学校不符", {"class_code": lambda r: r["class_code"][:4] + "201"}, "class_code", ("entry_way", "birth_date")),
    Mistake(42, "入学年月与班号不符", {"enrolment_month": lambda r: f"{int(r['class_code'][:4]) - 1}09"}, "enrolment_month", ("birth_date", "class_code")),
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
    Mistake(61, "出生日期带横线", {"birth_date": lambda r: f"{r['birth_date'][:4]}-{r['birth_date'][4:6]}-{r['birth_date'][6:]}"}, "birth_date"),
    Mistake(61, "出生日期存成日期", {"birth_date": lambda r: ("date", dt.datetime.strptime(r["birth_date"], "%Y%m%d"))}, "birth_date"),  # noqa: DTZ007
    Mistake(62, "出生日期与号码不符", {"birth_date": lambda r: r["birth_date"][:6] + f"{int(r['birth_date'][6:]) % 28 + 1:02}"}, "birth_date", ("id_number",)),
    Mistake(63, "出生日期在将来", {"birth_date": "20990101"}, "birth_date"),
    Mistake(64, "不足龄", {**_NO_NUMBER, "birth_date": lambda r: f"{int(r['class_code'][:4]) - 4}0301"}, "birth_date"),
    Mistake(65, "出生年份两位", {"birth_date": lambda r: r["birth_date"][2:]}, "birth_date"),
    Mistake(66, "证件类型不存在", {"id_type": "学生证"}, "id_type"),
    Mistake(67, "证件类型写身份证", {"id_type": "身份证"}, "id_type"),
    Mistake(68, "有证件类型没有号码", {"id_number": ""}, "id_number"),
    Mistake(69, "类型其他却有号码", {"id_type": "其他"}, "id_type", ("id_number",)),
    Mistake(70, "号码17位", {"id_number": lambda r: r["id_number"][:17]}, "id_number"),
    Mistake(70, "号码19位", {"id_number": lambda r: r["id_number"][:17] + "00"}, "id_number"),
    Mistake(71, "校验码错", {"id_number": lambda r: _digit(r, 15)}, "id_number"),
    Mistake(72, "末位小写x", {"member1.id_number": "14010619860309030x", "member1.relation": "母亲"}, "member1.id_number", ("member1.relation",)),
    Mistake(73, "15位旧号码", {"member1.id_number": "140106800101001"}, "member1.id_number"),
    Mistake(74, "号码地区不存在", {"id_number": _with_region("140199"), "birthplace_division": "140106000000"}, "id_number", ("birthplace_division", "household_division")),
    Mistake(75, "号码内日期不存在", {"id_number": lambda r: _renumbered(r["id_number"][:6] + "20190231" + r["id_number"][14:17])}, "id_number"),
    Mistake(76, "号码里0写成O", {"id_number": lambda r: r["id_number"].replace("0", "O", 1)}, "id_number"),
    Mistake(77, "号码里有空格", {"id_number": lambda r: f"{r['id_number'][:6]} {r['id_number'][6:]}"}, "id_number"),
    Mistake(82, "填成家长的号码", {"id_number": lambda r: r["member1.id_number"]}, "id_number", ("sex", "birth_date", "birthplace_division", "household_division")),
    Mistake(83, "护照类型却是身份证号", {"id_type": "护照"}, "id_type"),
    Mistake(84, "居住证填成居民身份证", {"id_number": _with_region("810000")}, "id_type", ("id_number", "birthplace_division", "household_division")),
    Mistake(86, "港澳台侨外与类型不符", {"overseas_status": "外国人"}, "overseas_status"),
    Mistake(87, "国籍与类型不符", {"nationality": "美国"}, "nationality"),
    Mistake(88, "有效期颠倒", {"id_validity": "20300101-20200101"}, "id_validity"),
    Mistake(89, "户口与号码不同", {"household_division": "140121000000"}, "household_division"),
    Mistake(93, "出生地代码11位", {"birthplace_division": "14010600000"}, "birthplace_division"),
    Mistake(94, "户口代码到村", {"household_division": lambda r: r["household_division"][:6] + "001002"}, "household_division"),
    Mistake(95, "出生地县不存在", {"birthplace_division": "140199000000"}, "birthplace_division"),
    Mistake(96, "出生地代码6位", {"birthplace_division": lambda r: r["birthplace_division"][:6]}, "birthplace_division"),
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
    Mistake(124, "独生子女有兄弟姐妹", {"only_child": "是", "member2.relation": "兄弟姐妹"}, "only_child", ("member2.relation",)),
    Mistake(125, "孤儿有父母监护", {"orphan": "是"}, "orphan"),
    Mistake(126, "留守又随迁", {"left_behind": "双亲留守儿童", "migrant_child": "是", "household_type": "农业户口"}, "migrant_child", ("left_behind",)),
    Mistake(127, "留守却非农", {"left_behind": "双亲留守儿童", "household_type": "非农业户口"}, "left_behind", ("household_type",)),
    Mistake(133, "距离带单位", {"school_distance": "2公里"}, "school_distance"),
    Mistake(134, "校车矛盾", {"transport": "校车", "school_bus": "否"}, "school_bus", ("transport",)),
    Mistake(136, "关系其他没有说明", {"member2.relation": "其他", "member2.relation_note": ""}, "member2.relation_note"),
    Mistake(137, "都没有号码", {**_NO_NUMBER, "member1.id_number": "", "member2.id_number": ""}, "member1.id_number", ("id_number",)),
    Mistake(138, "没有监护人", {"member1.guardian": "否", "member2.guardian": "否"}, "member1.guardian"),
    Mistake(139, "两名成员是一个人", {"member2.name": lambda r: r["member1.name"], "member2.id_number": lambda r: r["member1.id_number"]}, "member2.name", ("member2.relation",)),
    Mistake(140, "母亲是男性", {"member1.relation": "母亲"}, "member1.relation"),
    Mistake(141, "父亲太年轻", {"member1.id_number": lambda r: _renumbered(f"140106{int(r['birth_date'][:4]) - 9}0101" + "333")}, "member1.id_number"),
    Mistake(142, "成员与学生同名", {"member1.name": lambda r: r["name"]}, "member1.name"),
    Mistake(143, "成员号码校验码错", {"member2.id_number": lambda r: _digit({"id_number": r["member2.id_number"]}, 16)}, "member2.id_number"),
    Mistake(144, "单位职务填反", {"member1.employer": "教师", "member1.post": "太原市第五中学"}, "member1.employer", ("member1.post",)),
)  # fmt: skip


def apply(mistake: Mistake, record: Record) -> dict[str, Any]:
    """The record with the mistake made; a value that is no text is a (kind, value) pair."""
    changed: dict[str, Any] = dict(record)
    for key, change in mistake.changes.items():
        if key in record:
            changed[key] = change(record) if callable(change) else change
    return changed
