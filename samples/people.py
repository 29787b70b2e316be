"""Invented pupils, the same for the same seed. No person is real: names, numbers and addresses are drawn."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from stuvalid.codes.identity import check_character
from stuvalid.forms import Template
from stuvalid.rules.examples import in_words_of

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "子梓雨浩宇轩涵晨欣怡思佳俊杰雪琪博文嘉豪一诺可馨天佑若曦明泽静雅志强晓慧建国丽华春燕海涛秀英"
_STREETS = ("双塔西街", "并州北路", "解放南路", "桃园南路", "青年路", "五一路", "建设北路", "迎泽大街")
_WORKPLACES = ("第一建筑公司", "铁路机务段", "人民医院", "百货大楼", "公交公司", "自来水厂")
_POSTS = ("工人", "职员", "工程师", "会计", "司机", "医生")
_COUNTIES = {"140105": "小店区", "140106": "迎泽区", "140107": "杏花岭区", "140108": "尖草坪区", "140109": "万柏林区"}
_CLASS_SIZE = 45


@dataclass(slots=True)
class People:
    """Draws pupils of a primary school; no number is drawn twice, nor one of ``used``, which schools may share."""

    seed: int
    school_code: str = "2114010068"
    entry_year: int = 2025
    used: set[str] = field(default_factory=set)

    def rows(self, form: Template, count: int) -> Iterator[dict[str, str]]:
        """``count`` valid records of ``form``: field key to text."""
        draw = random.Random(self.seed)
        for position in range(count):
            record = self._record(draw, position)
            if form.id == "student-2022":
                record["disability"] = ""
            yield in_words_of(form, record, position)

    def _record(self, draw: random.Random, position: int) -> dict[str, str]:
        classes = position // _CLASS_SIZE
        year = self.entry_year - classes % 6
        county = draw.choice(list(_COUNTIES))
        first_day = dt.date(year - 7, 9, 1)
        born = first_day + dt.timedelta(days=draw.randrange(365))
        sex = draw.choice("男女")
        surname = draw.choice(_SURNAMES)
        street = f"山西省太原市{_COUNTIES[county]}{draw.choice(_STREETS)}{draw.randrange(1, 300)}号{draw.randrange(1, 20)}号楼"
        record = {
            "school_code": self.school_code,
            "sex": sex,
            "birth_date": born.strftime("%Y%m%d"),
            "name": surname + "".join(draw.sample(_GIVEN, draw.choice((1, 2, 2)))),
            "id_number": _number(draw, self.used, county, born, sex),
            "id_type": "居民身份证",
            "birthplace_division": f"{county}000000",
            "household_division": f"{county}000000",
            "household_address": street,
            "native_place": f"山西省太原市{_COUNTIES[county]}",
            "ethnicity": draw.choice(("汉族",) * 9 + ("回族", "满族")),
            "nationality": "中国",
            "overseas_status": "否",
            "health": "健康或良好",
            "political_status": "群众",
            "household_type": draw.choice(("农业户口", "非农业户口")),
            "class_code": f"{year}1{classes // 6 + 1:02}",
            "enrolment_month": f"{year}09",
            "entry_way": "就近入学",
            "attendance": "走读",
            "home_address": street,
            "mail_address": street,
            "family_address": street,
            "phone": _mobile(draw),
            "postcode": f"03000{draw.randrange(1, 10)}",
            "only_child": draw.choice("是否"),
            "preschool": "是",
            "left_behind": "非留守儿童",
            "rural_left_behind": "否",
            "disabled": "否",
            "aid_wanted": "否",
            "boarding_aid": "否",
            "orphan": "否",
            "martyr_child": "否",
            "migrant_child": "否",
            "accompanying_child": "否",
            "school_distance": str(draw.randrange(1, 6)),
            "transport": "步行",
            "school_bus": "否",
            "student_source": "正常入学",
            "disability": "无残疾",
            "inclusion": "非随班就读",
            "purchased_place": "否",
            "campus_code": "1",
            "talent": draw.choice(("", "", "绘画", "游泳", "围棋", "合唱")),
            "seat_number": draw.choice(("", str(position % _CLASS_SIZE + 1))),
            "blood_type": draw.choice(("A", "B", "O", "AB", "")),
            "email": draw.choice(("", f"u{draw.randrange(10**6)}@example.com")),
            "boarder": "否",
            "grade": f"小学{'一二三四五六'[self.entry_year - year]}年级",
            "class_name": f"小学{year}级({classes // 6 + 1})班",
        }
        for member, (relation, member_sex) in ((1, ("父亲", "男")), (2, ("母亲", "女"))):
            name = (surname if member == 1 else draw.choice(_SURNAMES)) + "".join(draw.sample(_GIVEN, 2))
            age = born - dt.timedelta(days=365 * draw.randrange(23, 38) + draw.randrange(300))
            values = {
                "name": name,
                "relation": relation,
                "relation_note": "",
                "home_address": street,
                "household_division": f"{county}000000",
                "household_address": street,
                "phone": _mobile(draw),
                "guardian": "是",
                "id_type": "居民身份证",
                "id_number": _number(draw, self.used, county, age, member_sex),
                "ethnicity": "汉族",
                "employer": f"太原市{draw.choice(_WORKPLACES)}",
                "post": draw.choice(_POSTS),
            }
            record |= {f"member{member}.{key}": value for key, value in values.items()}
        return record


def _number(draw: random.Random, used: set[str], county: str, born: dt.date, sex: str) -> str:
    while True:
        sequence = draw.randrange(500) * 2 + (1 if sex == "男" else 2) % 1000
        body = f"{county}{born:%Y%m%d}{sequence % 1000:03}"
        if body not in used and int(body[16]) % 2 == (sex == "男"):
            used.add(body)
            return body + check_character(body)


def _mobile(draw: random.Random) -> str:
    return f"1{draw.choice('3578')}{draw.randrange(10**8, 10**9)}"
