"""What holds for every report format: the same as last time, masked, safe with any text, chosen by its name."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from stuvalid.errors import UsageError
from stuvalid.findings import Findings
from stuvalid.report.formats import FORMATS, format_of, render
from stuvalid.report.wording import Wording
from stuvalid.version import __version__
from tests.report.cases import EN, NAME, NUMBER, ZH, cells, hostile, text

GOLDEN = Path(__file__).parent / "golden"
TEXTS = [name for name, entry in FORMATS.items() if not entry.binary]


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "html"])
def test_golden(name: str, found: Findings) -> None:
    """Set STUVALID_WRITE_GOLDEN=1 to accept what a format says now, then read the difference."""
    path = GOLDEN / f"report.{name}"
    said = text(name, found).replace(__version__, "VERSION").replace("\r\n", "\n")
    # The workbook is made anew for each run and holds the time.
    said = re.sub(r'"sha256": "[0-9a-f]{64}"', '"sha256": "SHA256"', said)
    if os.environ.get("STUVALID_WRITE_GOLDEN"):
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


def test_golden_workbook(found: Findings) -> None:
    """Its cells, for a workbook is no text to compare."""
    path = GOLDEN / "report.xlsx.txt"
    said = "".join(
        f"== {sheet}\n" + "".join("|".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows)
        for sheet, rows in cells(render("xlsx", found, ZH)).items()
    )
    if os.environ.get("STUVALID_WRITE_GOLDEN"):
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_private_is_shown_unless_asked(name: str, lang: str, found: Findings) -> None:
    def shown(opened: bool) -> str:
        data = render(name, found, Wording(lang, show_values=opened))
        return str(cells(data)) if FORMATS[name].binary else data.decode()

    masked = shown(False)
    for secret in (NAME, NUMBER[:-1]):
        assert secret not in masked
    assert NAME in shown(True)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_hostile_texts_and_nothing_at_all(name: str) -> None:
    for findings in (hostile(), Findings()):
        for wording in (ZH, EN):
            assert render(name, findings, wording) is not None


@pytest.mark.parametrize("name", [name for name in TEXTS if name not in ("json", "html", "sarif")])
def test_english_reports_hold_chinese_only_where_the_data_does(name: str) -> None:
    said = text(name, hostile(), EN)
    assert set(re.findall(r"[\u4e00-\u9fff]+", said)) <= {"学生", "表", "姓名", "入学年月", "学籍"}


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("r.html", "html"),
        ("r.HTM", "html"),
        ("r.xlsx", "xlsx"),
        ("a/b.junit.xml", "junit"),
        ("r.sarif", "sarif"),
        ("gitlab=gl.json", "gitlab"),
        ("r.json", "json"),
        ("r.md", "markdown"),
        ("r.txt", "text"),
        ("text=r", "text"),
    ],
)
def test_the_suffix_says_the_format(output: str, name: str) -> None:
    assert format_of(output)[0] == name


def test_a_suffix_that_says_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match=r"r\.doc"):
        format_of("r.doc")
