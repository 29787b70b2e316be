"""What may be chosen in a column of the form in hand, and how it writes what we know by another name.

A list belongs to a form, not to the country: what the workbook's own dropdown offers is right there, typos of a platform
included, and where all of it is known nothing else is. Our lists say what the texts mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stuvalid import codes
from stuvalid.codes.lists import CodeList, Entry, shape
from stuvalid.excel.model import Offer
from stuvalid.forms.loading import national_list
from stuvalid.forms.model import Field

# Fields that are chosen or could be; a dropdown on names or numbers came there by accident.
_CHOSEN = frozenset({"code", "text", "division", "class_code", "school_code", "month"})
_COVERED = 0.5
_SAYS_CHOOSE = re.compile(r"[-—－\s]*请?选择.{0,8}|[-—－\s.…]+")


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """``texts`` in the order of the dropdown; ``binding`` where everything else is wrong. Equal ones are one object."""

    texts: tuple[str, ...]
    binding: bool
    values: frozenset[str] = field(init=False)
    array: pa.Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozenset(self.texts))
        object.__setattr__(self, "array", pa.array(self.texts, pa.string()))


@lru_cache(maxsize=512)
def _choices(texts: tuple[str, ...], binding: bool) -> Choices:
    return Choices(texts, binding)


def choices_of(
    entry: Field, offers: Sequence[Offer], rows: npt.NDArray[np.int32], written: Iterable[str]
) -> Choices | None:
    """What the dropdowns ``offers`` of one column let choose; None where they offer nothing known, or just what our list does.

    ``rows`` are the 0-based sheet rows of the records and ``written`` what stands there: a dropdown that covers few of
    them, or none of whose texts is of this field, was pasted there with some cell and condemns nothing.
    """
    texts = texts_of(offers)
    if not texts or (entry.kind == "code" and frozenset(texts) == codes.load(entry.codes).offered(entry.audience)):
        return None
    binding = (
        entry.kind in _CHOSEN
        and not any(offer.loose or not (offer.values or offer.broken) for offer in offers)
        and int(covered(rows, offers).sum()) >= _COVERED * len(rows)
        and _is_of(entry, texts, written)
    )
    return _choices(texts, binding)


def texts_of(offers: Sequence[Offer]) -> tuple[str, ...]:
    """What these dropdowns offer together, in their order, without 请选择."""
    lists = {id(offer.values): offer.values for offer in offers if offer.values}
    return tuple(dict.fromkeys(text for one in lists.values() for text in one if not _SAYS_CHOOSE.fullmatch(text)))


def covered(rows: npt.NDArray[np.int32], offers: Sequence[Offer]) -> npt.NDArray[np.bool_]:
    """Which of these rows, ascending, lie in an area of ``offers``: programs write a dropdown for every cell."""
    if not offers or not len(rows):
        return np.zeros(len(rows), dtype=np.bool_)
    areas = np.array([(offer.first_row, offer.last_row + 1) for offer in offers])
    edges = np.zeros(len(rows) + 1, dtype=np.int64)
    np.add.at(edges, np.searchsorted(rows, areas[:, 0]), 1)
    np.add.at(edges, np.searchsorted(rows, areas[:, 1]), -1)
    return np.asarray(np.cumsum(edges)[:-1] > 0, dtype=np.bool_)


def _is_of(entry: Field, texts: tuple[str, ...], written: Iterable[str]) -> bool:
    if entry.kind != "code":
        offered = frozenset(texts)
        return any(text in offered for text in written)
    known = codes.load(entry.codes)
    if any(known.resolve(text) is not None for text in texts):
        return True
    right = known.accepted(entry.audience)
    return not any(text in right for text in written)


@lru_cache(maxsize=65536)
def meaning(entry: Field, value: str) -> str:
    """The name of our list that ``value`` of a code field stands for, ``value`` itself where it stands for none.

    By the form's own list first, then by the country's list of the same field: rules and conditions speak in its names.
    """
    name = value
    for list_id in dict.fromkeys((entry.codes, national_list(entry.key))):
        match = codes.load(list_id).resolve(name) if list_id else None
        if match is not None and match.safe:
            name = match.entry.name
    return name


def wording(entry: Field, choices: Choices, value: str) -> str | None:
    """How the form in hand writes what ``value`` means, if it has exactly one text for it."""
    by_shape, by_meaning = _readings(entry, choices)
    if (same := by_shape.get(shape(value))) is not None:
        return same
    meant = by_meaning.get(meaning(entry, value), ()) if entry.kind == "code" else ()
    return meant[0] if len(meant) == 1 else None


@lru_cache(maxsize=1024)
def _readings(entry: Field, choices: Choices) -> tuple[dict[str, str], dict[str, list[str]]]:
    by_shape: dict[str, str] = {}
    by_meaning: dict[str, list[str]] = {}
    for text in choices.texts:
        if text != text.strip():
            continue
        by_shape.setdefault(shape(text), text)
        if entry.kind == "code":
            by_meaning.setdefault(meaning(entry, text), []).append(text)
    return by_shape, by_meaning


def nearest(entry: Field, choices: Choices, value: str) -> list[str]:
    """The texts of the form in hand that may be meant by ``value``, best first; none where nothing is near."""
    if entry.kind == "code":
        by_meaning = _readings(entry, choices)[1]
        hinted = [
            one.name
            for list_id in (entry.codes, national_list(entry.key))
            if list_id
            for one in codes.load(list_id).hinted(value)
        ]
        meant = dict.fromkeys(text for name in (meaning(entry, value), *hinted) for text in by_meaning.get(name, ()))
        if meant:
            return list(meant)
    return _as_list(choices).suggest(value)


@lru_cache(maxsize=512)
def _as_list(choices: Choices) -> CodeList:
    """The choices as a code list, for the search for what is near."""
    texts = (text for text in choices.texts if text == text.strip())
    return CodeList("", tuple(Entry("", text, (), (), (), (), "", "") for text in texts))
