"""What is written: the class's form, behind it where every value comes from, what is to be looked at and what found no place; and the json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from stuvalid.excel.blank import PlainSheet
from stuvalid.findings import letters
from stuvalid.findings.masking import mask_value
from stuvalid.forms import Template
from stuvalid.forms.filled import filled_form
from stuvalid.gathering.collect import Collected
from stuvalid.gathering.deciding import named_after
from stuvalid.gathering.items import Value
from stuvalid.report.wording import Wording
from stuvalid.rules.registry import all_rules
from stuvalid.version import __version__

SCHEMA = "stuvalid.collect/1"
SOURCES, LIST, OTHERS = "来源", "待处理", "未放入的内容"
_SOURCE_HEADER = ("姓名", "项目", "本表单元格", "来源文件", "来源表", "来源单元格")
_LIST_HEADER = ("事项", "学生", "说明", "文件", "单元格", "怎么办")
_OTHERS_HEADER = ("文件", "学生", "位置", "标题", "内容")
_UNREAD = ("没有读的文件", "file not read")


def class_book(found: Collected, lang: str) -> bytes:
    """The workbook of the class: its form first, ready to be checked and mended."""
    behind = [
        PlainSheet(SOURCES, [_SOURCE_HEADER, *_sources(found)]),
        PlainSheet(LIST, [_LIST_HEADER, *_list(found, lang)]),
    ]
    if found.others:
        rows = [
            (file, name, f"{value.sheet}!{value.cell}", value.label, value.text) for file, name, value in found.others
        ]
        behind.append(PlainSheet(OTHERS, [_OTHERS_HEADER, *rows]))
    return filled_form(found.form, found.records, behind)


def _sources(found: Collected) -> list[Sequence[str]]:
    columns = {entry.key: number for number, entry in enumerate(found.form.fields)}
    rows: list[Sequence[str]] = []
    for number, row in enumerate(found.rows, start=2):
        name = found.roster[row.position].name
        for key in sorted(row.values, key=columns.__getitem__):
            file, value = row.values[key]
            target = f"{letters(columns[key])}{number}"
            rows.append((name, found.form.fields[columns[key]].header, target, file, value.sheet, value.cell))
    return rows


def _list(found: Collected, lang: str) -> list[Sequence[str]]:
    english = lang == "en"
    rules = {rule.slug: rule for rule in all_rules().values()}
    rows: list[Sequence[str]] = []
    ordered = sorted(found.troubles, key=lambda one: -rules[one.slug].severity)
    for one in ordered:
        rule = rules[one.slug]
        title = TITLES[one.slug][english]
        files = "\n".join(one.files) if one.slug != "paper_missing" else ""
        cell = one.cell if one.slug != "paper_missing" else ""
        rows.append(
            (title, one.name, one.en if english else one.zh, files, cell, rule.mend_en if english else rule.mend)
        )
    rows += [
        (_UNREAD[english], named_after(name, found.roster), en if english else zh, name, "", "")
        for name, zh, en in found.unread
    ]
    return rows


TITLES = {
    "paper_missing": ("没有交", "missing"),
    "papers_differ_newer_taken": ("交了几份，取最新的", "several, newest taken"),
    "papers_differ_undecided": ("交了几份，分不清先后", "several, undecided"),
    "paper_twice": ("交了几份，一样", "several, the same"),
    "several_children_in_a_file": ("一个文件几名学生", "several children in a file"),
    "paper_of_another_class": ("别的班的", "another class"),
    "not_on_class_list": ("不在名单里", "not on the list"),
    "cannot_tell_which_child": ("同名分不清", "same name, undecided"),
    "paper_contradicts_list": ("号码或出生日期不符，没有放入", "contradicts the list, not taken"),
    "paper_without_name": ("没有姓名", "no name"),
    "not_a_pupils_form": ("不是学生采集表", "no pupil's form"),
    "name_differs_from_list": ("姓名与名单不同", "name differs"),
    "details_differ_from_list": ("与名单不同", "differs from the list"),
    "file_named_after_another": ("文件名是别人的", "file named after another"),
    "consent_refused": ("监护人不同意", "consent refused"),
    "consent_missing": ("没有监护人同意", "no consent"),
    "several_ticked": ("勾了几项", "several ticked"),
}
"""What each line of the list is called (zh, en)."""


def as_json(found: Collected, wording: Wording) -> str:
    """Everything as one document: every child of the list, every value with its file and cell, everything to be looked at."""
    wording.know_names(person.name for person in found.roster)
    wording.know_names(name for row in found.rows for entry in row.papers if (name := entry.child.name))
    rows = {row.position: (number, row) for number, row in enumerate(found.rows, start=2)}
    children = []
    for position, person in enumerate(found.roster):
        number, row = rows.get(position, (0, None))
        values = {key: _json_value(found.form, key, *row.values[key], wording) for key in row.values} if row else {}
        children.append(
            {
                "name": wording.shown(person.name, "name"),
                "list_row": person.row,
                "row": number,
                "state": row.state if row else "missing",
                "consent": found.consent_of.get(position, "") or "none",
                "files": [wording.path(entry.child.file) for entry in row.papers] if row else [],
                "differing": row.differing if row else [],
                "values": values,
            }
        )
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": {"name": "stuvalid", "version": __version__},
        "summary": summary(found),
        "children": children,
        "to_do": [
            {
                "what": one.slug,
                "name": wording.shown(one.name, "name"),
                "files": [wording.path(file) for file in one.files],
                "cell": one.cell,
                "detail": one.zh if wording.show_values else mask_value(one.zh),
            }
            for one in found.troubles
        ],
        "not_read": [{"file": wording.path(name), "why": zh, "why_en": en} for name, zh, en in found.unread],
        "without_place": [
            {
                "file": wording.path(file),
                "cell": f"{value.sheet}!{value.cell}",
                "text": wording.shown(value.text, "text"),
            }
            for file, _, value in found.others
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _json_value(form: Template, key: str, file: str, value: Value, wording: Wording) -> dict[str, str]:
    entry = form.field(key)
    kind = entry.kind if entry is not None else "text"
    text = value.text if wording.show_values else wording.shown(value.text, kind, key)
    return {"value": text, "file": wording.path(file), "sheet": value.sheet, "cell": value.cell}


def summary(found: Collected) -> dict[str, int]:
    """The numbers of a run."""
    states = [row.state for row in found.rows]
    return {
        "on_list": len(found.roster),
        "gathered": len(found.rows),
        "missing": len(found.missing),
        "papers": found.papers,
        "not_read": len(found.unread),
        "several": sum(state != "one" for state in states),
        "undecided": states.count("undecided"),
        "values": sum(len(row.values) for row in found.rows),
        "consent_given": found.consents["given"],
        "consent_refused": found.consents["refused"],
        "consent_none": found.consents["none"] + found.consents["unclear"],
    }
