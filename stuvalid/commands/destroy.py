"""``stuvalid destroy``."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import FAILED, FOUND, OK, needs_existing, needs_format, send, tell
from stuvalid.commands.options import LedgerFile, argument, option, spread
from stuvalid.errors import UsageError
from stuvalid.language import say

if TYPE_CHECKING:
    from stuvalid.exports.destroying import Due
    from stuvalid.exports.ledger import Ledger

HELP = say(
    "销毁过了有效期的导出：先列出，确认后覆盖、删除，记入台账。\n\n"
    "按台账里的位置找，也在给出的文件夹里按内容找（改了名的也找得到）；内容不同的文件决不动。\n\n"
    "例：stuvalid destroy --ledger 导出台账.jsonl D:\\资料",
    "Destroy exports past their date: listed first, then overwritten, removed and recorded in the ledger.\n\n"
    "Files are found where the ledger says, and by content in the folders given; nothing else is touched.\n\n"
    "Example: stuvalid destroy --ledger ledger.jsonl folder/",
)
_FORMATS = ("text", "json")


@spread
def destroy(
    places: Annotated[list[Path], argument("另在这些文件夹里按内容找", "Folders to look in besides", "DIR...")] = [],  # noqa: B006
    ledger: LedgerFile = None,
    yes: Annotated[bool, option("不再询问", "Do not ask", "--yes", "-y")] = False,
    numbers: Annotated[
        list[int],
        option("只销毁台账的这几条，没到期的也可以", "Only these entries, be they due or not", "--number", metavar="N"),
    ] = [],  # noqa: B006
    declared: Annotated[
        list[int],
        option(
            "接收方已书面确认销毁的条目，只记入台账",
            "Entries whose recipient has confirmed in writing; only recorded",
            "--declared",
            metavar="N",
        ),
    ] = [],  # noqa: B006
    note: Annotated[str, option("记入台账的说明", "A note for the ledger", "--note", metavar="TEXT")] = "",
    operator: Annotated[str, option("经办人，记入台账", "Who does it, for the ledger", "--by", metavar="NAME")] = "",
    format_: Annotated[
        str, option("屏幕上的格式", "Format on standard output", "--format", "-f", metavar="|".join(_FORMATS))
    ] = "text",
) -> int:
    """List what is past its date, and destroy it."""
    from stuvalid.exports.destroying import LIMITS, due
    from stuvalid.exports.destroying import destroy as do
    from stuvalid.exports.ledger import Ledger

    needs_format(format_, _FORMATS)
    if ledger is None:
        raise UsageError(
            "没有写明台账。",
            "No ledger is named.",
            mend_zh="用 --ledger 台账.jsonl，或写进 stuvalid.toml 的 ledger。",
            mend_en="Use --ledger FILE, or the setting ledger in stuvalid.toml.",
        )
    for place in places:
        needs_existing(place)
    book = Ledger(ledger)
    entries = book.entries()
    _refuse_unknown([*numbers, *declared], entries)
    if declared:
        return _declare(book, declared, note, operator)
    found = due(entries, dt.date.today(), places, numbers)  # noqa: DTZ011 - the clerk's own day
    _list(found, format_)
    if not found:
        tell("没有过期要销毁的。", "Nothing is past its date.")
        return OK
    if not yes and (format_ == "json" or not sys.stdin.isatty()):
        tell("只列出，没有销毁：加 --yes 才销毁。", "Only listed: add --yes to destroy them.")
        return FOUND
    if not operator:
        raise UsageError("没有写明经办人。", "Nobody is named.", mend_zh="加 --by 姓名。", mend_en="Add --by NAME.")
    question = say(f"销毁以上 {len(found)} 项？不能恢复", f"Destroy these {len(found)}? It cannot be undone")
    if not yes and not typer.confirm(question, err=True):
        tell("没有销毁。", "Nothing was destroyed.")
        return FOUND
    left = 0
    for one, files in do(found, book, operator):
        left += len(files)
        gone = len(one.files) - len(files)
        tell(
            f"台账第{one.number}条：销毁 {gone} 个文件"
            + (f"，{len(files)} 个删不掉（被占用或没有权限）" if files else ""),
            f"entry {one.number}: {gone} files destroyed" + (f", {len(files)} could not be removed" if files else ""),
        )
    tell("覆盖不能证明什么：", "What overwriting does not prove:")
    for zh, en in LIMITS:
        tell(f"- {zh}", f"- {en}")
    return FAILED if left else OK


def _list(found: list[Due], format_: str) -> None:
    from stuvalid.findings.masking import shown_path

    if format_ == "json":
        due = [
            {
                "entry": one.number,
                "copy": one.entry["copy"],
                "to": one.entry["to"],
                "until": one.entry["until"],
                "files": [shown_path(str(path)) for path in one.files],
            }
            for one in found
        ]
        send((json.dumps({"schema": "stuvalid.destroy/1", "due": due}, ensure_ascii=False, indent=1) + "\n").encode())
        return
    for one in found:
        entry = one.entry
        typer.echo(
            say(
                f"台账第{one.number}条：副本 {entry['copy']}，交给 {entry['to']}，{entry['purpose']}，{entry['rows']} 行，有效至 {entry['until']}",
                f"entry {one.number}: copy {entry['copy']} for {entry['to']}, {entry['purpose']}, {entry['rows']} rows, until {entry['until']}",
            )
        )
        for path in one.files:
            typer.echo(f"  {shown_path(str(path))}")
        if not one.files:
            typer.echo(
                say(
                    "  没有找到文件：已移走或已删除；在别处的，给出那个文件夹",
                    "  no file found: moved or removed; name the folder it is in",
                )
            )


def _refuse_unknown(numbers: list[int], entries: list[dict[str, object]]) -> None:
    known = {entry["number"] for entry in entries if entry["kind"] == "export"}
    for number in numbers:
        if number not in known:
            raise UsageError(
                f"台账第{number}条不是导出。",
                f"Entry {number} of the ledger is no export.",
                mend_zh="用 stuvalid ledger show 看编号。",
                mend_en="See the numbers with stuvalid ledger show.",
            )


def _declare(book: Ledger, numbers: list[int], note: str, by: str) -> int:
    from stuvalid.exports.destroying import DECLARED

    if not note or not by:
        raise UsageError(
            "接收方的确认要写明依据（--note）和经办人（--by）。",
            "A confirmation needs what it rests upon (--note) and who records it (--by).",
            mend_zh="如 --note 2027-01-05销毁证明 --by 李老师。",
            mend_en="As in --note 'letter of 2027-01-05' --by Li.",
        )
    for number in numbers:
        book.append({"kind": DECLARED, "by": by, "of": number, "note": note})
        tell(f"已记入台账：第{number}条，接收方确认销毁。", f"recorded: entry {number}, destroyed by its recipient.")
    return OK
