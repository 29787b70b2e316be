"""``stuvalid rules``, ``codes`` and ``templates``: what the program knows, for reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import FOUND, OK, ConfigFile, Lang, errors_in_one_sentence, load_config, terminal
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.config import Config
    from stuvalid.rules.registry import Rule

RULES_HELP = say("列出规则；给出编号就解释那一条。", "List the rules, or explain one by its id.")
CODES_HELP = say(
    "查代码表，如 stuvalid codes ethnicity 畲、stuvalid codes division 迎泽区。",
    "Look a code up, as in: stuvalid codes ethnicity 畲, stuvalid codes division 140106.",
)
TEMPLATES_HELP = say("列出能识别的模板。", "List the forms that are recognised.")


def rules(
    rule: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help=say("规则编号或名称，如 IDN020", "Rule id or name, such as IDN020")),
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="text|json", help=say("输出格式", "Format"))
    ] = "text",
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help=say(
                "试一试自己规则的例子（stuvalid.toml 的 rules）",
                "Try the examples of your own rules (rules in stuvalid.toml)",
            ),
        ),
    ] = False,
    config_file: ConfigFile = None,
    lang: Lang = "",
) -> None:
    """List the rules or explain one."""
    with errors_in_one_sentence():
        from stuvalid.report import catalogue
        from stuvalid.rules.registry import all_rules, broken_rules, find_rule

        config = load_config(config_file, [])
        chosen = [find_rule(rule)] if rule else list(all_rules().values())
        for one in broken_rules():
            typer.echo(say(f"规则没有装入：{one.where}：{one.zh}", f"not loaded: {one.where}: {one.en}"), err=True)
        if check:
            raise typer.Exit(_try_examples(chosen if rule else [one for one in chosen if one.origin], config))
        if format_ == "json":
            typer.echo(catalogue.rules_json(chosen), nl=False)
        elif format_ != "text":
            raise UsageError(
                f"没有格式“{format_}”，可用 text、json。", f"There is no format '{format_}'; use text or json."
            )
        elif rule:
            catalogue.explain(chosen[0], language(), terminal())
        else:
            catalogue.list_rules(chosen, language(), terminal())


def _try_examples(chosen: Sequence[Rule], config: Config) -> int:
    """Say which examples of these rules fail; exit code 1 if any does or a rule could not be loaded."""
    from stuvalid.report.catalogue import example_text
    from stuvalid.rules.examples import failing_examples
    from stuvalid.rules.registry import broken_rules

    failed = list(failing_examples(chosen, form_name=config.get("template")))
    for one in failed:
        shown = "" if one.example is None else f"  {example_text(one.example)}"
        typer.echo(f"{one.rule.origin or one.rule.id}:{one.rule.line}: {one.rule.id} {say(one.zh, one.en)}{shown}")
    bad = len({one.rule.id for one in failed})
    typer.echo(say(f"{len(chosen)} 条规则，{bad} 条的例子不对", f"{len(chosen)} rules, {bad} with failing examples"))
    return FOUND if failed or broken_rules() else OK


def codes(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[LIST] [TEXT]", help=say("代码表名和要查的字", "List id and text"))
    ] = None,
    lang: Lang = "",
) -> None:
    """Look a code up."""
    with errors_in_one_sentence():
        from stuvalid.report import catalogue

        catalogue.show_codes(words or [], language(), terminal())


def templates(lang: Lang = "") -> None:
    """List the forms."""
    with errors_in_one_sentence():
        from stuvalid.forms import templates as known
        from stuvalid.report import catalogue

        catalogue.list_templates(known(), language(), terminal())
