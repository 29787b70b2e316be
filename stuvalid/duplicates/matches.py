"""The list of matches between files of hashed keys: who meets whom, by school and locator, and nothing of a child.

Each county finds its own pupils in it with its own workbooks (``--resolve``).
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stuvalid.duplicates.collisions import MATCHED
from stuvalid.duplicates.keysets import Locator, SheetKeys
from stuvalid.duplicates.parties import Owner, Owners, common_superior
from stuvalid.duplicates.people import People
from stuvalid.duplicates.results import CollidingPupil, Collision, Problems, key_of
from stuvalid.errors import StuvalidError, UsageError
from stuvalid.findings import Place

_HEADER = ("组", "规则", "问题", "学校标识码", "文件指纹", "表序", "行", "先前数据", "信息", "密钥指纹")
_EARLIER = "是"
_PROBLEMS = {
    "DUP001": "身份证件号重复",
    "DUP002": "姓名性别出生日期重复",
    "DUP004": "疑似重复",
    "DUP005": "疑似重复",
    "DUP006": "与先前数据重复",
    "DUP007": "关键信息变化",
    "DUP008": "与先前数据重复",
}


@dataclass(frozen=True, slots=True)
class HashMatch:
    """One pupil of a group. Within a group equal ``details`` mean equal name, sex and birth date; '' unknown."""

    group: int
    rule: str
    school: str
    locator: Locator
    earlier: bool
    details: str


def write_matches(problems: Problems, fingerprint: str) -> bytes:
    """All collisions as csv, one line a pupil, for every county to look its own pupils up."""
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(_HEADER)
    for group, collision in enumerate(problems.collisions, start=1):
        letters = _letters([member.pupil for member in collision.members])
        for member, details in zip(collision.members, letters, strict=True):
            place = member.locator
            lines.writerow(
                (
                    group,
                    collision.rule,
                    _PROBLEMS[collision.rule],
                    member.owner.code,
                    place.file,
                    place.sheet,
                    place.row,
                    _EARLIER if member.earlier else "",
                    details,
                    fingerprint,
                )
            )
    return stream.getvalue().encode("utf-8-sig")


def _letters(pupils: Sequence[tuple[int, int]]) -> list[str]:
    known = list(dict.fromkeys(pupil for pupil in pupils if any(pupil)))
    return [str(known.index(pupil) + 1) if any(pupil) else "" for pupil in pupils]


def read_matches(path: Path) -> list[HashMatch]:
    """The matches in a list that `write_matches` made, whatever a spreadsheet program saved it as."""
    from stuvalid.excel import read_workbook

    try:
        sheets = read_workbook(path).sheets
    except StuvalidError as error:
        raise UsageError(
            f"比对结果“{path}”读不了：{error.zh}", f"The matches '{path}' cannot be read: {error.en}"
        ) from error
    for sheet in sheets:
        rows = sheet.head(sheet.height)
        columns = {text.strip(): number for number, text in enumerate(rows[0])} if rows else {}
        if set(_HEADER) <= columns.keys():
            try:
                return [_match({name: row[columns[name]].strip() for name in _HEADER}) for row in rows[1:] if any(row)]
            except ValueError as error:
                raise _refused(path) from error
    raise _refused(path)


def _match(cells: Mapping[str, str]) -> HashMatch:
    if cells["规则"] not in MATCHED:
        raise ValueError(cells["规则"])
    locator = Locator(cells["文件指纹"], int(cells["表序"]), int(cells["行"]))
    return HashMatch(
        int(cells["组"]), cells["规则"], cells["学校标识码"], locator, cells["先前数据"] == _EARLIER, cells["信息"]
    )


def _refused(path: Path) -> UsageError:
    return UsageError(
        f"“{path}”不是比对结果清单。",
        f"'{path}' is no list of matches.",
        mend_zh="请用 stuvalid duplicates *.parquet --matches 生成的文件。",
        mend_en="Give the file that --matches made.",
    )


def resolve(matches: Sequence[HashMatch], people: People, owners: Owners) -> list[Collision]:
    """The matches that concern these pupils, as collisions: own pupils open, the others by school and locator."""
    starts = {
        (origin.digest[:32], origin.sheet): origin for origin in people.origins if isinstance(origin.keys, SheetKeys)
    }
    groups: dict[int, list[HashMatch]] = defaultdict(list)
    for match in matches:
        groups[match.group].append(match)
    positions: dict[HashMatch, int] = {}
    for match in matches:
        origin = starts.get(match.locator[:2])
        if origin is not None:
            index = int(np.searchsorted(origin.keys.rows, match.locator.row - 1))
            if index < len(origin.keys.rows) and int(origin.keys.rows[index]) == match.locator.row - 1:
                positions[match] = origin.start + index
    shown = people.shown(np.array(list(positions.values()), dtype=np.intp))
    found = []
    for group in groups.values():
        if any(match in positions and not match.earlier for match in group):
            members = tuple(_member(match, positions.get(match, -1), people, owners, shown) for match in group)
            found.append(Collision(group[0].rule, members, common_superior([member.owner for member in members])))
    return found


def _member(
    match: HashMatch, position: int, people: People, owners: Owners, shown: Mapping[int, Mapping[str, str]]
) -> CollidingPupil:
    details = (int(match.details) if match.details.isdigit() else 0, 0)
    if position < 0:
        owner: Owner = owners.all[owners.of_code(match.school)]
        return CollidingPupil(
            -1, owner, Place(""), match.locator, match.locator.text, match.earlier, details, wrong=False
        )
    origin = people.origin(position)
    key = key_of(match.rule)
    place, where = origin.place(position, key), origin.words(position, key)
    return CollidingPupil(
        position,
        people.owner(position),
        place,
        match.locator,
        where,
        match.earlier,
        details,
        wrong=False,
        shown=shown[position],
    )
