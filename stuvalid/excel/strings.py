"""Text as OOXML stores it: rich text, phonetic guides, entities, escapes."""

from __future__ import annotations

import re

from stuvalid.excel.tags import unescape
from stuvalid.excel.values import clean

BLANKS = b" \t\r\n"
"""What is layout and not text at the edges of ``<t>`` and ``<v>`` without ``xml:space="preserve"``."""

_ITEM = re.compile(rb"<(?:\w+:)?si(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?si\s*>)", re.DOTALL)
_PHONETIC = re.compile(rb"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh\s*>", re.DOTALL)
_RUN = re.compile(rb"<(?:\w+:)?t(?:(\s[^>]*?)?/>|(\s[^>]*)?>(.*?)</(?:\w+:)?t\s*>)", re.DOTALL)
_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_BARE = re.compile(rb"<|&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
_REFERENCE = re.compile(rb"&#(?:([0-9]{1,7})|[xX]([0-9A-Fa-f]{1,6}));")
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


def are_damaged(texts: list[bytes]) -> bool:
    """Whether escaped texts hold what XML cannot: a bare ``<`` or ``&``, an entity nobody declared, a reference to no
    character, bytes that are no UTF-8.

    Source: XML 1.0, 2.2 and 4.1.
    """
    joined = b"\x01".join(texts)
    if b"<" in joined or (b"&" in joined and (_BARE.search(joined) or _refers_to_nothing(joined))):
        return True
    try:
        joined.decode()
    except UnicodeDecodeError:
        return True
    return False


def _refers_to_nothing(text: bytes) -> bool:
    numbers = {int(decimal) if decimal else int(hexadecimal, 16) for decimal, hexadecimal in _REFERENCE.findall(text)}
    return any(
        (number < 0x20 and number not in (9, 10, 13)) or 0xD800 <= number < 0xE000 or number > 0x10FFFF
        for number in numbers
    )


def plain_texts(texts: list[bytes]) -> list[bytes]:
    """Escaped XML texts as the characters they stand for."""
    joined = b"\0".join(texts)
    if not any(mark in joined for mark in (b"&", b"_x", b"\r")):
        return texts
    if joined.count(b"\0") != len(texts) - 1:
        return [plain(text) for text in texts]
    if b"_x" not in joined:
        return plain(joined).split(b"\0")
    # An escape may stand for the very character that holds the texts apart.
    parts = _unescaped(joined).split("\0")
    return [(decode_escapes(part) if "_x" in part else part).encode("utf-8", "replace") for part in parts]


def plain(text: bytes) -> bytes:
    """One escaped XML text with entities, line ends and Excel's ``_x000D_`` escapes resolved."""
    return decode_escapes(_unescaped(text)).encode("utf-8", "replace")


def _unescaped(text: bytes) -> str:
    return unescape(text.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"))


def decode_escapes(text: str) -> str:
    """Excel writes characters XML cannot hold as ``_xHHHH_``, and a literal such text as ``_x005F_xHHHH_``."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    return clean(text)  # a character beyond U+FFFF is written as two halves
