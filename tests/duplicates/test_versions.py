"""Copies and older versions of a list among what is compared; schools and files that are told apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.check.conductor import check_paths
from stuvalid.check.run import CheckOptions
from stuvalid.duplicates.parties import short_paths
from stuvalid.duplicates.run import DuplicateOptions, Run, find_duplicates
from stuvalid.findings import MOST_RELATED, Findings
from stuvalid.rules.repeats import _with_other_numbers
from tests.duplicates.county import SAME_CHILD, book, county

HERE = CheckOptions(isolated=False)
OLD, NEW = 1_700_000_000, 1_700_100_000


@contextmanager
def compared(*paths: Path) -> Iterator[Run]:
    with find_duplicates(paths, options=DuplicateOptions(check=HERE)) as run:
        yield run


def put(path: Path, content: bytes, when: int = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (when, when))
    return path


def told(findings: Findings) -> list[tuple[str, str]]:
    return sorted((finding.rule, Path(finding.place.file).name) for finding in findings)


@pytest.mark.parametrize(
    ("older", "newer", "times", "expected"),
    [
        (5, 6, (OLD, NEW), [("DUP011", "a.xlsx")]),
        (5, 6, (NEW, OLD), [("DUP011", "a.xlsx")]),
        (1, 6, (NEW, OLD), [("DUP011", "a.xlsx")]),
        (6, 6, (OLD, OLD), [("DUP009", "b旧.xlsx")]),
        (0, 6, (OLD, OLD), []),
    ],
)
def test_a_version_stands_back(
    tmp_path: Path, older: int, newer: int, times: tuple[int, int], expected: list[tuple[str, str]]
) -> None:
    ((code, rows),) = county(1, 6).items()
    folder = tmp_path / f"{code}双塔西街小学"
    first = book(rows[:older])
    second = first if older == newer else book(rows[:newer])  # a book made anew bears another time
    put(folder / "a.xlsx", first, times[0])
    put(folder / "b旧.xlsx", second, times[1])
    with compared(tmp_path) as run:
        assert told(run.problems.findings) == expected
        assert run.problems.findings.summary()["rows"] == newer


def test_of_changed_lists_the_newer_counts_only_if_it_lacks_nobody(tmp_path: Path) -> None:
    ((code, rows),) = county(1, 6).items()
    changed = [pupil | {"class_code": "2019309"} for pupil in rows]
    folder = tmp_path / f"{code}双塔西街小学"
    put(folder / "a.xlsx", book(rows), OLD)
    put(folder / "b.xlsx", book(changed), NEW)
    with compared(tmp_path) as run:
        assert told(run.problems.findings) == [("DUP011", "a.xlsx")]
    put(folder / "b.xlsx", book(changed[1:]), NEW)
    with compared(tmp_path) as run:
        assert told(run.problems.findings) == [("DUP001", "a.xlsx")] * 5 + [("DUP001", "b.xlsx")] * 5


def test_another_school_with_the_same_pupils_is_no_version(tmp_path: Path) -> None:
    (one, rows), (other, theirs) = county(2, 4).items()
    copied = [theirs[n] | {key: rows[n][key] for key in SAME_CHILD} for n in range(4)]
    put(tmp_path / one / "a.xlsx", book(rows))
    put(tmp_path / other / "b.xlsx", book(copied), NEW)
    with compared(tmp_path) as run:
        assert told(run.problems.findings) == [("DUP001", "a.xlsx")] * 4 + [("DUP001", "b.xlsx")] * 4


def test_a_school_is_never_called_after_its_file(tmp_path: Path) -> None:
    (_, rows), (_, theirs) = county(2, 2).items()
    put(tmp_path / "甲" / "一年级1班 最终版.xlsx", book(rows, drop=["school_code"]))
    put(tmp_path / "乙" / "一年级1班 最终版.xlsx", book([theirs[0], rows[0]], drop=["school_code"]))
    with compared(tmp_path) as run:
        (collision,) = run.problems.collisions
        assert [member.owner.name for member in collision.members] == ["", ""]
        assert len({member.owner for member in collision.members}) == 2
        assert {member.where.partition(" 学生基础信息!")[0] for member in collision.members} == {
            "甲/一年级1班 最终版.xlsx",
            "乙/一年级1班 最终版.xlsx",
        }


def test_paths_are_shown_as_short_as_they_differ() -> None:
    paths = ["x/甲/学生.xlsx", "x/乙/学生.xlsx", "x/丙/三.xlsx", "学生.xlsx"]
    assert list(short_paths(paths).items()) == [
        ("x/丙/三.xlsx", "三.xlsx"),
        ("学生.xlsx", "学生.xlsx"),
        ("x/甲/学生.xlsx", "甲/学生.xlsx"),
        ("x/乙/学生.xlsx", "乙/学生.xlsx"),
    ]


def test_a_copy_is_told_once_and_its_pupils_are_not_compared_again(tmp_path: Path) -> None:
    ((_, rows),) = county(1, 5).items()
    for number in range(4):
        put(tmp_path / f"{number}.xlsx", book(rows) if number == 0 else (tmp_path / "0.xlsx").read_bytes())
    findings, _ = check_paths([tmp_path], HERE)
    assert [entry for entry in told(findings) if entry[0].startswith("DUP")] == [
        ("DUP009", f"{number}.xlsx") for number in (1, 2, 3)
    ]


@pytest.mark.parametrize("size", [2, MOST_RELATED + 1, MOST_RELATED + 2, 40])
def test_of_a_large_group_ten_are_named_and_the_rest_counted(tmp_path: Path, size: int) -> None:
    ((_, rows),) = county(1, 45).items()
    for pupil in rows[:size]:
        pupil["id_number"] = rows[0]["id_number"]
    path = put(tmp_path / "a.xlsx", book(rows))
    findings, _ = check_paths([path], HERE)
    same = [finding for finding in findings if finding.rule == "DUP001"]
    assert len(same) == size
    for finding in same:
        assert finding.place not in finding.related
        assert len(set(finding.related)) == len(finding.related) == min(size - 1, MOST_RELATED)
        assert len(finding.related) + finding.related_more == size - 1


def naive(bodies: list[int]) -> list[tuple[int, list[int]]]:
    """Every row with all others of another number, the obvious way."""
    found = []
    for row, body in enumerate(bodies):
        rest = [other for other, its in enumerate(bodies) if other != row and (its != body or not body)]
        if rest:
            found.append((row, rest))
    return found


@given(st.lists(st.integers(0, 3), max_size=60))
def test_others_of_another_number_are_those_of_the_naive_search(bodies: list[int]) -> None:
    found = list(_with_other_numbers(list(range(len(bodies))), bodies))
    expected = naive(bodies)
    assert [row for row, _, _ in found] == [row for row, _ in expected]
    for (_, rest, more), (_, everybody) in zip(found, expected, strict=True):
        assert len(rest) == len(set(rest)) == min(len(everybody), MOST_RELATED)
        assert set(rest) <= set(everybody)
        assert len(rest) + more == len(everybody)
