"""What a rule is, and the list of them all.

A rule is one function with everything about it in its decorator: id, severity, both languages, the
mend, the source, good and bad examples. Documentation, ``stuvalid rules`` and tests are made from it.

Four shapes, by what they look at:
- ``cell``: one value of one field; called once per distinct value that was not accepted at a glance.
- ``table``: whole columns of one form's records; returns positions.
- ``sheet``: how the form stands on its sheet (headers, extra rows); needs no records.
- ``file``: what the reader noted about the file (damage, encoding); needs no form.

Rules from outside the package (`outside`) are registered by the same decorator, whenever their code is run, and are
among `all_rules` while their file is in use.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stuvalid.errors import UsageError, did_you_mean
from stuvalid.excel.model import Kind
from stuvalid.findings import Severity
from stuvalid.rules.outside import Broken, RuleFile, fingerprint, run_file, run_packages

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from stuvalid.forms import Field
    from stuvalid.forms.choices import Choices

Scope = Literal["cell", "table", "sheet", "file", "run"]
Example = Mapping[str, Any] | Sequence[Mapping[str, Any]]

_OURS = "stuvalid."
_OUTSIDE_ID = re.compile(r"[A-Z]{2,8}[0-9]{3}")
_OUTSIDE_SCOPES = ("cell", "table", "sheet")

# Families in the order in which cell rules are asked: how a cell is stored comes before what it says.
FAMILIES = {
    "DIA": ("diagnoses", "发生了什么", "What happened"),
    "FIL": ("reading", "文件读取", "How the file was read"),
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
    "SCH": ("schools", "学校、班级与名单", "Schools, classes and lists"),
    "DUP": ("repeats", "重复", "Duplicates"),
    "PHO": ("photos", "照片", "Photos"),
    "PKG": ("packages", "汇总包", "Packages"),
    "ROL": ("rolls", "名单核对", "Lists held against one another"),
    "COL": ("collecting", "家长交表", "What parents sent"),
    "BAS": ("explanations", "说明清单", "Explanations"),
}
_SECOND_MODULES = ("rows", "issued")
"""What did not fit into its family's module: the rules of TPL on rows, sheets and files, and on what was issued."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One distinct value of ``field``; ``stored`` is how.

    ``companion`` is what beside it decides the reading: the id_type of an id_number and the number beside
    an id_type, the ethnicity of a name, the
    digit of the stage (3 senior high) of an entry_way.

    ``today`` is the day of judgement as YYYYMMDD, ``choices`` what the form in hand offers in this column.
    """

    value: str
    field: Field
    stored: Kind = Kind.TEXT
    companion: str = ""
    today: int = 0
    choices: Choices | None = None


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

    ``params`` hold one list per message parameter, ``fixes`` one value per row (None for none, '' to clear the
    cell), ``related`` the keys of other fields of the same record, ``others`` for each row the positions of other
    records (a few of a large group are enough: `MOST_RELATED` are named) and ``others_more`` how many further ones.
    """

    rows: npt.NDArray[np.intp]
    at: str
    params: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fixes: Sequence[str | None] | None = None
    safe: bool = False
    related: tuple[str, ...] = ()
    others: Sequence[Sequence[int]] | None = None
    others_more: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class SheetHit:
    """A sheet or file rule's verdict at 0-based ``row`` and ``column`` (-1 for the whole sheet).

    ``sheet`` names the sheet where a file rule speaks of one.
    """

    row: int = -1
    column: int = -1
    value: str = ""
    fix: str | None = None
    safe: bool = True
    params: Mapping[str, str] = field(default_factory=dict)
    field: str = ""
    sheet: str = ""


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
    needs_workbook: bool = False
    origin: str = ""
    """The file of a rule from outside the package; '' for ours."""

    @property
    def family(self) -> str:
        return self.id.rstrip("0123456789")

    @property
    def line(self) -> int:
        """Where its function begins in its file."""
        return self.function.__code__.co_firstlineno if self.function is not None else 0


_RULES: dict[str, Rule] = {}
_OUTSIDE: dict[str, list[Rule]] = {}
"""What code outside the package has decorated, by its file; run again it replaces what was there."""

_ran: dict[str, tuple[RuleFile, Broken | None]] = {}
_used: list[tuple[RuleFile, ...]] = [()]
_refused: list[tuple[str, ...]] = [()]


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
    needs_workbook: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as a rule; its name is the slug.

    ``items`` cite the check catalogue; a ``last`` cell rule speaks only when no other has. What ``needs_workbook``
    looks at how cells and sheets are stored, and is skipped for data that never were a workbook.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        code = function.__code__
        _add(
            Rule(
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
                needs_workbook,
                origin="" if function.__module__.startswith(_OURS) else code.co_filename,
            )
        )
        return function

    return register


def _add(known: Rule) -> None:
    if known.origin:
        mine = _OUTSIDE.setdefault(known.origin, [])
        mine[:] = [*(other for other in mine if (other.id, other.line) != (known.id, known.line)), known]
        return
    if known.id in _RULES or any(other.slug == known.slug for other in _RULES.values()):
        raise ValueError(f"rule {known.id} {known.slug} is registered twice")
    _RULES[known.id] = known


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
) -> Rule:
    """Register a rule that is judged over the whole run by code of its own and has no function here."""
    known = Rule(
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
    _add(known)
    return known


def declare_all(file: str) -> Mapping[str, Rule]:
    """Register the rules that are data in this TOML file beside the rules' modules; by id."""
    text = (resources.files("stuvalid.rules") / file).read_text(encoding="utf-8")
    return {
        rule_id: declare(
            rule_id,
            entry["slug"],
            Severity.parse(entry["severity"]),
            zh=entry["zh"],
            en=entry["en"],
            mend=entry["mend_zh"],
            mend_en=entry["mend_en"],
            source=entry["source"],
            private=entry.get("private", {}),
        )
        for rule_id, entry in tomllib.loads(text).items()
    }


def use_rule_files(paths: Sequence[str], *, refused: Sequence[str] = ()) -> None:
    """Let the rules of these files count besides ours and those of installed packages, in this process.

    ``refused`` are files that are told as not run, because whoever named them is not trusted.
    """
    _used[0] = tuple(map(RuleFile.of, paths))
    _refused[0] = tuple(refused)


def rule_files() -> tuple[str, ...]:
    """The files that `use_rule_files` was told of, for processes that shall judge by the same."""
    return tuple(file.path for file in _used[0])


def rules_fingerprint() -> str:
    """Changes when the code of any rule from outside does."""
    return fingerprint(_used[0])


def broken_rules() -> tuple[Broken, ...]:
    """What of the rules from outside cannot be used, and why."""
    untrusted = (
        Broken(
            Path(path).name,
            "没有运行：它的 stuvalid.toml 不在当前文件夹或其上级。确认可信后，在那里运行，或加 --config",
            "not run: its stuvalid.toml is not in the present folder or above. If you trust it, run there or add --config",
        )
        for path in _refused[0]
    )
    return (*untrusted, *_known(_used[0])[1])


def all_rules() -> Mapping[str, Rule]:
    """Every rule by id, families in the order they are asked, those from outside last, ids ascending within."""
    return _known(_used[0])[0]


@lru_cache(maxsize=8)
def _known(files: tuple[RuleFile, ...]) -> tuple[Mapping[str, Rule], tuple[Broken, ...]]:
    for module in (*(module for module, _, _ in FAMILIES.values()), *_SECOND_MODULES):
        import_module(f"stuvalid.rules.{module}")
    order = {family: number for number, family in enumerate(FAMILIES)}
    known = dict(_RULES)
    broken: list[Broken] = []
    for found in _from_outside(files):
        why = _why_not(found, known) if isinstance(found, Rule) else found
        if why is not None:
            broken.append(why)
        elif isinstance(found, Rule):
            known[found.id] = found
    ordered = sorted(known.values(), key=lambda one: (order.get(one.family, len(order)), one.id))
    return {one.id: one for one in ordered}, tuple(broken)


def _from_outside(files: tuple[RuleFile, ...]) -> Iterator[Rule | Broken]:
    """What installed packages and then ``files`` bring."""
    for name, failure in run_packages():
        if failure is not None:
            yield failure
        for rules in list(_OUTSIDE.values()):
            yield from (one for one in rules if _module(one) == name or _module(one).startswith(f"{name}."))
    for file in files:
        if _ran.get(file.path, (None, None))[0] != file:
            _OUTSIDE.pop(file.path, None)
            _ran[file.path] = file, run_file(file)
        failure = _ran[file.path][1]
        if failure is not None:
            yield failure
        yield from _OUTSIDE.get(file.path, ())


def _module(known: Rule) -> str:
    return known.function.__module__ if known.function is not None else ""


def _why_not(known: Rule, others: Mapping[str, Rule]) -> Broken | None:
    """Why a rule from outside cannot stand beside ``others``."""
    where = f"{Path(known.origin).name}:{known.line}"
    twin = others.get(known.id) or next((other for other in others.values() if other.slug == known.slug), None)
    if not _OUTSIDE_ID.fullmatch(known.id):
        zh, en = "编号应为2至8个大写字母加3位数字，如 SX001", "an id is 2 to 8 capitals and 3 digits, such as SX001"
    elif known.family in FAMILIES:
        zh, en = f"前缀 {known.family} 是自带规则的，请另取", f"the prefix {known.family} is ours, choose another"
    elif twin is not None:
        zh, en = f"编号或名称与 {twin.id} {twin.slug} 重复", f"its id or name is that of {twin.id} {twin.slug}"
    elif known.scope not in _OUTSIDE_SCOPES or not isinstance(known.severity, Severity):
        zh, en = f"scope 应为 {'、'.join(_OUTSIDE_SCOPES)}，级别应为 Severity", "unknown scope, or no Severity"
    else:
        return None
    return Broken(where, f"规则 {known.id}：{zh}", f"rule {known.id}: {en}")


def families(rules: Iterable[Rule]) -> list[tuple[str, str, str]]:
    """Prefix and titles (zh, en) of the families of these rules, ours first; others are called after their file."""
    chosen = list(rules)
    ours = [(family, zh, en) for family, (_, zh, en) in FAMILIES.items() if any(r.family == family for r in chosen)]
    others = {known.family: Path(known.origin).name for known in chosen if known.family not in FAMILIES}
    return [*ours, *((family, name, name) for family, name in others.items())]


def find_rule(name: str) -> Rule:
    """The rule with this id or slug; UsageError with near misses otherwise."""
    wanted = name.strip()
    for known in all_rules().values():
        if wanted.upper() == known.id or wanted.lower() == known.slug:
            return known
    names = [*all_rules(), *(known.slug for known in all_rules().values())]
    all_zh, all_en = "用 stuvalid rules 查看全部规则。", "List them with: stuvalid rules"
    zh, en = did_you_mean(wanted, names, most=3, cutoff=0.5, zh=all_zh, en=all_en)
    raise UsageError(f"没有规则“{name}”。", f"There is no rule {name!r}.", mend_zh=zh, mend_en=en)


def matching_rules(name: str) -> frozenset[str]:
    """Ids meant by a selection word: an id, a slug, a family (``IDN``) or an id prefix (``IDN0``)."""
    prefix = name.strip().upper()
    ids = frozenset(
        known.id
        for known in all_rules().values()
        if known.family == prefix or (known.id.startswith(prefix) and len(prefix) >= 3)
    )
    return ids or frozenset({find_rule(name).id})


def selected_rules(
    select: tuple[str, ...] = (), ignore: tuple[str, ...] = (), severities: tuple[tuple[str, Severity], ...] = ()
) -> tuple[Rule, ...]:
    """The rules to run: all or those of ``select``, less those of ``ignore``, with changed severities."""
    return _selected(select, ignore, severities, _used[0])


@lru_cache(maxsize=16)
def _selected(
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severities: tuple[tuple[str, Severity], ...],
    _files: tuple[RuleFile, ...],
) -> tuple[Rule, ...]:
    """The answer is the same object as long as the same is asked: `engine.cell_chains` keeps verdicts by it."""
    wanted = frozenset[str]().union(*map(matching_rules, select)) if select else frozenset(all_rules())
    dropped = frozenset[str]().union(*map(matching_rules, ignore))
    changed = {known: severity for name, severity in severities for known in matching_rules(name)}
    return tuple(
        replace(known, severity=changed[known.id]) if known.id in changed else known
        for known in all_rules().values()
        if known.id in wanted and known.id not in dropped
    )
