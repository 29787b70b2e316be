"""What the fill handle and a careless paste leave: one value copied down, values counting up, rows pasted twice, a column sorted
alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from stuvalid.diagnosis.model import Hypothesis
from stuvalid.diagnosis.view import Codes, View

_LEAST_COPIES = 4
_LEAST_STEPS = 5
_LEAST_SEXES = 8
_LEAST_ROWS = 3
_LEAST_SORTED = 12
_LEAST_WRONG_SEXES = 0.2
_USUAL_SHARE = 0.75
_AT_HOME = 0.85
_OWN = ("id_number", "member1.id_number", "member2.id_number")
"""Numbers that no two pupils share but brothers and sisters those of their parents."""


def copied_down(view: View) -> Iterator[Hypothesis]:
    """The same identity number in four and more rows, one below the other: one pupil's cells filled down.

    The other columns of the same person are told with it, where they repeat in just these rows. Told, not mended.
    """
    told: set[str] = set()
    for key in _OWN:
        if key not in view or key in told:
            continue
        texts, right = view.texts(key), view.number_births(key)
        for first, last in _equal_runs(texts, _LEAST_COPIES):
            if not right[first]:
                continue  # what is no number was not filled in once
            if len({_surname(view, p) for p in range(first, last + 1)}) < 2 and key != "id_number":
                continue  # brothers and sisters
            columns = [other for other in view.keys if _repeats_just_here(view, other, first, last)]
            columns = [other for other in columns if other == key or _of_one(other, key)]
            columns = columns if key in columns else [key]
            told.update(columns)
            yield Hypothesis("copied_down", tuple(columns), first + 1, last, last - first)
    yield from _copied_dates(view)
    yield from _copied_sexes(view)
    yield from _copied_against_the_row(view, told)


def _copied_sexes(view: View) -> Iterator[Hypothesis]:
    """One sex in a long run, or everywhere, where the numbers have both: filled down or replaced, mended from the numbers."""
    if "id_number" not in view or "sex" not in view:
        return
    texts, sexes = view.texts("sex"), view.number_sexes("id_number")
    stated = view.sexes("sex")
    for first, last in _equal_runs(texts, _LEAST_SEXES):
        wrong = [p for p in range(first, last + 1) if sexes[p] and stated[p] and sexes[p] != stated[p]]
        if not _numbers_are_home(view, "birth_date", first, last):
            continue
        if len(wrong) >= _LEAST_COPIES - 1 and len(wrong) >= 0.25 * (last - first + 1):
            repair = {"sex": {p: "男" if sexes[p] == 1 else "女" for p in wrong}}
            yield Hypothesis("copied_down", ("sex",), wrong[0], wrong[-1], len(wrong), repair, related=("id_number",))


def _numbers_are_home(view: View, key: str, first: int, last: int) -> bool:
    """Whether the numbers of these rows agree with another column than the one that is to be mended by them."""
    for relation in view.relations:
        if relation.x == "id_number" and relation.y == key:
            known = int(relation.known[first : last + 1].sum())
            return not known or int(relation.agrees[first : last + 1].sum()) >= _AT_HOME * known
    return True


def _copied_against_the_row(view: View, told: set[str]) -> Iterator[Hypothesis]:
    """An address or phone filled down, where the same row says otherwise and usually says the same.

    A whole dormitory has one address, and the school's phone: then the guardians' say nothing against it.
    """
    for relation in view.relations:
        if not relation.telling or relation.x.endswith("name") or relation.agrees.sum() < relation.breaks.sum():
            continue
        for key in (relation.x, relation.y):
            if key in told or key in _OWN or view.field(key).kind not in ("address", "phone"):
                continue
            for first, last in _equal_runs(view.texts(key), _LEAST_COPIES):
                inside = relation.breaks[first + 1 : last + 1]
                if inside.sum() >= 0.8 * (last - first) and not _is_equal(view.texts(relation.other(key)), first, last):
                    told.add(key)
                    near = [one for one in view.keys if one != key and _repeats_just_here(view, one, first, last)]
                    columns = (key, *(one for one in near if view.field(one).kind in ("address", "phone")))
                    yield Hypothesis(
                        "copied_down", columns, first + 1, last, last - first, related=(relation.other(key),)
                    )


def _is_equal(texts: Sequence[str], first: int, last: int) -> bool:
    return len(set(texts[first : last + 1])) == 1


def _copied_dates(view: View) -> Iterator[Hypothesis]:
    """One birth date filled down over pupils whose numbers say otherwise: that is mended from the numbers."""
    if "id_number" not in view or "birth_date" not in view:
        return
    texts, born = view.texts("birth_date"), view.number_births("id_number")
    for first, last in _equal_runs(texts, _LEAST_COPIES):
        rows = [p for p in range(first, last + 1) if born[p] and f"{int(born[p]):08}" != texts[p]]
        if not _numbers_are_home(view, "sex", first, last):
            continue
        if len(rows) >= _LEAST_COPIES - 1 and len(rows) >= 0.7 * (last - first):
            repair = {"birth_date": {p: f"{int(born[p]):08}" for p in rows}}
            yield Hypothesis(
                "copied_down", ("birth_date",), rows[0], rows[-1], len(rows), repair, related=("id_number",)
            )


def _surname(view: View, position: int) -> str:
    return view.texts("name")[position][:1] if "name" in view else str(position)


def _of_one(key: str, lead: str) -> bool:
    """Whether a column is of the same person as the number ``lead``: of the member, or the pupil's own."""
    return key.partition(".")[0] == lead.partition(".")[0] if "." in lead else "." not in key


def _repeats_just_here(view: View, key: str, first: int, last: int) -> bool:
    """Whether a column has one value in these rows and others right before or after, and mostly elsewhere."""
    texts = view.texts(key)
    if not texts[first] or len(set(texts[first : last + 1])) > 1:
        return False
    outside = [*texts[:first], *texts[last + 1 :]]
    return outside.count(texts[first]) <= 0.2 * len(outside) if outside else True


def _equal_runs(texts: Sequence[str], least: int) -> Iterator[tuple[int, int]]:
    first = 0
    for position in range(1, len(texts) + 1):
        if position == len(texts) or texts[position] != texts[first]:
            if texts[first] and position - first >= least:
                yield first, position - 1
            first = position


def counting_up(view: View) -> Iterator[Hypothesis]:
    """Codes, numbers or dates that grow by one from row to row: the fill handle counted instead of copying.

    A phone that counts up is nobody's accident by itself: a company's phones run. Told, not mended, but for birth dates that
    the numbers know.
    """
    for key in (
        "school_code",
        "birthplace_division",
        "household_division",
        "postcode",
        "class_code",
        "enrolment_month",
    ):
        if key in view:
            yield from _counted(view, key, _whole(view.texts(key)))
    if "birth_date" in view and "id_number" in view:
        born = view.number_births("id_number")
        days = np.array([_day(text) for text in view.texts("birth_date")], dtype=np.int64)
        for first, last in _stepping_runs(days):
            rows = [
                p for p in range(first, last + 1) if born[p] and f"{int(born[p]):08}" != view.texts("birth_date")[p]
            ]
            if len(rows) >= _LEAST_STEPS - 1:
                repair = {"birth_date": {p: f"{int(born[p]):08}" for p in rows}}
                yield Hypothesis(
                    "counting_up", ("birth_date",), rows[0], rows[-1], len(rows), repair, related=("id_number",)
                )


def _counted(view: View, key: str, numbers: Codes) -> Iterator[Hypothesis]:
    texts = view.texts(key)
    for first, last in _stepping_runs(numbers):
        if len({texts[p] for p in range(first, last + 1)}) == last - first + 1:
            # The first cell is the one that was filled down.
            repair = (
                {key: dict.fromkeys(range(first + 1, last + 1), texts[first])} if _was_usual(texts, first, last) else {}
            )
            yield Hypothesis("counting_up", (key,), first + 1, last, last - first, repair)


def _was_usual(texts: Sequence[str], first: int, last: int) -> bool:
    """Whether the value that was filled down stands elsewhere too, or ends the rows above: 100 pupils of one school."""
    outside = [*texts[:first], *texts[last + 1 :]]
    return texts[first] in outside


def _whole(texts: Sequence[str]) -> Codes:
    return np.array(
        [int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1 for text in texts], dtype=np.int64
    )


def _day(text: str) -> int:
    from stuvalid.codes.identity import calendar_date

    found = calendar_date(text)
    return found.toordinal() if found is not None else -1


def _stepping_runs(numbers: Codes) -> Iterator[tuple[int, int]]:
    """Runs in which each is one more than the one above."""
    if len(numbers) < 2:
        return
    steps = np.concatenate((np.diff(numbers) == 1, [False])) & (numbers >= 0)
    first = 0
    while first < len(steps):
        if not steps[first]:
            first += 1
            continue
        last = first
        while last < len(steps) and steps[last]:
            last += 1
        if last - first >= _LEAST_STEPS - 1:
            yield first, last
        first = last + 1


def pasted_twice(view: View) -> Iterator[Hypothesis]:
    """Three and more rows that stand once more, in the same order, further up. Told, not mended: a row is not taken out."""
    if "id_number" not in view and "name" not in view:
        return
    keys = [key for key in ("name", "id_number", "birth_date") if key in view]
    seen: dict[tuple[str, ...], int] = {}
    earlier = np.full(view.size, -1, dtype=np.int64)
    for position, texts in enumerate(zip(*(view.texts(key) for key in keys), strict=True)):
        if all(texts[:2]):
            earlier[position] = seen.setdefault(texts, position)
    earlier[earlier == np.arange(view.size)] = -1
    first = 0
    while first < view.size:
        last = first
        while last < view.size and earlier[last] >= 0 and (last == first or earlier[last] == earlier[last - 1] + 1):
            last += 1
        if last - first >= _LEAST_ROWS:
            again = f"{view.row_of(int(earlier[first])) + 1}–{view.row_of(int(earlier[last - 1])) + 1}"
            yield Hypothesis("pasted_twice", tuple(keys), first, last - 1, last - first, params={"again": again})
        first = max(last, first + 1)


def sorted_alone(view: View) -> Iterator[Hypothesis]:
    """A column in order while what it should agree with is not, both holding the same values otherwise arranged.

    Told, not mended: what belonged to whom no longer stands in the file, but what the numbers still tell.
    """
    told: set[str] = set()
    yield from _sexes_sorted(view)
    for relation in view.relations:
        known = relation.known
        if relation.x not in {"id_number", "name"}:
            continue
        if int(known.sum()) < _LEAST_SORTED or relation.breaks.sum() < 0.6 * known.sum():
            continue
        if relation.y in ("sex", "birthplace_division", "household_division"):
            continue
        mine, theirs = np.sort(relation.kx[relation.kx != 0]), np.sort(relation.ky[relation.ky != 0])
        common = sum((_counts(mine) & _counts(theirs)).values())
        if common < _USUAL_SHARE * min(len(mine), len(theirs)):
            continue
        for key in (relation.x, relation.y):
            if key not in told and _is_sorted(view, key):
                told.add(key)
                others = tuple(dict.fromkeys(one.other(key) for one in view.relations if key in (one.x, one.y)))
                yield Hypothesis("sorted_alone", (key,), 0, view.size - 1, int(relation.breaks.sum()), related=others)
                break


def _counts(keys: Codes) -> Counter[int]:
    return Counter(keys.tolist())


def _sexes_sorted(view: View) -> Iterator[Hypothesis]:
    """All boys first, then all girls, while the numbers have them mixed: as many of each."""
    if "id_number" not in view or "sex" not in view:
        return
    stated, numbers = view.sexes("sex"), view.number_sexes("id_number")
    known = (stated != 0) & (numbers != 0)
    if int(known.sum()) < _LEAST_SORTED or ((stated != numbers) & known).sum() < _LEAST_WRONG_SEXES * known.sum():
        return
    changes = int((np.diff(stated[known]) != 0).sum())
    boys = abs(int((stated[known] == 1).sum()) - int((numbers[known] == 1).sum()))
    if changes == 1 and boys <= 0.03 * known.sum() + 1:
        wrong = np.flatnonzero((stated != numbers) & known)
        repair = {"sex": {int(p): "男" if numbers[p] == 1 else "女" for p in wrong}}
        first, last = int(wrong[0]), int(wrong[-1])
        yield Hypothesis("sorted_alone", ("sex",), first, last, len(wrong), repair, related=("id_number",))


def _is_sorted(view: View, key: str) -> bool:
    """Whether a column is in order, up or down: by its text, or surname by surname."""
    texts = [text for text in view.texts(key) if text]
    if len(texts) < _LEAST_SORTED:
        return False
    ups = sum(one <= other for one, other in pairwise(texts))
    if max(ups, sum(one >= other for one, other in pairwise(texts))) >= 0.97 * (len(texts) - 1):
        return True
    if re.match(r"[0-9]", texts[0]):
        return False
    try:
        plain = [text.encode("gbk") for text in texts]
    except UnicodeEncodeError:
        return False
    return sum(one <= other for one, other in pairwise(plain)) >= 0.97 * (len(texts) - 1)
