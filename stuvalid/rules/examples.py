"""Turning a rule's examples into sheets: a valid record, changed where the example says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from stuvalid import codes
from stuvalid.codes import divisions
from stuvalid.codes.identity import check_character
from stuvalid.errors import StuvalidError, UsageError
from stuvalid.excel.model import Kind, Note, Offer, Sheet, Workbook
from stuvalid.forms import Field, Template, template, templates
from stuvalid.forms.issued import offered_choices, stamp
from stuvalid.forms.sheets import FormSheet, fragment, survey
from stuvalid.forms.table import Part, join
from stuvalid.language import language
from stuvalid.rules.accept import accepted_codes
from stuvalid.rules.engine import check_sheet, check_table
from stuvalid.rules.registry import Example, Rule, all_rules
from stuvalid.rules.verdicts import Judgement

TODAY = dt.date(2026, 11, 23)
_MEMBER = {
    "home_address": "山西省太原市迎泽区双塔西街12号",
    "household_division": "140106000000",
    "household_address": "山西省太原市迎泽区双塔西街12号",
    "guardian": "是",
    "id_type": "居民身份证",
    "ethnicity": "汉族",
    "employer": "太原市第一建筑公司",
    "post": "工程师",
    "relation_note": "",
}
RECORD = {
    "school_code": "2114010068",
    "sex": "男",
    "birth_date": "20070305",
    "birthplace_division": "140106000000",
    "native_place": "山西省太原市迎泽区",
    "ethnicity": "汉族",
    "nationality": "中国",
    "id_type": "居民身份证",
    "overseas_status": "否",
    "health": "健康或良好",
    "political_status": "群众",
    "household_type": "非农业户口",
    "household_division": "140106000000",
    "household_address": "山西省太原市迎泽区双塔西街12号",
    "class_code": "2013101",
    "enrolment_month": "201309",
    "entry_way": "就近入学",
    "attendance": "走读",
    "home_address": "山西省太原市迎泽区双塔西街12号",
    "mail_address": "山西省太原市迎泽区双塔西街12号",
    "family_address": "山西省太原市迎泽区双塔西街12号",
    "postcode": "030001",
    "only_child": "否",
    "preschool": "是",
    "left_behind": "非留守儿童",
    "rural_left_behind": "否",
    "aid_wanted": "否",
    "boarding_aid": "否",
    "orphan": "否",
    "martyr_child": "否",
    "migrant_child": "否",
    "accompanying_child": "否",
    "disabled": "否",
    "disability": "无残疾",
    "inclusion": "非随班就读",
    "school_distance": "1.5",
    "transport": "步行",
    "school_bus": "否",
    "student_source": "正常入学",
    "purchased_place": "否",
    "grade": "小学一年级",
    "class_name": "小学2013级(1)班",
    "boarder": "否",
    "campus_code": "1",
    **{f"member1.{key}": value for key, value in _MEMBER.items()},
    **{f"member2.{key}": value for key, value in _MEMBER.items()},
    "member1.name": "王建国",
    "member1.relation": "父亲",
    "member2.name": "李秀英",
    "member2.relation": "母亲",
}
_GIVEN = "伟芳娜敏静强磊洋艳勇杰娟涛明超霞平刚桂红"


def number(region: str, birth: str, sequence: int) -> str:
    body = f"{region}{birth}{sequence:03}"
    return body + check_character(body)


def record(position: int, form: Template) -> dict[str, str]:
    """A valid pupil, different for each position."""
    values = dict(RECORD)
    if form.id == "student-2022":
        values["disability"] = ""
    values["name"] = f"王{_GIVEN[position % 20]}{_GIVEN[position // 20 % 20]}"
    odd = 2 * (position % 499) + 1
    values["id_number"] = number("140106", "20070305", odd)
    values["member1.id_number"] = number("140106", "19800101", odd)
    values["member2.id_number"] = number("140106", "19810202", odd + 1)
    values["phone"] = f"139{10000000 + position * 7919 % 89999999:08}"
    values["member1.phone"] = values["member2.phone"] = f"138{10000000 + position * 6007 % 89999999:08}"
    return in_words_of(form, values, position)


def in_words_of(form: Template, values: Mapping[str, str], position: int) -> dict[str, str]:
    """A pupil in the columns of a form, written as its own lists and shapes want it."""
    own = {"serial_number": f"{2026000000 + position}", "home_division": values["household_division"]}
    if (mark := form.field("continuation_mark")) is not None and mark.required:
        own["continuation_mark"] = f"G{values['id_number']}"
    return {entry.key: _in_words_of(entry, {**own, **values}.get(entry.key, "")) for entry in form.fields}


def _in_words_of(entry: Field, value: str) -> str:
    if entry.pattern and value:
        return entry.example
    if entry.kind != "code" or not value or value in accepted_codes(entry):
        return value
    known = codes.load(entry.codes)
    match = known.resolve(value)
    if match is None or not match.safe:  # a place in words is known to a list by its code
        found = [one for one in divisions.search(value, 5) if divisions.full_name(one.code) == value]
        match = known.resolve(f"{found[0].code}000000") if found else None
    return match.entry.name if match is not None else "否"


def form_sheet(example: Example, *, form_name: str = "") -> list[FormSheet]:
    """The sheet an example describes, recognised as a form: `@form` of the example, else ``form_name``."""
    changes = [example] if isinstance(example, Mapping) else list(example)
    options = {key: value for change in changes for key, value in change.items() if key.startswith("@")}
    own_form = options.get("@form", form_name)
    form = template(own_form or "student-2013")
    keys = [key for key in options.get("@keep", form.keys) if key not in options.get("@drop", ())]
    if "@swap" in options:
        first, second = (keys.index(key) for key in options["@swap"])
        keys[first], keys[second] = keys[second], keys[first]
    headers = [options.get("@header", {}).get(key) or form.field(key).header for key in keys]  # type: ignore[union-attr]
    grid = [headers]
    kinds: dict[tuple[int, int], Kind] = {}
    for position, change in enumerate(changes):
        values = _values(change, position, form)
        grid.append([values[key] for key in keys])
        for key, kind in change.get("@kinds", {}).items():
            kinds[len(grid) - 1, keys.index(key)] = Kind[kind.upper()]
    if "@add" in options:
        for row, cells in enumerate(grid):
            cells.append(options["@add"] if row == 0 else "")
    if "@grouped" in options:
        groups = [header[:3] if header.startswith("成员") else "" for header in headers]
        grid[:1] = [
            [group or header for group, header in zip(groups, headers, strict=True)],
            [header.removeprefix(group) if group else "" for group, header in zip(groups, headers, strict=True)],
        ]
    if "@title" in options:
        grid.insert(0, [options["@title"], *[""] * (len(grid[0]) - 1)])
    sheet = _sheet(grid, kinds, options.get("@sheet", "学生基础信息"))
    sheet.hidden_columns = tuple(keys.index(key) for key in options.get("@hide", ()))
    hidden = [row + 1 for row, change in enumerate(changes) if change.get("@hidden")]
    sheet.hidden_rows = np.array(hidden, dtype=np.int32) if hidden else None
    if "@merge" in options:
        key, count = options["@merge"]
        sheet.merged = ((1, keys.index(key), count, keys.index(key)),)
    if "@formulas" in options:
        cells = [(1, keys.index(key)) for key in options["@formulas"]]
        sheet.formulas = np.array(cells, dtype=np.int32)
    sheet.offers = tuple(_dropdowns(options, keys, form))
    sheet.stored = {(1, keys.index(key)): text for key, text in options.get("@stored", {}).items()}
    sheets = [sheet, *(_copy(sheet, n) for n in range(1, options.get("@copies", 1)))]
    if "@hidden_copy" in options:
        sheets.append(_copy(sheet, 9))
        sheets[-1].visible = False
    sheet.visible = not options.get("@hidden_sheet", False)
    notes = [Note(code) for code in options.get("@notes", ())]
    issued = stamp(form) if options.get("@issued") else ""
    book = Workbook(options.get("@format", "xlsx"), sheets, stamp=issued, notes=notes)
    seen = survey(book, [form] if own_form else templates())
    found = seen.forms or [fragment(entry) for entry in seen.fragments]
    if "@rivals" in options:
        found[0].match = replace(found[0].match, rivals=tuple(options["@rivals"]))
    return found


def _dropdowns(options: Mapping[str, Any], keys: Sequence[str], form: Template) -> Iterator[Offer]:
    """`@dropdowns`: (first row, last row, "broken" or nothing) by field, or ``all`` as issued but for the `@pasted`."""
    given = options.get("@dropdowns", {})
    if given == "all":
        chosen = [entry.key for entry in form.fields if offered_choices(entry)]
        given = {key: (2 if key in options.get("@pasted", ()) else 1, 99) for key in chosen}
    for key, (first, last, *broken) in given.items():
        yield Offer(first, keys.index(key), last, keys.index(key), (), bool(broken))
    for key, texts in options.get("@offers", {}).items():
        yield Offer(1, keys.index(key), 99, keys.index(key), texts)


def _values(change: Mapping[str, Any], position: int, form: Template) -> dict[str, str]:
    if change.get("@blank"):
        return dict.fromkeys(form.keys, "")
    if "@only" in change:
        return {**dict.fromkeys(form.keys, ""), **change["@only"]}
    values = record(position, form)
    given = {key: value for key, value in change.items() if not key.startswith("@")}
    for key in given.keys() - set(form.keys):
        raise UsageError(f"模板 {form.id} 没有字段 {key}。", f"The form {form.id} has no field {key}.")
    if given.get("id_number") == "{0}":
        given["id_number"] = record(0, form)["id_number"]
    values.update(given)
    if "id_number" in given and len(given["id_number"]) == 18 and given["id_number"][:6].isdigit():
        region = f"{given['id_number'][:6]}000000"
        for key in ("birthplace_division", "household_division"):
            if key in values and key not in given:
                values[key] = region
    born = given.get("birth_date", "")
    if (
        "id_number" in given
        and len(born) == 8
        and born.isdigit()
        and "enrolment_month" not in given
        and "class_code" not in given
    ):
        entry = int(born[:4]) + 6 + (born[4:] > "0831")
        if "enrolment_month" in values:
            values["enrolment_month"], values["class_code"] = f"{entry}09", f"{entry}101"
    return values


def _sheet(grid: list[list[str]], kinds: dict[tuple[int, int], Kind], name: str) -> Sheet:
    columns = [pa.array([row[column] or None for row in grid], pa.string()) for column in range(len(grid[0]))]
    matrix = None
    if kinds:
        matrix = np.array([[Kind.TEXT if cell else Kind.EMPTY for cell in row] for row in grid], dtype=np.uint8)
        for place, kind in kinds.items():
            matrix[place] = kind
    return Sheet(name, True, False, len(grid), len(grid[0]), columns, matrix)


def _copy(sheet: Sheet, position: int) -> Sheet:
    return Sheet(f"{sheet.name}{position}", True, False, sheet.height, sheet.width, sheet.columns, sheet.kinds)


def judged(sheets: Sequence[FormSheet], rules: Sequence[Rule] | None = None) -> Judgement:
    """What these rules (all by default) say of the sheets and their records, on the day `TODAY`."""
    chosen = tuple(rules if rules is not None else all_rules().values())
    told = Judgement()
    for sheet in sheets:
        check_sheet(0, sheet, chosen, told)
        if len(sheet.rows.records):
            table = join(sheet.match.template, [Part(0, sheet.sheet, sheet.match, sheet.rows.records)], TODAY)
            outcome = check_table(table, chosen)
            told.blocks += outcome.blocks
            told.runs.crashed |= outcome.runs.crashed
    return told


@dataclass(frozen=True, slots=True)
class FailedExample:
    """An example that does not show what its rule does, or a rule without examples; why in both languages."""

    rule: Rule
    example: Example | None
    zh: str
    en: str


def failing_examples(rules: Iterable[Rule], *, form_name: str = "") -> Iterator[FailedExample]:
    """Try the examples of these rules: a bad one must be told by its rule, a good one must not.

    ``form_name`` is the form the examples are of where they do not say so with `@form`.
    """
    for known in rules:
        if known.scope != "run" and not (known.bad and known.good):
            yield FailedExample(known, None, "没有错例（bad）或没有正例（good）", "it has no bad or no good example")
        for example in known.bad:
            told, why = _tells(known, example, form_name)
            if why or not told:
                yield FailedExample(known, example, f"错例没有报出来{why}", f"a bad example is not told{why}")
        for example in known.good:
            told, why = _tells(known, example, form_name)
            if why or told:
                yield FailedExample(known, example, f"正例报了出来{why}", f"a good example is told{why}")


def _tells(known: Rule, example: Example, form_name: str) -> tuple[bool, str]:
    """Whether the rule speaks of the example, and what kept it from judging."""
    try:
        outcome = judged(form_sheet(example, form_name=form_name))
    except StuvalidError as error:
        return False, f" ({error.text(language())})"
    except (KeyError, ValueError, AttributeError, TypeError) as error:  # an example of no shape we know
        return False, f" ({type(error).__name__}: {error})"
    crashed = outcome.runs.crashed.get(known.id, "")
    return known.id in {block.rule for block in outcome.blocks}, f" ({crashed})" if crashed else ""
