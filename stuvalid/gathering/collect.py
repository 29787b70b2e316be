"""``stuvalid collect``: a row a child in the order of the class list, and a list of everything that is not as it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stuvalid.check.run import CheckOptions
from stuvalid.consent import said
from stuvalid.errors import UsageError
from stuvalid.findings import MOST_EXAMPLES, FileReport, Findings, NotChecked, Place
from stuvalid.forms import Template, template
from stuvalid.gathering.deciding import Assigned, Gathered, assign, gather, groups_of, named_after, names_another
from stuvalid.gathering.items import Value
from stuvalid.gathering.papers import Paper, read_papers
from stuvalid.rolls.people import Person, read_lists
from stuvalid.rules.told import Told

_MOST_HEADERS = 6
_PRINTED, _LONGEST_WRITTEN = 3, 200
"""A text on so many papers, or so long, was printed on the form and written by nobody."""

_BY = {
    "number": ("按号码认出", "known by the number"),
    "stamp": ("按表号认出", "known by the form's stamp"),
    "spelling": ("只差一个字", "one character off"),
}
_WHAT = {"number": ("身份证件号", "number"), "birth": ("出生日期", "birth date"), "class": ("班级", "class")}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line of the list that people work off: what (a rule's name), who, which files, what exactly (zh, en)."""

    slug: str
    name: str
    files: tuple[str, ...] = ()
    cell: str = ""
    zh: str = ""
    en: str = ""


@dataclass(slots=True)
class Collected:
    """Everything that came of the papers: ``rows`` in the order of the list, and what is to be looked at.

    ``unread`` are files that were not read, as (name, zh, en). ``consents`` counts answers: given, refused, unclear, none.
    ``asked`` is whether any paper asked for consent. ``others`` are texts without a place, as (file, child, value).
    """

    form: Template
    roster: list[Person]
    rows: list[Gathered] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    unread: list[tuple[str, str, str]] = field(default_factory=list)
    consents: Counter[str] = field(default_factory=Counter)
    consent_of: dict[int, str] = field(default_factory=dict)
    asked: bool = False
    others: list[tuple[str, str, Value]] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    papers: int = 0

    @property
    def records(self) -> list[dict[str, str]]:
        """The rows of the class's form: texts by key, as they stand on the papers."""
        return [{key: value.text for key, (_, value) in row.values.items()} for row in self.rows]


def collect(
    paths: Sequence[Path],
    roster: Path,
    options: CheckOptions,
    *,
    outputs: Sequence[Path] = (),
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Collected, Findings]:
    """Read the papers below ``paths`` and gather those of the children on ``roster`` into the form of ``options``.

    ``outputs`` is what is written, which is no paper. Raises UsageError where there is no list or no form.
    """
    from stuvalid.received.walk import receiving
    from stuvalid.rules.registry import selected_rules

    lists = read_lists([roster], options)
    people = [person for person in lists.people if person.name]
    form = chosen_form(options, people)
    with receiving(paths, password=options.password, skip=[roster], outputs=outputs) as reception:
        papers, unread = read_papers(reception, form.reference, options.password, options.workers, progress)
    found = Collected(form, people, unread=unread, papers=len(papers))
    told = Told.of(selected_rules(options.select, options.ignore, options.severities))
    assigned = assign([child for paper in papers for child in paper.children], people, options.today)
    for _, entries in sorted(groups_of(assigned).items()):
        found.rows.append(gather(entries))
    _tell_papers(found, told, papers, assigned)
    _tell_rows(found, told)
    _tell_missing(found, told, assigned)
    _tell_consent(found, told)
    _keep_others(found, told, papers)
    findings = _findings(found, papers)
    told.into(findings)
    return found, findings


def chosen_form(options: CheckOptions, people: Sequence[Person]) -> Template:
    """The class's form: the one that was named. Raises UsageError where none was."""
    if not options.template:
        raise UsageError(
            "没有说汇总成哪种表。",
            "No form was named.",
            mend_zh="加 --template，如 --template student-2022；stuvalid templates 列出各种表。",
            mend_en="Add --template, as in --template student-2022; stuvalid templates lists them.",
        )
    return template(options.template)


def _tell_papers(found: Collected, told: Told, papers: Sequence[Paper], assigned: Sequence[Assigned]) -> None:
    """What is odd about a file: no form, several children, somebody who is not on the list or cannot be told."""
    by_file: dict[str, list[Assigned]] = {}
    for entry in assigned:
        by_file.setdefault(entry.child.file, []).append(entry)
    for paper in papers:
        mine = by_file.get(paper.file, [])
        if paper.error is not None:
            found.unread.append((paper.file, paper.error.zh, paper.error.en))
        elif paper.why is not None:
            _add(
                found,
                told,
                "not_a_pupils_form",
                paper.file,
                named_after(paper.file, found.roster),
                why=paper.why[0],
                why_en=paper.why[1],
            )
        if len(mine) > 1:
            names = "、".join(entry.person.name for entry in mine[:10])
            _add(found, told, "several_children_in_a_file", paper.file, "", count=len(mine), detail=(names, names))
        for entry in mine:
            _tell_whose(found, told, entry, alone=len(mine) == 1)
        for value in paper.several:
            place = Place(paper.file, value.sheet, value.row, value.column)
            told.add("several_ticked", place, label=value.label, value=value.text)
            who = mine[0].person.name if len(mine) == 1 else ""
            found.troubles.append(
                Trouble(
                    "several_ticked",
                    who,
                    (paper.file,),
                    f"{value.sheet}!{value.cell}",
                    f"{value.label}：{value.text}",
                    f"{value.label}: {value.text}",
                )
            )


_WHY = {
    "not-on-list": "not_on_class_list",
    "other-class": "paper_of_another_class",
    "undecided": "cannot_tell_which_child",
    "nameless": "paper_without_name",
    "contradiction": "paper_contradicts_list",
}


def _tell_whose(found: Collected, told: Told, entry: Assigned, *, alone: bool) -> None:
    file, name = entry.child.file, entry.person.name
    place = _place(entry)
    if entry.why:
        group = entry.person.group
        _add(
            found,
            told,
            _WHY[entry.why],
            place,
            name,
            group=group,
            detail=(group, group) if entry.why == "other-class" else ("", ""),
        )
        return
    listed = found.roster[entry.position]
    if "name" in entry.notes:
        by = _BY.get(entry.by, ("按其他信息认出", "known otherwise"))
        _add(
            found,
            told,
            "name_differs_from_list",
            place,
            listed.name,
            expected=listed.name,
            found=name,
            by=by[0],
            by_en=by[1],
            detail=(f"表里写“{name}”，{by[0]}", f"the paper says {name}, {by[1]}"),
        )
    what = [_WHAT[note] for note in entry.notes if note in _WHAT]
    if what:
        zh, en = "、".join(zh for zh, _ in what), ", ".join(en for _, en in what)
        _add(found, told, "details_differ_from_list", place, listed.name, what=zh, what_en=en, detail=(zh, en))
    other = names_another(entry, found.roster, alone)
    if other >= 0 and other != entry.position:
        expected = found.roster[other].name
        _add(
            found,
            told,
            "file_named_after_another",
            file,
            listed.name,
            expected=expected,
            found=name,
            detail=(f"文件名里是“{expected}”", f"the file says {expected}"),
        )


def _place(entry: Assigned) -> Place:
    value = entry.child.record.values.get("name") or entry.child.record.beside.get("name")
    value = value or next(iter(entry.child.record.values.values()), None)
    return (
        Place(entry.child.file, value.sheet, value.row, value.column) if value is not None else Place(entry.child.file)
    )


def _add(
    found: Collected,
    told: Told,
    slug: str,
    place: Place | str,
    name: str,
    /,
    *,
    detail: tuple[str, str] = ("", ""),
    files: Sequence[str] = (),
    related: Sequence[str] = (),
    **params: object,
) -> None:
    """Tell it as a finding, and put it on the list."""
    told.add(slug, place, related=related, name=name, **params)
    where = Place(place) if isinstance(place, str) else place
    cell = f"{where.sheet}!{where.cell}" if where.cell else ""
    zh, en = detail
    if not zh and "why" in params:
        zh, en = str(params["why"]), str(params["why_en"])
    found.troubles.append(Trouble(slug, name, tuple(files) or (where.file,), cell, zh, en))


def _tell_rows(found: Collected, told: Told) -> None:
    """What became of several papers of one child."""
    for row in found.rows:
        if row.state == "one":
            continue
        name = found.roster[row.position].name
        files = tuple(dict.fromkeys(entry.child.file for entry in row.papers))
        headers = [_header(found.form, key) for key in row.differing]
        more = len(headers) - _MOST_HEADERS
        zh = "、".join(headers[:_MOST_HEADERS]) + (f"等{len(headers)}项" if more > 0 else "")
        en = ", ".join(row.differing[:_MOST_HEADERS]) + (f" and {more} more" if more > 0 else "")
        slug = {"same": "paper_twice", "newer": "papers_differ_newer_taken", "undecided": "papers_differ_undecided"}[
            row.state
        ]
        chosen = row.chosen.child.file if row.chosen is not None and row.state == "newer" else ""
        detail = (f"{zh}；取了 {chosen}", f"{en}; {chosen} was taken") if chosen else (zh, en)
        place = _place(row.chosen or row.papers[-1])
        related = [file for file in files if file != place.file]
        _add(
            found,
            told,
            slug,
            place,
            name,
            files=files,
            related=related,
            count=len(row.papers),
            what=zh,
            what_en=en,
            detail=detail,
        )


def _header(form: Template, key: str) -> str:
    entry = form.field(key)
    return entry.header if entry is not None else key


def _tell_missing(found: Collected, told: Told, assigned: Sequence[Assigned]) -> None:
    """Who sent nothing; a child whose namesakes' papers cannot be told apart is not missing but undecided."""
    there = {row.position for row in found.rows}
    undecided = {entry.person.spelling for entry in assigned if entry.why in ("undecided", "contradiction")}
    for position, person in enumerate(found.roster):
        if position in there:
            continue
        found.missing.append(position)
        maybe = person.spelling in undecided
        detail = (
            ("有同名的表，分不清或号码不符，见本表", "there are papers of this name that cannot be told apart")
            if maybe
            else ("", "")
        )
        _add(found, told, "paper_missing", person.place, person.name, detail=detail)


def _tell_consent(found: Collected, told: Told) -> None:
    found.asked = any("consent" in entry.child.record.beside for row in found.rows for entry in row.papers)
    for row in found.rows:
        answers = {entry.child.file: _answer(entry) for entry in row.papers}
        taken = row.chosen or row.papers[-1]
        answer = "refused" if "refused" in answers.values() else _answer(taken)
        found.consents[answer or "none"] += 1
        found.consent_of[row.position] = answer
        name = found.roster[row.position].name
        value = taken.child.record.beside.get("consent")
        place = (
            Place(taken.child.file, value.sheet, value.row, value.column)
            if value is not None
            else Place(taken.child.file)
        )
        if answer == "refused":
            _add(found, told, "consent_refused", place, name)
        elif answer != "given" and found.asked:
            _add(found, told, "consent_missing", place, name)


def _answer(entry: Assigned) -> str:
    value = entry.child.record.beside.get("consent")
    return said(value.text) if value is not None else ""


def _keep_others(found: Collected, told: Told, papers: Sequence[Paper]) -> None:
    """Texts that found no place, without what was printed on the form: that stands on many papers."""
    counts: Counter[str] = Counter()
    for paper in papers:
        counts.update({value.text.strip() for value in paper.others})
    printed = {text for text, count in counts.items() if count >= _PRINTED or len(text) > _LONGEST_WRITTEN}
    for paper in papers:
        mine = Counter(value.text.strip() for value in paper.others)
        printed |= {text for text, count in mine.items() if count > _PRINTED}
    for paper in papers:
        left = [(paper.file, "", value) for value in paper.others if value.text.strip() not in printed]
        left += [(paper.file, child.name, value) for child in paper.children for value in child.record.others]
        left += [(paper.file, "", value) for value in paper.samples]
        found.others += left
        if left:
            told.add("text_without_a_place", paper.file, count=len(left))


def _findings(found: Collected, papers: Sequence[Paper]) -> Findings:
    """The run's account: a report a file, and what was not read."""
    reports: list[FileReport] = []
    failed = {paper.file for paper in papers if paper.error is not None}
    for paper in papers:
        report = FileReport(paper.file, sha256=paper.digest, template=found.form.id, rows=len(paper.children))
        report.named = [child.name for child in paper.children if child.name]
        report.named += (
            [] if reports else [person.name for person in found.roster]
        )  # files are called after children they are not of
        if paper.error is not None:
            report.status, report.reason_zh, report.reason_en = "unreadable", paper.error.zh, paper.error.en
        reports.append(report)
    findings = Findings(sorted(reports, key=lambda report: report.path))
    left = [entry for entry in found.unread if entry[0] not in failed]
    for zh, en in dict.fromkeys(entry[1:] for entry in left):
        places = [Place(name) for name, *why in left if tuple(why) == (zh, en)]
        findings.not_checked.append(
            NotChecked("paper-not-read", zh, en, len(places), tuple(places[:MOST_EXAMPLES]), incomplete=True)
        )
    return findings
