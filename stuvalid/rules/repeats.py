"""DUP: the same pupil, number or phone more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from stuvalid.findings import MOST_RELATED, Severity
from stuvalid.forms.table import Table
from stuvalid.pupils.grouping import repeats
from stuvalid.rules.registry import Hits, rule

_SHARED_PHONE = 4
_NO_NUMBER = -1


@rule(
    "DUP001",
    Severity.ERROR,
    scope="run",
    fields=("id_number",),
    items=(78, 79),
    zh="身份证件号与{others}的相同",
    en="the same ID number stands at {others}",
    mend="对照户口簿核对；同一学生只留一条",
    mend_en="Check both against the household register; keep one record a pupil",
    source="问题学籍：身份证件号重复；校验目录 78、79",
    bad=[[{}, {"id_number": "{0}"}]],
    good=[[{}, {}]],
)
def same_number_twice(table: Table) -> None:
    """Judged over all files of the run in `stuvalid.check`, from the keys each file yields."""


@rule(
    "DUP002",
    Severity.ERROR,
    scope="run",
    fields=("name", "sex", "birth_date"),
    items=(80,),
    zh="姓名、性别、出生日期与{others}完全相同，且都没有身份证件号",
    en="name, sex and birth date are those of {others}, and neither has a number",
    mend="核实是否同一人：同一人删去一条，不是同一人准备佐证",
    mend_en="If it is one person keep one record, else prepare evidence",
    source="问题学籍：姓名性别出生日期重复；校验目录 80",
    bad=[[{"id_type": "其他", "id_number": "", "name": "李小明", "sex": "男", "birth_date": "20070305"}] * 2],
    good=[[{}, {}]],
)
def same_pupil_without_number_twice(table: Table) -> None:
    """Judged over all files of the run in `stuvalid.check`, from the keys each file yields."""


@rule(
    "DUP003",
    Severity.WARNING,
    fields=("name", "sex", "birth_date", "id_number"),
    items=(81,),
    zh="姓名、性别、出生日期与第{others}行相同，{how}",
    en="name, sex and birth date are those of row {others}, {how_en}",
    mend="核实是否同一人录了两次（只留有号码的一条），或其中一个号码录错",
    mend_en="Check whether one pupil was entered twice (keep the record with the number) or one number is wrong",
    source="校验目录 81",
    bad=[
        [{"name": "李小明", "sex": "男", "birth_date": "20070305"}] * 2,
        [
            {"name": "李小明", "sex": "男", "birth_date": "20070305"},
            {"name": "李小明", "sex": "男", "birth_date": "20070305", "id_type": "其他", "id_number": ""},
        ],
    ],
    good=[[{}, {}]],
)
def same_pupil_other_number(table: Table) -> list[Hits]:
    births = table.births.get("birth_date")
    if births is None:
        return []
    names = table["name"]
    bare = ~table["id_number"].filled
    # A half-filled row lacks its number as it lacks the rest, and is told of that (REQ005).
    rows = np.flatnonzero(names.readable & (births > 0) & ~(bare & table.half_filled))
    sexes = table.is_any("sex", "男").astype(np.int64)
    pupils = table.part_of.astype(np.int64) * len(names.distinct) + names.codes
    keys = ((pupils * 2 + sexes) * 100_000_000 + births)[rows]
    groups = repeats(keys)
    # Records without a number are one another's repeats (DUP002), and other than every record with one.
    bodies = np.where(bare, _NO_NUMBER, table.numbers["id_number"].body)
    found: list[int] = []
    others: list[list[int]] = []
    more: list[int] = []
    for members in groups:
        mine = rows[members]
        for row, rest, further in _with_other_numbers(mine.tolist(), bodies[mine].tolist()):
            found.append(row)
            others.append(rest)
            more.append(further)
    words = ["、".join(str(int(table.sheet_rows[other]) + 1) for other in rest[:3]) for rest in others]
    lacks = [bool(bare[row]) or bool(bare[rest].all()) for row, rest in zip(found, others, strict=True)]
    params = {
        "others": words,
        "how": ["其中有的没有证件号" if lack else "证件号不同" for lack in lacks],
        "how_en": ["one of them without a number" if lack else "the numbers differ" for lack in lacks],
    }
    return [Hits(np.array(found, dtype=np.intp), "name", params, others=others, others_more=more)]


def _with_other_numbers(rows: Sequence[int], bodies: Sequence[int]) -> Iterator[tuple[int, list[int], int]]:
    """Each row of one group with the first rows of another number, and how many more of those there are.

    0 is a number that cannot be read: it is another than any. In time linear in the group.
    """
    sizes = Counter(bodies)
    seen: Counter[int] = Counter()
    near: list[tuple[int, int]] = []  # so many of each number that ten others are left, whichever is left out
    for row, body in zip(rows, bodies, strict=True):
        if len(near) > 2 * MOST_RELATED:
            break
        if not body or seen[body] <= MOST_RELATED:
            seen[body] += 1
            near.append((row, body))
    for row, body in zip(rows, bodies, strict=True):
        count = len(rows) - (sizes[body] if body else 1)
        if count:
            rest = [other for other, its in near if other != row and (its != body or not body)][:MOST_RELATED]
            yield row, rest, count - len(rest)


@rule(
    "DUP004",
    Severity.WARNING,
    scope="run",
    fields=("name", "sex", "birth_date"),
    items=(80,),
    zh="姓名、性别、出生日期与{others}完全相同，一条有身份证件号，一条没有",
    en="name, sex and birth date are those of {others}; one of them has a number, the other has none",
    mend="核实是否同一人：同一人只留有号码的一条",
    mend_en="If it is one person keep the record with the number",
    source="问题学籍：姓名性别出生日期重复（两条都无号码才成立，故为警告）",
)
def same_pupil_once_without_number(table: Table) -> None:
    """Judged over all files of a run of `stuvalid.duplicates`."""


@rule(
    "DUP005",
    Severity.WARNING,
    scope="run",
    fields=("name", "sex", "birth_date", "id_number"),
    items=(81,),
    zh="姓名、性别、出生日期与{others}相同，证件号只差一两位",
    en="name, sex and birth date are those of {others}, the numbers differ in one or two digits",
    mend="核实是否同一人在两处录入，其中一个号码录错",
    mend_en="Check whether one pupil was entered twice with a slip in one number",
    source="校验目录 81",
)
def same_pupil_similar_number(table: Table) -> None:
    """Judged over all files of a run of `stuvalid.duplicates`; within one sheet it is `same_pupil_other_number`."""


@rule(
    "DUP006",
    Severity.ERROR,
    scope="run",
    fields=("id_number",),
    items=(79,),
    zh="身份证件号在先前收集的数据里属于{others}",
    en="the ID number belongs to {others} in the earlier collection",
    mend="转学、升学的按程序转接学籍，不要另建；号码录错的变更",
    mend_en="Transfer the record of a pupil who moved instead of making another; amend a wrong number",
    source="问题学籍：身份证件号重复（已注册有学籍）；籍随人走",
)
def number_in_earlier_collection(table: Table) -> None:
    """Judged by `stuvalid.duplicates` with ``--against``."""


@rule(
    "DUP007",
    Severity.WARNING,
    scope="run",
    fields=("name", "sex", "birth_date", "id_number"),
    zh="身份证件号与先前的数据相同，姓名、性别或出生日期变了（{others}）",
    en="the ID number is that of the earlier collection, but name, sex or birth date changed ({others})",
    mend="对照户口簿核实；更改关键信息须有佐证并经县级核准",
    mend_en="Check the household register; key data changes with evidence and the county's approval only",
    source="更改姓名、性别、出生日期、身份证号重新查重",
)
def details_changed_since_earlier(table: Table) -> None:
    """Judged by `stuvalid.duplicates` with ``--against``."""


@rule(
    "DUP008",
    Severity.ERROR,
    scope="run",
    fields=("name", "sex", "birth_date"),
    items=(80,),
    zh="姓名、性别、出生日期与先前收集的{others}完全相同，且都没有身份证件号",
    en="name, sex and birth date are those of {others} in the earlier collection, and neither has a number",
    mend="核实是否同一人：同一人转接学籍，不是同一人准备佐证",
    mend_en="Transfer the record if it is one person, else prepare evidence",
    source="问题学籍：姓名性别出生日期重复",
)
def pupil_in_earlier_collection(table: Table) -> None:
    """Judged by `stuvalid.duplicates` with ``--against``."""


@rule(
    "DUP009",
    Severity.WARNING,
    scope="run",
    zh="与 {others} 是同一个文件；其中{count}名学生没有再比对一遍",
    en="is the same file as {others}; its {count} pupils were not compared once more",
    mend="多余的一份不要上报，移出文件夹",
    mend_en="Take the copy out of the folder: it must not be submitted twice",
    source="一名学生只报一次",
)
def same_workbook_twice(table: Table) -> None:
    """Judged over all files of the run in `stuvalid.pupils.repeats`, from the sum of each file."""


@rule(
    "DUP011",
    Severity.WARNING,
    scope="run",
    zh="已由 {others} 代替（{reason}），其中的学生没有参加查重",
    en="{others} takes its place ({reason_en}); its pupils were not compared",
    mend="确认代替得对；不对的话把不要的一份移出文件夹再查",
    mend_en="Make sure that the right one counts; if not, take the other out of the folder",
    source="一名学生只报一次",
)
def superseded_workbook(table: Table) -> None:
    """Judged by `stuvalid.duplicates` over the workbooks of one school (`stuvalid.pupils.versions`)."""


@rule(
    "DUP010",
    Severity.WARNING,
    fields=("phone",),
    items=(108, 109),
    zh="联系电话 {value} 被{count}名学生共用",
    en="{count} pupils share the phone {value}",
    mend="填家长本人的电话，不要填班主任或学校的电话",
    mend_en="Write the parents' own number, not the teacher's or the school's",
    source="校验目录 108、109",
    bad=[[{"phone": "13912345678"}] * 5],
    good=[[{"phone": "13912345678"}] * 2],
)
def phone_shared_by_many(table: Table) -> Hits:
    column = table["phone"]
    rows = np.flatnonzero(column.readable)
    keys = (table.part_of.astype(np.int64) * len(column.distinct) + column.codes)[rows]
    shared = [members for members in repeats(keys + 1) if len(members) >= _SHARED_PHONE]
    found = [int(rows[m]) for members in shared for m in members]
    counts = [str(len(members)) for members in shared for _ in members]
    return Hits(np.array(found, dtype=np.intp), "phone", {"count": counts})
