"""``stuvalid fix``: which findings carry a fix, and writing them into copies until nothing is left to mend.

A mended cell can show another fault (a date in full-width digits is then seen to be in the future), so each copy is
checked again and mended again until it stays as it is. That is also why a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from stuvalid.check.conductor import findings_of, read_sources
from stuvalid.check.run import CheckOptions, FileResult
from stuvalid.errors import StuvalidError
from stuvalid.excel.patch import CellEdit
from stuvalid.findings import Block, Diagnosis, Findings
from stuvalid.mending.copies import CopyRequest, WritableCopy, damage_of, make_copies, protected_again
from stuvalid.ownmarks import marked_copy
from stuvalid.received.walk import Source

_MOST_ROUNDS = 6
_IN_PLACE = ("xlsx", "xlsm")
_WRONG_FILE = frozenset({"TPL023", "TPL024"})
"""Rules on the file as such that a copy mends: an extension that lies, a format the registry does not take."""


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
    kind: str = "text"


@dataclass(slots=True)
class Mended:
    """One file: the source as it was received, and its mended ``copy`` (None where nothing had to be done)."""

    source: Source
    copy: WritableCopy | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def suffix(self) -> str:
        """The extension of the copy; '' keeps the source's own."""
        return self.copy.suffix if self.copy is not None else ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should be told, as codes of `WritableCopy` and `patch_workbook`."""
        return self.copy.notes if self.copy is not None else ()

    @property
    def failure(self) -> StuvalidError | None:
        """Why a file that has something to mend could not be copied."""
        return self.copy.failure if self.copy is not None else None

    def content(self) -> bytes:
        """The mended workbook, or the source's own bytes where nothing had to be done.

        Raises UnreadableFile where the source cannot be read.
        """
        if self.copy is None:
            return self.source.read()
        return self.copy.data if self.copy.is_form else marked_copy(self.copy.data, self.source.sha256())

    def as_source(self) -> Source:
        """The mended workbook as one to be checked."""
        if self.copy is None or self.copy.failure is not None:
            return self.source
        return Source(with_suffix(self.source.name, self.copy.suffix), data=self.copy.data)


@dataclass(frozen=True, slots=True)
class FixOptions:
    """What to mend: safe fixes, with ``unsafe`` also those derived from other cells; only of ``rules`` if given.

    ``decrypt`` leaves the copy of a protected workbook unprotected, else it gets the same password; ``convert``
    makes an xlsx of every other format, mended or not.
    """

    check: CheckOptions
    unsafe: bool = False
    rules: frozenset[str] | None = None
    decrypt: bool = False
    convert: bool = False


@dataclass(slots=True)
class FixResult:
    """The files as they were mended, and the findings that remain in them."""

    files: list[Mended]
    after: Findings

    def protect(self, options: FixOptions) -> None:
        """Encrypt again the copies of what had a password, once nothing reads them any more."""
        for entry in self.files:
            if entry.copy is not None and not options.decrypt:
                entry.copy = protected_again(entry.copy, options.check.password)


def with_suffix(name: str, suffix: str) -> str:
    """``name`` ending in ``suffix``, in place of its own extension."""
    if name.lower().endswith(suffix):
        return name
    return name.removesuffix(PurePosixPath(name).suffix) + suffix


def fix_sources(
    sources: Sequence[Source], options: FixOptions, *, progress: Callable[[int, int], None] | None = None
) -> FixResult:
    """Mend copies of these workbooks in memory; nothing is written and no source is touched.

    A file gets a copy when a cell is mended, when its format is not taken, or when it carries marks of an earlier
    `check --annotate`, which are taken back.
    """
    results = read_sources(sources, options.check, progress=progress)
    files = [Mended(source, _refused(result)) for source, result in zip(sources, results, strict=True)]
    wanted = [wanted_changes(result, options) for result in results]
    plan = {
        number: changes
        for number, changes in enumerate(wanted)
        if files[number].failure is None and (changes or _needs_copy(results[number], options))
    }
    for _ in range(_MOST_ROUNDS):
        written = _write(files, plan, options)
        checked = read_sources([files[number].as_source() for number in written], replace(options.check, password=None))
        for number, result in zip(written, checked, strict=True):
            results[number] = result
        left = {number: _left(files[number], results[number], options) for number in written}
        plan = {number: changes for number, changes in left.items() if changes}
        if not plan:
            break
    return FixResult(files, findings_of(results, options.check))


def _refused(result: FileResult) -> WritableCopy | None:
    damage = damage_of(result.report)
    return WritableCopy(b"", "", failure=damage) if damage is not None else None


def _needs_copy(result: FileResult, options: FixOptions) -> bool:
    """Whether a file without a cell to mend has to be opened: for its format, or because it may carry our marks."""
    if result.report.status != "checked":
        return False
    if result.report.format in _IN_PLACE:
        return True
    wrong = {block.rule for block in result.blocks} & _WRONG_FILE
    return options.convert or bool(wrong if options.rules is None else wrong & options.rules)


def wanted_changes(result: FileResult, options: FixOptions, *, undo: bool = True) -> list[Change]:
    """What is to be written into one file, one change a cell; with ``undo`` also what undoes an event, as one operation.

    A safe fix goes before one derived from other cells, which may be another afterwards, or none; then the gravest.
    """
    known = (*result.blocks, *result.explained)
    found = [block for block in known if block.fixes and (options.rules is None or block.rule in options.rules)]
    found.sort(key=lambda block: (-block.severity, block.rule))
    changes = [change for block in found for change in _changes(block) if change.safe or options.unsafe]
    chosen: dict[tuple[str, int, int], Change] = {}
    if options.unsafe and undo:
        for diagnosis in result.diagnoses:
            if options.rules is None or diagnosis.rule in options.rules:
                chosen |= {(diagnosis.sheet, move.row, move.column): move for move in _undoing(diagnosis)}
    for change in sorted(changes, key=lambda change: not change.safe):
        chosen.setdefault((change.sheet, change.row, change.column), change)
    return list(chosen.values())


def _changes(block: Block) -> Iterator[Change]:
    for row, value, fix in zip(block.rows, block.values, block.fixes, strict=True):
        if fix is not None and row >= 0 and block.column >= 0:
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
                block.kind,
            )


def _undoing(diagnosis: Diagnosis) -> Iterator[Change]:
    """What undoes an event, cell by cell: the one operation that it is."""
    headers = dict(zip(diagnosis.columns, zip(diagnosis.fields, diagnosis.headers, strict=True), strict=True))
    for move in diagnosis.moves:
        field, header = headers[move.column]
        yield Change(
            diagnosis.rule, diagnosis.sheet, move.row, move.column, field, header, move.old, move.text, False, move.kind
        )


def _left(entry: Mended, result: FileResult, options: FixOptions) -> list[Change]:
    """What a further round has to do: not what was written to the same cell before."""
    done = {(change.sheet, change.row, change.column, change.new) for change in entry.changes}
    return [
        change
        for change in wanted_changes(result, options, undo=False)  # a file that is mended by half tells no event
        if (change.sheet, change.row, change.column, change.new) not in done
    ]


def _write(files: Sequence[Mended], plan: Mapping[int, Sequence[Change]], options: FixOptions) -> list[int]:
    """Write what is planned into the copies; returns the numbers of the files whose copy is new."""
    requests = [
        CopyRequest(
            files[number].source,
            options.check.password,
            files[number].copy,
            tuple(CellEdit(change.sheet, change.row, change.column, change.new or None) for change in changes),
        )
        for number, changes in plan.items()
    ]
    written = []
    for (number, changes), copy in zip(plan.items(), make_copies(requests, workers=options.check.workers), strict=True):
        entry = files[number]
        if not changes and not copy.notes:
            continue  # nothing to mend, convert or clean: its own bytes are the copy
        if copy.failure is None:
            entry.copy = copy
            entry.changes += changes
            written.append(number)
        elif entry.copy is None:
            entry.copy = copy
    return written
