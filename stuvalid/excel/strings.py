"""Text as OOXML stores it: shared strings, rich text, phonetic guides, escapes."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa

from stuvalid.excel.grid import utf8_array
from stuvalid.excel.tags import unescape

_SEAM = b"</t></si><si><t>"
_ITEM = re.compile(rb"<(?:\w+:)?si(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?si\s*>)", re.DOTALL)
_PHONETIC = re.compile(rb"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh\s*>", re.DOTALL)
_RUN = re.compile(rb"<(?:\w+:)?t(\s[^>]*?)?(?:/>|>(.*?)</(?:\w+:)?t\s*>)", re.DOTALL)
_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_BLANKS = b" \t\r\n"


def shared_strings(data: bytes) -> pa.Array:
    """The texts of ``sharedStrings.xml`` (UTF-8) in order."""
    return utf8_array(_shared_strings(data))


def _shared_strings(data: bytes) -> list[bytes]:
    start, end = data.find(b"<si><t>"), data.rfind(b"</t></si>")
    if start < 0 or end < start or data.find(b"<si", 0, start) >= 0 or data.find(b"<si", end) >= 0:
        return plain_texts(_items(without_markup(data)))
    pieces = data[start + 7 : end].split(_SEAM)
    if any(b"<" in piece for piece in pieces):
        pieces = _resolved(pieces)
    else:
        pieces = _trimmed(pieces)
    return plain_texts(pieces)


def _trimmed(pieces: list[bytes]) -> list[bytes]:
    # Without xml:space="preserve" the blanks at the edges are layout, not text (Excel does not show them).
    return [piece.strip(_BLANKS) for piece in pieces]


def _resolved(pieces: list[bytes]) -> list[bytes]:
    """Pieces that still hold markup are rich, phonetic or preserved texts, several to a piece."""
    texts: list[bytes] = []
    for piece in pieces:
        if b"<" in piece:
            texts += _items(without_markup(b"<si><t>" + piece + b"</t></si>"))
        else:
            texts.append(piece.strip(_BLANKS))
    return texts


def _items(data: bytes) -> list[bytes]:
    return [rich_text(match.group(1) or b"") for match in _ITEM.finditer(data)]


def rich_text(inside: bytes) -> bytes:
    """The text of a ``<si>`` or ``<is>``: its runs joined, phonetic guides left out (still escaped)."""
    if b"rPh" in inside:
        inside = _PHONETIC.sub(b"", inside)
    runs = []
    for space, text in _RUN.findall(inside):
        runs.append(text if b"preserve" in space else text.strip(_BLANKS))
    return b"".join(runs)


def without_markup(data: bytes) -> bytes:
    """CDATA sections as escaped text, comments gone."""
    if b"<!" not in data:
        return data
    data = _COMMENT.sub(b"", data)
    return _CDATA.sub(lambda match: match.group(1).replace(b"&", b"&amp;").replace(b"<", b"&lt;"), data)


def plain_texts(texts: list[bytes]) -> list[bytes]:
    """Escaped XML texts as the characters they stand for."""
    joined_has = _marks(texts)
    if not joined_has:
        return texts
    return [plain(text) if any(mark in text for mark in joined_has) else text for text in texts]


def _marks(texts: Iterable[bytes]) -> tuple[bytes, ...]:
    blob = b"\x00".join(texts)
    return tuple(mark for mark in (b"&", b"_x", b"\r") if mark in blob)


def plain(text: bytes) -> bytes:
    """One escaped XML text with entities, line ends and Excel's ``_x000D_`` escapes resolved."""
    words = text.decode("utf-8", "replace")
    return decode_escapes(unescape(words.replace("\r\n", "\n").replace("\r", "\n"))).encode(
        "utf-8", "replace"
    )


def decode_escapes(text: str) -> str:
    """Excel writes characters XML cannot hold as ``_xHHHH_``, and a literal such text as ``_x005F_xHHHH_``."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
