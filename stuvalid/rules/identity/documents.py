"""Documents: which number goes with which type, and what contradicts the type."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stuvalid.codes import identity
from stuvalid.findings import Severity
from stuvalid.forms.table import Mask, Table
from stuvalid.rules.registry import Cell, Fault, Hits, rule

RESIDENT_ID = "居民身份证"
OTHER_ID = "其他"
NUMBER = ("id_number",)
_HONG_KONG = "香港特区护照/身份证明"
_MACAU = "澳门特区护照/身份证明"
_TAIWAN = "台湾居民来往大陆通行证"
_FOREIGN = "境外永久居住证"
_PASSPORT = "护照"
_RETURN = "港澳居民来往内地通行证"
_PERMITS = ("港澳居民居住证", "台湾居民居住证", "港澳台居民居住证")
_RESIDENTS_PERMIT = identity.RESIDENT
# What each type's number looks like, as far as it is known.
_PATTERNS = {
    _HONG_KONG: (identity.HONG_KONG_ID, identity.SAR_PASSPORT, identity.HOME_RETURN, _RESIDENTS_PERMIT),
    _MACAU: (identity.MACAU_ID, identity.SAR_PASSPORT, identity.HOME_RETURN, _RESIDENTS_PERMIT),
    _TAIWAN: (identity.TAIWAN_PASS, _RESIDENTS_PERMIT),
    _PASSPORT: (identity.PASSPORT,),
    _RETURN: (identity.HOME_RETURN,),
    **dict.fromkeys(_PERMITS, (_RESIDENTS_PERMIT,)),
}
_OVERSEAS = (*_PATTERNS, _FOREIGN)
# By the first digits of the number: the card, its holder's place, and the type that every form offers for it.
_CARDS = {
    81: ("香港居民的港澳居民居住证", "Hong Kong", _HONG_KONG),
    82: ("澳门居民的港澳居民居住证", "Macao", _MACAU),
    83: ("台湾居民居住证", "Taiwan", _TAIWAN),
    9: ("外国人永久居留身份证", "a foreigner", _FOREIGN),
}
EXAMPLE = {"id_number": "110105201501010017", "sex": "男", "birth_date": "20150101"}
_ABROAD = {"nationality": "美国", "overseas_status": "外国人"}
_HONGKONGER = {"nationality": "香港", "overseas_status": "香港同胞"}
_STATELESS = {"nationality": "无国籍（无国籍人）", "overseas_status": "外国人"}


def is_citizen_like(cell: Cell) -> bool:
    """Whether the number should follow GB 11643: a resident's, or one whose type says nothing else."""
    return cell.companion not in _OVERSEAS


@rule(
    "IDN010",
    Severity.ERROR,
    scope="cell",
    kinds=NUMBER,
    items=(85,),
    zh="永久居留证号“{value}”不对：新版18位以9开头且末位是校验码，旧版是3个字母加12位数字",
    en="the residence card number {value} is wrong: 18 digits from 9 with a check character, or 3 letters and 12 digits",
    mend="对照证件重新录入",
    mend_en="Type it again from the card",
    source="国家移民管理局2023年12月1日新版证件；校验目录 85",
    bad=[{"id_type": "境外永久居住证", "id_number": "811105201501010018"}],
    good=[
        {
            "id_type": "境外永久居住证",
            "nationality": "美国",
            "overseas_status": "外国人",
            "id_number": "USA110480010156",
        }
    ],
)
def foreign_card_malformed(cell: Cell) -> Fault | None:
    if cell.companion != _FOREIGN or identity.OLD_FOREIGN_CARD.fullmatch(cell.value):
        return None
    if identity.RESIDENT.fullmatch(cell.value) and cell.value[0] == "9":
        return None if identity.check_character(cell.value[:17]) == cell.value[17] else Fault()
    return Fault()


@rule(
    "IDN011",
    Severity.WARNING,
    scope="cell",
    kinds=NUMBER,
    items=(83, 86),
    zh="“{value}”不像{companion}的号码",
    en="{value} does not look like a number of the document type given",
    mend="核对证件类型和号码",
    mend_en="Check both the type and the number",
    source="identity 6.4–6.8（格式未经官方确认，故为警告）",
    bad=[
        {"id_type": "台湾居民来往大陆通行证", "id_number": "AB1", "overseas_status": "台湾同胞", "nationality": "台湾"}
    ],
    good=[{"id_type": "护照", "id_number": "E12345678", "nationality": "美国", "overseas_status": "外国人"}],
)
def unlike_its_type(cell: Cell) -> Fault | None:
    patterns = _PATTERNS.get(cell.companion)
    if patterns is None or any(pattern.fullmatch(cell.value) for pattern in patterns):
        return None
    return Fault(params={"companion": cell.companion})


@rule(
    "IDN018",
    Severity.WARNING,
    scope="cell",
    kinds=NUMBER,
    items=(86,),
    zh="香港身份证号“{value}”括号里的校验码不对，前面若无误应为{expected}",
    en="the check digit of the Hong Kong identity card {value} is wrong; it would be {expected} if the rest is right",
    mend="对照证件逐位核对",
    mend_en="Compare every digit with the card",
    source="香港身份证校验码算法（通行做法，未经官方确认，故为警告）",
    bad=[{"id_type": "香港特区护照/身份证明", "id_number": "A123456(4)", **_HONGKONGER}],
    good=[{"id_type": "香港特区护照/身份证明", "id_number": "A123456(3)", **_HONGKONGER}],
)
def wrong_hong_kong_check(cell: Cell) -> Fault | None:
    if cell.companion != _HONG_KONG or not identity.HONG_KONG_ID.fullmatch(cell.value):
        return None
    bare = cell.value.replace("(", "").replace(")", "")
    expected = identity.hong_kong_check(bare[:-1])
    return None if bare[-1] == expected else Fault(params={"expected": expected})


@rule(
    "IDN030",
    Severity.WARNING,
    items=(69,),
    zh="证件类型为“其他”，却填了号码",
    en="the document type is 其他, yet a number is given",
    mend="有身份证的把证件类型改成居民身份证；确无号码的清空号码",
    mend_en="Set the type to 居民身份证 if it is a resident number, or clear the number",
    source="采集指标 8–9；校验目录 69",
    bad=[{**EXAMPLE, "id_type": "其他"}, {"member1.id_type": "其他"}],
    good=[{"id_type": "其他", "id_number": "", **_STATELESS}, {"member1.id_type": "其他", "member1.id_number": ""}],
)
def number_beside_other_type(table: Table) -> list[Hits]:
    hits = []
    for kind, number in _documents(table):
        rows = np.flatnonzero(table.is_any(kind, OTHER_ID) & table[number].filled)
        hits.append(Hits(rows, kind, related=(number,)))
    return hits


def _documents(table: Table) -> Iterator[tuple[str, str]]:
    """Keys of type and number of the pupil's document and the members', as far as the form has both."""
    for holder in ("", "member1.", "member2."):
        if table.has(f"{holder}id_type", f"{holder}id_number"):
            yield f"{holder}id_type", f"{holder}id_number"


@rule(
    "IDN031",
    Severity.WARNING,
    items=(83,),
    zh="证件类型是“{type}”，号码却是居民身份证号",
    en="the document type is {type}, but the number is a resident's",
    mend="把证件类型改成居民身份证，或核对号码",
    mend_en="Set the type to 居民身份证, or check the number",
    source="identity 6.9；校验目录 83",
    bad=[{**EXAMPLE, "id_type": "护照"}, {"member1.id_type": "护照"}],
    good=[EXAMPLE],
)
def resident_number_under_other_type(table: Table) -> list[Hits]:
    hits = []
    for kind, number in _documents(table):
        rows = np.flatnonzero(_of_mainland(table, number) & table.is_any(kind, *_OVERSEAS))
        types = {"type": table[kind].texts(rows)}
        hits.append(Hits(rows, kind, types, [RESIDENT_ID] * len(rows), related=(number,)))
    return hits


@rule(
    "IDN032",
    Severity.WARNING,
    items=(84,),
    zh="号码以 {prefix} 开头，是{card}，不是居民身份证",
    en="a number beginning with {prefix} is a residence permit of {place_en}, not a resident ID card",
    mend="下拉列表里有这种证件就选它；没有的，香港选香港特区护照/身份证明，澳门选澳门特区护照/身份证明，台湾选台湾居民来往大陆通行证，外国人选境外永久居住证",
    mend_en="Choose the card itself where the list has it; else the document of Hong Kong, Macao or Taiwan, or 境外永久居住证",
    source="港澳台居民居住证 810000/820000/830000；新版永久居留证以9开头；校验目录 84",
    bad=[
        {
            "id_number": "810000201501010015",
            "sex": "男",
            "birth_date": "20150101",
            "birthplace_division": "810000000000",
            "household_division": "810000000000",
        }
    ],
    good=[
        EXAMPLE,
        {
            "id_type": "香港特区护照/身份证明",
            "id_number": "810000201501010015",
            "sex": "男",
            "birth_date": "20150101",
            "birthplace_division": "",
            "household_division": "",
            **_HONGKONGER,
        },
    ],
)
def permit_under_resident_type(table: Table) -> list[Hits]:
    hits = []
    for kind, number in _documents(table):
        regions = table.numbers[number].region
        rows = np.flatnonzero((regions >= 810000) & table.is_any(kind, RESIDENT_ID))
        prefixes = [region // 10000 for region in regions[rows].tolist()]
        cards = [_CARDS.get(prefix, _CARDS[9]) for prefix in prefixes]
        params = {
            "prefix": [str(prefix) if prefix in _CARDS else "9" for prefix in prefixes],
            "card": [card for card, _, _ in cards],
            "place_en": [place for _, place, _ in cards],
        }
        # Beside 否 either cell may be the wrong one.
        doubtful = table.is_any("overseas_status", "否", "非港澳台侨")[rows] & (kind == "id_type")
        fixes = [None if doubt else entry for (_, _, entry), doubt in zip(cards, doubtful.tolist(), strict=True)]
        hits.append(Hits(rows, kind, params, fixes, related=(number,)))
    return hits


@rule(
    "IDN040",
    Severity.WARNING,
    fields=("id_type", "overseas_status"),
    items=(86,),
    zh="证件类型是“{id_type}”，港澳台侨外却是“{overseas_status}”",
    en="the document type is {id_type}, but the overseas status is {overseas_status}",
    mend="核对证件类型和港澳台侨外",
    mend_en="Check the document type and the overseas status",
    source="identity 6.9；校验目录 86",
    bad=[{"overseas_status": "外国人"}],
    good=[{"overseas_status": "否"}],
)
def overseas_status_contradicts_type(table: Table) -> Hits | None:
    status = "overseas_status"
    none = table.is_any(status, "否", "非港澳台侨")
    foreign = table.is_any(status, "外国人", "外籍华裔人", "非华裔中国人", "香港同胞", "澳门同胞", "台湾同胞")
    numbers = table.numbers.get("id_number")
    permit = numbers.region >= 810000 if numbers is not None else np.zeros(len(table), dtype=np.bool_)
    wrong = table.is_any("id_type", RESIDENT_ID) & foreign & ~permit
    wrong |= table.is_any("id_type", *_OVERSEAS) & none & ~_of_mainland(table, "id_number")
    pairs = ((_HONG_KONG, "香港"), (_MACAU, "澳门"), (_TAIWAN, "台湾"))
    for document, place in pairs:
        others = [f"{other}同胞" for _, other in pairs if other != place]
        wrong |= table.is_any("id_type", document) & table.is_any(status, *others, "外国人")
    return Hits(np.flatnonzero(wrong), status, related=("id_type",))


@rule(
    "IDN041",
    Severity.WARNING,
    fields=("id_type", "nationality"),
    items=(87,),
    zh="证件类型是“{id_type}”，国籍/地区却是“{nationality}”",
    en="the document type is {id_type}, but the nationality is {nationality}",
    mend="核对证件类型和国籍/地区",
    mend_en="Check the document type and the nationality",
    source="identity 6.9；校验目录 87",
    bad=[{"nationality": "美国"}],
    good=[{"nationality": "中国"}],
)
def nationality_contradicts_type(table: Table) -> Hits | None:
    chinese = table.is_any("nationality", "中国")
    greater = table.is_any("nationality", "中国", "香港", "澳门", "台湾")
    given = table.readable("nationality")
    numbers = table.numbers.get("id_number")
    permit = numbers.region >= 810000 if numbers is not None else np.zeros(len(table), dtype=np.bool_)
    wrong = table.is_any("id_type", RESIDENT_ID) & given & ~chinese & ~permit
    wrong |= table.is_any("id_type", _HONG_KONG, _MACAU, _TAIWAN, _RETURN, *_PERMITS) & given & ~greater
    wrong |= table.is_any("id_type", _FOREIGN) & chinese & ~_of_mainland(table, "id_number")
    return Hits(np.flatnonzero(wrong), "nationality", related=("id_type",))


def _of_mainland(table: Table, key: str) -> Mask:
    """Records whose number is a resident's of the mainland, and no residence permit's."""
    numbers = table.numbers.get(key)
    if numbers is None:
        return np.zeros(len(table), dtype=np.bool_)
    return np.asarray(numbers.resident & (numbers.region < 810000), dtype=np.bool_)


@rule(
    "IDN050",
    Severity.WARNING,
    fields=("id_type", "id_number", "nationality"),
    items=(90,),
    zh="中国籍学生没有身份证号，须开具无身份证号学生在校就读证明",
    en="a Chinese national without a number needs the school's certificate of attendance",
    mend="由学生、家长签字，学校盖章，报主管部门备案；已经开好的不用再管",
    mend_en="Signed by pupil and parent, sealed by the school, filed with the authority; nothing to do once it is there",
    source="采集方案三.1、附件2-3；校验目录 90（证明不在表内，故为警告）",
    bad=[{"id_type": "其他", "id_number": ""}],
    good=[EXAMPLE],
)
def certificate_needed(table: Table) -> Hits | None:
    rows = np.flatnonzero(
        table.is_any("id_type", OTHER_ID) & ~table["id_number"].filled & table.is_any("nationality", "中国")
    )
    return Hits(rows, "id_number")
