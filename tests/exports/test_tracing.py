"""A copy that turned up is traced to its recipient: from the file, its visible line, or any part that keeps the order of rows."""

from __future__ import annotations

import math
import random
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from stuvalid.exports.marking import log_chance, rank_by
from stuvalid.exports.tracing import CERTAIN, by_order
from stuvalid.submissions.pseudonyms import Pseudonyms
from tests.exports.desk import PASSWORD, Desk
from tests.lawful import book
from tests.program import stuvalid
from tests.rolls.school import pupils

COPIES, PARTS = 12, 500
CLASSES = tuple(f"{year}1{number:02}" for year in (2021, 2022, 2023, 2024) for number in (1, 2, 3))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Twelve recipients with a copy each of the same 240 pupils."""
    desk = Desk(tmp_path_factory.mktemp("desk"), pupils(CLASSES, 20))
    names = [f"第{number}方" for number in range(COPIES)]
    for number, name in enumerate(names):
        done = desk.export(f"{number}.xlsx", "--to", name, *([] if number == 7 else ["--plain"]), 接收方=names)
        assert done.returncode == 0, done.stderr.decode()
    return desk


@pytest.fixture(scope="module")
def copies(desk: Desk) -> list[list[list[str]]]:
    """The rows of each copy, without title, line and header."""
    return [desk.rows(f"{number}.xlsx")[3:] for number in range(COPIES)]


def columns(rows: list[list[str]]) -> list[list[list[str]]]:
    """Rows as the sheet of a workbook that was read."""
    return [[list(column) for column in zip(*rows, strict=True)]]


def test_names_are_the_same_in_every_copy_and_only_their_order_differs(copies: list[list[list[str]]]) -> None:
    assert len({tuple(sorted(map(tuple, rows))) for rows in copies}) == 1
    assert len({tuple(map(tuple, rows)) for rows in copies}) == COPIES


def part(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    """A part that keeps the order of 20 rows or more: a piece, some of all rows, a column, sorted by class, some rows moved."""
    size = rng.randint(20, 60)
    way = rng.randrange(5)
    if way == 0:
        start = rng.randrange(len(rows) - size)
        found = rows[start : start + size]
    else:
        found = [rows[at] for at in sorted(rng.sample(range(len(rows)), size))]
    if way == 2:
        found = [[row[0]] for row in found]
    if way == 3:
        found = [["", *row[:1], "在读"] for row in found]
    if way == 4:
        for _ in range(size // 10):
            found.insert(rng.randrange(len(found)), found.pop(rng.randrange(len(found))))
    return found


def test_500_parts_are_traced_to_their_copy(desk: Desk, copies: list[list[list[str]]]) -> None:
    from stuvalid.exports.ledger import Ledger

    rng = random.Random(20)
    ledger = Ledger(desk.ledger)
    entries = [entry for entry in ledger.entries() if entry["kind"] == "export"]
    seeds = ledger.seeds()
    right: Counter[str] = Counter()
    for _ in range(PARTS):
        which = rng.randrange(COPIES)
        found = by_order(columns(part(copies[which], rng)), entries, seeds)
        right["right" if found and found[0].certain and found[0].entry is entries[which] else "other"] += 1
        right["wrong"] += sum(one.certain for one in found if one.entry is not entries[which])
    assert right == Counter(right=PARTS)


def test_500_lists_of_the_same_pupils_that_are_no_copy_are_traced_to_nobody(
    desk: Desk, copies: list[list[list[str]]]
) -> None:
    from stuvalid.exports.ledger import Ledger

    rng = random.Random(21)
    ledger = Ledger(desk.ledger)
    entries = [entry for entry in ledger.entries() if entry["kind"] == "export"]
    seeds = ledger.seeds()
    rows = copies[0]
    for number in range(PARTS):
        some = rng.sample(rows, rng.randint(20, 60))
        if number % 3 == 0:
            some.sort()
        elif number % 3 == 1:
            some.sort(key=lambda row: (row[3], row[0]))
        assert not [one for one in by_order(columns(some), entries, seeds) if one.certain]


def test_a_copy_sorted_by_class_keeps_its_order_within_each(desk: Desk, copies: list[list[list[str]]]) -> None:
    from stuvalid.exports.ledger import Ledger

    ledger = Ledger(desk.ledger)
    entries = [entry for entry in ledger.entries() if entry["kind"] == "export"]
    for which, rows in enumerate(copies):
        found = by_order(columns(sorted(rows, key=lambda row: row[3])), entries, ledger.seeds())
        assert found[0].certain and found[0].entry is entries[which]


def test_the_bound_holds_for_orders_drawn_by_lot() -> None:
    """Never more often than it says does chance bring so good an order."""
    rng = random.Random(3)
    seeds = Pseudonyms(b"x" * 32)
    rank = rank_by(seeds, "AAAA-BBBB")
    names = [rank(f"名{number}") for number in range(8)]
    draws = 20_000
    bounds = []
    for _ in range(draws):
        rng.shuffle(names)
        bounds.append(math.exp(log_chance(names)))
    for limit in (0.5, 0.1, 0.05, 0.01, 0.001):
        assert sum(bound <= limit for bound in bounds) / draws <= limit
    assert math.exp(log_chance(sorted(rank(str(number)) for number in range(20)))) * 1000 < CERTAIN


def trace(desk: Desk, path: Path, *more: object) -> tuple[int, str]:
    done = stuvalid("ledger", "trace", path, "--ledger", desk.ledger, *more)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_a_file_is_traced_by_its_bytes_under_any_name(desk: Desk) -> None:
    (desk.folder / "改名.dat").write_bytes((desk.folder / "7.xlsx").read_bytes())
    code, said = trace(desk, desk.folder / "改名.dat")
    assert (code, "第7方" in said, "一字节不差" in said) == (0, True, True)


@pytest.mark.parametrize("kind", ["xlsx", "csv", "sealed"])
def test_a_saved_copy_is_traced_by_its_line(desk: Desk, kind: str) -> None:
    rows = desk.rows("3.xlsx")[1:]
    rng = random.Random(1)
    body = rows[2:]
    rng.shuffle(body)
    path = desk.folder / f"存.{kind if kind != 'sealed' else 'xlsx'}"
    more: list[object] = []
    if kind == "csv":
        path.write_text("\n".join(",".join(row) for row in [*rows[:2], *body]), encoding="utf-8")
    else:
        data = book({"Sheet1": [*rows[:2], *body]})
        if kind == "sealed":
            from stuvalid.excel.encrypted import encrypt

            data = encrypt(data, PASSWORD)
            more = ["--password-file", desk.secret]
        path.write_bytes(data)
    code, said = trace(desk, path, *more)
    assert (code, "第3方" in said, "标记行" in said) == (0, True, True), said


def test_a_mark_read_off_a_photo_is_enough(desk: Desk) -> None:
    copy = desk.entries()[5]["copy"]
    for text in (copy, copy.lower(), copy.replace("-", "")):
        code, said = trace(desk, Path(text))
        assert (code, desk.entries()[5]["to"] in said) == (0, True)
    assert trace(desk, Path("ZZZZ-ZZZZ"))[0] == 1


def test_a_part_is_traced_by_order_and_says_how_sure(desk: Desk, copies: list[list[list[str]]]) -> None:
    path = desk.folder / "摘.xlsx"
    path.write_bytes(
        book({"名单": [["序号", "姓名"], *([str(n), row[0]] for n, row in enumerate(copies[9][50:72], 1))]})
    )
    code, said = trace(desk, path)
    assert (code, "第9方" in said, "22 行按它的次序" in said) == (0, True, True), said
    path.write_bytes(book({"名单": [["姓名"], *([row[0]] for row in sorted(copies[9]))]}))
    code, said = trace(desk, path)
    assert (code, "查不出" in said) == (1, True), said


def test_a_list_with_numbers_only_is_traced_by_the_data(tmp_path: Path) -> None:
    desk = Desk(tmp_path, pupils(("2024101", "2024102"), 20))
    for name in ("甲", "乙"):
        fields = {"数据用途": "体质健康测试", "数据字段名称": ["姓名", "性别"], "接收方": ["甲", "乙"]}
        assert desk.export(f"{name}.xlsx", "--to", name, **fields).returncode == 0
    numbers = {one["name"]: one["number"] for one in desk.people}
    path = desk.folder / "流出.xlsx"
    path.write_bytes(book({"x": [[numbers[row[0]]] for row in desk.rows("乙.xlsx")[3:28]]}))
    assert trace(desk, path)[0] == 1
    code, said = trace(desk, path, "--data", desk.data)
    assert (code, "交给 乙" in said) == (0, True), said


def test_the_line_is_seen_on_every_printed_page(desk: Desk) -> None:
    page = openpyxl.load_workbook(desk.folder / "0.xlsx").worksheets[0]
    assert desk.entries()[1]["copy"] in page["A2"].value
    assert desk.entries()[1]["copy"] in page.oddFooter.left.text
