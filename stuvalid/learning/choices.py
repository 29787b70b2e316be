"""What the dropdowns of a blank offer, as a list of ours where it is one, else as a list of its own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cache

from stuvalid import codes
from stuvalid.codes.lists import shape
from stuvalid.excel.model import Offer
from stuvalid.forms.choices import texts_of
from stuvalid.forms.matching import bare_header

_AUDIENCES = ("", "student", "member")
_NO_FILE_NAME = re.compile(r"[\\/:*?\"<>|\s.]+")
_LONGEST_NAME = 30


@dataclass(frozen=True, slots=True)
class Offered:
    """``texts`` that may be chosen; ``loose`` where others may be right too. ``same_shape`` are those left out because
    they differ from another in width or brackets only.
    """

    texts: tuple[str, ...]
    loose: bool
    same_shape: tuple[str, ...] = ()


def offered(offers: Sequence[Offer]) -> Offered | None:
    """What the dropdowns of one column offer together; None where it has none."""
    if not offers:
        return None
    by_shape: dict[str, str] = {}
    double = []
    for text in texts_of(offers):
        if text != text.strip() or not shape(text):
            continue
        if by_shape.setdefault(shape(text), text) != text:
            double.append(text)
    return Offered(tuple(by_shape.values()), any(offer.loose or not offer.values for offer in offers), tuple(double))


def shipped_list(texts: Sequence[str], list_id: str, audience: str) -> tuple[str, str] | None:
    """The id and audience of the list of ours that offers exactly these texts, the field's own first; None if none does."""
    wanted = frozenset(texts)
    if list_id and list_id in codes.list_ids() and codes.load(list_id).offered(audience) == wanted:
        return list_id, audience
    return _by_texts().get(wanted)


@cache
def _by_texts() -> dict[frozenset[str], tuple[str, str]]:
    found: dict[frozenset[str], tuple[str, str]] = {}
    for list_id in codes.list_ids():
        for audience in _AUDIENCES:
            found.setdefault(codes.load(list_id).offered(audience), (list_id, audience))
    return found


@dataclass(frozen=True, slots=True)
class OwnList:
    """A list of the form's own, to be written as the csv file ``name``."""

    name: str
    texts: tuple[str, ...]

    @classmethod
    def named(cls, header: str, texts: tuple[str, ...], taken: Set[str]) -> OwnList:
        """A list called by the header that it serves."""
        stem = _NO_FILE_NAME.sub("", bare_header(header))[:_LONGEST_NAME] or "list"
        name, number = f"{stem}.csv", 1
        while name in taken:
            number += 1
            name = f"{stem}{number}.csv"
        return cls(name, texts)

    def csv(self) -> bytes:
        """The file, as Excel in China opens it."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([["name"], *([text] for text in self.texts)])
        return stream.getvalue().encode("utf-8-sig")
