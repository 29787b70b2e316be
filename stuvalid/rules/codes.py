"""COD: code fields hold the names of the code lists, as the form offers them."""

from __future__ import annotations

from stuvalid import codes
from stuvalid.findings import Severity
from stuvalid.rules.accept import accepted_codes
from stuvalid.rules.registry import Cell, Fault, rule

_SENIOR_HIGH = "3"


@rule(
    "COD001",
    Severity.ERROR,
    scope="cell",
    kinds=("code",),
    items=(33,),
    zh="“{value}”是代码，应填名称“{entry}”",
    en="{value} is a code; the form wants the name {entry}",
    mend="改填名称",
    mend_en="Write the name",
    source="四川填报说明：填男/女，不填1-男、1；校验目录 33",
    bad=[{"sex": "1"}, {"sex": "1-男"}, {"ethnicity": "01"}, {"nationality": "CHN"}],
    good=[{"sex": "男"}],
)
def code_instead_of_name(cell: Cell) -> Fault | None:
    match = _resolve(cell)
    if match is None or match.how not in ("code", "code-name") or match.entry.name not in accepted_codes(cell.field):
        return None
    return Fault(fix=match.entry.name, safe=match.safe, params={"entry": match.entry.name})


@rule(
    "COD002",
    Severity.ERROR,
    scope="cell",
    kinds=("code",),
    items=(58, 66, 67, 116, 117, 120, 121),
    zh="“{value}”不是规定写法，应填“{entry}”",
    en="{value} is not the prescribed wording, which is {entry}",
    mend="改成下拉列表中的写法",
    mend_en="Use the wording of the dropdown",
    source="采集指标代码表；校验目录 58、67、116、120",
    bad=[{"ethnicity": "汉"}, {"id_type": "身份证"}, {"member1.relation": "爸爸"}],
    good=[{"ethnicity": "汉族"}],
)
def other_wording_of_code(cell: Cell) -> Fault | None:
    match = _resolve(cell)
    if match is None or not match.safe or match.how in ("code", "code-name"):
        return None
    if match.entry.name not in accepted_codes(cell.field) or match.entry.name == cell.value:
        return None
    return Fault(fix=match.entry.name, params={"entry": match.entry.name})


@rule(
    "COD003",
    Severity.ERROR,
    scope="cell",
    kinds=("code",),
    items=(118, 122, 123),
    zh="“{value}”不在“{header}”的代码表中，可能应填“{entry}”",
    en="{value} is not in the code list of {header}; {entry} may be meant",
    mend="核实后改填",
    mend_en="Check and replace it",
    source="采集指标代码表；校验目录 118、122、123",
    bad=[{"political_status": "少先队员"}, {"ethnicity": "佘组"}],
    good=[{"political_status": "群众"}],
)
def near_miss_of_code(cell: Cell) -> Fault | None:
    known, allowed = codes.load(cell.field.codes), accepted_codes(cell.field)
    if cell.value in allowed:
        return None
    hinted = [entry for entry in known.hinted(cell.value) if entry.name in allowed]
    if len(hinted) > 1 and cell.companion:
        # 其他 is one thing in compulsory education and another in senior high.
        hinted = [entry for entry in hinted if (entry.code[:1] == "1") == (cell.companion != _SENIOR_HIGH)]
    match = _resolve(cell)
    if not hinted and match is not None and match.entry.name in allowed:
        hinted = [match.entry]
    near = [entry.name for entry in hinted] or [name for name in known.suggest(cell.value) if name in allowed]
    if not near:
        return None
    return Fault(fix=near[0] if len(near) == 1 else None, safe=False, params={"entry": "”或“".join(near)})


@rule(
    "COD004",
    Severity.ERROR,
    scope="cell",
    kinds=("code",),
    items=(58, 66, 117, 121, 122, 123),
    zh="“{value}”不在“{header}”的代码表中，可填：{offered}",
    en="{value} is not in the code list of {header}: {offered}",
    mend="从下拉列表中选择",
    mend_en="Choose from the dropdown",
    source="采集指标代码表；校验目录 58、66、117、121、122、123",
    bad=[{"left_behind": "是"}, {"health": "优秀学生"}],
    good=[{"left_behind": "非留守儿童"}],
)
def not_in_code_list(cell: Cell) -> Fault | None:
    allowed = accepted_codes(cell.field)
    if cell.value in allowed:
        return None
    names = [entry.name for entry in codes.load(cell.field.codes).entries if entry.name in allowed]
    shown = "、".join(names[:8]) + ("…" if len(names) > 8 else "")
    return Fault(params={"offered": shown})


def _resolve(cell: Cell) -> codes.Match | None:
    return codes.load(cell.field.codes).resolve(cell.value)
