"""What the registry gives back of a school of 1,000 pupils, seeded: 400 failures in its wordings, and the truth of each.

363 are certain: their line tells one pupil by name, number or both, whatever noise there is. 37 are not: names that several have,
masked to nothing, or contradicted by the number. All people are invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from samples.people import People
from stuvalid.forms import template
from tests.lawful import book, sheet_of

FORM = "student-2013"
PUPILS, CERTAIN, OPEN = 1_000, 363, 37
_TITLES = 2
"""Rows above the header of what the registry counted: its row numbers are off by them."""


class Wording(NamedTuple):
    """What is said, and the field of the cell that it is about. {number} stands for the pupil's own number."""

    text: str
    field: str


WORDINGS = (
    Wording("【公安部校验校验不通过：身份证号不存在】", "id_number"),
    Wording("【公安部校验校验不通过：身份证号与姓名不匹配】", "id_number"),
    Wording("身份证号或姓名与户籍不匹配", "id_number"),
    Wording("身份证号不存在", "id_number"),
    Wording("身份证号重复（外省已注册有学籍）", "id_number"),
    Wording("身份证号已经录入的，不允许重复录入", "id_number"),
    Wording("身份证件号错误", "id_number"),
    Wording("身份证件号重复", "id_number"),
    Wording("姓名性别出生日期重复", "name"),
    Wording("【出生地】为空", "birthplace_division"),
    Wording("【姓名】只能为汉字", "name"),
    Wording("出生日期和身份证不相符", "birth_date"),
    Wording("出生地行政区划代码和身份证不相符", "birthplace_division"),
    Wording("户口所在地行政区划和身份证不相符", "household_division"),
    Wording("学校标识码为【2114010068】的学校不存在", "school_code"),
    Wording("无权限管理", "school_code"),
    Wording("【身份证件号{number}】格式不正确", "id_number"),
    Wording("身份证件号{number}重复", "id_number"),
    Wording("成员1身份证件号格式不正确", "member1.id_number"),
    Wording("成员2联系电话不能为空", "member2.phone"),
    Wording("已在其他学校导入", "id_number"),
    Wording("出生地不能为空!", "birthplace_division"),
    Wording("出生地输入有误", "birthplace_division"),
    Wording("联系电话应为11手机号", "phone"),
    Wording("邮政编码应为6位数字", "postcode"),
    Wording("电子信箱输入有误", "email"),
    Wording('"随班就读"与"残疾类型"选择不符！', "inclusion"),
    Wording("上下学距离…请输入一个整数值", "school_distance"),
    Wording("身份证件号只能包含数字与字母", "id_number"),
    Wording("属性[民族★]为空", "ethnicity"),
    Wording("健康状况必须填写", "health"),
    Wording("户口性质填写不规范", "household_type"),
    Wording("入学年月格式错误", "enrolment_month"),
    Wording("查重有问题", "id_number"),
)

Record = dict[str, str]


@dataclass(frozen=True, slots=True)
class Returned:
    """One failure as it is told: the pupil's position (-1: nobody can know), the field, and what the line shows of each."""

    pupil: int
    field: str
    name: str
    number: str
    message: str
    row: int
    group: str = ""


def school(seed: int) -> list[Record]:
    """A thousand pupils, about a seventh of whom share a name with another; some have no number."""
    draw = random.Random(seed)
    records = [dict(one) for one in People(seed).rows(template(FORM), PUPILS)]
    for position in draw.sample(range(PUPILS), 120):
        records[position]["name"] = records[draw.randrange(PUPILS)]["name"]
    for position in draw.sample(range(PUPILS), 12):
        records[position] |= {"id_number": "", "id_type": "其他"}
    for position in draw.sample(range(PUPILS), 8):
        records[position]["name"] = draw.choice(
            ("阿依古丽·买买提", "迪力夏提·吐尔逊", "古丽娜尔·艾山", "欧阳若曦", "司马浩宇")
        )
    return records


def school_book(records: Sequence[Record]) -> bytes:
    return book({"学生基础信息": sheet_of(FORM, records)})


def answers(records: Sequence[Record], seed: int) -> list[Returned]:
    """400 failures of distinct pupils and fields in random order."""
    draw = random.Random(seed + 1)
    names: dict[str, list[int]] = {}
    for position, one in enumerate(records):
        names.setdefault(_plain(one["name"]), []).append(position)
    single = [group[0] for group in names.values() if len(group) == 1]
    several = [position for group in names.values() if len(group) > 1 for position in group]
    found: list[Returned] = []
    while len(found) < CERTAIN:
        wording = draw.choice(WORDINGS)
        with_number = draw.random() < 0.6
        position = draw.choice(single + (several if with_number else []))
        one = records[position]
        with_number = with_number and bool(one["id_number"])
        if not with_number and position in several:
            continue
        number = _shown(one["id_number"], draw) if with_number else ""
        if number and not _tells(number, position, names[_plain(one["name"])], records):
            continue
        whole = number if "{number}" in wording.text else ""
        if "{number}" in wording.text and not whole:
            continue
        name = _noisy(one["name"], draw)
        message = wording.text.format(number=whole) if whole else wording.text
        found.append(Returned(position, wording.field, name, "" if whole else number, message, position + 2 + _TITLES))
    while len(found) < CERTAIN + OPEN:
        wording = draw.choice([one for one in WORDINGS if "{number}" not in one.text])
        found.append(_open(records, names, several, wording, draw))
    draw.shuffle(found)
    return found


def _open(
    records: Sequence[Record],
    names: dict[str, list[int]],
    several: Sequence[int],
    wording: Wording,
    draw: random.Random,
) -> Returned:
    """A line that does not say who it is."""
    position = draw.choice(several)
    one, row = records[position], position + 2 + _TITLES
    kind = draw.randrange(4)
    if kind == 0 and one["id_number"]:
        number = f"{one['id_number'][:4]}****"  # region alone: it fits all of the name
        mates = [n for n in names[_plain(one["name"])] if records[n]["id_number"].startswith(one["id_number"][:4])]
        if len(mates) > 1:
            return Returned(-1, wording.field, one["name"], number, wording.text, row)
    if kind == 1:
        return Returned(-1, wording.field, f"{one['name'][0]}**", "", wording.text, row)
    if kind == 2:
        other = records[(position + 7) % PUPILS]
        if other["id_number"] and other["name"] != one["name"] and len({*other["name"]} & {*one["name"]}) == 0:
            return Returned(-1, wording.field, one["name"], other["id_number"], wording.text, row)
    return Returned(-1, wording.field, _noisy(one["name"], draw), "", wording.text, row)


def _plain(name: str) -> str:
    return name.replace("·", "")


def _shown(number: str, draw: random.Random) -> str:
    shapes: tuple[Callable[[str], str], ...] = (
        lambda text: text,
        lambda text: f"{text[:4]}****{text[-4:]}",
        lambda text: f"{text[:6]}********{text[-4:]}",
        lambda text: f"{text[:14]}****",
        lambda text: f"{text[:6]} {text[6:14]} {text[14:]}",
        lambda text: "".join(chr(ord(char) + 0xFEE0) for char in text),
        lambda text: text.lower(),
        lambda text: f"{text[:6]}＊＊＊＊＊＊＊＊{text[-4:]}",
        lambda text: f"G{text}",
    )
    return draw.choice(shapes)(number)


def _tells(shown: str, position: int, mates: Sequence[int], records: Sequence[Record]) -> bool:
    """Whether the number as shown tells the pupil from those of the same name."""
    if "*" not in shown and "＊" not in shown:
        return True
    head, tail = shown.replace("＊", "*").split("*")[0], shown.replace("＊", "*").split("*")[-1]
    fitting = [n for n in mates if records[n]["id_number"].startswith(head) and records[n]["id_number"].endswith(tail)]
    return fitting == [position]


def _noisy(name: str, draw: random.Random) -> str:
    dotted = "·" in name
    shapes: list[Callable[[str], str]] = [lambda text: text] * 3
    if dotted:
        shapes += [lambda text: text.replace("·", draw.choice("•．・.")), lambda text: text.replace("·", " · ")]
    else:
        shapes += [
            " ".join,
            lambda text: f"{text[0]}\u3000{text[1:]}",
            lambda text: f"{text[0]}\u00a0{text[1:]}",
            lambda text: f"{text} ",
            lambda text: f"\u3000{text}",
            lambda text: f"{text[0]}\u200b{text[1:]}",
            lambda text: f"{text[0]}  {text[1:]}",
        ]
    return draw.choice(shapes)(name)


def write_lists(found: Sequence[Returned], folder: Path, seed: int) -> dict[tuple[str, int], list[Returned]]:
    """The failures in lists of seven shapes; by file and line (from 1) what stands there."""
    draw = random.Random(seed + 2)
    shapes = (_columns, _own_words, _long_cells, _csv, _pasted, _joined, _web_table)
    parts: list[list[Returned]] = [[] for _ in shapes]
    for number, one in enumerate(found):
        parts[number % len(shapes)].append(one)
    where: dict[tuple[str, int], list[Returned]] = {}
    for shape, part in zip(shapes, parts, strict=True):
        name, data, lines = shape(part, draw)
        (folder / name).write_bytes(data)
        where |= {(name, line): said for line, said in lines.items()}
    return where


_Shape = tuple[str, bytes, dict[int, list[Returned]]]


def _columns(part: Sequence[Returned], draw: random.Random) -> _Shape:
    """The registry's export: a title, a header, one failure a row."""
    rows = [["问题学籍列表"], ["序号", "学生姓名", "身份证件号", "行号", "问题类型"]]
    rows += [[str(n), one.name, one.number, str(one.row), one.message] for n, one in enumerate(part, 1)]
    return "查重结果.xlsx", book({"列表": rows}), {n: [one] for n, one in enumerate(part, 3)}


def _own_words(part: Sequence[Returned], draw: random.Random) -> _Shape:
    """No header: 第N行 and the name in one cell, the message in the next."""
    rows = [[f"第{one.row}行 {one.name} {one.number}", one.message] for one in part]
    return "导入失败.xlsx", book({"Sheet1": rows}), {n: [one] for n, one in enumerate(part, 1)}


def _long_cells(part: Sequence[Returned], draw: random.Random) -> _Shape:
    """Everything in one cell a pupil."""
    rows = [
        ["导入结果"],
        *(
            [f"{n}、姓名：{one.name}，证件号：{one.number or '无'}，第{one.row}行，{one.message}"]
            for n, one in enumerate(part, 1)
        ),
    ]
    return "反馈.xlsx", book({"反馈": rows}), {n: [one] for n, one in enumerate(part, 2)}


def _csv(part: Sequence[Returned], draw: random.Random) -> _Shape:
    lines = ["姓名,证件号码,错误信息,所在行"]
    lines += [f'"{one.name}","{one.number}","{one.message.replace(chr(34), "“")}",{one.row}' for one in part]
    return "失败名单.csv", "\r\n".join(lines).encode("gb18030"), {n: [one] for n, one in enumerate(part, 2)}


def _pasted(part: Sequence[Returned], draw: random.Random) -> _Shape:
    """Lines copied from a page."""
    shapes = (
        lambda one: f"第{one.row}行：{one.name}{f'（{one.number}）' if one.number else ''}{one.message}",
        lambda one: f"第 {one.row} 行 {one.name} {one.number} {one.message}",
        lambda one: f"{one.message}：{one.name} {one.number}",
        lambda one: f"学生【{one.name}】{one.number} {one.message}",
        lambda one: f"{one.name}\t{one.number}\t{one.message}",
    )
    lines = ["校验失败信息", *(draw.choice(shapes)(one) for one in part), "共 57 条  上一页 下一页"]
    return "页面.txt", "\n".join(lines).encode("utf-8"), {n: [one] for n, one in enumerate(part, 2)}


def _joined(part: Sequence[Returned], draw: random.Random) -> _Shape:
    """Several failures of several pupils in one line."""
    lines, where, start = [], {}, 0
    while start < len(part):
        some = list(part[start : start + draw.randint(1, 4)])
        start += len(some)
        lines.append("；".join(f"{one.name} {one.number}：{one.message.rstrip('!！')}" for one in some))
        where[len(lines)] = some
    return "消息.txt", "\n".join(lines).encode("utf-8-sig"), where


def _web_table(part: Sequence[Returned], draw: random.Random) -> _Shape:
    """A page's table saved as xls, which is HTML."""
    cells = "".join(
        f"<tr><td>{one.row}</td><td>{one.name}</td><td>{one.number}</td><td>{one.message}</td></tr>" for one in part
    )
    page = f"<html><meta charset=utf-8><table><tr><th>行号</th><th>姓名</th><th>身份证号码</th><th>失败原因</th></tr>{cells}</table></html>"
    return "网页.xls", page.encode("utf-8"), {n: [one] for n, one in enumerate(part, 2)}
