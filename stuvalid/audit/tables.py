"""What the audit says, in sentences and tables of plain cells: each document shows the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stuvalid.audit.model import Audit, Handed, Held
from stuvalid.exports.destroying import DESTROYED
from stuvalid.exports.ledgerview import KINDS, STATES
from stuvalid.exports.reading import BANDS
from stuvalid.exports.view import BAND_WORDS
from stuvalid.findings.masking import mask_text

_HELD = (
    ("在哪里", "Where", 34),
    ("是什么", "What", 10),
    ("做成", "Made", 12),
    ("经办", "By", 10),
    ("核对码", "Check code", 22),
    ("文件", "Files", 7),
    ("照片", "Photos", 7),
    ("行数", "Rows", 8),
    *((*BAND_WORDS[band], 12) for band in BANDS),
    ("期限", "Until", 12),
)
_BANDS = (("<14岁", "<14", 8), ("14–17岁", "14-17", 8), ("≥18岁", "18+", 8), ("不明", "unknown", 8))
_HANDED = (
    ("台账条", "Entry", 8),
    ("日期", "Date", 11),
    ("副本", "Copy", 11),
    ("接收方", "To", 18),
    ("用途", "Purpose", 14),
    ("有效至", "Until", 11),
    ("情况", "State", 16),
    ("过期天数", "Days late", 9),
    ("行数", "Rows", 7),
    *_BANDS,
    ("字段", "Fields", 24),
    ("使用范围", "Range", 14),
    ("加密", "Sealed", 6),
    ("批准", "Approved", 16),
)
_ENDED = (
    ("台账条", "Entry", 8),
    ("日期", "Date", 12),
    ("事项", "What", 18),
    ("哪一条导出", "Of entry", 10),
    ("文件", "Files", 7),
    ("经办", "By", 12),
    ("依据", "Evidence", 30),
)
_BOOKS = (("台账", "Ledger", 28), ("条数", "Entries", 8), ("末条核对码", "Last check code", 22), ("核对", "Proof", 50))


_SHORT = {
    _HELD: frozenset({"Where", "Rows", *(BAND_WORDS[band][1] for band in BANDS)}),
    _HANDED: frozenset({"Entry", "To", "Purpose", "Rows", "Until", "State"}),
    _ENDED: frozenset({"Date", "What", "Of entry", "By"}),
    _BOOKS: frozenset({"Ledger", "Entries", "Proof"}),
}
"""The columns that a terminal has room for."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table: its title, the header with the widths of columns, the rows; ``short`` are the columns for a terminal."""

    title: str
    header: Sequence[tuple[str, float]]
    rows: Sequence[Sequence[str | int]]
    short: Sequence[int]


def lines(audit: Audit, lang: str) -> list[str]:
    """The whole in a few sentences."""
    english = lang == "en"
    bands = [f"{BAND_WORDS[band][english]} {audit.ages[band]}" for band in BANDS]
    recent = [one for one in audit.handed if one.day >= audit.since and one.state != "withdrawn"]
    recipients = len({one.entry["to"] for one in recent})
    rows = sum(int(one.entry["rows"]) for one in recent)
    ended = [one for one in audit.ended if one.day >= audit.since]
    here = sum(one.entry["kind"] == DESTROYED for one in ended)
    found = [
        f"On {audit.on} {audit.pupils} pupils are held ({', '.join(bands)}), in {len(audit.held)} places; each is counted once."
        if english
        else f"{audit.on} 保存着 {audit.pupils} 名学生的信息（{'，'.join(bands)}），在 {len(audit.held)} 处；一名学生只计一次。",
        f"From {audit.since} to {audit.on}: {len(recent)} copies of {rows} rows went to {recipients} recipients; {here} destroyed here, {len(ended) - here} declared destroyed by recipients."
        if english
        else f"{audit.since} 至 {audit.on}：交出 {len(recent)} 份、{rows} 行，给 {recipients} 个接收方；本方销毁 {here} 份，接收方确认销毁 {len(ended) - here} 份。",
        f"Past their date and not settled: {len(audit.overdue)}."
        if english
        else f"过了有效期限还没有了结的：{len(audit.overdue)} 份。",
    ]
    if audit.books:
        sound = len(audit.books) - len(audit.broken)
        found.append(
            f"{len(audit.books)} ledgers, {sound} verify."
            if english
            else f"台账 {len(audit.books)} 本，核对无误 {sound} 本。"
        )
    else:
        found.append(
            "There is no ledger: what was handed out is not known." if english else "没有台账：交出过什么，不知道。"
        )
    consents = audit.consents
    if consents.files:
        found.append(
            f"Consent of guardians ({consents.files} reports): {consents.given} given, {consents.refused} refused, {consents.none} none or unclear."
            if english
            else f"监护人同意（{consents.files} 份收集报告）：同意 {consents.given}，不同意 {consents.refused}，没有或看不清 {consents.none}。"
        )
    else:
        found.append(
            "No reports of collect (json) were found, so consents are not counted."
            if english
            else "没有找到收集时的报告（stuvalid collect 的 json），同意情况没有统计。"
        )
    if audit.held:
        found.append(
            "Packages and workbooks bear no term of their own: hold them against your own rules."
            if english
            else "汇总包和学生表本身没有写期限：请对照本单位的保存规定。"
        )
    found += [f"Not read: {name}: {en}" if english else f"没有读成：{name}：{zh}" for name, zh, en in audit.unread]
    return found


def sections(audit: Audit, lang: str) -> list[Section]:
    """The tables: what is held, what went out, what was destroyed, the ledgers."""
    english = lang == "en"
    told = [one for one in audit.handed if one.day >= audit.since or one.state not in ("settled", "withdrawn")]
    told.sort(key=lambda one: (-one.days if one.overdue else 1, one.day))
    ended = [one for one in audit.ended if one.day >= audit.since]
    return [
        _section(("保存着什么", "What is held"), _HELD, [_held_row(one, english) for one in audit.held], english),
        _section(
            ("交给了谁、到什么时候", "Where it went, until when"),
            _HANDED,
            [_handed_row(one, english) for one in told],
            english,
        ),
        _section(
            ("销毁", "Destructions"),
            _ENDED,
            [
                [
                    one.entry["number"],
                    one.day.isoformat(),
                    KINDS[str(one.entry["kind"])][english],
                    int(one.entry["of"]),
                    one.entry.get("files", ""),
                    str(one.entry.get("by", "")),
                    mask_text(str(one.entry.get("note", ""))),
                ]
                for one in ended
            ],
            english,
        ),
        _section(
            ("台账", "Ledgers"),
            _BOOKS,
            [
                [
                    book.name,
                    book.entries,
                    book.code,
                    "；".join(f"第{one.line}条{one.zh}" if one.line else one.zh for one in book.breaks[:5]) or "无误"
                    if not english
                    else "; ".join(f"{one.line}: {one.en}" for one in book.breaks[:5]) or "whole",
                ]
                for book in audit.books
            ],
            english,
        ),
    ]


def _section(
    title: tuple[str, str], header: tuple[tuple[str, str, int], ...], rows: Sequence[Sequence[str | int]], english: bool
) -> Section:
    names = [(en if english else zh, width) for zh, en, width in header]
    return Section(title[english], names, rows, [at for at, (_, en, _) in enumerate(header) if en in _SHORT[header]])


def _held_row(held: Held, english: bool) -> list[str | int]:
    kind = ("汇总包", "package") if held.package else ("学生表", "workbooks")
    ages: list[str | int] = [held.ages[band] for band in BANDS] if held.read else ["?"] * len(BANDS)
    until = "not stated" if english else "没有写明"
    rows = held.rows if held.read else max(held.rows, held.stated)
    return [held.name, kind[english], held.made, held.by, held.code, held.files, held.photos or "", rows, *ages, until]


def _handed_row(handed: Handed, english: bool) -> list[str | int]:
    entry = handed.entry
    ages = entry.get("ages", {})
    sealed = (("是", "yes") if entry.get("encrypted") else ("否", "no"))[english]
    approved = " ".join(
        filter(
            None, [str(entry.get("approved_by", "")), str(entry.get("approved_on", "")), str(entry.get("approval", ""))]
        )
    )
    return [
        int(entry["number"]),
        handed.day.isoformat(),
        str(entry["copy"]),
        str(entry["to"]),
        str(entry["purpose"]),
        str(entry["until"]),
        STATES[handed.state][english],
        handed.days if handed.overdue else "",
        int(entry["rows"]),
        *(int(ages.get(band, 0)) for band in BANDS),
        "、".join(map(str, entry["fields"])),
        mask_text(str(entry.get("range", ""))),
        sealed,
        approved,
    ]
