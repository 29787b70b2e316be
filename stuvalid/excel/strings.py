"""Text as OOXML stores it: rich text, phonetic guides, entities, escapes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stuvalid.excel.tags import unescape
from stuvalid.excel.values import clean

BLANKS = b" \t\r\n"
"""What is layout and not text at the edges of ``<t>`` and ``<v>`` without ``xml:space="preserve"``."""

_ITEM = re.compile(rb"<(?:\w+:)?si(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?si\s*>)", re.DOTALL)
_PHONETIC = re.compile(rb"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh\s*>", re.DOTALL)
_RUN = re.compile(rb"<(?:\w+:)?t(?:(\s[^>]*?)?/>|(\s[^>]*)?>(.*?)</(?:\w+:)?t\s*>)", re.DOTALL)
_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def items(data: bytes) -> list[bytes]:
    """The still escaped text of every ``<si>`` in ``data``."""
    return [rich_text(match.group(1) or b"") for match in _ITEM.finditer(without_markup(data))]


def rich_text(inside: bytes) -> bytes:
    """The text of a ``<si>`` or ``<is>``: its runs joined, phonetic guides left out (still escaped)."""
    if b"rPh" in inside:
        inside = _PHONETIC.sub(b"", inside)
    runs = []
    for _, space, text in _RUN.findall(inside):
        runs.append(text if b"preserve" in space else text.strip(BLANKS))
    return b"".join(runs)


def without_markup(data: bytes) -> bytes:
    """CDATA sections as escaped text, comments gone."""
    if b"<!" not in data:
        return data
    data = _COMMENT.sub(b"", data)
    return _CDATA.sub(lambda match: match.group(1).replace(b"&", b"&amp;").replace(b"<", b"&lt;"), data)


def plain_texts(texts: list[bytes]) -> list[bytes]:
    """Escaped XML texts as the characters they stand for."""
    marks = _marks(texts)
    if not marks:
        return texts
    return [plain(text) if any(mark in text for mark in marks) else text for text in texts]


def _marks(texts: Iterable[bytes]) -> tuple[bytes, ...]:
    blob = b"\x00".join(texts)
    return tuple(mark for mark in (b"&", b"_x", b"\r") if mark in blob)


def plain(text: bytes) -> bytes:
    """One escaped XML text with entities, line ends and Excel's ``_x000D_`` escapes resolved."""
    words = text.decode("utf-8", "replace")
    return decode_escapes(unescape(words.replace("\r\n", "\n").replace("\r", "\n"))).encode("utf-8", "replace")


def decode_escapes(text: str) -> str:
    """Excel writes characters XML cannot hold as ``_xHHHH_``, and a literal such text as ``_x005F_xHHHH_``."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    return clean(text)  # a character beyond U+FFFF is written as two halves
