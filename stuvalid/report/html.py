"""``html``: one self-contained page, the picture first, then a table to filter; no network, no other file.

Texts come from workbooks nobody vouches for: Jinja2 escapes what is in the page, the findings are JSON that cannot end
its element, the script builds rows from text only, and a content security policy lets nothing run but our own script.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from stuvalid.report import html_overview as overview
from stuvalid.report.html_embed import embed
from stuvalid.report.html_overview import Places
from stuvalid.report.html_words import page_words, script_words
from stuvalid.report.shown import WordedRun
from stuvalid.version import __version__

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDED_BARS = 12


def render(run: WordedRun) -> Iterator[str]:
    """The page. Findings beyond a bound are counted in the picture but left out of the table, and the page says so."""
    words = page_words(run.wording)
    places = Places(run)
    counts = overview.tally(run, places)
    data, left = embed(run, places, script_words(run.wording))
    tone, sentence = overview.verdict(run)
    lines, unlisted = overview.file_lines(run, places, counts)
    script, style = _asset("report.js"), _asset("report.css")
    yield _template().render(
        lang="en" if run.lang == "en" else "zh-CN",
        words=words,
        policy=f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'",
        script=script,
        style=style,
        data=data,
        tone=tone,
        sentence=sentence,
        numbers=run.summary,
        safe=counts.safe,
        clean=overview.clean(run, counts),
        mends=overview.first_mends(run, counts),
        charts=overview.charts(run, places, counts, words),
        folded=_FOLDED_BARS,
        gaps=overview.gaps(run),
        lines=lines,
        unlisted=unlisted,
        left=_left(len(run), left, run),
        total=len(run),
        show_values=run.show_values,
        made=dt.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        version=__version__,
    )


def _left(total: int, left: int, run: WordedRun) -> str:
    """What the page says where the table does not hold every finding."""
    if not left:
        return ""
    return run.say(
        f"问题太多，下表只列出 {total - left:,} 条，另有 {left:,} 条没有列出（上面的数字和图都包括它们）。"
        "全部清单请用 --output 报告.xlsx 或 报告.json。",
        f"There are too many findings: the table holds {total - left:,}, {left:,} are left out "
        "(the numbers and charts above include them). Get all of them with --output report.xlsx or report.json.",
    )


@cache
def _asset(name: str) -> str:
    return (files("stuvalid.report") / "assets" / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["count"] = "{:,}".format
    return environment.from_string(_asset("report.html.j2"))


def _hash(text: str) -> str:
    """``text`` of a script or style element, as a content security policy names it."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
