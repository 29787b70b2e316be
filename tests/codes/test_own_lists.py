"""A user's own code list: a csv beside the form, in what Excel writes; refused in one sentence with its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stuvalid import codes
from stuvalid.errors import UsageError

FULL = "code,name,aliases,hints,offered,note,source\n1,公交,公交车|巴士,车,,,省厅通知\n2,步行,走路,,,,省厅通知\n"


def written(folder: Path, text: str, encoding: str = "utf-8") -> str:
    path = folder / "到校方式.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_it_reads_like_ours_in_what_excel_writes(tmp_path: Path, encoding: str) -> None:
    known = codes.load(written(tmp_path, FULL, encoding))
    assert (known.title_zh, known.source, known.names) == ("到校方式", "省厅通知", {"公交", "步行"})
    readings = {text: known.resolve(text) for text in ("公交", "1", "巴士", "1-公交", "车", "飞机")}
    assert {text: match and (match.entry.name, match.safe) for text, match in readings.items()} == {
        "公交": ("公交", True),
        "1": ("公交", True),
        "巴士": ("公交", True),
        "1-公交": ("公交", True),
        "车": ("公交", False),
        "飞机": None,
    }


def test_names_alone_are_a_list(tmp_path: Path) -> None:
    known = codes.load(written(tmp_path, "name\r\n 公交 \r\n\r\n步行\r\n"))
    assert [entry.name for entry in known.entries] == ["公交", "步行"]
    assert known.resolve("步 行") is not None


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    name = written(tmp_path, "name\n公交\n")
    assert codes.load(name).names == {"公交"}
    written(tmp_path, "name\n地铁\n")
    os.utime(name, ns=(1, 1))
    assert codes.load(name).names == {"地铁"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ("name", "line 1")),
        ("名称\n公交\n", ("name",)),
        ("name,alias\n公交,\n", ("alias", "aliases")),
        ("name,name\n公交,步行\n", ("name",)),
        ("name\n", ("no entries",)),
        ("code,name\n1,公交\n2,\n", ("line 3", "blank")),
        ("name\n公交\n步行\n公 交\n", ("line 4", "公 交")),
        ("name,aliases\n公交,车\n步行,车\n", ("line 3", "车")),
        ("name,aliases\n公交,步行\n步行,\n", ("line 2", "步行")),
        ('name\n"公交"x\n', ("line 2", "csv")),
    ],
)
def test_a_malformed_one_is_refused_with_its_line(tmp_path: Path, text: str, said: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        codes.load(written(tmp_path, text))
    words = caught.value.text("en")
    assert [part for part in ("到校方式.csv", *said) if part not in words] == []
    assert "到校方式.csv" in caught.value.text("zh")


def test_no_file_and_no_text_are_refused(tmp_path: Path) -> None:
    for content in (None, b"\xff\xff\x00", b"name\n" + b"x" * (9 << 20)):
        path = tmp_path / "x.csv"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(UsageError, match=r"x\.csv"):
            codes.load(str(path))
