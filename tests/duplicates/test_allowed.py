"""The ways that the sources allow: advice beside each problem, all of it where they differ, nothing refused."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from stuvalid.duplicates.allowed import ANSWERS, KINDS, allowed, in_text, letter_of, sentence, table
from stuvalid.duplicates.worklists import KINDS as TOLD
from stuvalid.rules.registry import all_rules
from tests.duplicates.county import county, write
from tests.program import stuvalid


def test_every_line_has_source_year_and_answer() -> None:
    for line in table():
        assert line.answer in ANSWERS
        assert line.way in ("删除", "变更", "佐证")
        assert line.sure in ("H", "M")
        assert line.source
        assert line.year.isdigit()
        assert line.zh
        assert line.en
    assert set(KINDS) <= {*TOLD}
    assert {rule for rule in KINDS if rule} <= set(all_rules())
    assert {line.kind for line in table()} == set(KINDS.values())


@pytest.mark.parametrize(
    ("rule", "letter", "said"),
    [
        ("", "", "按来源可用的办法：删除、变更、佐证（不可以）。"),
        ("DUP001", "", "按来源可用的办法：删除、变更、佐证。"),
        ("DUP001", "G", "按来源可用的办法：删除（说法不一）、变更、佐证（说法不一）。"),
        ("DUP001", "L", "按来源可用的办法：删除、变更、佐证。"),
        ("DUP004", "", ""),
    ],
)
def test_where_sources_differ_it_is_said(rule: str, letter: str, said: str) -> None:
    assert sentence(rule, letter) == said


def test_a_letter_adds_its_lines_and_takes_none_away() -> None:
    for rule in KINDS:
        for letter in "GJL":
            assert set(allowed(rule)) <= set(allowed(rule, letter))
    assert [letter_of(text) for text in ("g14", "L14", "14", "")] == ["G", "L", "", ""]
    told = "\n".join(in_text({("DUP001", "G"), ("DUP001", "")}, "zh"))
    assert told.count("删除 G… ") == 2
    assert "没有查到" in told


def test_it_stands_in_text_json_and_work_list(tmp_path: Path) -> None:
    made = county(2)
    first, second = made.values()
    second[3]["id_number"] = first[2]["id_number"]
    received = write(tmp_path / "收件", made)
    done = stuvalid("duplicates", received, "--format", "json", "--worklists", tmp_path / "表")
    mends = [entry["mend"] for entry in json.loads(done.stdout)["findings"] if entry["rule"] == "DUP001"]
    assert len(mends) == 2
    assert all("按来源可用的办法：删除、变更、佐证。" in mend for mend in mends)
    lists = [path for path in (tmp_path / "表").iterdir() if "汇总" not in path.name]
    assert lists
    for path in lists:
        page = openpyxl.load_workbook(path)["可用的办法"]
        assert {row[2].value for row in page.iter_rows(min_row=2)} >= {"删除", "变更", "佐证"}
    text = stuvalid("duplicates", received).stdout.decode().replace("\n", "")
    assert "来源里允许的办法" in text
    assert "由共同上级仲裁" in text
