"""The import form of Changsha as a platform issues it, and 300 invented pupils in it, with everything lawful among them."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import xlsxwriter

from stuvalid.codes.identity import check_character
from stuvalid.excel.address import column_letter
from stuvalid.forms import Template, template
from stuvalid.forms.issued import offered_choices

ID = "student-2026-changsha"
TODAY = dt.date(2026, 11, 25)
_REGIONS = {
    "430111": "湖南省长沙市雨花区",
    "430102": "湖南省长沙市芙蓉区",
    "430121": "湖南省长沙市长沙县",
    "110108": "北京北京市海淀区",
    "500235": "重庆重庆市云阳县",
    "429004": "湖北省仙桃市",
    "441900": "广东省东莞市虎门镇",
    "500112": "重庆重庆市渝北区",
}
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "子梓雨浩宇轩涵晨欣怡思佳俊杰雪琪博文嘉豪诺馨天佑若曦明泽静雅志强晓慧"
_PINYIN = ("ziyu", "haoxuan", "chenxin", "yisi", "junjie")


@cache
def form() -> Template:
    return template(ID)


def number(region: str, born: dt.date, sequence: int) -> str:
    body = f"{region}{born:%Y%m%d}{sequence:03}"
    return body + check_character(body)


def pupils(count: int = 300, seed: int = 1) -> list[dict[str, str]]:
    """Valid records, the same for the same seed; every tenth or so is a lawful rarity."""
    draw = random.Random(seed)
    return [_pupil(draw, position) for position in range(count)]


def _pupil(draw: random.Random, position: int) -> dict[str, str]:
    region = draw.choice(list(_REGIONS))
    place = _REGIONS[region]
    born = dt.date(2013, 9, 1) + dt.timedelta(days=draw.randrange(365))
    sex = draw.choice("男女")
    surname = draw.choice(_SURNAMES)
    name = surname + "".join(draw.sample(_GIVEN, 2))
    own = number(region, born, 2 * (position % 480) + (sex == "男"))
    street = f"圭塘街道万家丽路{draw.randrange(1, 300)}号{draw.randrange(1, 20)}栋{draw.randrange(101, 999)}"
    record = dict.fromkeys(form().keys, "")
    record |= {
        "serial_number": f"CS2026{position:08}",
        "name": name,
        "sex": sex,
        "birth_date": f"{born:%Y%m%d}",
        "birthplace_division": draw.choice((place, "")),
        "native_place": place,
        "ethnicity": draw.choice(("汉族",) * 6 + ("土家族", "毛难族", "穿青族", "穿青人族", "苗族")),
        "nationality": "中国",
        "id_type": "居民身份证",
        "id_number": own,
        "overseas_status": "非港澳台侨",
        "health": draw.choice(("健康或良好", "健康或良好", "一般或较弱", "")),
        "political_status": draw.choice(("少先队员", "群众", "")),
        "name_pinyin": draw.choice(_PINYIN),
        "blood_type": draw.choice(("未知血型", "A血型", "RH阴性血型", "未定血型", "")),
        "household_division": place,
        "household_address": street,
        "household_type": draw.choice(("农业户口", "非农业户口", "")),
        "household_category": draw.choice(("常驻", "务工人员居住证", "其他")),
        "seat_number": str(position % 45 + 1),
        "class_name": f"26{position // 45 + 1:02}",
        "entry_way": draw.choice(("就近入学", "其他")),
        "attendance": draw.choice(("走读", "住校", "")),
        "continuation_mark": f"G{own}",
        "home_division": "湖南省长沙市雨花区",
        "home_address": street,
        "only_child": draw.choice("是否"),
        "preschool": "是",
        "left_behind": draw.choice(("否", "否", "否", "")),
        "rural_left_behind": "否",
        "accompanying_child": "否",
        "migrant_child": "否",
        "orphan": "否",
        "boarding_aid": "否",
        "minimum_living": draw.choice("是否"),
        "aid_wanted": "否",
        "migrant_worker_child": "否",
        "soldier_child": "否",
        "talent_child": "否",
        "purchased_place": "否",
        "disabled": "否",
        "disability": draw.choice(("无残疾", "")),
        "boarder": draw.choice("是否"),
        "school_distance": "1.5",
        "transport": draw.choice(("步行", "公共交通（含城市公交、农村客运、地铁）", "其他")),
        "school_bus": "否",
        "poverty_filed": "否",
        "phone": draw.choice((f"139{draw.randrange(10**7, 10**8)}", "")),
        "postcode": draw.choice(("410004", "")),
    }
    record |= _member(draw, 1, region, "父亲" if draw.random() < 0.5 else "母亲", born, surname, street, position)
    if position % 6:
        relation = draw.choice(("祖父", "外祖母", "母亲" if record["member1.relation"] == "父亲" else "父亲"))
        record |= _member(draw, 2, region, relation, born, surname, street, position)
    record |= _rarity(position, born, sex)
    return record


_AGES = {"父亲": (28, 1), "母亲": (27, 0), "祖父": (55, 1), "外祖母": (53, 0)}


def _member(
    draw: random.Random, n: int, region: str, relation: str, born: dt.date, surname: str, street: str, position: int
) -> dict[str, str]:
    age, male = _AGES[relation]
    birth = born - dt.timedelta(days=365 * (age + draw.randrange(6)) + draw.randrange(300))
    values = {
        "name": surname + "".join(draw.sample("建国秀英志强桂兰玉梅德明", 2)),
        "relation": relation,
        "ethnicity": draw.choice(("汉族", "")),
        "household_division": _REGIONS[region],
        "household_address": street,
        "phone": f"138{draw.randrange(10**7, 10**8)}",
        "guardian": "是",
        "id_type": "居民身份证",
        "id_number": number(region, birth, 2 * (position % 480) + male),
    }
    return {f"member{n}.{key}": value for key, value in values.items()}


def _rarity(position: int, born: dt.date, sex: str) -> dict[str, str]:
    """What is lawful and seldom: pupils from outside, one without a number, a disabled one, a guardian who is no parent."""
    tail = 2 * (position % 480) + (sex == "男")
    outside = {"birthplace_division": "", "native_place": "", "household_type": "", "political_status": ""}
    kinds: dict[int, dict[str, str]] = {
        7: {
            **outside,
            "id_type": "港澳居民来往内地通行证（香港）",
            "id_number": f"H{10000000 + position}",
            "nationality": "中国香港",
            "overseas_status": "香港同胞",
            "household_division": "香港特别行政区九龙观塘区",
        },
        8: {
            **outside,
            "id_type": "港澳居民居住证",
            "id_number": number("820000", born, tail),
            "nationality": "中国澳门",
            "overseas_status": "澳门同胞",
            "household_division": "澳门特别行政区氹仔嘉模堂区",
        },
        9: {
            **outside,
            "id_type": "护照",
            "id_number": f"E{20000000 + position}",
            "nationality": "刚果（金）",
            "overseas_status": "外国人",
        },
        10: {
            **outside,
            "id_type": "台湾居民居住证",
            "id_number": number("830000", born, tail),
            "nationality": "中国台湾",
            "overseas_status": "台湾同胞",
            "household_division": "台湾台北市大安区",
        },
        12: {
            "disabled": "是",
            "disability": "听力残疾",
            "disability_proof": "医院残疾证明",
            "special_attendance": "普通学校随班就读",
            "disability_degree": "3级",
            "health": "残疾",
        },
        13: {"member1.relation": "其他", "member1.relation_note": "舅父"},
        14: {"class_name": "2612", "entry_way": "其他", "transport": "校车", "school_bus": "是"},
    }
    found = kinds.get(position % 50, {})
    if "id_number" in found and found["id_type"] != "居民身份证":
        found = {**found, "continuation_mark": f"L430111{born:%Y%m%d}{position % 10000:04}"}
    return found


def book(
    records: Sequence[Mapping[str, str]],
    *,
    dropdowns: bool = True,
    headers: Mapping[str, str] | None = None,
    style: str = "range",
) -> bytes:
    """The form with these pupils, all text. ``style``: ranges of a hidden sheet (``range``), names for them (``name``)."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "@"})
    text = made.add_format({"num_format": "@"})
    page = made.add_worksheet("新生1")
    for column, entry in enumerate(form().fields):
        page.write_string(0, column, (headers or {}).get(entry.key, entry.header), text)
        for row, record in enumerate(records, start=1):
            if record.get(entry.key):
                page.write_string(row, column, record[entry.key], text)
    if dropdowns:
        lists = made.add_worksheet("dict")
        lists.hide()
        for number_, (column, choices) in enumerate(_lists()):
            for row, choice in enumerate(choices):
                lists.write_string(row, number_, choice)
            letter = column_letter(number_)
            area = f"=dict!${letter}$1:${letter}${len(choices)}"
            if style == "name":
                made.define_name(f"list{number_}", area)
                area = f"=list{number_}"
            page.data_validation(1, column, 2000, column, {"validate": "list", "source": area})
    made.close()
    return stream.getvalue()


def _lists() -> Iterator[tuple[int, list[str]]]:
    for column, entry in enumerate(form().fields):
        if choices := offered_choices(entry):
            yield column, choices
