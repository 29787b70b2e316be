"""Which of the three ways out of a 问题学籍 fits a pupil: 删除, 变更 or 佐证, and why.

A recommendation, made from what the records say; the school decides. Source: checks 9.1 (身份证件号错误: 删除 or
变更 only; the two repeats: 删除, 变更 or 佐证; all schools of a repeat give 佐证, then the common superior arbitrates).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stuvalid.duplicates.collisions import (
    ALIKE_NUMBER,
    DETAILS_CHANGED,
    NUMBER_EARLIER,
    ONCE_BARE,
    PUPIL_EARLIER,
    SAME_NUMBER,
)
from stuvalid.duplicates.results import CollidingPupil

Way = Literal["删除", "变更", "佐证"]
WAYS: tuple[Way, ...] = ("删除", "变更", "佐证")
WAYS_EN = {"删除": "delete", "变更": "amend", "佐证": "evidence"}
_PARENTS = ("member1.id_number", "member2.id_number")
_PARENT_NAMES = ("member1.name", "member2.name")


@dataclass(frozen=True, slots=True)
class Advice:
    """The recommended way and the reason for it."""

    way: Way
    zh: str
    en: str


WRONG_NUMBER = Advice(
    "变更",
    "证件号有误，对照户口簿变更；查无此人的删除",
    "The number is wrong: amend it from the household register, or delete",
)
_TWICE_HERE = Advice(
    "删除", "同一学生在本校录了多条，只留实际就读班级的一条", "One pupil entered more than once here: keep one record"
)
_MOVED_AWAY = Advice(
    "删除",
    "同一学生，对方入学更晚，可能已转走；已不在本校就读的删除，仍在读的佐证",
    "One pupil who enrolled later elsewhere: delete if gone, evidence if still here",
)
_MOVED_HERE = Advice(
    "佐证",
    "同一学生，在本校入学更晚；实际在读的佐证，由对方删除（籍随人走）",
    "One pupil who enrolled here later: evidence; the other school deletes",
)
_SAME_CHILD = Advice(
    "佐证",
    "同一学生在两处有学籍；实际在读的学校佐证，另一方删除（籍随人走）",
    "One pupil in two places: evidence where the pupil attends, the other deletes",
)
_OWN_WRONG = Advice(
    "变更",
    "号码与本条的性别、出生日期不符或校验不对，多半是本条录错",
    "The number contradicts this record: probably typed wrong here",
)
_OTHER_WRONG = Advice(
    "佐证",
    "号码与本条相符，对方的多半录错；凭户口簿佐证",
    "The number fits this record, the other one is probably wrong",
)
_SAME_NAME = Advice(
    "变更",
    "姓名相同，性别或出生日期不同；对照户口簿变更录错的一项，确是同一人的只留一条",
    "Same name, other sex or birth date: amend what is wrong",
)
_STRANGERS = Advice(
    "佐证",
    "两名不同的学生用了同一号码；凭户口簿佐证，录错的一方变更",
    "Two pupils share one number: evidence, and the wrong one is amended",
)
_SAME_PARENTS = Advice(
    "删除",
    "家庭成员也相同，是同一学生录了多条；只留一条，并补录身份证件号",
    "The parents are the same too: one pupil; keep one record",
)
_OTHER_PARENTS = Advice(
    "佐证", "家庭成员不同，应是两名学生；佐证，办好户口后补录证件号", "The parents differ: two pupils; evidence"
)
_UNSURE = Advice(
    "佐证",
    "先核实是否同一人：不是的佐证，是的只留一条；办好户口后补录证件号",
    "Find out whether it is one pupil; if not, evidence",
)
_ONCE_BARE_HERE = Advice(
    "变更", "若与有号码的一条是同一人，补录号码并只留一条", "If it is one pupil, add the number and keep one record"
)
_ONCE_NAMED = Advice(
    "佐证",
    "对方一条没有号码；核实是否同一人，不是的不必处理",
    "The other record has no number: find out whether it is one pupil",
)
_SLIP = Advice(
    "变更", "号码只差一两位；核实是否同一人，变更录错的一条", "The numbers differ by a slip: amend the wrong one"
)
_EARLIER_CHILD = Advice(
    "删除",
    "该生已有学籍：办理转学或升学转接，不要另建",
    "The pupil has a record already: transfer it instead of making another",
)
_CHANGED = Advice(
    "变更",
    "与先前的姓名、性别或出生日期不一致；凭佐证按程序变更，录错的改回",
    "Key data differs from the earlier: amend with evidence",
)


def advise(rule: str, member: CollidingPupil, others: Sequence[CollidingPupil]) -> Advice:
    """The way recommended to the school of ``member``, who collides with ``others`` by the rule."""
    if rule == SAME_NUMBER:
        return _same_number(member, others)
    if rule in (NUMBER_EARLIER, PUPIL_EARLIER):
        same = all(_same_details(member, other) for other in others)
        return _EARLIER_CHILD if same else _OWN_WRONG if member.wrong else _STRANGERS
    if rule == DETAILS_CHANGED:
        return _CHANGED
    if rule == ALIKE_NUMBER:
        return _SLIP
    if rule == ONCE_BARE:
        return _ONCE_NAMED if _number_of(member) else _ONCE_BARE_HERE
    return _same_pupil(member, others)


def _same_number(member: CollidingPupil, others: Sequence[CollidingPupil]) -> Advice:
    if all(_same_details(member, other) for other in others):
        return _one_child(member, others)
    if member.wrong:
        return _OWN_WRONG
    if all(other.wrong for other in others if not other.earlier):
        return _OTHER_WRONG
    names = {other.shown.get("name", "") for other in (member, *others)}
    return _SAME_NAME if len(names) == 1 and "" not in names else _STRANGERS


def _same_pupil(member: CollidingPupil, others: Sequence[CollidingPupil]) -> Advice:
    verdicts = {_same_family(member, other) for other in others}
    if verdicts == {True}:
        same_school = all(other.owner == member.owner for other in others)
        return _SAME_PARENTS if same_school else _one_child(member, others)
    return _OTHER_PARENTS if verdicts == {False} else _UNSURE


def _one_child(member: CollidingPupil, others: Sequence[CollidingPupil]) -> Advice:
    if all(other.owner == member.owner for other in others):
        return _TWICE_HERE
    mine = _month(member)
    theirs = [_month(other) for other in others if other.owner != member.owner]
    if not mine or not all(theirs) or mine == max(theirs):
        return _SAME_CHILD
    return _MOVED_HERE if mine > max(theirs) else _MOVED_AWAY


def _same_details(one: CollidingPupil, other: CollidingPupil) -> bool:
    return one.pupil == other.pupil and any(one.pupil)


def _same_family(one: CollidingPupil, other: CollidingPupil) -> bool | None:
    """Whether the parents are the same; None where too little is known of them."""
    for keys in (_PARENTS, _PARENT_NAMES):
        mine = {one.shown.get(key, "").strip().upper() for key in keys} - {""}
        theirs = {other.shown.get(key, "").strip().upper() for key in keys} - {""}
        if mine and theirs:
            return bool(mine & theirs)
    return None


def _month(member: CollidingPupil) -> str:
    text = member.shown.get("enrolment_month", "").strip()
    return text if len(text) == 6 and text.isascii() and text.isdigit() else ""


def _number_of(member: CollidingPupil) -> str:
    return member.shown.get("id_number", "").strip()
