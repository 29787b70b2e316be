"""``--format json``: one document in the shape of ``stuvalid.report/1`` (see ``schema/report-1.json``).

An entry a line: short to compare, and many times faster to write than indented JSON, which Python's fast encoder cannot.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from stuvalid.findings import letters
from stuvalid.report.items import WordedDiagnosis, WordedFile, WordedFinding, WordedPlace
from stuvalid.report.shown import WordedRun
from stuvalid.version import __version__

SCHEMA = "stuvalid.report/1"


def render(run: WordedRun) -> Iterator[str]:
    """The document as JSON text, Chinese as it is, with a file and a finding a line."""
    lead = "{\n"
    for name, value in _document(run).items():
        yield f'{lead}"{name}": '
        yield from [compact(value)] if isinstance(value, str | dict) else listed(value)
        lead = ",\n"
    yield "\n}\n"


def compact(value: Any) -> str:
    """``value`` as JSON on one line, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False)


def listed(entries: Iterable[Any]) -> Iterator[str]:
    """An array with an entry a line, in pieces."""
    lead = "[\n"
    for entry in entries:
        yield lead + compact(entry)
        lead = ",\n"
    yield "[]" if lead == "[\n" else "\n]"


def _document(run: WordedRun) -> dict[str, Any]:
    """Everything a machine needs of a run; keys and ids never change with the language."""
    keyed = {"pupil_key": run.pupil_key} if run.pupil_key else {}
    accepted = {"accepted": map(_accepted, run.accepted)} if run.accepted_count else {}
    return {
        "schema": SCHEMA,
        "tool": {"name": "stuvalid", "version": __version__, "rules": __version__},
        **keyed,
        "summary": run.summary,
        "files": [_file(file, run) for file in run.files if file.listed],
        "causes": [
            {
                "rule": cause.rule,
                "file": cause.file,
                "sheet": cause.sheet,
                "field": cause.field,
                "scope": cause.scope,
                "count": cause.count,
                "first_row": cause.first_row,
                "last_row": cause.last_row,
                "message": cause.message,
            }
            for cause in run.causes
        ],
        **({"diagnoses": [_diagnosis(one) for one in run.diagnoses]} if run.diagnoses else {}),
        "not_checked": [
            {
                "kind": entry.kind,
                "count": entry.count,
                "incomplete": entry.incomplete,
                "message": entry.message,
                "examples": [_place(place) for place in entry.examples],
            }
            for entry in run.account
        ],
        "findings": chain(map(entry_of, run.findings()), (_explained(*one) for one in run.explained())),
        **accepted,
    }


def _diagnosis(one: WordedDiagnosis) -> dict[str, Any]:
    return {
        "id": one.id,
        "rule": one.rule,
        "severity": one.severity.word,
        "file": one.file,
        "sheet": one.sheet,
        "columns": list(one.columns),
        "fields": list(one.fields),
        "headers": list(one.headers),
        "first_row": one.first_row,
        "last_row": one.last_row,
        "message": one.message,
        "mend": one.mend,
        "explained": one.explained,
        "certain": one.certain,
        "fix": one.mends,
    }


def _explained(finding: WordedFinding, diagnosis: str) -> dict[str, Any]:
    return {**entry_of(finding), "explained_by": diagnosis}


def _accepted(entry: Any) -> dict[str, Any]:
    explained = {"reason": entry.reason, "person": entry.person, "until": entry.until}
    return {**entry_of(entry.finding), "explanation": explained}


def _file(file: WordedFile, run: WordedRun) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "path": file.path,
        "sha256": file.sha256,
        "status": file.status,
        "template": file.template,
        "sheet": file.sheet,
        "rows": file.rows,
        "format": file.format,
        "rules": {
            "ran": file.rules.ran,
            "skipped": file.rules.skipped,
            "unknown": file.rules.unknown,
            "crashed": {rule: run.wording.text(why) for rule, why in file.rules.crashed.items()},
        },
    }
    if file.look is not None:
        entry["look"] = {
            "forms": list(file.look.forms),
            "schools": dict(file.look.schools),
            "classes": dict(file.look.classes),
            "sheets_beside": list(file.look.beside),
        }
    return {**entry, "reason": file.reason} if file.reason else entry


def entry_of(finding: WordedFinding) -> dict[str, Any]:
    """A finding as one flat object."""
    place = finding.place
    entry: dict[str, Any] = {
        "rule": finding.rule,
        "severity": finding.severity.word,
        "file": place.file,
        "sheet": place.sheet,
    }
    if place.row:
        entry["row"] = place.row
    if place.cell:
        entry["cell"] = place.cell
        entry["column"] = letters(place.column)
    entry |= {
        "field": finding.field,
        "header": finding.header,
        "kind": finding.kind,
        "message": finding.message,
        "mend": finding.mend,
        "value": finding.value,
    }
    if finding.fix is not None:
        entry["fix"] = {"value": finding.fix, "safe": finding.safe}
    if finding.related:
        entry["related"] = [_place(other) for other in finding.related]
    if finding.related_more:
        entry["related_more"] = finding.related_more
    if any(finding.pupil):
        entry["pupil"] = dict(zip(("number", "person"), finding.pupil, strict=True))
    return entry


def _place(place: WordedPlace) -> dict[str, str]:
    return {"file": place.file, "sheet": place.sheet, "cell": place.cell}
