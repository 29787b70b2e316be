"""Pupils in Changsha's form of 2026, as its platform lists them: lawful ones of many kinds."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence

import openpyxl
from openpyxl.worksheet.datavalidation import DataValidation

from samples.people import People
from stuvalid.codes import divisions
from stuvalid.forms import template

FORM = template("student-2026-changsha")
SCHOOL = "3143010001"
_HUNAN = ["湖南省长沙市雨花区", "湖南省长沙市岳麓区", "湖南省长沙市天心区", "湖南省湘潭市雨湖区", "湖南省浏阳市"]
_FAR = [
    "北京北京市海淀区",
    "重庆重庆市云阳县",
    "湖北省仙桃市",
    "广东省东莞市",
    "山西省太原市迎泽区",
    "江西省萍乡市安源区",
]


def pupils(count: int, seed: int = 26) -> list[dict[str, str]]:
    """``count`` new junior pupils with what the lists offer beyond the usual."""
    draw = random.Random(seed)
    people = People(seed, "3114010104")
    rows = [dict(row) for row in people.rows(FORM, count)]
    for number, row in enumerate(rows):
        county = divisions.full_name(row["id_number"][:6])
        place = draw.choice(_HUNAN)
        row |= {
            "serial_number": f"{202600000000 + number}",
            "continuation_mark": f"G{row['id_number']}",
            "name_pinyin": draw.choice(("", "wang xiao ming")),
            "birthplace_division": draw.choice(("", county)),
            "native_place": draw.choice((*_HUNAN, *_FAR)),
            "household_division": county,
            "home_division": place,
            "home_address": f"{draw.choice(('圭塘路', '韶山中路', '城南路'))}{draw.randrange(1, 400)}号{draw.randrange(1, 30)}栋",
            "household_address": f"双塔西街{draw.randrange(1, 300)}号",
            "class_name": f"26{number // 50 + 1:02}",
            "overseas_status": "非港澳台侨",
            "ethnicity": draw.choice(("汉族",) * 8 + ("毛难族", "穿青族", "土家族", "苗族")),
            "political_status": draw.choice(("少先队员", "群众")),
            "blood_type": draw.choice(("", "未知血型", "A血型", "RH阴性血型")),
            "household_category": draw.choice(("常驻", "务工人员居住证", "")),
            "entry_way": draw.choice(("就近入学", "其他")),
            "left_behind": draw.choice("是否") if number % 9 == 0 else "否",
            "transport": draw.choice(("步行", "公共交通（含城市公交、农村客运、地铁）", "家长自行接送")),
            "disability": "",
        }
        for member in (1, 2):
            number_of = row[f"member{member}.id_number"]
            row[f"member{member}.household_division"] = divisions.full_name(number_of[:6])
        if number % 7 == 0:
            elder = draw.choice(("祖父", "外祖父"))
            row["member1.relation"] = elder
        if number % 5 == 0:
            for key in row:
                if key.startswith("member2."):
                    row[key] = ""
        if number % 40 == 3:
            row |= {"disabled": "是", "health": "残疾", "disability": "视力残疾", "disability_proof": "有明显残疾症状"}
            row |= {"disability_degree": "3级", "special_attendance": "普通学校随班就读"}
        if number % 60 == 7:
            row |= {"boarder": "是", "attendance": "住校"}
        for key in ("left_behind", "mail_address", "postcode", "health", "aid_wanted"):
            if number % 11 == 4:
                row[key] = "" if not (key == "health" and row["disabled"] == "是") else row[key]
    return rows


def workbook(rows: Sequence[Mapping[str, str]], *, dropdowns: bool = True) -> bytes:
    """As the platform gives it: one sheet 新生1, header in row 1, all text, lists on a hidden sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "新生1"
    sheet.append([entry.header for entry in FORM.fields])
    for row in rows:
        sheet.append([row[entry.key] or None for entry in FORM.fields])
    for line in sheet.iter_rows(min_row=1):
        for cell in line:
            cell.number_format = "@"
    if dropdowns:
        _add_lists(book, len(rows))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _add_lists(book: openpyxl.Workbook, count: int) -> None:
    from stuvalid.forms.issued import offered_choices

    sheet, hidden = book.worksheets[0], book.create_sheet("字典")
    hidden.sheet_state = "hidden"
    for column, entry in enumerate(FORM.fields, 1):
        choices = offered_choices(entry)
        if not choices:
            continue
        if entry.kind == "region":
            choices = [
                name for name in choices if name.startswith(("湖南", "北京", "重庆", "湖北", "广东", "山西", "江西"))
            ]
        for row, text in enumerate(choices, 1):
            hidden.cell(row, column, text)
        letter = openpyxl.utils.get_column_letter(column)
        rule = DataValidation("list", formula1=f"字典!${letter}$1:${letter}${len(choices)}", allow_blank=True)
        rule.add(f"{letter}2:{letter}{count + 200}")
        sheet.add_data_validation(rule)
