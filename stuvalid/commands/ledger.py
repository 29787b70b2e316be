"""``stuvalid ledger``."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from stuvalid.commands.common import FOUND, OK, needs_existing, needs_format, send, tell, terminal
from stuvalid.commands.options import LedgerFile, PasswordFile, PasswordVariable, argument, option, spread
from stuvalid.commands.passwords import ask_password
from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.exports.ledger import Ledger
    from stuvalid.exports.tracing import Trace

HELP = say(
    "导出台账：show 列出，verify 逐条核对，trace 查流出的名单是哪一份。\n\n"
    "例：stuvalid ledger verify 导出台账.jsonl --code 1F3A-09BC-77D0-4E21\n\n"
    "例：stuvalid ledger trace 流出的名单.xlsx --ledger 导出台账.jsonl",
    "The ledger of what was handed out: show it, verify it entry by entry, trace a list that turned up to its copy.\n\n"
    "Example: stuvalid ledger verify ledger.jsonl --code 1F3A-09BC-77D0-4E21\n\n"
    "Example: stuvalid ledger trace found.xlsx --ledger ledger.jsonl",
)
_FORMATS = ("text", "json")
_MARK = re.compile(r"[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}")


@spread
def ledger(
    action: Annotated[Literal["show", "verify", "trace"], argument("做什么", "What to do", "show|verify|trace")],
    path: Annotated[
        Path | None,
        argument(
            "台账；trace 时是流出的名单，或抄下的副本号",
            "The ledger; for trace the list, or the mark of a copy",
            "FILE",
        ),
    ] = None,
    ledger: LedgerFile = None,
    code: Annotated[
        str,
        option(
            "手里的核对码：导出时显示、写在导出单上",
            "The check code that was handed over with an export",
            "--code",
            metavar="CODE",
        ),
    ] = "",
    data: Annotated[
        list[Path],
        option(
            "trace：当初的学生数据，名单只剩号码时用",
            "trace: the pupils' data, for a list that has numbers only",
            "--data",
            metavar="PATH",
        ),
    ] = [],  # noqa: B006
    password_file: PasswordFile = None,
    password_env: PasswordVariable = "",
    format_: Annotated[
        str, option("屏幕上的格式", "Format on standard output", "--format", "-f", metavar="|".join(_FORMATS))
    ] = "text",
) -> int:
    """Show, prove or trace."""
    from stuvalid.exports.ledger import Ledger

    needs_format(format_, _FORMATS)
    place = ledger if action == "trace" else path or ledger
    if place is None or (action == "trace" and path is None):
        raise UsageError(
            "没有写明台账。" if place is None else "没有写明要查的名单。",
            "No ledger is named." if place is None else "No list is named.",
            mend_zh="用 --ledger 台账.jsonl，或写进 stuvalid.toml 的 ledger。",
            mend_en="Use --ledger FILE, or the setting ledger in stuvalid.toml.",
        )
    needs_existing(place)
    book = Ledger(place)
    if action == "show":
        return _show(book, format_)
    if action == "verify":
        return _verify(book, code, format_)
    assert path is not None
    return _trace(path, book, data, password_file, password_env, format_)


def _show(book: Ledger, format_: str) -> int:
    from stuvalid.exports.ledgerview import rows_of

    entries = book.entries()
    if format_ == "json":
        send(
            (
                json.dumps({"schema": "stuvalid.ledger-list/1", "entries": entries}, ensure_ascii=False, indent=1)
                + "\n"
            ).encode()
        )
        return OK
    from rich.table import Table

    header, rows = rows_of(entries, dt.date.today(), language())  # noqa: DTZ011 - the clerk's own day
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(str, row))
    terminal().print(table)
    return OK


def _verify(book: Ledger, code: str, format_: str) -> int:
    proof = book.prove(code)
    if format_ == "json":
        document = {
            "schema": "stuvalid.ledger-proof/1",
            "sound": not proof.breaks,
            "entries": len(proof.chain.entries),
            "hash": proof.chain.head,
            "code": proof.code,
            "since": proof.since if proof.since >= 0 else None,
            "breaks": [found._asdict() for found in proof.breaks],
        }
        send((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
    else:
        for found in proof.breaks:
            where_zh, where_en = (f"第{found.line}条", f"entry {found.line}: ") if found.line else ("", "")
            typer.echo(say(f"{where_zh}{found.zh}。", f"{where_en}{found.en}."))
    if proof.breaks:
        tell("台账核对不过。", "The ledger does not verify.")
        return FOUND
    since_zh = (
        f"，手里的核对码在第{len(proof.chain.entries) - proof.since}条，之后又有 {proof.since} 条"
        if proof.since >= 0
        else ""
    )
    since_en = (
        f"; the code is that of entry {len(proof.chain.entries) - proof.since}, {proof.since} follow"
        if proof.since >= 0
        else ""
    )
    tell(
        f"台账完整：{len(proof.chain.entries)} 条，逐条相接{since_zh}。末条核对码 {proof.code}。",
        f"The ledger is whole: {len(proof.chain.entries)} entries{since_en}. Its last check code is {proof.code}.",
    )
    if proof.since < 0:
        tell(
            "连同尾记（.head）一起换掉的，只有拿手里的核对码（--code）才看得出来。",
            "A ledger exchanged together with its head shows only against a code that was handed over (--code).",
        )
    return OK


def _trace(
    path: Path, book: Ledger, data: list[Path], password_file: Path | None, password_env: str, format_: str
) -> int:
    from stuvalid.check.run import CheckOptions
    from stuvalid.exports.tracing import by_mark, names_by_number, trace

    if not path.exists() and _MARK.fullmatch(path.name):
        found = by_mark(path.name, book)
    else:
        needs_existing(path)
        names = names_by_number(data, CheckOptions()) if data else None
        try:
            word = ask_password(password_file, password_env) if password_file or password_env else None
            found = trace(path, book, word, names)
        except UnreadableFile as error:
            if error.reason != "encrypted" or password_file or password_env:
                raise
            found = trace(path, book, ask_password(None, ""), names)
    if format_ == "json":
        document = {"schema": "stuvalid.trace/1", "copies": [_plain(one) for one in found]}
        send((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
    else:
        for one in found:
            typer.echo(_sentence(one))
    if not any(one.certain for one in found):
        tell(
            "查不出是哪一份：没有标记行，行序也对不上（重新排过序，或行数太少）。",
            "It cannot be told which copy it is: no visible line, and no order of rows that tells.",
        )
        return FOUND
    return OK


def _plain(one: Trace) -> dict[str, Any]:
    known = {key: one.entry[key] for key in ("number", "copy", "to", "by", "purpose", "time", "until")}
    return {**known, "how": one.how, "certain": one.certain, "rows": one.rows, "chance": one.chance}


def _sentence(one: Trace) -> str:
    from stuvalid.exports.ledger import day_of

    how = {
        "bytes": ("文件与交出的一字节不差", "the file is byte for byte as it was handed out"),
        "line": ("有它的标记行", "it bears its mark"),
        "order": (
            f"{one.rows} 行按它的次序排列，别的副本碰巧如此的概率不到 {one.chance:.1e}",
            f"{one.rows} rows stand in its order; the chance of that in any other copy is below {one.chance:.1e}",
        ),
    }[one.how]
    sure = ("", "") if one.certain else ("可能是：", "possibly: ")
    entry = one.entry
    day = day_of(entry)
    return say(
        f"{sure[0]}副本 {entry['copy']}，交给 {entry['to']}（台账第{entry['number']}条，{day}，经办 {entry['by']}，用途 {entry['purpose']}）：{how[0]}。",
        f"{sure[1]}copy {entry['copy']} for {entry['to']} (entry {entry['number']}, {day}, by {entry['by']}, {entry['purpose']}): {how[1]}.",
    )
