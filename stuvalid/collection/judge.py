"""The whole of a run: every school's forms by themselves, against its roster, and between schools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from stuvalid.collection.across import judge_across
from stuvalid.collection.belonging import RecordSheet, RosterSheet
from stuvalid.collection.fitness import judge_fitness
from stuvalid.collection.forms import judge_forms
from stuvalid.collection.grades import judge_grades
from stuvalid.collection.lists import judge_lists
from stuvalid.collection.movements import judge_movements
from stuvalid.collection.nutrition import judge_nutrition_schools
from stuvalid.collection.pupils import Pupils
from stuvalid.collection.schools import find_schools
from stuvalid.collection.transfers import judge_transfers
from stuvalid.findings import Finding
from stuvalid.pupils.classes import first_year
from stuvalid.rules.registry import Rule
from stuvalid.rules.told import Told

_ABOUT_PUPILS = ("movement", "preschool", "nutrition-pupil", "fitness")


def judge_collection(
    rosters: list[RosterSheet], sheets: list[RecordSheet], rules: Iterable[Rule], today: dt.date
) -> list[Finding]:
    """What the forms of a run say against one another."""
    told = Told.of(rules)
    schools = find_schools(rosters, sheets) if sheets else []
    for school in schools:
        if not school.sheets:
            continue  # a roster by itself is judged by the rules on rosters
        judge_forms(school, told, today)
        judge_grades(school, told, first_year(1, today))
        judge_across(school, told, today)
        if any(school.has(about) for about in _ABOUT_PUPILS):
            pupils = Pupils(school.rosters)
            judge_movements(school, pupils, told, today)
            judge_lists(school, pupils, told, first_year(1, today))
            judge_fitness(school, pupils, told)
    judge_transfers(schools, told)
    judge_nutrition_schools(schools, told)
    return told.findings
