"""Plant, check, and tell which mistakes were found: a finding, or a place related to it, at a cell of the contradiction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.collection.outside.county import County, write
from tests.collection.outside.mistakes import MISTAKES, Cells, Mistake
from tests.program import stuvalid

TITLES = frozenset({"TPL001", "TPL026"})
"""Titles above a header are the layout of the school, and are told as such."""


@dataclass
class Told:
    """A mistake with the findings at its cells, and those only in its rows."""

    mistake: Mistake
    at_cells: list[dict[str, Any]]
    in_rows: list[dict[str, Any]]


def findings(folder: Path) -> list[dict[str, Any]]:
    """Errors and warnings of ``check`` on the folder."""
    told = json.loads(stuvalid("check", folder, "--format", "json").stdout)["findings"]
    return [one for one in told if one["severity"] != "info" and one["rule"] not in TITLES]


def twin(county: County, mistakes: Iterable[Mistake] = ()) -> list[tuple[Mistake, Cells]]:
    """Plant the mistakes, in their order."""
    return [(one, one.plant(county)) for one in mistakes or MISTAKES]


def plant_and_check(
    county: County, folder: Path, mistakes: Sequence[Mistake], without: str = ""
) -> tuple[list[Told], list[dict[str, Any]]]:
    """What was found of each mistake, and the findings at no cell of any."""
    planted = twin(county, mistakes)
    places = write(county, folder, without)
    found = findings(folder)
    told, used = [], set[int]()
    for mistake, cells in planted:
        spots = {spot for record, key in cells for spot in places.at.get((record.uid, key), ())}
        rows = {row for record, _ in cells for row in places.rows.get(record.uid, ())}
        at = [one for one in found if spots & set(_spots(one, folder))]
        near = [one for one in found if rows & set(_rows(one, folder))]
        used |= {id(one) for one in (*at, *near)}
        told.append(Told(mistake, at, near))
    return told, [one for one in found if id(one) not in used]


def _spots(finding: dict[str, Any], folder: Path) -> list[tuple[str, str, str]]:
    return [
        (str(Path(one["file"]).relative_to(folder)), one.get("sheet", ""), one.get("cell", "") or "")
        for one in (finding, *finding.get("related", ()))
    ]


def _rows(finding: dict[str, Any], folder: Path) -> list[tuple[str, str, int]]:
    return [
        (str(Path(one["file"]).relative_to(folder)), one.get("sheet", ""), one.get("row") or 0)
        for one in (finding, *finding.get("related", ()))
    ]
