"""Inputs made after public bug reports and guides: what each should give (they lie beside the project, where they are).

Each line of `EXPECTED` is a file or folder, what ``check`` must say of it and what it must not. The kinds behind them have tests
of their own that make their inputs; this one holds the real files.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.program import stuvalid

FIELD = Path(__file__).resolve().parents[2] / "shared" / "data" / "field"
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="collected lists are not part of the project")


@dataclass(frozen=True, slots=True)
class Expected:
    """``rules``: how many findings each rule has (those not named: none at warning or error level).

    ``among`` names rules of which some must speak where the rest is free. ``fixes`` are values offered by cell, None for none;
    ``unsafe`` cells whose offer must not be taken by itself. ``rows`` pupils; ``code`` the exit code.
    """

    rows: int | None = None
    code: int | None = None
    rules: Mapping[str, int] | None = None
    among: tuple[str, ...] = ()
    fixes: Mapping[str, str | None] = field(default_factory=dict)
    unsafe: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


CLEAN: dict[str, int] = {}
EXPECTED = {
    "00_clean.xlsx": Expected(6, 0, CLEAN),
    "92_dongguan.xlsx": Expected(6, 0, CLEAN),
    "93_province_direct.xlsx": Expected(4, 0, CLEAN),
    "06_wps_dimension_core.xlsx": Expected(6, 0, CLEAN),
    "01_prefixes.xlsx": Expected(
        30, among=("IDN016",), never=("430419", "321119", "441900", "442000", "460400", "620200")
    ),
    "03_names.xlsx": Expected(
        40,
        1,
        among=("FMT001", "FMT003", "CEL009"),
        fixes={"B3": "古丽娜尔·艾力", "B10": "古丽娜尔·艾力"},
        unsafe=("B10",),
    ),
    "16_minority_space.xlsx": Expected(
        4, 1, {"CEL009": 3}, fixes={"B2": "古丽娜尔·艾力", "B3": "买买提·吐尔逊"}, unsafe=("B2", "B3", "B4")
    ),
    "17_pua_names.xlsx": Expected(4, 1, {"CEL017": 4}, fixes={"B2": "王䶮", "B5": None}, says=("U+E863", "U+E5E5")),
    "04_radicals.xlsx": Expected(26, 1, {"CEL011": 15, "FMT003": 11}, fixes={"B2": "马小云", "B5": "张长江"}),
    "07_scripts.xlsx": Expected(19, 1, among=("FMT003",)),
    "05_phonetic_rich_escapes.xlsx": Expected(6, 1, among=("CEL006",)),
    "11_id_misc.xlsx": Expected(
        9,
        1,
        {"IDN015": 2, "IDN014": 1, "IDN001": 1, "CEL002": 1, "IDN017": 1, "IDN012": 1, "IDN013": 1, "IDN008": 1},
        fixes={"J2": "140105201906129062", "J8": "14010520190319896X", "J7": None, "J9": None},
    ),
    "12_residence_permits.xlsx": Expected(17, never=("REQ001",)),
    "13a_eq_quoted.csv": Expected(5, 1, {"TPL024": 1}),
    "13b_tab_suffix.csv": Expected(5, 1, {"TPL024": 1, "CEL006": 35}),
    "13c_unicode_text.txt": Expected(5, 1, {"TPL024": 1}),
    "13d_tab_gbk.xls": Expected(5, 1, {"TPL023": 1, "TPL024": 1}),
    "13e_utf8_nobom_semicolon.csv": Expected(5, 1, {"TPL024": 1}),
    "13f_gb18030_4byte.csv": Expected(5, 1, {"TPL024": 1}),
    "13h_gbk_cut.csv": Expected(5, 2, among=("FIL001",)),
    "14_displayed_not_stored.xlsx": Expected(8, 1, among=("CEL020",), fixes={"Y2": "030001", "Q3": "2025101"}),
    "15_prefix_format_text.xlsx": Expected(8, 1, among=("CEL020",), fixes={"Q2": "2025101"}),
    "19_999_numbers.xlsx": Expected(3, 1, {"IDN016": 3}),
    "70_teacher_roster.xlsx": Expected(0, 2, CLEAN, says=("花名册",)),
    "71_class_list_export.xlsx": Expected(0, 2, CLEAN, says=("导出的学生名单（6行",)),
    "72_masked_export.xlsx": Expected(6, 1, {"IDN013": 6, "DIA019": 1}),
    "73_named_lisi.xlsx": Expected(6, 0, CLEAN),
    "74_li_names.xlsx": Expected(6, 0, CLEAN),
    "80_phones.xlsx": Expected(30, 1, fixes={"X2": "13812345678", "X21": "13812345678", "X12": None}, unsafe=("X21",)),
    "85_dates.xlsx": Expected(8, 1, fixes={"D2": "20190415", "D3": "20190814", "D6": "20180913", "D7": "20190101"}),
    "41_inbox": Expected(6, 2, CLEAN, says=("一年级.rar", "照片.7z", "crdownload")),
    "42_only_rar": Expected(0, 2, CLEAN, says=("一年级.rar",)),
    "44_broken_zip": Expected(12, 2),
    "45_xlsx_as_zip": Expected(12, among=("TPL023",)),
    "46_trunc": Expected(0, 2),
    "49_cut_zip": Expected(6, 2, CLEAN),
    "100_新生注册模板.xlsx": Expected(5, 0, CLEAN),
    "101_placeholders.xlsx": Expected(4, 1, {"REQ004": 20}),
    "102_form2022_photos": Expected(6, 0, {"IDN050": 1}),
    "103_form2022_no_number": Expected(6, 0, {"IDN050": 1}),
    "105_roster.xlsx": Expected(10, 0, {"IDN050": 2}),
    "110_two_row_header.xlsx": Expected(30, 0, {"TPL026": 1}),
    "111_hidden_sheet.xlsx": Expected(40, 0, {"TPL028": 1}, says=("隐藏", "20名")),
    "damaged/s2_sheetxml_cut_after_row5.xlsx": Expected(code=2, among=("FIL001",), says=("第5行",)),
    "damaged/s4_prefix_ctrlchar_row5.xlsx": Expected(10, 1, among=("FIL007",)),
    "damaged/s5_prefix_nbsp_entity_row5.xlsx": Expected(10, 1, among=("FIL007",)),
    "damaged/s7_sheet2_missing.xlsx": Expected(code=2, among=("FIL002",)),
    "damaged/s13_row_beyond.xlsx": Expected(code=2, among=("FIL005",)),
    "damaged/s15_two_sheetdata.xlsx": Expected(among=("FIL004",)),
    "readers/half.xlsx": Expected(502, 2, among=("FIL001",)),
    "readers/stray.xlsx": Expected(code=2, among=("FIL006",)),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[int, dict[str, Any], str]]:
    """Exit code, json report and what was said besides, of every input."""
    found = {}
    for name in EXPECTED:
        done = stuvalid("check", FIELD / name, "--format", "json", "--show-values", "--no-cache", "-v")
        found[name] = (done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr.decode())
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_what_should_happen(name: str, reports: Mapping[str, tuple[int, dict[str, Any], str]]) -> None:
    expected = EXPECTED[name]
    code, report, said = reports[name]
    findings = [entry for entry in report.get("findings", []) if entry["severity"] != "info"]
    rules = Counter(entry["rule"] for entry in findings)
    if expected.rules is not None:
        assert rules == expected.rules
    assert set(expected.among) <= set(rules)
    if expected.rows is not None:
        assert report.get("summary", {}).get("rows", 0) == expected.rows
    if expected.code is not None:
        assert code == expected.code
    offered = {entry["cell"]: entry["fix"] for entry in findings if entry.get("fix")}
    for cell, value in expected.fixes.items():
        assert offered.get(cell, {}).get("value") == value, cell
    for cell in expected.unsafe:
        assert not offered[cell]["safe"], cell
    everything = json.dumps(report, ensure_ascii=False) + said
    for text in expected.says:
        assert text in everything
    for text in expected.never:
        assert text not in "".join(f"{entry['rule']} {entry['message']}" for entry in findings)


def test_the_form_of_2022_is_told_of_its_grades(reports: object) -> None:
    done = stuvalid("check", FIELD / "112_form2022_grade.xlsx", "--format", "json", "--show-values", "--no-cache")
    told = " ".join(entry["message"] for entry in json.loads(done.stdout)["findings"] if entry["severity"] != "info")
    assert all(word in told for word in ("随便", "大一", "三年级"))
