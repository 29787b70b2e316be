"""Lists of movements by themselves and against the roster.

休学 stays on the roster; who was transferred out or died does not. Sources: 系统操作说明 (异动类型对应关系), 学籍管理办法.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence

from stuvalid import codes
from stuvalid.codes import schoolcodes
from stuvalid.collection.belonging import RecordSheet, SchoolSheets
from stuvalid.collection.facts import Record
from stuvalid.collection.lists import MOVEMENTS, judge_difference, judge_record_number
from stuvalid.collection.pupils import Pupils
from stuvalid.pupils.classes import read_class
from stuvalid.rules.spellings import read_date, read_serial
from stuvalid.rules.told import Told

OUT, IN = "转学（转出）", "转学（转入）"
_LEAVES = frozenset({OUT, "死亡"})
_STAYS = frozenset({"休学", "复学", "停学", "恢复学籍", "保留学籍"})
_COMES = frozenset({IN, "回国复学", "恢复入学资格", "新建学籍"})
_BANNED = frozenset({"留级", "开除", "退学"})
_RETURNS = {"复学": ("休学",), "恢复入学资格": ("开除", "退学", "失踪", "其他离校"), "回国复学": ("出国",)}
_ENDED_BY = {"休学": ("复学",), "停学": ("复学", "恢复学籍"), "出国": ("回国复学",)}
"""Leaves that end with a return: the same once more before it is a slip, or a return that nobody wrote down."""

_OTHER_SCHOOLS = (("from_code", "from_name"), ("to_code", "to_name"))
_OPEN = re.compile(r"待|未|申请|办理中|核办中|审核中|驳回|不通过")
_SENIOR = "3"
_OTHER_WORDS = (
    "转学",
    "转校",
    "升学",
    "升级",
    "毕业",
    "结业",
    "借读",
    "入学",
    "调班",
    "离校",
    "就读",
    "流失",
    "辍学",
    "注销",
    "外出",
)


def kind_of(record: Record) -> str:
    """The movement as the code list calls it; 省内转学 and the like as they stand, for lists name them in many ways."""
    text = record.texts.get("movement", "")
    known = codes.load("movement")
    match = known.resolve(text)
    if match is not None:
        return match.entry.name
    inside = [entry.name for entry in known.entries if entry.name in text or any(same in text for same in entry.same)]
    return inside[0] if len(inside) == 1 else text


def _is_known(record: Record) -> bool:
    """Whether the movement is one of the list, or says one of its words: 转学, 升学, 毕业, 借读."""
    kind = kind_of(record)
    return kind in codes.load("movement").names or any(word in kind for word in _OTHER_WORDS)


def is_open(record: Record) -> bool:
    """Whether the movement is not settled yet, or a list without kinds and states leaves it open."""
    return not record.stated or _OPEN.search(record.texts.get("state", "")) is not None


def day_of(record: Record) -> str:
    """Its date as eight digits, '' where it is none."""
    text = record.texts.get("date", "")
    return read_date(text) or read_serial(text) or ""


def judge_movements(school: SchoolSheets, pupils: Pupils, told: Told, today: dt.date) -> None:
    """Judge the movements of one school; ``pupils`` are those on its rosters."""
    moves = list(school.records("movement"))
    for sheet, record in moves:
        _by_itself(school, sheet, record, told, today)
    _twice_and_pairs(moves, told)
    if pupils:
        _against_roster(moves, pupils, told)


def _by_itself(school: SchoolSheets, sheet: RecordSheet, record: Record, told: Told, today: dt.date) -> None:
    texts, kind = record.texts, kind_of(record)
    name = {"name": texts.get("name", "")}
    entry = sheet.entry("movement")
    if kind in _BANNED and _stage(school, record) in ("1", "2"):
        told.add_on("movement_banned", sheet.place(record, "movement"), entry, texts["movement"], **name)
    if texts.get("movement") and not _is_known(record):
        told.add_on("movement_unknown", sheet.place(record, "movement"), entry, texts["movement"], **name)
    day = day_of(record)
    if texts.get("date") and (not day or int(day) > int(today.strftime("%Y%m%d"))):
        told.add_on("movement_date_wrong", sheet.place(record, "date"), sheet.entry("date"), texts["date"], **name)
    judge_record_number(sheet, record, told)
    for code, _ in _OTHER_SCHOOLS:
        text = texts.get(code, "")
        if any(char.isdigit() for char in text) and not (len(text) == 10 and text.isascii() and text.isdigit()):
            told.add_on("movement_school_code_malformed", sheet.place(record, code), sheet.entry(code), text, **name)
    for wanted, code, label in ((OUT, "to_code", "to_name"), (IN, "from_code", "from_name")):
        if kind != wanted:
            continue
        own = code if school.code and texts.get(code) == school.code else ""
        if not own and not schoolcodes.names_a_school(texts.get(code, "")) and school.is_called(texts.get(label, "")):
            own = label
        if own:
            header = sheet.entry(own).header
            told.add_on("movement_to_own_school", sheet.place(record, own), entry, kind, **name, header=header)
        elif {code, label} & record.places.keys() and not texts.get(code) and not texts.get(label):
            header = sheet.entry(label).header
            told.add_on(
                "movement_without_the_other_school",
                sheet.place(record, label, code),
                entry,
                kind,
                **name,
                header=header,
            )


def _stage(school: SchoolSheets, record: Record) -> str:
    """Digit of the stage of the pupil's grade or class, else of the school if it has but one; '' if unknown."""
    for key in ("class_name", "grade"):
        text = record.texts.get(key, "")
        found = re.search(r"(?<!\d)(?:19|20)\d{2}([123])\d{2}(?!\d)", text)
        if found:
            return found[1]
        if read_class(text).stage:
            return read_class(text).stage
    stages = school.stages
    if stages:
        return stages if len(stages) == 1 else "" if _SENIOR in stages else stages[0]
    return {"21": "1", "31": "2", "34": _SENIOR}.get(school.code[:2], "")


def key_of(record: Record) -> str:
    """What a pupil's movements have in common; '' where the list does not tell enough."""
    if record.number:
        return f"n{record.number}"
    return (
        f"p{record.person}"
        if record.person
        else record.texts.get("name", "") + "|" + record.texts.get("class_name", "")
    )


def _twice_and_pairs(moves: Sequence[tuple[RecordSheet, Record]], told: Told) -> None:
    by_pupil: dict[str, list[tuple[RecordSheet, Record]]] = defaultdict(list)
    for sheet, record in moves:
        by_pupil[key_of(record)].append((sheet, record))
    for mine in by_pupil.values():
        mine.sort(key=lambda one: day_of(one[1]))
        seen: dict[tuple[str, str], tuple[RecordSheet, Record]] = {}
        before: list[str] = []
        away: dict[str, tuple[RecordSheet, Record]] = {}
        for sheet, record in mine:
            kind, place = kind_of(record), sheet.place(record, "movement")
            name, entry = record.texts.get("name", ""), sheet.entry("movement")
            first = seen.get((kind, day_of(record)))
            if first is not None:
                told.add_on(
                    "movement_twice", place, entry, kind, related=[first[0].place(first[1], "movement")], name=name
                )
            seen.setdefault((kind, day_of(record)), (sheet, record))
            if "死亡" in before and first is None:
                told.add_on("movement_after_death", place, entry, kind, name=name)
            wanted = _RETURNS.get(kind)
            if wanted and not any(one in before for one in wanted):
                told.add_on("return_without_leave", place, entry, kind, name=name, expected="、".join(wanted))
            _left_again(sheet, record, away, told)
            before.append(kind)


def _left_again(sheet: RecordSheet, record: Record, away: dict[str, tuple[RecordSheet, Record]], told: Told) -> None:
    """The same leave once more without a return between; ``away`` are the leaves that no return has ended yet."""
    kind = kind_of(record)
    for leave, ends in _ENDED_BY.items():
        if kind in ends:
            away.pop(leave, None)
    if kind not in _ENDED_BY:
        return
    first = away.get(kind)
    if first is not None and day_of(first[1]) != day_of(record):
        told.add_on(
            "left_again_without_return",
            sheet.place(record, "movement"),
            sheet.entry("movement"),
            kind,
            related=[first[0].place(first[1], "movement")],
            name=record.texts.get("name", ""),
        )
    away.setdefault(kind, (sheet, record))


def _against_roster(moves: Sequence[tuple[RecordSheet, Record]], pupils: Pupils, told: Told) -> None:
    latest: dict[str, tuple[RecordSheet, Record]] = {}
    dead = {key_of(record) for _, record in moves if kind_of(record) == "死亡"}
    for sheet, record in sorted(moves, key=lambda one: day_of(one[1])):
        latest[key_of(record)] = sheet, record
    for sheet, record in latest.values():
        kind, name, entry = kind_of(record), record.texts.get("name", ""), sheet.entry("movement")
        if not (record.number or record.person):
            continue  # a name alone may be anybody's
        where = pupils.find(record)
        place = sheet.place(record, "name")
        if kind in _LEAVES and where and not is_open(record):
            told.add_on("left_but_on_roster", place, entry, kind, related=where, name=name)
        elif kind in _COMES and not where:
            if is_open(record):
                told.add("arrival_waits", place, name=name)
            else:
                told.add_on("came_but_not_on_roster", place, entry, kind, name=name)
        elif kind in _STAYS and not where and key_of(record) not in dead:
            told.add_on("movement_of_a_stranger", place, entry, kind, name=name)
    for sheet, record in moves:
        if kind_of(record) not in _LEAVES and (record.number or record.person):
            judge_difference(sheet, record, pupils, told, MOVEMENTS)
