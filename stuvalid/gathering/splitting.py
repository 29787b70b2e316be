"""``stuvalid collect --split``: a form for each child of a class, to be taken home; the reverse of collecting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stuvalid.bundle.naming import Taken, safe_name
from stuvalid.check.conductor import read_sources
from stuvalid.check.run import CheckOptions
from stuvalid.consent import Notice
from stuvalid.errors import UsageError
from stuvalid.forms import Template, template
from stuvalid.gathering.home import HomeForm, stamp_of_child, write_home
from stuvalid.mending.toform import Collector, Found
from stuvalid.rolls.people import Person, read_lists

_OF_LIST = ("name", "sex", "birth_date", "id_type", "id_number", "class_code")


@dataclass(frozen=True, slots=True)
class Split:
    """A class to be split: its form, and for each child who it is and what is known of it."""

    form: Template
    roster: Sequence[Person]
    values: Sequence[Mapping[str, str]]

    def files(self, notice: Notice, progress: Callable[[int, int], None] | None = None) -> Iterator[tuple[str, bytes]]:
        """Each child's file by its name: the number on the list, the name, the class."""
        taken = Taken()
        width = len(str(len(self.roster)))
        for position, (person, values) in enumerate(zip(self.roster, self.values, strict=True)):
            stamp = stamp_of_child(self.form, self.roster, position)
            group = person.group
            parts = [str(position + 1).zfill(max(2, width)), person.name.strip() or "无名", *([group] if group else [])]
            content = write_home(self.form, HomeForm(stamp, values, person.name), notice, group)
            yield taken.take(safe_name("_".join(parts) + ".xlsx")), content
            if progress:
                progress(position + 1, len(self.roster))


def read_class(path: Path, options: CheckOptions) -> Split:
    """The children of a filled form, with every value as it stands, or of a class list. Raises UsageError."""
    from dataclasses import replace

    from stuvalid.received.walk import receiving

    with receiving([path], password=options.password) as reception:
        results = read_sources(reception.of_kind("workbook"), replace(options, glean=Collector()))
    found = [one for result in results for one in result.gleaned if isinstance(one, Found) and one.records]
    if found:
        form = template(options.template or found[0].form)
        records = [record for one in found for record in one.records]
        people = [_person(record, path.name) for record in records]
        mine = set(form.keys)
        return Split(form, people, [{key: text for key, text in record.items() if key in mine} for record in records])
    lists = read_lists([path], options)
    people = [person for person in lists.people if person.name]
    if not options.template:
        raise UsageError(
            "名单上没有学籍表的各项，要说发哪种表。",
            "This is a list of names: say which form is to go home.",
            mend_zh="加 --template，如 --template student-2022。",
            mend_en="Add --template, as in --template student-2022.",
        )
    form = template(options.template)
    mine = set(form.keys)
    values = [
        {key: text for key in _OF_LIST if key in mine and (text := str(getattr(person, key)))} for person in people
    ]
    return Split(form, people, values)


def _person(record: Mapping[str, str], file: str) -> Person:
    """Who a row of a form is about."""
    grade, name = record.get("grade", ""), record.get("class_name", "")
    return Person(
        file,
        "",
        1,
        0,
        record.get("name", ""),
        sex=record.get("sex", ""),
        birth_date=record.get("birth_date", ""),
        id_number=record.get("id_number", ""),
        class_code=record.get("class_code", ""),
        class_text=name if not grade or "级" in name else f"{grade}{name}",
    )
