"""What the workbook's own dropdown offers is right there and what it does not offer is wrong there; our list comes second."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import load_workbook

from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.errors import UsageError
from stuvalid.excel.address import column_letter
from stuvalid.findings import Finding
from stuvalid.forms import template
from stuvalid.mending.fix import FixOptions, fix_sources
from stuvalid.received.walk import Source
from stuvalid.rules.examples import TODAY, number, record
from tests.program import stuvalid

Lists = Mapping[str, Sequence[str]]
RELATIONS = ("父亲", "母亲", "祖父", "祖母", "外祖父", "外祖母", "兄弟姐妹", "其他")
IDS = ("居民身份证", "港澳居民来往内地通行证（香港）", "港澳居民来往内地通行证（澳门）", "护照", "其他")
STYLES = ("inline", "range", "name", "indirect", "column")


def book(
    changes: Sequence[Mapping[str, str]],
    lists: Lists,
    *,
    form: str = "student-2013",
    style: str = "inline",
    rows: int = 500,
    headers: Mapping[str, str] | None = None,
    error: str = "stop",
) -> bytes:
    """A form with dropdowns of its own in some columns; ``style`` is how they are fed."""
    known = template(form)
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True})
    page = made.add_worksheet(known.sheets[0])
    for column, entry in enumerate(known.fields):
        page.write_string(0, column, (headers or {}).get(entry.key, entry.header))
        for row, change in enumerate(changes):
            text = {**record(row, known), **change}[entry.key]
            if text:
                page.write_string(row + 1, column, text)
    hidden = made.add_worksheet("字典")
    hidden.hide()
    for at_column, (key, texts) in enumerate(lists.items()):
        hidden.write_column(0, at_column, texts)
        letter = column_letter(at_column)
        area = f"字典!${letter}$1:${letter}${len(texts)}"
        made.define_name(f"表{at_column}", f"={area}")
        source = {
            "inline": list(texts),
            "range": f"={area}",
            "name": f"=表{at_column}",
            "indirect": f'=INDIRECT("表{at_column}")',
            "column": f"=字典!${letter}:${letter}",
        }[style]
        at = known.keys.index(key)
        page.data_validation(1, at, rows, at, {"validate": "list", "source": source, "error_type": error})
    made.close()
    return stream.getvalue()


def told(data: bytes, template_: str | None = None) -> list[Finding]:
    options = CheckOptions(isolated=False, today=TODAY, template=template_ or "")
    return [finding for finding in check_sources([Source("a.xlsx", data=data)], options) if finding.rule[:3] != "TPL"]


def mended(data: bytes, *, unsafe: bool = False) -> dict[str, str]:
    """New text by cell."""
    options = FixOptions(CheckOptions(isolated=False, today=TODAY), unsafe=unsafe)
    (file,) = fix_sources([Source("a.xlsx", data=data)], options).files
    return {change.field: change.new for change in file.changes}


OFFERED: tuple[tuple[str, Sequence[str], str], ...] = (
    ("left_behind", ("是", "否"), "否"),
    ("political_status", ("中共共产党预备党员", "少先队员", "群众"), "少先队员"),
    ("ethnicity", ("汉族", "毛难族", "穿青族"), "穿青族"),
    ("member1.relation", RELATIONS, "外祖母"),
    ("blood_type", ("未知血型", "A血型"), "A血型"),
    ("nationality", ("中国", "俄罗斯联邦"), "中国"),
    ("overseas_status", ("非港澳台侨", "外国人"), "非港澳台侨"),
    ("entry_way", ("就近入学", "其他"), "其他"),
    ("sex", ("1", "2"), "1"),
    ("health", ("健康", "不健康"), "健康"),
    ("household_division", ("山西省太原市迎泽区", "北京北京市海淀区"), "山西省太原市迎泽区"),
    ("native_place", ("山西太原", "湖南长沙"), "山西太原"),
)


@pytest.mark.parametrize("style", STYLES)
def test_what_is_offered_is_right_and_never_rewritten(style: str) -> None:
    lists = {key: texts for key, texts, _ in OFFERED}
    data = book([{key: text for key, _, text in OFFERED}] * 1, lists, style=style)
    assert [(finding.rule, finding.field, finding.value) for finding in told(data)] == []
    assert mended(data, unsafe=True) == {}


@pytest.mark.parametrize("style", STYLES)
def test_what_is_not_offered_is_wrong_though_our_list_has_it(style: str) -> None:
    lists = {"political_status": ("少先队员", "中国共产主义青年团团员"), "left_behind": ("是", "否")}
    data = book([{"political_status": "群众", "left_behind": "非留守儿童"}], lists, style=style)
    found = {finding.field: finding for finding in told(data)}
    assert {finding.rule for finding in found.values()} == {"COD006"}
    assert found["political_status"].params["ours"] == "（我们的代码表里有，但以这张表为准）"
    assert found["political_status"].params["near"] == "可选：少先队员、中国共产主义青年团团员"
    assert mended(data) == {}


@pytest.mark.parametrize(
    ("key", "texts", "value", "rule", "fix"),
    [
        ("political_status", ("中国共产党党员", "群众"), "中共党员", "COD002", "中国共产党党员"),
        ("political_status", ("中国共产党党员", "群众"), "党员", "COD002", "中国共产党党员"),
        ("ethnicity", ("汉族", "毛难族"), "毛南族", "COD002", "毛难族"),
        ("overseas_status", ("非港澳台侨", "外国人"), "否", "COD002", "非港澳台侨"),
        ("sex", ("男", "女"), "1", "COD001", "男"),
        ("sex", ("男性", "女性"), "男", "COD002", "男性"),
        ("id_type", IDS, "港澳居民来往内地通行证(香港)", "COD002", "港澳居民来往内地通行证（香港）"),
        ("member1.relation", RELATIONS, "爸爸", "COD002", "父亲"),
    ],
)
def test_fix_writes_the_words_of_the_dropdown(key: str, texts: Sequence[str], value: str, rule: str, fix: str) -> None:
    data = book([{key: value}], {key: texts})
    assert (rule, fix) in [(one.rule, one.fix.value if one.fix else None) for one in told(data) if one.field == key]
    assert mended(data)[key] == fix


def test_where_several_are_meant_they_are_named_and_none_is_written() -> None:
    data = book([{"member1.relation": "祖父母或外祖父母"}], {"member1.relation": RELATIONS})
    (finding,) = told(data)
    assert (finding.rule, finding.fix) == ("COD006", None)
    assert finding.params["near"] == "最接近的是“祖父”或“祖母”或“外祖父”或“外祖母”"
    assert mended(data, unsafe=True) == {}


def test_a_fix_from_another_column_is_in_the_words_of_the_dropdown_or_not_at_all() -> None:
    fixes = []
    for texts in (("男生", "女生"), ("甲", "乙")):
        rows = [{}, {}, {}, *[{}] * 20]
        data = book([{"sex": texts[0]}, {"sex": texts[1]}, *({"sex": texts[0]} for _ in rows)], {"sex": texts})
        fixes.append(mended(data, unsafe=True))
    assert fixes == [{"sex": "男生"}, {}]


def test_a_dropdown_that_is_no_list_of_this_column_condemns_nothing() -> None:
    assert told(book([{}], {"ethnicity": ("是", "否"), "name": ("男", "女"), "phone": ("男", "女")})) == []
    pasted = book([{}] * 20, {"ethnicity": ("回族", "藏族")}, rows=3)
    assert told(pasted) == []


def test_a_list_that_lets_others_pass_and_one_that_depends_on_a_cell_condemn_nothing() -> None:
    lists = {"health": ("健康", "不健康")}
    assert told(book([{"health": "健康"}, {"health": "一般或较弱"}], lists, error="warning")) == []
    data = book([{"health": "健康"}, {"health": "一般或较弱"}, {"health": "很好"}], lists, style="range")
    data = _refed(data, "INDIRECT($B2)")
    assert [(finding.rule, finding.place.row) for finding in told(data)] == [("COD004", 3)]


def _refed(data: bytes, formula: str) -> bytes:
    made = load_workbook(io.BytesIO(data))
    for rule in made.worksheets[0].data_validations.dataValidation:
        rule.formula1 = formula
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_conditions_and_rules_read_what_the_words_mean() -> None:
    sar = {"id_type": IDS[1], "id_number": "E1", "nationality": "香港", "overseas_status": "香港同胞"}
    blank = {"birthplace_division": "", "native_place": "", "household_division": "", "household_type": ""}
    data = book([{**sar, **blank}], {"id_type": IDS})
    assert {(finding.rule, finding.field) for finding in told(data)} == {("IDN011", "id_number")}
    born = {"id_number": number("140106", "20150305", 1), "birth_date": "20150305"}
    young = {"political_status": "中国共产党党员", **born}
    lists = {"political_status": ("中国共产党党员", "群众")}
    for text, offered in (("中共党员", {}), ("中国共产党党员", lists), ("中国共产党党员", {})):
        found = told(book([{**young, "political_status": text}], offered))
        assert "ENR011" in {finding.rule for finding in found if finding.field == "political_status"}


def test_headers_that_a_form_marks_in_its_own_way_stay() -> None:
    known = template("student-2022")
    starred = {entry.key: f"{entry.header}*" for entry in known.fields if entry.required}
    data = book([{"ethnicity": "汉", "birth_date": "2007-03-05"}], {}, form="student-2022", headers=starred)
    assert mended(data) == {}
    one = book([{"ethnicity": "汉"}], {}, form="student-2022", headers={"name": "★姓 名"})
    assert mended(one) == {"name": "姓名", "ethnicity": "汉族"}
    offered = book([{"ethnicity": "汉"}], {"ethnicity": ("汉族", "回族")}, form="student-2022", headers=starred)
    assert mended(offered) == {"ethnicity": "汉族"}


def test_poured_into_the_issued_form_the_words_are_those_of_that(tmp_path: Path) -> None:
    data = book([{"blood_type": "A血型", "political_status": "少先队员"}], {"blood_type": ("A血型",), "political_status": ("少先队员", "群众")})  # fmt: skip
    (tmp_path / "a.xlsx").write_bytes(data)
    done = stuvalid("fix", tmp_path / "a.xlsx", "--to-form", "-o", tmp_path / "b.xlsx")
    assert "放进了" in done.stderr.decode()
    page = load_workbook(tmp_path / "b.xlsx").worksheets[0]
    keys = template("student-2013").keys
    assert page.cell(2, keys.index("blood_type") + 1).value == "A"
    assert page.cell(2, keys.index("political_status") + 1).value == "少先队员"
    assert [finding.rule for finding in told((tmp_path / "b.xlsx").read_bytes())] == ["COD003"]


OWN = """
id = "hengzhou-2026"
title = "衡州市新生登记表"
extends = "student-2022"
sheets = ["新生"]

[override.name]
header = "姓名*"

[override.id_type]
codes = "lists/证件.csv"
audience = ""

[override.political_status]
codes = "lists/面貌.csv"
audience = ""

[override.class_name]
pattern = "[0-9]{2}级[0-9]{2}班"
example = "26级01班"

[member_override.name]
header = "家长{一}姓名"

[override."member2.name"]
required = "no"

[[field]]
key = "region"
header = "户籍区县*"
codes = "lists/区县.csv"
required = "yes"

[[field]]
key = "rent"
header = "租房合同号"
required = "region == '外地'"
"""
LISTS = {
    "证件": "name,aliases\n居民身份证,身份证\n港澳居民来往内地通行证（香港）,\n其他,\n",
    "面貌": "name\n少先队员\n共青团员\n群众\n",
    "区县": "name\n衡州市东区\n衡州市西区\n外地\n",
}


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "lists").mkdir()
    for name, text in LISTS.items():
        (tmp_path / "lists" / f"{name}.csv").write_text(text, encoding="utf-8")
    path = tmp_path / "hengzhou.toml"
    path.write_text(OWN, encoding="utf-8")
    return str(path)


GOOD = {"political_status": "少先队员", "class_name": "26级01班", "grade": "初一", "region": "衡州市东区", "rent": ""}


def test_a_citys_own_form_costs_a_toml_and_lists(own: str) -> None:
    known = template(own)
    assert known.field("member2.name").header == "家长二姓名"  # type: ignore[union-attr]
    assert told(book([GOOD, GOOD], {}, form=own), own) == []
    second = {key: "" for key in known.keys if key.startswith("member2.")}
    assert [finding.rule for finding in told(book([{**GOOD, **second}], {}, form=own), own)] == []
    wrong = [
        {**GOOD, "id_type": "护照"},
        {**GOOD, "political_status": "少年先锋队队员"},
        {**GOOD, "class_name": "初一1班"},
        {**GOOD, "region": "衡州市南区"},
        {**GOOD, "region": "外地"},
        {**GOOD, "member1.guardian": "√"},
    ]
    found = {(finding.place.row, finding.field) for finding in told(book(wrong, {}, form=own), own)}
    wanted = {
        (1, "id_type"),
        (2, "political_status"),
        (3, "class_name"),
        (4, "region"),
        (5, "rent"),
        (6, "member1.guardian"),
    }
    assert wanted <= found
    assert {row for row, _ in found} == {1, 2, 3, 4, 5, 6}


def test_the_dropdown_goes_before_the_list_of_a_users_own_form(own: str) -> None:
    data = book([{**GOOD, "political_status": "团员"}, {**GOOD, "political_status": "群众"}], {"political_status": ("团员", "少先队员")}, form=own)  # fmt: skip
    assert [(finding.rule, finding.place.row) for finding in told(data, own)] == [("COD006", 2)]


@pytest.mark.parametrize("line", ['pattern = "["', 'pattern = "[0-9]"', 'kind = "date"\npattern = "[0-9]{4}"'])
def test_a_pattern_that_does_not_do_is_refused(line: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        f'id = "x"\nextends = "student-2022"\n[override.class_name]\nexample = "ab"\n{line}\n', encoding="utf-8"
    )
    with pytest.raises(UsageError, match="pattern"):
        template(str(path))
