"""Planted names, numbers, phones, addresses and birth dates, in any column and in names of files: no masked output tells one.

Every command in every format, with and without ``-v``. What holds whole values by design is not swept: mended and
annotated copies, the package's own workbooks, a school's own work list, ``--map`` of a bundle.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from stuvalid.forms import template
from stuvalid.report.formats import FORMATS
from tests.books import workbook
from tests.program import stuvalid

NAME, CHILD = "诸葛婉清", "欧阳修文"
NUMBER, OLD = "140106201403050329", "140106140305032"
PHONE, LANDLINE = "13987654321", "0351-7654321"
ADDRESS = "山西省太原市迎泽区桥东街道并州北路27号3单元"
BIRTH = "20140305"
EMAIL = "zhugewanqing@example.com"
SECRETS = (NAME, CHILD, NUMBER, OLD, PHONE, LANDLINE, ADDRESS, BIRTH, EMAIL)
SPELT = (
    *SECRETS,
    "139 8765 4321",
    "140106 20140305 0329",
    "１４０１０６２０１４０３０５０３２９",
    "2014-03-05",
    f"G{NUMBER}",
    f"{NAME} ",
)
TOO_MUCH = (
    *SECRETS,
    NUMBER[6:14],
    PHONE[3:],
    "139 8765",
    "0140305",
    "2014-03-05",
    "１４０１０６２０１４０３０５",
    "婉清",
    "修文",
    "并州北路27号",
    "zhugewanqing",
)
FORM = template("student-2013")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
OWN_FORM = """
id = "city"
title = "市表"
extends = "student-fields"
columns = ["name", "id_type", "id_number", "sex", "birth_date"]
[[field]]
key = "helper"
header = "帮扶人"
kind = "name"
[[field]]
key = "helper_phone"
header = "帮扶人电话"
kind = "phone"
[[field]]
key = "helper_id"
header = "帮扶人证件"
kind = "id_number"
[[field]]
key = "helper_home"
header = "帮扶人住址"
kind = "address"
[[field]]
key = "remark"
header = "情况"
kind = "text"
required = "yes"
"""


@pytest.fixture(autouse=True)
def _all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")  # pytest then shows whole lists


def leaks(*texts: bytes | str) -> list[str]:
    """The secrets, and parts that give them away, in these outputs: each with what stands around it."""
    said = "\n".join(part for text in texts for part in _readings(text))
    found = ((secret, said.find(secret)) for secret in TOO_MUCH)
    return [f"{secret} in {said[max(0, at - 60) : at + 60]!r}" for secret, at in found if at >= 0]


def _readings(text: bytes | str) -> Iterator[str]:
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name
                yield from _readings(archive.read(name))
    else:
        yield data.decode("utf-8", "replace")
        yield _ESCAPED.sub(lambda match: chr(int(match[1], 16)), data.decode("utf-8", "replace"))


def everywhere() -> bytes:
    """Each row holds one planted value in every column, then a row slipped by one column, then right and wrong ones."""
    keys = FORM.keys
    rows: list[dict[str, object]] = [dict.fromkeys(keys, value) for value in SPELT]
    right: dict[str, object] = {
        "name": NAME,
        "id_number": NUMBER,
        "birth_date": BIRTH,
        "phone": PHONE,
        "home_address": ADDRESS,
    }
    slipped = dict(zip(keys[1:], [right.get(key, "") for key in keys[:-1]], strict=True))
    rows += [right, right, {**slipped, keys[0]: ""}, {"name": CHILD, "id_number": "", "phone": LANDLINE, "sex": NAME}]
    return workbook(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as it comes in: workbooks, photos and other things, named by whom they are about."""
    root = tmp_path_factory.mktemp("in") / "报送"
    (root / f"{NAME}{NUMBER}").mkdir(parents=True)
    (root / f"{NAME}{NUMBER}" / f"{PHONE}.xlsx").write_bytes(everywhere())
    (root / f"{NUMBER}_{NAME}.xlsx").write_bytes(workbook([{"name": NAME, "id_number": NUMBER}, {"sex": "女"}]))
    (root / f"{NAME}身份证{NUMBER}.docx").write_bytes(b"PK\x03\x04 no")
    (root / f"{NAME}{PHONE}坏.xlsx").write_bytes(b"PK\x03\x04 cut")
    (root / f"说明{NUMBER}.txt").write_text("x", encoding="utf-8")
    with zipfile.ZipFile(root / f"{BIRTH}{NAME}{PHONE}.zip", "w") as archive:
        archive.writestr(f"{NUMBER}{NAME}.xlsx", everywhere())
        archive.writestr(f"{NAME}{PHONE}.pdf", b"%PDF-")
    (root / "照片").mkdir()
    picture = io.BytesIO()
    Image.new("RGB", (120, 160), "white").save(picture, "JPEG")
    for name in (NUMBER, f"{NUMBER}{NAME}", NAME, f"{NAME}_{BIRTH}", f"{NAME}{PHONE}"):
        (root / "照片" / f"{name}.jpg").write_bytes(picture.getvalue())
    (root / "照片" / f"{NAME}坏{NUMBER}.jpg").write_bytes(b"no picture")
    return root


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", FORMATS)
def test_check(folder: Path, tmp_path: Path, name: str, lang: str) -> None:
    target = tmp_path / "out"
    done = stuvalid("check", folder, "-f", name, "-v", "-o", f"{name}={target}", "--lang", lang, "--no-cache")
    assert leaks(done.stdout, done.stderr, target.read_bytes()) == []
    assert target.stat().st_size > 100


def test_it_is_there_when_it_is_asked_for(folder: Path) -> None:
    done = stuvalid("check", folder, "-f", "json", "-v", "--show-values", "--no-cache")
    assert len(leaks(done.stdout)) == len(TOO_MUCH)


@pytest.mark.parametrize("name", FORMATS)
def test_columns_of_a_form_of_ones_own(tmp_path: Path, name: str) -> None:
    (tmp_path / "city.toml").write_text(OWN_FORM, encoding="utf-8")
    import xlsxwriter

    headers = (
        "姓名",
        "身份证件类型",
        "身份证件号",
        "性别",
        "出生日期",
        "帮扶人",
        "帮扶人电话",
        "帮扶人证件",
        "帮扶人住址",
        "情况",
    )
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    page = book.add_worksheet("市表")
    for row, values in enumerate(
        [headers, *([f" {value}"] * len(headers) for value in SPELT), *([value] * len(headers) for value in SPELT)]
    ):
        page.write_row(row, 0, values)
    book.close()
    done = stuvalid("check", tmp_path / "a.xlsx", "-t", tmp_path / "city.toml", "-f", name, "-v", "--no-cache")
    assert done.returncode == 1
    assert leaks(done.stdout, done.stderr) == []


@pytest.mark.parametrize("options", [("--preview",), ("--preview", "--unsafe-fixes"), ()])
def test_fix(folder: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    target = [] if options else ["-o", tmp_path / "out"]
    done = stuvalid(
        "fix", folder, *options, *target, "--log", tmp_path / "log.json" if not options else tmp_path / "no.json"
    )
    written = [path.read_bytes() for path in tmp_path.glob("log.json")]
    assert leaks(done.stdout, done.stderr, *written) == []


@pytest.mark.parametrize("name", FORMATS)
def test_photos(folder: Path, name: str) -> None:
    done = stuvalid(
        "photos", folder / "照片", "--roster", folder / f"{NUMBER}_{NAME}.xlsx", "-f", name, "-v", "--no-faces"
    )
    assert leaks(done.stdout, done.stderr) == []


@pytest.mark.parametrize("name", FORMATS)
def test_duplicates(folder: Path, name: str) -> None:
    done = stuvalid("duplicates", folder, "-f", name, "-v")
    assert leaks(done.stdout, done.stderr) == []


@pytest.mark.parametrize("name", ["text", "json"])
def test_diff(folder: Path, tmp_path: Path, name: str) -> None:
    old = tmp_path / f"{NAME}{NUMBER}.xlsx"
    old.write_bytes(workbook([{"name": NAME, "id_number": NUMBER, "phone": PHONE}, {"home_address": ADDRESS}]))
    new = tmp_path / f"{NUMBER}新{NAME}.xlsx"
    new.write_bytes(
        workbook([{"name": f"{NAME} ", "id_number": NUMBER, "phone": LANDLINE, "sex": ADDRESS}, {"ethnicity": NAME}])
    )
    for one, other in ((old, new), (folder, folder)):
        done = stuvalid("diff", one, other, "-f", name, "-v")
        assert leaks(done.stdout, done.stderr) == []


@pytest.mark.parametrize("name", ["text", "json", "html", "xlsx"])
def test_status(folder: Path, name: str) -> None:
    done = stuvalid("status", folder, "-f", name)
    assert leaks(done.stdout, done.stderr) == []


@pytest.mark.parametrize("name", ["text", "json"])
def test_bundle_plan(folder: Path, name: str) -> None:
    done = stuvalid("bundle", folder, "--plan", "-f", name)
    assert leaks(done.stdout, done.stderr) == []


def test_bundle_and_verify(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "包"
    done = stuvalid("bundle", folder, "-o", target, "--allow-errors", "-v")
    assert leaks(done.stdout, done.stderr) == []
    reports = [
        path for path in target.rglob("*") if "检查报告" in path.name or path.suffix in (".html", ".json", ".txt")
    ]
    assert leaks(*(path.read_bytes() for path in reports)) == []
    if target.exists():
        for name in FORMATS:
            done = stuvalid("verify", target, "-f", name, "-v", "--recheck")
            assert leaks(done.stdout, done.stderr) == []


def test_annotating_says_nothing_on_the_screen(folder: Path, tmp_path: Path) -> None:
    done = stuvalid("check", folder, "--annotate", tmp_path / "标注", "--no-cache")
    assert leaks(done.stdout, done.stderr) == []


def test_a_copy_for_one_school_tells_nothing_of_the_files_of_another(tmp_path: Path) -> None:
    """Its own values are open in it; the file that holds the same pupil is another school's."""
    both = tmp_path / "县"
    both.mkdir()
    (both / "甲.xlsx").write_bytes(workbook([{}]))
    (both / f"{NAME}{NUMBER}.xlsx").write_bytes(workbook([{}, {}]))
    stuvalid("check", both, "--annotate", tmp_path / "标注", "--no-cache")
    (copy,) = (path.read_bytes() for path in (tmp_path / "标注").glob("甲*"))
    assert "身份证件号与" in "".join(_readings(copy))
    assert leaks(copy) == []


def test_errors_and_their_paths(tmp_path: Path) -> None:
    path = tmp_path / f"{NUMBER}\x1b[31m_{PHONE}.xlsx"
    for command in (
        ("check", path),
        ("fix", path, "--preview"),
        ("status", path),
        ("verify", path),
        ("diff", path, path),
    ):
        done = stuvalid(*command)
        assert done.returncode == 2
        assert leaks(done.stdout, done.stderr) == []
        assert b"\x1b" not in done.stderr


ORDERS = "\x1b[31m\x1b]0;t\x07\u202egpj\n::error::x\r##[error]y"


@pytest.mark.parametrize("name", FORMATS)
def test_no_name_and_no_cell_gives_orders(tmp_path: Path, name: str) -> None:
    """Control characters in cells, sheets' and files' and members' names; ``::error::`` at the start of no line."""
    root = tmp_path / "in"
    root.mkdir()
    (root / f"a{ORDERS}.xlsx").write_bytes(workbook([{"sex": ORDERS, "name": f"王{ORDERS}", "talent": "::error::z"}]))
    (root / f"{ORDERS}坏.xlsx").write_bytes(b"PK\x03\x04 cut")
    with zipfile.ZipFile(root / "z.zip", "w") as archive:
        archive.writestr(f"m{ORDERS}.xlsx", workbook([{"sex": "?"}]))
        archive.writestr(f"{ORDERS}.pdf", b"%PDF-")
    for done in (
        stuvalid("check", root, "-f", name, "-v", "--no-cache"),
        stuvalid("duplicates", root, "-f", name, "-v"),
        stuvalid("photos", root, "-f", name, "-v", "--no-faces"),
    ):
        for text in (*_readings(done.stdout), *_readings(done.stderr)):
            assert not {char for char in text if char in "\x1b\x07\u202e"}
            orders = [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line]
            assert [line for line in orders if not _is_ours(line)] == []


def _is_ours(line: str) -> bool:
    """Whether a workflow command is one that the github format writes."""
    head, _, rest = line.partition(" file=")
    return head in ("::error", "::warning", "::notice") and ",title=" in rest
