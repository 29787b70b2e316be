"""What stuvalid knows, for a person to read: rules, code lists, forms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

from stuvalid import codes
from stuvalid.errors import UsageError
from stuvalid.findings import Severity
from stuvalid.forms import Template
from stuvalid.rules.registry import Rule, families

_WORDS = {Severity.ERROR: ("错误", "error"), Severity.WARNING: ("警告", "warning"), Severity.INFO: ("提示", "info")}


def _pick(lang: str, zh: str, en: str) -> str:
    return en if lang == "en" else zh


def list_rules(rules: Sequence[Rule], lang: str, console: Console) -> None:
    """All rules by family, one line each."""
    for family, zh, en in families(rules):
        mine = [known for known in rules if known.family == family]
        console.print(f"{family} {_pick(lang, zh, en)}", style="bold")
        table = RichTable(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for known in mine:
            table.add_row(f"  {known.id}", _pick(lang, *_WORDS[known.severity]), _pick(lang, known.zh, known.en))
        console.print(table)


def explain(known: Rule, lang: str, console: Console) -> None:
    """One rule with its mend, source and examples."""
    console.print(f"{known.id}  {known.slug}  ({_pick(lang, *_WORDS[known.severity])})", style="bold")
    console.print(_pick(lang, known.zh, known.en))
    console.print(f"{_pick(lang, '改法', 'Mend')}: {_pick(lang, known.mend, known.mend_en)}")
    console.print(f"{_pick(lang, '依据', 'Source')}: {known.source}")
    if known.origin:
        console.print(f"{_pick(lang, '来自', 'From')}: {known.origin}:{known.line}", soft_wrap=True)
    for title, examples in ((_pick(lang, "错例", "Bad"), known.bad), (_pick(lang, "正例", "Good"), known.good)):
        for example in examples:
            console.print(f"{title}: {example_text(example)}", soft_wrap=True)


def example_text(example: Any) -> str:
    """An example's cells in short; several records as their number and the last one's."""
    if isinstance(example, dict):
        return json.dumps(example, ensure_ascii=False) if example else "{}"
    records = list(example)
    last = json.dumps(records[-1], ensure_ascii=False) if records else ""
    return f"{len(records)} × … {last}".strip()


def rules_json(rules: Sequence[Rule]) -> str:
    """Rules as data: id, slug, severity, texts in both languages, source, catalogue items."""
    entries = [
        {
            "id": known.id,
            "slug": known.slug,
            "severity": known.severity.word,
            "scope": known.scope,
            "zh": known.zh,
            "en": known.en,
            "mend_zh": known.mend,
            "mend_en": known.mend_en,
            "source": known.source,
            "items": list(known.items),
            "bad": list(known.bad),
            "good": list(known.good),
            **({"origin": f"{known.origin}:{known.line}"} if known.origin else {}),
        }
        for known in rules
    ]
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"


def show_codes(words: Sequence[str], lang: str, console: Console) -> None:
    """The lists, one list, or what ``text`` means; UsageError when nothing is found."""
    if not words:
        for known in codes.list_ids():
            entry = codes.load(known)
            console.print(f"{known:<20} {_pick(lang, entry.title_zh, entry.title_en)} ({len(entry.entries)})")
        console.print(f"{'division':<20} {_pick(lang, '行政区划', 'Administrative divisions')}")
        return
    known_list = words[0] if words[0] in (*codes.list_ids(), "division") else None
    text = " ".join(words[1:] if known_list else words)
    if known_list is None and len(words) > 1:
        codes.load(words[0])
    hits = codes.lookup(known_list, text)
    if not hits:
        raise UsageError(f"没有查到“{text}”。", f"Nothing found for {text!r}.")
    for hit in hits:
        note = f"  {hit.note}" if hit.note else ""
        console.print(f"{hit.list_id:<16} {hit.code:<13} {hit.name}{note}", soft_wrap=True)


def list_templates(forms: Sequence[Template], lang: str, console: Console) -> None:
    """Forms with their number of columns and required ones."""
    for form in forms:
        required = sum(entry.required for entry in form.fields)
        console.print(form.id, style="bold")
        console.print(
            _pick(
                lang,
                f"  {form.title}：{len(form.fields)}列，必填{required}列",
                f"  {form.title_en}: {len(form.fields)} columns, {required} required",
            )
        )
