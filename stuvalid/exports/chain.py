"""The ledger as bytes: a JSON text a line, each with the SHA-256 of the one before it and, last, its own.

A line is exactly what `line` makes: any other way to write the same is a changed byte. What the chain alone cannot show is
that its end was cut off; for that the last hash is kept beside the ledger and handed over with each export.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SCHEMA = "stuvalid.ledger/1"
HEAD_SCHEMA = "stuvalid.ledger-head/1"
FIRST = "opened"
EXPORT = "export"
_NOTHING_BEFORE = "0" * 64
_SHAPES: Mapping[str, Mapping[str, type]] = {
    EXPORT: {
        **dict.fromkeys(("by", "to", "copy", "purpose", "until", "file", "folder", "sha256"), str),
        **dict.fromkeys(("rows", "size"), int),
        "fields": list,
        "ages": dict,
    },
    **{key: {"of": int, "by": str} for key in ("withdrawn", "destroying", "destroyed", "declared")},
}
"""What others rely on in an entry of each kind."""
_HASH_KEY = ', "hash": "'


class Break(NamedTuple):
    """Where the chain does not hold: the line (from 1, 0 for the whole) and why, in both languages."""

    line: int
    zh: str
    en: str


@dataclass(slots=True)
class LedgerChain:
    """The entries that could be read, in order, and every `Break`."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The hash of the last entry, of an empty ledger that of nothing."""
        return str(self.entries[-1]["hash"]) if self.entries else _NOTHING_BEFORE


def line(number: int, previous: str, content: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The line of an entry with what it says, and the entry as it will be read."""
    entry = {"schema": SCHEMA, "number": number, **content, "previous": previous}
    body = json.dumps(entry, ensure_ascii=False)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f'{body[:-1]}{_HASH_KEY}{digest}"}}\n'.encode(), {**entry, "hash": digest}


def read_chain(data: bytes) -> LedgerChain:
    """Read a ledger and prove it line by line."""
    chain = LedgerChain()
    if not data:
        chain.breaks.append(Break(0, "台账是空的", "the ledger is empty"))
        return chain
    if not data.endswith(b"\n"):
        chain.breaks.append(Break(data.count(b"\n") + 1, "最后一条不完整", "the last entry is cut short"))
    previous = _NOTHING_BEFORE
    for number, raw in enumerate(data.split(b"\n")[:-1], start=1):
        entry = _read(raw)
        if entry is None:
            chain.breaks.append(Break(number, "这一条被改过，不再是写下时的样子", "it is not as it was written"))
            continue
        if entry["number"] != number or entry["previous"] != previous:
            chain.breaks.append(
                Break(number, "与上一条接不上：少了、多了或换了位置", "it does not follow the one before it")
            )
        if (entry.get("kind") == FIRST) != (number == 1):
            chain.breaks.append(Break(number, "台账应以开账一条开头", "a ledger begins with its opening, once"))
        previous = entry["hash"]
        if not _is_whole(entry):
            chain.breaks.append(Break(number, "这一条缺内容，不是本程序写的", "it lacks what such an entry holds"))
            continue
        chain.entries.append(entry)
    if not chain.entries and not chain.breaks:
        chain.breaks.append(Break(0, "台账是空的", "the ledger is empty"))
    return chain


def _read(raw: bytes) -> dict[str, Any] | None:
    """The entry of a line; None unless the line is what `line` writes of it."""
    try:
        entry = json.loads(raw)
        number, previous, digest = entry["number"], entry["previous"], entry["hash"]
        content = {key: value for key, value in entry.items() if key not in ("schema", "number", "previous", "hash")}
        if not isinstance(number, int) or not isinstance(previous, str) or not isinstance(digest, str):
            return None
        same, written = line(number, previous, content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return written if same == raw + b"\n" else None


def _is_whole(entry: Mapping[str, Any]) -> bool:
    wanted = {"kind": str, "time": str, **_SHAPES.get(str(entry.get("kind")), {})}
    return all(isinstance(entry.get(key), kind) for key, kind in wanted.items())


def head_document(entries: Sequence[Mapping[str, Any]]) -> bytes:
    """What is kept beside the ledger: how many entries there are and the last one's hash."""
    known = {"schema": HEAD_SCHEMA, "entries": len(entries), "hash": entries[-1]["hash"]}
    return (json.dumps(known) + "\n").encode()


def against_head(chain: LedgerChain, head: bytes | None) -> Break | None:
    """What the head kept beside the ledger says against it; None where the ledger holds all that the head knows.

    A ledger that is longer is right: the program may have been stopped between the two.
    """
    if head is None:
        return Break(
            0, "旁边没有尾记文件（.head），看不出末尾有没有被截去", "no head is kept beside it: its end is not proved"
        )
    try:
        known = json.loads(head)
        count, digest = known["entries"], known["hash"]
        fine = known["schema"] == HEAD_SCHEMA and isinstance(count, int) and count > 0
    except (ValueError, KeyError, TypeError, RecursionError):
        fine = False
    if not fine:
        return Break(0, "尾记文件（.head）被改过", "the head kept beside it was changed")
    if len(chain.entries) < count:
        return Break(
            0,
            f"末尾少了：写过 {count} 条，现在 {len(chain.entries)} 条",
            f"its end is missing: {count} entries were written, {len(chain.entries)} are left",
        )
    if chain.entries[count - 1]["hash"] != digest:
        return Break(
            count, "与尾记文件（.head）不符：换成了另一本台账", "it is not the ledger that the head belongs to"
        )
    return None
