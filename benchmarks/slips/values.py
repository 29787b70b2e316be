"""Kinds 6 to 8: values that are off by the same, filled down, or there twice."""

from __future__ import annotations

import datetime as dt

from benchmarks.slips.model import Sheet, Told
from benchmarks.slips.people import Village


def _day(text: str) -> dt.date | None:
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) == 8 and text.isdigit() else None
    except ValueError:
        return None


def _moved(days: int):
    def moved(text: str) -> str:
        day = _day(text)
        return text if day is None else f"{day + dt.timedelta(days=days):%Y%m%d}"

    return moved


_YEARS = {
    "early": lambda text: f"{int(text[:4]) - 1}{text[4:]}",
    "late": lambda text: f"{int(text[:4]) + 1}{text[4:]}",
    "crossed": lambda text: text[:4] + text[6:] + text[4:6],
    "1904 early": _moved(-1462),
    "1904 late": _moved(1462),
    "buddhist": lambda text: f"{int(text[:4]) + 543}{text[4:]}",
    "minguo": lambda text: f"{int(text[:4]) - 1911}{text[4:]}",
}


def births_offset(sheet: Sheet) -> Told | None:
    """Birth dates all off by the same, in the whole column or in a run."""
    change = _YEARS[sheet.draw.choice(list(_YEARS))]
    rows = range(1, len(sheet.rows)) if sheet.draw.random() < 0.7 else sheet.run(10)
    for row in rows:
        text = sheet.rows[row][sheet.at("birth_date")]
        if len(text) == 8 and text.isdigit():
            sheet.rows[row][sheet.at("birth_date")] = change(str(text))
    return Told(("dates_offset",), ("birth_date",), mends="derived")


def entry_offset(sheet: Sheet) -> Told | None:
    """The years of entry, or of the classes, one off."""
    key = sheet.draw.choice(("enrolment_month", "enrolment_month", "class_code"))
    if key not in sheet.keys:
        return None
    by = sheet.draw.choice((-1, -1, 1))
    rows = range(1, len(sheet.rows)) if sheet.draw.random() < 0.6 else sheet.run(10)
    for row in rows:
        text = sheet.rows[row][sheet.at(key)]
        sheet.rows[row][sheet.at(key)] = f"{int(text[:4]) + by}{text[4:]}"
    return Told(("dates_offset",), (key,), mends="derived")


def lunar(sheet: Sheet) -> Told | None:
    """Birth dates by the lunar calendar, made with real new moons of two years."""
    changed = 0
    for row in sheet.run(15):
        day = _day(sheet.rows[row][sheet.at("birth_date")])
        start = max((moon for moon in _NEW_MOONS if day is not None and moon <= day), default=None)
        if day is not None and start is not None and (day - start).days < 30:
            month, year = _NEW_MOONS[start]
            sheet.rows[row][sheet.at("birth_date")] = f"{year}{month:02}{(day - start).days + 1:02}"
            changed += 1
    if changed < 12:
        return None
    return Told(("dates_offset",), ("birth_date",), mends="none", whole=False)


_NEW_MOONS = {
    dt.date(2018, 8, 11): (7, 2018), dt.date(2018, 9, 10): (8, 2018), dt.date(2018, 10, 9): (9, 2018), dt.date(2018, 11, 8): (10, 2018),
    dt.date(2018, 12, 7): (11, 2018), dt.date(2019, 1, 6): (12, 2018), dt.date(2019, 2, 5): (1, 2019), dt.date(2019, 3, 7): (2, 2019),
    dt.date(2019, 4, 5): (3, 2019), dt.date(2019, 5, 5): (4, 2019), dt.date(2019, 6, 3): (5, 2019), dt.date(2019, 7, 3): (6, 2019),
    dt.date(2019, 8, 1): (7, 2019), dt.date(2019, 8, 30): (8, 2019),
}  # fmt: skip
"""First days of the lunar months of 2018 and 2019 (month, year)."""


def counted(sheet: Sheet) -> Told | None:
    """The fill handle counted up: codes, postcodes, months."""
    key = sheet.draw.choice(
        sheet.having(
            "school_code",
            "household_division",
            "birthplace_division",
            "postcode",
            "class_code",
            "enrolment_month",
            "birth_date",
        )
    )
    rows = sheet.run(6, 40)
    at, first = sheet.at(key), sheet.rows[rows.start][sheet.at(key)]
    if not first.isdigit():
        return None
    day = _day(first)
    for step, row in enumerate(rows):
        if key == "birth_date":
            sheet.rows[row][at] = f"{day + dt.timedelta(days=step):%Y%m%d}"
        else:
            sheet.rows[row][at] = f"{int(first) + step:0{len(first)}}"
    certain = key in ("school_code", "birth_date")
    return Told(("counting_up",), (key,), mends="derived" if certain else "none")


def counted_phones(sheet: Sheet) -> Told | None:
    """Pupils' phones counting up, though the parents' are others."""
    if "phone" not in sheet.keys:
        return None
    rows = sheet.run(6, 40)
    at = sheet.at("phone")
    first = sheet.rows[rows.start][at]
    for step, row in enumerate(rows):
        sheet.rows[row][at] = str(int(first) + step)
    return Told(("counting_up",), ("phone",), mends="none")


def counted_numbers(sheet: Sheet) -> Told | None:
    """Identity numbers counting up."""
    rows = sheet.run(6, 40)
    at = sheet.at("id_number")
    first = sheet.rows[rows.start][at]
    if not first.isdigit():
        return None
    for step, row in enumerate(rows):
        sheet.rows[row][at] = str(int(first) + step)
    return Told(("counting_up",), ("id_number",), mends="none")


def copied_parents(sheet: Sheet) -> Told | None:
    """One pupil's parents copied down over others."""
    keys = [key for key in sheet.keys if key.startswith(sheet.draw.choice(("member1.", "member")))]
    return _copied(sheet, keys, "none")


def copied_address(sheet: Sheet) -> Told | None:
    return _copied(sheet, sheet.having("home_address", "mail_address")[: sheet.draw.choice((1, 2))], "none")


def copied_phone(sheet: Sheet) -> Told | None:
    return _copied(sheet, ["phone"], "none") if "phone" in sheet.keys else None


def copied_sex(sheet: Sheet) -> Told | None:
    return _copied(sheet, ["sex"], "derived")


def copied_birth(sheet: Sheet) -> Told | None:
    return _copied(sheet, ["birth_date"], "derived")


def copied_number(sheet: Sheet) -> Told | None:
    return _copied(sheet, ["id_number"], "none")


def _copied(sheet: Sheet, keys: list[str], mends: str) -> Told | None:
    rows = sheet.run(8, 45)
    source = list(sheet.rows[rows.start])
    for row in rows:
        for key in keys:
            sheet.rows[row][sheet.at(key)] = source[sheet.at(key)]
    return Told(("copied_down",), tuple(keys), mends=mends)


def mistyped_code(sheet: Sheet) -> Told | None:
    """The school's code with two digits exchanged, filled down over a part of the rows."""
    if "school_code" not in sheet.keys:
        return None
    code = sheet.village.school
    places = [n for n in range(4, 9) if code[n] != code[n + 1]]
    n = sheet.draw.choice(places)
    wrong = code[:n] + code[n + 1] + code[n] + code[n + 2 :]
    for row in sheet.run(8, max(9, sheet.size // 3)):
        sheet.rows[row][sheet.at("school_code")] = wrong
    return Told(("code_mistyped", "copied_down"), ("school_code",), mends="derived")


def rows_twice(sheet: Sheet) -> Told | None:
    """Some rows pasted once more, at the end or further down."""
    rows = sheet.run(4)
    again = [list(sheet.rows[row]) for row in rows]
    at = len(sheet.rows) if sheet.draw.random() < 0.6 else sheet.draw.randrange(rows.stop, len(sheet.rows) + 1)
    for grid in (sheet.rows, sheet.true):
        grid[at:at] = [list(row) for row in again]
    return Told(("pasted_twice",), (), mends="none", whole=False)


def sheet_twice(sheet: Sheet) -> Told | None:
    """The whole sheet once more in the same workbook."""
    sheet.sheets["学生基础信息 (2)"] = [list(row) for row in sheet.rows]
    return Told(("pupils_again",), (), mends="none", whole=False)


def class_in_two_files(sheet: Sheet) -> Told | None:
    """A class of the school's file, handed in by its teacher too."""
    rows = sheet.run(25, 50)
    sheet.beside["三班.xlsx"] = [list(sheet.rows[0]), *(list(sheet.rows[row]) for row in rows)]
    return Told(("pupils_again",), (), mends="none", whole=False)


def file_twice(sheet: Sheet) -> Told | None:
    """The same file under other names."""
    for number in range(sheet.draw.randrange(1, 5)):
        sheet.beside[f"学生 - 副本 ({number + 2}).xlsx"] = [list(row) for row in sheet.rows]
    return Told(("file_again",), (), mends="none", whole=False)


def two_schools(sheet: Sheet) -> Told | None:
    """Another school's pupils below this one's."""
    other = Village(sheet.village.seed + 7, sheet.form, sheet.draw.randrange(12, 60), school="2134100456")
    if "school_code" not in sheet.keys:
        return None
    more = [list(one.values()) for one in other.pupils()]
    sheet.rows += more
    sheet.true += [list(row) for row in more]
    return Told(("two_schools",), (), mends="none", whole=False)


def pages(sheet: Sheet) -> Told | None:
    """The header again at each printed page, or a subtotal."""
    totals = sheet.draw.random() < 0.5
    length = sheet.draw.randrange(12, 30)
    for grid in (sheet.rows, sheet.true):
        header = list(grid[0])
        body = grid[1:]
        grid[:] = [header]
        for start in range(0, len(body), length):
            if start and not totals:
                grid.append(list(header))
            grid.extend(body[start : start + length])
            if totals:
                grid.append(["小计", str(len(body[start : start + length])), *[""] * (len(header) - 2)])
    return Told(("rows_of_pages",), (), mends="none", whole=False)


def last_years(sheet: Sheet) -> Told | None:
    """Last year's file beside this year's: the same pupils but the first grade, some of them with other phones."""
    old = [
        list(row)
        for row in sheet.rows[1:]
        if "2025" not in row[sheet.at("class_code" if "class_code" in sheet.keys else "class_name")]
    ]
    if len(old) < 12:
        return None
    for row in old:
        if "grade" in sheet.keys:
            grade = row[sheet.at("grade")]
            row[sheet.at("grade")] = grade[:2] + "零一二三四五六"["零一二三四五六".index(grade[2]) - 1] + grade[3:]
        if sheet.draw.random() < 0.3:
            row[sheet.at("member1.phone")] = "139" + f"{sheet.draw.randrange(10**8):08}"
    sheet.beside["2024年学生.xlsx"] = [list(sheet.rows[0]), *old]
    return Told(("pupils_again",), (), mends="none", whole=False)


VALUES = {
    births_offset: 6, entry_offset: 6, lunar: 6, counted: 7, counted_phones: 7, counted_numbers: 7, copied_parents: 7, copied_address: 7,
    copied_phone: 7, copied_sex: 7, copied_birth: 7, copied_number: 7, mistyped_code: 7, rows_twice: 8, sheet_twice: 8,
    class_in_two_files: 8, file_twice: 8, two_schools: 8, pages: 8, last_years: 8,
}  # fmt: skip
