"""COD: code fields hold the names of the code lists, as the form offers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from stuvalid import codes
from stuvalid.findings import Severity
from stuvalid.forms.choices import Choices, nearest, wording
from stuvalid.rules.accept import accepted_codes
from stuvalid.rules.registry import Cell, Fault, rule

_SENIOR_HIGH = "3"
_ETHNICITY = "ethnicity"
_MOST_SHOWN = 8

if TYPE_CHECKING:

    class _BoundCell(Cell):
        choices: Choices


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
    if match is None or match.how not in ("code", "code-name"):
        return None
    meant = _written_here(cell, match.entry.name)
    return Fault(fix=meant, safe=match.safe, params={"meant": meant}) if meant is not None else None


def _written_here(cell: Cell, name: str) -> str | None:
    """How the form in hand writes this entry of the list: by its own dropdown, else as the list has it; None if not at all."""
    if _is_bound(cell):
        return wording(cell.field, cell.choices, cell.value)
    return name if name in accepted_codes(cell.field) else None


def _is_bound(cell: Cell) -> TypeGuard[_BoundCell]:
    """Whether the form's own dropdown decides alone what is right: then our list comes second."""
    return cell.choices is not None and cell.choices.binding


@rule(
    "COD002",
    Severity.ERROR,
    scope="cell",
    kinds=("code",),
    items=(58, 66, 67, 116, 117, 120, 121),
    zh="“{value}”不是规定写法，应填“{meant}”{list}",
    en="{value} is not the prescribed wording, which is {meant}{list_en}",
    mend="改成下拉列表中的写法",
    mend_en="Use the wording of the dropdown",
    source="采集指标代码表；校验目录 58、67、116、120",
    bad=[{"ethnicity": "汉"}, {"id_type": "身份证"}, {"member1.relation": "爸爸"}],
    good=[{"ethnicity": "汉族"}],
)
def other_wording_of_code(cell: Cell) -> Fault | None:
    match = _resolve(cell)
    if match is not None and (not match.safe or match.how in ("code", "code-name")):
        return None
    if not _is_bound(cell) and (match is None or cell.value in accepted_codes(cell.field)):
        return None
    meant = _written_here(cell, match.entry.name if match is not None else "")
    if meant is None or meant == cell.value:
        return None
    said = {"list": "（这张表的下拉列表这样写）", "list_en": " in this form's own dropdown"}
    return Fault(fix=meant, params={"meant": meant, **(said if _is_bound(cell) else _NOT_SAID)})


_NOT_SAID = {"list": "", "list_en": ""}


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
    if _is_bound(cell) or cell.value in allowed or _is_of_other_forms(cell, _resolve(cell)):
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
    if _is_bound(cell) or cell.value in allowed or _is_of_other_forms(cell, _resolve(cell)):
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
    if _is_bound(cell) or not _is_of_other_forms(cell, match) or match is None:
        return None
    fitting = [name for name in match.entry.instead if name in accepted_codes(cell.field)]
    place = next((name for start, name in _PLACES.items() if cell.companion.startswith(start)), "")
    chosen = [name for name in fitting if place and name.startswith(place)] or fitting
    params = {"likely": "", "likely_en": ""}
    if chosen:
        params = {"likely": f"，可选“{'”或“'.join(chosen)}”", "likely_en": f"; {' or '.join(chosen)} may be chosen"}
    return Fault(fix=chosen[0] if len(chosen) == 1 else None, safe=False, params=params)


@rule(
    "COD006",
    Severity.ERROR,
    scope="cell",
    kinds=("code", "text", "division", "class_code", "school_code", "month"),
    items=(58, 66, 117, 121, 122, 123),
    zh="“{value}”不在这张表自己的下拉列表里{ours}，{near}",
    en="{value} is not in this form's own dropdown{ours_en}; {near_en}",
    mend="从这张表的下拉列表中选择；各地的列表不同，以手里的表为准",
    mend_en="Choose from this form's dropdown: lists differ from place to place, and the form in hand decides",
    source="工作簿自带的数据有效性：下发的表按自己的下拉列表收；校验目录 58、66、117、121–123",
    bad=[
        {"@offers": {"political_status": ("少先队员", "中国共产主义青年团团员")}, "political_status": "群众"},
        {"@offers": {"health": ("健康或良好", "残疾")}, "health": "健壮"},
    ],
    good=[
        {"@offers": {"political_status": ("少先队员", "中国共产主义青年团团员")}, "political_status": "少先队员"},
        {"@offers": {"blood_type": ("A血型", "未知血型")}, "blood_type": "未知血型"},
    ],
)
def not_in_own_dropdown(cell: Cell) -> Fault | None:
    if not _is_bound(cell):
        return None
    near = nearest(cell.field, cell.choices, cell.value)
    params = {"near": f"最接近的是“{'”或“'.join(near)}”", "near_en": f"{' or '.join(near)} may be meant"}
    if not near:
        some = [text for text in cell.choices.texts if text == text.strip()]
        shown = "、".join(some[:_MOST_SHOWN]) + ("…" if len(some) > _MOST_SHOWN else "")
        params = {"near": f"可选：{shown}", "near_en": f"it offers: {shown}"}
    params |= {"ours": "", "ours_en": ""}
    if cell.field.kind == "code":
        known = cell.value in accepted_codes(cell.field)
        params["ours"] = "（我们的代码表里有，但以这张表为准）" if known else "（我们的代码表里也没有）"
        params["ours_en"] = ", though our list has it" if known else ", nor in our list"
    return Fault(fix=near[0] if len(near) == 1 else None, safe=False, params=params)


# What a number begins with tells which of two documents is meant.
_PLACES = {"81": "香港", "82": "澳门", "83": "台湾", "H": "香港", "M": "澳门"}


def _is_of_other_forms(cell: Cell, match: codes.Match | None) -> bool:
    """An entry of the list that this form may not have, though nothing is known to forbid it."""
    if match is None or not match.safe:
        return False
    return bool(match.entry.instead) or f"{cell.field.audience}?" in match.entry.offered


def _resolve(cell: Cell) -> codes.Match | None:
    return codes.load(cell.field.codes).resolve(cell.value)
