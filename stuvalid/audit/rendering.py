"""The audit as a page, Markdown, a workbook, a document for machines, and tables in the terminal. No pupil is named in any."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stuvalid.audit.model import Audit, Handed
from stuvalid.audit.tables import lines, sections
from stuvalid.errors import UsageError
from stuvalid.findings.masking import shown_path
from stuvalid.version import __version__

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "stuvalid.audit/1"


def show(audit: Audit, console: Console, lang: str) -> None:
    """The sentences, then each table that has rows, for a person at a terminal."""
    from rich.table import Table

    for line in lines(audit, lang):
        console.print(line)
    for section in sections(audit, lang):
        if not section.rows:
            continue
        console.print()
        console.print(section.title)
        table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
        for at in section.short:
            table.add_column(section.header[at][0], overflow="fold")
        for row in section.rows:
            table.add_row(*(str(row[at]) for at in section.short))
        console.print(table)


def _json(audit: Audit, lang: str) -> bytes:
    document = {
        "schema": SCHEMA,
        "tool": {"name": "stuvalid", "version": __version__},
        "folder": audit.folder,
        "on": audit.on.isoformat(),
        "since": audit.since.isoformat(),
        "summary": {
            "pupils": audit.pupils,
            "ages": audit.ages,
            "places": len(audit.held),
            "handed_out": sum(one.day >= audit.since and one.state != "withdrawn" for one in audit.handed),
            "destroyed": sum(one.day >= audit.since for one in audit.ended),
            "overdue": len(audit.overdue),
            "broken_ledgers": len(audit.broken),
        },
        "lines": lines(audit, lang),
        "held": [asdict(one) for one in audit.held],
        "handed_out": [_handed(one) for one in audit.handed],
        "destroyed": [
            {
                "ledger": one.ledger,
                "day": one.day.isoformat(),
                "entry": one.entry["number"],
                "kind": one.entry["kind"],
                "of": one.entry["of"],
            }
            for one in audit.ended
        ],
        "ledgers": [
            {
                "name": book.name,
                "entries": book.entries,
                "code": book.code,
                "breaks": [one._asdict() for one in book.breaks],
            }
            for book in audit.books
        ],
        "consents": asdict(audit.consents) if audit.consents.files else None,
        "not_read": [{"file": name, "zh": zh, "en": en} for name, zh, en in audit.unread],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


_SHOWN = (
    "number",
    "copy",
    "to",
    "by",
    "purpose",
    "range",
    "way",
    "fields",
    "rows",
    "ages",
    "ages_on",
    "scope",
    "until",
    "responsible",
    "approved_by",
    "approved_on",
    "approval",
    "encrypted",
    "sha256",
)


def _handed(one: Handed) -> dict[str, Any]:
    known = {key: one.entry.get(key) for key in _SHOWN}
    file = shown_path(str(one.entry["file"]))
    return {
        "ledger": one.ledger,
        "day": one.day.isoformat(),
        "state": one.state,
        "overdue_days": one.days if one.overdue else 0,
        "file": file,
        **known,
    }


def _title(audit: Audit, lang: str) -> str:
    return (
        f"Protection of minors' data: evidence for the audit ({audit.on})"
        if lang == "en"
        else f"未成年人个人信息保护年度审计：证据（{audit.on}）"
    )


def _source(lang: str) -> str:
    if lang == "en":
        return "For the yearly audit of article 37 of the Regulations on the Protection of Minors in Cyberspace, due by the end of January. This is evidence, not the audit form itself."
    return "供《未成年人网络保护条例》第37条的年度审计使用（每年1月底前报送上一年度）。这是证据，不是审计表本身。"


def _markdown(audit: Audit, lang: str) -> bytes:
    from stuvalid.report.markdown import escaped

    parts = [f"## {'Audit' if lang == 'en' else '年度审计'} stuvalid", "", f"**{escaped(_title(audit, lang))}**", ""]
    parts += [f"- {escaped(line)}" for line in lines(audit, lang)]
    for section in sections(audit, lang):
        if section.rows:
            parts += ["", f"### {section.title}", ""]
            parts.append("| " + " | ".join(name for name, _ in section.header) + " |")
            parts.append("|" + "---|" * len(section.header))
            parts += ["| " + " | ".join(escaped(str(cell)) for cell in row) + " |" for row in section.rows]
    parts += ["", _source(lang), ""]
    return "\n".join(parts).encode("utf-8")


def _xlsx(audit: Audit, lang: str) -> bytes:
    from stuvalid.excel.new import TableSheet, write_table_workbook

    title = _title(audit, lang)
    name = "Summary" if lang == "en" else "概要"
    header = ["What was found" if lang == "en" else "情况"]
    sheets = [TableSheet(name, title, header, [[line] for line in lines(audit, lang)], [110], [_source(lang)])]
    sheets += [
        TableSheet(
            section.title,
            section.title,
            [name for name, _ in section.header],
            section.rows,
            [width for _, width in section.header],
        )
        for section in sections(audit, lang)
    ]
    return write_table_workbook(sheets)


def _html(audit: Audit, lang: str) -> bytes:
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("stuvalid.audit").joinpath("page.html.j2").read_text(encoding="utf-8"))
    text = template.render(
        lang="en" if lang == "en" else "zh-CN",
        css=files("stuvalid.report").joinpath("plain.css").read_text(encoding="utf-8"),
        title=_title(audit, lang),
        source=_source(lang),
        lines=lines(audit, lang),
        sections=sections(audit, lang),
        version=__version__,
    )
    return text.encode("utf-8")


WRITERS: Mapping[str, tuple[tuple[str, ...], Callable[[Audit, str], bytes]]] = {
    "json": ((".json",), _json),
    "html": ((".html", ".htm"), _html),
    "markdown": ((".md", ".markdown"), _markdown),
    "xlsx": ((".xlsx",), _xlsx),
}
"""The documents there are: their suffixes, and what makes them."""


def format_of(path: Path) -> str:
    """The document a file name asks for by its suffix. Raises UsageError for any other."""
    for name, (suffixes, _) in WRITERS.items():
        if path.suffix.lower() in suffixes:
            return name
    raise UsageError(
        f"从文件名“{path.name}”看不出格式。",
        f"The name '{path.name}' does not tell the format.",
        mend_zh="请用 .html、.md、.xlsx 或 .json。",
        mend_en="Use .html, .md, .xlsx or .json.",
    )


def render(name: str, audit: Audit, lang: str) -> bytes:
    """The document ``name`` as the bytes of a file."""
    return WRITERS[name][1](audit, lang)
