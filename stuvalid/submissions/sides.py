"""What is compared: each side a submission as workbooks, or the json report of an earlier check of one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stuvalid.errors import UsageError
from stuvalid.files import never_write
from stuvalid.submissions.identities import Identity, SheetPupils

if TYPE_CHECKING:
    from stuvalid.findings import Findings
    from stuvalid.report.wording import Wording

Entry = Mapping[str, Any]
"""One finding in the shape it has in a json report."""

_REPORT = "stuvalid.report/1"
_LONGEST_REPORT = 512 << 20
_NEEDED = {"rule": str, "severity": str, "file": str, "sheet": str, "field": str, "message": str, "value": str}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a pupil stands, for people: file, sheet, Excel row, masked name and class."""

    file: str
    sheet: str
    row: int
    name: str
    class_name: str


@dataclass(slots=True)
class Side:
    """One submission. ``owners`` tell for each of ``entries`` the position of its pupil, -1 for none.

    ``spots`` and ``sheets`` are known of workbooks only: a report does not list pupils without a finding.
    """

    name: str
    files: int
    rows: int
    entries: list[Entry]
    owners: list[int]
    identities: list[Identity]
    spots: list[Spot] = field(default_factory=list)
    sheets: list[tuple[str, SheetPupils]] = field(default_factory=list)
    pupil_key: str = ""
    unfinished: bool = False
    from_report: bool = False


def side_of(name: str, findings: Findings, wording: Wording) -> Side:
    """The workbooks that were checked, as a side; `PupilGleaner` must have gathered their pupils."""
    from stuvalid.report.json_report import entry_of
    from stuvalid.report.shown import WordedRun

    identities: list[Identity] = []
    spots: list[Spot] = []
    sheets: list[tuple[str, SheetPupils]] = []
    places: dict[tuple[str, str, int], int] = {}
    for report, gleaned in zip(findings.files, findings.gleaned, strict=True):
        file = wording.path(report.path)
        for pupils in gleaned:
            sheets.append((file, pupils))
            first = len(identities)
            identities.extend(pupils.identities())
            places.update(((report.path, pupils.sheet, row), first + n) for n, row in enumerate(pupils.rows))
            spots.extend(
                Spot(file, pupils.sheet, row + 1, wording.shown(pupil, "name", "name"), class_name)
                for row, pupil, class_name in zip(pupils.rows, pupils.names, pupils.classes, strict=True)
            )
    found: list[Entry] = []
    owners = []
    run = WordedRun(findings, wording)
    for finding in findings:
        place = finding.place
        found.append(entry_of(run.word(finding)))
        owners.append(places.get((place.file, place.sheet, place.row), -1))
    unfinished = findings.incomplete
    return Side(
        name, len(findings.files), len(identities), found, owners, identities, spots, sheets, unfinished=unfinished
    )


def is_report(path: Path) -> bool:
    """Whether a path is meant as a json report: by its content, so that its name does not matter."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(200).lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"{")


def read_report(path: Path, wording: Wording) -> Side:
    """A json report as a side. Raises UsageError if it is not one of ours."""
    document = _load(path)
    entries: list[Entry] = document["findings"]
    identities: list[Identity] = []
    owners = []
    known: dict[str, int] = {}
    for entry in entries:
        pupil = entry.get("pupil") or {}
        number, person = str(pupil.get("number", "")), str(pupil.get("person", ""))
        key = number or person
        if key and key not in known:
            known[key] = len(identities)
            identities.append(Identity(number, person))
        owners.append(known.get(key, -1))
    summary = document["summary"]
    unfinished = any(file["status"] == "unreadable" or file["rules"]["crashed"] for file in document["files"])
    return Side(
        wording.path(str(path)),
        summary["files"],
        summary["rows"],
        list(entries),
        owners,
        identities,
        pupil_key=document.get("pupil_key", ""),
        unfinished=unfinished,
        from_report=True,
    )


def _load(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _LONGEST_REPORT:
            raise _refused(path, "超过512 MB", "it has more than 512 MB")
        never_write(path)
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise _refused(path, type(error).__name__, type(error).__name__) from None
    if not isinstance(document, dict) or document.get("schema") != _REPORT:
        raise _refused(path, f"不是 {_REPORT}", f"it is not {_REPORT}")
    if not _is_whole(document):
        raise _refused(path, "内容不完整", "parts of it are missing")
    return document


def _is_whole(document: Mapping[str, Any]) -> bool:
    """Whether what is used of the report is there and of the right shape."""
    findings, files, summary = document.get("findings"), document.get("files"), document.get("summary")
    if not isinstance(findings, list) or not isinstance(files, list) or not isinstance(summary, dict):
        return False
    return (
        all(isinstance(summary.get(key), int) for key in ("files", "rows"))
        and all(
            isinstance(file, dict)
            and isinstance(file.get("rules"), dict)
            and "crashed" in file["rules"]
            and "status" in file
            for file in files
        )
        and all(_is_entry(entry) for entry in findings)
    )


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("pupil", {}), dict):
        return False
    return (
        all(isinstance(entry.get(key), kind) for key, kind in _NEEDED.items())
        and entry["severity"] in ("error", "warning", "info")
        and isinstance(entry.get("row", 0), int)
    )


def _refused(path: Path, zh: str, en: str) -> UsageError:
    return UsageError(
        f"“{path}”不是 stuvalid 的 json 报告（{zh}）。",
        f"'{path}' is no json report of stuvalid ({en}).",
        mend_zh="请给工作簿、文件夹、zip，或 stuvalid check --format json 的报告。",
        mend_en="Give workbooks, a folder, a zip archive, or a report of: stuvalid check --format json.",
    )
