"""Whether a text may be the value of a field: what a block that slid sideways is recognised by."""

from __future__ import annotations

import re
from functools import lru_cache

from stuvalid import codes
from stuvalid.codes.characters import surnames
from stuvalid.forms import Field

_HAN_NAME = re.compile(r"[\u3400-\u9fff·]{2,12}")
_PATTERNS = {
    "date": re.compile(r"(?:19|20)[0-9]{6}|(?:19|20)[0-9]{2}[-/.年].{1,8}"),
    "month": re.compile(r"(?:19|20)[0-9]{4}"),
    "id_number": re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{15}"),
    "phone": re.compile(r"1[0-9]{10}|0[0-9]{2,3}-?[0-9]{7,8}|[2-9][0-9]{6,7}"),
    "postcode": re.compile(r"[0-9]{6}"),
    "division": re.compile(r"[0-9]{12}"),
    "class_code": re.compile(r"(?:19|20)[0-9]{2}[123][0-9]{2}"),
    "school_code": re.compile(r"[0-9]{10}"),
    "decimal": re.compile(r"[0-9]{1,3}(?:\.[0-9]+)?"),
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
    "address": re.compile(r"(?=.*[省市县区旗镇乡村街路])[\u3400-\u9fff].{5,}"),
    "validity": re.compile(r"[0-9]{8}-.{2,8}|[0-9]{4}\.[0-9]{2}.*"),
}


@lru_cache(maxsize=1 << 14)
def fits(text: str, entry: Field) -> int:
    """1 if the text may be a value of the field, -1 if it plainly is none, 0 if that cannot be told or it is blank."""
    text = text.strip()
    if not text:
        return 0
    if entry.kind == "code":
        return 1 if codes.load(entry.codes).resolve(text) is not None else -1
    if entry.kind == "name":
        return 1 if _HAN_NAME.fullmatch(text) and text[0] in surnames() else 0 if _HAN_NAME.fullmatch(text) else -1
    pattern = _PATTERNS.get(entry.kind)
    if pattern is None:
        return 0
    return 1 if pattern.fullmatch(text) else -1
