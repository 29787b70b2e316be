"""Which school a file belongs to: by what it holds, then by its name and its folders', never by guessing.

A file name is evidence, too, when it contradicts: what is held wins, and the contradiction is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from stuvalid.codes import schoolcodes
from stuvalid.pupils.schools import School, SchoolList, name_index, plain_name, short_name

_MAJORITY = 0.9
_NOT_A_NAME = re.compile(
    r"[0-9a-z]+|学生|基础|基本|信息|学籍|采集|数据|表格|模板|照片|相片|新生|上报|汇总|年级|班级|最终|定稿|修改|最新|副本|扩展"
)
_SCHOOL_NAME = re.compile(
    r"[\u4e00-\u9fff0-9·（）()]{2,40}?(?:小学校?|中学校?|学校|学堂|幼儿园|完小|教学点|学院附[小中]|[一二三四五六七八九十]中(?!学))"
)
_TITLE_NAME = re.compile(r"学校(?:名称)?\s*[:：]\s*([^\s:：]+)")
_NO_SCHOOL = re.compile(r"收到|收齐|材料|上报|报送|各|所有|全[县市区]|学生|我们")
_CLASS_AT_MOST = re.compile(r"[0-9]{0,7}")
_SUFFIX = re.compile(r"\.[0-9A-Za-z]{2,5}$")
_ABOVE_SCHOOLS = re.compile(r"学区|中心校|学片|集团|教育局|教办|街道|[乡镇区县市]$")


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a file is. ``school`` is '' where that cannot be told; ``zh``/``en`` say how, or why not.

    ``contradicts`` is the name that says otherwise, ``strays`` the number of pupils with another school's code.
    """

    school: str
    zh: str
    en: str
    contradicts: str = ""
    strays: int = 0


NOTHING = Ownership("", "名称和所在文件夹看不出学校", "neither its name nor its folder tells a school")
NO_CODE = Ownership(
    "",
    "表里没有学校标识码，名称和所在文件夹也看不出学校",
    "it holds no school code, and neither name nor folder names a school",
)


@dataclass(slots=True)
class NameEvidence:
    """Reads schools out of file and folder names. ``seen`` are codes that occur in the sheets."""

    schools: SchoolList
    seen: Collection[str]
    _index: Mapping[str, set[str]] = field(init=False)
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._index = name_index(self.schools)

    @classmethod
    def of_books(cls, books: Iterable[Book], schools: SchoolList) -> NameEvidence:
        """From the official list; where there is none, from what the books and their names say themselves."""
        books = list(books)
        return cls(schools if schools.given else derive_schools(books), {code for book in books for code in book.codes})

    def of_path(self, name: str) -> tuple[frozenset[str], str]:
        """Codes the path speaks for, and the part of it that does; several codes when it contradicts itself."""
        found: frozenset[str] = frozenset()
        where = ""
        for part in reversed(PurePosixPath(name).parts):
            codes = self.of_part(part)
            if not codes:
                continue
            if not found:
                found, where = codes, part
            elif not _ABOVE_SCHOOLS.search(PurePosixPath(part).stem):
                found = found & codes or found | codes
        return found, where

    def of_part(self, part: str) -> frozenset[str]:
        """Codes of the schools that one file or folder name can mean."""
        if part not in self._known:
            self._known[part] = frozenset(self._codes(part) | self._names(part))
        return self._known[part]

    def _codes(self, part: str) -> set[str]:
        codes = set(schoolcodes.codes_in(part))
        if self.schools.given:
            return {code for code in codes if code in self.schools}
        prescribed = prescribed_code(part)
        return {code for code in codes if code in self.seen or code in self.schools or code == prescribed}

    def _names(self, part: str) -> set[str]:
        suffix = PurePosixPath(part).suffix
        plain = plain_name(part.removesuffix(suffix) if len(suffix) < 6 else part)
        hits = [name for name in self._index if name in plain]
        longest = [name for name in hits if not any(name != other and name in other for other in hits)]
        codes = set().union(*(self._index[name] for name in longest)) if longest else set()
        return codes or self._abbreviated(plain)

    def _abbreviated(self, plain: str) -> set[str]:
        """双塔西街 for 双塔西街小学, where only one school of the list begins so."""
        rest = _NOT_A_NAME.sub("", plain)
        if not self.schools.given or len(rest) < 2:
            return set()
        return set().union(*(codes for name, codes in self._index.items() if name.startswith(rest)), set())


class Book(NamedTuple):
    """What tells whose a workbook is: its path, its pupils counted by school code, what stands above its headers."""

    name: str
    codes: Counter[str]
    titles: Sequence[str] = ()

    @property
    def code(self) -> str:
        """The one code it bears itself, in most rows or else above the header; '' if it bears none or several there."""
        if self.codes:
            return self.codes.most_common(1)[0][0]
        above = {code for title in self.titles for code in schoolcodes.codes_in(title)}
        return above.pop() if len(above) == 1 else ""


def prescribed_code(part: str) -> str:
    """The school code of a folder or file named as prescribed (2114010068双塔西街小学), or by the code alone; '' else."""
    stem = _SUFFIX.sub("", unicodedata.normalize("NFKC", part))
    codes = [code for code in schoolcodes.codes_in(stem) if schoolcodes.is_possible(code)]
    rest = plain_name(schoolcodes.without_codes(stem))
    fits = len(codes) == 1 and (_CLASS_AT_MOST.fullmatch(rest) or any("\u4e00" <= char <= "\u9fff" for char in rest))
    return codes[0] if fits else ""


def owner_of_workbook(book: Book, evidence: NameEvidence) -> Ownership:
    """Whose workbook: by its pupils' codes, by the code above its header, by its name and folders, by a name above."""
    named, where = evidence.of_path(book.name)
    codes = book.codes
    if not codes:
        return _without_codes(book, named, where, evidence)
    code, most = codes.most_common(1)[0]
    total = codes.total()
    if len(codes) > 1 and most < _MAJORITY * total:
        shown = "、".join(f"{one}（{size}人）" for one, size in codes.most_common(4))
        shown_en = ", ".join(f"{one} ({size} pupils)" for one, size in codes.most_common(4))
        return Ownership("", f"表里有几所学校：{shown}", f"it holds several schools: {shown_en}")
    if evidence.schools.given and code not in evidence.schools and named:
        return Ownership(
            "",
            f"表里是 {code}，不在学校名单里，而名称“{where}”指向 {_listed(named)}",
            f"it says {code}, which is not in the list, while '{where}' means {_listed(named)}",
        )
    contradicts = where if named and code not in named else ""
    return Ownership(code, "按表内学校标识码", "by the school code in the sheets", contradicts, total - most)


def _without_codes(book: Book, named: frozenset[str], where: str, evidence: NameEvidence) -> Ownership:
    if book.code and (not evidence.schools.given or book.code in evidence.schools):
        contradicts = where if named and book.code not in named else ""
        return Ownership(book.code, "按表头上方的学校标识码", "by the school code above the header", contradicts)
    owner = _by_name(named, where, evidence.schools)
    if owner is not NOTHING:
        return owner
    above = frozenset().union(*(evidence.of_part(title) for title in book.titles))
    if len(above) == 1:
        return Ownership(next(iter(above)), "按表头上方的学校名称", "by the school's name above the header")
    return NO_CODE


def owner_by_name(name: str, evidence: NameEvidence) -> Ownership:
    """Whose file, by its name and folders alone."""
    named, where = evidence.of_path(name)
    return _by_name(named, where, evidence.schools)


def owner_of_photo(name: str, held: Iterable[str], evidence: NameEvidence) -> Ownership:
    """Whose photo: ``held`` are the schools that have the pupil its name tells."""
    of_pupil = set(held)
    named, where = evidence.of_path(name)
    if len(of_pupil) > 1 and named & of_pupil:
        of_pupil = of_pupil & named
    if len(of_pupil) == 1:
        code = next(iter(of_pupil))
        contradicts = where if named and code not in named else ""
        return Ownership(code, "按照片上的学生", "by the pupil it is named for", contradicts)
    return _by_name(named, where, evidence.schools)


def _by_name(named: frozenset[str], where: str, schools: SchoolList) -> Ownership:
    if len(named) == 1:
        return Ownership(next(iter(named)), f"按名称“{where}”", f"by the name '{where}'")
    if named:
        return Ownership(
            "", f"名称可指几所学校：{_names(named, schools)}", f"its name can mean several schools: {_listed(named)}"
        )
    return NOTHING


def _listed(codes: Collection[str]) -> str:
    return "、".join(sorted(codes)[:4])


def _names(codes: Collection[str], schools: SchoolList) -> str:
    found = [schools.find(code) for code in sorted(codes)[:4]]
    return "、".join(f"{school.code}{school.short}" for school in found if school is not None)


def by_neighbours(owners: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """For files without evidence of their own the one school whose files lie in the nearest folder with any.

    ``owners`` are the workbooks that are decided, by name; folders that hold several schools' files say nothing.
    """
    inside: dict[str, set[str]] = {}
    for name, code in owners.items():
        for folder in _folders(name):
            inside.setdefault(folder, set()).add(code)
    found = {}
    for name in names:
        nearest = next((inside[folder] for folder in _folders(name) if folder in inside), set())
        if len(nearest) == 1:
            found[name] = next(iter(nearest))
    return found


def _folders(name: str) -> list[str]:
    """The folders a file lies in, the nearest first, without the outermost."""
    return [str(parent) for parent in PurePosixPath(name).parents if str(parent) != "."]


def derive_schools(books: Iterable[Book]) -> SchoolList:
    """Without an official list: the codes of the books, with the names that files, folders and titles give them."""
    names: dict[str, list[str]] = {}
    for book in books:
        parts = [_SUFFIX.sub("", unicodedata.normalize("NFKC", part)) for part in PurePosixPath(book.name).parts]
        code = book.code or next((found for part in reversed(parts) if (found := prescribed_code(part))), "")
        if code:
            names.setdefault(code, []).extend(_names_of(code, parts, book.titles))
    return SchoolList({code: _named(code, names[code]) for code in sorted(names)})


def _names_of(code: str, parts: Sequence[str], titles: Sequence[str]) -> list[str]:
    """Names for a code: what stands beside it in a folder's or file's name, then what looks like a school's name.

    What stands beside another school's code is that school's.
    """
    beside = [text for part in parts if code in part for text in part.split(code)]
    next_to = [school_name_in(text) or text.strip(" _-—()") for text in reversed(beside)]
    own = [text for text in [*titles, *reversed(parts)] if not set(schoolcodes.codes_in(text)) - {code}]
    words = [found for text in own if (found := school_name_in(text))]
    return [name for name in [*next_to, *words] if len(plain_name(name)) >= 2]


def school_name_in(text: str) -> str:
    """What looks like a school's name in a title, folder or file name: 双塔西街小学; '' where nothing does."""
    told = _TITLE_NAME.search(text)
    if told:
        return told[1]
    found = _SCHOOL_NAME.search(schoolcodes.without_codes(text).strip(" _-—"))
    return found[0].strip("()（）") if found and not _NO_SCHOOL.search(found[0]) else ""


def _named(code: str, names: Sequence[str]) -> School:
    """The name most of its files give it, the first of equals."""
    best = max(dict.fromkeys(names), key=names.count, default="")
    return School(code, best, short_name(best))
