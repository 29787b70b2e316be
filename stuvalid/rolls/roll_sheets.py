"""The roll on paper: an overview of the classes, and a sheet a class to tick and sign in the room."""

from __future__ import annotations

from collections.abc import Sequence

from stuvalid.codes.classcodes import class_title
from stuvalid.report.paper import PaperSheet, paper_book
from stuvalid.rolls.people import Person
from stuvalid.rolls.roll import WORDS, Line, Roll, details_that_differ

_OVERVIEW = (("班级", "Class", 22), ("学籍人数", "On paper", 9), ("名单人数", "In the room", 9), ("一致", "Agree", 8))
_SHEET = (
    ("序号", "No.", 5),
    ("姓名", "Name", 11),
    ("性别", "Sex", 5),
    ("学籍", "Roll", 6),
    ("名单", "Room", 6),
    ("核对结果", "Result", 30),
    ("在校打√", "Present", 8),
    ("说明", "Remark", 18),
)


def roll_book(roll: Roll, lang: str) -> bytes:
    """The workbook: overview first, then the classes in order of their codes. Names are shown: it is the school's own."""
    sheets = [_overview(roll, lang), *(_class_sheet(name, lines, lang) for name, lines in roll.classes.items())]
    return paper_book(sheets, lang)


def _overview(roll: Roll, lang: str) -> PaperSheet:
    english = lang == "en"
    found = [what for what in WORDS if what != "same"]
    headers = [(en if english else zh, width) for zh, en, width in _OVERVIEW]
    headers += [(WORDS[what][english], 10) for what in found]
    rows = []
    for name, lines in roll.classes.items():
        counts = [sum(what in line.found and line.is_fault for line in lines) for what in found]
        paper, room = sum(line.paper is not None for line in lines), sum(line.room is not None for line in lines)
        same = sum(line.found == ("same",) for line in lines)
        rows.append([class_title(name) or "?", *map(str, (paper, room, same, *counts))])
    for code, count in sorted(roll.classes_without.items()):
        rows.append([class_title(code), str(count), "没有名单" if not english else "no list", *[""] * (1 + len(found))])
    title = "The roll and the room" if english else "人籍一致核查"
    note = (
        f"{roll.paper} pupils on paper, {roll.room} on the lists of the room."
        if english
        else f"学籍 {roll.paper} 人，班级名单 {roll.room} 人。不一致的逐人核实，处理完再核一遍。"
    )
    return PaperSheet("Overview" if english else "总表", title, headers, rows, (note,), across=True)


def _class_sheet(name: str, lines: Sequence[Line], lang: str) -> PaperSheet:
    english = lang == "en"
    rows = [_row(number, line, lang) for number, line in enumerate(lines, start=1)]
    title = class_title(name) or ("Class unknown" if english else "班级不明")
    foot = (
        ((0, "Class teacher:"), (3, "Head of school:"), (6, "Date:"))
        if english
        else ((0, "班主任签字："), (3, "学校负责人签字："), (6, "年    月    日"))
    )
    note = (
        "Tick who sits in the room today; write down what explains a difference."
        if english
        else "到教室逐人点名：在的打√；不一致的在“说明”里写明原因（转学、休学、调班、改名……）。"
    )
    headers = [(en if english else zh, width) for zh, en, width in _SHEET]
    return PaperSheet(title, title, headers, rows, (note,), by_hand=6, foot=foot, choices={6: ("√", "×")})


def _row(number: int, line: Line, lang: str) -> list[str]:
    person = line.paper or line.room
    assert person is not None
    return [
        str(number),
        person.name,
        person.sex or (line.room.sex if line.room else ""),
        "√" if line.paper else "",
        "√" if line.room else "",
        "；".join(_said(line, lang)) if line.found != ("same",) else "",
        "",
        "",
    ]


def _said(line: Line, lang: str) -> list[str]:
    """What was found, with what the other list says."""
    english = lang == "en"
    texts = []
    for what in line.found:
        text = WORDS[what][english]
        if what == "not-in-room" and line.away:
            text = line.away
        elif what == "other-class" and line.room is not None:
            text += f": {line.room.group}" if english else f"：人在{line.room.group}"
        elif what == "other-spelling" and line.room is not None:
            text += f": {line.room.name}" if english else f"：名单写“{line.room.name}”"
        elif what == "other-details" and line.paper is not None and line.room is not None:
            text = _differing(line.paper, line.room, english)
        texts.append(text)
    return texts


def _differing(paper: Person, room: Person, english: bool) -> str:
    words = [pair[english] for pair in details_that_differ(paper, room)]
    return f"{', '.join(words)} differ" if english else f"{'、'.join(words)}不同"
