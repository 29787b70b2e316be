"""A user's own form: extends one of ours, and is refused in one sentence when it is malformed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.errors import UsageError
from stuvalid.forms import chosen_forms, template, templates
from stuvalid.rules.examples import record

BUS = """
id = "student-bus"
title = "带校车编号的学生表"
extends = "student-2013"

[[field]]
key = "bus_number"
header = "校车编号"
aliases = ["校车号"]
required = "school_bus == '是'"

[override.phone]
header = "家长手机"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "form.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_it_has_the_parents_columns_its_own_and_its_differences(tmp_path: Path) -> None:
    form = template(str(written(tmp_path, BUS)))
    parent = template("student-2013")
    assert form.keys == (*parent.keys, "bus_number")
    own, changed = form.field("bus_number"), form.field("phone")
    assert own is not None
    assert own.condition is not None
    assert (own.header, own.aliases, own.condition.key) == ("校车编号", ("校车号",), "school_bus")
    assert changed is not None
    assert (changed.header, changed.kind) == ("家长手机", "phone")
    assert parent.field("phone").header != "家长手机"  # type: ignore[union-attr]


def test_check_matches_and_judges_by_it(tmp_path: Path) -> None:
    path = written(tmp_path, BUS)
    form = template(str(path))
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    page = book.add_worksheet("学生")
    for row, changes in enumerate([{}, {"school_bus": "是"}, {"school_bus": "是", "bus_number": "晋A1"}], 1):
        values: dict[str, Any] = {**record(row, form), **changes}
        for column, entry in enumerate(form.fields):
            page.write_string(0, column, entry.header)
            page.write_string(row, column, values[entry.key])
    book.close()
    (tmp_path / "pupils.xlsx").write_bytes(stream.getvalue())
    done = subprocess.run(
        [sys.executable, "-m", "stuvalid", "check", str(tmp_path / "pupils.xlsx"), "-t", str(path), "-f", "json"],
        capture_output=True,
        check=False,
        timeout=900,
    )
    report = json.loads(done.stdout)
    assert report["files"][0]["template"] == "student-bus"
    assert [
        (entry["rule"], entry["field"], entry["row"]) for entry in report["findings"] if entry["severity"] == "error"
    ] == [("REQ002", "bus_number", 3)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id = ", "TOML"),
        ('extends = "student-2103"', "student-2103"),
        ("id = 3", "id"),
        ('titel = "x"', "title"),
        ('extends = "student-2013"\n[[field]]\nheader = "校车"', "field"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nkind = "colour"', "colour"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\naliases = "x"', "aliases"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nkind = "code"\ncodes = "ethnicty"', "ethnicity"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nrequired = "sometimes"', "sometimes"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nrequired = "bsu == \'x\'"', "bsu"),
        ('columns = ["name", "nothing"]\nextends = "student-2013"', "nothing"),
        ('override = "x"', "override"),
        ('extends = "student-2013"\nid = "student-2013"', "student-2013"),
        ('extends = "form.toml"', "extends it"),
        ('extends = "gone.toml"', "gone.toml"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nheader = "姓名"', "姓名"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nkind = "code"', "no codes"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nkind = "text"\ncodes = "sex"', "must be code"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\ncodes = "gone.csv"', "gone.csv"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nrequired = "school_bus == \'有\'"', "'有'"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nrequired = "sex == \'男性\'"', "'男性'"),
        ('extends = "student-2013"\n[[field]]\nkey = "bus"\nrequired = "shcool_bus == \'是\'"', "mean school_bus"),
    ],
)
def test_a_malformed_one_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        template(str(written(tmp_path, text)))
    assert said in caught.value.text("en")
    assert "\n" not in caught.value.text("zh").strip()


def test_lists_and_parents_are_found_beside_the_form_wherever_the_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    province, county = tmp_path / "省", tmp_path / "省" / "县"
    county.mkdir(parents=True)
    (province / "lists").mkdir()
    (province / "lists" / "line.csv").write_text("name\n1路\n2路\n", encoding="utf-8")
    (county / "stop.csv").write_text("name\n东门\n", encoding="utf-8")
    (province / "province.toml").write_text(
        'id = "province"\nextends = "student-2013"\n[[field]]\nkey = "line"\nheader = "线路"\ncodes = "lists/line.csv"\n',
        encoding="utf-8",
    )
    path = written(
        county,
        'id = "county"\nextends = "../province.toml"\n[[field]]\nkey = "stop"\nheader = "站点"\ncodes = "stop.csv"\n'
        "required = \"line == '1路'\"\n",
    )
    monkeypatch.chdir(county)
    form = template(path.name)
    monkeypatch.chdir("/")
    from stuvalid import codes

    line, stop = form.field("line"), form.field("stop")
    assert line is not None and stop is not None
    assert (line.kind, codes.load(line.codes).names, codes.load(stop.codes).names) == ("code", {"1路", "2路"}, {"东门"})
    assert form.keys == (*template("student-2013").keys, "line", "stop")


WORDS = st.text("abkey字段.{n} ", max_size=6)
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["id", "extends", "columns", "field", "member", "override", "sheets"]), VALUES))
def test_no_shape_makes_it_crash(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {_toml(value)}" for key, value in data.items())
    tomllib.loads(text)
    try:
        form = template(str(written(tmp_path_factory.mktemp("form"), text)))
    except UsageError as error:
        assert error.text("en")
    else:
        assert all(entry.member in (0, 1, 2) for entry in form.fields)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value % (1 << 60))


def test_ours_all_load_and_name_what_exists() -> None:
    from stuvalid.forms.loading import _usable

    assert len(templates()) >= 5
    for form in templates():
        assert _usable(form, form.id) is form
    assert chosen_forms("") == templates()
