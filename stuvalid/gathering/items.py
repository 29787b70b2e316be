"""What a paper says: values beside their labels, put together into records of the pupil and the family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from stuvalid.gathering.labels import Labels, Meaning, bare, person_named, words

_SLOTS = ("1", "2")


class PaperItem(NamedTuple):
    """One label with its ``text``, '' where nothing was written; the value's place, and whose part of the paper it is in.

    ``last`` is the last column of a value that stands in several cells, -1 otherwise. ``label`` is the label as it stands.
    """

    meaning: Meaning
    text: str
    sheet: str
    row: int
    column: int
    label: str = ""
    section: str = ""
    last: int = -1


@dataclass(frozen=True, slots=True)
class Value:
    """A text with the cell it stands in; ``label`` is what stands beside or above it."""

    text: str
    sheet: str
    row: int
    column: int
    label: str = ""
    last: int = -1

    @property
    def cell(self) -> str:
        from stuvalid.findings import letters

        first = f"{letters(self.column)}{self.row + 1}"
        return first if self.last <= self.column else f"{first}:{letters(self.last)}{self.row + 1}"


@dataclass(slots=True)
class PaperRecord:
    """One child as a paper tells of it: ``values`` by field key, ``beside`` by what it is, ``others`` without a place.

    ``asked`` are the keys the paper has a label for, filled in or not.
    """

    values: dict[str, Value] = field(default_factory=dict)
    beside: dict[str, Value] = field(default_factory=dict)
    others: list[Value] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    shared: bool = False

    def text(self, key: str) -> str:
        value = self.values.get(key)
        return value.text.strip() if value is not None else ""


@dataclass(slots=True)
class _Open:
    """A record that is being put together; members by whose they are, in the order in which they came."""

    record: PaperRecord = field(default_factory=PaperRecord)
    members: dict[str, dict[str, Value]] = field(default_factory=dict)
    labels: dict[str, set[str]] = field(default_factory=dict)
    implied: int = 0
    person: str = ""
    is_block: bool = False
    guardians: int = 1
    named_on: tuple[int, str] = (-1, "")


def records_of(items: Sequence[PaperItem], labels: Labels) -> list[PaperRecord]:
    """The children that ``items``, in reading order, tell of; one that says an item of a pupil anew begins the next."""
    found = [_Open()]
    for number, item in enumerate(items):
        if _begins_another(items, number, found[-1]):
            found.append(_Open())
        _put(item, found[-1])
    return [_closed(entry, labels) for entry in found]


def _begins_another(items: Sequence[PaperItem], number: int, current: _Open) -> bool:
    """Whether an item is the name of another child: said outright, or more that is a pupil's alone comes again after it."""
    item = items[number]
    if item.meaning.key != "name" or item.meaning.who not in ("", "pupil") or item.section not in ("", "pupil"):
        return False
    if "name" not in current.record.asked:
        return False
    if not item.meaning.leaf or item.section == "pupil":
        return "name" in current.record.values or bool(item.text)
    for other in items[number + 1 :]:
        if other.meaning.key == "name" and other.meaning.who in ("", "pupil"):
            return False
        if other.meaning.key and not other.meaning.leaf and other.meaning.key in current.record.asked:
            return True
    return False


def _put(item: PaperItem, current: _Open) -> None:
    meaning, record = item.meaning, current.record
    value = Value(item.text, item.sheet, item.row, item.column, item.label, item.last)
    if meaning.beside:
        if meaning.beside == "remark":
            record.others += [value] if item.text else []
        elif meaning.beside != "ignored" and (item.text or meaning.beside not in record.beside):
            record.beside[meaning.beside] = value
        return
    who, key = _whose(item, current)
    if who:
        current.person = who
        current.labels.setdefault(who, set()).add(key)
        mine = current.members.setdefault(who, {})
        if item.text:
            _keep(mine, key, value, record)
    else:
        record.asked.add(key)
        if item.text:
            _keep(record.values, key, value, record)


def _keep(values: dict[str, Value], key: str, value: Value, record: PaperRecord) -> None:
    known = values.get(key)
    if known is None:
        values[key] = value
    elif known.text.strip() != value.text.strip():
        record.others.append(value)


def _whose(item: PaperItem, current: _Open) -> tuple[str, str]:
    """Whose an item is ('' for the pupil) and its key."""
    meaning = item.meaning
    if meaning.who == "pupil":
        return "", meaning.key
    if meaning.who:
        current.is_block = False
        current.named_on = (item.row, meaning.who) if meaning.leaf == "name" else current.named_on
        return _person(meaning, current), meaning.leaf
    if item.section not in ("", "pupil", "members") and meaning.leaf:
        return item.section, meaning.leaf
    if not meaning.leaf or (item.section == "pupil" and meaning.key):
        return "", meaning.key
    asked = current.record.asked
    is_name_again = meaning.leaf == "name" and "name" in asked
    # 父亲姓名 | 王建国 | 联系电话: the phone is the father's.
    is_of_named = meaning.leaf == "phone" and current.named_on[0] == item.row and "phone" not in _known(current)
    in_block = item.section == "members" or is_name_again or (current.is_block and meaning.leaf not in _known(current))
    if not in_block and not is_of_named and meaning.key and meaning.key not in asked:
        return "", meaning.key
    return _next_member(meaning.leaf, current, in_block=in_block), meaning.leaf


def _person(meaning: Meaning, current: _Open) -> str:
    """Whom a label names; 家长姓名 that comes again is another one's."""
    if meaning.who != "家长":
        return meaning.who
    if meaning.leaf in current.labels.get(f"家长{current.guardians}", ()):
        current.guardians += 1
    return f"家长{current.guardians}"


def _next_member(leaf: str, current: _Open, *, in_block: bool) -> str:
    """The member that a label without a word of whose it is goes on with; the next where it says an item anew."""
    is_new = leaf in _known(current) if current.is_block else in_block
    if not current.person or is_new:
        current.implied += 1
        current.person, current.is_block = f"#{current.implied}", True
    return current.person


def _known(current: _Open) -> set[str]:
    return current.labels.get(current.person, set())


def _closed(entry: _Open, labels: Labels) -> PaperRecord:
    """The record with its members in the two places a form has; a third has none."""
    record = entry.record
    mine = set(labels.form.keys)
    slots = _slots(entry.members)
    for who, values in entry.members.items():
        if not values:
            continue
        slot = slots.get(who, "")
        if slot and "relation" not in values and who in words()["persons"]["words"]:
            first = next(iter(values.values()))
            values.setdefault("relation", replace(first, text=who, label=who))
        for key, value in values.items():
            if slot:
                _keep(record.values, f"member{slot}.{key}", value, record)
            else:
                record.others.append(value)
    for key in [key for key in record.values if key not in mine]:
        if key in (
            "grade",
            "class_name",
            "class_code",
            "school_name",
            "school_code",
            "name",
            "birth_date",
            "id_number",
            "sex",
        ):
            record.beside[key] = record.values[key]
        record.others.append(record.values.pop(key))
    return record


def _slots(members: dict[str, dict[str, Value]]) -> dict[str, str]:
    """The place of each member: those that are numbered their own, the others what is left, in the order in which they came."""
    filled = [
        who for who, values in members.items() if set(values) - {"relation", "guardian"} or (who in _SLOTS and values)
    ]
    slots = {who: who for who in filled if who in _SLOTS}
    for who in filled:
        if who in slots:
            continue
        same = [known for known, slot in slots.items() if _is_same(who, members[known], members[who])]
        taken = set(slots.values())
        free = next((slot for slot in _SLOTS if slot not in taken), "")
        slots[who] = slots[same[0]] if same else free
    return slots


def _is_same(who: str, known: dict[str, Value], values: dict[str, Value]) -> bool:
    """Whether 父亲 is the member that is numbered and whose relation says father."""
    relation = known.get("relation")
    return relation is not None and bare(relation.text) == who and not known.keys() & values.keys()


def is_person(text: str) -> bool:
    """Whether a text names a member of the family (父亲, 监护人1), and no more."""
    return bool(person_named(text))


def merged(records: Iterable[PaperRecord]) -> list[PaperRecord]:
    """Records of one paper with the same child put together: a second sheet tells of the family alone."""
    found: list[PaperRecord] = []
    for record in records:
        name = record.text("name")
        host = next((one for one in found if _completes(one, record, name)), None)
        if host is None:
            found.append(record)
            continue
        for key, value in record.values.items():
            host.values.setdefault(key, value)
        host.beside = {**record.beside, **host.beside}
        host.others += record.others
        host.asked |= record.asked
    return found


def _completes(host: PaperRecord, record: PaperRecord, name: str) -> bool:
    common = {key for key in host.values.keys() & record.values.keys() if key != "name"}
    if any(host.text(key) != record.text(key) for key in common):
        return False
    return not name or not host.text("name") or name == host.text("name")
