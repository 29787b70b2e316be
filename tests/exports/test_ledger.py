"""The ledger: whatever is done to it shows, and whoever writes at once is written whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stuvalid.errors import UsageError
from stuvalid.exports.chain import line, read_chain
from stuvalid.exports.ledger import Ledger
from tests.program import ROOT

ENTRIES = 20
ENTRY = {
    **dict.fromkeys(("by", "to", "copy", "purpose", "file", "folder", "sha256"), "李老师"),
    "kind": "export",
    "until": "2027-01-31",
    "rows": 0,
    "size": 1,
    "fields": ["姓名"],
    "ages": {"under_14": 1},
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A ledger of twenty entries."""
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "台账.jsonl")
    for number in range(ENTRIES - 1):
        ledger.append({**ENTRY, "rows": number, "to": f"第{number}中学"})
    assert len(ledger.entries()) == ENTRIES
    return ledger


@pytest.fixture
def twin(written: Ledger, tmp_path: Path) -> Ledger:
    """A copy with its head, to be spoilt."""
    for path in (written.path, written.head_path, written.key_path):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return Ledger(tmp_path / written.path.name)


def spoilt(lines: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Every way to remove, repeat, swap, cut and alter one entry, and to write the same otherwise."""
    for at in range(len(lines)):
        yield f"without {at}", lines[:at] + lines[at + 1 :]
        yield f"cut from {at}", lines[:at]
        yield f"{at} twice", lines[: at + 1] + lines[at:]
        for other in range(at + 1, len(lines)):
            changed = list(lines)
            changed[at], changed[other] = changed[other], changed[at]
            yield f"{at} and {other} swapped", changed
        for other in range(len(lines)):
            if other != at:
                moved = lines[:at] + lines[at + 1 :]
                moved.insert(other, lines[at])
                yield f"{at} moved to {other}", moved
        entry = json.loads(lines[at])
        for key, value in entry.items():
            altered = {
                **entry,
                key: value + 1 if isinstance(value, int) else [*value, "x"] if isinstance(value, list) else f"{value}x",
            }
            as_text = json.dumps(altered, ensure_ascii=False).encode() + b"\n"
            yield f"{key} of {at} altered", [*lines[:at], as_text, *lines[at + 1 :]]
            left = {name: text for name, text in entry.items() if name != key}
            yield (
                f"{key} of {at} gone",
                [*lines[:at], json.dumps(left, ensure_ascii=False).encode() + b"\n", *lines[at + 1 :]],
            )
        content = {key: value for key, value in entry.items() if key not in ("schema", "number", "previous", "hash")}
        forged, _ = line(entry["number"], entry["previous"], {**content, "rows": 999})
        yield f"{at} forged with a right hash", [*lines[:at], forged, *lines[at + 1 :]]
        yield f"{at} written otherwise", [*lines[:at], lines[at].replace(b'": ', b'":', 1), *lines[at + 1 :]]
        yield f"{at} with a second key", [*lines[:at], lines[at].replace(b'{"', b'{"by": "x", "', 1), *lines[at + 1 :]]
        yield f"{at} with a blank", [*lines[:at], lines[at][:-1] + b" \n", *lines[at + 1 :]]
    yield "backwards", lines[::-1]
    yield "a line more", [*lines, lines[-1]]
    yield "a blank line more", [*lines, b"\n"]


def test_no_altered_removed_swapped_or_cut_entry_verifies(written: Ledger, twin: Ledger) -> None:
    lines = written.path.read_bytes().splitlines(keepends=True)
    assert len(lines) == ENTRIES
    assert not twin.prove().breaks
    tried = 0
    for what, changed in spoilt(lines):
        twin.path.write_bytes(b"".join(changed))
        assert twin.prove().breaks, what
        tried += 1
    assert tried > 900


def test_no_edited_byte_and_no_cut_file_verifies(written: Ledger, twin: Ledger) -> None:
    data = written.path.read_bytes()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 + at % 255
        if changed != data:
            twin.path.write_bytes(changed)
            assert twin.prove().breaks, at
    for size in range(0, len(data), 7):
        twin.path.write_bytes(data[:size])
        assert twin.prove().breaks, size


def test_a_ledger_forged_from_an_entry_on_is_told_by_what_was_handed_over(written: Ledger, twin: Ledger) -> None:
    """Who has the folder can write the rest anew, with its head: only the code that was handed over shows it."""
    code = written.prove().code
    for at in range(ENTRIES):
        lines = written.path.read_bytes().splitlines(keepends=True)[:at]
        if lines:
            twin.path.write_bytes(b"".join(lines))
            twin.head_path.write_text(
                json.dumps({"schema": "stuvalid.ledger-head/1", "entries": at, "hash": json.loads(lines[-1])["hash"]})
            )
            assert not twin.prove().breaks
            assert twin.prove(code).breaks, at
    assert written.prove(code).since == 0
    early = read_chain(written.path.read_bytes()).entries[4]["hash"]
    assert written.prove(early).since == ENTRIES - 5
    assert written.prove("1234").breaks


def test_a_broken_ledger_is_not_continued(twin: Ledger) -> None:
    data = twin.path.read_bytes()
    twin.path.write_bytes(data[: data.rindex(b'{"schema"')])
    with pytest.raises(UsageError, match="末尾少了"):
        twin.append({**ENTRY, "by": "x"})
    twin.path.unlink()
    with pytest.raises(UsageError, match="核对不过"):
        twin.append({**ENTRY, "by": "x"})


def test_stopped_between_the_ledger_and_its_head(twin: Ledger) -> None:
    head = twin.head_path.read_bytes()
    twin.append({**ENTRY, "by": "x"})
    twin.head_path.write_bytes(head)
    assert not twin.prove().breaks
    twin.append({**ENTRY, "by": "y"})
    assert len(twin.entries()) == ENTRIES + 2


def test_a_copy_without_its_head_is_proved_by_the_code_alone(twin: Ledger) -> None:
    code = twin.prove().code
    twin.head_path.unlink()
    assert twin.prove().breaks
    assert not twin.prove(code).breaks


_WRITER = """
import sys
from pathlib import Path
from stuvalid.exports.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    ledger.append({"kind": "note", "by": sys.argv[2], "rows": number})
"""


def test_two_programs_at_once_are_one_after_the_other(tmp_path: Path) -> None:
    path, each = tmp_path / "台账.jsonl", 25
    running = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(path), who, str(each)], cwd=ROOT) for who in ("甲", "乙")
    ]
    assert [one.wait() for one in running] == [0, 0]
    entries = Ledger(path).entries()
    assert len(entries) == 1 + 2 * each
    for who in ("甲", "乙"):
        assert [entry["rows"] for entry in entries[1:] if entry["by"] == who] == list(range(each))


@pytest.mark.parametrize("stop", range(1, 9))
def test_stopped_anywhere_the_ledger_is_valid(tmp_path: Path, stop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program dies at its n-th step on the disk, and the next run goes on."""
    from stuvalid import files

    ledger = Ledger(tmp_path / "台账.jsonl")
    ledger.append({**ENTRY, "by": "x"})
    calls = 0

    def counted(step: Any) -> Any:
        def run(*arguments: Any, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == stop:
                raise KeyboardInterrupt
            return step(*arguments, **more)

        return run

    with monkeypatch.context() as patch:
        for name in ("_temporary_beside", "_give_usual_permissions", "_take_name", "flush_folder"):
            patch.setattr(files, name, counted(getattr(files, name)))
        with pytest.raises(KeyboardInterrupt):
            ledger.append({**ENTRY, "by": "y"})
    assert not ledger.prove().breaks
    ledger.append({**ENTRY, "by": "z"})
    assert not ledger.prove().breaks
    assert [entry["by"] for entry in ledger.entries()][-1] == "z"


@pytest.mark.parametrize("key", [key for key in ENTRY if key != "kind"])
def test_an_entry_of_someone_elses_making_is_a_fault_and_no_crash(twin: Ledger, key: str) -> None:
    """Rightly chained, with a head that fits, but not what this program writes."""
    entries = twin.entries()
    for value in (None, [[]], {}):
        content = {"time": "2026-01-01T00:00:00+00:00", **ENTRY, key: value}
        if isinstance(ENTRY[key], type(value)):
            continue
        raw, _ = line(len(entries) + 1, entries[-1]["hash"], content)
        twin.path.write_bytes(twin.path.read_bytes() + raw)
        assert "缺内容" in twin.prove().breaks[0].zh
        twin.path.write_bytes(twin.path.read_bytes()[: -len(raw)])
