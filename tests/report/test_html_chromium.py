"""The HTML report in a real browser: Debian's Chromium, headless, offline."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stuvalid.findings import Block, Cause, ClassRun, FileReport, Finding, Findings, Fix, Place, Severity
from stuvalid.report.wording import Wording
from tests.report import cases
from tests.report.cases import hostile, many

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
expect = sync_api.expect
SHEET = "学生基础信息"


def county() -> Findings:
    """Three schools; 甲 has two classes and two files."""
    classes = [ClassRun(SHEET, 1, 60, "2025101"), ClassRun(SHEET, 61, 200, "2024101")]
    reports = [
        FileReport("县/甲小学/学生.xlsx", rows=200, template="student-2013", sheet=SHEET, classes=classes),
        FileReport("县/甲小学/新生.xlsx", rows=50, template="student-2013", sheet=SHEET),
        FileReport("县/乙小学/学生.xlsx", rows=100, template="student-2013", sheet=SHEET),
        FileReport("县/丙小学/坏.xlsx", "unreadable", reason_zh="已损坏", reason_en="damaged"),
    ]
    params = [{"value": "汉", "suggestion": "汉族"}]
    others = [tuple(Place("县/甲小学/学生.xlsx", SHEET, row, 6) for row in range(7))]
    blocks = [
        Block(
            "FMT012",
            Severity.ERROR,
            0,
            SHEET,
            "phone",
            "联系电话",
            23,
            list(range(1, 121)),
            [f"{n}" for n in range(120)],
        ),
        Block("COD002", Severity.ERROR, 2, SHEET, "ethnicity", "民族", 6, [9], ["汉"], [Fix("汉族")], params, others),
        Block("REQ001", Severity.WARNING, 1, SHEET, "sex", "性别", 2, [3, 2], ["", ""]),
    ]
    return Findings(reports, blocks)


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


class Opened:
    """A report in a tab of its own, with what it asked for and complained of."""

    def __init__(
        self, browser: sync_api.Browser, folder: Path, findings: Findings, lang: str, **context: object
    ) -> None:
        self.file = folder / "报告.html"
        self.file.write_text(cases.text("html", findings, Wording(lang)), encoding="utf-8")
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.goto(self.file.as_uri())

    @property
    def cells(self) -> list[str]:
        return self.page.locator("tr.data td.cell").all_inner_texts()

    @property
    def count(self) -> sync_api.Locator:
        return self.page.locator("#count")


@pytest.fixture
def opened(browser: sync_api.Browser, tmp_path: Path) -> Iterator[Opened]:
    report = Opened(browser, tmp_path, county(), "zh")
    yield report
    assert report.complaints == []
    assert len(report.requests) == 1, "the file itself and nothing else"
    report.context.close()


def test_gravest_first_then_by_place(opened: Opened) -> None:
    assert opened.cells[:3] == ["X2", "X3", "X4"]
    expect(opened.count).to_have_text("共 123 条")
    opened.page.click("#next")
    opened.page.click("#next")
    assert opened.cells[-3:] == ["G10", "C3", "C4"]


def test_filters_narrow_together_and_are_cleared(opened: Opened) -> None:
    page = opened.page
    page.select_option("#by-class", label="2024101 小学2024级1班 (60)")
    expect(opened.count).to_have_text("筛选出 60 条，共 123 条")
    assert opened.cells[0] == "X62"
    page.fill("#by-text", "x1 联系电话")
    expect(opened.count).to_have_text("筛选出 22 条，共 123 条")
    page.select_option("#by-severity", label="警告 (2)")
    expect(page.locator("td.empty")).to_have_text("没有符合筛选条件的问题。")
    page.click("button[type=reset]")
    expect(opened.count).to_have_text("共 123 条")
    page.select_option("#by-rule", label="COD002 (1)")
    assert opened.cells == ["G10"]
    page.click("button[type=reset]")
    page.select_option("#by-column", label="性别 (2)")
    assert opened.cells == ["C3", "C4"]


def test_school_is_chosen_whole_or_by_file(opened: Opened) -> None:
    labels = opened.page.locator("#by-school option").all_inner_texts()
    assert [label.strip() for label in labels] == [
        "全部",
        "甲小学（全部） (122)",
        "甲小学/学生.xlsx (120)",
        "甲小学/新生.xlsx (2)",
        "乙小学/学生.xlsx (1)",
    ]
    opened.page.select_option("#by-school", index=1)
    expect(opened.count).to_have_text("筛选出 122 条，共 123 条")
    opened.page.select_option("#by-school", index=3)
    assert opened.cells == ["C3", "C4"]


def test_columns_sort_both_ways_and_say_so(opened: Opened) -> None:
    head = opened.page.locator("[data-sort=cell]")
    assert head.get_attribute("aria-sort") is None
    head.locator("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert opened.cells[:4] == ["X2", "C3", "X3", "C4"]
    head.locator("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert opened.cells[:2] == ["X121", "X120"]
    opened.page.click("[data-sort=rule] button")
    assert head.get_attribute("aria-sort") is None
    assert opened.cells[0] == "G10"
    opened.page.click("[data-sort=value] button")
    assert opened.page.locator("tr.data td.value").first.inner_text() == ""


def test_pages_are_turned_and_stop_at_both_ends(opened: Opened) -> None:
    page = opened.page
    expect(page.locator("#page")).to_have_text("第 1／3 页")
    expect(page.locator("#previous")).to_have_attribute("aria-disabled", "true")
    page.click("#next")
    assert opened.cells[0] == "X52"
    page.select_option("#size", "25")
    expect(page.locator("#page")).to_have_text("第 1／5 页")
    page.focus("#next")
    for _ in range(9):
        page.keyboard.press("Enter")
    expect(page.locator("#next")).to_be_focused()
    expect(page.locator("#page")).to_have_text("第 5／5 页")
    expect(page.locator("#next")).to_have_attribute("aria-disabled", "true")
    assert len(opened.cells) == 23


def test_finding_opens_to_all_that_is_known_of_it(opened: Opened) -> None:
    page = opened.page
    page.fill("#by-text", "汉族")
    expect(opened.count).to_have_text("筛选出 1 条，共 123 条")
    button = page.locator("button.open")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    details = page.locator("tr.detail dl").inner_text()
    for text in (
        "G10",
        "乙小学/学生.xlsx",
        SHEET,
        "汉族",
        "可自动改",
        "COD002",
        "依据",
        f"县/甲小学/学生.xlsx › {SHEET} › G5",
        "还有 2 处",
    ):
        assert text in details
    button.click()
    expect(page.locator("tr.detail")).to_have_count(0)


def test_filters_and_columns_that_would_say_nothing_are_not_shown(browser: sync_api.Browser, tmp_path: Path) -> None:
    photos = Findings([FileReport(f"{n}.jpg") for n in range(3)])
    photos.add(Finding("PHO001", Severity.ERROR, Place("1.jpg")))
    report = Opened(browser, tmp_path, photos, "zh")
    for name in ("school", "class", "column", "rule", "severity"):
        expect(report.page.locator(f"#by-{name}")).to_be_hidden()
    heads = report.page.locator("[data-sort] button:visible").all_inner_texts()
    assert heads == ["级别", "位置", "问题和改法", "现在的值 → 可改为", "规则"]
    report.context.close()


def test_charts_lead_to_their_findings(opened: Opened) -> None:
    opened.page.click("a[data-key=COD002]")
    assert opened.cells == ["G10"]
    opened.page.click('.chart.school a:has-text("甲小学")')
    expect(opened.count).to_have_text("筛选出 122 条，共 123 条")
    opened.page.click('.chart.column a:has-text("性别")')
    assert opened.cells == ["C3", "C4"]


def test_what_to_mend_first_leads_to_its_cells_in_its_file(browser: sync_api.Browser, tmp_path: Path) -> None:
    findings = county()
    phone = findings.blocks[0]
    findings.blocks.append(dataclasses.replace(phone, file=2, rows=[1], values=["1"]))
    findings.causes = [
        Cause(phone.rule, findings.files[0].path, SHEET, "phone", phone.header, "column", "", 120, 2, 121)
    ]
    report = Opened(browser, tmp_path, findings, "zh")
    report.page.click(".mends .button")
    expect(report.count).to_have_text("筛选出 120 条，共 124 条")
    report.context.close()


def test_too_many_files_to_choose_from_are_found_by_their_name(browser: sync_api.Browser, tmp_path: Path) -> None:
    names = [f"{school}/{n}.jpg" for school in "甲乙" for n in range(600)]
    findings = Findings([FileReport(name) for name in names])
    for name in names:
        findings.add(Finding("PHO001", Severity.ERROR, Place(name)))
    findings.causes = [Cause("PHO001", "乙/77.jpg", "", "", "", "column", "", 9, 0, 0)]
    report = Opened(browser, tmp_path, findings, "zh")
    assert report.page.locator("#by-school option").all_inner_texts() == [
        "全部",
        "甲（全部） (600)",
        "乙（全部） (600)",
    ]
    report.page.click(".mends .button")
    assert report.page.locator("td.where").all_inner_texts() == ["乙/77.jpg"]
    report.context.close()


def test_keyboard_alone_is_enough(opened: Opened) -> None:
    page = opened.page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#findings")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#by-school")).to_be_focused()
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(page.locator("#by-text")).to_be_focused()
    page.keyboard.type("G10")
    page.keyboard.press("Enter")
    assert opened.cells == ["G10"]
    for _ in range(2 + page.locator("[data-sort]").count()):
        page.keyboard.press("Tab")
    expect(page.locator("button.open")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("tr.detail")).to_have_count(1)


def test_screen_reader_meets_named_controls_and_a_table(opened: Opened) -> None:
    page = opened.page
    page.locator("#findings").scroll_into_view_if_needed()
    for name in ("学校或文件", "班级", "列", "规则", "级别"):
        expect(page.get_by_role("combobox", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("searchbox", name="搜索")).to_be_visible()
    expect(page.get_by_role("table", name="问题清单").get_by_role("columnheader")).to_have_count(7)
    expect(page.get_by_role("button", name=re.compile("展开详情 X2 联系电话"))).to_be_visible()
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, a, select, input')].filter(e => !(e.labels?.length || e.textContent.trim()"
        " || e.getAttribute('aria-label'))).length"
    )
    assert nameless == 0


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_fault_against_wcag_2_2_aa(browser: sync_api.Browser, tmp_path: Path, lang: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    source = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    # The page lets no script run but its own; the auditor is let past its policy.
    report = Opened(browser, tmp_path, county(), lang, viewport={"width": width, "height": 900}, bypass_csp=True)
    report.page.locator("button.open").first.click()
    report.page.evaluate(source)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    told = report.page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", tags)
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in told["violations"]] == []
    assert len(told["passes"]) > 20
    report.context.close()


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d");
  const rgb = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
  const light = (colour) => { const [r, g, b] = [...colour].slice(0, 3).map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return rgb("white"); };
  const poor = [];
  for (const e of document.querySelectorAll("main *, header *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility() || e.getAttribute("aria-disabled") === "true") continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(e.className + " " + e.textContent.slice(0, 20) + " " + ratio.toFixed(2));
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_in_light_and_dark(browser: sync_api.Browser, tmp_path: Path, scheme: str) -> None:
    report = Opened(browser, tmp_path, county(), "zh", color_scheme=scheme)
    report.page.locator("button.open").first.click()
    assert report.page.evaluate(CONTRAST) == []
    report.page.click("#theme")
    other = {"light": "dark", "dark": "light"}[scheme]
    expect(report.page.locator("html")).to_have_attribute("data-theme", other)
    assert report.page.evaluate(CONTRAST) == []
    report.page.reload()
    expect(report.page.locator("html")).to_have_attribute("data-theme", other)
    report.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "findings", [county(), hostile(), many(60), Findings()], ids=["county", "hostile", "many", "none"]
)
def test_nothing_sticks_out_of_a_phone(
    browser: sync_api.Browser, tmp_path: Path, findings: Findings, lang: str
) -> None:
    report = Opened(browser, tmp_path, findings, lang, viewport={"width": 360, "height": 740})
    for fold in report.page.locator("details:not([open]) > summary").all():
        fold.click()
    if len(findings):
        report.page.locator("button.open").first.click()
    assert report.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert report.complaints == []
    report.context.close()


def test_hostile_texts_run_nothing(browser: sync_api.Browser, tmp_path: Path) -> None:
    report = Opened(browser, tmp_path, hostile(), "zh")
    for button in report.page.locator("button.open").all():
        button.click()
    assert "<img src=x onerror=alert(1)>" in report.page.locator("#rows").inner_text()
    assert report.page.locator("img").count() == 0
    assert report.complaints == []
    assert len(report.requests) == 1
    report.context.close()


def test_hundred_thousand_findings_stay_usable(browser: sync_api.Browser, tmp_path: Path) -> None:
    report = Opened(browser, tmp_path, many(100_000), "zh")
    expect(report.count).to_have_text("共 100,000 条")
    report.page.fill("#by-text", "x99999")
    expect(report.count).to_have_text("筛选出 1 条，共 100,000 条", timeout=3_000)
    assert report.cells == ["X99999"]
    report.page.click("button[type=reset]")
    expect(report.count).to_have_text("共 100,000 条")
    report.page.click("[data-sort=cell] button")
    report.page.click("[data-sort=cell] button")
    assert report.cells[0] == "X100001"
    assert report.page.locator("tr.data").count() == 50
    report.context.close()


def _words_of(pdf: Path) -> str:
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("no pdftotext")
    import subprocess

    return subprocess.run([tool, "-layout", str(pdf), "-"], capture_output=True, check=True).stdout.decode()


def test_paper_shows_the_picture_and_all_findings_of_the_filter(opened: Opened, tmp_path: Path) -> None:
    opened.page.select_option("#by-class", label="2024101 小学2024级1班 (60)")
    opened.page.pdf(path=tmp_path / "a.pdf", prefer_css_page_size=True)
    printed = _words_of(tmp_path / "a.pdf")
    assert "有 121 个错误要改" in printed and "已损坏" in printed
    rows = re.findall(r"\bX[0-9]+\b", printed)
    assert rows == [f"X{row}" for row in range(62, 122)], "more than the page on the screen, each with its value"
    assert "60 处" in printed and "X62 60" in printed
    assert "筛选：" in printed and "2024101 小学2024级1班" in printed
    assert printed.count("问题和改法") == printed.count("\f") - 1, "the head of the table on every page of it"
    assert "清除筛选" not in printed and "下一页" not in printed
    assert len(opened.cells) == 50, "the screen is as it was"


def test_what_is_said_of_a_whole_column_is_one_entry_on_paper(browser: sync_api.Browser, tmp_path: Path) -> None:
    report = Opened(browser, tmp_path, many(1_200), "en")
    report.page.pdf(path=tmp_path / "a.pdf", prefer_css_page_size=True)
    printed = _words_of(tmp_path / "a.pdf")
    assert re.findall(r"\bX[0-9]+\b", printed) == ["X2", "X1201"]
    assert "1,200 cells" in printed and printed.count("\f") <= 3
    assert "Printed:" not in printed, "nothing is left out"
    report.context.close()


def test_paper_has_a_bound_and_says_so(browser: sync_api.Browser, tmp_path: Path) -> None:
    """1,200 columns with a fault each are 1,200 entries; infos are for the screen."""
    (one,) = many(1).all_blocks()
    columns = [dataclasses.replace(one, column=100 + number) for number in range(1_200)]
    info = dataclasses.replace(one, severity=Severity.INFO, rows=[5])
    report = Opened(browser, tmp_path, Findings(many(1).files, [*columns, info]), "en")
    report.page.pdf(path=tmp_path / "a.pdf", prefer_css_page_size=True)
    printed = _words_of(tmp_path / "a.pdf")
    assert len(re.findall(r"\b[A-Z]{2,3}2\b", printed)) == 1_000
    assert "Printed: 1,000 of 1,201" in printed and "infos left out" in printed
    report.context.close()


def test_summary_can_be_read_without_scripts(browser: sync_api.Browser, tmp_path: Path) -> None:
    report = Opened(browser, tmp_path, county(), "zh", java_script_enabled=False)
    seen = report.page.inner_text("body")
    for words in ("有 121 个错误要改", "没有错误的学生", "甲小学", "COD002", "已损坏", "换用 Edge"):
        assert words in seen
    assert "清除筛选" not in seen
    report.context.close()
