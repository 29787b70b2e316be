"""BAS: explanations of accepted findings (``--baseline``). They are judged in `stuvalid.submissions.accepting`."""

from __future__ import annotations

from stuvalid.findings import Severity
from stuvalid.rules.registry import declare

_SOURCE = "说明只对说明时的那一处有效；不再需要、过期、没写全的说明不能留着"

declare(
    "BAS001",
    "explanation_unused",
    Severity.WARNING,
    zh="说明的问题已经没有了：{rule} {where}",
    en="what was explained is no longer there: {rule} {where}",
    mend="从清单里删去这一条",
    mend_en="Delete it from the list",
    source=_SOURCE,
    private={},
)
declare(
    "BAS002",
    "explanation_expired",
    Severity.WARNING,
    zh="说明已于 {until} 到期：{rule} {where}",
    en="the explanation expired on {until}: {rule} {where}",
    mend="改好数据，或重新核实后写上新的日期",
    mend_en="Mend the data, or confirm it again and write a new date",
    source=_SOURCE,
    private={},
)
declare(
    "BAS003",
    "explanation_incomplete",
    Severity.WARNING,
    zh="说明没写全，缺{missing}：{rule} {where}",
    en="the explanation lacks {missing_en}: {rule} {where}",
    mend="写上原因 reason、核实人 person、有效期 until；没写全的不算说明",
    mend_en="Write reason, person and until; without them nothing is explained",
    source=_SOURCE,
    private={},
)
declare(
    "BAS004",
    "explained_pupils_absent",
    Severity.INFO,
    zh="有 {count} 条说明的学生不在这次检查的文件里",
    en="{count} explanations are of pupils who are not in the files checked",
    mend="检查了全部文件时，从清单里删去",
    mend_en="If all files were checked, delete them from the list",
    source=_SOURCE,
    private={},
)
