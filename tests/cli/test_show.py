"""``stuvalid show``, one line a finding, and how often each rule spoke."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.books import column_letter, workbook
from tests.program import stuvalid, unfolded

NUMBER = "140106200703050018"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("show") / "学校.xlsx"
    path.write_bytes(workbook([{}, {"phone": "123"}, {"ethnicity": "汉"}, {"ethnicity": "回"}], titles=["学生名单"]))
    return path


def test_the_row_is_shown_masked_with_what_is_wrong_in_it(path: Path) -> None:
    cell = f"{column_letter('phone')}4"
    done = stuvalid("show", path, cell)
    shown = done.stdout.decode()
    assert done.returncode == 1
    assert f"> {cell} 联系电话" in shown
    assert "FMT012" in shown
    assert "第4行" in shown
    number = next(line for line in shown.splitlines() if " 身份证件号 " in line and "成员" not in line)
    assert "****" in number
    assert "****" not in stuvalid("show", path, cell, "--show-values").stdout.decode()
    assert stuvalid("show", path, "A3").returncode in (0, 1)


@pytest.mark.parametrize("cell", ["M", "学生基础信息!", "A1", "A900", "别的表!A4"])
def test_what_is_no_pupil_s_cell_is_one_sentence(path: Path, cell: str) -> None:
    done = stuvalid("show", path, cell)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("错误：")


def test_a_line_a_finding(path: Path) -> None:
    lines = stuvalid("check", path, "--format", "line").stdout.decode().splitlines()
    place = f"{path}!学生基础信息:{column_letter('phone')}4 FMT012 error "
    assert any(line.startswith(place) for line in lines)
    assert len({line.split(" ")[1] for line in lines}) > 1


def test_statistics_count_each_rule(path: Path) -> None:
    lines = stuvalid("check", path, "--format", "line").stdout.decode().splitlines()
    counts = Counter(rule for line in lines if (rule := line.split(" ")[1])[-1].isdigit())
    shown = stuvalid("check", path, "--statistics").stdout.decode().splitlines()
    told = {line.split()[1]: int(line.split()[0]) for line in shown if line[:7].strip().isdigit()}
    assert told == counts
    assert list(told.values()) == sorted(told.values(), reverse=True)


def test_what_the_file_is_stands_before_its_findings(path: Path) -> None:
    shown = unfolded(stuvalid("check", path))
    assert "模板：学生基础信息（2013/14 首次采集，71列）；学校 2114010068；小学2013级(1)班 4人" in shown.replace(
        "  ", ""
    )
    assert shown.index("模板：") < shown.index("FMT012")
