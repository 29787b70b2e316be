"""COD: code fields hold the names of the code lists, as the form offers them."""

from __future__ import annotations

from stuvalid import codes
from stuvalid.findings import Severity
from stuvalid.rules.accept import accepted_codes
from stuvalid.rules.registry import Cell, Fault, rule

_SENIOR_HIGH = "3"
_ETHNICITY = "ethnicity"


@rule(
    "COD001",
    Severity.ERROR,
    scope="cell",
    kinds=("code",),
    items=(33,),
    zh="“{value}”是代码，应填名称“{meant}”",
    en="{value} is a code; the form wants the name {meant}",
    mend="改填名称",
    mend_en="Write the name",
    source="登记表填表说明：选择项填名称；四川填报说明：填男/女，不填1-男、1；校验目录 33",
    bad=[{"sex": "1"}, {"sex": "1-男"}, {"ethnicity": "01"}, {"nationality": "CHN"}],
    good=[{"sex": "男"}],
)
def code_instead_of_name(cell: Cell) -> Fault | None:
    match = _resolve(cell)
    if match is None or match.how not in ("code", "code-name") or match.entry.name not in accepted_codes(cell.field):
        return None
    return Fault(fix=match.entry.name, safe=match.safe, params={"meant": match.entry.name})


@rule(
    "COD002",
    Severity.ERROR,
    scope="cell",
    kinds=("code",),
    items=(58, 66, 67, 116, 117, 120, 121),
    zh="“{value}”不是规定写法，应填“{meant}”",
    en="{value} is not the prescribed wording, which is {meant}",
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
    return Fault(fix=match.entry.name, params={"meant": match.entry.name})


@rule(
    "COD003",
    Severity.ERROR,
    scope="cell",
    kinds=("code",),
    items=(118, 122, 123),
    zh="“{value}”不在“{header}”的代码表中，可能应填“{meant}”",
    en="{value} is not in the code list of {header}; {meant} may be meant",
    mend="核实后改填",
    mend_en="Check and replace it",
    source="采集指标代码表；校验目录 118、122、123",
    bad=[{"political_status": "少先队员"}, {"ethnicity": "佘组"}],
    good=[{"political_status": "群众"}],
)
def near_miss_of_code(cell: Cell) -> Fault | None:
    known, allowed = codes.load(cell.field.codes), accepted_codes(cell.field)
    if cell.value in allowed or _is_of_other_forms(cell, _resolve(cell)):
        return None
    hinted = [entry for entry in known.hinted(cell.value) if entry.name in allowed]
    if len(hinted) > 1 and cell.companion:
        # 其他 is one thing in compulsory education and another in senior high.
        hinted = [entry for entry in hinted if (entry.code[:1] == "1") == (cell.companion != _SENIOR_HIGH)]
    match = _resolve(cell)
    if not hinted and match is not None and match.entry.name in allowed:
        hinted = [match.entry]
    if not hinted and cell.field.codes != _ETHNICITY and cell.value in codes.load(_ETHNICITY).names:
        # 朝鲜族 stands in the wrong column; it is no slip of 朝鲜.
        return None
    near = [entry.name for entry in hinted] or [name for name in known.suggest(cell.value) if name in allowed]
    if not near:
        return None
    return Fault(fix=near[0] if len(near) == 1 else None, safe=False, params={"meant": "”或“".join(near)})


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
    bad=[{"nationality": "朝鲜族"}, {"left_behind": "是"}, {"health": "优秀学生"}],
    good=[{"left_behind": "非留守儿童"}],
)
def not_in_code_list(cell: Cell) -> Fault | None:
    allowed = accepted_codes(cell.field)
    if cell.value in allowed or _is_of_other_forms(cell, _resolve(cell)):
        return None
    names = [entry.name for entry in codes.load(cell.field.codes).entries if entry.name in allowed]
    shown = "、".join(names[:8]) + ("…" if len(names) > 8 else "")
    return Fault(params={"offered": shown})


@rule(
    "COD005",
    Severity.WARNING,
    scope="cell",
    kinds=("code",),
    items=(66,),
    zh="“{value}”有的系统才有，多数模板的“{header}”没有这一项{likely}",
    en="{value} is an entry of some systems only; most forms have none of this name in {header}{likely_en}",
    mend="下拉列表里有这一项就不用改；没有的选与它相当的一项",
    mend_en="Leave it where the dropdown has it; else choose the entry that comes nearest",
    source="2021年后部分系统的证件类型；四川填报说明（户口簿）；官方代码表未列，也未见禁止，故为警告",
    bad=[
        {
            "id_type": "港澳居民居住证",
            "id_number": "810000201501010015",
            "sex": "男",
            "birth_date": "20150101",
            "nationality": "香港",
            "overseas_status": "香港同胞",
        },
        {"id_type": "户口簿"},
        {"@form": "student-2022", "rural_left_behind": "双亲留守儿童"},
    ],
    good=[{"member1.id_type": "户口簿"}, {"member1.id_type": "军官证"}],
)
def document_of_other_forms(cell: Cell) -> Fault | None:
    match = _resolve(cell)
    if not _is_of_other_forms(cell, match) or match is None:
        return None
    fitting = [name for name in match.entry.instead if name in accepted_codes(cell.field)]
    place = next((name for start, name in _PLACES.items() if cell.companion.startswith(start)), "")
    chosen = [name for name in fitting if place and name.startswith(place)] or fitting
    params = {"likely": "", "likely_en": ""}
    if chosen:
        params = {"likely": f"，可选“{'”或“'.join(chosen)}”", "likely_en": f"; {' or '.join(chosen)} may be chosen"}
    return Fault(fix=chosen[0] if len(chosen) == 1 else None, safe=False, params=params)


# What a number begins with tells which of two documents is meant.
_PLACES = {"81": "香港", "82": "澳门", "83": "台湾", "H": "香港", "M": "澳门"}


def _is_of_other_forms(cell: Cell, match: codes.Match | None) -> bool:
    """An entry of the list that this form may not have, though nothing is known to forbid it."""
    if match is None or not match.safe:
        return False
    return bool(match.entry.instead) or f"{cell.field.audience}?" in match.entry.offered


def _resolve(cell: Cell) -> codes.Match | None:
    return codes.load(cell.field.codes).resolve(cell.value)
