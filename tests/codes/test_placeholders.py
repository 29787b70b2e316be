"""无, /, 同上: such a cell is as good as blank, in every column, and nothing that is a value is one."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stuvalid.codes import placeholders
from stuvalid.codes.placeholders import is_placeholder, words
from stuvalid.forms import Field, template
from stuvalid.forms.table import Column
from stuvalid.rules.accept import suspects
from stuvalid.rules.examples import TODAY, form_sheet
from tests.rules.blocks import blocks_of

FORM = template("student-2013")
SAID = ("{}", "({})", "（{}）", " {} ", "{}。", "{}/", "-{}-", "“{}”", "【{}】")


def test_the_list_is_the_reviewed_one() -> None:
    path = Path(placeholders.__file__).with_name("placeholders.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 137
    assert len({row["word"] for row in rows}) == len(rows)
    assert all(row["means"] and row["source"] for row in rows)
    assert hashlib.sha256(path.read_bytes()).hexdigest()[:16] == "c266ec510d5926b0"


@pytest.mark.parametrize("word", sorted(words()))
def test_a_word_is_one_however_it_is_written(word: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in word)
    for spelling in (word, word.upper(), word.title(), wide):
        for around in SAID:
            assert is_placeholder(around.format(spelling))


@pytest.mark.parametrize(
    "signs", ["/", "\\", "-", "—", "——", "----", "...", "…", "？", "?", "***", "□", "。", "N/A", "#"]
)
def test_signs_alone_say_nothing(signs: str) -> None:
    assert is_placeholder(signs)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "无锡市",
        "无线电",
        "空军",
        "缺口镇",
        "没",
        "1",
        "10",
        "A",
        "O",
        "暂住证",
        "同上村",
        "0351",
        "王",
        "\ue863",
        "Nancy",
    ],
)
def test_values_are_none(value: str) -> None:
    assert is_placeholder(value) == (value == "没")


def test_zero_kilometres_is_a_distance_and_zero_is_nothing_else() -> None:
    assert not is_placeholder("0", "decimal")
    assert is_placeholder("0", "text")
    assert is_placeholder("无", "decimal")


@pytest.mark.parametrize("kind", sorted({entry.kind for entry in FORM.fields} - {"code"}))
def test_no_column_accepts_one_at_a_glance(kind: str) -> None:
    entry = next(entry for entry in FORM.fields if entry.kind == kind)
    values = [around.format(word) for word in sorted(words()) for around in SAID]
    values += [word.upper() for word in words()] + ["/", "--", "//", "***", "()", "——", "N/A"]
    column = Column(entry, pa.array(values, pa.string()), None)
    looked_at = np.zeros(len(values), dtype=np.bool_)
    looked_at[suspects(column, TODAY, {})[0]] = True
    passed = [values[row] for row in np.flatnonzero(~looked_at)]
    assert [value for value in passed if is_placeholder(value, kind)] == []


def _fields(wanted: bool) -> list[Field]:
    return [
        entry for entry in FORM.fields if entry.kind != "code" and entry.condition is None and entry.required is wanted
    ]


@pytest.mark.parametrize("value", ["无", "不详", "同上", "/", "——", "N/A", "待补"])
def test_the_whole_row_is_told_as_its_fields_are_asked_for(value: str) -> None:
    """Each required cell is an error, each optional one a warning, and nothing else is said of any."""
    change = {entry.key: value for wanted in (True, False) for entry in _fields(wanted) if entry.member != 2}
    told = {(block.field, block.rule) for block in blocks_of(form_sheet([change, {}]))}
    for entry in _fields(True):
        if entry.member != 2:
            assert (entry.key, "REQ004") in told, entry.key
    for entry in _fields(False):
        if entry.member != 2:
            assert (entry.key, "CEL010") in told, entry.key
    assert {rule for field, rule in told if field in change} == {"REQ004", "CEL010"}


def test_in_a_code_column_what_the_list_does_not_know_is_one_too() -> None:
    told = {
        (block.field, block.rule)
        for block in blocks_of(
            form_sheet([{"sex": "/", "health": "不详", "blood_type": "——", "disability": "无", "orphan": "0"}])
        )
    }
    assert {("sex", "REQ004"), ("health", "REQ004"), ("blood_type", "CEL010")} <= told
    assert ("disability", "COD003") in told
    assert ("orphan", "COD001") in told


def test_a_placeholder_is_blank_to_the_rules_on_several_columns() -> None:
    nobody = {"id_type": "其他", "id_number": "无", "member1.id_number": "无", "member2.id_number": "/"}
    told = {block.rule for block in blocks_of(form_sheet([nobody]))}
    assert "FAM002" in told
    assert "IDN030" not in told
    absent = {entry.key: "" if entry.kind == "code" else "无" for entry in FORM.fields if entry.member == 2}
    told = {block.rule for block in blocks_of(form_sheet([absent]))}
    assert "REQ003" in told
    assert not told & {"REQ004", "CEL010"}
