"""A row that somebody stopped filling in is one finding with the whole list."""

from __future__ import annotations

import pytest

from stuvalid.findings import Block
from stuvalid.forms import template
from stuvalid.rules.examples import form_sheet, record
from tests.rules.blocks import blocks_of

FORMS = ("student-2013", "student-2020", "student-2022")


def serious(*changes: dict[str, object]) -> list[Block]:
    return [block for block in blocks_of(form_sheet(list(changes))) if block.severity > 1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("filled", [5, 8, 12, 15])
def test_half_filled_row_is_one_finding_that_completes_it(form: str, filled: int) -> None:
    known = template(form)
    values = record(3, known)
    kept = {key: values[key] for key in known.keys[:filled]}
    (block,) = serious({"@form": form}, {"@only": kept}, {}, {}, {})
    assert (block.rule, block.rows) == ("REQ005", [2])
    listed = set(block.params[0]["headers"].split("、"))
    completed = kept | {entry.key: values[entry.key] for entry in known.fields if entry.header in listed}
    assert not serious({"@form": form}, {"@only": completed}, {}, {}, {})


def test_a_column_that_everybody_left_out_is_told_by_column() -> None:
    left = dict.fromkeys(("ethnicity", "health", "orphan", "postcode", "preschool", "aid_wanted", "native_place"), "")
    found = serious(*[left] * 6)
    assert {block.rule for block in found} == {"REQ001"}
    assert all(len(block.rows) == 6 for block in found)


def test_few_blanks_stay_at_their_cells() -> None:
    assert {block.rule for block in serious({"health": "", "orphan": "", "postcode": ""}, {}, {})} == {"REQ001"}
