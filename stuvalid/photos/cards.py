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
    from stuvalid.photos.request import PhotoResult

THUMBNAIL = (143, 176)  # pixels: 26×32 mm at about 140 dpi, clear enough to know a face
_QUALITY = 80
NO_CLASS = "未分班"
_JOIN = {"zh": "；", "en": "; "}
_STEPS = {
    "turn": ("转正", "turned upright"),
    "level": ("校正歪斜", "levelled"),
    "trim": ("裁去边框", "frame cut off"),
    "pad": ("补背景", "background added"),
    "crop": ("重新裁剪", "cropped anew"),
    "background": ("换底", "background replaced"),
    "colour_mode": ("转成RGB", "made RGB"),
    "colours": ("转换色彩", "colours converted"),
    "strip": ("去掉附加信息", "data stripped"),
    "label": ("改写分辨率", "resolution written"),
}
_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class CardNote:
    """One finding beside a photo."""

    severity: Severity
    rule: str
    text: str


@dataclass(slots=True)
class Card:
    """One picture on the sheet, or a pupil without one; thumbnails are JPEGs, empty where there is no picture.

    ``source`` is the name it came under, ``pupil`` what cards of one pupil share, '' if it is not known whose it is, ``before`` the picture as it came
    where ``picture`` is another, ``done`` and ``mended`` what was done to it and why.
    """

    class_name: str
    name: str
    number: str
    source: str
    notes: list[CardNote]
    picture: Picture | None
    pupil: str = ""
    before: Picture | None = None
    done: str = ""
    mended: str = ""
    thumbnail: bytes = b""
    thumbnail_before: bytes = b""

    @property
    def worst(self) -> Severity:
        return max((note.severity for note in self.notes), default=Severity.INFO)


def cards_by_class(
    result: PhotoResult, roster: Roster | None, lang: str, *, show_values: bool
) -> dict[str, list[Card]]:
    """Cards of every class, classes in order, in each the worst first, without thumbnails."""
    wording = Wording(lang, show_values=show_values)
    notes = _notes(result, wording)
    classes: dict[str, list[Card]] = defaultdict(list)
    for photo in result.photos:
        card = _card(photo, roster, notes.get(photo.picture.name, []), lang, show_values=show_values)
        classes[card.class_name].append(card)
    for pupil in result.missing:
        number = pupil.id_number if show_values else mask_number(pupil.id_number)
        missing = {"zh": "没有照片", "en": "no photo"}[lang]
        name = class_title(pupil.class_code)
        note = CardNote(Severity.ERROR, "PHO080", missing)
        classes[name].append(Card(name, pupil.name, number, "", [note], None, pupil=pupil.id_number or pupil.name))
    for cards in classes.values():
        cards.sort(key=lambda card: (-card.worst, not card.before, card.name, card.number, card.source))
    return dict(sorted(classes.items(), key=lambda item: (item[0] == NO_CLASS, item[0])))


def class_title(class_code: str) -> str:
    """2023级初中 1班（2023201） for a class code, or what else there is."""
    grade = grade_of(class_code)
    return f"{grade} {int(class_code[5:])}班（{class_code}）" if grade else class_code or NO_CLASS


def _notes(result: PhotoResult, wording: Wording) -> dict[str, list[CardNote]]:
    notes: dict[str, list[CardNote]] = defaultdict(list)
    for finding in result.findings:
        notes[finding.place.file].append(_note(finding, wording))
    for listed in notes.values():
        listed.sort(key=lambda note: (-note.severity, note.rule))
    return notes


def _note(finding: Finding, wording: Wording) -> CardNote:
    return CardNote(finding.severity, finding.rule, wording.message(finding))


def _card(photo: Photo, roster: Roster | None, notes: list[CardNote], lang: str, *, show_values: bool) -> Card:
    entry = roster.entries[photo.match.entry] if roster is not None and photo.match.entry >= 0 else None
    number = entry.id_number if entry else photo.read.number
    name = entry.name if entry else photo.read.name or (photo.read.words[0] if photo.read.words else "")
    title = class_title(entry.class_code if entry else photo.read.class_code)
    if title == NO_CLASS and photo.picture.folder:
        title = photo.picture.folder
    source = photo.picture.name if show_values else shown_path(photo.picture.name)
    picture, before = photo.picture, None
    if photo.output is not None:
        picture = replace(picture, path=photo.output, archive="")
        before = photo.picture if photo.steps else None
    return Card(
        title,
        name,
        number if show_values else mask_number(number),
        source,
        notes,
        picture,
        pupil=photo.pupil,
        before=before,
        done=_JOIN[lang].join(_STEPS[step][lang == "en"] for step in photo.steps if step in _STEPS),
        mended=_JOIN[lang].join(dict.fromkeys(entry.message(lang) for entry in photo.mended)),
    )


def with_thumbnails(cards: Sequence[Card], workers: int) -> Iterator[Card]:
    """The cards in order, each with its thumbnail; they are made a few hundred at a time, so memory stays flat."""
    for start in range(0, len(cards), _AT_ONCE):
        some = cards[start : start + _AT_ONCE]
        wanted = [(card, picture, False) for card in some if (picture := card.picture) is not None]
        wanted += [(card, picture, True) for card in some if (picture := card.before) is not None]
        for outcomes in in_workers(thumbnail_chunk, [picture for _, picture, _ in wanted], workers):
            for outcome in outcomes:
                card, _, before = wanted[outcome.index]
                if before:
                    card.thumbnail_before = outcome.result or b""
                else:
                    card.thumbnail = outcome.result or b""
        for card in some:
            yield card
            card.thumbnail = card.thumbnail_before = b""


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
