"""Which school a file belongs to: by what it holds, then by its name and its folders', never by guessing.

A file name is evidence, too, when it contradicts: what is held wins, and the contradiction is told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from stuvalid.bundle.naming import plain_name
from stuvalid.bundle.schools import SchoolList, name_index

_CODE_IN_NAME = re.compile(r"(?<![0-9])[0-9]{10}(?![0-9])")
_MAJORITY = 0.9
_NOT_A_NAME = re.compile(
    r"[0-9a-z]+|学生|基础|基本|信息|学籍|采集|数据|表格|模板|照片|相片|新生|上报|汇总|年级|班级|最终|定稿|修改|最新|副本|扩展"
)
_ABOVE_SCHOOLS = re.compile(r"学区|中心校|学片|集团|教育局|教办|街道|[乡镇区县市]$")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a file is. ``school`` is '' where that cannot be told; ``zh``/``en`` say how, or why not.

    ``contradicts`` is the name that says otherwise, ``strays`` the number of pupils with another school's code.
    """

    school: str
    zh: str
    en: str
    contradicts: str = ""
    strays: int = 0


NOTHING = Owner("", "名称和所在文件夹看不出学校", "neither its name nor its folder tells a school")
NO_CODE = Owner(
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
        codes = set(_CODE_IN_NAME.findall(part))
        if self.schools.given:
            return {code for code in codes if code in self.schools}
        return {code for code in codes if code in self.seen or code in self.schools}

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


def owner_of_workbook(name: str, codes: Counter[str], evidence: NameEvidence) -> Owner:
    """Whose workbook: ``codes`` counts its pupils by school code."""
    named, where = evidence.of_path(name)
    if not codes:
        owner = _by_name(named, where, evidence.schools)
        return NO_CODE if owner is NOTHING else owner
    code, most = codes.most_common(1)[0]
    total = codes.total()
    if len(codes) > 1 and most < _MAJORITY * total:
        shown = "、".join(f"{one}（{size}人）" for one, size in codes.most_common(4))
        shown_en = ", ".join(f"{one} ({size} pupils)" for one, size in codes.most_common(4))
        return Owner("", f"表里有几所学校：{shown}", f"it holds several schools: {shown_en}")
    if evidence.schools.given and code not in evidence.schools and named:
        return Owner(
            "",
            f"表里是 {code}，不在学校名单里，而名称“{where}”指向 {_listed(named)}",
            f"it says {code}, which is not in the list, while '{where}' means {_listed(named)}",
        )
    contradicts = where if named and code not in named else ""
    return Owner(code, "按表内学校标识码", "by the school code in the sheets", contradicts, total - most)


def owner_by_name(name: str, evidence: NameEvidence) -> Owner:
    """Whose file, by its name and folders alone."""
    named, where = evidence.of_path(name)
    return _by_name(named, where, evidence.schools)


def owner_of_photo(name: str, held: Iterable[str], evidence: NameEvidence) -> Owner:
    """Whose photo: ``held`` are the schools that have the pupil its name tells."""
    of_pupil = set(held)
    named, where = evidence.of_path(name)
    if len(of_pupil) > 1 and named & of_pupil:
        of_pupil = of_pupil & named
    if len(of_pupil) == 1:
        code = next(iter(of_pupil))
        contradicts = where if named and code not in named else ""
        return Owner(code, "按照片上的学生", "by the pupil it is named for", contradicts)
    return _by_name(named, where, evidence.schools)


def _by_name(named: frozenset[str], where: str, schools: SchoolList) -> Owner:
    if len(named) == 1:
        return Owner(next(iter(named)), f"按名称“{where}”", f"by the name '{where}'")
    if named:
        return Owner(
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
