"""CEL: cells that hold no content, or more than fits."""

from __future__ import annotations

import numpy as np

from stuvalid.findings import Severity
from stuvalid.forms.table import Table
from stuvalid.rules.registry import Hits, rule
from stuvalid.rules.required import optional_placeholders

_ADDRESS_LIMIT = 26
_EMPLOYER_LIMIT = 10
_LONGEST = 60


@rule(
    "CEL010",
    Severity.WARNING,
    items=(32,),
    zh="“{value}”不是内容，只是占位",
    en="{value} is a placeholder, not a value",
    mend="没有内容就留空",
    mend_en="Leave it empty where there is nothing to say",
    source="校验目录 32",
    bad=[{"talent": "无"}, {"email": "/"}, {"former_name": "N/A"}, {"member1.employer": "（暂无）"}],
    good=[{"talent": ""}, {"school_distance": "0"}, {"talent": "无线电"}],
)
def placeholder_text(table: Table) -> list[Hits]:
    hits = []
    for key in table.columns:
        rows = optional_placeholders(table, key)
        hits.append(Hits(rows, key, fixes=[""] * len(rows)))
    return hits


@rule(
    "CEL015",
    Severity.INFO,
    items=(35, 144),
    zh="“{value}”长 {length} 字，这一栏有的系统只收 {limit} 字",
    en="{value} has {length} characters; some systems take {limit} here",
    mend="能缩写就缩写，系统拒收时再改",
    mend_en="Shorten it if the system refuses it",
    source="华师附小登记程序（校验目录 35，仅一处来源，故为提示；只看模板写明字数的栏目）",
    bad=[{"talent": "绘画、游泳、围棋、合唱、朗诵"}],
    good=[{"talent": "绘画"}, {"home_address": "山西省太原市迎泽区双塔西街道双塔西街社区双塔西街12号3号楼2单元501室"}],
)
def longer_than_field(table: Table) -> list[Hits]:
    return _too_long(table, upper=_LONGEST, stated=True)


@rule(
    "CEL016",
    Severity.WARNING,
    items=(35,),
    zh="“{value}”长 {length} 字，远超一格所能容纳",
    en="{value} has {length} characters, far more than the field holds",
    mend="核对是否多个内容粘在了一格",
    mend_en="Check whether several values were pasted into one cell",
    source="校验目录 35",
    bad=[{"home_address": "山西省太原市迎泽区双塔西街12号" * 5}],
    good=[{"home_address": "山西省太原市迎泽区双塔西街12号"}],
)
def far_too_long(table: Table) -> list[Hits]:
    return _too_long(table, lower=_LONGEST)


def _too_long(table: Table, *, lower: int = 0, upper: int = 1 << 30, stated: bool = False) -> list[Hits]:
    """Text cells of more than their field's limit, at least ``lower`` and less than ``upper`` characters.

    With ``stated`` only of fields whose limit the form states: a usual address is longer than one program takes.
    """
    hits = []
    for key, column in table.columns.items():
        if column.field.kind not in ("address", "text", "name") or column.is_blank:
            continue
        if stated and not column.field.max_length:
            continue
        limit = column.field.max_length or (_EMPLOYER_LIMIT if key.endswith("employer") else _ADDRESS_LIMIT)
        sizes = column.characters
        rows = np.flatnonzero((sizes > limit) & (sizes >= lower) & (sizes < upper))
        if len(rows):
            params = {"length": sizes[rows].astype(str).tolist(), "limit": [str(limit)] * len(rows)}
            hits.append(Hits(rows, key, params))
    return hits
