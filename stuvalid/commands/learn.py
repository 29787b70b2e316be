"""``stuvalid learn``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import tell
from stuvalid.commands.options import Force, argument, needs_suffix, option, spread
from stuvalid.language import say

if TYPE_CHECKING:
    from stuvalid.learning.draft import Draft

HELP = say(
    "从下发的空白表起草模板（TOML）：表头、必填、下拉列表、隐藏的字典、格式和批注。\n\n"
    "看不出来的在 TOML 里标“# 请核对:”，屏幕上有数。下拉列表写成旁边的 csv。\n\n"
    "例：stuvalid learn 新生导入模板.xlsx -o form.toml；然后 stuvalid check 填好的表.xlsx --template form.toml",
    "Draft the TOML of a form from its issued blank: headers, what is required, dropdowns, hidden lists, formats, hints.\n\n"
    "What it could not know is marked there by a comment, and counted. Dropdowns become csv files beside it.\n\n"
    "Example: stuvalid learn blank.xlsx -o form.toml; then stuvalid check filled.xlsx --template form.toml",
)
_MOST_TOLD = 12


@spread
def learn(
    blank: Annotated[Path, argument("下发的空白表", "The blank as it was issued", "BLANK.xlsx")],
    output: Annotated[
        Path | None,
        option("写出的模板，默认 form.toml", "The form, by default form.toml", "--output", "-o", metavar="FILE"),
    ] = None,
    sheet: Annotated[
        str, option("工作表名，默认最像学生表的一张", "The sheet, by default the likeliest", "--sheet", metavar="NAME")
    ] = "",
    password: Annotated[
        str | None,
        option("工作簿的打开密码", "Password that opens it", "--password", metavar="WORD", envvar="STUVALID_PASSWORD"),
    ] = None,
    force: Force = False,
) -> None:
    """Write the draft and the lists beside it."""
    from stuvalid.files import build_folder, refuse_target, write_atomically
    from stuvalid.learning.draft import draft_form
    from stuvalid.learning.page import PageReader
    from stuvalid.learning.written import finished, lists_folder
    from stuvalid.pupils.schools import read_isolated

    target = output or Path("form.toml")
    needs_suffix(target, ".toml")
    draft = draft_form(read_isolated(PageReader(sheet, password), blank))
    folder = lists_folder(target)
    for path, is_folder in ((target, False), *([(folder, True)] if draft.lists else [])):
        refuse_target(path, force=force, inputs=[blank], folder=is_folder)
    text = finished(draft, target, blank.name)
    if draft.lists:
        with build_folder(folder, force=force, inputs=[blank]) as building:
            for entry in draft.lists:
                (building / entry.name).write_bytes(entry.csv())
    write_atomically(target, text.encode("utf-8"), force=force, inputs=[blank])
    _tell(draft, target, folder)


def _tell(draft: Draft, target: Path, folder: Path) -> None:
    from stuvalid.excel.address import column_letter

    page, own = draft.page, len(draft.fields) - draft.known
    lists_zh, lists_en = (
        (f"；{len(draft.lists)} 张代码表在 {folder}", f"; {len(draft.lists)} code lists in {folder}")
        if draft.lists
        else ("", "")
    )
    tell(
        f"已写出 {target}：工作表“{page.sheet}”{len(draft.fields)} 列，认得 {draft.known} 列，自有 {own} 列，"
        f"必填 {draft.required} 列{lists_zh}。",
        f"written: {target}: sheet {page.sheet}, {len(draft.fields)} columns, {draft.known} known, {own} of its own, "
        f"{draft.required} required{lists_en}.",
    )
    if page.others:
        tell(
            f"没有学别的工作表：{'、'.join(page.others)}（用 --sheet 另选）",
            f"sheets not learnt: {', '.join(page.others)} (choose with --sheet)",
        )
    if page.rows > _FEW_ROWS:
        tell(
            f"表头下面有 {page.rows} 行内容：不是空白表。只学了表头和格式，内容没有写进模板。",
            f"There are {page.rows} rows below the header: no blank. Their content is not in the form.",
        )
    if not draft.open:
        return
    tell(
        f"请核对 {draft.open} 处（在 TOML 里搜“请核对”）：",
        f"{draft.open} places to look at, each marked by a comment in the form:",
    )
    lines = [*draft.doubts]
    lines += [
        f"{column_letter(one.column.column)} {' '.join(one.column.header.split())}：{doubt}"
        for one in draft.fields
        for doubt in one.doubts
    ]
    for line in lines[:_MOST_TOLD]:
        tell(f"  {line}", f"  {line}")
    if len(lines) > _MOST_TOLD:
        tell(f"  …还有 {len(lines) - _MOST_TOLD} 处", f"  … {len(lines) - _MOST_TOLD} more")


_FEW_ROWS = 3
