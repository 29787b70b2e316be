"""What a file is, judged by its first bytes; the extension is only heard when the content is plain text."""

from __future__ import annotations

import re

HEAD_BYTES = 8192
"""How much of a file `sniff` wants to see."""

_MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"\x00\x05\x16\x07", "appledouble"),
    (b"\x00\x05\x16\x00", "appledouble"),
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG", "png"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"\x00\x00\x00\x0cjP  ", "jp2"),
    (b"\xff\x4f\xff\x51", "jp2"),
    (b"8BPS", "photoshop"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"MSCF\x00\x00\x00\x00", "cab"),
    (b"PAR1", "parquet"),
    (b"{\\rtf", "rtf"),
    (b"SQLite format 3", "sqlite"),
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"ID;P", "slk"),
)
# What begins with a size or a length, and says what it is a few bytes later.
_MAGICS_WITHIN: tuple[tuple[int, bytes, bytes, str], ...] = (
    (8, b"WEBP", b"RIFF", "webp"),
    (6, b"\x00\x00\x00\x00", b"BM", "bmp"),
    *((4, b"ftyp" + brand, b"", "heif") for brand in (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1")),
    *((4, b"ftyp" + brand, b"", "avif") for brand in (b"avif", b"avis")),
)
SUFFIXES: dict[str, frozenset[str]] = {
    "xlsx": frozenset({".xlsx", ".xltx"}),
    "xlsm": frozenset({".xlsm", ".xltm"}),
    "xlsb": frozenset({".xlsb"}),
    "xls": frozenset({".xls", ".xlt", ".et", ".ett"}),
    "ods": frozenset({".ods", ".ots"}),
    "fods": frozenset({".fods", ".xml"}),
    "csv": frozenset({".csv", ".txt", ".tsv"}),
    "tsv": frozenset({".tsv", ".txt", ".tab", ".csv"}),
    "html": frozenset({".html", ".htm"}),
    "mhtml": frozenset({".mht", ".mhtml"}),
    "spreadsheetml": frozenset({".xml"}),
}
"""For each format that a reader gives (`Workbook.format`) the suffixes its files rightly bear.

A new reader registers here: what is searched for in folders, and what is told as a wrong suffix, comes from this table.
"""

# Record 0x??09 with the lengths that BIFF2-4 give their first record; such files are no compound document.
_OLD_BIFF = re.compile(rb"\x09[\x00\x02\x04](?:\x04|\x06|\x08)\x00")
_BARE_BIFF = re.compile(rb"\x09\x08[\x08\x10]\x00")
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_MARKUP = re.compile(r"<(?:!doctype\s+html|(?:html|table|head|body|meta|style|center|div|tr)(?=[\s/>]))", re.IGNORECASE)
# The first element of an XML document, if it has a prefix: no page has one.
_PREFIXED_ROOT = re.compile(r"\A(?:<\?.*?\?>|<!--.*?-->|\s)*<[A-Za-z][\w.-]*:[A-Za-z]", re.DOTALL)
_MHTML = re.compile(r"\A(?:[\w-]+:[^\n]*\n)*?(?:mime-version|content-type)\s*:", re.IGNORECASE)
_SPREADSHEETML = "urn:schemas-microsoft-com:office:spreadsheet"
_USUAL = re.compile("[\t\r\n -~\u00b7\u2010-\u2027\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_MOSTLY = 0.9
_SURELY_BINARY = frozenset(range(9)) | frozenset(range(14, 27)) | {28, 29, 30, 31}


def sniff(head: bytes, name: str = "") -> str:
    """The format of a file that begins with ``head`` (8 KB suffice).

    ``zip`` (to be told apart by its parts), ``ole`` (by its streams), ``biff``, ``old-biff``, ``csv``, ``tsv``,
    ``html``, ``mhtml``, ``spreadsheetml``, ``xml``, ``empty``, the name of another kind of file (``pdf``…) or
    ``unknown``.
    """
    lock = name.startswith("~$")
    if not head:
        return "lock" if lock else "empty"
    for magic, kind in _MAGICS:
        if head.startswith(magic):
            return kind
    for place, magic, start, kind in _MAGICS_WITHIN:
        if head.startswith(magic, place) and head.startswith(start):
            return kind
    if _BARE_BIFF.match(head) or _OLD_BIFF.match(head):
        return "biff" if _BARE_BIFF.match(head) else "old-biff"
    return "lock" if lock else _sniff_text(head, name)


def _sniff_text(head: bytes, name: str) -> str:
    encoding = text_encoding(head)
    if encoding is None:
        return "unknown" if head.strip(b"\x00") else "empty"
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n\x00")
    if not text:
        return "empty"
    if text.startswith("<"):
        return _sniff_markup(text)
    if _MHTML.match(text) and "mime" in text[:2000].lower():
        return "mhtml"
    return "tsv" if name.lower().endswith((".tsv", ".tab")) or _more_tabs(text) else "csv"


def _sniff_markup(text: str) -> str:
    if _SPREADSHEETML in text:
        return "spreadsheetml"
    return "html" if _MARKUP.search(text) and not _PREFIXED_ROOT.match(text) else "xml"


def _more_tabs(text: str) -> bool:
    line = text.split("\n", 1)[0]
    return "\t" in line and line.count("\t") >= line.count(",")


def text_encoding(head: bytes) -> str | None:
    """The Unicode encoding of a text by its mark or its zero bytes, ``latin-1`` for any other text, None if binary.

    ``latin-1`` stands for "one byte units": UTF-8 or GB18030, which only the whole text can tell.
    """
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    sample = head[:HEAD_BYTES]
    wide = _wide_encoding(sample)
    if wide:
        return wide
    if any(byte in _SURELY_BINARY for byte in sample):
        controls = sum(byte in _SURELY_BINARY for byte in sample)
        if 0 in sample or controls > 2 + len(sample) // 100:
            return None
    return "latin-1"


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by where the zero bytes of its ASCII characters stand."""
    if b"\x00" not in sample:
        return None
    whole = sample[: len(sample) // 4 * 4]
    nulls = [whole[place::4].count(0) for place in range(4)]
    quarter = max(len(whole) // 4, 1)
    # Nearly all characters are below U+10000, so two of the four bytes of each are zero.
    for encoding, top, plane in (("utf-32-le", nulls[3], nulls[2]), ("utf-32-be", nulls[0], nulls[1])):
        if top == quarter and plane > 0.9 * quarter and _is_text(whole, encoding):
            return encoding
    # A character such as 一 (U+4E00) has a zero byte where an ASCII one has none, so the zeros alone do not tell.
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    best = max(("utf-16-le", odd), ("utf-16-be", even), key=lambda found: (_likely(sample, found[0]), found[1]))
    return best[0] if best[1] and _likely(sample, best[0]) > _MOSTLY and _is_text(sample, best[0]) else None


def _likely(sample: bytes, encoding: str) -> float:
    """The share of characters that a list of names in Chinese or English is made of."""
    text = sample[: len(sample) // 2 * 2].decode(encoding, "replace")
    return len(_USUAL.findall(text)) / max(len(text), 1)


def _is_text(sample: bytes, encoding: str) -> bool:
    text = sample[: len(sample) // 4 * 4].decode(encoding, "replace")
    bad = sum(char == "\ufffd" or (ord(char) < 32 and char not in "\t\r\n") for char in text)
    return bad <= len(text) // 50
