"""The status as a table in the terminal, as a page, a workbook and a document for machines."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stuvalid.errors import UsageError
from stuvalid.status.calendar import coming, current
from stuvalid.status.rows import STATES, SchoolStatus
from stuvalid.status.survey import DEADLINES, Status
from stuvalid.version import __version__

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "stuvalid.status/1"
_STYLES = {"missing": "bold red", "undecided": "red", "problems": "red", "differs": "yellow", "complete": "green"}
_SHOWN_FILES = 10
_HEADERS = (
    ("学校标识码", "School code", 13),
    ("学校名称", "School", 24),
    ("状态", "State", 10),
    ("要说的事", "What to say", 38),
    ("最早收到", "First received", 17),
    ("最近收到", "Last received", 17),
    ("学生数", "Pupils", 9),
    ("应有学生数", "Expected", 11),
    ("班级数", "Classes", 9),
    ("应有班级数", "Expected classes", 11),
    ("错误", "Errors", 8),
    ("警告", "Warnings", 8),
    ("有照片的学生", "With photo", 12),
    ("读不了的文件", "Unreadable files", 12),
    ("收到的表", "Workbooks", 36),
    ("联系人", "Contact", 10),
    ("电话", "Phone", 16),
)


def show(status: Status, console: Console, lang: str) -> None:
    """The table for a person at a terminal, 80 columns wide if it has no more."""
    from rich.cells import set_cell_size
    from rich.table import Table
    from rich.text import Text

    english = lang == "en"
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("School" if english else "学校", no_wrap=True, width=20)
    table.add_column("Received" if english else "收到", no_wrap=True, width=11)
    table.add_column("Pupils" if english else "学生/应有", justify="right", no_wrap=True, width=9)
    table.add_column("Err" if english else "错误", justify="right", no_wrap=True, width=5)
    pictures = any(school.photos for school in status.schools)
    if pictures:
        table.add_column("Photos" if english else "照片", justify="right", no_wrap=True, width=6)
    table.add_column("What to say" if english else "要说的事", overflow="fold")
    coloured = console.color_system is not None
    for school in status.schools:
        name = school.name or school.code
        words = school.words(lang) or STATES[school.state][english]
        if school.call and school.phone:
            whom = " ".join(filter(None, [school.contact, school.phone]))
            words += f" (tel. {whom})" if english else f"（电话：{whom}）"
        expected = _of(school.pupils if school.received else 0, school.expected)
        cells = [set_cell_size(name, 20).rstrip(), _moment(school), expected, str(school.errors or "")]
        if pictures:
            cells.append(str(school.photos or ""))
        table.add_row(*cells, Text(words, style=_STYLES[school.state] if coloured else ""))
    console.print(table)
    console.print()
    for line in summary_lines(status, lang):
        console.print(line)


def summary_lines(status: Status, lang: str) -> list[str]:
    """The whole in a few sentences."""
    english = lang == "en"
    total, missing, calls = len(status.schools), len(status.missing), len(status.calls)
    undecided = len(status.undecided)
    waiting_zh = f"收到未定{undecided}所，" if undecided else ""
    waiting_en = f"{undecided} undecided, " if undecided else ""
    pupils = sum(school.pupils for school in status.schools)
    expected = sum(max(school.expected, 0) for school in status.schools)
    lines = [
        f"{total} schools: {total - missing - undecided} received, {waiting_en}{missing} missing, {calls} to call; {_of(pupils, expected or -1)} pupils."
        if english
        else f"共{total}所学校：已报{total - missing - undecided}所，{waiting_zh}未报{missing}所，要打电话{calls}所；学生{_of(pupils, expected or -1)}人。"
    ]
    for key, (zh, en) in DEADLINES.items():
        deadline = status.deadlines.get(key)
        if deadline is not None:
            left = (deadline - status.today).days
            words_zh = f"还有{left}天" if left > 0 else "今天" if left == 0 else f"已过{-left}天"
            words_en = f"{left} days left" if left > 0 else "today" if left == 0 else f"{-left} days ago"
            lines.append(f"{en}: {deadline} ({words_en})" if english else f"{zh}：{deadline}（{words_zh}）")
    lines += [
        f"Now ({period.span('en')}): {period.en}" if english else f"现在（{period.span('zh')}）：{period.zh}"
        for period in current(status.calendar, status.today)
    ]
    for period in coming(status.calendar, status.today):
        left = period.days_to(status.today)
        lines.append(
            f"In {left} days ({period.span('en')}): {period.en}"
            if english
            else f"{left}天后（{period.span('zh')}）：{period.zh}"
        )
    if not status.listed:
        lines.append(
            "No list of schools was given (--schools), so missing schools cannot be told."
            if english
            else "没有给出学校名单（--schools），无法知道哪些学校未报。"
        )
    for names, zh, en in (
        (status.unclear, "不知归哪所学校", "of no known school"),
        (status.strangers, "没有学生数据，也不属于哪所学校，没有计入", "without pupils and of no school, not counted"),
    ):
        if names:
            shown = (", " if english else "、").join(names[:_SHOWN_FILES])
            more = " ..." if len(names) > _SHOWN_FILES else ""
            lines.append(
                f"{len(names)} files {en}: {shown}{more}" if english else f"{len(names)}个文件{zh}：{shown}{more}"
            )
    lines += [
        f"Not read, {entry.count}: {entry.en}" if english else f"没有读 {entry.count} 处：{entry.zh}"
        for entry in status.not_checked
    ]
    return lines


def _moment(school: SchoolStatus, pattern: str = "%m-%d %H:%M") -> str:
    last = school.times.last if school.times is not None else None
    return last.strftime(pattern) if last is not None else "—"


def _of(number: int, expected: int) -> str:
    return f"{number}/{expected}" if expected >= 0 else str(number)


def _json(status: Status, lang: str) -> bytes:
    document = {
        "schema": SCHEMA,
        "tool": {"name": "stuvalid", "version": __version__},
        "folder": status.folder,
        "date": status.today.isoformat(),
        "listed": status.listed,
        "deadlines": {"school": _iso(status.deadlines.get("school")), "next": _iso(status.deadlines.get("county"))},
        "dates": {key: _iso(status.deadlines[key]) for key in DEADLINES if key in status.deadlines},
        "summary": {
            "schools": len(status.schools),
            "missing": len(status.missing),
            **({"undecided": len(status.undecided)} if status.undecided else {}),
            "calls": len(status.calls),
            "pupils": sum(school.pupils for school in status.schools),
        },
        "schools": [_entry(school, lang) for school in status.schools],
        "unclear": status.unclear,
        "strangers": status.strangers,
        "calendar": [
            {"key": period.key, "open": period.holds(status.today), "days_to": period.days_to(status.today)}
            for period in (*current(status.calendar, status.today), *coming(status.calendar, status.today))
        ],
        "not_checked": [
            {"kind": entry.kind, "count": entry.count, "incomplete": entry.incomplete} for entry in status.not_checked
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _iso(moment: dt.date | dt.datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _entry(school: SchoolStatus, lang: str) -> dict[str, Any]:
    times = school.times
    return {
        "code": school.code,
        "name": school.name,
        "state": school.state,
        "call": school.call,
        "reasons": [reason.en if lang == "en" else reason.zh for reason in sorted(school.reasons)],
        "overdue_days": school.overdue,
        "received": school.received,
        "first_received": _iso(times.first) if times else None,
        "last_received": _iso(times.last) if times else None,
        "workbooks": list(times.workbooks) if times else [],
        "files": times.files if times else 0,
        "pupils": school.pupils,
        "expected_pupils": school.expected if school.expected >= 0 else None,
        "classes": school.classes,
        "expected_classes": school.expected_classes if school.expected_classes >= 0 else None,
        "errors": school.errors,
        "warnings": school.warnings,
        "pupils_with_photo": school.photos,
        "unreadable_files": school.refused,
        "undecided_files": school.undecided,
        "contact": school.contact,
        "phone": school.phone,
    }


def _xlsx(status: Status, lang: str) -> bytes:
    from stuvalid.excel.new import TableSheet, write_table_workbook

    english = lang == "en"
    title = f"Status of {status.today}" if english else f"报送情况（{status.today}）"
    sheet = TableSheet(
        "Status" if english else "报送情况",
        title,
        [en if english else zh for zh, en, _ in _HEADERS],
        [_cells(school, lang) for school in status.schools],
        [width for _, _, width in _HEADERS],
        summary_lines(status, lang),
    )
    return write_table_workbook([sheet])


def _cells(school: SchoolStatus, lang: str) -> list[str | int]:
    times = school.times
    first = times.first.isoformat(" ", "minutes") if times and times.first else ""
    last = times.last.isoformat(" ", "minutes") if times and times.last else ""
    return [
        school.code,
        school.name,
        STATES[school.state][lang == "en"],
        school.words(lang),
        first,
        last,
        school.pupils,
        _known(school.expected),
        school.classes,
        _known(school.expected_classes),
        school.errors,
        school.warnings,
        school.photos,
        school.refused,
        "\n".join(times.workbooks) if times else "",
        school.contact,
        school.phone,
    ]


def _known(number: int) -> str | int:
    return number if number >= 0 else ""


def _html(status: Status, lang: str) -> bytes:
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("stuvalid.status").joinpath("page.html.j2").read_text(encoding="utf-8"))
    english = lang == "en"
    text = template.render(
        lang="en" if english else "zh-CN",
        css=files("stuvalid.report").joinpath("plain.css").read_text(encoding="utf-8"),
        english=english,
        status=status,
        lines=summary_lines(status, lang),
        words=lambda school: school.words(lang),
        state=lambda school: STATES[school.state][english],
        moment=lambda school: _moment(school, "%Y-%m-%d %H:%M"),
        of=_of,
        version=__version__,
    )
    return text.encode("utf-8")


WRITERS: Mapping[str, tuple[tuple[str, ...], Callable[[Status, str], bytes]]] = {
    "json": ((".json",), _json),
    "html": ((".html", ".htm"), _html),
    "xlsx": ((".xlsx",), _xlsx),
}
"""The documents there are: their suffixes, and what makes them."""


def format_of(path: Path) -> str:
    """The document a file name asks for by its suffix. Raises UsageError for any other."""
    for name, (suffixes, _) in WRITERS.items():
        if path.suffix.lower() in suffixes:
            return name
    raise UsageError(
        f"从文件名“{path.name}”看不出格式。",
        f"The name '{path.name}' does not tell the format.",
        mend_zh="请用 .html、.xlsx 或 .json。",
        mend_en="Use .html, .xlsx or .json.",
    )


def render(name: str, status: Status, lang: str) -> bytes:
    """The document ``name`` (json, html or xlsx) as the bytes of a file."""
    return WRITERS[name][1](status, lang)
