"""``stuvalid diff --format json``: the changes as plain data, in the shape of ``schema/diff-1.json``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from stuvalid.submissions.changes import Changes, by_severity
from stuvalid.submissions.sides import Side, Spot
from stuvalid.version import __version__

SCHEMA = "stuvalid.diff/1"


def render(changes: Changes) -> str:
    """The document as JSON text, Chinese as it is."""
    return json.dumps(document(changes), ensure_ascii=False, indent=1) + "\n"


def document(changes: Changes) -> dict[str, Any]:
    """Everything a machine needs; keys never change with the language, values are masked as in every report."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "stuvalid", "version": __version__},
        "sides": {"old": _side(changes.old), "new": _side(changes.new)},
        "compared_by": changes.by,
        "summary": {
            "mended": by_severity(changes.mended),
            "new": by_severity(changes.fresh),
            "left": by_severity([entry for _, entry in changes.left]),
            "gone": by_severity(changes.gone),
        },
        "pupils": _pupils(changes),
        "fields": _fields(changes),
        "key_data": _key_data(changes),
        "findings": {
            "mended": changes.mended,
            "new": changes.fresh,
            "left": [{**entry, "before": _place(was)} for was, entry in changes.left],
            "gone": changes.gone,
        },
        "changes": _values(changes),
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "path": side.name,
        "report": side.from_report,
        "files": side.files,
        "rows": side.rows,
        "unfinished": side.unfinished,
    }


def _place(entry: Any) -> dict[str, Any]:
    return {key: entry[key] for key in ("file", "sheet", "cell", "value") if key in entry}


def _pupils(changes: Changes) -> dict[str, Any] | None:
    if changes.came is None or changes.vanished is None or changes.values is None:
        return None
    changed = len({change.new_pupil for change in changes.values})
    return {
        "same": len(changes.pairs) - changed,
        "changed": changed,
        "came": [_spot(changes.new.spots[n]) for n in changes.came],
        "vanished": [_spot(changes.old.spots[n]) for n in changes.vanished],
    }


def _spot(spot: Spot) -> dict[str, Any]:
    return {"file": spot.file, "sheet": spot.sheet, "row": spot.row, "name": spot.name, "class": spot.class_name}


def _fields(changes: Changes) -> dict[str, Any] | None:
    if changes.values is None:
        return None
    counts = Counter(change.field for change in changes.values)
    return {"changed": dict(counts), "gone": changes.fields_gone, "added": changes.fields_added}


def _key_data(changes: Changes) -> dict[str, Any] | None:
    if changes.values is None:
        return None
    changed = changes.key_changes
    return {
        "fields": sorted(changes.key_fields),
        "pupils": len({change.new_pupil for change in changed}),
        "changes": len(changed),
    }


def _values(changes: Changes) -> Sequence[dict[str, Any]] | None:
    if changes.values is None:
        return None
    return [
        {
            "old": _spot(changes.old.spots[change.old_pupil]),
            "new": _spot(changes.new.spots[change.new_pupil]),
            "field": change.field,
            "before": change.before,
            "after": change.after,
            "key_data": change.field in changes.key_fields,
        }
        for change in changes.values
    ]
