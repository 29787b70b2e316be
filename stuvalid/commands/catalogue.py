"""``stuvalid rules``, ``codes`` and ``templates``: what the program knows, for reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import FOUND, OK, needs_format, tell, terminal
from stuvalid.commands.options import argument, option, spread
from stuvalid.config import Config
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.rules.registry import Rule

RULES_HELP = say("列出规则；给出编号就解释那一条。", "List the rules, or explain one by its id.")
CODES_HELP = say(
    "查代码表，如 stuvalid codes ethnicity 畲、stuvalid codes division 迎泽区。",
    "Look a code up, as in: stuvalid codes ethnicity 22, stuvalid codes division 140106.",
)
TEMPLATES_HELP = say("列出能识别的模板。", "List the forms that are recognised.")


@spread
def rules(
    settings: Config,
    rule: Annotated[
        str | None,
        argument("规则编号、名称或一类，如 IDN020、DIA", "Rule id, name or family, such as IDN020, DIA", "[ID]"),
    ] = None,
    format_: Annotated[str, option("输出格式", "Format", "--format", "-f", metavar="text|json")] = "text",
    check: Annotated[
        bool,
        option(
            "试一试自己规则的例子（stuvalid.toml 的 rules）",
            "Try the examples of your own rules (rules in stuvalid.toml)",
            "--check",
        ),
    ] = False,
) -> int:
    """List the rules or explain one."""
    from stuvalid.report import catalogue
    from stuvalid.rules.registry import all_rules, broken_rules, find_rule

    needs_format(format_, ("text", "json"))
    family = [one for one in all_rules().values() if rule and one.family == rule.upper()]
    chosen = family or ([find_rule(rule)] if rule else list(all_rules().values()))
    for one in broken_rules():
        tell(f"规则没有装入：{one.where}：{one.zh}", f"not loaded: {one.where}: {one.en}")
    if check:
        return _try_examples(chosen if rule else [one for one in chosen if one.origin], settings)
    if format_ == "json":
        typer.echo(catalogue.rules_json(chosen), nl=False)
    elif rule and not family:
        catalogue.explain(chosen[0], language(), terminal())
    else:
        catalogue.list_rules(chosen, language(), terminal())
    return OK


def _try_examples(chosen: Sequence[Rule], settings: Config) -> int:
    """Say which examples of these rules fail; exit code 1 if any does or a rule could not be loaded."""
    from stuvalid.report.catalogue import example_text
    from stuvalid.rules.examples import failing_examples
    from stuvalid.rules.registry import broken_rules

    failed = list(failing_examples(chosen, form_name=settings.get("template")))
    for one in failed:
        shown = "" if one.example is None else f"  {example_text(one.example)}"
        typer.echo(f"{one.rule.origin or one.rule.id}:{one.rule.line}: {one.rule.id} {say(one.zh, one.en)}{shown}")
    bad = len({one.rule.id for one in failed})
    typer.echo(say(f"{len(chosen)} 条规则，{bad} 条的例子不对", f"{len(chosen)} rules, {bad} with failing examples"))
    return FOUND if failed or broken_rules() else OK


@spread
def codes(
    words: Annotated[list[str] | None, argument("代码表名和要查的字", "List id and text", "[LIST] [TEXT]")] = None,
) -> None:
    """Look a code up."""
    from stuvalid.report import catalogue

    catalogue.show_codes(words or [], language(), terminal())


@spread
def templates() -> None:
    """List the forms."""
    from stuvalid.forms import record_forms
    from stuvalid.forms import templates as known
    from stuvalid.report import catalogue

    catalogue.list_templates([*known(), *record_forms()], language(), terminal())
