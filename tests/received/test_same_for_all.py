"""The same received folder holds the same files, pupils and things not read for every command."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from stuvalid.cli import app
from stuvalid.received.kinds import UNREAD, WORKBOOK_SUFFIXES, junk_reason, kind_of
from stuvalid.received.walk import Reception, receive, receiving
from tests.books import workbook
from tests.photos.portrait import Portrait, draw, jpeg
from tests.received.made import aes_zip, rar, seven, zipped

GBK = os.fsdecode("青年路小学.xlsx".encode("gbk"))
SCHOOL = "2114010068"


def book(first: int, count: int = 3) -> bytes:
    from stuvalid.forms import template
    from tests.books import record

    return workbook([record(number, template("student-2013")) for number in range(first, first + count)])


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What a county finds in the morning: every way of sending, and every way in which it goes wrong."""
    place = tmp_path_factory.mktemp("made")
    folder = tmp_path_factory.mktemp("收到") / f"{SCHOOL}双塔西街小学"
    folder.mkdir()
    photo = jpeg(draw(Portrait()))
    (folder / "直接.xlsx").write_bytes(book(0))
    (folder / GBK).write_bytes(book(3))
    (folder / "没有扩展名").write_bytes(book(6))
    (folder / "其实是表.zip").write_bytes(book(9))
    (folder / "外.zip").write_bytes(zipped({"里.zip": zipped({"1班.xlsx": book(12)}), "照片/x.jpg": photo}))
    seven(folder / "七.7z", {"2班.xlsx": book(15)})
    (folder / "其实是rar.zip").write_bytes(rar({"3班.xlsx": book(18)}))
    (folder / "有密码.zip").write_bytes(aes_zip({"4班.xlsx": book(21)}, "secret-密"))
    whole = zipped({"5班.xlsx": book(24)})
    (folder / "断了.zip").write_bytes(whole[: len(whole) // 2])
    (folder / "炸弹.zip").write_bytes(zipped({"零.csv": bytes(60 << 20)}))
    (folder / "穿越.zip").write_bytes(zipped({"../../6班.xlsx": book(27)}))
    (folder / "名单.xlsx.crdownload").write_bytes(b"PK\x03\x04 half")
    (folder / "通知.docx").write_bytes(zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b""}))
    (folder / "说明.pdf").write_bytes(b"%PDF-1.4")
    (folder / "方案.wps").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    (folder / "旧.xlsx.bak").write_bytes(book(0))
    (folder / "~$直接.xlsx").write_bytes(b"lock")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "空.xlsx").write_bytes(b"")
    (place / "elsewhere.xlsx").write_bytes(book(30))
    (folder / "链接.xlsx").symlink_to(place / "elsewhere.xlsx")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
    (folder / "x.jpg").write_bytes(photo)
    deep = [folder / Path(*"d" * depth) for depth in range(1, 1_201)]
    try:
        for path in deep:
            path.mkdir()
        yield folder.parent
    finally:
        for path in reversed(deep):  # who clears up afterwards, recursively, would not come through
            path.rmdir()


@contextmanager
def received(folder: Path) -> Iterator[Reception]:
    with receiving([folder], relative=True) as reception:
        yield reception


WORKBOOKS = {
    "直接.xlsx",
    "青年路小学.xlsx",
    "没有扩展名",
    "其实是表.zip",
    "外.zip/里.zip/1班.xlsx",
    "七.7z/2班.xlsx",
    "其实是rar.zip/3班.xlsx",
}
NOT_READ = {
    "有密码.zip/4班.xlsx": "encrypted",
    "断了.zip": "archive-damaged",
    "炸弹.zip/零.csv": "bomb",
    "穿越.zip/../../6班.xlsx": "path",
    "名单.xlsx.crdownload": "unfinished",
    "旧.xlsx.bak": "backup",
    "~$直接.xlsx": "lock",
    "Thumbs.db": "system",
    "空.xlsx": "empty",
    "链接.xlsx": "link",
    "pipe": "special",
}
DOCUMENTS = {"通知.docx", "说明.pdf", "方案.wps"}
PHOTOS = {"x.jpg", "外.zip/照片/x.jpg"}


def leaf(name: str) -> str:
    return name.partition(f"{SCHOOL}双塔西街小学/")[2]


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_what_is_there_is_what_the_walk_finds(inbox: Path) -> None:
    with received(inbox) as reception:
        found = {leaf(item.name): item.kind for item in reception.items}
        assert {name for name, kind in found.items() if kind == "workbook"} == WORKBOOKS
        assert {name for name, kind in found.items() if kind == "document"} == DOCUMENTS
        assert {name for name, kind in found.items() if kind == "photo"} == PHOTOS
        refused = {leaf(entry.name): entry.kind for entry in reception.refused}
        (deep,) = {name for name, kind in refused.items() if kind == "too-deep"}
        assert deep.startswith("d/d/d/")
        assert {name: kind for name, kind in refused.items() if kind not in ("taken-apart", "too-deep")} == NOT_READ


def account(entries: list[dict[str, Any]]) -> dict[str, tuple[int, bool]]:
    return {entry["kind"]: (entry["count"], entry["incomplete"]) for entry in entries}


def test_every_command_reads_the_same_files_and_tells_the_same_account(inbox: Path, tmp_path: Path) -> None:
    with received(inbox) as reception:
        expected = {
            entry.kind: (entry.count, entry.incomplete) for entry in reception.not_read("workbook", "photo", "document")
        }
    pupils = 3 * len(WORKBOOKS)
    reports = {}
    for command, words in {
        "check": ("check", inbox),
        "duplicates": ("duplicates", inbox),
        "bundle": ("bundle", inbox, "--plan", "--county", "140106", "--report", f"json={tmp_path}/bundle.json"),
        "photos": ("photos", inbox, "--no-faces"),
    }.items():
        done = run(*words, *(() if command == "bundle" else ("-o", f"json={tmp_path}/{command}.json")))
        assert done.exit_code in (1, 2), done.output
        reports[command] = json.loads((tmp_path / f"{command}.json").read_text(encoding="utf-8"))
    for command in ("check", "duplicates", "bundle"):
        report = reports[command]
        assert {leaf(entry["path"]) for entry in report["files"] if entry["template"]} == WORKBOOKS, command
        assert report["summary"]["rows"] == pupils, command
    assert {leaf(entry["path"]) for entry in reports["photos"]["files"] if entry["status"] == "checked"} == PHOTOS
    for command, report in reports.items():
        told = account(report["not_checked"])
        others = {"photo", "document", "workbook"}
        assert {kind: value for kind, value in told.items() if kind not in others} == expected, command
    status = json.loads(run("status", inbox, "-f", "json", "--county", "140106").output)
    assert sum(school["pupils"] for school in status["schools"]) == pupils
    assert account(status["not_checked"]) == expected


def test_fix_and_diff_read_the_same(inbox: Path, tmp_path: Path) -> None:
    done = run("fix", inbox, "-o", tmp_path / "out")
    assert done.exit_code == 2, done.output
    written = {
        leaf(f"{SCHOOL}双塔西街小学/" + path.relative_to(tmp_path / "out" / f"{SCHOOL}双塔西街小学").as_posix())
        for path in (tmp_path / "out" / f"{SCHOOL}双塔西街小学").rglob("*")
        if path.is_file()
    }
    assert {name.removesuffix(".xlsx") for name in written} == {name.removesuffix(".xlsx") for name in WORKBOOKS}
    assert "没有下载完" in done.output
    done = run("diff", inbox, inbox, "-f", "json")
    assert done.exit_code in (0, 1), done.output


def test_names_of_any_encoding_reach_every_output(tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode("双塔西街".encode("gbk"))
    place.mkdir()
    bad = workbook([{"sex": "女"}])
    (place / GBK).write_bytes(bad)
    for name in ("text", "json", "html", "xlsx", "csv", "junit", "sarif", "github", "gitlab", "markdown"):
        done = run("check", place, "-o", f"{name}={tmp_path}/r.{name}", "-q")
        assert done.exit_code == 1, done.output
        if name not in ("xlsx", "html", "text"):
            assert (
                "青年路小学"
                in (tmp_path / f"r.{name}")
                .read_text(encoding="utf-8-sig")
                .encode()
                .decode("unicode_escape" if name == "sarif" else "utf-8", "replace")
                or name == "sarif"
            )
    assert run("check", place / GBK, "--write-baseline", tmp_path / "list.toml").exit_code == 1
    assert run("fix", place / GBK).exit_code in (0, 1)
    assert run("diff", place, place / GBK).exit_code in (0, 1)
    assert run("duplicates", place).exit_code in (0, 1)
    assert run("bundle", place, "--plan", "--county", "140106").exit_code in (0, 1)


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in" / "closed").mkdir(parents=True)
    (tmp_path / "in" / "a.csv").write_bytes(b"a,b\n")
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    reception = receive(tmp_path / "in", tmp_path / "scratch")
    assert [(entry.name, entry.kind) for entry in reception.refused] == [("closed", "unreadable")]
    assert [item.name for item in reception.items] == ["a.csv"]
    assert all(entry.incomplete for entry in reception.not_read("workbook"))


def test_names_that_act_upon_a_terminal_do_not_get_in(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a\x1b[2J.csv", "b\n::error::.csv", "c\u202ecsv.exe", "汉\u3000字.csv", "\ue863.csv"):
        (tmp_path / "in" / name).write_bytes(b"a,b\n")
    (tmp_path / "in" / "z.zip").write_bytes(zipped({"d\x07\n.csv": b"a,b\n"}))
    names = {item.name for item in receive(tmp_path / "in", tmp_path / "scratch").items}
    assert names == {
        "a\ufffd[2J.csv",
        "b\ufffd::error::.csv",
        "c\ufffdcsv.exe",
        "汉\u3000字.csv",
        "\ue863.csv",
        "z.zip/d\ufffd\ufffd.csv",
    }


def test_every_format_that_is_read_is_found_in_a_folder() -> None:
    """A reader that is not in the table of suffixes would be passed over in silence."""
    import stuvalid.excel
    from stuvalid.excel.sniff import SUFFIXES

    source = "".join(path.read_text(encoding="utf-8") for path in Path(stuvalid.excel.__path__[0]).glob("*.py"))
    import re

    given = set(re.findall(r'Workbook\(\s*(?:format=)?"([a-z]+)"', source)) | set(
        re.findall(r'format="([a-z]+)"', source)
    )
    assert given, "how readers say their format has changed: change this test with it"
    assert given <= set(SUFFIXES)
    ambiguous = {".txt", ".xml", ".html", ".htm", ".mht", ".mhtml"}
    assert frozenset().union(*SUFFIXES.values()) - ambiguous == WORKBOOK_SUFFIXES


def test_everything_that_is_not_read_has_its_words() -> None:
    for kind, words in UNREAD.items():
        assert words.zh and words.en, kind
        assert words.silent or (words.account_zh and words.account_en), kind
        assert not (words.silent and words.loses), kind
        assert "pip " not in words.account_zh + words.account_en


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.dat", "photo"),
        (b"\x00\x00\x00\x18ftypheic", "a.dat", "photo"),
        (b"BM\x10\x00\x00\x00\x00\x00\x00\x006\x00", "a.dat", "photo"),
        (b"BMI,height\n", "a.csv", "workbook"),
        (b"PAR1", "a.parquet", "keys"),
        (b"7z\xbc\xaf\x27\x1c", "a.xlsx", "archive"),
        (b"Rar!\x1a\x07\x01\x00", "a.jpg", "archive"),
        (b"\x00\x01\x02", "a.xlsx", "workbook"),
        (b"{\\rtf1", "a.doc", "document"),
        (b"hello", "a.txt", "document"),
        (b"hello", "a", "unknown"),
    ],
)
def test_content_tells_what_a_file_is(tmp_path: Path, head: bytes, name: str, kind: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(head)
    assert kind_of(path, name)[0] == kind


def test_a_folder_that_a_system_makes_is_junk() -> None:
    assert junk_reason("__MACOSX/a.xlsx") is not None
    assert junk_reason("a/~$b.xlsx") is not None
    assert junk_reason("a/b.xlsx") is None


def test_a_school_that_sent_only_what_cannot_be_read_is_called(tmp_path: Path) -> None:
    (tmp_path / f"{SCHOOL}双塔西街小学").mkdir()
    (tmp_path / f"{SCHOOL}双塔西街小学" / "1班.xlsx").write_bytes(book(0))
    (tmp_path / "2114010075青年路小学").mkdir()
    (tmp_path / "2114010075青年路小学" / "全校.zip").write_bytes(zipped({"1班.xlsx": book(3)})[:500])
    done = run("status", tmp_path, "-f", "json", "--county", "140106")
    assert done.exit_code == 1
    status = json.loads(done.output)
    assert [school["code"] for school in status["schools"] if school["unreadable_files"]] == ["2114010075"]
    assert status["summary"]["calls"] >= 1
