"""One copy for one recipient: the list in the order of its copy, its visible line, encrypted; the ledger before the file."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stuvalid.bundle.manifest import check_code
from stuvalid.errors import UsageError
from stuvalid.exports.chain import EXPORT
from stuvalid.exports.handover import ExportPlan
from stuvalid.exports.ledger import Ledger, new_copy
from stuvalid.exports.marking import rank_by
from stuvalid.files import never_write, refuse_target, write_atomically
from stuvalid.submissions.pseudonyms import Pseudonyms

RECEIPT_SCHEMA = "stuvalid.receipt/1"
RECEIPT_SUFFIX = ".导出单.json"
SUFFIXES = (".xlsx", ".zip")
WITHDRAWN = "withdrawn"
_ORDER_KEYS = ("name", "record_number", "id_number")
_WIDTHS: Mapping[str, float] = {
    "name": 12,
    "school_name": 22,
    "class_name": 20,
    "id_number": 24,
    "record_number": 24,
    "address": 40,
    "phone": 16,
    "birth": 12,
}
_LEAST_WIDTH, _SIDEWAYS = 14.0, 90
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Written:
    """A copy that was handed out: its file, its receipt, its entry in the ledger."""

    path: Path
    receipt: Path
    entry: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The sixteen digits to hand over."""
        return check_code(str(self.entry["hash"]))


def receipt_path(path: Path) -> Path:
    """Where the receipt of an export is: beside it, by its name."""
    return path.with_name(f"{path.name}{RECEIPT_SUFFIX}")


def refuse_outputs(path: Path, ledger: Ledger, inputs: Sequence[Path], *, force: bool) -> None:
    """Raise UsageError, before anything is read, for outputs that cannot be made or must not stand there."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"“{path.name}”应以 .xlsx（工作簿密码）或 .zip（AES 加密）结尾。",
            f"'{path.name}' must end in .xlsx (password of a workbook) or .zip (AES).",
        )
    never_write(*ledger.files)
    for target in (path, receipt_path(path)):
        refuse_target(target, force=force, inputs=inputs, folder=False)
    if path.suffix.lower() == ".zip":
        from stuvalid.bundle.writing import encryption

        encryption()


def own_files(ledger: Ledger, out: Path | None) -> list[Path]:
    """What lies beside the data, perhaps, and is none: the ledger and the copies it knows, but for the one to be renewed."""
    known = list(ledger.files)
    entries = ledger.entries() if ledger.path.exists() else []
    known += [Path(entry["folder"]) / entry["file"] for entry in entries if entry["kind"] == EXPORT]
    return [path for path in known if path.is_file() and (out is None or path.resolve() != out.resolve())]


def recipient_of(plan: ExportPlan, name: str) -> str:
    """Whom this copy is for. Raises UsageError where the application names several, or others."""
    known = plan.application.recipients
    if name in known or (not name and len(known) == 1):
        return name or known[0]
    shown = "、".join(known)
    raise UsageError(
        f"申请里没有接收方“{name}”。" if name else "申请里有几个接收方，一份只给一方。",
        f"The application names no recipient '{name}'."
        if name
        else "The application names several recipients; a copy is for one.",
        mend_zh=f"用 --to 写明：{shown}。",
        mend_en=f"Say which with --to: {shown}.",
    )


def hand_out(
    plan: ExportPlan,
    out: Path,
    recipient: str,
    ledger: Ledger,
    password: str | None,
    *,
    today: dt.date,
    force: bool,
    inputs: Sequence[Path],
) -> Written:
    """Write the copy. ``password`` None leaves it open, which only a public purpose may.

    The entry is written before the file appears: what is killed in between has recorded a copy that does not exist, never the
    other way round. A copy that cannot be written is withdrawn by an entry of its own.
    """
    application, purpose = plan.application, plan.purpose
    assert purpose is not None and not plan.refusals
    if password is None and not purpose.public:
        raise UsageError(
            f"用途“{purpose.title}”不许不加密。",
            f"'{purpose.id}' must be encrypted.",
            mend_zh="去掉 --plain，给出密码。",
            mend_en="Leave out --plain and give a password.",
        )
    ledger.open(application.operator)
    copy = new_copy()
    order = next((key for key in _ORDER_KEYS if any(key in one.wanted.keys for one in plan.asked)), "")
    rows = ordered(plan, ledger.seeds(), copy, order)
    content = _book(plan, rows, copy, recipient)
    data = _sealed(content, out, password)
    entry = ledger.append(_entry(plan, out, recipient, copy, order, data, today, encrypted=password is not None))
    written: list[Path] = []
    try:
        receipt = _receipt(entry)
        written.append(write_atomically(receipt_path(out), receipt, force=force, inputs=inputs))
        write_atomically(out, data, force=force, inputs=inputs)
    except BaseException:
        if not _is_there(out, entry):
            for path in written:
                path.unlink(missing_ok=True)
            ledger.append({"kind": WITHDRAWN, "by": application.operator, "of": entry["number"]})
        raise
    return Written(out, receipt_path(out), entry)


def ordered(plan: ExportPlan, seeds: Pseudonyms, copy: str, order: str) -> list[list[str]]:
    """The rows in the order of the copy; of one name, in an order of their own."""
    rank = rank_by(seeds, copy)
    at = next((number for number, one in enumerate(plan.asked) if order in one.wanted.keys), -1)
    keyed = [(rank(row[at]) if at >= 0 else "", rank("\x1f".join(row)), row) for row in plan.rows]
    return [row for _, _, row in sorted(keyed)]


def visible_line(plan: ExportPlan, copy: str, recipient: str) -> str:
    """What the copy says of itself above its rows."""
    application = plan.application
    return (
        f"副本 {copy}｜接收方：{recipient}｜用途：{application.purpose}｜有效至 {application.until}｜经办：{application.operator}"
        "｜只用于申请写明的用途，到期销毁；流出可追查到这一份"
    )


def _book(plan: ExportPlan, rows: Sequence[Sequence[str]], copy: str, recipient: str) -> bytes:
    from stuvalid.report.paper import PaperSheet, paper_book

    headers = [
        (one.wanted.word, _WIDTHS.get(one.wanted.key) or _WIDTHS.get(one.wanted.kind, _LEAST_WIDTH))
        for one in plan.asked
    ]
    title = plan.purpose.title if plan.purpose else ""
    wide = sum(width for _, width in headers) > _SIDEWAYS
    line = visible_line(plan, copy, recipient)
    mark = f"副本 {copy}，有效至 {plan.application.until}"
    return paper_book([PaperSheet(title, title, headers, rows, (line,), across=wide, mark=mark)], own=False)


def _sealed(content: bytes, out: Path, password: str | None) -> bytes:
    """The bytes of the file, encrypted in memory: no plain text of it touches the disk."""
    if out.suffix.lower() == ".xlsx":
        from stuvalid.excel.encrypted import encrypt

        return encrypt(content, password) if password else content
    import zipfile

    from stuvalid.bundle.writing import encrypting

    stream = io.BytesIO()
    with encrypting(stream, password) if password else zipfile.ZipFile(stream, "w") as archive:
        describe = getattr(archive, "zipinfo_cls", zipfile.ZipInfo)
        archive.writestr(describe(f"{out.stem}.xlsx", _EARLIEST), content)
    return stream.getvalue()


def _entry(
    plan: ExportPlan, out: Path, recipient: str, copy: str, order: str, data: bytes, today: dt.date, *, encrypted: bool
) -> dict[str, Any]:
    application, purpose = plan.application, plan.purpose
    assert purpose is not None
    return {
        "kind": EXPORT,
        "by": application.operator,
        "to": recipient,
        "copy": copy,
        "purpose": purpose.title,
        "purpose_id": purpose.id,
        "purpose_version": purpose.version,
        "range": application.range,
        "way": application.way,
        "fields": [one.wanted.word for one in plan.asked],
        "rows": len(plan.chosen.pupils),
        "ages": plan.ages,
        "ages_on": today.isoformat(),
        "scope": {what: list(names) for what, names in application.scope.items()} or "all",
        "until": application.until.isoformat(),
        "responsible": application.responsible,
        "approved_by": application.approved_by,
        "approved_on": application.approved_on.isoformat(),
        "approval": application.number,
        "plan": application.plan,
        "application": hashlib.sha256(application.path.read_bytes()).hexdigest(),
        "sources": [report.sha256 for report in plan.read.findings.files if report.rows and report.sha256],
        "order": order,
        "encrypted": encrypted,
        "file": out.name,
        "folder": str(out.resolve().parent),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


_TOLD = (
    "copy",
    "to",
    "by",
    "purpose",
    "range",
    "way",
    "fields",
    "rows",
    "until",
    "responsible",
    "approved_by",
    "approved_on",
    "approval",
    "encrypted",
    "file",
    "size",
    "sha256",
)


def _receipt(entry: Mapping[str, Any]) -> bytes:
    """What goes with the copy: what it is and until when, and the last hash of the ledger. It names no pupil."""
    ledger = {"entry": entry["number"], "hash": entry["hash"], "code": check_code(str(entry["hash"]))}
    document = {"schema": RECEIPT_SCHEMA, **{key: entry[key] for key in _TOLD}, "time": entry["time"], "ledger": ledger}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _is_there(path: Path, entry: Mapping[str, Any]) -> bool:
    """Whether the copy bears its name already: broken off behind that, it was handed out."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == str(entry["sha256"])
    except OSError:
        return False
