"""The list to work from: what to mend pupil by pupil, what is to be decided, what belongs to nobody, what nobody foresaw."""

from __future__ import annotations

from pathlib import PurePath

from stuvalid.report.paper import PaperSheet, paper_book
from stuvalid.report.wording import Wording
from stuvalid.returned.entries import KNOWN, WHY, Answer, Reconciled, candidates_in_words

_MEND = (
    ("序号", "No.", 5),
    ("先后", "Order", 5),
    ("班级", "Class", 15),
    ("姓名", "Name", 9),
    ("位置", "Cell", 16),
    ("项目", "Field", 13),
    ("现在填的", "Value", 20),
    ("系统怎么说", "The registry says", 24),
    ("检查怎么说", "Our check", 18),
    ("怎么改", "Mend", 30),
    ("处理结果", "Done", 10),
)
_OPEN = (
    ("序号", "No.", 5),
    ("返回名单", "List", 24),
    ("姓名", "Name", 10),
    ("号码", "Number", 21),
    ("系统怎么说", "The registry says", 28),
    ("为什么没有定", "Why open", 28),
    ("可能是", "Perhaps", 34),
    ("是哪一名", "Who it is", 14),
)
_UNFORESEEN = (
    ("系统怎么说", "The registry says", 44),
    ("项目", "Field", 20),
    ("次数", "Count", 8),
    ("原话有没有收录", "Known wording", 16),
)
_DONE = ("已改", "无误，有佐证", "已转学", "已删除")


def reconcile_book(found: Reconciled, lang: str) -> bytes:
    """The workbook. Names and numbers are open: it is the school's own list of what to do."""
    english = lang == "en"
    sheets = [_mend_sheet(found, english)]
    if found.open or found.strangers:
        sheets.append(_open_sheet(found, english))
    if found.unforeseen():
        sheets.append(_unforeseen_sheet(found, english))
    return paper_book(sheets, lang)


def _headers(columns: tuple[tuple[str, str, int], ...], english: bool) -> list[tuple[str, float]]:
    return [(en if english else zh, width) for zh, en, width in columns]


def _mend_sheet(found: Reconciled, english: bool) -> PaperSheet:
    rows = [_mend_row(number, entry, found, english) for number, entry in enumerate(found.placed, 1)]
    first = [f"{said}（{count}）：{mend}" for said, mend, count in found.first()[:3]]
    note = (
        f"{len(found.placed)} failures at their pupils, {len(found.open)} to be decided, {len(found.strangers)} of nobody sent."
        if english
        else f"已找到学生的 {len(found.placed)} 条，待认人的 {len(found.open)} 条，不在送出名单里的 {len(found.strangers)} 条。按“先后”从小到大改。"
    )
    notes = [note, *([] if english or not first else ["先改：" + "；".join(first)])]
    title = "What came back" if english else "返回名单处理表"
    return PaperSheet(
        "To mend" if english else "逐人改",
        title,
        _headers(_MEND, english),
        rows,
        notes,
        by_hand=len(_MEND) - 1,
        choices={len(_MEND) - 1: _DONE} if not english else {},
        across=True,
    )


def _mend_row(number: int, entry: Answer, found: Reconciled, english: bool) -> list[str]:
    pupil, one = entry.pupil, entry.failure.wording
    assert pupil is not None
    key = entry.fields[0] if entry.fields else ""
    header = pupil.page.headers.get(key, "") or entry.failure.field_text
    known = KNOWN[entry.known][english]
    rules = "、".join(entry.rules[:3])
    return [
        str(number),
        str(entry.rank),
        pupil.group,
        pupil.name,
        f"{PurePath(pupil.file).name}\n{pupil.sheet} {entry.place.cell}",
        header,
        found.sent.value(pupil, key) if key else "",
        entry.said("en" if english else "zh"),
        f"{known}\n{rules}" if rules else known,
        (one.mend_en if english else one.mend) if one else "",
        "",
    ]


def _open_sheet(found: Reconciled, english: bool) -> PaperSheet:
    rows = []
    for number, entry in enumerate([*found.open, *found.strangers], 1):
        line = entry.line
        row = "" if not entry.subject.row else f"row {entry.subject.row}" if english else f"写着第{entry.subject.row}行"
        rows.append(
            [
                str(number),
                f"{PurePath(line.file).name} {line.sheet} {line.row}".strip(),
                entry.subject.name or row,
                "、".join(entry.subject.numbers),
                entry.said("en" if english else "zh"),
                WHY[entry.match.why or "nobody"][english],
                candidates_in_words(entry, found.sent),
                "",
            ]
        )
    note = (
        "Nobody is guessed; write down who it is."
        if english
        else "程序不猜。认出是谁的，写在最后一列；不是本校的，不用管。"
    )
    return PaperSheet(
        "To decide" if english else "待认人",
        "Whose failures these are" if english else "没有定下是哪一名学生的",
        _headers(_OPEN, english),
        rows,
        (note,),
        by_hand=len(_OPEN) - 1,
        across=True,
    )


def _unforeseen_sheet(found: Reconciled, english: bool) -> PaperSheet:
    headers = {key: header for pupil in found.sent.pupils[:1] for key, header in pupil.page.headers.items()}
    words = Wording("en" if english else "zh")
    rows = [
        [
            words.text(said),
            "、".join(headers.get(key, key) for key in fields),
            str(count),
            (("yes" if english else "已收录") if name else ("no" if english else "没有")),
        ]
        for name, said, fields, count in found.unforeseen()
    ]
    note = (
        "No pupil's data is on this sheet: please send it to the maintainers of stuvalid."
        if english
        else "这一页没有学生信息，请发给 stuvalid 的维护者，好让检查以后先报出来。"
    )
    return PaperSheet(
        "Not foreseen" if english else "检查没有预见",
        "What no rule foresaw" if english else "系统不收、检查没有报的",
        _headers(_UNFORESEEN, english),
        rows,
        (note,),
    )
