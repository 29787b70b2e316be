"""Mistakes planted in the county: each tells the cells that contradict. ``certain`` where the facts are marked H or official."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.collection.outside.county import YEAR, County, School, a_class, add_pupils, moved, name_of, stranger
from tests.collection.outside.pages import Rec
from tests.collection.outside.people import check

Cells = list[tuple[Rec, str]]


@dataclass(frozen=True)
class Mistake:
    """What is done to a county; it returns the cells of the contradiction."""

    name: str
    certain: bool
    plant: Callable[[County], Cells]


MISTAKES: list[Mistake] = []
Y = YEAR


def _add(name: str, plant: Callable[[County], Cells], *, certain: bool = True) -> None:
    MISTAKES.append(Mistake(name, certain, plant))


def _form(school: int, key: str, value: str, *others: str) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        form = county.schools[school].form
        form[key] = value
        return [(form, one) for one in (key, *others)]

    return plant


def _record(school: int, kind: str, place: int, key: str, value: object, *others: str) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        record = getattr(county.schools[school], kind)[place]
        record[key] = value
        return [(record, one) for one in (key, *others)]

    return plant


def _seated(school: int, seat: int, key: str, value: str, among: slice) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        chosen = county.schools[school].seated(seat)[among]
        for one in chosen:
            one[key] = value
        return [(one, key) for one in chosen]

    return plant


# the school's form
_add("英文名称空", _form(0, "英文名称", ""))
_add("地址代码11位", _form(1, "地址代码", "52042410100"))
_add("地址代码的县不存在", _form(2, "地址代码", "529924001001"))
_add("地址代码在外县", _form(4, "地址代码", "520102001001"), certain=False)
_add("城乡类型不在表中", _form(3, "城乡类型", "城市"))
_add("办学类型不在表中", _form(4, "办学类型", "民族学校"), certain=False)
_add("举办者不在表中", _form(5, "举办者", "教育局"), certain=False)
_add("小学填了初中学制", _form(0, "初中学制", "三年"), certain=False)
_add("学制没有填", _form(5, "高中学制", ""), certain=False)
_add(
    "初中把学制填在小学",
    lambda c: [*_form(3, "初中学制", "", "小学学制")(c), *_form(3, "小学学制", "四年")(c)],
    certain=False,
)
_add("邮编5位", _form(1, "邮编", "56130"))
_add("校长手机10位", _form(2, "校长手机", "1385123456"))
_add("校长手机空", _form(0, "校长手机", ""), certain=False)
_add("信箱没有@", _form(3, "信箱", "minzu.guanling.edu.cn"))
_add("办公电话少位", _form(5, "办公电话", "0851-372"))
_add("学校信息表的标识码错一位", _form(4, "学校标识码", "3152010056"))
_add("学校信息表的标识码9位", _form(3, "学校标识码", "315201004"))
_add("学校名称空", _form(5, "学校名称", ""))
_add("邮编乱填", _form(0, "邮编", "000000"), certain=False)


# campuses
_add("校区号重复", _record(0, "campuses", 1, "校区号", "1"))
_add("班级的校区不存在", _record(0, "classes", 2, "校区", "西校区"))
_add("名册的校区号不存在", _seated(1, 0, "校区号", "7", slice(0, 2)))
_add("校区地址代码10位", _record(1, "campuses", 1, "校区地址代码", "5204241012"))
_add("校区电话少位", _record(0, "campuses", 0, "电话", "0851-372212"))
_add("校区邮编有字母", _record(1, "campuses", 0, "邮编", "56130O"))
_add("校区名称空", _record(0, "campuses", 1, "校区名称", ""), certain=False)
_add(
    "一个班在两个校区",
    lambda c: [
        *_seated(1, 1, "校区号", "2", slice(0, 3))(c),
        *[(one, key) for one in c.schools[1].seated(1) for key in ("校区号", "班号")],
    ],
)
_add(
    "班级表与名册的校区不同",
    lambda c: [*_record(1, "classes", 2, "校区", "1")(c), *[(one, "校区号") for one in c.schools[1].seated(2)]],
)


# classes
def _new_class(school: int, stage: str, year: int, number: int, **more: str) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = county.schools[school]
        record = a_class(stage, year, number, 班主任=county.people.name(), **more)
        own.classes.append(record)
        return [(record, "班级名称"), *([(own.form, "办学类型")] if stage != "小学" else [])]

    return plant


_add("班级名称不合规则", _record(0, "classes", 1, "班级名称", "一年级2班"))
_add("班级名称的学段写错", _record(1, "classes", 1, "班级名称", f"中学{Y - 2}级(1)班"))
_add("班号与班级名称不符", _record(5, "classes", 0, "班号", f"{Y}302", "班级名称"))
_add("班号6位", _record(5, "classes", 2, "班号", f"{Y - 1}31"))


def _class_again(school: int, place: int) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = county.schools[school].classes
        own.append(Rec(own[place]))
        return [(own[place], "班级名称"), (own[-1], "班级名称")]

    return plant


_add("班级填了两次", _class_again(3, 1))
_add("初中班填小学班级类型", _record(3, "classes", 2, "班级类型", "普通小学班", "班级名称"), certain=False)
_add("班级类型不在表中", _record(5, "classes", 3, "班级类型", "实验班"), certain=False)
_add("班级类型空", _record(1, "classes", 0, "班级类型", ""), certain=False)
_add("双语班没有填语言", _record(4, "classes", 0, "双语语言", "", "双语", "双语模式"))
_add("不是双语班填了模式", _record(4, "classes", 1, "双语模式", "二类模式", "双语", "双语语言"))
_add(
    "双语模式不在表中",
    lambda c: [
        *_record(4, "classes", 2, "双语", "是")(c),
        *_record(4, "classes", 2, "双语语言", "苗语")(c),
        *_record(4, "classes", 2, "双语模式", "双语混合")(c),
    ],
    certain=False,
)
_add("是否双语班乱填", _record(0, "classes", 2, "双语", "部分"))
_add("班主任空", _record(5, "classes", 1, "班主任", ""))
_add("高中四年前的班", _new_class(5, "高中", Y - 3, 1))
_add("五年制小学有六年级的班", _new_class(1, "小学", Y - 5, 1))
_add("明年的班", _new_class(5, "高中", Y + 1, 1))
_add("教学点有初中班", _new_class(2, "初中", Y, 1))
_add("复式班的类型是普通班", _record(2, "classes", 1, "班级类型", "普通小学班", "复式"), certain=False)
_add("没有学生的班", _new_class(4, "初中", Y - 1, 1))


def _class_missing(school: int, place: int) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = county.schools[school]
        record = own.classes.pop(place)
        own.classes.insert(place, Rec(record, 班级名称=name_of(str(record["班级名称"])[:2], Y - 1, 9), 人数=""))
        own.classes.pop(place)
        return [(one, key) for one in own.seated(place) for key in ("班号", "班级", "年级")]

    return plant


def _other_class(school: int, seat: int, key: str, value: str) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        chosen = county.schools[school].seated(seat)[-2:]
        for one in chosen:
            one[key] = value
            one["外"] = True
        record = county.schools[school].classes[seat]
        record["人数"] = len(county.schools[school].seated(seat))
        return [(one, key) for one in chosen]

    return plant


_add("班级信息表缺一个班", _class_missing(0, 3))
_add("名册的班不存在", _other_class(4, 3, "班号", f"{Y - 2}209"))
_add("2022名册的班不存在", _other_class(3, 2, "班级", f"初中{Y - 1}级(7)班"))


def _size(school: int, place: int, more: int) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = county.schools[school]
        record = own.classes[place]
        record["人数"] = len(own.seated(place)) + more
        return [
            (record, "人数"),
            (record, "班级名称"),
            *[(one, key) for one in own.seated(place) for key in ("班号", "班级")],
        ]

    return plant


_add("班级人数与名册不符", _size(1, 0, 5))
_add("2022名册的人数不符", _size(3, 3, -2))
_add("高中班级人数不符", _size(5, 3, 1))
_add("小学有初中班", _new_class(0, "初中", Y, 1))
_add("班级学制与学校不同", _record(5, "classes", 2, "学制", "四年", "班级名称"))
_add("招生年度与班级名称不符", _record(3, "classes", 0, "招生年度", str(Y - 1), "班级名称"))
_add(
    "班级编号是0",
    lambda c: [
        *_record(4, "classes", 3, "班级名称", f"初中{Y - 2}级(0)班")(c),
        *[(one, "班号") for one in c.schools[4].seated(3)],
    ],
)
_add(
    "班级表的学校标识码不同",
    lambda c: [cell for place in range(3) for cell in _record(1, "classes", place, "学校标识码", "2152010023")(c)],
)
_add(
    "班级表的学校名称不同",
    lambda c: [
        *[cell for place in range(3) for cell in _record(1, "classes", place, "学校名称", "花江第三小学")(c)],
        (c.schools[1].form, "学校名称"),
    ],
)


def _crowd(school: int, seat: int, size: int) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = county.schools[school]
        add_pupils(county, own, seat, size - len(own.seated(seat)))
        return [(one, key) for one in own.seated(seat) for key in ("班号", "班级")] + [
            (own.classes[seat], key) for key in ("班级名称", "人数")
        ]

    return plant


_add("58人的大班额", _crowd(0, 0, 58), certain=False)
_add("67人的超大班额", _crowd(5, 1, 67), certain=False)

# grades
_add("年级名称与入学年份不同", _record(3, "grades", 0, "年级名称", f"初中{Y - 1}级", "入学年份", "所在年级"))
_add("教育阶段与所在年级不同", _record(1, "grades", 0, "教育阶段", "初中", "所在年级", "年级名称"))
_add("所在年级与入学年份不同", _record(1, "grades", 1, "所在年级", "小学四年级", "入学年份", "年级名称"))
_add("入学年份3位", _record(3, "grades", 1, "入学年份", "202"))
_add("年级名称写法不对", _record(3, "grades", 2, "年级名称", "初四年级"))
_add("年级学制与学校不同", _record(1, "grades", 2, "学制", "六年"))


def _grade_new(school: int, stage: str, year: int, word: str) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = county.schools[school].grades
        own.append(
            Rec(own[0], 教育阶段=stage, 所在年级=f"{stage}{word}年级", 年级名称=f"{stage}{year}级", 入学年份=str(year))
        )
        return [(own[-1], key) for key in ("所在年级", "年级名称", "入学年份", "学制", "教育阶段")]

    return plant


def _grade_gone(school: int, place: int) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = county.schools[school]
        gone = own.grades.pop(place)
        return [(one, "班级名称") for one in own.classes if str(one["班级名称"]).startswith(str(gone["年级名称"]))]

    return plant


_add("五年制小学有六年级", _grade_new(1, "小学", Y - 5, "六"))
_add("初中学校有高中年级", _grade_new(3, "高中", Y, "一"))
_add(
    "年级填了两次",
    lambda c: (
        c.schools[3].grades.append(Rec(c.schools[3].grades[1])),
        [(c.schools[3].grades[1], "年级名称"), (c.schools[3].grades[-1], "年级名称")],
    )[1],
)


# the hand-over from kindergarten
def _renamed(record: Rec) -> str:
    return str(record["姓名"])[:-1] + "鑫"


def _list(school: int, kind: str, place: int, key: str, value: Callable[[Rec], object]) -> Callable[[County], Cells]:
    """A list about pupils says another thing of a pupil than the roster."""

    def plant(county: County) -> Cells:
        own = county.schools[school]
        record = getattr(own, kind)[place]
        number, name = record["证件号"], record["姓名"]
        record[key] = value(record)
        same = [one for one in own.pupils if one["姓名"] == name and one["证件号"] == number]
        return [(one, word) for one in (record, *same) for word in (key, "姓名", "证件号")]

    return plant


def _other_sex(record: Rec) -> str:
    return "女" if record["性别"] == "男" else "男"


def _other_number(record: Rec) -> str:
    number = str(record["证件号"])
    return check(f"{number[:14]}{(int(number[14:17]) + 102) % 1000:03d}")


def _bad_check(record: Rec) -> str:
    number = str(record["证件号"])
    return number[:17] + ("3" if number[17] != "3" else "4")


def _added(school: int, kind: str, seat: int) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = county.schools[school]
        one = stranger(county, own, seat)
        record = Rec(one, 学籍号=f"G{one['证件号']}", 身高=121, 体重=22, 班级=own.classes[seat]["班级名称"])
        getattr(own, kind).append(record)
        return [(record, "姓名"), (record, "证件号"), (record, "学籍号")]

    return plant


def _again(school: int, kind: str, place: int) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = getattr(county.schools[school], kind)
        own.append(Rec(own[place]))
        return [(own[one], key) for one in (place, -1) for key in ("姓名", "证件号", "学籍号", "异动类型")]

    return plant


_add("调档姓名与名册不同", _list(0, "preschool", 0, "姓名", _renamed))
_add("调档性别与名册不同", _list(0, "preschool", 1, "性别", _other_sex))
_add(
    "调档出生日期与名册不同",
    _list(0, "preschool", 2, "出生日期", lambda r: f"{int(str(r['出生日期'])[:4]) - 1}{str(r['出生日期'])[4:]}"),
)
_add("调档号码校验码错", _list(0, "preschool", 3, "证件号", _bad_check))
_add("调档号码是另一个", _list(0, "preschool", 4, "证件号", _other_number))
_add("调档证件类型与名册不同", _list(0, "preschool", 5, "证件类型", lambda _: "护照"))
_add("调档证件类型不在表中", _list(0, "preschool", 6, "证件类型", lambda _: "出生证"))
_add("调档号码空", _list(0, "preschool", 7, "证件号", lambda _: ""))
_add("调档姓名空", _list(0, "preschool", 8, "姓名", lambda _: ""))
_add("调档姓名中有空格", _list(0, "preschool", 9, "姓名", lambda r: f"{str(r['姓名'])[0]} {str(r['姓名'])[1:]}"))
_add("调档的人名册里没有", _added(4, "preschool", 0))
_add("调档填了两次", _again(4, "preschool", 1))


def _old_in_handover(county: County) -> Cells:
    own = county.schools[4]
    pupil = own.seated(1)[4]
    record = Rec(pupil)
    own.preschool.append(record)
    return [(one, key) for one in (record, pupil) for key in ("姓名", "证件号", "出生日期", "班号")]


_add("五年级学生在调档名单里", _old_in_handover)


# movements
def _move(school: int, seat: int, place: int, kind: str, date: str, **more: str) -> Callable[[County], Cells]:
    """A movement of a pupil who sits in the roster."""

    def plant(county: County) -> Cells:
        own = county.schools[school]
        pupil = own.seated(seat)[place]
        record = moved(pupil, kind, date, **more)
        own.movements.append(record)
        return [
            (one, key) for one in (record, pupil) for key in ("姓名", "证件号", "学籍号", "异动类型", "异动日期", *more)
        ]

    return plant


def _move_stranger(school: int, seat: int, kind: str, date: str, **more: str) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        own = county.schools[school]
        record = moved(stranger(county, own, seat), kind, date, **more)
        own.movements.append(record)
        return [(record, key) for key in ("姓名", "证件号", "学籍号", "异动类型", "异动日期", *more)]

    return plant


def _both(one: Callable[[County], Cells], *others: Callable[[County], Cells]) -> Callable[[County], Cells]:
    return lambda county: [cell for plant in (one, *others) for cell in plant(county)]


_add("转出后还在名册", _move(0, 0, 1, "转出", f"{Y}0906", 转入学校="遵义市第一小学", 状态="已办结"))
_add("死亡后还在名册", _move(5, 1, 2, "死亡", f"{Y}0910"))
_add("出国后还在名册", _move(5, 0, 3, "出国", f"{Y}0911"), certain=False)
_add("转入而名册里没有", _move_stranger(3, 0, "转入", f"{Y}0910", 转出学校="昆明市盘龙小学", 状态="已办结"))
_add("没有休学就复学", _move(1, 2, 1, "复学", f"{Y}0902"))
_add("义务教育退学", _move(3, 1, 1, "退学", f"{Y}0907"))
_add("义务教育开除", _move(1, 0, 2, "开除", f"{Y}0903"))
_add("义务教育留级", _move(1, 1, 3, "留级", f"{Y}0904"))
_add("没有离校就恢复入学资格", _move(5, 2, 3, "恢复入学资格", f"{Y}0901"))
_add("转出到本校(代码)", _move_stranger(3, 2, "转出", f"{Y}0411", 转入代码="3152010044", 状态="已办结"))
_add("转出到本校(名称)", _move_stranger(1, 1, "转出", f"{Y}0412", 转入学校="花江第二小学", 状态="已办结"))
_add("转入自本校", _move(0, 2, 3, "转入", f"{Y}0413", 转出学校="关岭布依族苗族自治县关索中心小学", 状态="已办结"))
_add(
    "转出到县内而对方没有转入",
    _move_stranger(1, 1, "转出", f"{Y}0402", 转入代码="2152010011", 转入学校="关索中心小学", 状态="已办结"),
)
_add(
    "转入自县内而对方没有转出",
    _move(0, 0, 4, "转入", f"{Y}0403", 转出代码="2152010022", 转出学校="花江第二小学", 状态="已办结"),
)
_add("按名称转入而对方没有转出", _move(0, 1, 1, "转入", f"{Y}0404", 转出学校="花江第二小学", 状态="已办结"))
_add("异动日期不存在", _move(4, 3, 2, "休学", f"{Y}0230"))
_add("异动日期在将来", _move(5, 3, 1, "休学", f"{Y + 1}0601"))
_add("异动填了两次", _again(1, "movements", 1))
_add("异动类型认不出", _move(4, 2, 1, "不来了", f"{Y}0905"))
_add("异动类型空", _move(4, 2, 2, "", f"{Y}0906"))
_add("异动日期空", _move(5, 2, 1, "休学", ""))


def _after_death(county: County) -> Cells:
    own = county.schools[5]
    one = moved(own.movements[0], "休学", f"{Y}0901")
    own.movements.append(one)
    return [
        (record, key)
        for record in (own.movements[0], one)
        for key in ("姓名", "证件号", "异动类型", "异动日期", "学籍号")
    ]


_add("死亡后又休学", _after_death)


def _twice_suspended(county: County) -> Cells:
    own = county.schools[1]
    records = [moved(own.seated(2)[3], "休学", f"{Y}0305"), moved(own.seated(2)[3], "休学", f"{Y}0512")]
    own.movements += records
    return [(record, key) for record in records for key in ("姓名", "证件号", "异动类型", "异动日期")]


_add("没有复学又休学", _twice_suspended)
_add("休学的人名册里没有", _move_stranger(4, 2, "休学", f"{Y}0506"))
_add("异动的号码与名册不同", lambda c: _differs(c, 5, 2, 4, "休学", "证件号", _other_number))
_add("异动的姓名与名册不同", lambda c: _differs(c, 5, 2, 5, "休学", "姓名", _renamed))
_add("异动的性别与名册不同", lambda c: _differs(c, 4, 3, 4, "休学", "性别", _other_sex))
_add(
    "异动的学籍号与证件号不同",
    lambda c: _differs(c, 5, 0, 6, "休学", "学籍号", lambda r: f"G{_other_number(r)}"),
    certain=False,
)


def _differs(
    county: County, school: int, seat: int, place: int, kind: str, key: str, value: Callable[[Rec], str]
) -> Cells:
    own = county.schools[school]
    pupil = own.seated(seat)[place]
    record = moved(pupil, kind, f"{Y}1010")
    record[key] = value(record)
    if key == "证件号":
        record["学籍号"] = f"G{record['证件号']}"
    own.movements.append(record)
    return [(one, word) for one in (record, pupil) for word in (key, "姓名", "证件号", "学籍号")]


_add(
    "转入学校的代码与名称不是一所",
    _move_stranger(3, 2, "转出", f"{Y}0420", 转入代码="3152010055", 转入学校="花江第二小学", 状态="待核办"),
)
_add(
    "转出学校标识码9位",
    _move(4, 2, 3, "转入", f"{Y}0421", 转出代码="215201001", 转出学校="贵阳市第九小学", 状态="已办结"),
)
_add(
    "转出没有写去哪里", _move_stranger(1, 1, "转出", f"{Y}0422", 状态="已办结", 转入学校="", 转入代码=""), certain=False
)


def _pair_named(county: County) -> Cells:
    """The two sides of a transfer name the pupil differently."""
    mine = county.schools[4].movements[0]
    theirs = county.schools[3].movements[1]
    theirs["姓名"] = _renamed(theirs)
    return [(one, key) for one in (mine, theirs) for key in ("姓名", "证件号")]


_add("转学两边的姓名不同", _pair_named)


# the nutrition programme
_add("营养餐的人名册里没有", _added(3, "nutrition", 0))
_add("营养餐填了两次", _again(0, "nutrition", 2))
_add("身高用米", _list(0, "nutrition", 3, "身高", lambda _: 1.21), certain=False)
_add("体重用斤", _list(1, "nutrition", 1, "体重", lambda _: 246), certain=False)
_add(
    "身高体重写反",
    lambda c: [*_list(4, "nutrition", 1, "身高", lambda _: 24)(c), *_list(4, "nutrition", 1, "体重", lambda _: 122)(c)],
    certain=False,
)
_add("营养餐姓名与名册不同", _list(1, "nutrition", 2, "姓名", _renamed))
_add(
    "营养餐出生日期与名册不同",
    _list(
        1,
        "nutrition",
        3,
        "出生日期",
        lambda r: str(r["出生日期"])[:6] + ("05" if str(r["出生日期"])[6:] != "05" else "06"),
    ),
)
_add("营养餐性别与名册不同", _list(3, "nutrition", 2, "性别", _other_sex))
_add("营养餐号码校验码错", _list(3, "nutrition", 3, "证件号", _bad_check))
_add("营养餐学籍号与证件号不同", _list(0, "nutrition", 5, "学籍号", lambda r: f"G{_other_number(r)}"), certain=False)
_add("营养餐学籍号17位", _list(0, "nutrition", 6, "学籍号", lambda r: f"G{str(r['证件号'])[:16]}"))
_add("营养餐班级与名册不同", _list(3, "nutrition", 4, "班级", lambda _: name_of("初中", Y - 3, 1)), certain=False)


def _fed_school(place: int, key: str, value: object) -> Callable[[County], Cells]:
    def plant(county: County) -> Cells:
        record = county.nutrition_schools[place]
        record[key] = value
        return [(record, key), (record, "学校标识码"), (record, "学校名称")]

    return plant


_add("营养餐学校的标识码没有这所学校", _fed_school(2, "学校标识码", "2152010034"))
_add("营养餐学校的名称不同", _fed_school(3, "学校名称", "关岭布依族苗族自治县花江第二小学"))
_add("营养餐学校填否而有名单", _fed_school(4, "享受", "否"))
_add("营养餐学校的人数与名单不同", _fed_school(0, "人数", 99))
_add(
    "营养餐学校填了两次",
    lambda c: (
        c.nutrition_schools.append(Rec(c.nutrition_schools[5])),
        [
            (c.nutrition_schools[5], "学校标识码"),
            (c.nutrition_schools[6], "学校标识码"),
            (c.nutrition_schools[6], "学校名称"),
        ],
    )[1],
)


def _fed_and_gone(county: County) -> Cells:
    own = county.schools[3]
    gone = own.movements[0]
    record = Rec(gone, 学籍号=f"G{gone['证件号']}", 身高=150, 体重=40, 班级=name_of("初中", Y - 1, 1))
    own.nutrition.append(record)
    return [(one, key) for one in (record, gone) for key in ("姓名", "证件号", "学籍号")]


_add("转出的学生还在营养餐名单", _fed_and_gone)

# rosters
_add(
    "入学年月与班号不同",
    lambda c: [
        (one, key)
        for one in _set(c.schools[0].seated(2)[4:6], "入学年月", f"{Y - 2}09")
        for key in ("入学年月", "班号")
    ],
)
_add(
    "名册几行的标识码不同",
    lambda c: [(one, "学校标识码") for one in _set(c.schools[4].seated(2)[4:7], "学校标识码", "3152010054")],
)
_add(
    "名册填0000000000",
    lambda c: [(one, "学校标识码") for one in _set(c.schools[5].seated(3)[:2], "学校标识码", "0000000000")],
)
_add("高中名册有初中班号", _other_class(5, 0, "班号", f"{Y}201"))
_add(
    "教学点有早该毕业的学生",
    lambda c: [
        (one, key)
        for one in _set(_set(c.schools[2].seated(2)[:2], "班号", f"{Y - 7}101"), "入学年月", f"{Y - 7}09")
        for key in ("班号", "入学年月", "出生日期")
    ],
)


def _set(records: list[Rec], key: str, value: str) -> list[Rec]:
    for one in records:
        one[key] = value
    return records


def _in_two_schools(county: County) -> Cells:
    """One child stands in the rosters of two schools."""
    mine = county.schools[1].seated(0)[5]
    home: School = county.schools[0]
    other = home.seated(1)[5]
    for listed in (*home.nutrition, *home.preschool):
        if listed["证件号"] == other["证件号"]:
            listed.update({key: mine[key] for key in ("姓名", "性别", "出生日期", "证件号")})
            listed["学籍号"] = f"G{mine['证件号']}"
    for key in ("姓名", "性别", "出生日期", "证件号"):
        other[key] = mine[key]
    return [(one, key) for one in (mine, other) for key in ("证件号", "姓名")]


_add("一个学生在两所学校", _in_two_schools)
