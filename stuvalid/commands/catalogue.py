"""``stuvalid rules``, ``codes`` and ``templates``: what the program knows, for reading."""

from __future__ import annotations

from typing import Annotated

import typer

from stuvalid.commands.common import Lang, errors_in_one_sentence, terminal
from stuvalid.errors import UsageError
from stuvalid.language import language, say

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
    lang: Lang = "",
) -> None:
    """List the rules or explain one."""
    with errors_in_one_sentence():
        from stuvalid.report import catalogue
        from stuvalid.rules.registry import all_rules, find_rule

        chosen = [find_rule(rule)] if rule else list(all_rules().values())
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
