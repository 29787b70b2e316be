"""Papers as parents send them, invented: one child's record written in any of the `LAYOUTS`, the same for the same seed.

A layout takes the form and a record (field key to text) and gives the file's suffix and bytes; every text of the record that the
form has stands in it once. ``loses`` says which keys a layout cannot show.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stuvalid.forms import Field, Template
from stuvalid.forms.issued import offered_choices

Record = Mapping[str, str]
Paper = tuple[str, bytes]
Layout = Callable[[Template, Record, random.Random], Paper]
LAYOUTS: dict[str, Layout] = {}
_LEAVES = ("relation", "name", "phone", "employer", "id_number", "id_type", "ethnicity", "guardian")
_SECTIONS = {0: "学生个人基础信息", 1: "学生家庭成员或监护人信息一", 2: "学生家庭成员或监护人信息二"}


def layout(function: Layout) -> Layout:
    LAYOUTS[function.__name__] = function
    return function


def _fields(form: Template, member: int = -1) -> list[Field]:
    return [entry for entry in form.fields if member in (-1, entry.member)]


def leaf(entry: Field) -> str:
    """A member's header without 成员1."""
    return entry.header[3:] if entry.member else entry.header


def _star(entry: Field) -> str:
    return "★" if entry.required else ""


def _xlsx(
    rows: Sequence[Sequence[str]],
    merged: Sequence[str] = (),
    *,
    sheet: str = "Sheet1",
    behind: Mapping[str, Sequence[Sequence[str]]] | None = None,
    top: int = 0,
    left: int = 0,
    saved: dt.datetime | None = None,
) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = sheet
    for pages, lines, down, right in (
        (page, rows, top, left),
        *((book.create_sheet(name), lines, 0, 0) for name, lines in (behind or {}).items()),
    ):
        for number, line in enumerate(lines, start=1 + down):
            for column, text in enumerate(line, start=1 + right):
                if text:
                    cell = pages.cell(number, column, text)
                    cell.data_type = "s"
                    cell.number_format = "@"
    for area in merged:
        page.merge_cells(area)
    stream = io.BytesIO()
    book.save(stream)
    return _saved(stream.getvalue(), saved) if saved else stream.getvalue()


def _saved(data: bytes, when: dt.datetime) -> bytes:
    """The workbook as if it had been saved then: openpyxl writes the present time whatever it is told."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(stream, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            if name == "docProps/core.xml":
                part = re.sub(
                    rb"(<dcterms:modified[^>]*>)[^<]*", lambda found: found[1] + f"{when.isoformat()}Z".encode(), part
                )
            after.writestr(name, part)
    return stream.getvalue()


def _xls(rows: Sequence[Sequence[str]]) -> bytes:
    import xlwt

    book = xlwt.Workbook()
    page = book.add_sheet("Sheet1")
    for number, line in enumerate(rows):
        for column, text in enumerate(line):
            if text:
                page.write(number, column, text)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _csv(rows: Sequence[Sequence[str]], encoding: str) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode(encoding, "replace")


def _table(form: Template, record: Record) -> list[list[str]]:
    return [[entry.header for entry in form.fields], [record.get(entry.key, "") for entry in form.fields]]


def _pairs(form: Template, record: Record, columns: int, *, star: bool = False) -> list[list[str]]:
    cells = [(entry.header + (_star(entry) if star else ""), record.get(entry.key, "")) for entry in form.fields]
    return [
        [text for pair in cells[start : start + columns] for text in pair] for start in range(0, len(cells), columns)
    ]


def ticks(entry: Field, text: str, draw: random.Random, style: int) -> str:
    """A choice with boxes; plain text where there is no short list, or the text is none of it."""
    choices = offered_choices(entry)
    if not 2 <= len(choices) <= 8 or text not in choices or any(mark in "".join(choices) for mark in "/"):
        return text
    on, off = (("☑", "□"), ("√", "□"), ("■", "□"), ("[√]", "[ ]"), ("●", "○"))[style % 5]
    if style == 5:
        return " ".join(f"{choice}{'☑' if choice == text else '□'}" for choice in choices)
    return " ".join(f"{on if choice == text else off}{choice}" for choice in choices)


# --- tables


@layout
def issued(form: Template, record: Record, draw: random.Random) -> Paper:
    from stuvalid.forms.filled import filled_form

    return ".xlsx", filled_form(form, [record])


@layout
def issued_with_example(form: Template, record: Record, draw: random.Random) -> Paper:
    from stuvalid.excel.patch import CellEdit, patch_workbook
    from stuvalid.forms.blank import blank_form, form_sheet

    edits = [
        CellEdit(form_sheet(form), 2, column, record.get(entry.key, ""))
        for column, entry in enumerate(form.fields)
        if record.get(entry.key)
    ]
    return ".xlsx", patch_workbook(blank_form(form, rows=5), edits=edits).data


@layout
def table_below_titles(form: Template, record: Record, draw: random.Random) -> Paper:
    rows = [["学生信息采集表"], ["填表说明：请家长如实填写，红色为必填项。"], [], *_table(form, record)]
    return ".xlsx", _xlsx(rows, [f"A1:{'J'}1"])


@layout
def table_far_from_corner(form: Template, record: Record, draw: random.Random) -> Paper:
    return ".xlsx", _xlsx(_table(form, record), top=4, left=2)


@layout
def table_numbered(form: Template, record: Record, draw: random.Random) -> Paper:
    head = [
        f"{number}、{entry.header}{'（必填）' if entry.required else ''}"
        for number, entry in enumerate(form.fields, start=1)
    ]
    return ".xlsx", _xlsx([["序号", *head], ["1", *_table(form, record)[1]]])


def _two_rows(form: Template) -> tuple[list[str], list[str], list[str]]:
    from stuvalid.excel.address import column_letter

    groups = [""] * len(form.fields)
    merged = []
    own = _fields(form)
    for member, title in ((0, "学生基本信息"), (1, "成员1信息"), (2, "成员2信息")):
        places = [number for number, entry in enumerate(own) if entry.member == member]
        runs: list[list[int]] = []
        for place in places:
            if runs and runs[-1][-1] == place - 1:
                runs[-1].append(place)
            else:
                runs.append([place])
        for run in runs:
            groups[run[0]] = title
            if len(run) > 1:
                merged.append(f"{column_letter(run[0])}1:{column_letter(run[-1])}1")
    return groups, [leaf(entry) for entry in own], merged


@layout
def table_two_rows_merged(form: Template, record: Record, draw: random.Random) -> Paper:
    groups, leaves, merged = _two_rows(form)
    return ".xlsx", _xlsx([groups, leaves, _table(form, record)[1]], merged)


@layout
def table_two_rows_csv(form: Template, record: Record, draw: random.Random) -> Paper:
    groups, leaves, _ = _two_rows(form)
    return ".csv", _csv([groups, leaves, _table(form, record)[1]], "utf-8-sig")


@layout
def table_two_rows_own_cells(form: Template, record: Record, draw: random.Random) -> Paper:
    """The pupil's headers reach over both rows; those of the members stand below their group."""
    from stuvalid.excel.address import column_letter

    groups, leaves, merged = _two_rows(form)
    own = _fields(form)
    kept = [area for area in merged if own[_column(area)].member]
    top = [leaves[n] if not own[n].member else groups[n] for n in range(len(own))]
    low = ["" if not own[n].member else leaves[n] for n in range(len(own))]
    kept += [f"{column_letter(n)}1:{column_letter(n)}2" for n in range(len(own)) if not own[n].member]
    return ".xlsx", _xlsx([top, low, _table(form, record)[1]], kept)


def _column(area: str) -> int:
    from openpyxl.utils import range_boundaries

    return int(range_boundaries(area)[0]) - 1


@layout
def table_of_parents(form: Template, record: Record, draw: random.Random) -> Paper:
    names = {0: "", 1: "父亲", 2: "母亲"}
    head = [
        f"{names[entry.member]}{leaf(entry)}"
        if entry.member
        else (f"学生{entry.header}" if entry.key in ("name", "id_number") else entry.header)
        for entry in form.fields
        if not entry.key.endswith(".relation")
    ]
    cells = [record.get(entry.key, "") for entry in form.fields if not entry.key.endswith(".relation")]
    return ".xlsx", _xlsx([head, cells])


@layout
def table_xls(form: Template, record: Record, draw: random.Random) -> Paper:
    return ".xls", _xls(_table(form, record))


@layout
def table_csv_gb(form: Template, record: Record, draw: random.Random) -> Paper:
    return ".csv", _csv(_table(form, record), "gb18030")


@layout
def table_beside_other_sheets(form: Template, record: Record, draw: random.Random) -> Paper:
    example = [
        [entry.header for entry in form.fields],
        ["张三" if entry.key == "name" else "示例" for entry in form.fields],
    ]
    behind = {
        "填写说明": [["1.请如实填写"], ["2.姓名：与户口簿一致"]],
        "示例": example,
        "字典": [["性别", "民族"], ["男", "汉族"]],
    }
    return ".xlsx", _xlsx(_table(form, record), sheet="学生信息", behind=behind)


# --- labels beside values


@layout
def one_pair(form: Template, record: Record, draw: random.Random) -> Paper:
    return ".xlsx", _xlsx([["学生信息登记表"], *_pairs(form, record, 1)])


@layout
def two_pairs_starred(form: Template, record: Record, draw: random.Random) -> Paper:
    return ".xlsx", _xlsx([["学生信息登记表（带★必填）"], *_pairs(form, record, 2, star=True)], ["A1:D1"])


@layout
def three_pairs(form: Template, record: Record, draw: random.Random) -> Paper:
    return ".xlsx", _xlsx(_pairs(form, record, 3))


@layout
def pair_with_hints(form: Template, record: Record, draw: random.Random) -> Paper:
    rows = [["序号", "项目", "填写内容", "填写说明"]]
    rows += [
        [str(n), e.header + "：", record.get(e.key, ""), "与户口簿一致" if n % 3 else "如：20150305"]
        for n, e in enumerate(form.fields, start=1)
    ]
    return ".xlsx", _xlsx(rows)


@layout
def pair_with_examples_first(form: Template, record: Record, draw: random.Random) -> Paper:
    example = {"name": "李小四", "sex": "男", "birth_date": "20150305", "id_number": "140106201503050012"}
    rows = [["项目", "示例", "填写"]] + [
        [e.header, example.get(e.key, "汉族"), record.get(e.key, "")] for e in form.fields
    ]
    return ".xlsx", _xlsx(rows)


@layout
def pair_with_printed_hints(form: Template, record: Record, draw: random.Random) -> Paper:
    return ".xlsx", _xlsx(
        [
            [
                entry.header,
                record.get(entry.key, "") or draw.choice(("（请填写）", "必填", "如：无", "（8位数字）", "____")),
            ]
            for entry in form.fields
        ]
    )


def _official(form: Template, record: Record) -> tuple[list[list[str]], list[str], list[int]]:
    rows = [
        ["全国中小学生学籍信息管理系统学生基本信息采集表"],
        ["编号", "项目名称", "基础数据", "编号", "项目名称", "基础数据"],
    ]
    headings = []
    number = 0
    for member, title in _SECTIONS.items():
        entries = _fields(form, member)
        headings.append(len(rows) + 1)
        rows.append([title])
        half = (len(entries) + 1) // 2
        for place in range(half):
            line = []
            for entry in entries[place::half][:2]:
                line += [
                    str(number + 1 + (0 if entry is entries[place] else half)),
                    f"{leaf(entry)}{_star(entry)}",
                    record.get(entry.key, ""),
                ]
            rows.append(line)
            number += 1
        number += len(entries) - half
    rows.append(["学生家长签字：", "", "", "班主任签字：", "", "填表日期："])
    rows.append(["注：带★为必采信息项。"])
    return rows, [], headings


@layout
def official(form: Template, record: Record, draw: random.Random) -> Paper:
    rows, _, headings = _official(form, record)
    return ".xlsx", _xlsx(rows, ["A1:F1", *(f"A{row}:F{row}" for row in headings)])


@layout
def official_csv(form: Template, record: Record, draw: random.Random) -> Paper:
    return ".csv", _csv(_official(form, record)[0], "utf-8-sig")


@layout
def official_xls(form: Template, record: Record, draw: random.Random) -> Paper:
    return ".xls", _xls(_official(form, record)[0])


@layout
def wide_cells(form: Template, record: Record, draw: random.Random) -> Paper:
    rows, merged = [], []
    for number, entries in enumerate(
        (form.fields[start : start + 2] for start in range(0, len(form.fields), 2)), start=1
    ):
        line = ["", ""] * 3
        for place, entry in enumerate(entries):
            line[3 * place], line[3 * place + 1] = entry.header, record.get(entry.key, "")
            merged.append(f"{'BE'[place]}{number}:{'CF'[place]}{number}")
        rows.append(line)
    return ".xlsx", _xlsx(rows, merged)


@layout
def wide_cells_csv(form: Template, record: Record, draw: random.Random) -> Paper:
    """What a sheet of merged cells leaves behind as csv: gaps between labels and values."""
    rows = []
    for start in range(0, len(form.fields), 2):
        line: list[str] = []
        for entry in form.fields[start : start + 2]:
            line += [entry.header, "", record.get(entry.key, ""), ""]
        rows.append(line)
    return ".csv", _csv(rows, "gb18030")


@layout
def family_at_the_side(form: Template, record: Record, draw: random.Random) -> Paper:
    rows, merged = [], []
    rows += [["", entry.header, record.get(entry.key, "")] for entry in _fields(form, 0)]
    for member, title in ((1, "父亲"), (2, "母亲")):
        entries = [entry for entry in _fields(form, member) if not entry.key.endswith(".relation")]
        merged.append(f"A{len(rows) + 1}:A{len(rows) + len(entries)}")
        rows += [[title if not n else "", leaf(entry), record.get(entry.key, "")] for n, entry in enumerate(entries)]
    return ".xlsx", _xlsx(rows, merged)


@layout
def family_side_by_side(form: Template, record: Record, draw: random.Random) -> Paper:
    rows = [[entry.header, record.get(entry.key, "")] for entry in _fields(form, 0)]
    rows.append(["家庭成员（一）", "", "家庭成员（二）", ""])
    both = zip(_fields(form, 1), _fields(form, 2), strict=True)
    rows += [[leaf(one), record.get(one.key, ""), leaf(two), record.get(two.key, "")] for one, two in both]
    return ".xlsx", _xlsx(rows)


@layout
def family_table(form: Template, record: Record, draw: random.Random) -> Paper:
    rows = _family(form, record)
    return ".xlsx", _xlsx(rows)


def _family(form: Template, record: Record) -> list[list[str]]:
    rows = [["学生基本情况登记表"]]
    own = _fields(form, 0)
    for start in range(0, len(own), 2):
        rows += [[text for entry in own[start : start + 2] for text in (entry.header, record.get(entry.key, ""))]]
    rows.append(["家庭成员情况"])
    entries = sorted(_fields(form, 1), key=lambda entry: _order(entry.key))
    rows.append([leaf(entry) for entry in entries])
    for member in ("1", "2"):
        rows += [[record.get(entry.key.replace("member1", f"member{member}"), "") for entry in entries]]
    rows.append(["注：父母都要填。"])
    return rows


def _order(key: str) -> int:
    name = key.partition(".")[2]
    return _LEAVES.index(name) if name in _LEAVES else len(_LEAVES)


@layout
def in_cells(form: Template, record: Record, draw: random.Random) -> Paper:
    texts = [f"{entry.header}：{record.get(entry.key, '')}" for entry in form.fields]
    return ".xlsx", _xlsx([texts[start : start + 3] for start in range(0, len(texts), 3)])


@layout
def above_values(form: Template, record: Record, draw: random.Random) -> Paper:
    rows = []
    for start in range(0, len(form.fields), 6):
        entries = form.fields[start : start + 6]
        rows += [[entry.header for entry in entries], [record.get(entry.key, "") for entry in entries]]
    if len(form.fields) % 6 in (1, 2):
        last = form.fields[-(len(form.fields) % 6) :]
        rows = [*rows[:-2], *([entry.header, record.get(entry.key, "")] for entry in last)]
    return ".xlsx", _xlsx(rows)


@layout
def ticked(form: Template, record: Record, draw: random.Random) -> Paper:
    style = draw.randrange(6)
    return ".xlsx", _xlsx(
        [[entry.header, ticks(entry, record.get(entry.key, ""), draw, style)] for entry in form.fields]
    )


@layout
def a_digit_a_cell(form: Template, record: Record, draw: random.Random) -> Paper:
    rows = []
    for entry in form.fields:
        text = record.get(entry.key, "")
        spread = entry.kind in ("id_number", "date", "phone") and text.isascii()
        rows.append([entry.header, *(list(text) if spread else [text])])
    return ".xlsx", _xlsx(rows)


@layout
def spaced_labels(form: Template, record: Record, draw: random.Random) -> Paper:
    def spaced(text: str) -> str:
        return f"{text[0]}    {text[1]}：" if len(text) == 2 else f"* {text}\n（必填）"

    return ".xlsx", _xlsx([[spaced(entry.header), record.get(entry.key, "")] for entry in form.fields])


WORDINGS: Mapping[str, Sequence[str]] = {
    "name": ("学生姓名", "孩子姓名", "姓 名", "幼儿姓名（与户口本一致）", "您孩子的姓名"),
    "sex": ("性 别", "孩子性别", "学生性别"),
    "birth_date": ("出生年月日", "出生日期（格式：20150101）", "生日", "学生出生日期"),
    "nationality": ("国籍", "国家/地区"),
    "overseas_status": ("是否港澳台侨外", "港澳台侨"),
    "ethnicity": ("民 族", "学生民族"),
    "id_type": ("证件类型", "学生证件类型", "身份证件类型（下拉选择）"),
    "id_number": ("身份证号码", "孩子身份证号（18位）", "学生身份证号码", "证件号码"),
    "former_name": ("曾用名（没有填无）",),
    "grade": ("所在年级", "就读年级"),
    "class_name": ("所在班级", "就读班级"),
    "boarder": ("是否住宿", "是否寄宿", "是否为寄宿生"),
    "disabled": ("是否残疾", "是否为残疾人"),
    "rural_left_behind": ("是否为农村留守儿童", "农村留守儿童"),
    "household_type": ("户口类型", "户籍性质"),
    "native_place": ("籍 贯",),
    "health": ("健康情况",),
    "political_status": ("政治面貌（群众/少先队员）",),
    "postcode": ("邮编",),
    "email": ("电子邮箱", "邮箱"),
    "mail_address": ("通讯地址",),
    "only_child": ("独生子女", "是否为独生子女"),
    "orphan": ("是否为孤儿",),
    "migrant_child": ("是否务工人员随迁子女",),
    "school_distance": ("上下学距离（公里）", "家校距离"),
    "transport": ("上学方式",),
    "disability": ("残疾类别",),
    "relation": ("与学生关系", "与孩子关系", "称谓"),
    "phone": ("手机号", "电话", "联系方式", "手机号码"),
    "employer": ("单位", "工作单位名称"),
    "guardian": ("是否为监护人", "是否法定监护人"),
    "member.id_number": ("身份证号码", "证件号"),
    "member.id_type": ("证件类型",),
    "household_address": ("户口所在地详细地址", "户籍地址", "户籍所在地（详细地址）"),
    "household_division": ("户口所在地",),
}
"""Other words for the fields, as class teachers write them; of a member's field by its leaf."""


def reworded(form: Template, draw: random.Random) -> Template:
    """The form with other words for some of its fields."""
    fields = []
    for entry in form.fields:
        key = entry.key.partition(".")[2] if entry.member else entry.key
        words = WORDINGS.get(f"member.{key}" if entry.member else key) or (
            WORDINGS.get(key) if entry.member or key in WORDINGS else None
        )
        if (
            key in ("household_address", "household_division")
            and "household_address" in form.keys
            and "household_division" in form.keys
        ):
            words = None
        header = entry.header
        if words and draw.random() < 0.7 and not (entry.member and key in ("name", "ethnicity")):
            header = (f"成员{entry.member}" if entry.member else "") + draw.choice(words)
        fields.append(replace(entry, header=header))
    return replace(form, fields=tuple(fields))
