"""The HTML report as a document: complete, masked, harmless, bounded, in both languages. A browser is in the next file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from stuvalid.cli import app
from stuvalid.findings import (
    Block,
    Cause,
    ClassRun,
    FileReport,
    Finding,
    Findings,
    Fix,
    Place,
    RuleRuns,
    Severity,
    letters,
)
from stuvalid.report import html_embed, html_words
from stuvalid.report.html_overview import Places
from stuvalid.report.shown import WordedRun
from stuvalid.report.wording import Wording
from tests.books import column_letter, workbook
from tests.report import cases
from tests.report.cases import NAME, NUMBER, entries, hostile, many, school


def render(findings: Findings, wording: Wording) -> str:
    return cases.text("html", findings, wording)


ZH, EN = Wording("zh"), Wording("en")
HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "<!--<script>",
    "{{ 7*7 }}",
    "\u2028'\\",
    "]]>",
]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Page(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, its text, its scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.text = ""
        self._open = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_data(self, data: str) -> None:
        if self._open in self.raw:
            self.raw[self._open][-1] += data
        else:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw["script"][0])
        return found


def embedded(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The findings a browser would show, as the script reads them."""
    columns = data["columns"]
    position = 0
    for count, file, sheet, header, column, rule, severity, mend in data["blocks"]:
        for i in range(position, position + count):
            value, fix, row = data["values"][columns["value"][i]], columns["fix"][i], columns["row"][i]
            yield {
                "file": data["files"][file],
                "sheet": data["sheets"][sheet],
                "header": data["headers"][header],
                "cell": f"{letters(column)}{row}" if row and column >= 0 else "",
                "rule": data["rules"][rule][0],
                "severity": Severity(severity).word,
                "mend": data["mends"][mend],
                "value": value,
                "message": data["messages"][columns["message"][i]].replace("\x01", value),
                "fix": None if fix < 0 else (data["values"][fix >> 1], bool(fix & 1)),
                "class": data["classes"][columns["class"][i]],
                "related": related(data, i),
            }
        position += count


def related(data: dict[str, Any], i: int) -> list[tuple[str, str]]:
    """Site and cell of each related cell, and at the end how many more there are."""
    rest, *numbers = data["related"].get(str(i), [0])
    cells = [
        (data["sites"][site], f"{letters(column)}{row}")
        for site, row, column in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    ]
    return [*cells, *([("more", str(rest))] if rest else [])]


@pytest.mark.parametrize("wording", [ZH, EN, Wording("zh", show_values=True)])
def test_every_finding_is_in_the_table_as_the_json_report_says_it(wording: Wording) -> None:
    findings = school()
    told = sorted(embedded(Page(render(findings, wording)).data), key=lambda f: (f["file"], f["rule"], f["cell"]))
    expected = sorted(entries(findings, wording), key=lambda f: (f["file"], f["rule"], f.get("cell", "")))
    assert len(told) == len(expected) >= 5
    for mine, entry in zip(told, expected, strict=True):
        for key in ("file", "sheet", "header", "rule", "severity", "mend", "value", "message"):
            assert mine[key] == entry[key]
        assert mine["cell"] == entry.get("cell", "")
        cells = [(f"{place['file']} › {place['sheet']}", place["cell"]) for place in entry.get("related", [])]
        assert mine["related"] == cells
        if "fix" in entry:
            assert mine["fix"] == (entry["fix"]["value"], entry["fix"]["safe"])
        else:
            assert mine["fix"] is None


def test_page_needs_nothing_but_itself_and_allows_nothing_else() -> None:
    page = Page(render(school(), ZH))
    for tag, attributes in page.elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base"}
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "src"}]
        assert (attributes.get("href") or "#").startswith("#")
    style, script = page.raw["style"][0], page.raw["script"][1]
    assert "url(" not in style and "@import" not in style
    assert not re.search(r"\b(fetch|XMLHttpRequest|innerHTML|eval|document\.write|import)\b", script)
    policy = next(meta["content"] or "" for meta in page.named("meta") if meta.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for text, directive in ((script, "script-src"), (style, "style-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


@pytest.mark.parametrize("wording", [ZH, EN])
def test_hostile_texts_stay_texts(wording: Wording) -> None:
    findings = hostile()
    for text in HOSTILE:
        report = FileReport(f"{text}/{text}.xlsx", "unreadable", reason_zh=text, reason_en=text)
        runs = RuleRuns(skipped={text: text}, crashed={text: text}, unknown={text: 1})
        findings.files += [report, FileReport(f"x/{text}", "checked", "", text, text, 3, "xlsx", rules=runs)]
        findings.add(
            Finding(text, Severity.ERROR, Place(report.path, text, 1, 1), text, text, text, {"message_zh": text})
        )
        findings.causes.append(Cause("COD002", report.path, text, "sex", text, "value", text, 9, 1, 9))
    html = render(findings, wording)
    page, plain = Page(html), Page(render(Findings(), wording))
    assert len(page.named("script")) == len(plain.named("script")) == 2
    assert not page.named("img")
    assert all(not name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert "<img" not in html and "<svg onload" not in html and "<!--" not in html
    told = {finding["value"] for finding in embedded(page.data)}
    assert HOSTILE[0] in told
    assert HOSTILE[3] in page.text, "a template's marks in a value are no template"


def test_file_name_that_is_no_text_is_shown_and_not_fatal() -> None:
    findings = Findings([FileReport("a/\udcff.xlsx", "checked", "", "student-2013", "s", 1)])
    findings.add(Finding("FMT012", Severity.ERROR, Place("a/\udcff.xlsx", "s", 1, 1), "phone", "电话\udc80", "\ud800"))
    assert Page(render(findings, ZH).encode().decode()).data["files"] == ["?.xlsx"]


@given(st.text(), st.text())
def test_any_value_survives_the_way_into_the_page(value: str, header: str) -> None:
    findings = Findings([FileReport("a.xlsx", "checked", "", "student-2013", "s", 5)])
    finding = Finding(
        "COD003", Severity.ERROR, Place("a.xlsx", "s", 1, 2), "sex", header, value, {"value": value}, Fix("男")
    )
    findings.add(finding)
    run = WordedRun(findings, ZH)
    data, left = html_embed.embed(run, Places(run), {})
    assert not left
    assert not re.search(r"[<>&\u2028\u2029]", data)
    (told,) = embedded(json.loads(data))
    assert told["value"] == ZH.value(finding)
    assert told["message"] == ZH.message(finding).replace("\x01", "?")


@pytest.mark.parametrize("wording", [ZH, EN])
def test_names_and_numbers_are_masked_wherever_they_stand(wording: Wording) -> None:
    path = f"{NUMBER}/{NUMBER}.jpg"
    runs = RuleRuns(crashed={"FMT001": "ValueError"})
    findings = school()
    findings.files.append(FileReport(path, "checked", rules=runs))
    findings.files.append(FileReport(f"b/{NUMBER}.xlsx", "unreadable", reason_zh="坏", reason_en="bad"))
    findings.add(Finding("PHO001", Severity.ERROR, Place(path), related=(Place(path),)))
    findings.add(
        Finding("IDN001", Severity.ERROR, Place(path, "s", 1, 1), "id_number", "证件号", NUMBER, {}, Fix(NUMBER))
    )
    findings.causes.append(Cause("CEL006", path, "s", "name", "姓名", "value", NAME, 9, 1, 9))
    masked = render(findings, wording)
    for secret in (NAME, NUMBER, NUMBER[:-1]):
        assert secret not in masked
    opened = render(findings, Wording(wording.lang, show_values=True))
    assert NAME in opened and NUMBER in opened
    words = html_words.page_words(wording)
    assert words["masked"] in masked and words["open_values"] in opened


def test_hundred_thousand_findings_are_all_there_in_a_few_megabytes() -> None:
    findings = many(100_000)
    html = render(findings, ZH)
    data = Page(html).data
    assert len(data["columns"]["row"]) == 100_000
    assert len(html.encode()) < 4_000_000
    assert "没有列出" not in html


def test_beyond_the_bound_the_page_says_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_embed, "MOST_FINDINGS", 1_000)
    reports = [FileReport(f"{n}.xlsx", "checked", "", "student-2013", "s", 5_000) for n in range(10)]
    errors = [
        Block("FMT012", Severity.ERROR, n, "s", "phone", "电话", 3, list(range(1, size)), ["1"] * (size - 1))
        for n, size in enumerate([3_000] * 2 + [4] * 8)
    ]
    warning = Block("REQ001", Severity.WARNING, 0, "s", "phone", "电话", 3, [1], ["1"])
    findings = Findings(reports, [warning, *errors])
    page = Page(render(findings, ZH))
    told = list(embedded(page.data))
    assert len(told) == 2 * ((1_000 - 8 * 3) // 2) + 8 * 3
    assert {finding["file"] for finding in told} == {report.path for report in reports}
    assert all(finding["severity"] == "error" for finding in told), "the gravest come first"
    left = len(findings) - len(told)
    assert f"另有 {left:,} 条没有列出" in page.text
    assert f"{len(findings) - 1:,} 个错误" in page.text, "what is left out is still counted"
    assert f"{left:,} are left out" in Page(render(findings, EN)).text


def test_of_many_related_cells_the_first_are_named_and_the_rest_counted() -> None:
    finding = Finding(
        "DUP001",
        Severity.ERROR,
        Place("a.xlsx", "s", 1, 2),
        related=tuple(Place("b.xlsx", "t", row, 3) for row in range(9)),
    )
    findings = Findings([FileReport("a.xlsx", rows=1)])
    findings.add(finding)
    (told,) = embedded(Page(render(findings, ZH)).data)
    assert told["related"] == [("b.xlsx › t", f"D{row}") for row in range(1, 6)] + [("more", "4")]


@pytest.mark.parametrize("size", [1, 60], ids=["many-blocks", "one-block"])
def test_long_values_cannot_swell_the_page(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(html_embed, "MOST_CHARACTERS", 10_000)
    values = [f"{n:05}" + "长" * 32_000 for n in range(60)]
    blocks = []
    for start in range(0, 60, size):
        mine = values[start : start + size]
        rows = list(range(start + 1, start + size + 1))
        fixes, params = [Fix(value) for value in mine], [{"value": value} for value in mine]
        blocks.append(Block("COD003", Severity.ERROR, 0, "s", "sex", "性别", 2, rows, mine, list(fixes), list(params)))
    html = render(Findings([FileReport("a.xlsx", "checked", "", "student-2013", "s", 60)], blocks), ZH)
    told = list(embedded(Page(html).data))
    assert 5 < len(told) < 60
    assert len(html) < 80_000
    assert f"另有 {60 - len(told)} 条没有列出" in html


def test_records_without_errors_are_counted_once_each() -> None:
    report = FileReport("a.xlsx", "checked", "", "student-2013", "s", 10)

    def block(rule: str, severity: Severity, rows: list[int]) -> Block:
        return Block(rule, severity, 0, "s", "sex", "性别", 2, rows, ["x"] * len(rows))

    findings = Findings(
        [report],
        [
            block("COD003", Severity.ERROR, [1, 2, 3]),
            block("REQ001", Severity.ERROR, [3, 4]),
            block("DAT001", Severity.WARNING, [4, 5]),
            block("DAT001", Severity.INFO, [6]),
            block("TPL001", Severity.ERROR, [0]),
            block("TPL002", Severity.ERROR, [-1]),
        ],
    )
    text = Page(render(findings, ZH)).text
    assert "6 / 10" in text and "60.0%" in text, "4 records have errors; a fault of the header is no pupil's"
    assert "也没有警告的 5" in text


def test_share_is_not_rounded_up_to_all() -> None:
    block = Block("COD003", Severity.ERROR, 0, "s", "sex", "性别", 2, [1], ["x"])
    text = Page(render(Findings([FileReport("a.xlsx", "checked", "", "f", "s", 5_000)], [block]), ZH)).text
    assert "99.9%" in text and "100.0%" not in text


def test_classes_come_from_the_class_codes_else_from_names() -> None:
    files_ = [
        FileReport(
            "a.xlsx",
            rows=9,
            classes=[
                ClassRun("s", 1, 3, "2025101"),
                ClassRun("s", 4, 6, "2022215"),
                ClassRun("s", 7, 7, "2025901"),
                ClassRun("s", 8, 8, "2025100"),
            ],
        ),
        FileReport("三年级（2）班.xls", rows=9),
        FileReport("b.xlsx", rows=9),
    ]
    blocks = [
        Block("COD003", Severity.ERROR, n, "s", "sex", "性别", 2, rows, ["x"] * len(rows))
        for n, rows in enumerate([[0, 1, 3, 4, 7, 8, 9], [1], [1]])
    ]
    data = Page(render(Findings(files_, blocks), ZH)).data
    told = [finding["class"] for finding in embedded(data)]
    assert told == [
        "",
        "2025101 小学2025级1班",
        "2025101 小学2025级1班",
        "2022215 初中2022级15班",
        "2025901",
        "2025100",
        "",
        "三年级（2）班",
        "",
    ]


def test_schools_are_the_folders_below_what_all_have_in_common() -> None:
    paths = ["县/甲小学/一班.xlsx", "县/甲小学/二班/x.xlsx", "县\\乙小学.zip\\x.xlsx", "县/丙小学.xlsx"]
    data = Page(render(Findings([FileReport(path) for path in paths]), ZH)).data
    assert data["schools"] == ["甲小学", "乙小学.zip", "丙小学.xlsx"]
    assert data["schoolOf"] == [0, 0, 1, 2]
    assert data["files"][0] == "甲小学/一班.xlsx"


def test_finding_of_no_file_has_a_place_too() -> None:
    findings = Findings([FileReport("县/a.xlsx", rows=1)])
    findings.add(Finding("PKG001", Severity.ERROR, Place("")))
    assert Page(render(findings, ZH)).data["files"] == ["县/a.xlsx", "（不在某个文件中）"]


def test_picture_shows_schools_rules_columns_and_what_to_mend_first() -> None:
    findings = many(300)
    findings.files.append(FileReport("clean.xlsx", "checked", "", "student-2013", "s", 100))
    findings.causes = [
        Cause("FMT012", name, "s", "phone", "联系电话", "column", "", 140, 2, 301)
        for name in ("large.xlsx", "clean.xlsx")
    ]
    page = Page(render(findings, ZH))
    links = [(link["data-filter"], link["data-key"]) for link in page.named("a") if "data-filter" in link]
    assert ("rule", "FMT012") in links and ("column", "联系电话") not in links, "one bar says nothing"
    assert "280" in page.text and "等 2 个文件" in page.text, "the same cause in two files is one"
    assert "错误 93.3%" in page.text


def test_what_was_not_checked_is_said_with_its_reason() -> None:
    runs = RuleRuns(
        skipped={"DUP003": "enrolment_month"},
        headers={"enrolment_month": "入学年月"},
        crashed={"FMT001": "ZeroDivisionError"},
    )
    reports = [FileReport(f"{n}.xlsx", rows=1, rules=runs) for n in range(3)]
    reports.append(FileReport("坏.xlsx", "unreadable", reason_zh="已损坏", reason_en="damaged"))
    page = Page(render(Findings(reports), ZH))
    for words in ("DUP003", "缺少“入学年月”列", "FMT001", "ZeroDivisionError", "已损坏", "坏.xlsx", "0.xlsx + 2"):
        assert words in page.text
    english = Page(render(Findings(reports), EN)).text
    assert "damaged" in english and "the column 入学年月 (enrolment_month) is missing" in english
    assert "全部检查过" in Page(render(Findings([FileReport("a.xlsx", rows=1)]), ZH)).text


BROKEN = FileReport("b.xlsx", "unreadable", reason_zh="坏", reason_en="bad")
GOOD = FileReport("a.xlsx", rows=2)
WARNED = Block("REQ001", Severity.WARNING, 0, "s", "sex", "性别", 2, [1], [""])


@pytest.mark.parametrize(
    ("findings", "tone", "sentence"),
    [
        (Findings([GOOD]), "ok", "没有发现错误"),
        (Findings([GOOD], [WARNED]), "warning", "没有错误，有 1 个警告请核对"),
        (Findings([GOOD, BROKEN]), "error", "没有查完"),
        (Findings([FileReport("c.xlsx", rules=RuleRuns(crashed={"A": "x"}))]), "error", "没有查完"),
        (Findings([FileReport("c.xlsx", "skipped")]), "warning", "没有可以检查的内容"),
        (Findings(), "warning", "没有可以检查的内容"),
        (school(), "error", "个错误要改"),
    ],
)
def test_verdict_in_one_sentence(findings: Findings, tone: str, sentence: str) -> None:
    page = Page(render(findings, ZH))
    assert sentence in page.text
    assert any((attributes.get("class") or "") == f"verdict {tone}" for attributes in page.named("p"))


def test_photos_are_counted_as_files() -> None:
    findings = Findings([FileReport(f"{n}.jpg") for n in range(4)])
    findings.add(Finding("PHO001", Severity.ERROR, Place("1.jpg")))
    text = Page(render(findings, ZH)).text
    assert "没有错误的文件" in text and "3 / 4" in text


def test_page_is_wholly_in_its_language() -> None:
    page = Page(render(Findings([FileReport("a.xlsx", rows=2)], [WARNED]), EN))
    own = page.text.replace("性别", "").replace("Python", "")
    assert not CHINESE.search(own)
    assert page.named("html")[0]["lang"] == "en"
    assert not CHINESE.search(json.dumps(page.data["words"], ensure_ascii=False))


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    assets = files("stuvalid.report") / "assets"
    template, script = ((assets / "report.html.j2").read_text("utf-8"), (assets / "report.js").read_text("utf-8"))
    used = set(re.findall(r"words\.(\w+)", template)) | {"school", "rule", "column", "errors", "warnings", "infos"}
    assert used | {"by_school", "by_file", "by_class", "by_rule", "by_field", "whole", "no_class"} == set(
        html_words.page_words(ZH)
    )
    spoken = set(re.findall(r"words\.(\w+)", script)) | {"error", "warning", "info"}
    assert spoken == set(html_words.script_words(ZH))


def test_page_can_be_used_without_seeing_it() -> None:
    page = Page(render(school(), ZH))
    ids = {attributes["id"] for _, attributes in page.elements if attributes.get("id")}
    for _, attributes in page.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(name) is None or attributes[name] in ids
        href = attributes.get("href")
        assert href is None or href[1:] in ids
    assert {"header", "main", "nav", "form", "table", "caption"} <= {tag for tag, _ in page.elements}
    assert all(svg.get("aria-hidden") == "true" for svg in page.named("svg"))
    assert [tag for tag, _ in page.elements if tag == "h1"] == ["h1"]
    assert all(head.get("scope") for head in page.named("th"))


def test_one_school_is_shown_by_class() -> None:
    classes = [ClassRun("s", 1, 3, "2025101"), ClassRun("s", 4, 6, "2022215")]
    block = Block("COD003", Severity.ERROR, 0, "s", "sex", "性别", 2, [1, 2, 4, 8], ["x"] * 4)
    page = Page(render(Findings([FileReport("a.xlsx", rows=9, classes=classes)], [block]), ZH))
    bars = [link["data-key"] for link in page.named("a") if link.get("data-filter") == "class"]
    assert bars == ["2025101 小学2025级1班", "2022215 初中2022级15班", ""]
    assert "按班级" in page.text and "班级不明" in page.text and "按文件" not in page.text


def test_command_line_writes_the_page(tmp_path: Path) -> None:
    folder = tmp_path / "县" / "甲小学"
    folder.mkdir(parents=True)
    (folder / "学生.xlsx").write_bytes(workbook([{}, {"class_code": "2025103"}, {"ethnicity": "汉", "name": NAME}]))
    report = tmp_path / "报告.html"
    result = CliRunner().invoke(app, ["check", str(tmp_path / "县"), "--output", str(report)])
    assert result.exit_code == 1, result.output
    page = Page(report.read_text(encoding="utf-8"))
    told = {finding["cell"]: finding for finding in embedded(page.data)}
    column = column_letter("ethnicity")
    assert told[f"{column}4"]["fix"] == ("汉族", True)
    assert re.fullmatch(r"[0-9]{7} .*班", told[f"{column}4"]["class"])
    assert told[f"{column}4"]["file"] == "学生.xlsx"
    assert NAME not in report.read_text(encoding="utf-8")
