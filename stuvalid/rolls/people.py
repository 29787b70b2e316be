"""Any list of people as it comes: a registration form, the registry's export, a class teacher's list of names.

Forms are read as `check` reads them. Other lists are read by their headers (``people.toml``): a name is enough. A printed
list of two blocks side by side (序号 姓名 | 序号 姓名) is read block by block; where the rows do not say which class they are of,
the title, the sheet's name or the file's does.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from stuvalid.errors import StuvalidError, UsageError
from stuvalid.findings import FileReport, Findings, NotChecked, Place
from stuvalid.forms.matching import plain_header

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions
    from stuvalid.excel.model import Sheet, Workbook
    from stuvalid.received.walk import Source

_HEADER_ROWS = 30
_LEAST_DIGITS = 8
_MEMORY_BYTES = 3 << 30
_TIMEOUT_SECONDS = 120.0
_CHUNK = 10
_SEXES = {"男": "男", "女": "女", "1": "男", "2": "女", "男性": "男", "女性": "女", "男生": "男", "女生": "女"}
_NOT_NAMES = re.compile(
    r"\d|^(?:合计|总计|小计|共计|男生|女生|人数|总数|备注|说明|姓名)$|[：:]|签[字名]|填表|制表|班主任|盖章"
)
_LONGEST_NAME = 40
_RECORD_NUMBER = re.compile(r"[GJL]?([0-9]{17}[0-9X])")
_SPELLING = re.compile(r"[\s·.．•・‧\u200b\ufeff]+")


class Person(NamedTuple):
    """One row of a list: where it stands, and its texts by what they are, '' where the list does not say.

    ``row`` is the Excel row, ``column`` that of the name (0-based); ``class_code`` is seven digits or ''; ``class_text`` is what the list calls the class.
    """

    file: str
    sheet: str
    row: int
    column: int
    name: str
    sex: str = ""
    birth_date: str = ""
    id_type: str = ""
    id_number: str = ""
    record_number: str = ""
    class_code: str = ""
    class_text: str = ""
    school_code: str = ""
    status: str = ""
    movement: str = ""
    date: str = ""
    reason: str = ""
    reply: str = ""

    @property
    def place(self) -> Place:
        """The cell of the name."""
        return Place(self.file, self.sheet, self.row - 1, self.column)

    @property
    def group(self) -> str:
        """The class as people know it, 小学2024级(2)班 where it is known which it is."""
        from stuvalid.codes.classcodes import class_title

        return class_title(self.class_code) or self.class_text

    @property
    def spelling(self) -> str:
        """The name to compare by: width folded, without blanks and dots, capitals as small letters."""
        return plain_spelling(self.name)

    @property
    def number(self) -> str:
        """The number that identifies the person: of the document, else the one inside 学籍号; '' if masked or none."""
        from stuvalid.pupils.keys import key_of_number, plain_number

        for text in (self.id_number, self.record_number):
            plain = plain_number(text)
            found = _RECORD_NUMBER.fullmatch(plain)
            if found:
                return found[1]
            if plain and "*" not in text and key_of_number(plain):
                return plain
        return ""

    @property
    def born(self) -> str:
        """Eight digits, from the date or else the number; '' if neither says."""
        digits = re.sub(r"[^0-9]", "", self.birth_date)
        if len(digits) == _LEAST_DIGITS:
            return digits
        found = re.fullmatch(r"[0-9]{6}([0-9]{8})[0-9]{3}[0-9X]", self.number)
        return found[1] if found else ""


def plain_spelling(name: str) -> str:
    """A name to compare by: width folded, without blanks and dots, capitals as small letters."""
    return _SPELLING.sub("", unicodedata.normalize("NFKC", name)).casefold()


_WANTED = frozenset({*Person._fields, "grade", "class_name"})


@dataclass(slots=True)
class List:
    """The people of one sheet. ``is_registry`` when it carries registry numbers or is a registration form."""

    file: str
    sheet: str
    people: list[Person]
    is_registry: bool
    has_movements: bool = False


@dataclass(slots=True)
class Lists:
    """Every list that was read, and what was not: ``unread`` are files with no list, each with its reason (zh, en)."""

    lists: list[List] = field(default_factory=list)
    unread: list[tuple[str, str, str]] = field(default_factory=list)
    not_read: list[NotChecked] = field(default_factory=list)

    def where(self, is_registry: bool) -> Lists:
        """Only those that are of the registry, or are not."""
        return Lists([entry for entry in self.lists if entry.is_registry == is_registry])

    def findings(self, *more: Lists) -> Findings:
        """What was read here and in ``more``, as a run's account: a report a file, and what was not read."""
        files: dict[str, FileReport] = {}
        for part in (self, *more):
            for entry in part.lists:
                report = files.setdefault(entry.file, FileReport(entry.file, sheet=entry.sheet))
                report.rows += len(entry.people)
            for name, zh, en in part.unread:
                files[name] = FileReport(name, "unreadable", reason_zh=zh, reason_en=en)
        found = Findings([files[name] for name in sorted(files)])
        found.not_checked += [entry for part in (self, *more) for entry in part.not_read]
        return found

    @property
    def people(self) -> list[Person]:
        """The people of all lists that tell of no movements."""
        return [person for entry in self.lists if not entry.has_movements for person in entry.people]

    @property
    def movements(self) -> list[Person]:
        """The rows of the lists that tell of movements."""
        return [person for entry in self.lists if entry.has_movements for person in entry.people]


@dataclass(frozen=True, slots=True)
class _Job:
    source: Source
    password: str | None
    today: dt.date


def read_lists(
    paths: Sequence[Path], options: CheckOptions, *, progress: Callable[[int, int], None] | None = None
) -> Lists:
    """Every list of people below ``paths``, read in processes that may die. Raises UsageError when there is none."""
    from stuvalid.received.walk import receiving

    with receiving(paths, password=options.password) as reception:
        found = lists_from(reception.of_kind("workbook"), options, progress=progress)
        found.not_read = reception.not_read("workbook")
    if not found.lists:
        first = found.unread[0] if found.unread else ("", "没有工作簿", "there is no workbook")
        raise UsageError(
            f"没有读到学生名单：{first[1]}",
            f"There is no list of pupils: {first[2]}",
            mend_zh="名单要有“姓名”一列，最好还有班级、性别、身份证件号或学籍号。",
            mend_en="A list needs the column 姓名; 班级, 性别, 身份证件号 or 学籍号 help.",
        )
    return found


def lists_from(
    sources: Sequence[Source], options: CheckOptions, *, progress: Callable[[int, int], None] | None = None
) -> Lists:
    """The lists of people in these workbooks, read in processes that may die."""
    import os

    from stuvalid import workers as processes

    found = Lists()
    jobs = [_Job(source, options.password, options.today) for source in sources]
    results: dict[int, list[List] | StuvalidError] = {}
    done = 0
    for outcomes in processes.run(
        _read_chunk,
        jobs,
        workers=min(options.workers or os.cpu_count() or 1, max(1, len(jobs))),
        timeout=_TIMEOUT_SECONDS,
        memory_bytes=_MEMORY_BYTES,
        chunk=max(1, min(_CHUNK, len(jobs))),
    ):
        for outcome in outcomes:
            results[outcome.index] = outcome.result or StuvalidError("读不了这个文件。", "This file cannot be read.")
        done += len(outcomes)
        if progress:
            progress(done, len(jobs))
    for index, source in enumerate(sources):
        result = results[index]
        if isinstance(result, StuvalidError):
            found.unread.append((source.name, result.zh, result.en))
        elif not any(entry.people for entry in result):
            found.unread.append((source.name, "没有“姓名”列，不是学生名单", "it has no column of names"))
        else:
            found.lists += result
    return found


def _read_chunk(jobs: list[_Job]) -> list[list[List] | StuvalidError]:
    return [_read(job) for job in jobs]


def _read(job: _Job) -> list[List] | StuvalidError:
    from stuvalid.excel import read_workbook

    source = job.source
    try:
        workbook = read_workbook(source.path or source.read(), name=source.name, password=job.password)
    except StuvalidError as error:
        return error
    return [entry for entry in lists_of(workbook, source.name, job.today) if entry.people]


def lists_of(workbook: Workbook, file: str, today: dt.date) -> list[List]:
    """The lists on the sheets of a workbook: forms by their match, all others by the headers of ``people.toml``."""
    from stuvalid.forms import templates
    from stuvalid.forms.sheets import survey

    found = survey(workbook, templates(), file)
    forms = {form.sheet.name: form for form in found.forms}
    hidden = {entry.sheet.name for entry in found.passed if entry.why == "hidden-copy"}
    lists = []
    for sheet in workbook.sheets:
        if not sheet.height or sheet.name in hidden:
            continue
        form = forms.get(sheet.name)
        if form is not None:
            columns = {matched.field.key: matched.column for matched in form.match.columns}
            if "continuation_mark" in columns:
                columns["record_number"] = columns["continuation_mark"]
            blocks, first, rows = [columns], form.match.header_row + 1, [int(row) for row in form.rows.records]
        else:
            header, blocks = _find_header(sheet)
            first, rows = header + 1, list(range(header + 1, sheet.height))
        if blocks:
            titles = [text for texts in sheet.head(first - 1) for text in texts if text.strip()]
            lists.append(
                _list(
                    sheet,
                    file,
                    blocks,
                    rows,
                    _class_above([*titles, sheet.name, PurePath(file).stem]),
                    today,
                    form is not None,
                )
            )
    return lists


@cache
def _known() -> Mapping[str, Any]:
    """What ``people.toml`` says."""
    return tomllib.loads((Path(__file__).parent / "people.toml").read_text(encoding="utf-8"))


@cache
def _own_headers() -> frozenset[str]:
    return frozenset(map(plain_header, _known()["own"]["headers"]))


@cache
def header_keys() -> Mapping[str, str]:
    """Plain header -> key of what a list of people is known to say."""
    return {plain_header(header): key for key, headers in _known()["columns"].items() for header in headers}


def _find_header(sheet: Sheet) -> tuple[int, list[dict[str, int]]]:
    """The row (0-based) whose headers tell most, and the columns of each block on it; -1 and nothing if there is none."""
    best, found = -1, list[dict[str, int]]()
    for number, texts in enumerate(sheet.head(_HEADER_ROWS)):
        if _own_headers() <= {plain_header(text) for text in texts}:
            return -1, []
        blocks = _blocks(texts)
        if blocks and len(blocks[0]) > (len(found[0]) if found else 0):
            best, found = number, blocks
    return best, found


def _blocks(texts: Sequence[str]) -> list[dict[str, int]]:
    """The columns that are known, a new block where one comes again; blocks without names are none."""
    blocks: list[dict[str, int]] = [{}]
    for column, text in enumerate(texts):
        key = header_keys().get(plain_header(text)) if text.strip() else None
        if key is None:
            continue
        if key in blocks[-1]:
            if key != "name":
                continue
            blocks.append({})
        blocks[-1][key] = column
    return [block for block in blocks if "name" in block]


def _class_above(texts: Sequence[str]) -> str:
    """The class that a title, a sheet's or a file's name speaks of, as it stands there."""
    from stuvalid.pupils.classes import CLASS_IN_TEXT

    for text in texts:
        plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
        found = CLASS_IN_TEXT.search(plain) or re.search(r"(?<!\d)(?:19|20)\d{2}[123]\d{2}(?!\d)", plain)
        if found:
            return found[0]
    return ""


def _list(
    sheet: Sheet,
    file: str,
    blocks: Sequence[Mapping[str, int]],
    rows: Sequence[int],
    above: str,
    today: dt.date,
    is_form: bool,
) -> List:
    known = {key for block in blocks for key in block}
    people = []
    for block in blocks:
        columns = {key: sheet.columns[column].to_pylist() for key, column in block.items() if key in _WANTED}
        for row in rows:
            texts = {key: (values[row] or "").strip() for key, values in columns.items()}
            person = _person((file, sheet.name, row + 1, block["name"]), texts, above, today, is_form)
            if person is not None:
                people.append(person)
    return List(file, sheet.name, people, is_form or "record_number" in known, "movement" in known)


def _person(
    place: tuple[str, str, int, int], texts: dict[str, str], above: str, today: dt.date, is_form: bool
) -> Person | None:
    from stuvalid.pupils.classes import class_of

    name = texts["name"]
    if not name or len(name) > _LONGEST_NAME or (not is_form and _NOT_NAMES.search(name)):
        return None
    grade, class_name, code = (texts.pop(key, "") for key in ("grade", "class_name", "class_code"))
    class_text = class_name if not grade or grade in class_name else f"{grade}{class_name}"
    if not class_text and not code:
        class_text = above
    values: dict[str, Any] = dict(texts)
    values["class_code"] = class_of(grade, code or class_name or class_text, today)
    values["sex"] = _SEXES.get(texts.get("sex", ""), "")
    return Person(*place, **values, class_text=class_text or code)
