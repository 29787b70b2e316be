"""The contact sheet as PDF: A4 pages drawn with a Chinese font of the system."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageDraw, ImageFont

from stuvalid.errors import UsageError
from stuvalid.findings import Severity
from stuvalid.photos.cards import Card, with_thumbnails

_DPI = 150
_PAGE = (1240, 1754)  # A4 at 150 dpi
_MARGIN, _COLUMNS, _ROW_HEIGHT, _HEAD = 60, 2, 190, 70
_PHOTO = (130, 160)
_COLOURS = {Severity.ERROR: "#a31515", Severity.WARNING: "#7a4800", Severity.INFO: "#444444"}
_MARKS = {Severity.ERROR: "× ", Severity.WARNING: "! ", Severity.INFO: "· "}
_NAMES = (
    "msyh.ttc",
    "simhei.ttf",
    "simsun.ttc",
    "PingFang.ttc",
    "STHeiti Light.ttc",
    "Hiragino Sans GB.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "NotoSansCJKsc-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "SourceHanSansSC-Regular.otf",
    "DroidSansFallbackFull.ttf",
    "uming.ttc",
)


def pdf_writer(classes: dict[str, list[Card]], workers: int) -> Callable[[BinaryIO], None]:
    """A function that writes the PDF; UsageError when the system has no Chinese font."""
    font = _font_file()
    if font is None:
        raise UsageError(
            "这台电脑没有中文字体，写不了 PDF。",
            "This computer has no Chinese font to draw the PDF with.",
            mend_zh="请把一览表写成 .html，用浏览器打印成 PDF。",
            mend_en="Write .html and print it from a browser.",
        )

    def fill(stream: BinaryIO) -> None:
        pages = _pages(classes, str(font), workers)
        first = next(pages, None) or Image.new("RGB", _PAGE, "white")
        first.save(stream, "PDF", resolution=_DPI, save_all=True, append_images=pages)

    return fill


def _font_file() -> Path | None:
    found: dict[str, Path] = {}
    for folder in _font_folders():
        for path in folder.rglob("*.[to]t[cf]") if folder.is_dir() else ():
            found.setdefault(path.name.lower(), path)
    return next((found[name.lower()] for name in _NAMES if name.lower() in found), None)


def _font_folders() -> list[Path]:
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library/Fonts"]
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts"]


def _pages(classes: dict[str, list[Card]], font: str, workers: int) -> Iterator[Image.Image]:
    large, small = ImageFont.truetype(font, 26), ImageFont.truetype(font, 17)
    rows = (_PAGE[1] - 2 * _MARGIN - _HEAD) // _ROW_HEIGHT
    for title, cards in classes.items():
        page, used = None, 0
        for card in with_thumbnails(cards, workers):
            if page is None:
                page, used = Image.new("RGB", _PAGE, "white"), 0
                ImageDraw.Draw(page).text((_MARGIN, _MARGIN), title, font=large, fill="#1a1a1a")
            _draw(page, used, card, large, small)
            used += 1
            if used == rows * _COLUMNS:
                yield page
                page = None
        if page is not None:
            yield page


def _draw(
    page: Image.Image, position: int, card: Card, large: ImageFont.FreeTypeFont, small: ImageFont.FreeTypeFont
) -> None:
    width = (_PAGE[0] - 2 * _MARGIN) // _COLUMNS
    left = _MARGIN + position % _COLUMNS * width
    top = _MARGIN + _HEAD + position // _COLUMNS * _ROW_HEIGHT
    pen = ImageDraw.Draw(page)
    across, down = left, top
    for thumbnail in (card.thumbnail_before, card.thumbnail) if card.thumbnail else ():
        if thumbnail:
            picture = Image.open(io.BytesIO(thumbnail)).convert("RGB")
            picture.thumbnail(_PHOTO)
            page.paste(picture, (across, top))
            across += _PHOTO[0] + 10
    if not card.thumbnail:
        pen.rectangle((left, top, left + _PHOTO[0], top + _PHOTO[1]), fill="#eeeeee")
        across += _PHOTO[0] + 10
    pen.text((across, down), card.name or "？", font=large, fill="#1a1a1a")
    pen.text((across, down + 32), card.number, font=small, fill="#1a1a1a")
    down += 58
    room = left + width - across - 14
    for note in card.notes:
        for line in _wrapped(_MARKS[note.severity] + note.text, room, small):
            if down > top + _ROW_HEIGHT - 26:
                return
            pen.text((across, down), line, font=small, fill=_COLOURS[note.severity])
            down += 21


def _wrapped(text: str, room: int, font: ImageFont.FreeTypeFont) -> Iterator[str]:
    line = ""
    for char in text:
        if font.getlength(line + char) > room:
            yield line
            line = ""
        line += char
    if line:
        yield line
