"""Masking: what may leave the machine shows that a value is there, not what it is.

By column (`mask`, for the kinds of `PRIVATE_KINDS`) and by content (`mask_value`, `mask_text`, `mask_path`), since rows
slip, people type numbers into remarks, and files are named after pupils. Nothing else in the program masks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache

from stuvalid.errors import StuvalidError

PRIVATE_KINDS = frozenset({"name", "id_number", "phone", "address", "email", "birth"})
# A birth date in full and a masked number of the same pupil make the number whole again.
PRIVATE_FIELDS = frozenset(
    {
        "auxiliary_number",
        "continuation_mark",
        "homepage",
        "birth_date",
        "serial_number",
        "name_pinyin",
        "disability_number",
    }
)

PLAIN = "plain"
"""The kind of a message's parameter that is no value of a person: shown as it is."""

PATH = "path"
"""The kind of a message's parameter that is the name of a file or folder."""

_FULL_YEAR = re.compile(r"(?:19|20)[0-9]{2}[^0-9]")
_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－—–−‐‑／．（）＋　\u00a0", "0123456789Xx------/.()+  ")
# Digits with at most two blanks or hyphens between any two: 140106 20070305 0018, 139-1234-5678.
_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ -]{0,2}[0-9]){9,}(?:[ -]?[Xx](?![A-Za-z]))?")
_LANDLINE = re.compile(r"(?<![0-9])\(?0[1-9][0-9]{1,2}\)?[ -]{0,2}[1-9][0-9]{2,3}[ -]?[0-9]{4}(?![0-9])")
_LOCAL_PHONE = re.compile(r"(电话|手机|座机|联系方式|[Tt][Ee][Ll])([^0-9]{0,4})([1-9][0-9]{6,7})(?![0-9])")
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9][0-9]{9}")
_TIMESTAMP = re.compile(r"20[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9][0-2][0-9][0-5][0-9][0-5][0-9][0-9]{0,3}")
_DATE = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})"
    r"(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|"
    r"[ ./年-]{1,2}(?:0?[1-9]|1[0-2])[ ./月-]{1,2}(?:0?[1-9]|[12][0-9]|3[01]))(?![0-9])"
)
_DOCUMENT = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{1,2}[0-9]{8,10}(?![0-9A-Za-z])|(?<![A-Za-z0-9])[A-Z][0-9]{6}\([0-9A]\)"
)
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_RUN = re.compile(f"[{_HAN}·•]+")
_NAME = re.compile(f"[{_HAN}]{{2,6}}")
_DOTTED_NAME = re.compile(f"[{_HAN}]{{1,12}}(?:[·•・‧][{_HAN}]{{1,12}})+")
_NO_NAME = re.compile(
    r".*(?:[年班]级|班|小学|中学|学校|校区|幼儿园|公司|户口|族|省|市|县|区|[名表]册|名单|表格?|照片|信息|数据|文件夹?|资料|材料)"
    r"|[小初高][一二三四五六].{0,2}"
)
_AREA = re.compile(r"省|自治区|自治州|[市州盟区县旗镇乡村]|街道|社区")
_DOOR = re.compile(
    r"(?:[0-9一二三四五六七八九十]+(?:号|室|栋|幢|楼|单元|弄|户|组|层|排|巷|座))|小区|家园|花园|宿舍|[路街道巷村屯庄]\S{0,4}[0-9]"
)
_PICTURE_OR_PAPER = re.compile(r"\.(?:jpe?g|png|bmp|gif|webp|heic|heif|tiff?|pdf|docx?)$", re.IGNORECASE)
_SAYS_SO = re.compile(r"身份证|照片|相片|头像|户口|证件|证明|人像|学籍卡")
_PATH_TOKENS = re.compile(f"[{_HAN}·•・‧]+")
_SHOWN_APART = 2
_YOUNGEST = 3
"""Years: a date that lies further back is taken for a birth date, a later one for the day of sending or making."""


def is_private(kind: str, key: str = "") -> bool:
    """Whether values of a field of this ``kind`` and ``key`` are masked in what travels."""
    return kind in PRIVATE_KINDS or key in PRIVATE_FIELDS


def mask(value: str, kind: str) -> str:
    """``value`` of a private column as it may be shown: ``140106********1234``, ``王**``, ``138****1234``.

    Blanks and other marks stay, so that a reader still sees what is wrong with it. A value that is of another kind than
    its column (a name in a column of numbers) is masked as what it is.
    """
    if kind != "address" and _HAN_RUN.fullmatch(value):
        return mask_name(value)
    masks: dict[str, Callable[[str], str]] = {
        "name": mask_name,
        "address": mask_address,
        "phone": mask_phone,
        "date": mask_date,
        "birth": mask_date,
        "email": mask_email,
    }
    return masks.get(kind, mask_number)(value)


def unlike(masked: str, value: str, other_masked: str, other: str) -> str:
    """``masked``, with what tells ``value`` from ``other`` uncovered where their masks look the same.

    The first two characters that differ, if something stays covered: 2019**** beside 2019**** tells nobody what is wrong,
    and two characters make no birth date and no name whole.
    """
    if masked != other_masked or not len(masked) == len(value) == len(other):
        return masked
    differ = [at for at, (one, two) in enumerate(zip(value, other, strict=True)) if one != two and masked[at] == "*"]
    open_ = set(differ[:_SHOWN_APART])
    if masked.count("*") <= len(open_):
        return masked
    return "".join(value[at] if at in open_ else char for at, char in enumerate(masked))


def blanks_shown(masked: str, value: str) -> str:
    """``masked`` with ␣ for every blank of ``value``, covered or not: of what is wrong because of one."""
    if len(masked) != len(value):
        return masked
    pairs = zip(masked, value, strict=True)
    return "".join("␣" if char.isspace() and char not in _MARKS else shown for shown, char in pairs)


def mask_name(value: str) -> str:
    """First character kept, every other letter a star: ``王**``."""
    return value[:1] + "".join("*" if char.isalnum() else char for char in value[1:])


def mask_address(value: str) -> str:
    """The first six characters kept, of a short one two or one: ``山西省太原市*******``."""
    kept = 6 if len(value) > 8 else 2 if len(value) > 4 else 1
    return value[:kept] + "*" * (len(value) - kept)


def mask_phone(value: str) -> str:
    """Three and four characters kept: ``139****5678``."""
    return _keep_ends(value, 3, 4)


def mask_email(value: str) -> str:
    """The first character and the provider kept: ``w***@qq.com``."""
    return value[:1] + "***" + (value[value.rfind("@") :] if "@" in value else "")


def mask_date(value: str) -> str:
    """The year kept where it is written in full, all behind it starred but for marks: ``2014-**-**``."""
    digits = sum(char.isdigit() for char in value)
    kept = 4 if digits >= 8 or _FULL_YEAR.match(value) else 2
    return value[:kept] + "".join("*" if char.isalnum() and char not in "年月日" else char for char in value[kept:])


def mask_number(value: str) -> str:
    """Region and the last four kept where the number is long enough, else only its two ends."""
    if len(value) >= 15:
        return _keep_ends(value, 6, 4)
    return _keep_ends(value, 2, 2) if len(value) > 5 else "*" * len(value)


def _keep_ends(value: str, head: int, tail: int) -> str:
    if len(value) <= head + tail:
        return value[:1] + "*" * max(0, len(value) - 1)
    return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


def mask_text(text: str) -> str:
    """Free text (a sentence, an error of a library) with numbers, phones, dates and mail addresses in it masked."""
    masked = _mask_numbers(text)
    return _EMAIL.sub(lambda match: mask_email(match[0]), masked) if "@" in masked else masked


def mask_value(value: str, is_word: Callable[[str], bool] = lambda text: False) -> str:
    """A value of a column that holds nothing private, masked where it looks as if it stood in the wrong column.

    ``is_word`` tells the words of the forms (民族, 安徽省) from names.
    """
    text = value.strip()
    if not text or (value.isascii() and "@" not in value and sum(char.isdigit() for char in value) < 6):
        return value
    if looks_like_name(text) and not is_word(text):
        return mask_name(value)
    if looks_like_address(text) and not is_word(text):
        return mask_address(value)
    return _DOCUMENT.sub(lambda match: mask_number(match[0]), mask_text(value))


def mask_crash(error: BaseException) -> str:
    """An exception as a report may tell it: its type and its words without anything a cell could have held.

    Sentences of our own stay readable; the words of Python and its libraries are English, what is Chinese in them is data.
    """
    if isinstance(error, StuvalidError):
        return shown_sentence(f"{type(error).__name__}: {error}")
    said = _HAN_RUN.sub(lambda match: mask_name(match[0]), mask_value(str(error)))
    return visible(f"{type(error).__name__}: {said}")


def mask_path(path: str, names: frozenset[str] = frozenset()) -> str:
    """A file's name as it may be shown: numbers, birth dates and pupils' names in it masked.

    A word is taken for a name where it is one of ``names``, or looks like one in a picture's or document's name, beside
    a number, or where the name says what it is (身份证, 照片). Schools, classes and days of sending stay readable.
    """
    return "".join(part if part in "/\\" else _mask_part(part, names) for part in re.split(r"([/\\])", path))


def shown_sentence(text: str) -> str:
    """A sentence for the screen's error stream, which CI services keep: numbers masked, nothing in it obeyed."""
    return "\n".join(visible(_mask_numbers(line)) for line in text.split("\n"))


def shown_path(path: str) -> str:
    """A file's name on one line and masked, for sentences about files that no `Wording` words."""
    return visible(mask_path(path))


def name_candidates(path: str) -> set[str]:
    """Every part of a path that could be a pupil's name: two to six characters in a row."""
    runs = (match[0] for match in _PATH_TOKENS.finditer(path))
    return {run[first : first + size] for run in runs for size in range(2, 7) for first in range(len(run) - size + 1)}


def _mask_part(part: str, names: frozenset[str]) -> str:
    masked = _mask_numbers(part)
    personal = bool(masked != part or _PICTURE_OR_PAPER.search(part) or _SAYS_SO.search(part))

    def token(match: re.Match[str]) -> str:
        said = _SAYS_SO.sub("", match[0])
        for name in [said] if said in names or (personal and looks_like_name(said)) else _inside(match[0], names):
            return match[0].replace(name, mask_name(name))
        return match[0]

    return _PATH_TOKENS.sub(token, masked) if personal or names else masked


def _inside(text: str, names: frozenset[str]) -> list[str]:
    return sorted((name for name in names if len(name) > 1 and name in text), key=len, reverse=True)


def looks_like_name(text: str) -> bool:
    """Whether ``text`` is a surname with one to three characters, or words joined by a name's dot."""
    if _DOTTED_NAME.fullmatch(text):
        return True
    if not _NAME.fullmatch(text) or _NO_NAME.fullmatch(text):
        return False
    single, double = _surnames()
    return (len(text) <= 4 and text[0] in single) or any(text.startswith(name) and text != name for name in double)


def looks_like_address(text: str) -> bool:
    """Whether ``text`` names an area and a street or door."""
    return len(text) >= 6 and _AREA.search(text) is not None and _DOOR.search(text.translate(_WIDE)) is not None


@cache
def _surnames() -> tuple[frozenset[str], frozenset[str]]:
    from importlib import resources

    text = (resources.files("stuvalid.findings") / "surnames.txt").read_text(encoding="utf-8")
    words = " ".join(line for line in text.splitlines() if not line.startswith("#")).split()
    lines, pairs = [word for word in words if len(word) > 4], [word for word in words if len(word) <= 4]
    return frozenset("".join(lines)), frozenset(pairs)


def _mask_numbers(text: str) -> str:
    plain = text.translate(_WIDE)
    if not any(char.isdigit() for char in plain):
        return text
    youngest = dt.datetime.now(tz=dt.UTC).year - _YOUNGEST
    found = [(match.span(), mask_phone) for match in _LANDLINE.finditer(plain)]
    found += [(match.span(3), mask_phone) for match in _LOCAL_PHONE.finditer(plain)]
    for match in _DIGITS.finditer(plain):
        bare = re.sub("[ -]", "", match[0])
        if _MOBILE.fullmatch(bare):
            found.append((match.span(), mask_phone))
        elif len(bare) >= 14 and not _TIMESTAMP.fullmatch(match[0]):
            found.append((match.span(), mask_number))
    found += [(match.span(), mask_date) for match in _DATE.finditer(plain) if int(match[1]) <= youngest]
    parts, done = [], 0
    for (start, end), masked in sorted(found, key=lambda entry: entry[0]):
        if start >= done:
            parts += [text[done:start], masked(text[start:end])]
            done = end
    return "".join((*parts, text[done:]))


_MARKS = {"\n": "⏎", "\r": "", "\t": "⇥", "\u3000": "□"}


def visible(text: str) -> str:
    """``text`` on one line, with nothing in it that a terminal, a browser or a CI service would obey.

    Line breaks and blanks that are not seen become marks, control characters (ESC, BEL, the turning of the writing's
    direction) and what is no character a question mark; ``::`` and ``##[`` start commands of CI services.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _MARKS.get(char, "?") for char in text)
    return re.sub(":(?=:)", ": ", text).replace("##[", "## [") if "::" in text or "##[" in text else text
