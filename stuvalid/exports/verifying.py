"""``stuvalid verify`` of a copy that was handed out: is it as it was, and does its term still run."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stuvalid.errors import UnreadableFile
from stuvalid.exports.writing import RECEIPT_SCHEMA, receipt_path
from stuvalid.files import never_write
from stuvalid.findings import FileReport, Findings
from stuvalid.rules.registry import selected_rules
from stuvalid.rules.told import Told

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions

_TERM = re.compile(r"副本 [0-9A-Z]{4}-[0-9A-Z]{4}｜.*有效至 ([0-9]{4}-[0-9]{2}-[0-9]{2})")
_HEAD_ROWS = 3
_MOST_RECEIPT = 1 << 20


@dataclass(slots=True)
class Verified:
    """What was found, and what to tell a person (zh, en)."""

    findings: Findings
    told: list[tuple[str, str]] = field(default_factory=list)


def is_export(path: Path) -> bool:
    """Whether a file is a copy that was handed out, not a package: it has a receipt, or is a workbook."""
    return path.is_file() and (receipt_path(path).is_file() or path.suffix.lower() == ".xlsx")


def verify_export(path: Path, options: CheckOptions, password: Callable[[], str]) -> Verified:
    """Compare with the receipt and with today; without a receipt read the visible line, with ``password`` if need be.

    Raises UnreadableFile for a workbook that is no such copy.
    """
    never_write(path, receipt_path(path))
    name = path.name
    told = Told.of(selected_rules((), options.ignore, options.severities))
    verified = Verified(Findings([FileReport(name, "checked")]))
    if receipt_path(path).is_file():
        receipt = _receipt(receipt_path(path))
        until = dt.date.fromisoformat(receipt["until"])
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if (path.stat().st_size, digest) != (receipt["size"], receipt["sha256"]):
            told.add("export_altered", name)
        fields = "、".join(map(str, receipt["fields"]))
        verified.told.append(
            (
                f"副本 {receipt['copy']}：{receipt['by']} 交给 {receipt['to']}，用途“{receipt['purpose']}”，{receipt['rows']} 行，字段 {fields}；"
                f"台账第{receipt['ledger']['entry']}条，核对码 {receipt['ledger']['code']}。",
                f"copy {receipt['copy']}: by {receipt['by']} to {receipt['to']} for '{receipt['purpose']}', {receipt['rows']} rows, fields {fields}; "
                f"entry {receipt['ledger']['entry']} of the ledger, check code {receipt['ledger']['code']}.",
            )
        )
    else:
        until = _visible_term(path, password)
        told.add("export_without_receipt", name, file=receipt_path(path).name)
    left = (until - options.today).days
    if left < 0:
        told.add("export_past_its_date", name, until=until.isoformat(), days=-left)
    verified.told.append(
        (f"有效至 {until}，还有 {left} 天。", f"valid until {until}, {left} days left.")
        if left >= 0
        else (f"有效期限 {until} 已过 {-left} 天。", f"its term ended on {until}, {-left} days ago.")
    )
    told.into(verified.findings)
    return verified


def _receipt(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_bytes()[:_MOST_RECEIPT])
        dt.date.fromisoformat(document["until"])
        whole = document["schema"] == RECEIPT_SCHEMA and all(
            isinstance(document[key], kind)
            for key, kind in (
                ("size", int),
                ("sha256", str),
                ("fields", list),
                ("rows", int),
                ("copy", str),
                ("by", str),
                ("to", str),
                ("purpose", str),
            )
        )
        whole = whole and {"entry", "code"} <= set(document["ledger"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise UnreadableFile(
            f"导出单“{path.name}”读不懂，可能被改过。",
            f"The receipt '{path.name}' is no receipt, or was changed.",
            mend_zh="向交出的单位再要一份。",
            mend_en="Ask for it again.",
        )
    found: Mapping[str, Any] = document
    return found


def _visible_term(path: Path, password: Callable[[], str]) -> dt.date:
    from stuvalid.excel import read_workbook

    try:
        workbook = read_workbook(path)
    except UnreadableFile as error:
        if error.reason != "encrypted":
            raise
        workbook = read_workbook(path, password=password())
    for sheet in workbook.sheets:
        for texts in sheet.head(_HEAD_ROWS):
            for text in texts:
                found = _TERM.search(text)
                if found:
                    return dt.date.fromisoformat(found[1])
    raise UnreadableFile(
        "不是 stuvalid export 导出的表：没有标记行，旁边也没有导出单。",
        "It is no copy of stuvalid export: it has no visible line, and there is no receipt beside it.",
        mend_zh="汇总包请给文件夹、zip 或 .001；检查学生表用 stuvalid check。",
        mend_en="Packages are folders, zips or .001; stuvalid check checks workbooks.",
    )
