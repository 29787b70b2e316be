"""What is shown is what is counted, once, in every format; and no format can get at what is not in words yet."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import stuvalid.report
from stuvalid.findings import Findings, Severity
from stuvalid.report.formats import FORMATS, render
from tests.report.cases import ZH, cells, everywhere, hostile, many, school, text

RULE = re.compile(r"[A-Z]{3}[0-9]{3}")


def of_json(findings: Findings) -> Counter[str]:
    return Counter(entry["rule"] for entry in json.loads(text("json", findings))["findings"])


def of_csv(findings: Findings) -> Counter[str]:
    rows = csv.DictReader(io.StringIO(text("csv", findings)))
    return Counter(row["规则"] for row in rows if row["级别"] != "未检查")


def of_xlsx(findings: Findings) -> Counter[str]:
    rows = cells(render("xlsx", findings, ZH))["问题清单"]
    return Counter(str(row[5]) for row in rows if RULE.fullmatch(str(row[5])))


def of_gitlab(findings: Findings) -> Counter[str]:
    issues = json.loads(text("gitlab", findings))
    return Counter(issue["check_name"] for issue in issues if issue["severity"] in ("major", "minor", "info"))


def of_sarif(findings: Findings) -> Counter[str]:
    (run,) = json.loads(text("sarif", findings))["runs"]
    return Counter(result["ruleId"] for result in run["results"])


def of_html(findings: Findings) -> Counter[str]:
    page = text("html", findings)
    data = json.loads(re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    shown: Counter[str] = Counter()
    for block in data["blocks"]:
        shown[data["rules"][block[5]][0]] += block[0]
    return shown


def of_junit(findings: Findings) -> Counter[str]:
    shown: Counter[str] = Counter()
    for case in ET.fromstring(text("junit", findings).encode()).iter("testcase"):
        found = case.findtext("failure") or case.findtext("system-out")
        if found:
            _, *lines = found.split("\n")
            more = re.fullmatch("……还有([0-9]+)处", lines[-1])
            shown[case.get("name", "").split()[0]] += len(lines) - 1 + int(more[1]) if more else len(lines)
    return shown


def of_markdown(findings: Findings) -> Counter[str]:
    shown: Counter[str] = Counter()
    for line in text("markdown", findings).splitlines():
        row = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(row) == 6 and RULE.fullmatch(row[1]):
            shown[row[1]] += int(row[4])
    return shown


def of_text(findings: Findings) -> Counter[str]:
    shown: Counter[str] = Counter()
    last = ""
    for line in text("text", findings).splitlines():
        grouped = re.match(r"  (?:错误|警告|提示) ([A-Z]{3}[0-9]{3}) x([0-9]+)", line)
        single = re.match(r"  (?:错误|警告|提示) ([A-Z]{3}[0-9]{3})  ", line)
        rest = re.match(r"    …还有 ([0-9]+) 处", line)
        if grouped:
            shown[grouped[1]] += int(grouped[2])
            last = ""
        elif single:
            shown[single[1]] += 1
            last = single[1]
        elif rest and last:
            shown[last] += int(rest[1])
    return shown


COUNTS: dict[str, Callable[[Findings], Counter[str]]] = {
    "json": of_json,
    "csv": of_csv,
    "xlsx": of_xlsx,
    "gitlab": of_gitlab,
    "sarif": of_sarif,
    "html": of_html,
    "junit": of_junit,
    "text": of_text,
}


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("findings", [everywhere, school, hostile])
def test_every_counted_finding_is_shown_once(name: str, findings: Callable[[], Findings]) -> None:
    found = findings()
    assert COUNTS[name](found) == found.by_rule()


@pytest.mark.parametrize("findings", [everywhere, school])
def test_a_summary_counts_them_all(findings: Callable[[], Findings]) -> None:
    """Markdown lists rules down to warnings and counts the rest by file; github tells what it has no room for."""
    found = findings()
    told = Counter({finding.rule: 0 for finding in found})
    told.update(finding.rule for finding in found if finding.severity > Severity.INFO)
    assert of_markdown(found) == +told
    table = re.findall(
        r"^\| .* \| [0-9]+ \| ([0-9]+) \| ([0-9]+) \| ([0-9]+) \| ", text("markdown", found), re.MULTILINE
    )
    sums = [sum(map(int, column)) for column in zip(*table, strict=True)]
    assert sums == [found.count(level) for level in reversed(Severity)]
    drawn = 0
    for line in text("github", found).splitlines():
        titled = re.match("::[a-z]+ file=[^,]*,title=[A-Z]{3}[0-9]{3}(?: ×([0-9]+))?::", line)
        drawn += int(titled[1] or 1) if titled else 0
        drawn += sum(map(int, re.findall("([0-9]+) 个(?:错误|警告|提示)", line))) if line.startswith("另有") else 0
    assert drawn == len(found)


def test_the_screen_says_what_it_leaves_out() -> None:
    import io as stream

    from rich.console import Console

    from stuvalid.report import text as screen
    from stuvalid.report.shown import WordedRun

    console = Console(file=stream.StringIO(), width=80, color_system=None)
    screen.show(WordedRun(everywhere(), ZH), console, per_rule=5)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…还有 246 处" in shown
    assert f"{everywhere().count(Severity.INFO)} 个提示没有列出，加 -v 可见" in shown


def test_more_than_a_format_holds_is_said() -> None:
    found = many(25_003)
    assert sum(of_sarif(found).values()) == 25_000
    assert "另有 3 条结果没有列出" in text("sarif", found)
    assert of_json(found) == of_csv(found) == of_html(found) == found.by_rule()


RAW = {"Finding", "Findings", "Block", "Group", "Cause", "Accepted", "FileReport", "Place", "NotChecked"}


@pytest.mark.parametrize(
    "module", sorted({entry.module for entry in FORMATS.values()} | {"spreadsheets", "fingerprints"})
)
def test_a_format_never_gets_what_is_not_in_words(module: str) -> None:
    """Formats take a `WordedRun`; none may import, name or reach for what could hold a value as it came in."""
    tree = ast.parse((Path(stuvalid.report.__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    reached = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert not RAW & (names | imported)
    assert not {
        name for name in reached if name.startswith("_") and not name.startswith("__") and name in {"_findings"}
    }
    assert "masking" not in {part for name in imported for part in name.split(".")}


def test_findings_come_in_the_order_of_files_sheets_and_rows() -> None:
    found = everywhere()
    order = {path: number for number, path in enumerate(found.paths)}
    places = [(order[f.place.file], f.place.sheet, f.place.row, f.place.column, f.rule) for f in found]
    assert places == sorted(places)
    assert len(places) == len(found)
