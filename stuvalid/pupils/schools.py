"""The official list of schools: codes, names, the county, and how many pupils and classes are expected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from stuvalid.codes import divisions, schoolcodes
from stuvalid.errors import StuvalidError, UnreadableFile, UsageError
from stuvalid.files import never_write
from stuvalid.forms.matching import plain_header

T = TypeVar("T")
_COUNTED = frozenset({"pupils", "classes", "phone", "contact"})
_OF_SCHOOL = re.compile(r"^(?:学校|全校|本校|各校)")
_UNIT = re.compile(r"[(（](?:人|个|名|班)[)）]$")
_SCHOOL_WORD = re.compile(r"(小|中|职业|专)学校$")
_BARE = frozenset({"小学", "中学", "学校", "小", "中", "初级中学", "高级中学", "完全小学", "九年制学校", ""})
_HEADER_ROWS = 30
_TIMEOUT_SECONDS, _MEMORY_BYTES = 120.0, 2 << 30
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "code": ("学校标识码", "学校代码", "标识码", "学校编码", "机构标识码", "学校(机构)标识码", "school_code"),
    "name": ("学校名称", "学校全称", "校名", "单位名称", "机构名称", "学校", "school_name", "name"),
    "short": ("学校简称", "简称", "short_name"),
    "county": (
        "县区代码",
        "行政区划代码",
        "行政区划",
        "所属行政区划",
        "区划代码",
        "县(市、区)代码",
        "学校地址代码",
        "属地管理教育行政部门代码",
        "学校属地管理教育行政部门代码",
        "county_code",
        "county",
    ),
    "county_name": (
        "县区",
        "区县",
        "县(市、区)",
        "县(区)",
        "县市区",
        "区(县)",
        "所属县区",
        "所属区县",
        "所在县区",
        "所在区县",
        "所属县",
        "县名称",
        "县",
    ),
    "pupils": (
        "学生数",
        "学生人数",
        "在校生数",
        "在校学生数",
        "应报人数",
        "应报学生数",
        "人数",
        "在籍学生数",
        "学生总数",
        "学生总人数",
        "总人数",
        "应有学生数",
        "应到学生数",
        "pupils",
    ),
    "classes": ("班级数", "班数", "教学班数", "应报班级数", "班级总数", "班级个数", "应有班级数", "classes"),
    "contact": ("联系人", "学籍管理员", "经办人", "负责人", "校长", "校长姓名", "contact"),
    "phone": (
        "联系电话",
        "电话",
        "联系方式",
        "办公电话",
        "手机",
        "手机号",
        "手机号码",
        "电话号码",
        "联系人电话",
        "负责人电话",
        "校长电话",
        "校长手机号码",
        "学籍管理员电话",
        "经办人电话",
        "phone",
    ),
    "class_code": ("班号", "班级号", "班级编码", "class_code"),
}


@dataclass(frozen=True, slots=True)
class School:
    """One school as the list has it. ``county`` is six digits, '' if unknown; counts are -1 where none is expected.

    ``contact`` and ``phone`` say whom to call: an official's, from the list that the authority made.
    """

    code: str
    name: str
    short: str = ""
    county: str = ""
    pupils: int = -1
    classes: int = -1
    class_sizes: Mapping[str, int] = field(default_factory=dict)
    contact: str = ""
    phone: str = ""

    @property
    def called(self) -> str:
        """What it goes by in folders and lists: its short name where it has one."""
        return self.short or self.name


@dataclass(frozen=True, slots=True)
class SchoolList:
    """The schools by code, in the order of codes; ``given`` is False when there is no list."""

    schools: Mapping[str, School] = field(default_factory=dict)
    given: bool = False

    def __contains__(self, code: str) -> bool:
        return code in self.schools

    def find(self, code: str) -> School | None:
        """The school with this code."""
        return self.schools.get(code)


def read_schools(path: Path) -> SchoolList:
    """The list of schools in a workbook or csv, read in a process of its own.

    Raises UsageError when no sheet has the columns 学校标识码 and 学校名称 with a school below them.
    """
    return read_isolated(_read_list, path)


def read_isolated(function: Callable[[Path], T | StuvalidError], path: Path) -> T:
    """``function(path)`` in a process of its own, as every workbook from elsewhere is read; raises what it returns."""
    from stuvalid import workers

    if not path.is_file():
        raise UsageError(f"找不到“{path}”。", f"'{path}' does not exist.")
    never_write(path)
    for outcomes in workers.run(
        partial(_each, function), [path], workers=1, timeout=_TIMEOUT_SECONDS, memory_bytes=_MEMORY_BYTES
    ):
        result = outcomes[0].result
        if isinstance(result, StuvalidError):
            raise result
        if outcomes[0].failure is None:
            return cast("T", result)
    raise UnreadableFile(f"“{path.name}”读不了。", f"'{path.name}' cannot be read.")


def _each(function: Callable[[Path], Any], paths: list[Path]) -> list[Any]:
    return [function(path) for path in paths]


def _read_list(path: Path) -> SchoolList | StuvalidError:
    from stuvalid.excel import read_workbook

    try:
        workbook = read_workbook(path)
    except StuvalidError as error:
        return error
    rows = [row for sheet in workbook.sheets for row in _rows(sheet)]
    if not rows:
        return UsageError(
            f"学校名单“{path.name}”里没有找到学校。",
            f"The list '{path.name}' names no school.",
            mend_zh="需要“学校标识码”（10位）和“学校名称”两列。",
            mend_en="It needs the columns 学校标识码 (10 digits) and 学校名称.",
        )
    return SchoolList(_merge(rows), given=True)


def _rows(sheet: Any) -> list[dict[str, str]]:
    """The rows of a sheet that name a school, by our keys; none if the sheet is no list of schools."""
    columns: dict[str, int] = {}
    header = -1
    for number, texts in enumerate(sheet.head(_HEADER_ROWS)):
        columns = _columns(texts)
        if "code" in columns:
            header = number
            break
    if header < 0:
        return []
    rows = []
    for row in range(header + 1, sheet.height):
        entry = {key: sheet.text(row, column).strip() for key, column in columns.items()}
        entry["code"] = re.sub(r"\s|\.0+$", "", entry["code"]).lstrip("'")
        if schoolcodes.names_a_school(entry["code"]):
            rows.append(entry)
    return rows


def _columns(texts: Sequence[str]) -> dict[str, int]:
    """Where each of our keys stands; 学校学生数 and 全校人数（人） are what 学生数 and 人数 are."""
    plain = [plain_header(text) for text in texts]
    bare = [_UNIT.sub("", _OF_SCHOOL.sub("", text)) for text in plain]
    found = {}
    for key, names in _HEADERS.items():
        wanted = [plain_header(name) for name in names]
        whole = next((plain.index(name) for name in wanted if name in plain), -1)
        if whole < 0 and key in _COUNTED:
            whole = next((bare.index(name) for name in wanted if name in bare), -1)
        if whole >= 0:
            found[key] = whole
    return found


def _merge(rows: Sequence[dict[str, str]]) -> dict[str, School]:
    """Rows of one school (one a class, or on several sheets) as one school each."""
    by_code: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_code.setdefault(row["code"], []).append(row)
    return {code: _school(code, by_code[code]) for code in sorted(by_code)}


def _school(code: str, rows: Sequence[dict[str, str]]) -> School:
    name = _first(rows, "name")
    county = _county(_first(rows, "county")) or _county(_first(rows, "county_name"))
    sizes = {row["class_code"]: _count(row.get("pupils", "")) for row in rows if row.get("class_code")}
    whole = [row for row in rows if not row.get("class_code")]
    known = [size for size in sizes.values() if size >= 0]
    pupils = max((_count(row.get("pupils", "")) for row in whole), default=-1)
    classes = max((_count(row.get("classes", "")) for row in whole), default=-1)
    return School(
        code,
        name,
        _first(rows, "short") or short_name(name, county),
        county,
        pupils if pupils >= 0 else (sum(known) if known and len(known) == len(sizes) else -1),
        classes if classes >= 0 else (len(sizes) or -1),
        {key: size for key, size in sizes.items() if size >= 0},
        _first(rows, "contact"),
        _first(rows, "phone"),
    )


def _first(rows: Sequence[dict[str, str]], key: str) -> str:
    return next((row[key] for row in rows if row.get(key)), "")


def _count(text: str) -> int:
    plain = re.sub(r"\.0+$|[人名个,，\s]", "", text)
    return int(plain) if plain.isascii() and plain.isdigit() else -1


def _county(text: str) -> str:
    """Six digits from a division code, or from a county's name when only one county bears it."""
    digits = re.match(r"[0-9]{6}", text)
    if digits:
        return digits[0]
    found = (
        [
            entry
            for entry in divisions.search(text, 50)
            if entry.is_county and not entry.aggregate and entry.last_year is None
        ]
        if text
        else []
    )
    exact = [entry for entry in found if text in (entry.name, divisions.full_name(entry.code))]
    return exact[0].code if len(exact) == 1 else ""


def name_index(schools: SchoolList) -> dict[str, set[str]]:
    """Codes by every plain name a school goes by; a name of several schools has several codes."""
    index: dict[str, set[str]] = {}
    for school in schools.schools.values():
        for name in (school.name, school.short, short_name(school.name, school.county)):
            if len(plain_name(name)) >= 3:
                index.setdefault(plain_name(name), set()).add(school.code)
    return index


@lru_cache(maxsize=4096)
def short_name(name: str, county: str = "") -> str:
    """太原市迎泽区双塔西街小学校 as 双塔西街小学: without the places it lies in (``county``: six digits) and the last 校."""
    plain = unicodedata.normalize("NFKC", name).replace(" ", "").strip()
    for place in _places(county):
        rest = plain.removeprefix(place)
        if rest != plain and _SCHOOL_WORD.sub(r"\1学", rest) not in _BARE:
            plain = rest
    shorter = _SCHOOL_WORD.sub(r"\1学", plain)
    return shorter if shorter not in _BARE else plain


def _places(county: str) -> list[str]:
    """Names of province, city and county, the order in which they stand before a school's name."""
    places = []
    for code in (f"{county[:2]}0000", f"{county[:4]}00", county) if len(county) == 6 else ():
        found = divisions.find(code)
        if found is not None and not found.aggregate:
            places.append(found.name)
    return places


def plain_name(text: str) -> str:
    """A name for comparing: width folded, no blanks, brackets or dots, the last 校 of 小学校 dropped."""
    folded = re.sub(r"[\s()（）\[\]【】《》\"'“”·._\-—－]+", "", unicodedata.normalize("NFKC", text)).casefold()
    return re.sub(r"(小|中)学校", r"\1学", folded)
