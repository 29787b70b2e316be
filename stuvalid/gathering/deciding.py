"""Who on the class list a paper is about, and which of several papers of one child counts. What cannot be told is not guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from stuvalid.gathering.home import fits_stamp
from stuvalid.gathering.items import Value
from stuvalid.gathering.papers import Child, plain_stem
from stuvalid.pupils.classes import CLASS_IN_TEXT, ClassName, class_of, read_class
from stuvalid.rolls.pairing import differs_by_one
from stuvalid.rolls.people import Person

Why = Literal["", "not-on-list", "other-class", "undecided", "nameless", "contradiction"]


@dataclass(slots=True)
class Assigned:
    """A child's paper and whose it is: a position on the class list, -1 with the reason in ``why``.

    ``by`` says what told it: stamp, number, name, birth, spelling, file. ``notes`` are what differs from the list:
    name, number, birth, class, file.
    """

    child: Child
    person: Person
    position: int = -1
    by: str = ""
    why: Why = ""
    notes: list[str] = field(default_factory=list)


def assign(children: Sequence[Child], roster: Sequence[Person], today: dt.date) -> list[Assigned]:
    """Whose each paper is. The number on both sides decides, then the name with what else is known."""
    found = [Assigned(child, person_of(child, today)) for child in children]
    in_file: dict[str, int] = {}
    for child in children:
        in_file[child.file] = in_file.get(child.file, 0) + 1
    for entry in found:
        _assign(entry, roster, alone=in_file[entry.child.file] == 1)
    _by_spelling(found, roster)
    for entry in found:
        if entry.position >= 0:
            _note(entry, roster[entry.position])
    return found


def person_of(child: Child, today: dt.date) -> Person:
    """A paper's child as a line of a list."""
    grade, class_name, code = child.text("grade"), child.text("class_name"), child.text("class_code")
    stem = plain_stem(child.file)
    said = class_name if not grade or grade in class_name else f"{grade}{class_name}"
    known = class_of(grade, code or class_name, today) if said or code else ""
    if not known:
        for text in (*child.titles, stem):
            match = CLASS_IN_TEXT.search(text.replace(" ", ""))
            if match and (known := class_of("", match[0], today)):
                said = said or match[0]
                break
    sex = child.text("sex")
    return Person(
        child.file,
        "",
        1,
        0,
        child.name,
        sex=next((word for word in "男女" if word in sex), ""),
        birth_date=child.text("birth_date"),
        id_number=child.text("id_number"),
        class_code=known,
        class_text=said,
    )


def _assign(entry: Assigned, roster: Sequence[Person], *, alone: bool) -> None:
    if _by_stamp(entry, roster) or _by_number(entry, roster):
        return
    person = entry.person
    if not person.spelling:
        _by_file(entry, roster, alone)
        return
    same = [position for position, one in enumerate(roster) if one.spelling == person.spelling]
    fitting = [position for position in same if not _conflicts(person, roster[position])]
    if len(same) > 1:
        sure = [position for position in fitting if _agrees(person, roster[position])]
        best = sure or (fitting if len(fitting) == 1 and _share(person, roster[fitting[0]]) else [])
        if len(best) == 1:
            entry.position, entry.by = best[0], "birth" if sure else "name"
        else:
            entry.why = "undecided"
    elif _is_elsewhere(person, roster):
        entry.why = "other-class"
    elif not same:
        entry.why = "not-on-list"
    elif fitting or _is_slip(person, roster[same[0]]):
        entry.position, entry.by = same[0], "name"
    else:
        entry.why = "contradiction"


def _by_stamp(entry: Assigned, roster: Sequence[Person]) -> bool:
    stamp = entry.child.stamp
    matches = [position for position in range(len(roster)) if fits_stamp(stamp, roster, position)] if stamp else []
    if len(matches) == 1:
        entry.position, entry.by = matches[0], "stamp"
    return len(matches) == 1


def _by_number(entry: Assigned, roster: Sequence[Person]) -> bool:
    """By the number, unless it is of one child and the name of another: perhaps it was copied from a twin's paper."""
    person = entry.person
    matches = [position for position, one in enumerate(roster) if person.number and one.number == person.number]
    if len(matches) != 1:
        return False
    if roster[matches[0]].spelling != person.spelling and any(one.spelling == person.spelling for one in roster):
        entry.why = "contradiction"
    else:
        entry.position, entry.by = matches[0], "number"
    return True


def named_after(file: str, roster: Sequence[Person]) -> str:
    """The name of the one child of the list after whom a file is called; '' for none or several."""
    stem = plain_stem(file).casefold()
    names = {one.name for one in roster if len(one.spelling) > 1 and one.spelling in stem}
    return names.pop() if len(names) == 1 else ""


def _by_file(entry: Assigned, roster: Sequence[Person], alone: bool) -> None:
    """A paper without a name whose file is called after one child of the list."""
    stem = plain_stem(entry.child.file).casefold()
    named = [position for position, one in enumerate(roster) if len(one.spelling) > 1 and one.spelling in stem]
    longest = max((len(roster[position].spelling) for position in named), default=0)
    named = [position for position in named if len(roster[position].spelling) == longest]
    fitting = [position for position in named if not _conflicts(entry.person, roster[position])]
    if alone and len(named) == 1 and fitting:
        entry.position, entry.by = named[0], "file"
    else:
        entry.why = "undecided" if len(named) > 1 else "nameless"


def _is_elsewhere(person: Person, roster: Sequence[Person]) -> bool:
    """Whether a paper names another class than any of the list's."""
    mine = class_said(person)
    return bool(mine.number) and all(_is_other_class(mine, class_said(one)) for one in roster)


def class_said(person: Person) -> ClassName:
    """The class as a paper or list names it: by its text, else by its code."""
    said = read_class(person.class_text)
    code = person.class_code
    if said.number or len(code) != 7 or not code.isdigit():
        return said
    return ClassName(code[4], int(code[:4]), 0, int(code[5:]))


def _is_other_class(one: ClassName, other: ClassName) -> bool:
    """Whether two classes differ in what both say; a grade and a year of entry depend on the day and are not compared."""
    if not one.number or not other.number:
        return False
    pairs = ((one.number, other.number), (one.stage, other.stage), (one.grade, other.grade), (one.year, other.year))
    return any(mine and theirs and mine != theirs for mine, theirs in pairs)


def _conflicts(paper: Person, listed: Person) -> bool:
    if paper.number and listed.number and paper.number != listed.number:
        return True
    if paper.born and listed.born and paper.born != listed.born:
        return True
    return bool(paper.sex and listed.sex and paper.sex != listed.sex)


def _agrees(paper: Person, listed: Person) -> bool:
    return bool(paper.born and paper.born == listed.born) or bool(paper.number and paper.number == listed.number)


def _share(paper: Person, listed: Person) -> bool:
    """Whether something beside the name is known of both: what differs would have ruled this one out, too."""
    return bool((paper.number and listed.number) or (paper.born and listed.born) or (paper.sex and listed.sex))


def _is_slip(paper: Person, listed: Person) -> bool:
    """Whether what differs is a slip of the hand: a digit or two of the number, or the date while the number agrees."""
    one, other = paper.number, listed.number
    if one and other:
        if len(one) == len(other):
            wrong = sum(mine != theirs for mine, theirs in zip(one, other, strict=True))
            return wrong <= 2 or sorted(one) == sorted(other)
        return abs(len(one) - len(other)) == 1 and (one[:6] == other[:6] or one[-6:] == other[-6:])
    if paper.born and listed.born and paper.born != listed.born:
        return sum(mine != theirs for mine, theirs in zip(paper.born, listed.born, strict=True)) <= 2
    return True


def _by_spelling(found: Sequence[Assigned], roster: Sequence[Person]) -> None:
    """A name one character off, of a child whose paper is missing, where nobody else comes into question."""
    missing = set(range(len(roster))) - {entry.position for entry in found}
    open_ = [entry for entry in found if entry.why == "not-on-list"]
    near = {
        id(entry): [
            position
            for position in missing
            if differs_by_one(entry.person.spelling, roster[position].spelling)
            and not (entry.person.born and roster[position].born and entry.person.born != roster[position].born)
            and not (entry.person.sex and roster[position].sex and entry.person.sex != roster[position].sex)
        ]
        for entry in open_
    }
    for entry in open_:
        mine = near[id(entry)]
        rivals = {other.person.spelling for other in open_ if set(near[id(other)]) & set(mine)}
        if len(mine) == 1 and len(rivals) == 1:
            entry.position, entry.by, entry.why = mine[0], "spelling", ""


def _note(entry: Assigned, listed: Person) -> None:
    person = entry.person
    if person.spelling and person.spelling != listed.spelling:
        entry.notes.append("name")
    if person.number and listed.number and person.number != listed.number:
        entry.notes.append("number")
    elif person.born and listed.born and person.born != listed.born:
        entry.notes.append("birth")
    if _is_other_class(class_said(person), class_said(listed)):
        entry.notes.append("class")


def names_another(entry: Assigned, roster: Sequence[Person], alone: bool) -> int:
    """The child of the list after whom the file is called and who is another than the paper's; -1 if there is none."""
    if not alone:
        return -1
    stem = plain_stem(entry.child.file).casefold()
    named = [position for position, one in enumerate(roster) if len(one.spelling) > 1 and one.spelling in stem]
    if not named or entry.person.spelling in stem or (entry.position >= 0 and roster[entry.position].spelling in stem):
        return -1
    return max(named, key=lambda position: len(roster[position].spelling))


@dataclass(slots=True)
class Gathered:
    """What counts of one child: the ``values`` by key, each with the file it is from, and what became of several papers.

    ``state``: one, same (twice the same), newer (of several that differ the newest by its own date), undecided (then what
    differs is left out). ``differing`` are the keys in which the papers differ.
    """

    position: int
    papers: list[Assigned]
    values: dict[str, tuple[str, Value]] = field(default_factory=dict)
    state: Literal["one", "same", "newer", "undecided"] = "one"
    differing: list[str] = field(default_factory=list)
    chosen: Assigned | None = None


def gather(papers: Sequence[Assigned]) -> Gathered:
    """What counts of the papers of one child."""
    found = Gathered(papers[0].position, list(papers), chosen=papers[0])
    keys = list(dict.fromkeys(key for entry in papers for key in entry.child.record.values))
    texts = {key: {_text(entry, key) for entry in papers} for key in keys}
    found.differing = [key for key in keys if len(texts[key]) > 1]
    if len(papers) > 1:
        found.state = "same"
        if found.differing:
            newest = _newest(papers)
            found.state, found.chosen = ("newer", newest) if newest is not None else ("undecided", None)
    taken = [found.chosen] if found.chosen is not None else papers
    for entry in taken:
        for key, value in entry.child.record.values.items():
            if found.chosen is not None or key not in found.differing:
                found.values.setdefault(key, (entry.child.file, value))
    return found


def _text(entry: Assigned, key: str) -> str:
    value = entry.child.record.values.get(key)
    return value.text if value is not None else ""


def _newest(papers: Sequence[Assigned]) -> Assigned | None:
    """The paper that was saved last, by the documents' own dates; None where one has none or two have the same."""
    if any(entry.child.saved is None for entry in papers) or len({entry.child.basis for entry in papers}) > 1:
        return None
    ordered = sorted(papers, key=lambda entry: entry.child.saved or dt.datetime.min)  # noqa: DTZ901
    last = ordered[-1]
    rest = [entry for entry in ordered[:-1] if entry.child.saved == last.child.saved]
    same = all(_same(entry, last) for entry in rest)
    return last if same else None


def _same(one: Assigned, other: Assigned) -> bool:
    return {key: value.text for key, value in one.child.record.values.items()} == {
        key: value.text for key, value in other.child.record.values.items()
    }


def groups_of(found: Iterable[Assigned]) -> dict[int, list[Assigned]]:
    """The papers of each child that has any, by position on the list."""
    groups: dict[int, list[Assigned]] = {}
    for entry in found:
        if entry.position >= 0:
            groups.setdefault(entry.position, []).append(entry)
    return groups
