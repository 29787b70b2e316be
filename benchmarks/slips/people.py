"""Pupils of one school as a reviewer invents them: families, houses, households, phones that parents share with a child.

Written apart from `samples.people` on purpose: what the diagnosis was made with shall not be what it is measured with.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from stuvalid.codes.identity import check_character
from stuvalid.forms import Template

Record = dict[str, str]

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
_MEN, _WOMEN = (
    "伟强磊军勇涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆旭泽晨睿轩昊然博文杰",
    "芳娜敏静丽艳娟霞秀燕玲桂兰英梅洁莉婷雪倩颖琳萍蕾雨欣怡梓涵诗瑶佳琪语桐",
)
_TOWNS = {
    "341221": ("安徽省阜阳市临泉县", "236400"),
    "341222": ("安徽省阜阳市太和县", "236600"),
    "341225": ("安徽省阜阳市阜南县", "236300"),
    "411503": ("河南省信阳市平桥区", "464100"),
    "320582": ("江苏省苏州市张家港市", "215600"),
}
_PLACES = (
    "城关镇人民路",
    "谭棚镇李桥村",
    "鲖城镇新街",
    "滑集镇刘庄村",
    "艾亭镇和平路",
    "杨桥镇东方社区",
    "长官镇幸福小区",
    "高塘镇建设路",
)
_FIRMS = (
    "务农",
    "县人民医院",
    "顺发物流有限公司",
    "个体经营",
    "永辉超市",
    "县第二建筑公司",
    "宏远纺织厂",
    "城关镇政府",
    "",
)
_JOBS = ("", "工人", "店主", "护士", "司机", "会计", "教师", "")
_NATIONS = ("汉族",) * 14 + ("回族", "苗族", "满族", "土家族")


@dataclass(slots=True)
class Village:
    """``size`` pupils of ``form``; ``shared`` is the share of pupils whose phone is that of a parent."""

    seed: int
    form: Template
    size: int
    school: str = "2134100123"
    shared: float = 0.9
    mothers_first: bool = False
    siblings: float = 0.08
    per_class: int = 0
    used: set[str] = field(default_factory=set)

    def pupils(self) -> list[Record]:
        draw = random.Random(self.seed)
        per_class = self.per_class or draw.randrange(28, 52)
        people: list[Record] = []
        former: Record | None = None
        for number in range(self.size):
            sibling = former if former is not None and draw.random() < self.siblings else None
            people.append(self._pupil(draw, number // per_class, number % per_class, sibling))
            former = draw.choice(people[-per_class:])
        return [{key: one.get(key, "") for key in self.form.keys} for one in people]

    def _pupil(self, draw: random.Random, group: int, seat: int, sibling: Record | None) -> Record:
        entered = 2025 - group % 6
        born = dt.date(entered - 7, 9, 1) + dt.timedelta(days=draw.randrange(365))
        boy = draw.random() < 0.53
        home = draw.choice(list(_TOWNS)) if draw.random() < 0.15 else "341221"
        family = (
            {key: text for key, text in sibling.items() if key in _OF_FAMILY}
            if sibling
            else self._family(draw, home, born)
        )
        surname = family["surname"]
        one = {
            **_USUAL,
            **family,
            "school_code": self.school,
            "name": surname + _given(draw, boy),
            "sex": "男" if boy else "女",
            "birth_date": f"{born:%Y%m%d}",
            "id_number": self._number(draw, family["household_division"][:6], born, boy),
            "class_code": f"{entered}1{group // 6 + 1:02}",
            "enrolment_month": f"{entered}09",
            "grade": f"小学{'一二三四五六'[2025 - entered]}年级",
            "class_name": f"小学{entered}级({group // 6 + 1})班",
            "phone": draw.choice((family["member1.phone"], family["member2.phone"])) if draw.random() < self.shared else _mobile(draw),
            "only_child": "否" if sibling or draw.random() < 0.6 else "是",
            "preschool": "是" if draw.random() < 0.93 else "否",
            "aid_wanted": "是" if draw.random() < 0.1 else "否",
            "attendance": "走读" if draw.random() < 0.85 else "住校",
            "school_distance": str(draw.randrange(1, 9)),
            "transport": draw.choice(("步行", "步行", "家长自行接送")),
            "blood_type": draw.choice(("", "A", "B", "O", "AB")),
            "seat_number": str(seat + 1),
        }  # fmt: skip
        if one["attendance"] == "住校":
            one["boarder"] = "是"
        if self.form.id == "student-2022":
            one["disability"] = ""
        return one

    def _family(self, draw: random.Random, home: str, born: dt.date) -> Record:
        town, post = _TOWNS[home]
        surname = draw.choice(_SURNAMES)
        place = f"{town}{draw.choice(_PLACES)}{draw.randrange(1, 400)}号"
        registered = place if draw.random() < 0.8 else f"{town}{draw.choice(_PLACES)}{draw.randrange(1, 400)}号"
        other = draw.choice(_SURNAMES)
        people = {"父亲": (surname + _given(draw, True), True), "母亲": (other + _given(draw, False), False)}
        order = ("母亲", "父亲") if self.mothers_first else ("父亲", "母亲")
        family: Record = {
            "surname": surname if draw.random() < 0.96 else other,
            "birthplace_division": f"{home}000000",
            "household_division": f"{home}000000",
            "native_place": town,
            "postcode": post,
            "home_address": place,
            "mail_address": place,
            "family_address": place,
            "household_address": registered,
            "household_type": draw.choice(("农业户口", "农业户口", "非农业户口")),
            "ethnicity": draw.choice(_NATIONS),
        }
        for number, relation in enumerate(order, 1):
            name, man = people[relation]
            age = born - dt.timedelta(days=draw.randrange(22 * 365, 38 * 365))
            area = home if draw.random() < 0.8 else draw.choice(list(_TOWNS))
            family |= {
                f"member{number}.{key}": text
                for key, text in {
                    "name": name,
                    "relation": relation,
                    "home_address": place,
                    "household_division": f"{home}000000",
                    "household_address": registered,
                    "phone": _mobile(draw),
                    "guardian": "是",
                    "id_type": "居民身份证",
                    "id_number": self._number(draw, area, age, man),
                    "ethnicity": draw.choice(_NATIONS) if draw.random() < 0.1 else family["ethnicity"],
                    "employer": draw.choice(_FIRMS),
                    "post": draw.choice(_JOBS),
                }.items()
            }
        return family

    def _number(self, draw: random.Random, area: str, born: dt.date, male: bool) -> str:
        while True:
            body = f"{area}{born:%Y%m%d}{draw.randrange(1, 500) * 2 - (1 if male else 0):03}"
            if len(body) == 17 and body not in self.used:
                self.used.add(body)
                return body + check_character(body)


_OF_FAMILY = {
    "surname", "birthplace_division", "household_division", "native_place", "postcode", "home_address", "mail_address",
    "family_address", "household_address", "household_type", "ethnicity",
    *(f"member{n}.{key}" for n in (1, 2) for key in (
        "name", "relation", "home_address", "household_division", "household_address", "phone", "guardian", "id_type",
        "id_number", "ethnicity", "employer", "post")),
}  # fmt: skip

_USUAL = {
    "nationality": "中国", "id_type": "居民身份证", "overseas_status": "否", "health": "健康或良好",
    "political_status": "群众", "entry_way": "就近入学", "left_behind": "非留守儿童", "rural_left_behind": "否",
    "disabled": "否", "boarding_aid": "否", "orphan": "否", "martyr_child": "否", "accompanying_child": "否",
    "migrant_child": "否", "school_bus": "否", "student_source": "正常入学", "disability": "无残疾",
    "inclusion": "非随班就读", "purchased_place": "否", "campus_code": "1", "boarder": "否",
}  # fmt: skip


def _given(draw: random.Random, man: bool) -> str:
    return "".join(draw.sample(_MEN if man else _WOMEN, draw.choice((1, 2, 2, 2))))


def _mobile(draw: random.Random) -> str:
    return (
        draw.choice(("130", "135", "136", "138", "150", "151", "158", "177", "181", "187"))
        + f"{draw.randrange(10**8):08}"
    )


class Mistake(str):
    """A value that a pupil's row got wrong by itself: it stays where it is whatever happened to the sheet."""

    __slots__ = ()


def with_mistakes(draw: random.Random, people: list[Record], share: float = 0.02) -> None:
    """Ordinary mistakes in ``share`` of the rows, one each."""
    for one in draw.sample(people, max(1, round(share * len(people)))) if share else ():
        kind = draw.choice([kind for kind in _MISTAKES if kind in one])
        one[kind] = Mistake(_MISTAKES[kind](draw, one[kind]))


def _digit(draw: random.Random, text: str) -> str:
    place = draw.randrange(len(text) - 4, len(text) - 1)
    return text[:place] + str((int(text[place]) + draw.randrange(1, 10)) % 10) + text[place + 1 :]


_MISTAKES = {
    "id_number": _digit,
    "member1.id_number": lambda draw, text: text[:-1],
    "sex": lambda draw, text: "女" if text == "男" else "男",
    "birth_date": lambda draw, text: f"{text[:6]}{draw.randrange(1, 29):02}",
    "phone": lambda draw, text: text[:-1],
    "member1.phone": lambda draw, text: text + "1",
    "name": lambda draw, text: text + draw.choice("1a"),
    "ethnicity": lambda draw, text: "汗族",
    "health": lambda draw, text: "健健",
    "home_address": lambda draw, text: "",
    "class_code": lambda draw, text: text[:-1],
    "enrolment_month": lambda draw, text: text + "1",
}
