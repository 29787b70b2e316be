"""What the fast predicates accept, no cell rule may have a word against: the two ways of judging are one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stuvalid import codes
from stuvalid.excel.model import Kind
from stuvalid.forms import Field, templates
from stuvalid.forms.table import Column
from stuvalid.rules.accept import suspects
from stuvalid.rules.examples import TODAY, number, record
from stuvalid.rules.registry import Cell, all_rules
from stuvalid.rules.verdicts import Judgement, _first_fault, cell_chains

# One field of each sort that rules can tell apart, from every form we ship.
FIELDS = {(entry.kind, entry.codes, entry.audience): entry for form in templates() for entry in form.fields}
SIGNS = "0123456789Xx-/.年月日 　\t\n'“（）()·•．，,男女汉族省市县区镇村路号王李ａＡ１\u200b\ufeff\ue000𠮷éаO〇"


EDGES = (
    number("110105", "19491231", 2),
    number("110105", "20261124", 2),
    number("110105", "18991231", 2),
    number("999999", "20150101", 2),
    "110105491231002",
    "H1234567890",
    "E12345678",
    "20150230",
    "20261124",
    "20261123",
    "18991231",
    "201509",
    "202612",
    "203009",
    "13333333333",
    "12345678901",
    "000000",
    "030001",
    "140106000000",
    "999999000000",
    "0000000000",
    "9914010068",
    "2030101",
    "2013100",
    "201",
    "200.1",
    "无",
    "不详",
    "张",
)


def _right(entry: Field) -> list[str]:
    """Values of this field in valid pupils, and of its code list: what lies near them is what is hard."""
    values = {record(n, form).get(entry.key, "") for form in templates() for n in range(3)}
    if entry.codes:
        values |= {spelling for item in codes.load(entry.codes).entries for spelling in (item.code, item.name)}
    return sorted(values | set(EDGES))


def _near(values: list[str]) -> st.SearchStrategy[str]:
    """A right value, unchanged or with one stretch of it replaced."""
    cut = st.tuples(st.sampled_from(values), st.integers(0, 20), st.integers(0, 3), st.text(SIGNS, max_size=3))
    changed = cut.map(lambda parts: parts[0][: parts[1]] + parts[3] + parts[0][parts[1] + parts[2] :])
    return st.one_of(
        st.sampled_from(EDGES), st.sampled_from(values), changed, st.text(SIGNS, max_size=24), st.text(max_size=12)
    )


@pytest.mark.parametrize("entry", FIELDS.values(), ids=lambda entry: f"{entry.key}-{entry.kind}-{entry.codes}")
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_cell_rule_speaks_of_what_was_accepted(entry: Field, data: st.DataObject) -> None:
    values = data.draw(st.lists(_near(_right(entry)), min_size=1, max_size=12))
    values = [value for value in values if value.encode("utf-8", "ignore").decode() == value]
    kinds = data.draw(
        st.lists(
            st.sampled_from([Kind.TEXT, Kind.TEXT, Kind.NUMBER, Kind.DATE]), min_size=len(values), max_size=len(values)
        )
    )
    stored = np.array([int(kind) for kind in kinds], dtype=np.uint8)
    column = Column(entry, pa.array(values, pa.string()), stored if (stored > Kind.TEXT).any() else None)
    suspect, numbers = suspects(column, TODAY, {})
    chain = cell_chains(tuple(all_rules().values())).of(entry)
    looked_at = {*suspect.tolist(), *numbers.tolist()}
    for row, value in enumerate(values):
        if row in looked_at or not value:
            continue
        cell = Cell(value, entry, Kind(int(stored[row])), "居民身份证" if entry.kind == "id_number" else "", 20261123)
        spoken = _first_fault(cell, chain, Judgement())
        assert spoken is None, f"{value!r} was accepted at a glance, but {spoken.rule.id} speaks"
