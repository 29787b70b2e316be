"""A damaged file is told as damaged: what reads otherwise than the sound one carries a note, and every note is told."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import xlwt
from typer.testing import CliRunner

from stuvalid.check.conductor import check_paths
from stuvalid.check.run import CheckOptions
from stuvalid.cli import app
from stuvalid.errors import UnreadableFile
from stuvalid.excel import Workbook, read_workbook
from stuvalid.findings import Findings, Severity
from stuvalid.rules import reading
from tests.books import workbook
from tests.excel.raw_books import raw_xlsx, zipped

FLIPS = 400
TOLD_AS_DAMAGED = reading.TOLD - {"extension-mismatch", "biff-old", "recalculation-missing"}


def sound() -> bytes:
    return workbook([{}] * 10)


def values(book: Workbook) -> list[tuple[str, list[list[str]]]]:
    return [(sheet.name, sheet.head(sheet.height)) for sheet in book.sheets]


def test_a_flipped_bit_is_harmless_refused_or_told() -> None:
    data, rng = sound(), random.Random(20261126)
    right = values(read_workbook(data))
    told = 0
    for _ in range(FLIPS):
        place, bit = rng.randrange(len(data)), rng.randrange(8)
        flipped = data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]
        try:
            book = read_workbook(flipped)
        except UnreadableFile:
            continue
        if values(book) != right:
            told += 1
            assert {note.code for note in book.notes} & TOLD_AS_DAMAGED, (place, bit)
    assert told > FLIPS // 10


Parts = dict[str, bytes]


def changed(change: Callable[[Parts], None], data: bytes | None = None) -> bytes:
    """The sound workbook with its parts changed, in a whole archive."""
    with zipfile.ZipFile(io.BytesIO(data or sound())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    return zipped(parts)


SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def replaced(name: str, old: bytes, new: bytes, count: int = 1) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new, count)

    return change


def cut_sheet(parts: Parts) -> None:
    parts[SHEET] = parts[SHEET][: parts[SHEET].index(b'<row r="7"')]


def without_last_tag(parts: Parts) -> None:
    parts[SHEET] = parts[SHEET].replace(b"</worksheet>", b"")


def second_sheet_data(parts: Parts) -> None:
    middle = parts[SHEET].index(b'<row r="7"')
    parts[SHEET] = parts[SHEET][:middle] + b"</sheetData><sheetData>" + parts[SHEET][middle:]


def row_beyond(parts: Parts) -> None:
    parts[SHEET] = re.sub(rb'r="([A-Z]+)11"', rb'r="\g<1>1048580"', parts[SHEET])


def prefixed(parts: Parts) -> None:
    parts[SHEET] = (
        re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", parts[SHEET]).replace(b"xmlns=", b"xmlns:x=").replace(b"<x:?", b"<?")
    )


def stray_character(text: bytes) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        prefixed(parts)
        cell = b'<x:c r="A5" t="str"><x:v>\xe7\x8e\x8b' + text + b"</x:v></x:c>"
        parts[SHEET] = re.sub(rb'<x:c r="A5"[^>]*>.*?</x:c>', cell, parts[SHEET], count=1)

    return change


def in_strings(text: bytes, part: bytes = b"si") -> Callable[[Parts], None]:
    """``text`` in the middle of the address that stands among the shared strings, or as ``part`` of its cell."""

    def change(parts: Parts) -> None:
        broken = "山西省太原市".encode() + text + "迎泽区双塔西街12号".encode()
        if part == b"si":
            parts[STRINGS], count = re.subn(
                rb"<t>\xe5\xb1\xb1\xe8\xa5\xbf[^<]*12[^<]*</t>", b"<t>" + broken + b"</t>", parts[STRINGS], count=1
            )
        else:
            cell = {b"str": b"<v>%s</v>", b"inlineStr": b"<is><t>%s</t></is>"}[part] % broken
            cell = rb'<c r="T5" t="' + part + rb'">' + cell + b"</c>"
            parts[SHEET], count = re.subn(rb'<c r="T5"[^>]*>.*?</c>', lambda _: cell, parts[SHEET], count=1)
        assert count

    return change


def cut_strings(parts: Parts) -> None:
    parts[STRINGS] = parts[STRINGS][: len(parts[STRINGS]) - 60]


def fewer_strings(parts: Parts) -> None:
    parts[STRINGS] = re.sub(rb"<si>.*?</si>", b"", parts[STRINGS], count=1)


def second_sheet(parts: Parts) -> None:
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        b"</sheets>", '<sheet name="2班" sheetId="2" r:id="rId77"/></sheets>'.encode()
    )


def destroyed_second_sheet(parts: Parts) -> None:
    second_sheet(parts)
    relation = b'<Relationship Id="rId77" Type="http://x/worksheet" Target="worksheets/sheet2.xml"/></Relationships>'
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(b"</Relationships>", relation)
    parts["xl/worksheets/sheet2.xml"] = b"\0" * 500


def without_styles(parts: Parts) -> None:
    del parts["xl/styles.xml"]


DAMAGE: Mapping[str, tuple[Callable[[Parts], None], str, int]] = {
    "the sheet ends after row 6": (cut_sheet, "FIL001", 2),
    "the last tag is missing": (without_last_tag, "FIL003", 2),
    "two sheetData": (second_sheet_data, "FIL004", 1),
    "a pupil beyond the last row": (row_beyond, "FIL005", 2),
    "a control character": (stray_character(b"\x01"), "FIL007", 1),
    "an entity of HTML": (stray_character(b"&nbsp;"), "FIL007", 1),
    "a character that is none": (stray_character(b"&#1;"), "FIL007", 1),
    "no character at all": (stray_character(b"\xff"), "FIL007", 1),
    "an ampersand": (stray_character(b" & "), "FIL007", 1),
    **{
        f"{what} in a {part.decode()}": (
            in_strings(text, part),
            "FIL007",
            2 if (what, part != b"si") == ("angle", True) else 1,
        )
        for part in (b"si", b"str", b"inlineStr")
        for what, text in {
            "entity": b"&nbsp;",
            "character 0": b"&#0;",
            "half a character": b"&#xD801;",
            "ampersand": b" & ",
            "byte": b"\xff",
            "angle": "<省".encode(),
        }.items()
    },
    "the texts are cut": (cut_strings, "FIL003", 2),
    "a text is missing": (fewer_strings, "FIL003", 2),
    "a sheet that no part is for": (second_sheet, "FIL002", 2),
    "a sheet of zeros": (destroyed_second_sheet, "FIL002", 2),
    "no styles": (without_styles, "FIL003", 2),
    "a text that is not there": (replaced(SHEET, b"<v>3</v>", b"<v>99999</v>"), "FIL005", 2),
    "a cell twice": (replaced(SHEET, b'r="B5"', b'r="A5"'), "FIL004", 1),
}


def checked(path: Path, **options: object) -> Findings:
    return check_paths([path], CheckOptions(isolated=False, **options))[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_an_error_at_the_file(kind: str, tmp_path: Path) -> None:
    change, rule, code = DAMAGE[kind]
    path = tmp_path / "a.xlsx"
    path.write_bytes(changed(change))
    findings = checked(path)
    told = {finding.rule: finding for finding in findings if finding.rule.startswith("FIL")}
    assert told[rule].severity is Severity.ERROR
    (entry,) = findings.account()
    assert (entry.kind, entry.incomplete) == (reading.DAMAGED, code == 2)
    assert findings.incomplete == (code == 2)


def test_a_sheet_that_is_cut_says_up_to_which_row(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(changed(cut_sheet))
    (finding,) = (finding for finding in checked(path) if finding.rule == "FIL001")
    assert finding.params["row"] == "6"
    assert finding.place.sheet == "学生基础信息"


def test_what_is_left_after_a_stray_character_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(changed(stray_character(b"&nbsp;")))
    assert checked(path).summary()["rows"] == 10


def test_a_wrong_checksum_is_told_whatever_is_selected(tmp_path: Path) -> None:
    data = sound()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        crc = archive.getinfo(SHEET).CRC.to_bytes(4, "little")
    path = tmp_path / "a.xlsx"
    path.write_bytes(data.replace(crc, bytes(4)))
    assert {finding.rule for finding in checked(path)} == {"FIL003"}
    assert checked(path, select=("IDN",)).incomplete


@pytest.mark.parametrize("command", ["check", "fix"])
def test_a_damaged_file_ends_with_two_and_is_not_copied(command: str, tmp_path: Path) -> None:
    path, out = tmp_path / "a.xlsx", tmp_path / "out.xlsx"
    path.write_bytes(changed(cut_sheet, workbook([{"sex": "男 "}] * 10)))
    extra = ["--annotate", str(out)] if command == "check" else ["-o", str(out)]
    result = CliRunner().invoke(app, [command, str(path), *extra])
    assert result.exit_code == 2, result.output
    assert not out.exists()
    assert "文件已损坏" in result.output


def test_no_form_in_what_is_left_is_no_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        changed(lambda parts: parts.update({SHEET: parts[SHEET][: parts[SHEET].index(b"<sheetData") + 200]}))
    )
    findings = checked(path)
    assert findings.files[0].status == "unreadable"
    assert not list(findings)


def test_a_pupil_far_below_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        changed(lambda parts: parts.update({SHEET: re.sub(rb'r="([A-Z]+)11"', rb'r="\g<1>60000"', parts[SHEET])}))
    )
    findings = checked(path)
    (finding,) = (finding for finding in findings if finding.rule == "FIL006")
    assert (finding.place.cell, finding.params["row"]) == ("A60000", "60000")
    assert findings.incomplete
    far = raw_xlsx(
        '<row r="1"><c r="A1" t="str"><v>x</v></c></row><row r="900000"><c r="ZZ900000" t="inlineStr"><is><t xml:space="preserve"> </t></is></c></row>'
    )
    assert not read_workbook(far).notes


def test_every_note_is_told() -> None:
    folder = Path(reading.__file__).parents[1] / "excel"
    found = set()
    for module in folder.glob("*.py"):
        found |= set(re.findall(r'(?:\bNote|\bnote|_note)\(\s*f?"([a-z-]+)', module.read_text("utf-8")))
    found |= {"cut-short", "strings-missing", "strings-damaged"}  # chosen before they are noted
    assert {code for code in found if code != "encoding-"} == reading.TOLD


def test_an_xls_whose_far_cells_were_not_read_is_not_converted(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("学生基础信息")
    for row, texts in enumerate(read_workbook(workbook([{"sex": "男 "}] * 3)).sheets[0].head(4)):
        for col, text in enumerate(texts):
            sheet.write(row, col, text)
            if row == 3:
                sheet.write(60_000, col, text)
    path, out = tmp_path / "a.xls", tmp_path / "out.xlsx"
    book.save(str(path))
    result = CliRunner().invoke(app, ["fix", str(path), "-o", str(out)])
    assert result.exit_code == 2, result.output
    assert not out.exists()
