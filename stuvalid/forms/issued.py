"""Whether a workbook is still the form that was issued: what its stamp says, and which dropdowns are gone.

Cells pasted over a form take its dropdowns away with them, in silence; the registry imports such a file all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stuvalid import codes
from stuvalid.forms.choices import covered
from stuvalid.forms.model import Field, Template
from stuvalid.forms.sheets import FormSheet


def offered_choices(entry: Field) -> list[str]:
    """What the dropdown of a blank form offers for a field, in the order of the list: what the registry takes."""
    if entry.kind != "code":
        return []
    known = codes.load(entry.codes)
    offered = known.offered(entry.audience)
    return [item.name for item in known.entries if item.name in offered]


@lru_cache(maxsize=64)
def stamp(form: Template) -> str:
    """What an issued form bears: its id, and a digest of its columns and which of them have a dropdown.

    A form of another version has another digest: then its layout is not known, and nothing is held against it.
    """
    layout = "\n".join(f"{entry.header}\t{bool(offered_choices(entry)):d}" for entry in form.fields)
    return f"{form.id} {hashlib.sha256(layout.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class LostDropdown:
    """A column of 0-based ``column`` whose dropdown is gone: in ``rows`` rows of pupils, from ``first`` on (0-based).

    ``why``: ``gone`` altogether, ``pasted`` over in these rows, or ``broken``, as what it offered was deleted.
    """

    field: Field
    column: int
    why: str
    first: int
    rows: int


def lost_dropdowns(sheet: FormSheet) -> Iterator[LostDropdown]:
    """The dropdowns that an issued form had and this one lacks, in the order of its columns.

    Of a form without a stamp it is not known which columns had one, nor how far down; there those count that have one in
    rows further down. Rows below all dropdowns were never prepared.
    """
    records = sheet.rows.records
    # The stamp first: of a workbook without one no code list is loaded for it.
    stamped = bool(sheet.stamp) and sheet.stamp == stamp(sheet.match.template)
    if not len(records) or not (stamped or sheet.sheet.offers):
        return
    prepared = max((offer.last_row for offer in sheet.sheet.offers), default=int(records[-1]))
    for matched in sorted(sheet.match.columns, key=lambda entry: entry.column):
        offers = [offer for offer in sheet.sheet.offers if offer.first_column <= matched.column <= offer.last_column]
        if not offers and not (stamped and offered_choices(matched.field)):
            continue
        last = prepared if stamped else max(offer.last_row for offer in offers)
        whole = [offer for offer in offers if not offer.broken]
        lacking = records[~covered(records, whole) & (records <= last)]
        if len(lacking):
            why = "gone" if not offers else "broken" if not whole else "pasted"
            yield LostDropdown(matched.field, matched.column, why, int(lacking[0]), len(lacking))
