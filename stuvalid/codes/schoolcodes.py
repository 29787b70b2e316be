"""学校标识码: ten digits (2 category, 2 province, 6 serial; no check digit), and how to find one in a text."""

from __future__ import annotations

import re
import unicodedata

from stuvalid.codes import divisions

CATEGORIES = frozenset(["11", "21", "22", "31", "32", "33", "34", "35", "36", "37", "41", "42", "51", "91", "92", "93"])
# Kindergartens, adult, vocational and higher schools: real codes, but their pupils are in other registers.
OUTSIDE_SCOPE = {
    "11": ("幼儿园", "kindergarten"),
    "22": ("成人小学", "adult primary school"),
    "32": ("职业初中", "vocational junior high school"),
    "33": ("成人初中", "adult junior high school"),
    "35": ("成人高中", "adult senior high school"),
    "36": ("中等职业学校", "secondary vocational school"),
    "41": ("高等学校", "university or college"),
    "42": ("高等学校", "university or college"),
}
PLACEHOLDER = "0000000000"
"""Stands for a school that has no code yet: written by many, it names nobody."""

_TEN_DIGITS = re.compile(r"(?<![0-9])[0-9]{10}(?![0-9])")


def is_possible(code: str) -> bool:
    """Category and province digits of a code of ten digits exist."""
    return code[:2] in CATEGORIES and code[2:4] in divisions.province_codes()


def names_a_school(text: str) -> bool:
    """Whether a cell holds ten digits and no placeholder; that they are impossible is another rule's word."""
    return len(text) == 10 and text.isascii() and text.isdigit() and text != PLACEHOLDER


def codes_in(text: str) -> list[str]:
    """All groups of just ten digits in a name or title, full-width digits read too, the placeholder left out."""
    return [code for code in _TEN_DIGITS.findall(unicodedata.normalize("NFKC", text)) if code != PLACEHOLDER]


def without_codes(text: str) -> str:
    """The text with width folded and its codes cut out."""
    return _TEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))
