"""What a contact sheet shows: per class, every photo and every pupil without one, with what was found."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from stuvalid.errors import UnreadableFile
from stuvalid.findings import Finding, Severity
from stuvalid.findings.masking import mask_number, shown_path
from stuvalid.photos.checking import Photo, in_workers
from stuvalid.photos.container import read_jpeg, sniff
from stuvalid.photos.decode import decode, upright
from stuvalid.photos.roster import Roster
from stuvalid.photos.sources import Picture
from stuvalid.pupils.classes import grade_of
from stuvalid.report.wording import Wording

if TYPE_CHECKING:
    from stuvalid.photos.options import PhotoResult

THUMBNAIL = (143, 176)  # pixels: 26×32 mm at about 140 dpi, clear enough to know a face
_QUALITY = 80
NO_CLASS = "未分班"
_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Note:
    """One finding beside a photo."""

    severity: Severity
    rule: str
    text: str


@dataclass(slots=True)
class Card:
    """One pupil on the sheet; ``thumbnail`` is a JPEG, empty where there is no picture."""

    class_name: str
    name: str
    number: str
    source: str
    notes: list[Note]
    picture: Picture | None
    thumbnail: bytes = b""


def cards_by_class(
    result: PhotoResult, roster: Roster | None, lang: str, *, show_values: bool
) -> dict[str, list[Card]]:
    """Cards of every class, classes and pupils in order, without thumbnails."""
    wording = Wording(lang, show_values=show_values)
    notes = _notes(result, wording)
    classes: dict[str, list[Card]] = defaultdict(list)
    for photo in result.photos:
        card = _card(photo, roster, notes.get(photo.picture.name, []), show_values=show_values)
        classes[card.class_name].append(card)
    for pupil in result.missing:
        number = pupil.id_number if show_values else mask_number(pupil.id_number)
        missing = {"zh": "没有照片", "en": "no photo"}[lang]
        name = class_title(pupil.class_code)
        note = Note(Severity.ERROR, "PHO080", missing)
        classes[name].append(Card(name, pupil.name, number, "", [note], None))
    for cards in classes.values():
        cards.sort(key=lambda card: (card.name, card.number, card.source))
    return dict(sorted(classes.items(), key=lambda item: (item[0] == NO_CLASS, item[0])))


def class_title(class_code: str) -> str:
    """2023级初中 1班（2023201） for a class code, or what else there is."""
    grade = grade_of(class_code)
    return f"{grade} {int(class_code[5:])}班（{class_code}）" if grade else class_code or NO_CLASS


def _notes(result: PhotoResult, wording: Wording) -> dict[str, list[Note]]:
    notes: dict[str, list[Note]] = defaultdict(list)
    for finding in result.findings:
        notes[finding.place.file].append(_note(finding, wording))
    for listed in notes.values():
        listed.sort(key=lambda note: (-note.severity, note.rule))
    return notes


def _note(finding: Finding, wording: Wording) -> Note:
    return Note(finding.severity, finding.rule, wording.message(finding))


def _card(photo: Photo, roster: Roster | None, notes: list[Note], *, show_values: bool) -> Card:
    entry = roster.entries[photo.match.entry] if roster is not None and photo.match.entry >= 0 else None
    number = entry.id_number if entry else photo.read.number
    name = entry.name if entry else photo.read.name or (photo.read.words[0] if photo.read.words else "")
    title = class_title(entry.class_code if entry else photo.read.class_code)
    if title == NO_CLASS and photo.picture.folder:
        title = photo.picture.folder
    source = photo.picture.name if show_values else shown_path(photo.picture.name)
    picture = photo.picture
    if photo.output is not None:
        picture = replace(picture, path=photo.output, archive="")
    return Card(title, name, number if show_values else mask_number(number), source, notes, picture)


def with_thumbnails(cards: Sequence[Card], workers: int) -> Iterator[Card]:
    """The cards in order, each with its thumbnail; they are made a few hundred at a time, so memory stays flat."""
    for start in range(0, len(cards), _AT_ONCE):
        some = cards[start : start + _AT_ONCE]
        pictured = [number for number, card in enumerate(some) if card.picture is not None]
        for outcomes in in_workers(thumbnail_chunk, [some[number].picture for number in pictured], workers):
            for outcome in outcomes:
                some[pictured[outcome.index]].thumbnail = outcome.result or b""
        for card in some:
            yield card
            card.thumbnail = b""


def thumbnail_chunk(pictures: list[Picture]) -> list[bytes]:
    """Small JPEGs of pictures, empty for what cannot be shown."""
    return [_thumbnail(picture) for picture in pictures]


def _thumbnail(picture: Picture) -> bytes:
    try:
        data = picture.read()
    except UnreadableFile:
        return b""
    kind = sniff(data)
    decoded = decode(data, kind, read_jpeg(data) if kind == "JPEG" else None, longest=2 * max(THUMBNAIL))
    if decoded.image is None:
        return b""
    image = upright(decoded.image)
    image.thumbnail(THUMBNAIL, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
