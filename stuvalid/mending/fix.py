"""``stuvalid fix``: which findings carry a fix, and writing them into copies until nothing is left to mend.

A mended cell can show another fault (a date in full-width digits is then seen to be in the future), so each copy is
checked again and mended again until it stays as it is. That is also why a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from stuvalid.check import CheckOptions, check_sources, prepare_worker
from stuvalid.discovery import Source
from stuvalid.errors import StuvalidError
from stuvalid.findings import Block, Findings, Fix
from stuvalid.mending.copies import CopyRequest, WritableCopy, writable_copies

_MOST_ROUNDS = 6
_MEMORY_BYTES = 3 << 30


@dataclass(frozen=True, slots=True)
class Change:
    """One cell written: ``row`` and ``column`` count from 0; ``safe`` when only one reading existed."""

    rule: str
    sheet: str
    row: int
    column: int
    field: str
    header: str
    old: str
    new: str
    safe: bool


@dataclass(slots=True)
class Mended:
    """One file: the source as it was received, its mended ``data`` (None when there is no copy, see ``copy``)."""

    source: Source
    data: bytes | None = None
    copy: WritableCopy | None = None
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def suffix(self) -> str:
        """The extension of the copy; '' keeps the source's own."""
        return self.copy.suffix if self.copy is not None else ""

    @property
    def failure(self) -> StuvalidError | None:
        """Why a file that has something to mend could not be copied."""
        return self.copy.failure if self.copy is not None else None

    def content(self) -> bytes:
        """The mended workbook, or the source's own bytes where there was nothing to mend."""
        return self.data if self.data is not None else self.source.read()


@dataclass(frozen=True, slots=True)
class FixOptions:
    """What to mend: safe fixes, with ``unsafe`` also those derived from other cells; only of ``rules`` if given."""

    check: CheckOptions
    unsafe: bool = False
    rules: frozenset[str] | None = None
    decrypt: bool = False


@dataclass(slots=True)
class FixResult:
    """The files as they were mended, the findings before, and those that remain."""

    files: list[Mended]
    before: Findings
    after: Findings


def fix_sources(
    sources: Sequence[Source], options: FixOptions, *, progress: Callable[[int, int], None] | None = None
) -> FixResult:
    """Mend copies of these workbooks in memory; nothing is written and no source is touched."""
    before = check_sources(sources, options.check, progress=progress)
    files = [Mended(source) for source in sources]
    pending = _fixes(before, options)
    _make_writable([files[index] for index in pending], options)
    pending = {index: blocks for index, blocks in pending.items() if files[index].data is not None}
    touched = sorted(pending)
    for _ in range(_MOST_ROUNDS):
        for index, blocks in pending.items():
            _apply(files[index], blocks, options)
        if not pending:
            break
        found = _recheck(files, sorted(pending), options)
        pending = _left(_fixes(found, options), sorted(pending), files)
    after = _remaining(files, options) if touched else before
    return FixResult(files, before, after)


def _fixes(findings: Findings, options: FixOptions) -> dict[int, list[Block]]:
    """For each file number the blocks with a fix that is to be applied."""
    found: dict[int, list[Block]] = {}
    for block in findings.blocks:
        wanted = options.rules is None or block.rule in options.rules
        if wanted and any(fix is not None and (fix.safe or options.unsafe) for fix in block.fixes):
            found.setdefault(block.file, []).append(block)
    return found


def _left(
    found: dict[int, list[Block]], checked: Sequence[int], files: Sequence[Mended]
) -> dict[int, list[Block]]:
    """What a further round has to do: fixes that were not just applied to the same cell with the same value."""
    left = {}
    for position, blocks in found.items():
        index = checked[position]
        done = {(change.sheet, change.row, change.column, change.new) for change in files[index].changes}
        if any(
            (block.sheet, row, block.column, fix.value) not in done
            for block in blocks
            for row, fix in _pairs(block)
        ):
            left[index] = blocks
    return left


def _pairs(block: Block) -> Iterator[tuple[int, Fix]]:
    return ((row, fix) for row, fix in zip(block.rows, block.fixes, strict=True) if fix is not None)


def _make_writable(files: Sequence[Mended], options: FixOptions) -> None:
    """Convert or clean the copies in workers: what was received is not to be trusted."""
    from stuvalid import workers

    requests = [CopyRequest(entry.source, options.check.password, options.decrypt) for entry in files]
    if not requests:
        return
    outcomes = workers.run(
        writable_copies, requests, workers=min(len(requests), options.check.workers or 2), timeout=options.check.timeout,
        memory_bytes=_MEMORY_BYTES, chunk=4, initializer=prepare_worker,
    )  # fmt: skip
    for group in outcomes:
        for outcome in group:
            if isinstance(outcome.result, WritableCopy):
                entry = files[outcome.index]
                entry.copy = outcome.result
                entry.data = outcome.result.data if outcome.result.failure is None else None
                entry.notes += outcome.result.notes


def _apply(entry: Mended, blocks: Sequence[Block], options: FixOptions) -> None:
    from stuvalid.excel.patch import CellEdit, patch_workbook

    assert entry.data is not None
    chosen: dict[tuple[str, int, int], Change] = {}
    for change in _changes(blocks, options):
        chosen.setdefault((change.sheet, change.row, change.column), change)
    edits = [
        CellEdit(change.sheet, change.row, change.column, change.new or None) for change in chosen.values()
    ]
    result = patch_workbook(entry.data, edits=edits)
    entry.data = result.data
    entry.changes += chosen.values()
    entry.notes += [note for note in result.notes if note not in entry.notes]


def _changes(blocks: Sequence[Block], options: FixOptions) -> Iterator[Change]:
    """Gravest first: where two rules would mend one cell, the graver one does."""
    for block in sorted(blocks, key=lambda block: (-block.severity, block.rule)):
        for row, value, fix in zip(block.rows, block.values, block.fixes, strict=True):
            if fix is not None and (fix.safe or options.unsafe) and row >= 0 and block.column >= 0:
                yield Change(
                    block.rule,
                    block.sheet,
                    row,
                    block.column,
                    block.field,
                    block.header,
                    value,
                    fix.value,
                    fix.safe,
                )


def _recheck(files: Sequence[Mended], indices: Sequence[int], options: FixOptions) -> Findings:
    sources = [_mended_source(files[index]) for index in indices]
    return check_sources(sources, replace(options.check, password=None))


def _remaining(files: Sequence[Mended], options: FixOptions) -> Findings:
    return check_sources([_mended_source(entry) for entry in files], options.check)


def _mended_source(entry: Mended) -> Source:
    if entry.data is None:
        return entry.source
    name = entry.source.name
    stem = name.removesuffix(PurePosixPath(name).suffix)
    return Source(name if name.lower().endswith(entry.suffix) else stem + entry.suffix, data=entry.data)
