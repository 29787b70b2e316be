"""``stuvalid reconcile``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import check_reporting, deliver, exit_code, progress_bar, send, tell, write_reports
from stuvalid.commands.options import Checking, ReportFiles, Reporting, needs_suffix, option, spread
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.returned.entries import Reconciled

HELP = say(
    "系统退回的名单（查重、导入失败、公安比对）对回送出的学生：是谁、哪一格、先改哪一项。\n\n"
    "名单可以是 xlsx、xls、csv，或从网页复制的文字（txt）。按姓名和号码认人，行号不可靠，不用；分不清的留着，不猜。"
    "每一条都说明检查报过没有；谁也没有预见的另列出来。\n\n"
    "例：stuvalid reconcile --sent 三年级.xlsx --returned 查重结果.xlsx -o 处理表.xlsx",
    "Bring what the registry gave back (duplicates, failed rows, police check) to the pupils that were sent.\n\n"
    "Lists are xlsx, xls, csv or text copied from a page. Pupils are known by name and number, never by row number; who cannot be told"
    " stays open. Each failure says whether our check tells it; what nobody foresaw is listed.\n\n"
    "Example: stuvalid reconcile --sent class.xlsx --returned answer.xlsx -o work.xlsx",
)
_MOST_FIRST = 5


@spread
def reconcile(
    checking: Checking,
    reporting: Reporting,
    sent: Annotated[
        list[Path],
        option("送出的工作簿、文件夹、zip；可多次给出", "What was sent; may be repeated", "--sent", metavar="PATH"),
    ] = [],  # noqa: B006 - the library reads it, nobody changes it
    returned: Annotated[
        list[Path],
        option("系统退回的名单；可多次给出", "What came back; may be repeated", "--returned", metavar="PATH"),
    ] = [],  # noqa: B006
    out: Annotated[
        Path | None,
        option(
            "写出处理表（xlsx，含姓名）",
            "Write the list to work from (xlsx, with names)",
            "--out",
            "-o",
            metavar="OUT.xlsx",
        ),
    ] = None,
    as_json: Annotated[bool, option("以 JSON 输出全部结果", "All of it as JSON", "--json")] = False,
    output: ReportFiles = [],  # noqa: B006
) -> int:
    """Meant what came back to what was sent, and say what to mend first."""
    from stuvalid.files import write_atomically
    from stuvalid.report.wording import Wording
    from stuvalid.returned import document
    from stuvalid.returned.reconcile import check_returned
    from stuvalid.returned.sheets import reconcile_book
    from stuvalid.workspace import private_folder

    check_reporting(reporting)
    needs_suffix(out, ".xlsx")
    if not sent or not returned:
        raise UsageError(
            "要给出送出的（--sent）和退回的（--returned）。",
            "Name what was sent (--sent) and what came back (--returned).",
            mend_zh="例：stuvalid reconcile --sent 三年级.xlsx --returned 查重结果.xlsx。",
            mend_en="As in: stuvalid reconcile --sent class.xlsx --returned answer.xlsx.",
        )
    inputs = (*sent, *returned)
    with private_folder() as folder:
        with progress_bar("读取中", "reading") as told:
            found, findings = check_returned(sent, returned, checking.options(), folder, progress=told)
        if out is not None:
            write_atomically(out, reconcile_book(found, language()), force=reporting.force, inputs=inputs)
            tell(f"处理表已写入 {out}（含姓名和号码，只在校内使用）", f"list: {out} (with names, for the school alone)")
    if as_json:
        write_reports(findings, reporting, inputs)
        send(document.render(found, Wording(language(), show_values=reporting.show_values)))
    else:
        deliver(findings, reporting, inputs)
    _tell(found)
    return exit_code(findings, reporting)


def _tell(found: Reconciled) -> None:
    beside = [
        (f"说“查重无问题”等通过的 {found.passed}", f"{found.passed} passed") if found.passed else ("", ""),
        (f"还没有结果的 {found.waiting}", f"{found.waiting} without an answer yet") if found.waiting else ("", ""),
        (f"没看懂的 {len(found.mute)} 行", f"{len(found.mute)} lines not understood") if found.mute else ("", ""),
    ]
    zh, en = ("，".join(words for words in side if words) for side in zip(*beside, strict=True))
    tell(
        f"送出 {len(found.sent.pupils)} 名，退回 {len(found.entries) + len(found.about_files)} 条："
        f"找到学生 {len(found.placed)}，待认人 {len(found.open)}，不在送出的学生里 {len(found.strangers)}{zh and f'；{zh}'}。",
        f"{len(found.sent.pupils)} sent, {len(found.entries) + len(found.about_files)} failures came back: {len(found.placed)} placed, "
        f"{len(found.open)} to be decided, {len(found.strangers)} of nobody sent{en and f'; {en}'}.",
    )
    first = found.first()
    for number, (said, mend, count) in enumerate(first[:_MOST_FIRST], 1):
        tell(f"先改 {number}：{said}（{count}）——{mend}", f"first {number}: {said} ({count}): {mend}")
    if found.unforeseen():
        total = sum(count for *_, count in found.unforeseen())
        tell(
            f"检查没有预见的 {total} 条（-o 的“检查没有预见”一页、--json 的 unforeseen，不含学生信息），请告诉维护者。",
            f"{total} that no rule foresaw: see the sheet of -o or 'unforeseen' of --json, without pupils' data.",
        )
