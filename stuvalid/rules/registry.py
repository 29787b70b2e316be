"""What a rule is, and the list of them all.

A rule is one function with everything about it in its decorator: id, severity, both languages, the
mend, the source, good and bad examples. Documentation, ``stuvalid rules`` and tests are made from it.

Three shapes, by what they look at:
- ``cell``: one value of one field; called once per distinct value that was not accepted at a glance.
- ``table``: whole columns of one form's records; returns positions.
- ``sheet``: how the form stands on its sheet (headers, extra rows); needs no records.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from stuvalid.errors import UsageError
from stuvalid.excel.model import Kind
from stuvalid.findings import Severity

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from stuvalid.forms import Field

Scope = Literal["cell", "table", "sheet", "run"]
Example = Mapping[str, Any] | Sequence[Mapping[str, Any]]

# Families in the order in which cell rules are asked: how a cell is stored comes before what it says.
FAMILIES = {
    "TPL": ("structure", "表格结构", "Template structure"),
    "CEL": ("cells", "单元格存储", "How a cell is stored"),
    "REQ": ("required", "必填项", "Required fields"),
    "COD": ("codes", "代码表", "Code lists"),
    "FMT": ("formats", "格式", "Formats"),
    "IDN": ("identity", "身份证件", "Identity numbers"),
    "DAT": ("dates", "日期", "Dates"),
    "REG": ("regions", "区划与地址", "Divisions and addresses"),
    "ENR": ("enrolment", "学籍", "Enrolment"),
    "FAM": ("family", "家庭成员", "Family"),
    "SPE": ("special", "特殊教育与资助", "Special education and support"),
    "DUP": ("repeats", "重复", "Duplicates"),
    "PHO": ("photos", "照片", "Photos"),
    "PKG": ("packages", "汇总包", "Packages"),
    "BAS": ("explanations", "说明清单", "Explanations"),
}
_SECOND_MODULES = ("rows",)
"""What did not fit into its family's module: the rules of TPL on rows, sheets and files."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One distinct value of ``field``; ``stored`` is how, ``companion`` the id_type beside an id_number.

    ``today`` is the day of judgement as YYYYMMDD.
    """

    value: str
    field: Field
    stored: Kind = Kind.TEXT
    companion: str = ""
    today: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell rule's verdict. ``fix`` is the mended value, ``params`` fill the message.

    An ``opaque`` value tells other rules nothing, though it is only warned about.
    """

    fix: str | None = None
    safe: bool = True
    opaque: bool = False
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Hits:
    """A table rule's verdict: positions ``rows`` in the table, each at the field ``at``.

    ``params`` hold one list per message parameter, ``fixes`` one value per row ('' for none), ``related``
    the keys of other fields of the same record, ``others`` for each row the positions of other records.
    """

    rows: npt.NDArray[np.intp]
    at: str
    params: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fixes: Sequence[str] | None = None
    safe: bool = False
    related: tuple[str, ...] = ()
    others: Sequence[Sequence[int]] | None = None


@dataclass(frozen=True, slots=True)
class SheetHit:
    """A sheet rule's verdict at 0-based ``row`` and ``column`` (-1 for the whole sheet)."""

    row: int = -1
    column: int = -1
    value: str = ""
    fix: str | None = None
    safe: bool = True
    params: Mapping[str, str] = field(default_factory=dict)
    field: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule. ``fields`` are keys it reads; ``kinds`` the field kinds a cell rule looks at (all if empty)."""

    id: str
    slug: str
    severity: Severity
    scope: Scope
    zh: str
    en: str
    mend: str
    mend_en: str
    source: str
    fields: tuple[str, ...]
    kinds: frozenset[str]
    items: tuple[int, ...]
    private: Mapping[str, str]
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    last: bool
    function: Callable[..., Any] | None

    @property
    def family(self) -> str:
        return self.id[:3]


_RULES: dict[str, Rule] = {}


def rule(
    rule_id: str,
    severity: Severity,
    *,
    zh: str,
    en: str,
    mend: str,
    mend_en: str,
    source: str,
    scope: Scope = "table",
    fields: Sequence[str] = (),
    kinds: Sequence[str] = (),
    items: Sequence[int] = (),
    private: Mapping[str, str] | None = None,
    bad: Sequence[Example] = (),
    good: Sequence[Example] = (),
    last: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as a rule; its name is the slug.

    ``items`` cite the check catalogue; a ``last`` cell rule speaks only when no other has.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        if rule_id in _RULES or any(known.slug == function.__name__ for known in _RULES.values()):
            raise ValueError(f"rule {rule_id} {function.__name__} is registered twice")
        _RULES[rule_id] = Rule(
            rule_id,
            function.__name__,
            severity,
            scope,
            zh,
            en,
            mend,
            mend_en,
            source,
            tuple(fields),
            frozenset(kinds),
            tuple(items),
            dict(private or {}),
            tuple(bad),
            tuple(good),
            last,
            function,
        )
        return function

    return register


def declare(
    rule_id: str,
    slug: str,
    severity: Severity,
    *,
    zh: str,
    en: str,
    mend: str,
    mend_en: str,
    source: str,
    private: Mapping[str, str],
) -> None:
    """Register a rule that is judged over the whole run by code of its own and has no function here."""
    if rule_id in _RULES or any(known.slug == slug for known in _RULES.values()):
        raise ValueError(f"rule {rule_id} {slug} is registered twice")
    _RULES[rule_id] = Rule(
        rule_id,
        slug,
        severity,
        "run",
        zh,
        en,
        mend,
        mend_en,
        source,
        (),
        frozenset(),
        (),
        dict(private),
        (),
        (),
        False,
        None,
    )


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule by id, families in the order they are asked, ids ascending within."""
    for module in (*(module for module, _, _ in FAMILIES.values()), *_SECOND_MODULES):
        import_module(f"stuvalid.rules.{module}")
    order = {family: number for number, family in enumerate(FAMILIES)}
    ordered = sorted(_RULES.values(), key=lambda known: (order.get(known.family, len(order)), known.id))
    return {known.id: known for known in ordered}


def find_rule(name: str) -> Rule:
    """The rule with this id or slug; UsageError with near misses otherwise."""
    wanted = name.strip()
    for known in all_rules().values():
        if wanted.upper() == known.id or wanted.lower() == known.slug:
            return known
    names = [*all_rules(), *(known.slug for known in all_rules().values())]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    raise UsageError(
        f"没有规则“{name}”。",
        f"There is no rule {name!r}.",
        mend_zh=f"是不是 {'、'.join(near)}？" if near else "用 stuvalid rules 查看全部规则。",
        mend_en=f"Did you mean {', '.join(near)}?" if near else "List them with: stuvalid rules",
    )


def matching_rules(name: str) -> frozenset[str]:
    """Ids meant by a selection word: an id, a slug, a family (``IDN``) or an id prefix (``IDN0``)."""
    prefix = name.strip().upper()
    ids = frozenset(known for known in all_rules() if known.startswith(prefix) and len(prefix) >= 3)
    return ids or frozenset({find_rule(name).id})


@lru_cache(maxsize=16)
def selected_rules(
    select: tuple[str, ...] = (), ignore: tuple[str, ...] = (), severities: tuple[tuple[str, Severity], ...] = ()
) -> tuple[Rule, ...]:
    """The rules to run: all or those of ``select``, less those of ``ignore``, with changed severities."""
    wanted = frozenset[str]().union(*map(matching_rules, select)) if select else frozenset(all_rules())
    dropped = frozenset[str]().union(*map(matching_rules, ignore))
    changed = {known: severity for name, severity in severities for known in matching_rules(name)}
    return tuple(
        replace(known, severity=changed[known.id]) if known.id in changed else known
        for known in all_rules().values()
        if known.id in wanted and known.id not in dropped
    )
