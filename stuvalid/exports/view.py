"""What an export hands out, as a table before it is written and as a document for machines; masked unless asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stuvalid.exports.handover import ExportPlan
from stuvalid.exports.reading import BANDS
from stuvalid.exports.writing import Written

if TYPE_CHECKING:
    from rich.console import Console

    from stuvalid.report.wording import Wording

SCHEMA = "stuvalid.export/1"
BAND_WORDS: Mapping[str, tuple[str, str]] = {
    "under_14": ("不满14周岁", "under 14"),
    "from_14": ("14至17周岁", "14 to 17"),
    "adult": ("已满18周岁", "18 and over"),
    "unknown": ("出生日期不明", "age unknown"),
}


def show(plan: ExportPlan, console: Console, wording: Wording) -> None:
    """The application, its fields and whether each is granted, the rows, and the first of them masked."""
    from rich.table import Table

    application, english = plan.application, wording.lang == "en"
    for zh, en, text in (
        ("用途", "purpose", application.purpose),
        ("接收方", "recipients", "、".join(application.recipients)),
        ("范围", "range", f"{application.range}（{application.way}）"),
        ("有效至", "valid until", application.until.isoformat()),
        (
            "负责人",
            "responsible",
            f"{application.responsible}，经办 {application.operator}"
            if not english
            else f"{application.responsible}, operator {application.operator}",
        ),
        (
            "批准",
            "approved",
            " ".join(filter(None, [application.approved_by, application.approved_on.isoformat(), application.number])),
        ),
    ):
        console.print(f"{en if english else zh}: {text}" if english else f"{zh}：{text}")
    console.print()
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for zh, en in (("字段", "field"), ("给不给", "granted"), ("填了", "filled"), ("原因", "why")):
        table.add_column(en if english else zh, overflow="fold")
    for one in plan.asked:
        granted = ("yes" if english else "给") if one.allowed else ("no" if english else "不给")
        table.add_row(
            wording.text(one.wanted.word),
            granted,
            str(one.filled) if plan.chosen.pupils else "",
            one.en if english else one.zh,
        )
    console.print(table)
    for line in lines(plan, wording):
        console.print(line)
    if plan.chosen.pupils and not plan.refusals:
        console.print()
        rows = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
        for one in plan.asked:
            rows.add_column(one.wanted.word, overflow="fold")
        for texts in plan.sample(wording):
            rows.add_row(*texts)
        console.print(rows)
        console.print("…")


def lines(plan: ExportPlan, wording: Wording) -> list[str]:
    """The rows in a few sentences, and what was not read."""
    chosen, said = plan.chosen, wording.say
    found = []
    if plan.read.pupils:
        found.append("")
        found.append(
            said(
                f"数据里 {len(plan.read.pupils)} 行，范围内 {len(chosen.pupils)} 行；范围外 {chosen.outside} 行，看不出在不在范围内、没有导出的 {chosen.unplaced} 行。",
                f"{len(plan.read.pupils)} rows, {len(chosen.pupils)} in scope; {chosen.outside} outside, {chosen.unplaced} left out because their place is not known.",
            )
        )
        bands = [f"{BAND_WORDS[band][wording.lang == 'en']} {plan.ages.get(band, 0)}" for band in BANDS]
        found.append(said(f"学生：{'，'.join(bands)}。", f"pupils: {', '.join(bands)}."))
    if plan.twice:
        found.append(
            said(
                f"有 {plan.twice} 行是已经出现过的学生。", f"{plan.twice} rows are of pupils that stand there already."
            )
        )
    for name, zh, en in plan.read.lost:
        found.append(said(f"没有读成 {wording.path(name)}：{zh}", f"not read {wording.path(name)}: {en}"))
    for name, zh, en in plan.read.beside:
        found.append(
            said(f"不是学生名单，没有用 {wording.path(name)}：{zh}", f"no list of pupils {wording.path(name)}: {en}")
        )
    for place, word in plan.slipped[:10]:
        found.append(
            said(
                f"“{word}”里夹着没有申请的内容：{wording.place(place)}",
                f"'{word}' holds what was not asked for: {wording.place(place)}",
            )
        )
    if len(plan.slipped) > 10:
        found.append(said(f"……共 {len(plan.slipped)} 格", f"… {len(plan.slipped)} cells in all"))
    return found


def document(plan: ExportPlan, written: Written | None, wording: Wording) -> dict[str, Any]:
    """The same for machines; `refused`, `planned` or `written`."""
    application, chosen = plan.application, plan.chosen
    return {
        "schema": SCHEMA,
        "status": "refused" if plan.refusals else "written" if written else "planned",
        "purpose": {"asked": application.purpose, "known": plan.purpose.id if plan.purpose else None},
        "recipients": list(application.recipients),
        "until": application.until.isoformat(),
        "refusals": [{"zh": zh, "en": en} for zh, en in plan.refusals],
        "fields": [
            {
                "word": one.wanted.word,
                "key": one.wanted.key,
                "granted": one.allowed,
                "why": one.en if wording.lang == "en" else one.zh,
                "filled": one.filled,
            }
            for one in plan.asked
        ],
        "rows": {
            "read": len(plan.read.pupils),
            "in_scope": len(chosen.pupils),
            "outside": chosen.outside,
            "unplaced": chosen.unplaced,
            "repeated": plan.twice,
        },
        "ages": plan.ages,
        "sample": plan.sample(wording) if not plan.refusals else [],
        "not_read": [{"file": wording.path(name), "zh": zh, "en": en} for name, zh, en in plan.read.lost],
        "passed_over": [{"file": wording.path(name), "zh": zh, "en": en} for name, zh, en in plan.read.beside],
        "slipped": [{"place": wording.place(place), "field": word} for place, word in plan.slipped],
        "written": None
        if written is None
        else {
            "file": wording.path(str(written.path)),
            "sha256": written.entry["sha256"],
            "copy": written.entry["copy"],
            "to": written.entry["to"],
            "encrypted": written.entry["encrypted"],
            "entry": written.entry["number"],
            "code": written.code,
            "hash": written.entry["hash"],
        },
    }
