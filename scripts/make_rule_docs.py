"""Write docs/rules.md and docs/clauses.md from the rules themselves and docs/clauses.toml.

``--check`` writes nothing and exits with 1 if a file is not what it would be.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stuvalid.report.catalogue import example_text
from stuvalid.rules.registry import FAMILIES, Rule, all_rules

DOCS = Path(__file__).resolve().parent.parent / "docs"
_LEVELS = {"error": "错误 error", "warning": "警告 warning", "info": "提示 info"}
_CLAUSE_LEVELS = {"E": "错误", "W": "警告", "F": "可修正"}
_MADE = "<!-- made by scripts/make_rule_docs.py; do not edit -->"


def rules_page(rules: Mapping[str, Rule]) -> str:
    """docs/rules.md: every rule by family."""
    lines = [
        _MADE,
        "",
        "# 规则 Rules",
        "",
        f"共 {len(rules)} 条。`stuvalid rules 编号` 显示同样的内容；编号和名称永不重用，都可用于 "
        "`--select`、`--ignore`、`--severity`。例子里的号码都是虚构的。",
        "",
        f"{len(rules)} rules. `stuvalid rules ID` shows the same. Ids and names are never reused; both select a rule.",
    ]
    for family, (_, zh, en) in FAMILIES.items():
        mine = [known for known in rules.values() if known.family == family]
        if mine:
            lines += ["", f"## {family} {zh} {en}"]
        for known in mine:
            lines += ["", *_entry(known)]
    return "\n".join(lines) + "\n"


def _entry(known: Rule) -> list[str]:
    items = "、".join(map(str, known.items)) or "—"
    lines = [
        f"### {known.id} {known.slug}",
        "",
        f"- 级别 Level: {_LEVELS[known.severity.word]}",
        f"- 信息: {_text(known.zh)}",
        f"- Message: {_text(known.en)}",
        f"- 改法: {_text(known.mend)}",
        f"- Mend: {_text(known.mend_en)}",
        f"- 依据 Source: {_text(known.source)}",
        f"- [校验目录](clauses.md) Catalogue: {items}",
    ]
    for title, examples in (("错例 Bad", known.bad), ("正例 Good", known.good)):
        lines += [f"- {title}: {_code(example_text(example))}" for example in examples]
    return lines


def clauses_page(rules: Mapping[str, Rule], clauses: list[dict[str, Any]]) -> str:
    """docs/clauses.md: every item of the catalogue, who enforces it, or why nobody does."""
    enforced = enforcing(rules)
    covered = sum(clause["number"] in enforced for clause in clauses)
    lines = [
        _MADE,
        "",
        "# 校验目录与规则 Which rule enforces which item",
        "",
        f"目录共 {len(clauses)} 项，其中 {covered} 项由规则检查；其余 {len(clauses) - covered} 项写明原因。"
        "级别是目录的，规则自己的级别见 [rules.md](rules.md)。",
        "",
        f"{covered} of {len(clauses)} items are enforced by rules; for the others the reason is given.",
    ]
    for clause in clauses:
        if "group" in clause:
            lines += ["", f"## {clause['group']}", "", "| 项 | 级别 | 要求 | 规则 | 说明 |", "|--:|---|---|---|---|"]
        links = "、".join(_link(known) for known in enforced.get(clause["number"], []))
        cells = [str(clause["number"]), _CLAUSE_LEVELS[clause["level"]], clause["text"], links, clause.get("note", "")]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def enforcing(rules: Mapping[str, Rule]) -> dict[int, list[Rule]]:
    """The rules that cite each item of the catalogue."""
    by_item: dict[int, list[Rule]] = {}
    for known in rules.values():
        for item in known.items:
            by_item.setdefault(item, []).append(known)
    return by_item


def load_clauses() -> list[dict[str, Any]]:
    """The items of docs/clauses.toml in order."""
    items: list[dict[str, Any]] = tomllib.loads((DOCS / "clauses.toml").read_text(encoding="utf-8"))["item"]
    return items


def pages() -> dict[Path, str]:
    """What each generated file should hold."""
    rules = all_rules()
    return {DOCS / "rules.md": rules_page(rules), DOCS / "clauses.md": clauses_page(rules, load_clauses())}


def _text(value: str) -> str:
    """Text that Markdown leaves as it is."""
    return " ".join(value.split()).translate({ord(char): f"\\{char}" for char in "\\`*_<>[]"})


def _code(value: str) -> str:
    fence = "``" if "`" in value else "`"
    return f"{fence}{value}{fence}"


def _link(known: Rule) -> str:
    return f"[{known.id}](rules.md#{known.id.lower()}-{known.slug})"


def main() -> int:
    """Write the pages, or with ``--check`` compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 if a page is stale")
    check = parser.parse_args().check
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{'stale' if check else 'written'}: {path.relative_to(DOCS.parent)}")
        if not check:
            path.write_text(pages()[path], encoding="utf-8", newline="\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
