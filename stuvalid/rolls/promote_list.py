"""The list of a promotion: a sheet a fate, what has to be settled first. With names, for the school alone."""

from __future__ import annotations

from stuvalid.report.paper import PaperSheet, paper_book
from stuvalid.rolls.promote import WORDS, Fate, Passage, Promotion

_HEADERS = (
    ("序号", "No.", 5),
    ("姓名", "Name", 12),
    ("性别", "Sex", 5),
    ("上学年班级", "Last year", 18),
    ("本学年班级", "This year", 18),
    ("原因", "Why", 28),
    ("位置", "Where", 30),
    ("处理", "Settled", 14),
)


def promotion_book(promotion: Promotion, lang: str) -> bytes:
    """The workbook: how many of each fate, then the pupils of each; who simply moves up is counted, not listed."""
    fates: list[Fate] = [fate for fate in promotion.counts() if fate != "up"]
    return paper_book([_overview(promotion, lang), *(_sheet(promotion, fate, lang) for fate in fates)], lang)


def _overview(promotion: Promotion, lang: str) -> PaperSheet:
    english = lang == "en"
    title = f"School year {promotion.year}" if english else f"{promotion.year}学年毕业升级"
    note = (
        f"{promotion.last} pupils last year, {promotion.this} this year. The ministry moves the other grades up on 10 August."
        if english
        else f"上学年 {promotion.last} 人，本学年 {promotion.this} 人。其余年级由教育部于8月10日统一升级。"
    )
    rows = [[WORDS[fate][english], str(count)] for fate, count in promotion.counts().items()]
    headers = [("What" if english else "去向", 24.0), ("Pupils" if english else "人数", 10.0)]
    return PaperSheet("Overview" if english else "总表", title, headers, rows, (note,))


def _sheet(promotion: Promotion, fate: Fate, lang: str) -> PaperSheet:
    english = lang == "en"
    name = WORDS[fate][english]
    headers = [(en if english else zh, width) for zh, en, width in _HEADERS]
    rows = [_row(number, step, english) for number, step in enumerate(promotion.of(fate), start=1)]
    return PaperSheet(name, name, headers, rows, by_hand=7, across=True)


def _row(number: int, step: Passage, english: bool) -> list[str]:
    place = step.person.place
    return [
        str(number),
        step.person.name,
        step.person.sex,
        step.last.group if step.last else "",
        step.this.group if step.this else "",
        step.why[english],
        f"{place.file} {place.sheet}!{place.cell}",
        "",
    ]
