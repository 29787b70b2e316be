"""Loading the code lists and reading a cell as an entry of one."""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Literal

from stuvalid.errors import UsageError, did_you_mean, ended

_FOLDER = Path(__file__).parent / "lists"
# 1-男, 1、男, A 护照, 1男, 男(1); the text is NFKC already.
_CODE_AND_NAME = re.compile(
    r"(?:([0-9A-Z]{1,3})[-—–_、.:,;\s]+|([0-9]{1,3})(?=[^0-9]))(?P<name>.+)|(?P<before>.+?)\(([0-9A-Z]{1,3})\)"
)
_INVISIBLE = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")
_PUNCTUATION = str.maketrans("、【】〔〕[]", ",()()()")
_LOOK_ALIKES = str.maketrans("佘囯渎囬団歺徂俆", "畲国读回团残祖徐")
_COLUMNS = ("code", "name", "aliases", "hints", "offered", "note", "source")
_LONGEST_LIST = 8 << 20
OWN_SUFFIX = ".csv"

TITLES = {
    "sex": ("性别", "Sex"),
    "ethnicity": ("民族", "Ethnic group"),
    "country": ("国籍/地区", "Country or region"),
    "id_type": ("身份证件类型", "Identity document"),
    "overseas_status": ("港澳台侨外", "Overseas status"),
    "political_status": ("政治面貌", "Political status"),
    "health": ("健康状况", "Health"),
    "household_type": ("户口性质", "Household type"),
    "entry_way": ("入学方式", "Way of entry"),
    "attendance": ("就读方式", "Attendance"),
    "student_source": ("学生来源", "Origin of the pupil"),
    "yes_no": ("是否", "Yes or no"),
    "boarder": ("是否寄宿生", "Boarder"),
    "left_behind": ("是否留守儿童", "Left-behind child"),
    "left_behind_yes_no": ("是否农村留守儿童（2022）", "Rural left-behind child (2022)"),
    "disability": ("残疾类型", "Disability"),
    "inclusion": ("随班就读", "Inclusion"),
    "special_attendance": ("特教学生就读类型", "Special-needs attendance"),
    "disability_proof": ("残疾证明类型", "Proof of disability"),
    "disability_degree": ("残疾程度", "Degree of disability"),
    "relation": ("家庭成员关系", "Family relation"),
    "transport": ("上下学方式", "Way to school"),
    "blood_type": ("血型", "Blood group"),
    "school_type": ("办学类型", "Type of school"),
    "school_sponsor": ("举办者", "Sponsor of the school"),
    "urban_rural": ("城乡类型", "Urban or rural"),
    "class_type": ("班级类型", "Type of class"),
    "bilingual_mode": ("少数民族双语教学模式", "Bilingual teaching mode"),
    "record_status": ("学籍状态", "State of the record"),
    "movement": ("异动", "Movement"),
    "stage": ("学段", "Stage"),
    "grade": ("年级", "Grade"),
    "fitness_sex": ("性别（体质健康标准）", "Sex (fitness standard)"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a code list.

    ``aliases`` mean the same and may be replaced safely; ``hints`` only suggest the entry to a person.
    ``same`` are other official spellings, right as they stand. ``offered`` are the audiences whose form
    offers the entry (all if empty): ``member+`` takes it though no dropdown shows it, ``student?`` is not known to
    refuse it. ``instead`` are the entries that a form without this one has for it.
    """

    code: str
    name: str
    aliases: tuple[str, ...]
    hints: tuple[str, ...]
    same: tuple[str, ...]
    offered: tuple[str, ...]
    note: str
    source: str
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A text read as ``entry``; ``safe`` when the text has no other meaning."""

    entry: Entry
    how: Literal["name", "code", "code-name", "alias", "hint", "form"]
    safe: bool


@dataclass(frozen=True)
class CodeList:
    """One list. Look-ups are exact after folding width, blanks and brackets; nothing is guessed."""

    id: str
    entries: tuple[Entry, ...]

    @property
    def title_zh(self) -> str:
        return TITLES[self.id][0] if self.id in TITLES else Path(self.id).stem

    @property
    def title_en(self) -> str:
        return TITLES[self.id][1] if self.id in TITLES else Path(self.id).stem

    @property
    def source(self) -> str:
        return next((entry.source for entry in self.entries if entry.source), "")

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(entry.name for entry in self.entries)

    @cached_property
    def by_code(self) -> dict[str, Entry]:
        return {entry.code: entry for entry in self.entries if entry.code}

    def offered(self, audience: str = "") -> frozenset[str]:
        """Names that a form of this audience (``student``, ``member``) offers; all audiences' if blank."""
        return frozenset(entry.name for entry in self.entries if _is_offered(entry, audience))

    def accepted(self, audience: str = "") -> frozenset[str]:
        """Spellings that are right as they stand: offered names, those taken beside them, other official spellings."""
        return frozenset(
            spelling
            for entry in self.entries
            if _is_offered(entry, audience) or f"{audience}+" in entry.offered
            for spelling in (entry.name, *entry.same)
        )

    @cached_property
    def _readings(self) -> dict[str, Match]:
        readings: dict[str, Match] = {}
        for entry in self.entries:
            readings.setdefault(shape(entry.name), Match(entry, "form", True))
        for entry in self.entries:
            for alias in (*entry.aliases, *entry.same):
                readings.setdefault(shape(alias), Match(entry, "alias", True))
        for entry in self.entries:
            for hint in entry.hints:
                readings.setdefault(shape(hint), Match(entry, "hint", False))
        for entry in self.entries:
            for code in _code_spellings(entry.code):
                readings.setdefault(code, Match(entry, "code", True))
        return readings

    @cached_property
    def _by_code_spelling(self) -> dict[str, Entry]:
        return {code: entry for entry in self.entries for code in _code_spellings(entry.code)}

    @cached_property
    def _by_name(self) -> dict[str, Entry]:
        return {entry.name: entry for entry in self.entries}

    def resolve(self, text: str) -> Match | None:
        """The entry that ``text`` means: its name, code, code and name together, or a known other wording."""
        exact = self._by_name.get(text)
        if exact is not None:
            return Match(exact, "name", True)
        folded = shape(text)
        if not folded:
            return None
        reading = self._readings.get(folded)
        return reading or self._code_and_name(unicodedata.normalize("NFKC", text).strip())

    def _code_and_name(self, text: str) -> Match | None:
        match = _CODE_AND_NAME.fullmatch(text.upper())
        if match is None:
            return None
        name = shape(match["name"] or match["before"])
        by_code = self._by_code_spelling.get(match[1] or match[2] or match[5])
        if by_code is not None:
            return Match(by_code, "code-name", True) if name in _wordings(by_code) else None
        by_name = self._readings.get(name)
        if by_name is None or by_name.how == "code" or not by_name.safe:
            return None
        # A code that the list does not have proves nothing where the list has none for the entry at all.
        return Match(by_name.entry, "code-name", safe=not by_name.entry.code)

    def hinted(self, text: str) -> list[Entry]:
        """Every entry that ``text`` is a hint to: a word such as 其他 may hint at several."""
        folded = shape(text)
        return [entry for entry in self.entries if folded in map(shape, entry.hints)]

    def suggest(self, text: str, limit: int = 3) -> list[str]:
        """Names near to ``text``, best first: look-alike characters, single edits, then general likeness."""
        folded = shape(text).translate(_LOOK_ALIKES)
        if not folded or limit < 1:
            return []
        spellings = {key: match.entry.name for key, match in self._readings.items() if match.how != "code"}
        if folded in spellings:
            return [spellings[folded]]
        if _held(folded, spellings, self._folded_names) > 1:
            return []
        # Of two characters the first must agree: 驾照 is no slip of 护照. Of three it must where the spelling is no name
        # of the list's own: 居住证 is no slip of 永居证.
        likely = [
            key
            for key in spellings
            if (len(folded) > (2 if key in self._folded_names else 3) or key[0] == folded[0])
            and _may_be_near(folded, key)
        ]
        close = difflib.get_close_matches(folded, likely, n=limit * 3, cutoff=0.5)
        # 单亲家庭 shares its half with 单亲留守 and is another thing: a slip changes one character in three at most.
        near = [key for key in close if _differing(folded, key) <= _most_slips(folded, key)]
        return list(dict.fromkeys(spellings[key] for key in near))[:limit]

    @cached_property
    def _folded_names(self) -> frozenset[str]:
        return frozenset(shape(name).translate(_LOOK_ALIKES) for name in self.names)


def _held(folded: str, spellings: Mapping[str, str], names: Set[str]) -> int:
    """How many entries a text names side by side: of 男女 nobody knows which is meant. 中国香港 names one."""
    held = [key for key in spellings if key in folded and (len(key) > 1 or key in names)]
    return len({spellings[key] for key in held if not any(key != other and key in other for other in held)})


def _most_slips(one: str, other: str) -> int:
    return max(1, max(len(one), len(other)) // 3)


def _may_be_near(one: str, other: str) -> bool:
    """Whether two texts share as many characters as near ones do: told at a glance, where the search for the order costs."""
    longest = max(len(one), len(other))
    return 3 * (longest - sum(map(other.__contains__, one))) <= max(3, longest)


def _differing(one: str, other: str) -> int:
    """How many characters of the longer text are not in the shorter at the same place of the order."""
    same = sum(block.size for block in difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks())
    return max(len(one), len(other)) - same


def _is_offered(entry: Entry, audience: str) -> bool:
    if entry.note == "old":
        return False
    if not entry.offered:
        return True
    return audience in entry.offered if audience else "nobody" not in entry.offered


def shape(text: str) -> str:
    """Without width, case, blanks and brackets' shape: what two spellings must share to be the same."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_PUNCTUATION)


def _wordings(entry: Entry) -> set[str]:
    return {shape(text) for text in (entry.name, *entry.aliases, *entry.same, *entry.hints)}


def _code_spellings(code: str) -> Iterator[str]:
    if code:
        yield code.upper()
        if code.isdigit() and len(code) == 2 and code[0] == "0":
            yield code[1]
        if code.isdigit() and len(code) == 1:
            yield f"0{code}"


@cache
def list_ids() -> tuple[str, ...]:
    """Ids of all lists."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.csv")))


def load(list_id: str) -> CodeList:
    """The list with this id, or the one in this csv file (a path, which a user's own form gives).

    UsageError with near misses for an unknown id, with the line for a file that is no list.
    """
    return own_list(Path(list_id)) if list_id.lower().endswith(OWN_SUFFIX) else _shipped(list_id)


@cache
def _shipped(list_id: str) -> CodeList:
    if list_id not in list_ids():
        known_zh, known_en = f"可用：{'、'.join(list_ids())}。", f"Known: {', '.join(list_ids())}."
        zh, en = did_you_mean(list_id, list_ids(), most=3, cutoff=0.4, zh=known_zh, en=known_en)
        raise UsageError(f"没有代码表“{list_id}”。", f"There is no code list {list_id!r}.", mend_zh=zh, mend_en=en)
    with (_FOLDER / f"{list_id}{OWN_SUFFIX}").open(encoding="utf-8", newline="") as stream:
        return CodeList(list_id, tuple(_entry(row) for row in csv.DictReader(stream)))


def own_list(path: Path) -> CodeList:
    """The list in a user's csv file: the columns of ours, of which only ``name`` must be there.

    UTF-8 or GBK, which is what Excel writes in China. Raises UsageError that names file and line.
    """
    try:
        state = path.stat()
        return _own(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refused(path, 0, f"读不了（{reason}）", f"cannot be read ({reason})") from error


@lru_cache(maxsize=64)
def _own(path: Path, _modified: int, size: int) -> CodeList:
    """Read anew when the file has changed: a program that stays open must not judge by an old list."""
    if size > _LONGEST_LIST:
        raise _refused(path, 0, "太大，不是代码表", "is too large for a code list")
    reader = csv.DictReader(io.StringIO(_decoded(path), newline=""), strict=True)
    try:
        columns = [(name or "").strip() for name in reader.fieldnames or ()]
        _know_columns(path, columns)
        reader.fieldnames = columns
        entries = [
            (reader.line_num, _entry(row)) for row in reader if any(isinstance(v, str) and v for v in row.values())
        ]
    except csv.Error as error:
        raise _refused(
            path, reader.reader.line_num, f"不是正确的 csv（{error}）", f"is no valid csv ({error})"
        ) from error
    _one_meaning_each(path, entries)
    return CodeList(str(path), tuple(entry for _, entry in entries))


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused(path, 0, "不是 UTF-8 或 GBK 文字", "is neither UTF-8 nor GBK text")


def _know_columns(path: Path, columns: list[str]) -> None:
    if "name" not in columns:
        raise _refused(path, 1, "没有 name 列", "has no column 'name'")
    for column in columns:
        if column not in _COLUMNS or columns.count(column) > 1:
            zh, en = did_you_mean(column, _COLUMNS)
            raise _refused(
                path,
                1,
                f"不认识或重复的列“{column}”{zh and f'，{zh}'}",
                f"has an unknown or repeated column {column!r}{en and f'. {en}'}",
            )


def _one_meaning_each(path: Path, entries: list[tuple[int, Entry]]) -> None:
    """Refuse a name twice, or an alias of two entries: an alias is replaced without asking."""
    if not entries:
        raise _refused(path, 1, "没有条目", "has no entries")
    known: dict[str, Entry] = {}
    for line, entry in entries:
        if not shape(entry.name):
            raise _refused(path, line, "name 为空", "has a blank name")
        if known.setdefault(shape(entry.name), entry) is not entry:
            raise _refused(path, line, f"“{entry.name}”重复", f"has {entry.name!r} twice")
    for line, entry in entries:
        for alias in (*entry.aliases, *entry.same):
            if known.setdefault(shape(alias), entry) is not entry:
                raise _refused(path, line, f"“{alias}”有两种意思", f"gives {alias!r} two meanings")


def _refused(path: Path, line: int, zh: str, en: str) -> UsageError:
    where_zh, where_en = (f"第{line}行", f" (line {line})") if line else ("", "")
    return UsageError(
        f"代码表“{path.name}”{where_zh}{ended(zh, '。')}", f"The code list '{path.name}'{where_en} {ended(en, '.')}"
    )


def _entry(row: Mapping[str, str | None]) -> Entry:
    text = {column: (row.get(column) or "").strip() for column in _COLUMNS}
    notes = text["note"].split(";")
    return Entry(
        code=text["code"],
        name=text["name"],
        aliases=_split(text["aliases"]),
        hints=_split(text["hints"]),
        same=tuple(note.removeprefix("same:") for note in notes if note.startswith("same:")),
        offered=_split(text["offered"]),
        note=";".join(note for note in notes if not note.startswith(("same:", "instead:"))),
        source=text["source"],
        instead=tuple(name for note in notes if note.startswith("instead:") for name in _split(note[8:])),
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)
