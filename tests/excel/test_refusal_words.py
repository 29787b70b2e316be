"""Whoever reads Chinese reads no English in brackets, and the reverse: every refusal of every reader is worded here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import stuvalid.excel
from stuvalid.excel.refusals import _SENTENCES, refusal

FOLDER = Path(stuvalid.excel.__file__).parent
CHINESE = re.compile(r"[\u3400-\u9fff（）：，。]")
# Words that a Chinese sentence may hold: names of programs and formats, and of parts of a file.
NAMES = re.compile(
    r"\b(?:Excel|WPS|CSV|SYLK|BIFF|OLE|Word|PowerPoint|Visio|Outlook|OpenDocument|XML|DOCTYPE|zip|xls|ods|macOS|MB|GB|"
    r"password|msoffcrypto-tool)\b|\.xlsx|\.slk|xl/a\.xml|content\.xml"
)


def details() -> list[tuple[str, str]]:
    """(reason, detail) of every call, with a part's name or 7 where the program puts something in."""
    found = []
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "refusal":
                continue
            reason, detail = node.args
            reasons = [
                part.value for part in ast.walk(reason) if isinstance(part, ast.Constant) and part.value in _SENTENCES
            ]
            texts = [
                part.value
                for part in ast.walk(detail)
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value != "unknown"
            ]
            if isinstance(detail, ast.JoinedStr):
                texts = ["".join(_piece(part) for part in detail.values)]
            found += [(str(one), str(text)) for one in reasons for text in texts or ["xl/a.xml"]]
    return found


def _piece(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    source = ast.unparse(part)
    if "error" in source:
        return "Bad magic number for file header"
    return "xl/a.xml" if "name" in source else "7"


@pytest.mark.parametrize(("reason", "detail"), sorted(set(details())))
def test_each_language_says_a_refusal_in_its_own_words(reason: str, detail: str) -> None:
    error = refusal(reason, detail)
    assert not re.search(r"[A-Za-z]{3,}", NAMES.sub("", error.zh)), error.zh
    assert not CHINESE.search(error.en), error.en
    assert "（）" not in error.zh and "{" not in error.zh


def test_all_readers_were_looked_at() -> None:
    assert len(details()) > 60
    assert {reason for reason, _ in details()} >= {
        "truncated",
        "corrupt",
        "bomb",
        "too-large",
        "encrypted",
        "not-a-workbook",
    }


@pytest.mark.parametrize(
    ("detail", "bracket"),
    [
        ("binary", "（二进制内容）"),
        ("12 MB of text", "（文字有 12 MB）"),
        ("KeyError: 'xl/workbook.xml'", ""),
        ("xl/worksheets/sheet1.xml: Error -3 while decompressing", "（xl/worksheets/sheet1.xml）"),
        ("Word", "（Word）"),
    ],
)
def test_what_only_a_library_understands_is_left_to_the_english_reader(detail: str, bracket: str) -> None:
    error = refusal("corrupt", detail)
    assert error.zh == f"文件已损坏，无法读取{bracket}。"
    assert detail in error.en
