"""The same county from other clerks: other words, other layouts, lawful oddities. Whatever they do, nothing of it is a mistake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from tests.collection.outside import rosters
from tests.collection.outside.county import (
    CLASS_ITEMS,
    FED,
    GRADE_ITEMS,
    HANDOVER,
    MOVES,
    SCHOOL_ITEMS,
    YEAR,
    County,
    School,
    add_pupils,
    moved,
)
from tests.collection.outside.pages import Page, Places, Rec, save

_SCHOOL_CODES = {
    "小学": "211-小学",
    "小学教学点": "218-小学教学点",
    "初级中学": "311",
    "九年一贯制学校": "312 九年一贯制学校",
    "高级中学": "342-高级中学",
}


def flat(county: County, folder: Path, without: str) -> Places:
    """One folder for all, the code in the name of each file; a workbook a form; every school in its own words."""
    places = Places()
    for school in county.schools:
        start = f"{school.code}{school.name}"
        for kind, name, pages in _by_kind(school):
            if kind != without and pages:
                save(folder, f"{start}{name}.xlsx", pages, places)
    return places


def _roster(school: School) -> list[tuple[str, str]]:
    return rosters.FORM_2022 if "年级" in school.pupils[0] else rosters.A


def _by_kind(school: School) -> list[tuple[str, str, list[Page]]]:
    return [
        ("school", "学校信息", [Page("Sheet1").paper("学校基本信息表", SCHOOL_ITEMS, school.form)]),
        ("class", "班级信息", [Page("Sheet1").line("班级信息表", 10).table(CLASS_ITEMS, school.classes)]),
        ("grade", "年级信息", [Page("Sheet1").table(GRADE_ITEMS, school.grades)] if school.grades else []),
        ("pupils", "学生", [Page("学生基础信息").table(_roster(school), school.pupils)]),
        ("movement", "异动", [Page("Sheet1").table(MOVES, school.movements)] if school.movements else []),
        ("nutrition-pupil", "营养", [Page("Sheet1").line("营养餐学生名单", 8).table(FED, school.nutrition)] if school.nutrition else []),
        ("preschool", "学前调档", [Page("Sheet1").table(HANDOVER, school.preschool)] if school.preschool else []),
    ]  # fmt: skip


def by_name(county: County, folder: Path, without: str) -> Places:
    """Folders that bear the schools' names alone; pupils of each class in a workbook of its own, in a folder of its own."""
    places = Places()
    for school in county.schools:
        for kind, name, pages in _by_kind(school):
            if kind == "pupils" and kind != without:
                for place, record in enumerate(school.classes):
                    if mine := [one for one in school.pupils if one["座"] == place]:
                        page = Page("Sheet1").table(_roster(school), mine)
                        save(folder, f"{school.name}/学生/{record['班级名称']}.xlsx", [page], places)
            elif kind != without and pages:
                save(folder, f"{school.name}/{name}.xlsx", pages, places)
    return places


_LISTED = [("学校标识码", "学校标识码"), ("学校名称", "学校名称")]


def county_wide(county: County, folder: Path, without: str) -> Places:
    """One workbook of the county with a table a form for all its schools; the rosters by school."""
    places = Places()
    forms = [one.form for one in county.schools]
    pages = []
    if without != "school":
        table = [(header.rstrip("★"), key) for header, key in SCHOOL_ITEMS]
        pages.append(Page("学校").line("全县学校基本信息一览表", 21).table(table, forms, serial=True))
    for kind, title, columns in (
        ("classes", "班级", CLASS_ITEMS),
        ("grades", "年级", GRADE_ITEMS),
        ("nutrition", "营养餐学生", FED),
    ):
        records = []
        for school in county.schools:
            for one in getattr(school, kind):
                one.setdefault("学校标识码", school.code)
                one.setdefault("学校名称", school.form["学校名称"])
                records.append(one)
        if without != {"classes": "class", "grades": "grade", "nutrition": "nutrition-pupil"}[kind]:
            pages.append(Page(title).line(f"全县{title}信息", 9).table([*_LISTED, *columns], records))
    save(folder, "全县信息汇总.xlsx", pages, places)
    for school in county.schools:
        if without != "pupils":
            save(
                folder,
                f"{school.code}{school.name}/学生.xlsx",
                [Page("学生基础信息").table(_roster(school), school.pupils)],
                places,
            )
        if without != "movement" and school.movements:
            save(
                folder, f"{school.code}{school.name}/异动.xlsx", [Page("Sheet1").table(MOVES, school.movements)], places
            )
    return places


LAYOUTS = {"flat": flat, "by name": by_name, "county wide": county_wide}


# what is lawful
def dated(county: County) -> None:
    """Dates as Excel has them, or with strokes, points and 年月日."""
    for school in county.schools:
        for number, one in enumerate(school.movements):
            text = str(one["异动日期"])
            day = dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
            one["异动日期"] = (
                day,
                f"{day:%Y-%m-%d}",
                f"{day:%Y.}{day.month}.{day.day}",
                f"{day.year}年{day.month}月{day.day}日",
            )[number % 4]


def coded(county: County) -> None:
    """Codes, or code and name, instead of names; 六年制; 1-是."""
    for school in county.schools:
        school.form["办学类型"] = _SCHOOL_CODES[str(school.form["办学类型"])]
        school.form["举办者"] = "831-县级教育部门"
        school.form["城乡类型"] = "121-镇中心区"
        for key in ("小学学制", "初中学制", "高中学制"):
            if school.form.get(key):
                school.form[key] = {"六": "6年制", "五": "五年制", "四": "4", "三": "三年制"}.get(
                    str(school.form[key])[0], "6"
                )
        kinds = {"普通小学班": "10-普通小学班", "普通初中班": "20", "普通高中班": "40-普通高中班"}
        for one in school.classes:
            one["班级类型"] = kinds.get(str(one["班级类型"]), one["班级类型"])
            one["双语"] = {"是": "1-是", "否": "0"}[str(one["双语"])]


def unused(county: County) -> None:
    """无 and / where there is nothing to write; a campus written where there is but one."""
    for school in county.schools:
        school.form["传真"] = "无"
        for key in ("小学学制", "初中学制", "高中学制"):
            school.form.setdefault(key, "/")
        for one in school.classes:
            one.setdefault("双语语言", "无")
            one.setdefault("双语模式", "/")
            one.setdefault("学制", "")
            if not school.campuses:
                one["校区"] = "无"


def five_four(county: County) -> None:
    """The junior school of four years calls its grades 六年级 to 九年级, as 五四 schools do."""
    words = ("六年级", "六年级", "七年级", "九年级")
    classes = ("1班", "2班", "(1)班", "九年级1班")
    junior = county.schools[3]
    for one in junior.pupils:
        one["年级"], one["班级"] = words[one["座"]], classes[one["座"]]
    for one, word in zip(junior.grades, ("六年级", "七年级", "九年级"), strict=True):
        one["所在年级"] = word


def numberless(county: County) -> None:
    """Children without a number in the nutrition list under a guardian's, handed over as 其他; a move of one of them."""
    nine = county.schools[4]
    child, other = nine.seated(1)[:2]
    nine.nutrition.append(
        Rec(child, 证件号="", 学籍号=child["1证件号"], 身高=120, 体重=22, 班级=nine.classes[1]["班级名称"])
    )
    nine.movements.append(moved(other, "休学", f"{YEAR}1008", 原因="因病"))
    new = nine.seated(0)[0]
    for one in nine.pupils:
        if one is new:
            one["证件类型"], one["证件号"] = "其他", ""
    for listed in (*nine.nutrition, *nine.preschool):
        if listed["姓名"] == new["姓名"]:
            listed["证件类型"], listed["证件号"], listed["学籍号"] = "其他", "", new["2证件号"]
    county.nutrition_schools[4]["人数"] = len(nine.nutrition)
    for one in county.schools[0].nutrition:
        one["学籍号"] = str(one["学籍号"]).lstrip("G")


def multigrade(county: County) -> None:
    """复式班 under a name of its own beside the classes; class names without brackets; a day pupil with 一补."""
    point = county.schools[2]
    for one in point.classes[1:]:
        one["班级类型"], one["复式"] = "小学教学点班", "否"
    point.classes.append(Rec(point.classes[0], 班级名称="复式1班", 班级类型="小学复式班", 复式="是", 人数=7))
    for school in county.schools[4:]:
        for one in school.classes:
            one["班级名称"] = str(one["班级名称"]).replace("(", "").replace(")", "")
    for one in county.schools[0].pupils[:5]:
        one["一补"] = "是"


def there_and_back(county: County) -> None:
    """A pupil left and came back, another was suspended twice; transfers that nobody settled yet; a name in short."""
    five, junior = county.schools[1], county.schools[3]
    back, twice = five.seated(0)[3], junior.seated(3)[2]
    five.movements += [
        moved(back, "转出", f"{YEAR}0301", 转入学校="贵阳市第九小学", 状态="已办结"),
        moved(back, "转入", f"{YEAR}0908", 转出学校="贵阳市第九小学", 状态="已办结"),
        moved(five.seated(0)[4], "转出", f"{YEAR}1102", 转入代码="2152010011", 转入学校="关索小学", 状态="待核办"),
    ]
    junior.movements += [
        moved(twice, kind, date)
        for kind, date in (
            ("休学", f"{YEAR - 1}0301"),
            ("复学", f"{YEAR - 1}0901"),
            ("休学", f"{YEAR}0302"),
            ("复学", f"{YEAR}0901"),
        )
    ]
    junior.movements.append(moved(junior.seated(0)[2], "跳级", f"{YEAR}0901"))


def crowded(county: County) -> None:
    """A full class that is none too large."""
    add_pupils(county, county.schools[5], 0, 55 - len(county.schools[5].seated(0)))


LAWFUL: dict[str, Callable[[County], None]] = {
    one.__name__: one for one in (dated, coded, unused, five_four, numberless, multigrade, there_and_back, crowded)
}
