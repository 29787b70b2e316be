"""Looking a code up by hand: ``stuvalid codes [LIST] [TEXT]``."""

from __future__ import annotations

from dataclasses import dataclass

from stuvalid.codes.lists import Entry, list_ids, load
from stuvalid.language import say

DIVISION = "division"


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: the list it is from, code, name, and a remark (how it was found, years of a division)."""

    list_id: str
    code: str
    name: str
    note: str = ""


def lookup(list_id: str | None, text: str = "", *, limit: int = 20) -> list[Hit]:
    """Entries that match ``text`` in one list or, with None, in all; a whole list when ``text`` is blank.

    ``division`` is the list of administrative divisions. UsageError for an unknown list.
    """
    if list_id == DIVISION:
        return _divisions(text, limit)
    if list_id is not None:
        return _entries(list_id, text)
    hits = [hit for known in list_ids() for hit in _entries(known, text, near=False)]
    if len(text) > 1:
        hits.extend(_divisions(text, limit))
    return hits or [hit for known in list_ids() for hit in _entries(known, text)][:limit]


def _entries(list_id: str, text: str, *, near: bool = True) -> list[Hit]:
    known = load(list_id)
    if not text:
        return [_hit(list_id, entry) for entry in known.entries]
    found = [entry for entry in known.entries if text in entry.name or text.upper() == entry.code]
    match = known.resolve(text)
    if match is not None and match.entry not in found:
        found.insert(0, match.entry)
    if not found and near:
        names = known.suggest(text)
        found = [entry for name in names for entry in known.entries if entry.name == name]
    return [_hit(list_id, entry) for entry in found]


def _hit(list_id: str, entry: Entry) -> Hit:
    return Hit(list_id, entry.code, entry.name, entry.note)


def _divisions(text: str, limit: int) -> list[Hit]:
    from stuvalid.codes import divisions

    hits = []
    for division in divisions.search(text, limit=limit):
        note = "" if division.last_year is None else f"{division.first_year}–{division.last_year}"
        if division.aggregate:
            note = say("只见于身份证号", "in numbers only")
        hits.append(Hit(DIVISION, f"{division.code}000000", divisions.full_name(division.code), note))
    return hits
