"""``stuvalid reconcile --json``: what became of the returned lists as plain data, in the shape of ``schema/reconcile-1.json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stuvalid.returned.entries import WHY, Answer, Reconciled
from stuvalid.returned.wordings import known
from stuvalid.version import __version__

if TYPE_CHECKING:
    from stuvalid.findings import Place
    from stuvalid.report.wording import Wording

SCHEMA = "stuvalid.reconcile/1"


def render(found: Reconciled, wording: Wording) -> bytes:
    """The document as JSON, Chinese as it is, masked as every report."""
    return (json.dumps(document(found, wording), ensure_ascii=False, indent=1) + "\n").encode()


def document(found: Reconciled, wording: Wording) -> dict[str, Any]:
    """Everything a machine needs; keys never change with the language."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "stuvalid", "version": __version__},
        "wordings": known()["version"],
        "summary": {
            "sent": len(found.sent.pupils),
            "failures": len(found.entries) + len(found.about_files),
            "placed": len(found.placed),
            "open": len(found.open),
            "strangers": len(found.strangers),
            "about_files": len(found.about_files),
            "passed": found.passed,
            "waiting": found.waiting,
            "not_understood": len(found.mute),
        },
        "lists": [
            {"path": wording.path(report.path), "status": report.status, "lines": report.rows}
            for report in found.returned.files
        ],
        "first": [{"said": said, "mend": mend, "count": count} for said, mend, count in found.first()],
        "failures": [_entry(entry, found, wording) for entry in [*found.placed, *found.open, *found.strangers]],
        "about_files": [{"said": entry.said(), "at": _place(entry.line.place, wording)} for entry in found.about_files],
        "not_understood": [_place(line.place, wording) for line in found.mute],
        "unforeseen": [
            {"wording": name, "said": said, "fields": list(fields), "count": count}
            for name, said, fields, count in found.unforeseen()
        ],
    }


def _entry(entry: Answer, found: Reconciled, wording: Wording) -> dict[str, Any]:
    one = entry.failure.wording
    told: dict[str, Any] = {
        "state": "placed" if entry.pupil else "open" if entry.match.candidates else "stranger",
        "wording": one.id if one else "",
        "said": entry.said(),
        "rank": entry.rank,
        "at": _place(entry.line.place, wording),
        "named": {
            "name": wording.shown(entry.subject.name, "name", "name"),
            "numbers": [wording.shown(number, "id_number", "id_number") for number in entry.subject.numbers],
            "row": entry.subject.row,
        },
        "by": entry.match.by,
    }
    if entry.pupil is not None:
        fields = list(entry.fields)
        cell = _place(entry.place, wording)
        told |= {"pupil": cell | {"class": entry.pupil.group}, "fields": fields, "cell_known": bool(fields)}
        told |= {"known": entry.known, "rules": list(entry.rules), "mend": one.mend if one else ""}
    else:
        told["why"] = entry.match.why
        told["why_zh"], told["why_en"] = WHY[entry.match.why or "nobody"]
        told["candidates"] = [_place(found.sent.pupils[n].place(), wording) for n in entry.match.candidates]
    return told


def _place(place: Place, wording: Wording) -> dict[str, Any]:
    return {
        "file": wording.path(place.file),
        "sheet": wording.sheet(place.sheet),
        "row": place.row + 1,
        "cell": place.cell,
    }
