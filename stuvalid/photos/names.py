"""What a photo's file name says: an ID number, 学校标识码_班号_姓名, or a pupil's name as a teacher wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from stuvalid.codes import identity
from stuvalid.codes.characters import simplified
from stuvalid.photos.rules import PhotoFault, fault
from stuvalid.pupils.classes import CLASS_IN_TEXT

Kind = Literal["number", "no_number", "name"]

_NUMBER = re.compile(r"(?<![0-9A-Za-z])[Gg]?([0-9]{17})([0-9A-Za-z*×])(?![0-9A-Za-z])")
_LEGACY = re.compile(r"(?<![0-9A-Za-z])[0-9]{15}(?![0-9A-Za-z])")
_RUINED = re.compile(r"(?<![0-9])[0-9]{16,20}(?![0-9])")
_OTHER_DOCUMENTS = (
    identity.HOME_RETURN,
    identity.TAIWAN_PASS,
    identity.HONG_KONG_ID,
    identity.MACAU_ID,
    identity.SAR_PASSPORT,
    identity.OLD_FOREIGN_CARD,
)
_PASSPORT = re.compile(r"[A-Z]{1,2}[0-9]{7,9}")
_THREE_PARTS = re.compile(r"([0-9]+)\s*[_\-—－–＿~]+\s*([0-9]+)\s*[_\-—－–＿~]+\s*(\S.*)")
_COPY_MARK = re.compile(
    r"\s*(?:[(（]\s*[0-9]{1,3}\s*[)）]|[-_ ]*(?:副本|复件|copy)(?:\s*[(（]?[0-9]*[)）]?)?)\s*$", re.IGNORECASE
)
_EXTENSIONS = re.compile(r"(?:\.(?:jpe?g|png|bmp|gif|heic|webp|tiff?))+$", re.IGNORECASE)
_WHOSE = re.compile(r"(?:同学|妈妈|爸爸|家长|的?照片)$")
_WORD = re.compile(r"[^\W\d_]+(?:[·•・.][^\W\d_]+)*")
_NOT_NAMES = frozenset(
    {
        "男",
        "女",
        "照片",
        "学籍照",
        "证件照",
        "一寸",
        "二寸",
        "img",
        "image",
        "photo",
        "副本",
        "微信图片",
        "小学",
        "初中",
        "高中",
    }
)


@dataclass(frozen=True, slots=True)
class PhotoName:
    """A file name, read. ``expected`` is its right spelling without extension, '' if only a roster can tell.

    ``words`` are what may be a pupil's name, the likeliest first; ``class_hint`` the part that names a class.
    """

    kind: Kind
    number: str = ""
    school_code: str = ""
    class_code: str = ""
    name: str = ""
    words: tuple[str, ...] = ()
    class_hint: str = ""
    expected: str = ""


def read_name(stem: str) -> PhotoName:
    """Read a file name without its extension. Full-width digits, blanks and copy marks do not stop it."""
    plain = _without_marks(stem)
    parts = _THREE_PARTS.fullmatch(plain)
    if parts and len(parts[1]) >= 7 and len(parts[2]) <= 8:
        name = parts[3].strip()
        return PhotoName(
            "no_number",
            school_code=parts[1],
            class_code=parts[2],
            name=name,
            words=(name,),
            expected=f"{parts[1]}_{parts[2]}_{name}",
        )
    number = _number_in(plain)
    if number:
        return PhotoName("number", number=number, words=_words(plain), expected=number)
    hint = CLASS_IN_TEXT.search(plain)
    return PhotoName("name", words=_words(plain), class_hint=hint[0] if hint else "")


def _without_marks(stem: str) -> str:
    plain = unicodedata.normalize("NFKC", stem).replace("\u200b", "").replace("\ufeff", "").strip()
    plain = _COPY_MARK.sub("", plain).strip()
    return _COPY_MARK.sub("", _EXTENSIONS.sub("", plain)).strip()


def _number_in(plain: str) -> str:
    found = _NUMBER.search(plain)
    if found:
        last = found[2].upper().replace("*", "X").replace("×", "X")
        return found[1] + last
    legacy = _LEGACY.search(plain)
    if legacy:
        return legacy[0]
    compact = re.sub(r"\s+", "", plain).upper()
    if compact != plain.upper() and _NUMBER.fullmatch(compact):
        return compact
    ruined = _RUINED.search(plain)
    if ruined and len(ruined[0]) != 18:
        return ruined[0]
    if any(pattern.fullmatch(compact) for pattern in _OTHER_DOCUMENTS) or _PASSPORT.fullmatch(compact):
        return compact
    return ""


def _words(plain: str) -> tuple[str, ...]:
    without_class = CLASS_IN_TEXT.sub(" ", plain)
    words = [word for word in _WORD.findall(without_class) if len(word) > 1 and word.lower() not in _NOT_NAMES]
    words = [word for word in words if not word.endswith(("班", "年级", "学校", "小学", "中学"))]
    latin = " ".join(word for word in words if word.isascii())
    if " " in latin:
        words.append(latin)
    words += [shorter for word in words if len(shorter := _WHOSE.sub("", word)) > 1]
    return tuple(dict.fromkeys(words))


def name_key(name: str) -> str:
    """Names that differ only in blanks, middle dots, width, case or traditional characters have one key."""
    plain = re.sub(r"[\s·•・.．]", "", unicodedata.normalize("NFKC", name)).casefold()
    return "".join(simplified(char) or char for char in plain)


def judge_name(stem: str, suffix: str, read: PhotoName) -> Iterator[PhotoFault]:
    """Faults of the name by itself, without a roster; ``suffix`` with its dot."""
    if suffix != ".jpg":
        yield fault("wrong_extension", found=suffix or "（无）", about="file_name")
    if read.kind == "name":
        yield fault("name_not_recognised", about="file_name", value=stem)
        return
    if read.kind == "number":
        yield from _judge_number(stem, read)
        return
    if read.expected != stem:
        yield _spelling(stem, read.expected)
    if len(read.school_code) != 10:
        reasons = {"reason": "不是10位", "reason_en": "not ten digits"}
        yield fault("wrong_school_code_in_name", found=read.school_code, about="school_code", **reasons)
    if len(read.class_code) != 7:
        yield fault("wrong_class_code_in_name", found=read.class_code, about="class_code")


def _judge_number(stem: str, read: PhotoName) -> Iterator[PhotoFault]:
    number = read.number
    problem = number_problem(number)
    if problem:
        yield fault(
            "number_in_name_invalid",
            number=number,
            reason=problem[0],
            reason_en=problem[1],
            about="id_number",
            value=number,
        )
        return
    if stem != number and len(stem) == len(number) and stem[:-1] == number[:-1]:
        yield fault("small_x_in_name", found=stem[-1], about="id_number", value=stem)
    elif stem != number:
        yield _spelling(stem, number)


def _spelling(stem: str, expected: str) -> PhotoFault:
    words = ("多余的字符或全角字符", "extra or full-width characters")
    if stem.upper() == f"G{expected}":
        words = ("多余的“G”（那是学籍号）", "a “G” (that is the record number)")
    elif _EXTENSIONS.search(stem):
        words = ("两个扩展名", "two extensions")
    return fault(
        "spelling_of_name", stem=stem, expected=expected, what=words[0], what_en=words[1], about="file_name", value=stem
    )


def number_problem(number: str) -> tuple[str, str] | None:
    """Why a number cannot be an ID number (zh, en), None if it can. Other documents than the resident ID pass."""
    if not identity.RESIDENT.fullmatch(number):
        return _shape_problem(number)
    if identity.calendar_date(number[6:14]) is None:
        return f"出生日期 {number[6:14]} 不存在", f"there is no day {number[6:14]}"
    expected = identity.check_character(number[:17])
    if expected != number[17]:
        return f"校验位应为 {expected}", f"the check character should be {expected}"
    return None


def _shape_problem(number: str) -> tuple[str, str] | None:
    if identity.LEGACY.fullmatch(number):
        return "15位旧号码，应换成18位", "an old 15-digit number; use the 18-digit one"
    if number.isdigit() and len(number) >= 16:
        return f"{len(number)}位，应为18位", f"{len(number)} digits instead of 18"
    if len(number) == 18 and number[:17].isdigit():
        return "末位不是数字或X", "the last character is neither digit nor X"
    return None
