"""The contact sheet: every class at a glance, as one HTML file that needs nothing else, or as PDF."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stuvalid.errors import UsageError
from stuvalid.files import write_atomically
from stuvalid.findings import Severity
from stuvalid.language import language
from stuvalid.photos.cards import THUMBNAIL, Card, cards_by_class, with_thumbnails
from stuvalid.photos.spec import Spec

if TYPE_CHECKING:
    from stuvalid.photos.request import PhotoOptions, PhotoResult
    from stuvalid.photos.roster import Roster

_STYLE = """
:root{color-scheme:light}
body{font:14px/1.5 "Microsoft YaHei","PingFang SC","Noto Sans CJK SC",sans-serif;margin:1.5em;color:#1a1a1a;background:#fff}
h1{font-size:1.4em;margin:0 0 .2em}
h2{font-size:1.1em;margin:1.6em 0 .5em;border-bottom:2px solid #438edb;padding-bottom:.2em}
nav a{margin-right:1em;white-space:nowrap}
.sum{color:#444}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:8px}
.card{display:flex;gap:10px;border:1px solid #ccc;border-left:6px solid #2e7d32;border-radius:4px;padding:8px;break-inside:avoid}
.card.error{border-left-color:#c62828}.card.warning{border-left-color:#b26a00}
.card img,.none{width:107px;height:132px;flex:none;object-fit:contain;background:#eee}
.none{display:flex;align-items:center;justify-content:center;color:#666}
figure{margin:0}figcaption{font-size:.75em;color:#444;text-align:center}
.made{font-size:.85em;color:#444}
.who b{font-size:1.15em}.who{min-width:0}
.num{font-family:Consolas,Menlo,monospace}
.src{color:#666;font-size:.85em;overflow-wrap:anywhere}
ul{margin:.3em 0 0;padding:0;list-style:none;font-size:.9em}
li::before{font-weight:bold;margin-right:.3em}
li.error{color:#a31515}li.error::before{content:"✗"}
li.warning{color:#7a4800}li.warning::before{content:"!"}
li.info{color:#444}li.info::before{content:"·"}
.fine{color:#2e7d32;font-size:.9em}
@media print{body{margin:0;font-size:11px}nav{display:none}h2{break-after:avoid}.grid{grid-template-columns:repeat(3,1fr)}section+section{break-before:page}}
"""
_TEXTS = {
    "zh": {
        "title": "照片一览表",
        "sum": "{photos} 张照片，{errors} 张有错误，{warnings} 张需要看一看，{missing} 名学生没有照片",
        "hint": "请班主任核对：照片与姓名是否同一人；深色帽子、手和头发遮挡、闭眼、表情、修图程序不能可靠判断，要人来看。",
        "class": "{pupils} 名学生，{photos} 张照片，{bad} 张要看",
        "before": "原照片",
        "after": "处理后",
        "done": "已处理",
        "mended": "原来",
        "none": "无照片",
        "fine": "没有发现问题",
        "spec": "规格",
    },
    "en": {
        "title": "Contact sheet",
        "sum": "{photos} photos, {errors} with errors, {warnings} to be looked at, {missing} pupils without a photo",
        "hint": "Please confirm that each picture shows the pupil named. Dark hats, hands and hair over the face, closed eyes, expression and retouching cannot be judged reliably by a program.",
        "class": "{pupils} pupils, {photos} photos, {bad} to look at",
        "before": "as it came",
        "after": "mended",
        "done": "Done",
        "mended": "Before",
        "none": "no photo",
        "fine": "nothing found",
        "spec": "Specification",
    },
}


def write_sheet(path: Path, result: PhotoResult, roster: Roster | None, spec: Spec, options: PhotoOptions) -> Path:
    """Write the sheet to ``path`` (.html or .pdf); UsageError for another ending or a target that is refused."""
    suffix = path.suffix.lower()
    lang = language()
    classes = cards_by_class(result, roster, lang, show_values=options.show_values)
    inputs = [*options.paths, *options.rosters]
    if suffix == ".pdf":
        from stuvalid.photos.sheet_pdf import pdf_writer

        return write_atomically(path, pdf_writer(classes, options.workers), force=options.force, inputs=inputs)
    if suffix not in {".html", ".htm"}:
        raise UsageError(
            f"照片一览表只能写成 .html 或 .pdf，不能写成“{path.name}”。",
            f"The contact sheet can be .html or .pdf, not '{path.name}'.",
        )

    def fill(stream: BinaryIO) -> None:
        for text in _pages(classes, spec, lang, options.workers):
            stream.write(text.encode("utf-8"))

    return write_atomically(path, fill, force=options.force, inputs=inputs)


def _pages(classes: dict[str, list[Card]], spec: Spec, lang: str, workers: int) -> Iterator[str]:
    words = _TEXTS[lang]
    everyone = [card for cards in classes.values() for card in cards]
    worst = [_worst(card) for card in everyone]
    counted = words["sum"].format(
        photos=sum(card.picture is not None for card in everyone),
        errors=worst.count("error"),
        warnings=worst.count("warning"),
        missing=sum(card.picture is None for card in everyone),
    )
    title = escape(spec.title if lang == "zh" else spec.title_en)
    yield (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{words["title"]}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{words['title']}</h1>"
        f'<p class="sum">{counted}<br>{words["spec"]}：{title}<br>{words["hint"]}</p><nav>'
    )
    for number, name in enumerate(classes):
        yield f'<a href="#c{number}">{escape(name)}</a>'
    yield "</nav>"
    for number, (name, cards) in enumerate(classes.items()):
        bad = sum(_worst(card) in {"error", "warning"} for card in cards)
        line = words["class"].format(
            pupils=len({card.pupil for card in cards if card.pupil}),
            photos=sum(card.picture is not None for card in cards),
            bad=bad,
        )
        yield f'<section id="c{number}"><h2>{escape(name)} <small>{line}</small></h2><div class="grid">'
        for card in with_thumbnails(cards, workers):
            yield _card(card, words)
        yield "</div></section>"
    yield "</body></html>"


def _worst(card: Card) -> str:
    return card.worst.word if card.worst > Severity.INFO else ""


def _picture(card: Card, thumbnail: bytes, label: str) -> str:
    data = base64.b64encode(thumbnail).decode("ascii")
    shown = f'<img alt="{escape(card.name)}" width="{THUMBNAIL[0]}" height="{THUMBNAIL[1]}" src="data:image/jpeg;base64,{data}">'
    return f"<figure>{shown}<figcaption>{label}</figcaption></figure>" if label else shown


def _card(card: Card, words: dict[str, str]) -> str:
    pair = bool(card.thumbnail and card.thumbnail_before)
    shown = _picture(card, card.thumbnail_before, words["before"]) if pair else ""
    if card.thumbnail:
        shown += _picture(card, card.thumbnail, words["after"] if pair else "")
    else:
        shown = f'<div class="none">{words["none"]}</div>'
    made = "".join(
        f'<div class="made">{words[kind]}：{escape(text)}</div>'
        for kind, text in (("mended", card.mended), ("done", card.done))
        if pair and text
    )
    notes = "".join(
        f'<li class="{note.severity.word}">{escape(note.text)} <small>{note.rule}</small></li>' for note in card.notes
    )
    below = f"<ul>{notes}</ul>" if notes else f'<div class="fine">{words["fine"]}</div>'
    return (
        f'<div class="card {_worst(card)}">{shown}<div class="who"><b>{escape(card.name) or "？"}</b><br>'
        f'<span class="num">{escape(card.number)}</span><div class="src">{escape(card.source)}</div>{made}{below}</div></div>'
    )
