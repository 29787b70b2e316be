"""A school's pupils as the registry exports them and as class teachers list them. All people are invented."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from stuvalid.codes.identity import check_character
from tests.lawful import book

SURNAMES, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙马朱胡林",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红玲芬燕彬梅鹏宇浩",
)
REGISTRY = ("学籍号", "姓名", "性别", "出生日期", "年级", "班级", "学生状态")

Pupil = dict[str, str]


def pupils(classes: Sequence[str], size: int, seed: int = 1) -> list[Pupil]:
    """``size`` pupils of each seven-digit class, no two of one name."""
    rng = random.Random(seed)
    used: set[str] = set()
    found = []
    for code in classes:
        for number in range(size):
            name = ""
            while not name or name in used:
                name = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN)
            used.add(name)
            sex = rng.choice("男女")
            born = f"{int(code[:4]) - 6 - (int(code[4]) - 1) * 6}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
            body = f"140106{born}{len(found) % 100:02}{rng.choice('13579' if sex == '男' else '02468')}"
            found.append(
                {"name": name, "sex": sex, "born": born, "number": body + check_character(body), "class": code}
            )
            assert number < size
    return found


def registry(people: Sequence[Pupil], status: Mapping[str, str] | None = None) -> bytes:
    """The registry's 花名册: 学籍号 with its letter, the class by its name. ``status`` by name, else 在读."""
    rows = [[*REGISTRY]]
    for one in people:
        stage = {"1": "小学", "2": "初中", "3": "高中"}[one["class"][4]]
        year = f"{stage}{one['class'][:4]}级"
        state = (status or {}).get(one["name"], "在读")
        rows.append(
            [
                f"G{one['number']}",
                one["name"],
                one["sex"],
                one["born"],
                year,
                f"{year}({int(one['class'][5:])})班",
                state,
            ]
        )
    return book({"花名册": rows})


def class_list(
    people: Sequence[Pupil], title: str, *, beside: bool = False, keys: Sequence[str] = ("name", "sex")
) -> bytes:
    """A teacher's list below a title, in one block or in two beside each other, and a line for a signature."""
    words = {"name": "姓名", "sex": "性别", "born": "出生日期", "number": "身份证号"}
    header = ["序号", *(words[key] for key in keys)]
    lines = [[str(number), *(one[key] for key in keys)] for number, one in enumerate(people, 1)]
    if beside:
        half = -(-len(lines) // 2)
        lines = [left + (lines[half + n] if half + n < len(lines) else []) for n, left in enumerate(lines[:half])]
        header = header * 2
    return book({"Sheet1": [[title], header, *lines, ["班主任签字："]]})


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
