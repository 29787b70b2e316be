"""Kinds 9 to 11: ruined columns, other forms, and what nobody named."""

from __future__ import annotations

import contextlib
import datetime as dt

from benchmarks.slips.model import Sheet, Told

RUINED = ("column_ruined",)


def zeros_lost(sheet: Sheet) -> Told | None:
    """Leading zeros lost: postcodes of a province that begin with one, landlines."""
    key = sheet.draw.choice(sheet.having("postcode", "member1.phone"))
    at = sheet.at(key)
    for grid in (sheet.true, sheet.rows):
        for row, texts in enumerate(grid[1:]):
            texts[at] = "030024" if key == "postcode" else f"0351{2000000 + row * 7919 % 7000000}"
    for texts in sheet.rows[1:]:
        texts[at] = int(texts[at]) if sheet.village.seed % 2 else texts[at][1:]
    return Told(RUINED, (key,), mends="derived")


def rounded(sheet: Sheet) -> Told | None:
    """Identity numbers stored as numbers: the last three digits are gone."""
    key = sheet.draw.choice(("id_number", "id_number", "member1.id_number"))
    at = sheet.at(key)
    for texts in sheet.rows[1:]:
        if texts[at].isdigit() and len(texts[at]) == 18:
            texts[at] = int(texts[at]) // 1000 * 1000
    return Told(RUINED, (key,), mends="none")


def exponent(sheet: Sheet) -> Told | None:
    """1.4E+17 as text."""
    at = sheet.at("id_number")
    for texts in sheet.rows[1:]:
        if texts[at].isdigit() and len(texts[at]) == 18:
            texts[at] = f"{int(texts[at]):.5E}".replace("E+", "E+")
    return Told(RUINED, ("id_number",), mends="none")


def mojibake(sheet: Sheet) -> Told | None:
    """A column, or all of the text, in the wrong encoding."""
    keys = sheet.draw.choice(
        (
            ["name"],
            ["home_address"],
            [entry.key for entry in sheet.form.fields if entry.kind in ("name", "address", "text")],
        )
    )
    lossy = sheet.draw.random() < 0.5
    harmed = []
    for key in keys:
        at = sheet.at(key)
        if any(texts[at] for texts in sheet.rows[1:]):
            harmed.append(key)
        for texts in sheet.rows[1:]:
            text = str(texts[at])
            if any(ord(one) > 127 for one in text):
                texts[at] = (
                    text.encode("gb18030").decode("utf-8", "replace").encode().decode("gb18030", "replace")
                    if lossy
                    else text.encode().decode("latin-1")
                )
    return Told(RUINED, tuple(harmed), mends="none" if lossy else "derived")


def replaced(sheet: Sheet) -> Told | None:
    """Found and replaced throughout: 0 by O in the numbers, 女 by 男, 县 by nothing."""
    key, old, new = sheet.draw.choice(
        (
            ("id_number", "0", "O"),
            ("sex", "女", "男"),
            ("home_address", "县", ""),
            ("ethnicity", "族", ""),
            ("birth_date", "0", "O"),
        )
    )
    at = sheet.at(key)
    for texts in sheet.rows[1:]:
        if isinstance(texts[at], str) and texts[at]:
            texts[at] = texts[at].replace(old, new)
    return Told((*RUINED, "copied_down"), (key,), mends="none" if key in ("home_address",) else "derived")


def text_to_columns(sheet: Sheet) -> Told | None:
    """A column taken apart into the ones to its right, which were overwritten."""
    key, cuts = sheet.draw.choice((("id_number", (6, 14)), ("birth_date", (4, 6)), ("home_address", (6,))))
    at = sheet.at(key)
    if at + len(cuts) >= len(sheet.keys):
        return None
    for texts in sheet.rows[1:]:
        text = str(texts[at])
        parts = [text[a:b] for a, b in zip((0, *cuts), (*cuts, None), strict=True)]
        texts[at : at + len(parts)] = parts
    return Told(RUINED, tuple(sheet.keys[at : at + len(cuts) + 1]), mends="none")


def broken_references(sheet: Sheet) -> Told | None:
    """#REF! or #N/A from a formula whose source is gone."""
    key = sheet.draw.choice(sheet.having("home_address", "id_number", "member1.phone", "household_division", "name"))
    error = sheet.draw.choice(("#REF!", "#N/A", "#VALUE!"))
    rows = range(1, len(sheet.rows)) if sheet.draw.random() < 0.6 else sheet.run(10)
    for row in rows:
        sheet.rows[row][sheet.at(key)] = error
    return Told(RUINED, (key,), mends="none")


def dates_as_dates(sheet: Sheet) -> Told | None:
    """Birth dates as Excel's own dates."""
    at = sheet.at("birth_date")
    for texts in sheet.rows[1:]:
        text = texts[at]
        with contextlib.suppress(ValueError):
            texts[at] = dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    return Told(RUINED, ("birth_date",), mends="derived")


def into_filtered(sheet: Sheet) -> Told | None:
    """A list of some pupils pasted over all rows between them, which a filter had hidden."""
    rows = sheet.run(16)
    shown = [row for row in rows if sheet.draw.random() < 0.5]
    if len(shown) < 8:
        return None
    at = sheet.at("id_number")
    for place, row in enumerate(shown):
        sheet.rows[shown[0] + place][at] = sheet.true[row][at]
    return Told(("pasted_filtered", "column_reordered"), ("id_number",), mends="none", whole=False)


def unmerged(sheet: Sheet) -> Told | None:
    """Merged cells taken apart: of every class, or household, only the first row has the value."""
    key = sheet.draw.choice(sheet.having("class_code", "class_name", "school_code", "enrolment_month"))
    at, former, length = sheet.at(key), None, 0
    for texts in sheet.rows[1:]:
        if texts[at] == former and length < 12:
            texts[at], length = "", length + 1
        else:
            former, length = texts[at], 0
    return Told(RUINED, (key,), mends="derived")


def block_cleared(sheet: Sheet) -> Told | None:
    """Delete pressed on a block."""
    first = sheet.draw.randrange(1, len(sheet.keys) - 5)
    width = sheet.draw.randrange(2, 8)
    for row in sheet.run(5, 60):
        for column in range(first, min(first + width, len(sheet.keys))):
            sheet.rows[row][column] = ""
    return Told(("block_cleared",), tuple(sheet.keys[first : first + width]), mends="none")


def half_row(sheet: Sheet) -> Told | None:
    """One row filled by half."""
    row = sheet.rows[sheet.draw.randrange(1, len(sheet.rows))]
    first = sheet.draw.randrange(5, len(row) * 2 // 3)
    row[first:] = [""] * (len(row) - first)
    return Told(("row_half_filled", "block_cleared", "REQ"), tuple(sheet.keys[first:]), mends="none")


def teachers(sheet: Sheet) -> Told | None:
    """A sheet of teachers, with an employee number, title and degree."""
    header = [
        "姓名",
        "性别",
        "出生日期",
        "身份证件类型",
        "身份证件号",
        "民族",
        "国籍/地区",
        "政治面貌",
        "健康状况",
        "教职工号",
        "岗位类别",
        "职称",
        "学历",
        "学位",
        "参加工作年月",
        "联系电话",
        "所教学科",
        "编制类别",
        "现住址",
        "籍贯",
    ]
    rows = [
        [one["name"], one["sex"], "19" + "85" + one["birth_date"][4:], "居民身份证", one["member1.id_number"], one["ethnicity"], "中国",
         "群众", "健康或良好", f"J{n:05}", "专任教师", "一级教师", "本科", "学士", "200807", one["member1.phone"], "语文", "在编", one["home_address"], "安徽省阜阳市"]
        for n, one in enumerate(_records(sheet), 1)
    ]  # fmt: skip
    return _instead(sheet, header, rows)


def vocational(sheet: Sheet) -> Told | None:
    """Pupils of a vocational school: specialities, systems of study, kinds of enrolment."""
    header = [
        "姓名",
        "性别",
        "出生日期",
        "身份证件类型",
        "身份证件号",
        "民族",
        "国籍/地区",
        "政治面貌",
        "健康状况",
        "专业代码",
        "专业名称",
        "学制",
        "学习形式",
        "招生对象",
        "招生方式",
        "联招合作类型",
        "准考证号",
        "考生特征",
        "入学年月",
        "班级名称",
        "现住址",
        "联系电话",
    ]
    rows = [
        [one["name"], one["sex"], one["birth_date"], "居民身份证", one["id_number"], one["ethnicity"], "中国", "群众", "健康或良好", "710203",
         "计算机应用", "3年制", "全日制", "应届初中毕业生", "统一招生", "非联合办学", f"{n:09}", "0", "202509", "25计算机1班", one["home_address"], one["member1.phone"]]
        for n, one in enumerate(_records(sheet), 1)
    ]  # fmt: skip
    return _instead(sheet, header, rows)


def class_roster(sheet: Sheet) -> Told | None:
    """A class teacher's roster with six columns."""
    keys = ["name", "sex", "birth_date", "id_number", "home_address", "member1.phone"]
    header = ["姓名", "性别", "出生日期", "身份证件号", "现住址", "联系电话"]
    return _instead(sheet, header, [[one[key] for key in keys] for one in _records(sheet)])


def masked_export(sheet: Sheet) -> Told | None:
    """An export of the system with masked numbers."""
    for texts in sheet.rows[1:]:
        for key in sheet.having("id_number", "member1.id_number", "member2.id_number"):
            text = texts[sheet.at(key)]
            texts[sheet.at(key)] = text[:6] + "********" + text[14:]
        for key in sheet.having("phone", "member1.phone", "member2.phone"):
            text = texts[sheet.at(key)]
            texts[sheet.at(key)] = text[:3] + "****" + text[7:]
    return Told(("masked_export",), (), mends="none", whole=False)


def garbled_file(sheet: Sheet) -> Told | None:
    """Every text of the file read in the wrong encoding, the headers too."""
    lossy = sheet.draw.random() < 0.5
    for grid in (sheet.rows, sheet.true):
        for texts in grid:
            for column, text in enumerate(texts):
                texts[column] = (
                    text.encode("gb18030").decode("utf-8", "replace").encode().decode("gb18030", "replace")
                    if lossy
                    else text.encode().decode("latin-1")
                )
    return Told(("not_this_form",), (), mends="none", whole=False)


def _records(sheet: Sheet) -> list[dict[str, str]]:
    return [dict(zip(sheet.keys, texts, strict=True)) for texts in sheet.rows[1:]]


def _instead(sheet: Sheet, header: list[str], rows: list[list[str]]) -> Told:
    sheet.rows = [header, *rows]
    sheet.true = [list(row) for row in sheet.rows]
    return Told(("not_this_form",), (), mends="none", whole=False)


def nearest_match(sheet: Sheet) -> Told | None:
    """VLOOKUP without FALSE: numbers looked up by name took the nearest that is not greater, among half of the names."""
    names, numbers = sheet.column("name"), sheet.column("id_number")
    known = sorted(zip(names, numbers, strict=True))[::2]
    rows = range(1, len(sheet.rows))
    for row in rows:
        name = names[row - 1]
        before = [number for one, number in known if one <= name]
        sheet.rows[row][sheet.at("id_number")] = before[-1] if before else known[0][1]
    return Told(("*",), ("id_number",), mends="none", whole=False)


def upside_down(sheet: Sheet) -> Told | None:
    """The numbers of a run pasted from a list sorted the other way round."""
    rows = sheet.run(12, 60)
    cells = [sheet.rows[row][sheet.at("id_number")] for row in rows]
    sheet.put("id_number", cells[::-1], rows.start)
    return Told(("*",), ("id_number",))


def rotated(sheet: Sheet) -> Told | None:
    """Three columns rotated."""
    one, two, three = (sheet.at(key) for key in ("name", "sex", "birth_date"))
    for texts in sheet.rows[1:]:
        texts[one], texts[two], texts[three] = texts[three], texts[one], texts[two]
    return Told(("*",), ("name", "sex", "birth_date"))


def transposed(sheet: Sheet) -> Told | None:
    """Headers down, pupils across."""
    if sheet.size > 200:
        del sheet.rows[61:]
    sheet.rows = [list(texts) for texts in zip(*sheet.rows, strict=True)]
    sheet.true = [list(row) for row in sheet.rows]
    return Told(("*",), (), mends="none", whole=False)


def two_in_a_row(sheet: Sheet) -> Told | None:
    """Two pupils in one row: the columns stand twice, side by side."""
    keys = ["name", "sex", "birth_date", "id_number", "home_address", "member1.name", "member1.phone"]
    header = [sheet.form.fields[sheet.at(key)].header for key in keys]
    half = [[texts[sheet.at(key)] for key in keys] for texts in sheet.rows[1:]]
    middle = len(half) // 2
    rows = [[*one, *other] for one, other in zip(half[:middle], half[middle : 2 * middle], strict=True)]
    return _instead_any(sheet, [*header, *header], rows)


def _instead_any(sheet: Sheet, header: list[str], rows: list[list[str]]) -> Told:
    _instead(sheet, header, rows)
    return Told(("*",), (), mends="none", whole=False)


def teacher_as_guardian(sheet: Sheet) -> Told | None:
    """A class teacher wrote her own phone for every pupil of the class, and herself as guardian."""
    rows = sheet.run(20, 45)
    for row in rows:
        for key, text in (
            ("member1.name", "孙丽萍"),
            ("member1.phone", "13805581234"),
            ("member1.id_number", "341221198003152425"),
        ):
            sheet.rows[row][sheet.at(key)] = text
    return Told(("*",), (), mends="none")


def name_and_number(sheet: Sheet) -> Told | None:
    """Name and number in one cell, the number's column blank."""
    for texts in sheet.rows[1:]:
        texts[sheet.at("name")] = f"{texts[sheet.at('name')]} {texts[sheet.at('id_number')]}"
        texts[sheet.at("id_number")] = ""
    return Told(("*",), ("name", "id_number"), mends="derived")


def completed(sheet: Sheet) -> Told | None:
    """Autocomplete: addresses that begin alike became the first one, number of the house and all."""
    at = sheet.at("home_address")
    for row in sheet.run(10):
        text = sheet.rows[row][at]
        for above in range(1, row):
            if text and sheet.rows[above][at][:12] == text[:12]:
                sheet.rows[row][at] = sheet.rows[above][at]
                break
    return Told(("*",), ("home_address",), mends="none", whole=False)


def every_second(sheet: Sheet) -> Told | None:
    """Formulas filled down over pairs of rows: every number twice, every second one lost."""
    at = sheet.at("id_number")
    rows = sheet.run(12)
    for row in rows:
        if (row - rows.start) % 2:
            sheet.rows[row][at] = sheet.rows[row - 1][at]
    return Told(("*",), ("id_number",), mends="none", whole=False)


def name_as_phone(sheet: Sheet) -> Told | None:
    """The members' phones written into the members' names, one class long."""
    for row in sheet.run(15, 50):
        sheet.rows[row][sheet.at("member1.name")] = sheet.rows[row][sheet.at("member1.phone")]
    return Told(("*",), ("member1.name",), mends="none")


def today_everywhere(sheet: Sheet) -> Told | None:
    """=TODAY() or the day of entry in every birth date."""
    for row in sheet.run(12):
        sheet.rows[row][sheet.at("birth_date")] = "20250901"
    return Told(("*",), ("birth_date",), mends="derived")


RUINS = {
    zeros_lost: 9, rounded: 9, exponent: 9, mojibake: 9, replaced: 9, text_to_columns: 9, broken_references: 9, dates_as_dates: 9,
    into_filtered: 9, unmerged: 9, block_cleared: 9, half_row: 9, teachers: 10, vocational: 10, class_roster: 10, masked_export: 10,
    garbled_file: 10,
}  # fmt: skip
UNNAMED = {
    nearest_match: 11, upside_down: 11, rotated: 11, transposed: 11, two_in_a_row: 11, teacher_as_guardian: 11, name_and_number: 11,
    completed: 11, every_second: 11, name_as_phone: 11, today_everywhere: 11,
}  # fmt: skip
