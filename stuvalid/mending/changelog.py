"""The log of a mending: every cell, what stood there, what stands there now, by which rule; xlsx and json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from stuvalid import __version__
from stuvalid.findings import Finding, Fix, Place, Severity, letters
from stuvalid.mending.fix import Change, Mended
from stuvalid.messages import Wording
from stuvalid.report.document import path
from stuvalid.report.spreadsheets import harmless

SCHEMA = "stuvalid.changes/1"


def shown(change: Change, name: str, wording: Wording) -> tuple[str, str]:
    """Old and new value as they may be shown."""
    place = Place(name, change.sheet, change.row, change.column)
    finding = Finding(
        change.rule,
        Severity.INFO,
        place,
        change.field,
        change.header,
        change.old,
        fix=Fix(change.new, change.safe),
    )
    return wording.value(finding), wording.fix_value(finding) or ""


def as_json(files: Iterable[tuple[Mended, str]], wording: Wording) -> str:
    """The log as JSON: one entry a file with the hashes of both versions. ``files`` are (file, output name)."""
    document = {
        "schema": SCHEMA, "tool": {"name": "stuvalid", "version": __version__},
        "files": [_file(entry, output, wording) for entry, output in files],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _file(entry: Mended, output: str, wording: Wording) -> dict[str, Any]:
    return {
        "input": path(entry.source.name, wording), "input_sha256": hashlib.sha256(entry.source.read()).hexdigest(),
        "output": path(output, wording), "output_sha256": hashlib.sha256(entry.content()).hexdigest(), "notes": entry.notes,
        "changes": [_change(change, entry.source.name, wording) for change in entry.changes],
    }  # fmt: skip


def _change(change: Change, name: str, wording: Wording) -> dict[str, Any]:
    old, new = shown(change, name, wording)
    return {
        "rule": change.rule, "sheet": change.sheet, "cell": f"{letters(change.column)}{change.row + 1}",
        "field": change.field, "header": change.header, "old": old, "new": new, "safe": change.safe,
    }  # fmt: skip


def as_xlsx(files: Iterable[tuple[Mended, str]], wording: Wording) -> bytes:
    """The log as a list that can be sorted, filtered and printed."""
    from stuvalid.excel.new import TableSheet, write_table_workbook

    titles = wording.say(
        "文件 工作表 单元格 列 规则 原来 改为 改法", "file sheet cell column rule old new kind"
    ).split()
    return write_table_workbook(
        [
            TableSheet(
                wording.say("修改记录", "changes"), wording.say("修改记录", "Changes made"), titles, _rows(files, wording),
                (32, 14, 8, 16, 9, 30, 30, 9), [wording.say(*_EXPLAINED)],
            )
        ]
    )  # fmt: skip


_EXPLAINED = (
    "由 stuvalid 修改；原文件未动。证件号、姓名等已遮盖，完整内容见原文件和改后文件的同一格。",
    "Changed by stuvalid; the original is untouched. Private values are masked; both files have them in full.",
)


def _rows(files: Iterable[tuple[Mended, str]], wording: Wording) -> Iterator[list[str]]:
    for entry, output in files:
        for change in entry.changes:
            old, new = shown(change, entry.source.name, wording)
            cell = f"{letters(change.column)}{change.row + 1}"
            kind = wording.say("安全", "safe") if change.safe else wording.say("待确认", "unsafe")
            texts = (path(output, wording), change.sheet, cell, change.header, change.rule, old, new, kind)
            yield [harmless(text) for text in texts]
