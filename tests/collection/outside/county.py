"""Six schools with every form of the collection, each in the layout its clerk chose; the seed decides who is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.collection.outside import rosters
from tests.collection.outside.pages import Page, Places, Rec, save
from tests.collection.outside.people import COUNTY, People

TODAY = dt.date.today()  # noqa: DTZ011 - the program's own
YEAR = TODAY.year - (TODAY.month < 9)
KINDS = ("school", "campus", "class", "grade", "preschool", "movement", "nutrition-school", "nutrition-pupil", "pupils")
_STAGES = {"小学": 1, "初中": 2, "高中": 3}


@dataclass
class School:
    """What one school hands in."""

    code: str
    name: str
    form: Rec
    classes: list[Rec] = field(default_factory=list)
    campuses: list[Rec] = field(default_factory=list)
    grades: list[Rec] = field(default_factory=list)
    pupils: list[Rec] = field(default_factory=list)
    movements: list[Rec] = field(default_factory=list)
    nutrition: list[Rec] = field(default_factory=list)
    preschool: list[Rec] = field(default_factory=list)

    def seated(self, number: int) -> list[Rec]:
        """The pupils of the school's class of that place in the list."""
        return [one for one in self.pupils if one["座"] == number and "外" not in one]


@dataclass
class County:
    """The schools, and the county's own list of who takes part in the nutrition programme."""

    schools: list[School]
    nutrition_schools: list[Rec]
    people: People


def name_of(stage: str, year: int, number: int) -> str:
    return f"{stage}{year}级({number})班"


def a_class(stage: str, year: int, number: int, **more: str) -> Rec:
    kinds = {"小学": "普通小学班", "初中": "普通初中班", "高中": "普通高中班"}
    return Rec(
        {
            "班级名称": name_of(stage, year, number),
            "班级类型": kinds[stage],
            "双语": "否",
            "复式": "否",
            "招生年度": str(year),
        },
        more,
        是=(stage, year, number),
    )


def _school(
    people: People, code: str, name: str, kind: str, years: dict[str, str], classes: list[Rec], sizes: Sequence[int]
) -> School:
    form = Rec(
        {
            "学校标识码": code, "学校名称": f"关岭布依族苗族自治县{name}", "英文名称": "无", "地址": f"贵州省安顺市关岭布依族苗族自治县{name[:2]}路18号",
            "地址代码": "520424001001", "城乡类型": "镇中心区", "属地": "关岭布依族苗族自治县教育和科技局", "属地代码": COUNTY + "000000",
            "主管": "关岭布依族苗族自治县教育和科技局", "主管代码": COUNTY + "000000", "办学类型": kind, "举办者": "县级教育部门",
            "校长": people.name(), "校长手机": people.phone(), "办公电话": "0851-37221234", "传真": "0851-37221235", "邮编": "561300",
            "信箱": "school@guanling.edu.cn",
        },
        years,
    )  # fmt: skip
    school = School(code, name, form, classes)
    for place, (record, size) in enumerate(zip(classes, sizes, strict=True)):
        record["班主任"] = people.name()
        record["人数"] = size
        school.pupils += [_pupil(people, school, place) for _ in range(size)]
    return school


def _pupil(people: People, school: School, place: int) -> Rec:
    stage, year, number = school.classes[place]["是"]
    pupil = people.pupil(school.code, _STAGES[stage], year, number)
    pupil["户口地址"] = pupil["1户口地址"] = pupil["2户口地址"] = pupil["现住址"]
    pupil["座"] = place
    return pupil


def add_pupils(county: County, school: School, place: int, count: int) -> list[Rec]:
    """More pupils in a class; the record of the class counts them."""
    made = [_pupil(county.people, school, place) for _ in range(count)]
    for one in made:
        for like in ("校区号", "年级", "班级"):
            if like in (first := school.seated(place)[0]):
                one[like] = first[like]
    school.pupils += made
    school.classes[place]["人数"] = len(school.seated(place))
    return made


def county(seed: int = 7, larger: int = 1) -> County:
    """Six schools with nothing wrong; ``larger`` multiplies the sizes of the classes."""
    y = YEAR
    people = People(seed)

    def sizes(*given: int) -> list[int]:
        return [one * larger for one in given]

    central = _school(
        people, "2152010011", "关索中心小学", "小学", {"小学学制": "六年"},
        [a_class("小学", y, 1, 校区="本部"), a_class("小学", y, 2, 校区="河东校区"), a_class("小学", y - 1, 1, 校区="本部"), a_class("小学", y - 3, 1, 校区="本部")],
        sizes(14, 10, 9, 8),
    )  # fmt: skip
    central.campuses = [
        Rec(校区名称="本部", 校区号="1", 校区地址="滨江路18号", 校区地址代码="520424001001", 负责人=people.name(), 电话="0851-37221236", 邮编="561300"),
        Rec(校区名称="河东校区", 校区号="2", 校区地址="河东路3号", 校区地址代码="520424001002", 负责人=people.name(), 电话=people.phone(), 邮编="561300"),
    ]  # fmt: skip
    five = _school(
        people, "2152010022", "花江第二小学", "小学", {"小学学制": "五年"},
        [a_class("小学", y, 1, 校区="1"), a_class("小学", y - 2, 1, 校区="1"), a_class("小学", y - 4, 1, 校区="2")], sizes(10, 8, 9),
    )  # fmt: skip
    five.campuses = [
        Rec(校区名称="花江本部", 校区号="1", 校区地址="建设街2号", 校区地址代码="520424101001", 负责人=people.name(), 电话="0851-37331236", 邮编="561301"),
        Rec(校区名称="太坪校区", 校区号="2", 校区地址="太坪村", 校区地址代码="520424101205", 负责人=people.name(), 电话=people.phone(), 邮编="561301"),
    ]  # fmt: skip
    for one in five.pupils:
        one["校区号"] = "2" if one["座"] == 2 else "1"
    five.grades = [_grade("小学", y, "5"), _grade("小学", y - 2, "5"), _grade("小学", y - 4, "5")]
    point = _school(
        people, "2152010033", "岗乌教学点", "小学教学点", {"小学学制": "6"},
        [a_class("小学", y, 1, 班级类型="小学教学点班"), a_class("小学", y - 1, 1, 班级类型="小学复式班", 复式="是"), a_class("小学", y - 2, 1, 班级类型="小学复式班", 复式="是")],
        (2, 3, 4),
    )  # fmt: skip
    junior = _school(
        people, "3152010044", "民族中学", "初级中学", {"初中学制": "四年"},
        [a_class("初中", y, 1), a_class("初中", y, 2), a_class("初中", y - 1, 1), a_class("初中", y - 3, 1)], sizes(9, 8, 8, 7),
    )  # fmt: skip
    words = (
        ("初中一年级", "1班"),
        ("初中一年级", "(2)班"),
        ("初中二年级", f"初中{y - 1}级（1）班"),
        ("初中四年级", f"初中{y - 3}级1班"),
    )
    for one in junior.pupils:
        one["年级"], one["班级"] = words[int(str(one["座"]))]
    junior.grades = [_grade("初中", y, "四年"), _grade("初中", y - 1, "四年"), _grade("初中", y - 3, "四年")]
    nine = _school(
        people, "3152010055", "坡贡民族学校", "九年一贯制学校", {"小学学制": "六", "初中学制": "三"},
        [
            a_class("小学", y, 1, 班级类型="少数民族小学班", 双语="是", 双语语言="布依语", 双语模式="一类模式"),
            a_class("小学", y - 4, 1), a_class("初中", y, 1), a_class("初中", y - 2, 1),
        ],
        sizes(8, 7, 9, 8),
    )  # fmt: skip
    for place, one in enumerate(nine.seated(1)[:2]):
        one["证件类型"], one["证件号"] = "其他", ""
        one["姓名"] = people.name("潘" if place else "韦")
    senior = _school(
        people, "3452010066", "第一高级中学", "高级中学", {"高中学制": "三年"},
        [a_class("高中", y, 1), a_class("高中", y, 2), a_class("高中", y - 1, 1), a_class("高中", y - 2, 12)], sizes(9, 8, 8, 8),
    )  # fmt: skip
    schools = [central, five, point, junior, nine, senior]
    for number, school in enumerate((central, nine)):
        school.preschool = [
            Rec(one, 证件号=one["证件号"]) for one in school.pupils if str(one["班号"])[:5] == f"{y}1"
        ][: 16 - number]  # fmt: skip
    for school in (central, five, junior, nine):
        school.nutrition = [
            Rec(one, 学籍号=("G" if place % 2 else "") + str(one["证件号"]), 身高=118.5 + place % 7, 体重=21 + place % 5, 班级=name_in_list(school, one))
            for place, one in enumerate(school.pupils) if one["证件号"] and place % 3
        ]  # fmt: skip
    _move(central, five, junior, nine, senior, people)
    lists = [
        Rec(学校标识码=one.code, 学校名称=one.form["学校名称"], 享受="是" if one.nutrition else "否", 标准="5" if one.nutrition else "", 模式="食堂供餐" if one.nutrition else "", 人数=len(one.nutrition))
        for one in schools
    ]  # fmt: skip
    return County(schools, lists, people)


def name_in_list(school: School, pupil: Rec) -> str:
    return str(school.classes[int(str(pupil["座"]))]["班级名称"])


def _grade(stage: str, year: int, years: str) -> Rec:
    order = "一二三四五六"[YEAR - year]
    return Rec(
        教育阶段=stage,
        所在年级=f"{stage}{order}年级",
        年级名称=f"{stage}{year}级",
        入学年份=str(year),
        年级状态="正常",
        学制=years,
    )


def moved(pupil: Rec, kind: str, date: dt.date | str, **more: str) -> Rec:
    """One movement of a pupil."""
    written = date if isinstance(date, str) else f"{date:%Y%m%d}"
    number = str(pupil["证件号"])
    return Rec(pupil, {"学籍号": f"G{number}" if number else "", "异动类型": kind, "异动日期": written}, more)


def stranger(county: County, school: School, place: int) -> Rec:
    """A child of that age who is in no roster."""
    return _pupil(county.people, school, place)


def _move(central: School, five: School, junior: School, nine: School, senior: School, people: People) -> None:
    """What lawfully happened: moves in the county with both sides, one from outside, leaves and returns, a death."""
    y = YEAR
    arrived, second = central.seated(2)[0], nine.seated(3)[0]
    gone = people.pupil(junior.code, 2, y - 1, 1)
    dead = people.pupil(senior.code, 3, y - 1, 1)
    abroad = people.pupil(senior.code, 3, y - 2, 12)
    five.movements = [
        moved(
            arrived, "转出", f"{y}0304", 转入代码=central.code, 转入学校=str(central.form["学校名称"]), 状态="已办结"
        ),
        moved(five.seated(1)[0], "休学", f"{y}0310", 原因="因病"),
        moved(five.seated(1)[1], "休学", f"{y - 1}0901", 原因="因病"),
        moved(five.seated(1)[1], "复学", f"{y}0901"),
    ]
    central.movements = [
        moved(arrived, "转入", f"{y}0302", 转出代码=five.code, 转出学校=str(five.form["学校名称"]), 状态="已办结"),
        moved(central.seated(3)[0], "转入", f"{y}0901", 转出学校="贵阳市南明区实验小学", 状态="已办结"),
        moved(central.seated(3)[1], "转入", f"{y}1009", 转出学校="贵阳市云岩区第三小学", 状态="等对方核办"),
    ]
    junior.movements = [
        moved(gone, "转出", f"{y}0905", 转入学校="昆明市第八中学", 原因="父母务工", 状态="已办结"),
        moved(second, "转出", f"{y}0301", 转入代码=nine.code, 转入学校=str(nine.form["学校名称"]), 状态="已办结"),
    ]
    nine.movements = [
        moved(second, "转入", f"{y}0228", 转出代码=junior.code, 转出学校=str(junior.form["学校名称"]), 状态="已办结")
    ]
    senior.movements = [
        moved(dead, "死亡", f"{y}0706", 原因="交通事故"),
        moved(abroad, "出国", f"{y - 1}0820", 原因="随父母出国"),
        moved(senior.seated(1)[0], "休学", f"{y}1012", 原因="因病"),
        moved(senior.seated(2)[0], "退学", f"{y - 1}1103"),
        moved(senior.seated(2)[0], "恢复入学资格", f"{y}0830"),
    ]


SCHOOL_ITEMS = [
    ("学校标识码★", "学校标识码"), ("学校名称★", "学校名称"), ("学校英文名称★", "英文名称"), ("学校地址★", "地址"), ("学校地址代码★", "地址代码"),
    ("学校驻地城乡类型★", "城乡类型"), ("学校属地管理教育行政部门名称", "属地"), ("学校属地管理教育行政部门代码", "属地代码"), ("学校主管教育行政部门名称", "主管"),
    ("学校主管教育行政部门代码", "主管代码"), ("办学类型★", "办学类型"), ("举办者", "举办者"), ("校长姓名★", "校长"), ("校长手机号码★", "校长手机"),
    ("办公电话★", "办公电话"), ("传真电话", "传真"), ("邮政编码★", "邮编"), ("单位电子信箱", "信箱"), ("小学学制", "小学学制"), ("初中学制", "初中学制"), ("高中学制", "高中学制"),
]  # fmt: skip
_SCHOOL_WORDS = [
    ("学校代码", "学校标识码"), ("学校全称", "学校名称"), ("英文名称", "英文名称"), ("详细地址", "地址"), ("地址代码", "地址代码"), ("城乡类型", "城乡类型"),
    ("主管教育行政部门", "主管"), ("办学类型", "办学类型"), ("举办者", "举办者"), ("姓名", "校长"), ("手机号码", "校长手机"), ("办公电话", "办公电话"), ("邮编", "邮编"),
    ("小学", "小学学制"), ("初中", "初中学制"), ("高中", "高中学制"),
]  # fmt: skip
_SCHOOL_GROUPS = {9: ("校长", 2), 13: ("学制", 3)}
CAMPUS_ITEMS = [
    ("校区名称", "校区名称"), ("校区号", "校区号"), ("校区地址", "校区地址"), ("校区地址代码", "校区地址代码"), ("校区负责人", "负责人"), ("校区联系电话", "电话"), ("邮政编码", "邮编"),
]  # fmt: skip
CLASS_ITEMS = [
    ("班级名称★", "班级名称"), ("班级类型★", "班级类型"), ("班号", "班号"), ("学制", "学制"), ("是否少数民族双语教学班", "双语"), ("双语教学的少数民族语言", "双语语言"),
    ("少数民族双语教学模式", "双语模式"), ("班主任姓名★", "班主任"), ("校区", "校区"), ("复式班", "复式"),
]  # fmt: skip
GRADE_ITEMS = [("教育阶段", "教育阶段"), ("所在年级", "所在年级"), ("年级名称", "年级名称"), ("入学年份", "入学年份"), ("年级状态", "年级状态"), ("学制", "学制")]  # fmt: skip
HANDOVER = [
    ("姓名", "姓名"),
    ("性别", "性别"),
    ("出生日期", "出生日期"),
    ("身份证件类型", "证件类型"),
    ("身份证件号码", "证件号"),
]
MOVES = [
    ("学籍号", "学籍号"), ("姓名", "姓名"), ("性别", "性别"), ("出生日期", "出生日期"), ("身份证件类型", "证件类型"), ("身份证件号", "证件号"), ("异动类型", "异动类型"), ("异动日期", "异动日期"),
    ("异动原因", "原因"), ("转出学校标识码", "转出代码"), ("转出学校名称", "转出学校"), ("转入学校标识码", "转入代码"), ("转入学校名称", "转入学校"), ("状态", "状态"),
]  # fmt: skip
_MOVES_SHORT = [
    ("学生姓名", "姓名"), ("性别", "性别"), ("身份证号", "证件号"), ("变动类别", "异动类型"), ("变动时间", "异动日期"), ("变动原因", "原因"), ("转入学校代码", "转入代码"), ("转入学校", "转入学校"),
    ("转出学校代码", "转出代码"), ("转出学校", "转出学校"), ("办理状态", "状态"),
]  # fmt: skip
FED = [
    ("学籍号", "学籍号"),
    ("姓名", "姓名"),
    ("性别", "性别"),
    ("出生日期", "出生日期"),
    ("身份证号", "证件号"),
    ("班级", "班级"),
    ("身高(cm)", "身高"),
    ("体重(kg)", "体重"),
]
_FED_SHORT = [
    ("姓名", "姓名"),
    ("性别", "性别"),
    ("出生日期", "出生日期"),
    ("身份证件号", "证件号"),
    ("学籍主号", "学籍号"),
    ("身高", "身高"),
    ("体重", "体重"),
    ("补助标准", "标准"),
]
FED_SCHOOLS = [
    ("学校标识码", "学校标识码"),
    ("学校名称", "学校名称"),
    ("是否享受营养餐", "享受"),
    ("补助标准（元/天）", "标准"),
    ("供餐模式", "模式"),
    ("学生数", "人数"),
]


def write(county: County, folder: Path, without: str = "") -> Places:
    """The county's workbooks below ``folder``, without one kind of form; where everything stands."""
    places = Places()
    for school, layout in zip(county.schools, _LAYOUTS, strict=True):
        for file, pages in layout(school, without).items():
            if pages:
                save(folder, f"{school.code}{school.name}/{file}", pages, places)
    if without != "nutrition-school":
        page = Page("Sheet1").line("关岭县享受营养改善计划学校情况表", 6).table(FED_SCHOOLS, county.nutrition_schools)
        save(folder, "营养改善计划学校.xlsx", [page], places)
    return places


Layout = dict[str, list[Page]]


def _central(school: School, without: str) -> Layout:
    """Five forms in one workbook as in Guizhou, with a certificate and a dictionary; A4 sheets, one a record."""
    main = [Page("填报说明").line("一、请各班主任认真填写，带★为必填项。", 6)]
    if without != "school":
        main.append(
            Page("1.学校基本信息表").paper(
                "学校基本信息表", SCHOOL_ITEMS, school.form, "填表人：            审核人：            填表日期："
            )
        )
    if without != "campus":
        for number, one in enumerate(school.campuses):
            main.append(
                Page("2.校区基本信息表" + (f" ({number + 1})" if number else "")).paper(
                    "校区基本信息表", CAMPUS_ITEMS, one
                )
            )
    if without != "class":
        for number, one in enumerate(school.classes):
            main.append(
                Page("3.班级信息表" + (f" ({number + 1})" if number else "")).paper(
                    "班级信息表", CLASS_ITEMS, one, "注：班号由系统自动生成，不用填写。"
                )
            )
    if without != "pupils":
        main.append(Page("4.学生基本信息表").table(rosters.A, school.pupils))
    certificate = Page("无身份证学生在校就读证明表").line("无身份证号学生在校就读证明", 4)
    certificate.put(3, 1, "学生姓名")
    certificate.put(3, 3, "性别")
    dictionary = Page("字典")
    for row, (sex, kind, reading) in enumerate(
        (("性别", "身份证件类型", "就读方式"), ("男", "居民身份证", "走读"), ("女", "护照", "住校"), ("", "其他", "")),
        1,
    ):
        for column, word in enumerate((sex, kind, reading), 1):
            dictionary.put(row, column, word)
    made: Layout = {"关索中心小学采集表.xlsx": [*main, certificate, dictionary]}
    if without != "movement":
        made["学籍异动.xlsx"] = [
            Page("学籍异动").line("关索中心小学学籍异动名单", len(MOVES)).table(MOVES, school.movements)
        ]
    if without != "nutrition-pupil":
        page = Page("Sheet1").line("农村义务教育学生营养改善计划学生名单", len(FED) + 1)
        made["营养餐学生名单.xlsx"] = [page.table(FED, school.nutrition, serial=True)]
    if without != "preschool":
        made["学前调档.xlsx"] = [Page("学前调档学生信息").table(HANDOVER, school.preschool)]
    return made


def _five(school: School, without: str) -> Layout:
    """Old workbooks: tables under titles, two rows of merged headers, other words."""
    info = []
    if without != "school":
        info.append(
            Page("学校信息")
            .line("学校基本情况", len(_SCHOOL_WORDS))
            .table(_SCHOOL_WORDS, [school.form], groups=_SCHOOL_GROUPS)
        )
    if without != "campus":
        info.append(Page("校区").line("校区基本信息表", 7).table(
            [("校区名称", "校区名称"), ("校区编号", "校区号"), ("校区地址", "校区地址"), ("校区地址编码", "校区地址代码"), ("校区主管", "负责人"), ("联系电话", "电话"), ("邮编", "邮编")],
            school.campuses))  # fmt: skip
    if without != "class":
        info.append(Page("班级").line("花江第二小学班级信息统计表", 9).table(
            [("学校标识码", "学校标识码"), ("学校名称", "学校名称"), ("班级名称", "班级名称"), ("班级类型", "班级类型"), ("是否双语教学班", "双语"), ("班主任", "班主任"), ("所属校区", "校区"), ("班级人数", "人数"), ("入学年份", "招生年度")],
            [_with(one, 学校标识码=one.setdefault("学校标识码", school.code), 学校名称=one.setdefault("学校名称", school.form["学校名称"])) for one in school.classes], serial=True))  # fmt: skip
    if without != "grade":
        info.append(Page("年级").line("年级信息", 6).table(GRADE_ITEMS, school.grades))
    made: Layout = {"花江二小学校班级年级信息.xls": info}
    if without != "pupils":
        made["花江二小学生信息.xls"] = [Page("学生基础信息").table(rosters.C, school.pupils)]
    if without != "movement":
        made["花江二小异动情况.xls"] = [
            Page("Sheet1").line("2026年学生变动情况表", 11).table(_MOVES_SHORT, school.movements)
        ]
    if without != "nutrition-pupil":
        made["营养餐名单.xls"] = [Page("名单").line("享受营养餐学生名单", 8).table(_FED_SHORT, school.nutrition)]
    return made


def _with(record: Rec, **more: object) -> Rec:
    record.update(more)  # type: ignore[arg-type]
    return record


def _point(school: School, without: str) -> Layout:
    """A teaching point: everything in one workbook, the classes one below the other on one sheet."""
    pages = []
    if without != "school":
        pages.append(Page("学校").paper("学校基本信息表", SCHOOL_ITEMS, school.form))
    if without != "class":
        page = Page("班级")
        for one in school.classes:
            page.paper("班级信息表", CLASS_ITEMS, one)
        pages.append(page)
    if without != "pupils":
        pages.append(Page("学生").line("岗乌教学点学生基本信息", 12).table(rosters.A, school.pupils))
    return {"岗乌教学点.xlsx": pages}


def _junior(school: School, without: str) -> Layout:
    """A five-four school: rosters of 2022, one a class or a grade, without any code."""
    info = []
    if without != "school":
        info.append(Page("学校基本信息").paper("学校基本信息表", SCHOOL_ITEMS, school.form))
    if without != "class":
        info.append(Page("班级信息").line("班级信息表", 7).table(
            [("班级", "班级名称"), ("班级类别", "班级类型"), ("学制", "学制"), ("班主任老师", "班主任"), ("学生人数", "人数"), ("双语教学班", "双语"), ("招生年份", "招生年度")],
            school.classes))  # fmt: skip
    if without != "grade":
        info.append(Page("年级信息").table(GRADE_ITEMS, school.grades))
    made: Layout = {"民族中学信息.xlsx": info}
    if without != "pupils":
        for name, seats in (("初一年级.xlsx", (0, 1)), ("初二1班.xlsx", (2,)), ("初四1班.xls", (3,))):
            of_these = [one for one in school.pupils if one["座"] in seats]
            title = "学生基本信息采集表（2022修订版）"
            made[name] = [
                Page("学生基本信息采集表").line(title, len(rosters.FORM_2022)).table(rosters.FORM_2022, of_these)
            ]
    if without != "movement":
        made["异动.xlsx"] = [
            Page("异动名单").table([*MOVES[1:3], *MOVES[5:9], *MOVES[9:]], school.movements, serial=True)
        ]
    if without != "nutrition-pupil":
        made["营养改善计划.xlsx"] = [Page("营养餐").line("营养改善计划学生", 8).table(FED, school.nutrition)]
    return made


def _nine(school: School, without: str) -> Layout:
    """A school of nine years: A4 sheets in an old workbook, a continuation roster with groups above the members."""
    info = []
    if without != "school":
        info.append(Page("学校基本信息表").paper("学校基本信息表", SCHOOL_ITEMS, school.form, "校长签字："))
    if without != "class":
        info.append(Page("班级信息").line("班级信息表", 9).table(
            [("班级名称", "班级名称"), ("班级类型", "班级类型"), ("是否双语班", "双语"), ("语言", "双语语言"), ("模式", "双语模式"), ("班主任姓名", "班主任"), ("人数", "人数")],
            school.classes, groups={2: ("少数民族双语教学", 3)}))  # fmt: skip
    made: Layout = {"坡贡民族学校基本信息.xls": info}
    if without != "pupils":
        leaves = [(header[3:] if header.startswith("成员") else header, key) for header, key in rosters.B]
        start = next(place for place, (header, _) in enumerate(rosters.B) if header.startswith("成员"))
        page = Page("学生基础信息").table(
            leaves, school.pupils, groups={start: ("成员1", 12), start + 12: ("成员2", 12)}
        )
        made["坡贡民族学校学生.xlsx"] = [page]
    if without != "preschool":
        made["学前调档名单.xlsx"] = [Page("Sheet1").line("学前调档学生信息", 5).table(HANDOVER, school.preschool)]
    if without != "movement":
        made["转学名单.xlsx"] = [Page("Sheet1").table(MOVES, school.movements)]
    if without != "nutrition-pupil":
        made["营养餐.xlsx"] = [Page("Sheet1").line("营养改善计划学生名单", 8).table(FED, school.nutrition)]
    return made


def _senior(school: School, without: str) -> Layout:
    """A senior high school: school, classes and movements in one workbook, the roster in another."""
    info = []
    if without != "school":
        info.append(Page("学校基本信息表").paper("学校基本信息表", SCHOOL_ITEMS, school.form))
    if without != "class":
        info.append(Page("班级信息表").line("第一高级中学班级信息表", 8).table(
            [("班级名称", "班级名称"), ("班级类型", "班级类型"), ("班号", "班号"), ("学制", "学制"), ("是否少数民族双语教学班", "双语"), ("班主任姓名", "班主任"), ("实有人数", "人数"), ("招生年度", "招生年度")],
            school.classes))  # fmt: skip
    if without != "movement":
        info.append(Page("学籍异动").line("学籍异动名单", len(MOVES)).table(MOVES, school.movements))
    made: Layout = {"第一高级中学.xlsx": info}
    if without != "pupils":
        made["高中学生信息.xlsx"] = [Page("学生基础信息").table(rosters.A, school.pupils)]
    return made


_LAYOUTS = (_central, _five, _point, _junior, _nine, _senior)
