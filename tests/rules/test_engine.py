from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.commands.common import FAILED, Reporting, exit_code
from stuvalid.excel import parse_address, read_workbook
from stuvalid.findings import FileReport, Findings, RuleRuns
from stuvalid.forms.table import Part, join
from stuvalid.received.walk import Source
from stuvalid.report.wording import Wording
from stuvalid.rules.engine import check_table
from stuvalid.rules.examples import TODAY, form_sheet
from stuvalid.rules.registry import find_rule
from tests.books import workbook


def _boom(*_: object) -> None:
    raise ZeroDivisionError("110105201501010017")


def test_a_crashing_rule_is_named_and_is_no_pass() -> None:
    sheet = form_sheet([{"ethnicity": "汉"}])[0]
    table = join(sheet.match.template, [Part(0, sheet.sheet, sheet.match, sheet.rows.records)], TODAY)
    planted = [replace(find_rule(name), function=_boom) for name in ("COD001", "IDN020")]
    outcome = check_table(table, (*planted, find_rule("COD002")))
    assert outcome.runs.crashed.keys() == {"COD001", "IDN020"}
    assert "110105201501010017" not in str(outcome.runs.crashed)
    assert [block.rule for block in outcome.blocks] == ["COD002"]
    ignoring = check_table(table, [rule for rule in planted if rule.id != "COD001"])
    assert ignoring.runs.crashed.keys() == {"IDN020"}
    findings = Findings([FileReport("a.xlsx", rules=RuleRuns(crashed=outcome.runs.crashed))])
    assert exit_code(findings, Reporting(exit_zero=True)) == FAILED


def test_an_ignored_rule_leaves_its_cells_to_no_other() -> None:
    data = workbook([{"ethnicity": "汉"}, {"birth_date": "2007-03-06"}])
    told = {}
    for ignored in ((), ("COD002",), ("DAT",), ("COD002", "DAT001")):
        findings = check_sources(
            [Source("a.xlsx", data=data)], CheckOptions(isolated=False, today=TODAY, ignore=ignored)
        )
        told[ignored] = set(findings.by_rule())
    rest = told["COD002", "DAT001"]
    assert "COD002" in told[()]
    assert told["COD002",] == told[()] - {"COD002"}
    assert told["DAT",] == {rule for rule in told[()] if not rule.startswith("DAT")}
    assert rest == {"IDN021"}, "the date that an ignored rule mends is still compared with the number"


VALUES = st.one_of(
    st.text(max_size=20).filter(lambda text: text.isprintable()), st.sampled_from(["汉", " 男", "1", "无", "20200230"])
)
KEYS = st.sampled_from(
    ["name", "sex", "birth_date", "id_number", "phone", "home_address", "class_code", "email", "health"]
)


@settings(max_examples=25, deadline=None)
@given(changes=st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=4), titles=st.integers(0, 3))
def test_the_value_at_every_reported_address_is_the_reported_value(changes: list[dict[str, str]], titles: int) -> None:
    data = workbook(changes, titles=["标题"] * titles)
    sheet = read_workbook(data).sheets[0]
    findings = check_sources([Source("a.xlsx", data=data)], CheckOptions(isolated=False, today=TODAY))
    for finding in findings:
        if finding.place.cell and finding.value:
            assert sheet.text(*parse_address(finding.place.cell)) == finding.value


def test_a_class_code_that_is_wrong_is_not_also_told_to_be_alone() -> None:
    for change, rule in (({"class_code": "2013201"}, "ENR002"), ({"class_code": "2012101"}, "ENR001")):
        data = workbook([*({},) * 30, change])
        findings = check_sources([Source("a.xlsx", data=data)], CheckOptions(isolated=False, today=TODAY))
        assert [finding.rule for finding in findings if finding.field == "class_code"] == [rule]


def test_the_mended_header_of_a_private_field_is_shown() -> None:
    data = workbook([{}], headers={"id_number": "身份证件号码"})
    findings = check_sources([Source("a.xlsx", data=data)], CheckOptions(isolated=False, today=TODAY))
    shown = {Wording().fix_value(finding) for finding in findings if finding.rule == "TPL006"}
    assert shown == {"身份证件号"}


def test_what_could_not_be_judged_is_told_of_the_file_it_is_in() -> None:
    sources = [
        Source("bad.xlsx", data=workbook([{"birth_date": "20150230"}])),
        Source("good.xlsx", data=workbook([{}, {}])),
    ]
    bad, good = check_sources(sources, CheckOptions(isolated=False, today=TODAY)).files
    assert bad.rules.unknown["IDN021"] == 1
    assert not good.rules.unknown
