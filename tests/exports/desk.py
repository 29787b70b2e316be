"""A desk from which lists are handed out: pupils, an application, a password. All people are invented."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import openpyxl

from stuvalid.excel.encrypted import decrypt
from stuvalid.excel.model import DEFAULT_LIMITS
from tests.books import workbook
from tests.program import Done, stuvalid
from tests.rolls.school import Pupil, pupils

PASSWORD = "Mulberry-2026-silk"
SCHOOL = "2114010068双塔西街小学"
TODAY = dt.date.today()  # noqa: DTZ011 - as the program reads the clock
LATER = TODAY + dt.timedelta(days=60)

BASIC: dict[str, Any] = {
    "数据用途": "公示",
    "使用范围": "本校公示栏",
    "使用方式": "张贴",
    "数据字段名称": ["姓名", "学校名称", "年级", "班级"],
    "导出范围": "全部",
    "接收方": ["双塔西街小学"],
    "有效期限": LATER.isoformat(),
    "数据安全负责人": "赵校长",
    "经办人": "李老师",
    "批准人": "赵校长",
    "批准日期": TODAY.isoformat(),
    "安全保障方案": "期满取下粉碎",
}
FITNESS = {"数据用途": "体质健康测试", "数据字段名称": ["姓名", "性别", "出生日期", "民族", "班级"]}


class Desk:
    """A folder with everything in it; `export` runs the command."""

    def __init__(self, folder: Path, people: list[Pupil] | None = None) -> None:
        self.folder = folder
        self.people = people if people is not None else pupils(("2024101", "2024102", "2023101"), 12)
        self.data = folder / SCHOOL / "学生.xlsx"
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.data.write_bytes(workbook(rows_of(self.people)))
        self.ledger = folder / "导出台账.jsonl"
        self.secret = folder / "密码.txt"
        self.secret.write_text(PASSWORD + "\n", encoding="utf-8")

    def apply(self, **change: Any) -> Path:
        """An application with these changes; None leaves an item out."""
        path = self.folder / "申请.toml"
        lines = [f'"{name}" = {toml(value)}' for name, value in {**BASIC, **change}.items() if value is not None]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def export(self, out: str = "名单.xlsx", *more: object, application: Path | None = None, **change: Any) -> Done:
        return stuvalid(
            "export",
            "--for",
            application or self.apply(**change),
            self.data,
            "-o",
            self.folder / out,
            "--password-file",
            self.secret,
            *more,
        )

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.ledger.read_text(encoding="utf-8").splitlines()]

    def rows(self, out: str = "名单.xlsx") -> list[list[str]]:
        """The sheet of a copy, opened with the password if it has one."""
        data = (self.folder / out).read_bytes()
        return rows_in(data if data.startswith(b"PK") else decrypt(data, PASSWORD, DEFAULT_LIMITS))


def rows_of(people: list[Pupil]) -> list[dict[str, str]]:
    return [
        {
            "name": one["name"],
            "sex": one["sex"],
            "birth_date": one["born"],
            "id_number": one["number"],
            "class_code": one["class"],
            "entry_month": f"{one['class'][:4]}09",
            "school_code": SCHOOL[:10],
        }
        for one in people
    ]


def rows_in(data: bytes) -> list[list[str]]:
    import io

    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return [[str(cell.value or "") for cell in row] for row in page.iter_rows()]


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {toml(one)}' for name, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.name.endswith(".lock")} - {
        os.curdir
    }
