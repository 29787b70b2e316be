"""`stuvalid template`: a blank form is the form, to a person and to `check`; filled rightly it has no finding."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

from samples.people import People
from stuvalid import codes
from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.forms import Template, templates
from stuvalid.forms.blank import blank_form
from stuvalid.received.walk import Source
from tests.program import stuvalid as run

SOFFICE = shutil.which("soffice")
every_form = pytest.mark.parametrize("form", templates(), ids=lambda form: form.id)


def filled(form: Template, count: int, *, example: bool) -> bytes:
    """The blank form with pupils typed in from the first row on, over the example if there is one."""
    book = openpyxl.load_workbook(io.BytesIO(blank_form(form, rows=count + 5, example=example)))
    sheet = book.worksheets[0]
    for row, values in enumerate(People(11).rows(form, count), 2):
        for column, entry in enumerate(form.fields, 1):
            sheet.cell(row, column).value = values[entry.key] or None
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@every_form
def test_filled_rightly_it_has_no_finding(form: Template) -> None:
    for example in (True, False):
        findings = check_sources(
            [Source("a.xlsx", data=filled(form, 30, example=example))], CheckOptions(isolated=False)
        )
        assert findings.files[0].template == form.id
        assert findings.files[0].rows == 30
        assert [(finding.rule, finding.place.cell, finding.value) for finding in findings] == []


@every_form
def test_unfilled_it_is_known_and_its_example_is_no_pupil(form: Template) -> None:
    findings = check_sources([Source("a.xlsx", data=blank_form(form, rows=20))], CheckOptions(isolated=False))
    assert findings.files[0].template == form.id
    assert findings.files[0].rows == 0
    assert set(findings.by_rule()) == {"TPL010", "TPL012"}


@every_form
def test_headers_formats_and_dropdowns(form: Template) -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank_form(form, rows=50, example=False)))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == [entry.header for entry in form.fields]
    red = {cell.value for cell in sheet[1] if cell.font.color is not None and cell.font.color.rgb == "FFC00000"}
    assert red == {entry.header for entry in form.fields if entry.required}
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    assert sheet.freeze_panes == "A2"
    assert book["代码表"].sheet_state == "hidden"
    lists = [validation for validation in sheet.data_validations.dataValidation if validation.type == "list"]
    areas = [area for validation in lists for area in validation.sqref.ranges]
    dropped = {column for area in areas for column in range(area.min_col, area.max_col + 1)}
    assert dropped == {number for number, entry in enumerate(form.fields, 1) if entry.kind == "code"}
    listed = {cell.value for column in book["代码表"].iter_cols() for cell in column}
    for entry in form.fields:
        if entry.kind == "code":
            assert codes.load(entry.codes).offered(entry.audience) <= listed


@every_form
def test_the_example_is_a_likely_pupil_and_fills_what_must_be_filled(form: Template) -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank_form(form, rows=3)))
    sheet = book.worksheets[0]
    shown = {entry.key: sheet.cell(2, column).value for column, entry in enumerate(form.fields, 1)}
    assert shown["name"].startswith("示例")
    assert sheet["A2"].comment is not None
    assert [entry.key for entry in form.fields if entry.required and not shown[entry.key]] == []
    for entry in form.fields:
        if entry.kind == "code" and shown[entry.key]:
            assert shown[entry.key] in codes.load(entry.codes).offered(entry.audience)
    assert shown.get("political_status") in (None, "群众")
    assert shown["member2.relation"] == "母亲"


def test_rows_are_prepared_as_many_as_asked_and_a_million_cost_no_more() -> None:
    form = templates()[0]
    sheet = openpyxl.load_workbook(io.BytesIO(blank_form(form, rows=50))).worksheets[0]
    assert sheet.max_row == 52
    assert sheet["C52"].border.left.style == "thin"
    assert sheet["C52"].number_format == "@"
    large = blank_form(form, rows=1_000_000)
    assert len(large) < 6_000_000
    with zipfile.ZipFile(io.BytesIO(large)) as package:
        assert b"C2:C1000002" in package.read("xl/worksheets/sheet1.xml")


def test_a_condition_names_the_other_column_as_the_form_does() -> None:
    form = next(form for form in templates() if form.id == "student-2022")
    sheet = openpyxl.load_workbook(io.BytesIO(blank_form(form, rows=3))).worksheets[0]
    notes = [cell.comment.text for cell in sheet[1] if cell.comment]
    assert "“是否残疾人”为“是”时必填" in notes


def test_the_command_writes_it_and_refuses_what_it_should(tmp_path: Path) -> None:
    out = tmp_path / "空表.xlsx"
    assert run("template", "student-2022", "-o", str(out), "--rows", "30").returncode == 0
    before = out.read_bytes()
    assert run("template", "student-2022", "-o", str(out)).returncode == 2
    assert out.read_bytes() == before
    assert run("template", "student-2022", "-o", str(out), "--force").returncode == 0
    assert run("template", "student-2022", "-o", str(tmp_path / "a.xls")).returncode == 2
    near = run("template", "student-2102", "-o", str(tmp_path / "b.xlsx"))
    assert near.returncode == 2
    assert "student-2022" in near.stderr.decode() or "student-2013" in near.stderr.decode()
    report = json.loads(run("check", str(out), "-f", "json").stdout)
    assert report["files"][0]["template"] == "student-2022"


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_it_opens_in_libreoffice(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(blank_form(templates()[0], rows=20))
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "a.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=900,
    )
    assert "示例" in (tmp_path / "a.csv").read_text(encoding="utf-8")
