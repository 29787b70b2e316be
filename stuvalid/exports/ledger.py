"""The ledger in its folder: the entries, the head beside them, and the key that the order of rows is derived from.

``LEDGER.head`` says how far the ledger reached, ``LEDGER.key`` is needed to trace a copy by the order of its rows, and
``LEDGER.lock`` lets one program write at a time. The ledger is only ever replaced by itself with an entry more, whole or not
at all; the head follows, so that a program stopped between the two leaves a ledger that is longer than its head, which is right.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stuvalid.bundle.manifest import check_code, moment
from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.exports.chain import FIRST, Break, LedgerChain, against_head, head_document, line, read_chain
from stuvalid.files import clear_errors, never_write, renew
from stuvalid.submissions.pseudonyms import Pseudonyms
from stuvalid.workspace import waiting_lock

NAME = "导出台账.jsonl"
"""What a ledger is called where nobody names it otherwise; it lies beside the application."""

_KEY_BYTES, _LEAST_CODE = 32, 16
_KEY_SCHEMA = "stuvalid.ledger-key/1"
_LOCK_TEXT = b'{"schema": "stuvalid.ledger-lock/1"}\n'
_WAIT_SECONDS = 60.0
_MOST_BYTES = 256 << 20
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_COPY_LENGTH = 8


@dataclass(slots=True)
class Proof:
    """What proving a ledger gave. ``since`` is how many entries follow the one whose code was handed over, -1 if none was."""

    path: Path
    chain: LedgerChain
    breaks: list[Break] = field(default_factory=list)
    since: int = -1

    @property
    def code(self) -> str:
        """The sixteen digits of its last entry."""
        return check_code(self.chain.head)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger in the file ``path``, which need not exist yet."""

    path: Path

    @property
    def head_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.head")

    @property
    def key_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.key")

    @property
    def lock_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    @property
    def files(self) -> tuple[Path, ...]:
        """Itself and what belongs to it; none of them holds a pupil."""
        return self.path, self.head_path, self.key_path, self.lock_path

    def entries(self) -> list[dict[str, Any]]:
        """Every entry of a sound ledger. Raises UsageError for one that does not verify: nothing may rest upon it."""
        if not self.path.exists() and not self.head_path.exists():
            raise UsageError(
                f"找不到台账“{self.path}”。",
                f"There is no ledger '{self.path}'.",
                mend_zh="用 --ledger 指明台账。",
                mend_en="Name it with --ledger.",
            )
        return self._sound().entries

    def prove(self, code: str = "") -> Proof:
        """Prove every entry, the end against the head, and the ``code`` that was handed over if one is given."""
        never_write(self.path)
        chain = read_chain(self._read(self.path))
        proof = Proof(self.path, chain, list(chain.breaks))
        if not chain.entries:
            return proof
        wanted = "".join(char for char in code.upper() if char.isalnum())
        if wanted:
            at = _entry_with(chain, wanted)
            if at < 0:
                text = "没有一条的核对码与手里的相符：末尾被截去，或换成了另一本台账"
                proof.breaks.append(Break(0, text, "no entry has the code that was handed over: its end is missing"))
            else:
                proof.since = len(chain.entries) - 1 - at
        fault = against_head(chain, self._read(self.head_path) if self.head_path.exists() else None)
        if fault is not None and (self.head_path.exists() or proof.since < 0):
            proof.breaks.append(fault)
        return proof

    def open(self, by: str) -> None:
        """Begin the ledger where there is none, so that the key is there. Raises UsageError for one that does not verify."""
        with self._alone():
            self._begin(by)

    def append(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Write an entry at the end and return it. Raises UsageError for a ledger that does not verify: it is not continued."""
        with self._alone():
            chain = self._begin(str(content.get("by", "")))
            raw, entry = line(len(chain.entries) + 1, chain.head, {"time": moment(), **content})
            renew(self.path, self._read(self.path) + raw)
            renew(self.head_path, head_document([*chain.entries, entry]))
            return entry

    def seeds(self) -> Pseudonyms:
        """What the order of rows is derived with. Raises UsageError where the key is gone."""
        try:
            key = bytes.fromhex(json.loads(self.key_path.read_bytes())["key"])
        except (OSError, ValueError, LookupError, TypeError):
            key = b""
        if len(key) != _KEY_BYTES:
            raise UsageError(
                f"台账的密钥“{self.key_path.name}”不见了或损坏，无法导出，也无法按行序追查。",
                f"The ledger's key '{self.key_path.name}' is missing or damaged.",
                mend_zh="从备份恢复；实在没有，另立一本台账（--ledger）。",
                mend_en="Restore it from a backup, or begin another ledger (--ledger).",
            )
        return Pseudonyms(key)

    def _begin(self, by: str) -> LedgerChain:
        if self.path.exists() or self.head_path.exists():
            chain = self._sound()
            if self.key_path.exists() and self.seeds().fingerprint != chain.entries[0].get("key"):
                raise UsageError(
                    f"密钥“{self.key_path.name}”不是这本台账的。",
                    f"The key '{self.key_path.name}' belongs to another ledger.",
                    mend_zh="从备份恢复原来的密钥。",
                    mend_en="Restore the right one from a backup.",
                )
            return chain
        if not self.key_path.exists():
            known = {"schema": _KEY_SCHEMA, "key": secrets.token_hex(_KEY_BYTES)}
            renew(self.key_path, (json.dumps(known) + "\n").encode())
            with suppress(OSError):
                os.chmod(self.key_path, 0o600)  # noqa: PTH101  (whoever has it can tell whose a copy is)
        content = {
            "time": moment(),
            "kind": FIRST,
            "by": by,
            "id": secrets.token_hex(8),
            "key": self.seeds().fingerprint,
        }
        raw, entry = line(1, LedgerChain().head, content)
        renew(self.path, raw)
        renew(self.head_path, head_document([entry]))
        return LedgerChain([entry])

    def _sound(self) -> LedgerChain:
        proof = self.prove()
        if not proof.breaks:
            return proof.chain
        first = proof.breaks[0]
        where_zh, where_en = (f"第{first.line}条", f"entry {first.line}: ") if first.line else ("", "")
        raise UsageError(
            f"台账“{self.path}”核对不过：{where_zh}{first.zh}。",
            f"The ledger '{self.path}' does not verify: {where_en}{first.en}.",
            mend_zh="不要改它；用 stuvalid ledger verify 看全部，从备份恢复，或另立一本（--ledger）并书面说明。",
            mend_en="Leave it as it is; see stuvalid ledger verify, restore a backup, or begin another (--ledger).",
        )

    def _read(self, path: Path) -> bytes:
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise UnreadableFile("台账超过256 MB。", "The ledger exceeds 256 MB.", reason="too-large")
            return path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise UnreadableFile(
                f"读不了台账“{path.name}”（{error.strerror or type(error).__name__}）。",
                f"The ledger '{path.name}' cannot be read ({error.strerror or type(error).__name__}).",
            ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with clear_errors(self.path):
            if not self.path.parent.is_dir():
                raise UsageError(
                    f"放台账的文件夹“{self.path.parent}”不存在。", f"There is no folder '{self.path.parent}'."
                )
            with waiting_lock(self.lock_path, _WAIT_SECONDS, _LOCK_TEXT) as held:
                if not held:
                    raise UsageError(
                        f"台账“{self.path.name}”一直被另一个程序占用。",
                        f"Another program keeps the ledger '{self.path.name}'.",
                        mend_zh="等它结束再试。",
                        mend_en="Try again when it is done.",
                    )
                yield


def new_copy() -> str:
    """The mark of one copy, as it is printed in it: 7K3F-9QWD, of letters and digits that are not taken for others."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_COPY_LENGTH))
    return f"{text[:4]}-{text[4:]}"


def day_of(entry: Mapping[str, Any]) -> dt.date:
    """The day on which an entry was written, by the clerk's own clock; the first of all days where it does not say."""
    try:
        return dt.datetime.fromisoformat(str(entry.get("time", ""))).astimezone().date()
    except (ValueError, OverflowError, OSError):
        return dt.date.min


def date_of(entry: Mapping[str, Any], key: str) -> dt.date | None:
    """A date that an entry holds, None where it has none."""
    try:
        return dt.date.fromisoformat(str(entry.get(key, "")))
    except ValueError:
        return None


def _entry_with(chain: LedgerChain, wanted: str) -> int:
    """The position of the entry whose hash begins with the digits ``wanted``, -1 if none does or they are too few."""
    if len(wanted) < _LEAST_CODE:
        return -1
    found = (at for at, entry in enumerate(chain.entries) if str(entry["hash"]).upper().startswith(wanted))
    return next(found, -1)
