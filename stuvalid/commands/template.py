"""``stuvalid template``: a blank form to be filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stuvalid.commands.common import Force, Lang, errors_in_one_sentence
from stuvalid.errors import UsageError
from stuvalid.language import say

HELP = say(
    "生成空白表：必填项红色，代码项可下拉选择，全部为文本格式。\n\n表的名称见 stuvalid templates。",
    "Make a blank form: required headers red, dropdowns for codes, all cells text.\n\nstuvalid templates lists the names.",
)


def template(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help=say("模板名称，或自己的 TOML 文件", "Form by its id, or your own TOML file")
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help=say("文件名，默认为 模板名称.xlsx", "By default NAME.xlsx")
        ),
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000, help=say("预备多少行", "Rows prepared"))] = 1_000,
    example: Annotated[
        bool, typer.Option("--example/--no-example", help=say("带示例行", "With an example row"))
    ] = True,
    force: Force = False,
    lang: Lang = "",
) -> None:
    """Write a blank form."""
    with errors_in_one_sentence():
        from stuvalid.files import write_atomically
        from stuvalid.forms import template as find
        from stuvalid.forms.blank import blank_form

        form = find(name)
        target = output or Path(f"{form.id}.xlsx")
        if target.suffix.lower() != ".xlsx":
            raise UsageError(
                f"空白表是 .xlsx 文件，“{target.name}”的扩展名不对。",
                f"The form is an .xlsx file; '{target.name}' says otherwise.",
            )
        write_atomically(target, blank_form(form, rows=rows, example=example), force=force)
        typer.echo(say(f"已写出 {target}：{form.title}", f"written: {target}: {form.title_en}"), err=True)
