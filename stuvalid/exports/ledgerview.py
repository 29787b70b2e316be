"""The ledger as rows for people: what was handed out to whom and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from stuvalid.exports.chain import EXPORT, FIRST
from stuvalid.exports.destroying import DECLARED, DESTROYED, STARTED, settled
from stuvalid.exports.ledger import date_of, day_of
from stuvalid.exports.writing import WITHDRAWN
from stuvalid.findings.masking import shown_path

KINDS: Mapping[str, tuple[str, str]] = {
    FIRST: ("开账", "opened"),
    EXPORT: ("导出", "export"),
    WITHDRAWN: ("未写出", "withdrawn"),
    STARTED: ("开始销毁", "destruction begun"),
    DESTROYED: ("已销毁", "destroyed"),
    DECLARED: ("接收方确认销毁", "declared destroyed"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "valid": ("有效期内", "valid"),
    "overdue": ("过期未销毁", "overdue"),
    "unconfirmed": ("本方已销毁，接收方未确认", "destroyed here, not confirmed by the recipient"),
    "unremoved": ("接收方已确认，本方未销毁", "confirmed by the recipient, not destroyed here"),
    "settled": ("已销毁", "destroyed"),
    "withdrawn": ("未写出", "withdrawn"),
}
_HEADER = (("条", "No."), ("日期", "Date"), ("事项", "What"), ("经办", "By"), ("内容", "Content"))


def state_of(entry: Mapping[str, Any], ends: Mapping[int, set[str]], today: dt.date) -> str:
    """What became of an export, as a key of `STATES`."""
    known = ends.get(int(entry["number"]), set())
    if WITHDRAWN in known:
        return "withdrawn"
    if {DESTROYED, DECLARED} <= known:
        return "settled"
    if (date_of(entry, "until") or today) >= today and not known:
        return "valid"
    return "unconfirmed" if DESTROYED in known else "unremoved" if DECLARED in known else "overdue"


def rows_of(entries: Sequence[Mapping[str, Any]], today: dt.date, lang: str) -> tuple[list[str], list[list[str]]]:
    """Header and a row an entry."""
    english = lang == "en"
    ends = settled(entries)
    rows = []
    for entry in entries:
        kind = KINDS.get(str(entry["kind"]), (str(entry["kind"]),) * 2)[english]
        rows.append(
            [
                str(entry["number"]),
                day_of(entry).isoformat(),
                kind,
                str(entry.get("by", "")),
                _content(entry, ends, today, english),
            ]
        )
    return [pair[english] for pair in _HEADER], rows


def _content(entry: Mapping[str, Any], ends: Mapping[int, set[str]], today: dt.date, english: bool) -> str:
    if entry["kind"] == EXPORT:
        state = STATES[state_of(entry, ends, today)][english]
        fields = "、".join(map(str, entry["fields"]))
        file = shown_path(str(entry["file"]))
        if english:
            return f"copy {entry['copy']} for {entry['to']}: {entry['purpose']}, {entry['rows']} rows ({fields}), until {entry['until']}, {file}: {state}"
        return f"副本 {entry['copy']} 交给 {entry['to']}：{entry['purpose']}，{entry['rows']} 行（{fields}），有效至 {entry['until']}，{file}；{state}"
    if "of" in entry:
        note = f"：{entry['note']}" if entry.get("note") else ""
        files = entry.get("files")
        count = "" if files is None else f", {files} files" if english else f"，{files} 个文件"
        return f"entry {entry['of']}{count}{note}" if english else f"第{entry['of']}条{count}{note}"
    return ""
