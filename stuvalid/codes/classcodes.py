"""班号: seven digits, year of entry, stage and number; and the name that goes with it. Source: 采集指标, 班级信息."""

from __future__ import annotations

STAGES = {"1": "小学", "2": "初中", "3": "高中"}
"""The stages of school by their digit."""


def class_title(class_code: str) -> str:
    """小学2024级(2)班 from a seven-digit class code; anything else as it stands."""
    if len(class_code) != 7 or not class_code.isdigit() or class_code[4] not in STAGES:
        return class_code
    return f"{STAGES[class_code[4]]}{class_code[:4]}级({int(class_code[5:])})班"
