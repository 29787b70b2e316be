"""A county whose submissions are all right, with everything lawful that lies beside them. All people are invented."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook

from samples.people import People
from stuvalid.codes.identity import check_character
from stuvalid.forms import template

Rows = Sequence[Sequence[str]]
SCHOOLS = {
    "2114010068": ("双塔西街小学", "student-2013"),
    "2114010075": ("青年路小学", "student-2020"),
    "3114010104": ("第十九中学", "student-2022"),
}
PER_SCHOOL = 12


def pupils(code: str, form: str, count: int = PER_SCHOOL) -> list[dict[str, str]]:
    """Pupils of one school, the same for the same code."""
    return [dict(entry) for entry in People(int(code[-4:]), code).rows(template(form), count)]


def sheet_of(form: str, records: Sequence[Mapping[str, str]], *, two_rows: bool = False) -> list[list[str]]:
    """A form's header and these records."""
    known = template(form)
    rows = [[record[key] for key in known.keys] for record in records]
    headers = [entry.header for entry in known.fields]
    if not two_rows:
        return [headers, *rows]
    groups = [header[:3] if header.startswith("成员") else "" for header in headers]
    top = [
        group if group and group not in groups[:place] else "" if group else header
        for place, (group, header) in enumerate(zip(groups, headers, strict=True))
    ]
    leaves = [header.removeprefix(group) if group else "" for group, header in zip(groups, headers, strict=True)]
    return [top, leaves, *rows]


def book(sheets: Mapping[str, Rows], hidden: Sequence[str] = ()) -> bytes:
    """An xlsx of text cells."""
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        if name in hidden:
            page.sheet_state = "hidden"
        for row, cells in enumerate(rows, 1):
            for column, text in enumerate(cells, 1):
                if text:
                    page.cell(row, column, text).number_format = "@"
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def with_special_pupils(records: list[dict[str, str]], code: str) -> list[dict[str, str]]:
    """The same class with a foreigner, a child of Hong Kong, one of Dongguan, one called 张三, one without a number."""
    foreign = {"id_type": "护照", "id_number": f"E12345{code[-3:]}", "nationality": "美国", "overseas_status": "外国人"}
    hong_kong = {
        "id_type": "香港特区护照/身份证明",
        "id_number": f"H12345{code[-3:]}",
        "nationality": "香港",
        "overseas_status": "香港同胞",
    }
    records[1] |= {key: value for key, value in foreign.items() if key in records[1]}
    records[2] |= {key: value for key, value in hong_kong.items() if key in records[2]}
    for record in records[1:3]:
        record.update(
            {key: "" for key in ("birthplace_division", "household_division", "household_type") if key in record}
        )
    body = "441900" + records[3]["id_number"][6:17]
    records[3]["id_number"] = body + check_character(body)
    for key in ("birthplace_division", "household_division"):
        if key in records[3]:
            records[3][key] = "441900000000"
    records[0]["name"] = "张三"
    records[4] |= {"id_type": "其他", "id_number": ""}
    return records


def other_lists(records: Sequence[Mapping[str, str]]) -> dict[str, Rows]:
    """What else a school hands in about the same pupils; the names of the files by what is in them."""
    numbered = list(enumerate(records, 1))
    return {
        "学籍异动/转出名单.xlsx": [
            ["2025年秋季学籍异动登记表"],
            ["序号", "姓名", "性别", "身份证件号", "转出学校标识码", "转出学校名称", "转入学校标识码", "转入学校名称", "异动原因"],
            *[[str(n), r["name"], r["sex"], r["id_number"], "2114010082", "解放路小学", "2114010099", "桃园小学", "随迁"] for n, r in numbered[:3]],
        ],
        "营养改善计划学生名单.xlsx": [
            ["学籍号", "姓名", "性别", "出生日期", "身份证号", "民族", "年级", "班级", "身高", "体重", "监护人姓名", "监护人电话"],
            *[["G" + r["id_number"], r["name"], r["sex"], r["birth_date"], r["id_number"], r["ethnicity"], "一年级", "1班", "120", "25", "王建国", "13800000000"] for _, r in numbered],
        ],
        "体质健康上报.xlsx": [
            ["年级编号", "班级编号", "班级名称", "学籍号", "民族代码", "姓名", "性别", "出生日期", "家庭住址", "身高", "体重", "肺活量"],
            *[["11", "1101", "一年级1班", "G" + (r["id_number"] or f"140106{r['birth_date']}{n:03}X"), "1", r["name"], "1" if r["sex"] == "男" else "2", f"{r['birth_date'][:4]}/{int(r['birth_date'][4:6])}/{int(r['birth_date'][6:])}", "太原市", "120", "25", "900"] for n, r in numbered],
        ],
        "教师花名册.xlsx": [
            ["序号", "姓名", "性别", "出生日期", "身份证号", "民族", "政治面貌", "学历", "职称", "任教学科", "手机号"],
            ["1", "王建国", "男", "19800101", "140106198001011010", "汉族", "中共党员", "本科", "一级教师", "数学", "13900000000"],
        ],
        "班级信息表.xlsx": [
            ["班级名称", "班级类型", "班号", "学制", "班主任姓名"],
            ["小学2025级(1)班", "普通小学班", "2025101", "6", "李秀英"],
        ],
    }  # fmt: skip


def write(folder: Path) -> int:
    """Write the county into ``folder``; returns how many pupils it has."""
    for code, (name, form) in SCHOOLS.items():
        place = folder / f"{code}{name}"
        place.mkdir(parents=True)
        records = with_special_pupils(pupils(code, form), code)
        sheets: dict[str, Rows] = {template(form).sheets[0]: sheet_of(form, records)}
        hidden = []
        if form == "student-2013":
            keys = ("name", "sex", "birth_date", "id_type", "id_number")
            sheets["学前调档学生信息"] = [
                ["姓名", "性别", "出生日期", "身份证件类型", "身份证件号码"],
                *[[record[key] for key in keys] for record in records],
            ]
            sheets["字典"] = [["男"], ["女"]]
            hidden = ["字典"]
        (place / f"{code}{name}.xlsx").write_bytes(book(sheets, hidden))
        for file, rows in other_lists(records).items():
            path = place / file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(book({"Sheet1": rows}))
    return PER_SCHOOL * len(SCHOOLS)
