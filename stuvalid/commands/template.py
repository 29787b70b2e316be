"""``stuvalid template``: a blank form to be filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from stuvalid.commands.common import tell
from stuvalid.commands.options import Force, argument, option, spread
from stuvalid.errors import UsageError
from stuvalid.language import say

HELP = say(
    "生成空白表：必填项红色，代码项可下拉选择，全部为文本格式。\n\n表的名称见 stuvalid templates。",
    "Make a blank form: required headers red, dropdowns for codes, all cells text.\n\nstuvalid templates lists the names.",
)


@spread
def template(
    name: Annotated[str, argument("模板名称，或自己的 TOML 文件", "Form by its id, or your own TOML file", "NAME")],
    output: Annotated[
        Path | None, option("文件名，默认为 模板名称.xlsx", "By default NAME.xlsx", "--output", "-o", metavar="FILE")
    ] = None,
    rows: Annotated[int, option("预备多少行", "Rows prepared", "--rows", min=1, max=1_000_000)] = 1_000,
    example: Annotated[bool, option("带示例行", "With an example row", "--example/--no-example")] = True,
    force: Force = False,
) -> None:
    """Write a blank form."""
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
    tell(f"已写出 {target}：{form.title}", f"written: {target}: {form.title_en}")
