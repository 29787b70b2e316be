"""What the front door gives back: reports, mendings and photo reports, as frames and documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, NoReturn, Protocol, TypeVar

if TYPE_CHECKING:
    import pandas as pd

    from stuvalid.findings import Findings
    from stuvalid.mending.fix import Change
    from stuvalid.report.shown import WordedRun
    from stuvalid.report.wording import Wording

Copy = TypeVar("Copy")

FINDING_COLUMNS = (
    "rule",
    "severity",
    "file",
    "sheet",
    "row",
    "cell",
    "field",
    "header",
    "message",
    "mend",
    "value",
    "fix",
    "fix_is_safe",
)
_CHANGE_COLUMNS = ("rule", "file", "sheet", "row", "cell", "field", "header", "old", "new", "safe")
_SHOWN = 20


class FindingPlaces(Protocol):
    """Where rows of a DataFrame are, for findings that name rows of a sheet."""

    def label(self, sheet: str, row: int) -> Any:
        """The index label of 0-based ``row``, None for a row that is no pupil's."""

    @property
    def has_cells(self) -> bool:
        """Whether addresses are those of a workbook the frame was read from."""


class Report:
    """What a check found. Values are masked unless `validate` was told to show them."""

    def __init__(
        self, findings: Findings, wording: Wording, *, places: FindingPlaces | None = None, inputs: Sequence[Path] = ()
    ) -> None:
        self._findings = findings
        self._wording = wording
        self._places = places
        self._inputs = tuple(inputs)
        self._frame: pd.DataFrame | None = None

    @property
    def _run(self) -> WordedRun:
        from stuvalid.report.shown import WordedRun

        return WordedRun(self._findings, self._wording)

    @property
    def ok(self) -> bool:
        """Whether everything was looked at and nothing is wrong at the level error: the command's exit code 0."""
        from stuvalid.findings import Severity

        found = self._findings
        nothing = all(report.status == "skipped" for report in found.files)
        return not (found.incomplete or nothing or found.count(Severity.ERROR))

    @property
    def summary(self) -> dict[str, int]:
        """Counts: files, rows (pupils), errors, warnings, infos."""
        return self._findings.summary()

    @property
    def findings(self) -> pd.DataFrame:
        """One row a finding, by file, sheet, row and column.

        Columns: rule, severity (``error``, ``warning``, ``info``), file, sheet, row, cell, field (key), header, message,
        mend (what to do), value, fix (the mended value, NA where there is none) and fix_is_safe. ``row`` is the number
        of the row in Excel, NA for what concerns a sheet or file as a whole; of a DataFrame that `stuvalid.read` did not
        give, it is the label in the frame's index, and ``cell`` is ''.
        """
        import pandas as pd

        from stuvalid.report.json_report import entry_of

        if self._frame is None:
            rows = [self._row(entry_of(finding)) for finding in self._run.findings()]
            self._frame = pd.DataFrame(rows, columns=list(FINDING_COLUMNS))
            kinds = {"row": "object" if self._labelled else "Int64", "fix": "string", "fix_is_safe": "boolean"}
            for column, kind in kinds.items():
                values = [row[FINDING_COLUMNS.index(column)] for row in rows]
                self._frame[column] = pd.Series(values, dtype=kind, index=self._frame.index)
        return self._frame.copy()

    @property
    def _labelled(self) -> bool:
        """Whether rows are told by the labels of a frame that never was a workbook."""
        return self._places is not None and not self._places.has_cells

    def _row(self, entry: Mapping[str, Any]) -> list[Any]:
        fix = entry.get("fix", {})
        known = {**entry, "row": entry.get("row"), "cell": entry.get("cell", "")}
        known |= {"fix": fix.get("value"), "fix_is_safe": fix.get("safe")}
        if self._labelled and self._places is not None:
            row = known["row"]
            known |= {"row": None if row is None else self._places.label(entry["sheet"], row - 1), "cell": ""}
        return [known[column] for column in FINDING_COLUMNS]

    @property
    def files(self) -> pd.DataFrame:
        """One row a file: file, status (``checked``, ``skipped``, ``unreadable``), form, sheet, rows, reason, sha256."""
        import pandas as pd

        columns = ["file", "status", "form", "sheet", "rows", "reason", "sha256"]
        rows = [
            [one.path, one.status, one.template, one.sheet, one.rows, one.reason, one.sha256]
            for one in self._run.files
            if one.listed
        ]
        return pd.DataFrame(rows, columns=columns)

    @property
    def not_checked(self) -> pd.DataFrame:
        """What was not read, checked or understood: file, what, why, and grave (what makes `ok` False)."""
        import pandas as pd

        columns = ["file", "what", "why", "grave"]
        return pd.DataFrame([entry[:4] for entry in self._run.unchecked()], columns=columns)

    def to_html(self) -> str:
        """The whole report as one page, as ``--output report.html`` writes it."""
        return self._rendered("html").decode("utf-8")

    def to_json(self) -> str:
        """The report as ``stuvalid.report/1``; see ``schema/report-1.json``."""
        return self._rendered("json").decode("utf-8")

    def write(self, path: str | Path, format: str | None = None, *, force: bool = False) -> Path:
        """Write the report in ``format``, by default what the suffix of ``path`` says; its path.

        An existing file is replaced only with ``force``, one that was checked never. Raises UsageError when the format
        is unknown or the file is refused.
        """
        from stuvalid.files import write_atomically
        from stuvalid.report.formats import format_of

        name, target = format_of(f"{format}={path}" if format else str(path))
        return write_atomically(target, self._rendered(name), force=force, inputs=self._inputs)

    def _rendered(self, name: str) -> bytes:
        from stuvalid.report.formats import render

        return render(name, self._findings, self._wording)

    def __bool__(self) -> NoReturn:
        raise TypeError("a Report is neither true nor false: ask report.ok, or len(report.findings)")

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.summary.items())
        return f"<stuvalid.Report: {counts}; {'ok' if self.ok else 'not ok'}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the counts, the first findings, and that there are more."""
        from html import escape

        found = self.findings
        shown = found.loc[:, ["severity", "file", "sheet", "row", "cell", "header", "message", "mend"]].head(_SHOWN)
        parts = [f"<p>{escape(repr(self))}</p>", shown.to_html(index=False, escape=True, na_rep="")]
        if len(found) > _SHOWN:
            more = len(found) - _SHOWN
            parts.append(f"<p>{self._wording.say(f'还有 {more} 处', f'{more} more')}</p>")
        gaps = self.not_checked
        if len(gaps):
            parts.append(f"<p>{self._wording.say('没有检查的', 'Not checked')}</p>")
            parts.append(gaps.head(_SHOWN).to_html(index=False, escape=True))
        return "\n".join(parts)


class Mending(NamedTuple, Generic[Copy]):
    """A mended ``copy`` and its log ``changes``, one row a cell."""

    copy: Copy
    changes: pd.DataFrame


@dataclass(frozen=True, slots=True)
class MendedWorkbook:
    """A mended workbook in memory.

    ``name`` is the file's with the extension of ``data``; ``notes`` are what became of it otherwise, as codes
    (``converted``, ``decrypted``, ``marks-removed``); ``source`` is the file it was made of.
    """

    name: str
    data: bytes
    notes: tuple[str, ...]
    source: Path

    def write(self, path: str | Path, *, force: bool = False) -> Path:
        """Write it to ``path``; its path. Raises UsageError for the source itself, or an existing file without ``force``."""
        from stuvalid.files import write_atomically

        return write_atomically(path, self.data, force=force, inputs=[self.source])


@dataclass(frozen=True)
class PhotoReport:
    """One photo. ``measures`` by name: pixels, bytes, dots per inch, degrees and shares; None where not measured.

    ``findings`` has rule, severity, message, mend and value; ``not_checked`` says in sentences what was not looked at.
    """

    ok: bool
    measures: Mapping[str, Any]
    findings: pd.DataFrame
    not_checked: tuple[str, ...]

    def __bool__(self) -> NoReturn:
        raise TypeError("a PhotoReport is neither true nor false: ask report.ok")


def changes_frame(
    changes: Iterable[Change], file: str, wording: Wording, places: FindingPlaces | None = None
) -> pd.DataFrame:
    """The log of a mending; ``places`` give the labels of a DataFrame's rows."""
    import pandas as pd

    from stuvalid.findings import letters
    from stuvalid.mending.changelog import shown

    own = places is not None and not places.has_cells
    rows = []
    for change in changes:
        old, new = shown(change, file, wording)
        row = places.label(change.sheet, change.row) if own and places is not None else change.row + 1
        cell = "" if own else f"{letters(change.column)}{change.row + 1}"
        known = [change.rule, wording.path(file), change.sheet, row, cell, change.field, change.header, old, new]
        rows.append([*known, change.safe])
    frame = pd.DataFrame(rows, columns=list(_CHANGE_COLUMNS))
    labels = [row[_CHANGE_COLUMNS.index("row")] for row in rows]
    frame["row"] = pd.Series(labels, dtype="object" if own else "Int64", index=frame.index)
    return frame
