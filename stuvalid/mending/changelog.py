"""The log of a mending: every cell, what stood there, what stands there now, by which rule; xlsx and json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from stuvalid.findings import Finding, Fix, Place, Severity, letters
from stuvalid.mending.fix import Change, Mended
from stuvalid.report.spreadsheets import harmless
from stuvalid.report.wording import Wording
from stuvalid.version import __version__

if TYPE_CHECKING:
    from stuvalid.excel.patch import FrontCell

SCHEMA = "stuvalid.changes/1"


def shown(change: Change, name: str, wording: Wording) -> tuple[str, str]:
    """Old and new value as they may be shown."""
    finding = _as_finding(change, name)
    return wording.value(finding), wording.fix_value(finding) or ""


def explained(change: Change, wording: Wording) -> str:
    """What was done, in the words of the rule: told as done, not as an order to the clerk."""
    mend = wording.mend(_as_finding(change, ""))
    return wording.say(f"已改：{mend}", f"Done: {mend}")


def _as_finding(change: Change, name: str) -> Finding:
    place = Place(name, change.sheet, change.row, change.column)
    return Finding(
        change.rule,
        Severity.INFO,
        place,
        change.field,
        change.header,
        change.old,
        fix=Fix(change.new, change.safe),
        kind=change.kind,
    )


def as_json(files: Iterable[tuple[Mended, str]], wording: Wording) -> str:
    """The log as JSON: one entry a file with the hashes of both versions. ``files`` are (file, output name)."""
    document = {
        "schema": SCHEMA,
        "tool": {"name": "stuvalid", "version": __version__},
        "masked": not wording.show_values,
        "files": [_file(entry, output, wording) for entry, output in files],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _file(entry: Mended, output: str, wording: Wording) -> dict[str, Any]:
    return {
        "input": wording.path(entry.source.name),
        "input_sha256": entry.source.sha256(),
        "output": wording.path(output),
        "output_sha256": _digest(entry.content()),
        "notes": list(entry.notes),
        "changes": [_change(change, entry.source.name, wording) for change in entry.changes],
    }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _change(change: Change, name: str, wording: Wording) -> dict[str, Any]:
    old, new = shown(change, name, wording)
    return {
        "rule": change.rule,
        "sheet": change.sheet,
        "cell": f"{letters(change.column)}{change.row + 1}",
        "field": change.field,
        "header": change.header,
        "old": old,
        "new": new,
        "safe": change.safe,
    }


def as_xlsx(files: Sequence[tuple[Mended, str]], wording: Wording) -> bytes:
    """The log as lists that can be sorted, filtered and printed: every cell, and every file with its hashes."""
    from stuvalid.excel.new import TableSheet, write_table_workbook

    cells = TableSheet(
        wording.say("修改记录", "changes"),
        wording.say("修改记录", "Changes made"),
        wording.say(
            "文件 工作表 单元格 列 原来 改为 怎么改的 改法 规则", "file sheet cell column old new what how rule"
        ).split(),
        _rows(files, wording),
        (30, 13, 8, 16, 26, 26, 30, 9, 9),
        [_explained(wording)],
    )
    names = TableSheet(
        wording.say("文件", "files"),
        wording.say("文件", "Files"),
        wording.say(
            "原文件 副本 改了几处 原文件SHA-256 副本SHA-256", "input output cells input-SHA-256 output-SHA-256"
        ).split(),
        _files(files, wording),
        (36, 36, 9, 34, 34),
    )
    return write_table_workbook([cells, names])


def _explained(wording: Wording) -> str:
    head = wording.say("由 stuvalid 修改；原文件未动。", "Changed by stuvalid; the original is untouched. ")
    if wording.show_values:
        return head + wording.say("内容未遮盖，只发回原学校。", "Values are shown in full: for that school only.")
    return head + wording.say(
        "证件号、姓名等已遮盖，完整内容见原文件和副本的同一格。",
        "Private values are masked; both files have them in full, at the same cell.",
    )


def _files(files: Iterable[tuple[Mended, str]], wording: Wording) -> Iterator[list[str | int | FrontCell]]:
    for entry, output in files:
        names = harmless(wording.path(entry.source.name)), harmless(wording.path(output))
        yield [*names, len(entry.changes), entry.source.sha256(), _digest(entry.content())]


def _rows(files: Iterable[tuple[Mended, str]], wording: Wording) -> Iterator[list[str]]:
    for entry, output in files:
        for change in entry.changes:
            old, new = shown(change, entry.source.name, wording)
            cell = f"{letters(change.column)}{change.row + 1}"
            kind = wording.say("安全", "safe") if change.safe else wording.say("待确认", "unsafe")
            stored = wording.say("（存为文本）", " (stored as text)") if change.old == change.new else ""
            texts = (
                wording.path(output),
                change.sheet,
                cell,
                change.header,
                old,
                new + stored,
                explained(change, wording),
                kind,
                change.rule,
            )
            yield [harmless(text) for text in texts]
