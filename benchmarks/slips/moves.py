"""Kinds 1 to 5: what moved."""

from __future__ import annotations

from benchmarks.slips.model import Sheet, Told

OWN = ("name", "id_number", "birth_date", "sex")


def _slide(sheet: Sheet, keys: list[str]) -> bool:
    """From some row on the cells of ``keys`` belong to a pupil some rows away, to the end or to some other row."""
    by = sheet.draw.choice((1, 1, 1, 1, 2, 3, -1, -1, -1, -2, 5))
    rows = sheet.run(max(8, 3 * abs(by)))
    start = rows.start
    stop = rows.stop if sheet.draw.random() < 0.3 else len(sheet.rows)
    if stop - start < 8 + abs(by):
        return False
    keeps = sheet.draw.random() < 0.2 and by < 0
    for key in keys:
        cells = [row[sheet.at(key)] for row in sheet.rows]
        for row in range(start, stop):
            source = row - by
            if start <= source < stop:
                sheet.rows[row][sheet.at(key)] = cells[source]
            elif not keeps:
                sheet.rows[row][sheet.at(key)] = ""
    return True


def slid_number(sheet: Sheet) -> Told | None:
    return Told(("column_slid",), ("id_number",)) if _slide(sheet, ["id_number"]) else None


def slid_birth(sheet: Sheet) -> Told | None:
    return Told(("column_slid",), ("birth_date",)) if _slide(sheet, ["birth_date"]) else None


def slid_name(sheet: Sheet) -> Told | None:
    return Told(("column_slid",), ("name",)) if _slide(sheet, ["name"]) else None


def slid_phone(sheet: Sheet) -> Told | None:
    if "phone" not in sheet.keys:
        return None
    return Told(("column_slid",), ("phone",)) if _slide(sheet, ["phone"]) else None


def slid_address(sheet: Sheet) -> Told | None:
    return Told(("column_slid",), ("home_address",)) if _slide(sheet, ["home_address"]) else None


def slid_pupils(sheet: Sheet) -> Told | None:
    """What is the pupil's own slid together against everything else."""
    return Told(("column_slid",), OWN) if _slide(sheet, list(OWN)) else None


def slid_guardians(sheet: Sheet) -> Told | None:
    """All of the members slid together."""
    keys = [key for key in sheet.keys if key.startswith("member")]
    return Told(("column_slid",), tuple(keys)) if _slide(sheet, keys) else None


def other_order(sheet: Sheet) -> Told | None:
    """The number column pasted from a list in another order: sorted by name, or by seat."""
    rows = sheet.run(20)
    if len(rows) < 15:
        return None
    cells = [sheet.rows[row][sheet.at("id_number")] for row in rows]
    order = list(cells)
    sheet.draw.shuffle(order)
    sheet.put("id_number", order, rows.start)
    return Told(("column_reordered", "column_slid"), ("id_number",))


def block_slid(sheet: Sheet) -> Told | None:
    """In a run of rows all cells from some column on moved sideways."""
    first = sheet.draw.randrange(2, len(sheet.keys) - 6)
    by = sheet.draw.choice((1, 1, 1, 2, 3, -1, -1, -2))
    for row in sheet.run(2, 40):
        texts = sheet.rows[row]
        cells = texts[first:]
        texts[first:] = [*[""] * by, *cells[:-by]] if by > 0 else [*cells[-by:], *[""] * -by]
    return Told(("block_slid",), tuple(sheet.keys[first:]))


def header_slid(sheet: Sheet) -> Told | None:
    """A cell inserted into the header row alone, or lost from it."""
    first = sheet.draw.randrange(2, len(sheet.keys) - 8)
    header = sheet.rows[0]
    header[first:] = ["", *header[first:-1]] if sheet.draw.random() < 0.5 else [*header[first + 1 :], ""]
    return Told(("header_slid",), tuple(sheet.keys[first:]), whole=False)


PAIRS = (
    ("birth_date", "id_number"), ("sex", "ethnicity"), ("name", "id_number"), ("name", "sex"), ("id_type", "nationality"),
    ("home_address", "phone"), ("class_code", "enrolment_month"), ("member1.name", "name"), ("member1.name", "member1.id_number"),
    ("birthplace_division", "native_place"), ("health", "political_status"), ("member1.employer", "member1.post"),
    ("id_number", "member1.phone"), ("home_address", "grade"), ("member1.relation", "member1.guardian"), ("entry_way", "attendance"),
    ("phone", "postcode"), ("name", "former_name"), ("member1.phone", "member2.id_number"),
)  # fmt: skip


def exchanged(sheet: Sheet) -> Told | None:
    """Two columns exchanged, whole or in a block."""
    one, other = sheet.draw.choice([pair for pair in PAIRS if set(pair) <= set(sheet.keys)])
    rows = range(1, len(sheet.rows)) if sheet.draw.random() < 0.5 else sheet.run(8)
    for row in rows:
        texts = sheet.rows[row]
        a, b = sheet.at(one), sheet.at(other)
        texts[a], texts[b] = texts[b], texts[a]
    return Told(("columns_exchanged",), (one, other))


def exchanged_yes_no(sheet: Sheet) -> Told | None:
    """Two columns of yes and no, one mostly this and the other mostly that."""
    pairs = (
        ("preschool", "orphan"),
        ("preschool", "martyr_child"),
        ("member1.guardian", "disabled"),
        ("preschool", "migrant_child"),
    )
    one, other = sheet.draw.choice([pair for pair in pairs if set(pair) <= set(sheet.keys)] or [("", "")])
    if not one:
        return None
    rows = range(1, len(sheet.rows)) if sheet.draw.random() < 0.5 else sheet.run(10)
    for row in rows:
        texts = sheet.rows[row]
        a, b = sheet.at(one), sheet.at(other)
        texts[a], texts[b] = texts[b], texts[a]
    return Told(("columns_exchanged",), (one, other))


def exchanged_in_a_row(sheet: Sheet) -> Told | None:
    """Two neighbouring cells of one row exchanged."""
    fields = sheet.form.fields
    places = [
        n
        for n in range(len(fields) - 1)
        if fields[n].kind != fields[n + 1].kind and {fields[n].kind, fields[n + 1].kind} <= _PLAIN
    ]
    place, row = sheet.draw.choice(places), sheet.draw.randrange(1, len(sheet.rows))
    texts = sheet.rows[row]
    if not texts[place] or not texts[place + 1]:
        return None
    texts[place], texts[place + 1] = texts[place + 1], texts[place]
    return Told(("columns_exchanged",), (sheet.keys[place], sheet.keys[place + 1]))


_PLAIN = {
    "name",
    "code",
    "date",
    "division",
    "id_number",
    "month",
    "address",
    "phone",
    "postcode",
    "class_code",
    "school_code",
}


def rows_exchanged(sheet: Sheet) -> Told | None:
    """Two neighbours exchanged their numbers, or birth dates."""
    key, row = sheet.draw.choice(("id_number", "birth_date")), sheet.draw.randrange(1, len(sheet.rows) - 1)
    at = sheet.at(key)
    sheet.rows[row][at], sheet.rows[row + 1][at] = sheet.rows[row + 1][at], sheet.rows[row][at]
    other = ("id_number",) if key == "birth_date" else ("birth_date",)
    return Told(("cells_exchanged",), (key,), others=(other,))


def sorted_column(sheet: Sheet) -> Told | None:
    """One column sorted alone."""
    key = sheet.draw.choice(
        sheet.having("name", "id_number", "birth_date", "sex", "home_address", "phone", "member1.id_number")
    )
    if key == "phone" and sheet.village.shared < 0.8:
        return None
    sheet.put(key, sorted(sheet.column(key), reverse=sheet.draw.random() < 0.2))
    return Told(("sorted_alone",), (key,), mends="derived" if key in ("birth_date", "sex") else "none")


def sorted_part(sheet: Sheet) -> Told | None:
    """The columns up to some one sorted by name or number, the members stayed."""
    key = sheet.draw.choice(("name", "id_number", "birth_date"))
    last = sheet.draw.choice([n for n, one in enumerate(sheet.keys) if one == "member1.name"])
    parts = sorted((row[:last] for row in sheet.rows[1:]), key=lambda texts: texts[sheet.at(key)])
    for row, texts in zip(sheet.rows[1:], parts, strict=True):
        row[:last] = texts
    rest = tuple(sheet.keys[last:])
    return Told(("sorted_alone",), tuple(sheet.keys[:last]), mends="none", others=(rest,))


def members(sheet: Sheet) -> Told | None:
    """Father and mother exchanged, or some of theirs."""
    parts = sheet.draw.choice(
        (("relation",), ("id_number",), ("name", "id_number"), ("name", "id_number", "phone", "employer"))
    )
    rows = range(1, len(sheet.rows)) if sheet.draw.random() < 0.4 else sheet.run(8)
    for row in rows:
        for part in parts:
            a, b = sheet.at(f"member1.{part}"), sheet.at(f"member2.{part}")
            texts = sheet.rows[row]
            texts[a], texts[b] = texts[b], texts[a]
    columns = tuple(f"member{n}.{part}" for part in parts for n in (1, 2))
    others = () if parts == ("id_number",) else (("member1.relation", "member2.relation"),)
    # Of father's and mother's name exchanged with their numbers only the relations are seen; the rest agrees either way.
    return Told(
        ("members_exchanged",),
        columns,
        others=others,
        mends="moved" if parts in (("relation",), ("id_number",)) else "none",
    )


def guardians_number(sheet: Sheet) -> Told | None:
    """The guardian's number in the pupil's column and the reverse."""
    member = sheet.draw.choice(("member1", "member2"))
    rows = range(1, len(sheet.rows)) if sheet.draw.random() < 0.5 else sheet.run(8)
    for row in rows:
        texts = sheet.rows[row]
        a, b = sheet.at("id_number"), sheet.at(f"{member}.id_number")
        texts[a], texts[b] = texts[b], texts[a]
    return Told(("columns_exchanged",), ("id_number", f"{member}.id_number"))


MOVES = {
    slid_number: 1, slid_birth: 1, slid_name: 1, slid_phone: 1, slid_address: 1, slid_pupils: 1, slid_guardians: 1, other_order: 1,
    block_slid: 2, header_slid: 2, exchanged: 3, exchanged_yes_no: 3, exchanged_in_a_row: 3, rows_exchanged: 3,
    sorted_column: 4, sorted_part: 4, members: 5, guardians_number: 5,
}  # fmt: skip
