"""``stuvalid diff``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import FAILED, FOUND, OK, needs_format, progress_bar, send, tell_ignored, terminal
from stuvalid.commands.options import Checking, ExitZero, Force, PerRule, ShowValues, Verbose, argument, option, spread
from stuvalid.config import Config
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.report.wording import Wording
    from stuvalid.submissions.changes import Changes

HELP = say(
    "比较两次报送：改好了哪些、新出现了哪些、还剩哪些。\n\n"
    "按学生比较，不按行：排序、插行、换文件名、换表的顺序都不要紧。新出现错误时退出码为1。\n\n"
    "例：stuvalid diff 上次.xlsx 这次.xlsx",
    "Compare two submissions: what was mended, what is new, what is left.\n\n"
    "Pupils are compared, not rows: sorting, inserted rows and new file names do not matter. The exit code is 1 if there"
    " is a new error.\n\nExample: stuvalid diff last.xlsx now.xlsx",
)
_FORMATS = ("text", "json")


@spread
def diff(
    old: Annotated[
        Path,
        argument(
            "旧的：工作簿、文件夹、zip 或 json 报告", "Before: a workbook, folder, zip archive or json report", "OLD"
        ),
    ],
    new: Annotated[Path, argument("新的：同上，两边可以不同", "Now: the same, not necessarily the same kind", "NEW")],
    checking: Checking,
    settings: Config,
    format_: Annotated[str, option("格式", "Format", "--format", "-f", metavar="text|json")] = "text",
    output: Annotated[
        Path | None, option("另写 json 文件", "Also write a json file", "--output", "-o", metavar="FILE.json")
    ] = None,
    exit_zero: ExitZero = False,
    show_values: ShowValues = False,
    per_rule: PerRule = 5,
    verbose: Verbose = False,
    force: Force = False,
) -> int:
    """Say what became of a submission's findings in the next one."""
    from stuvalid.report.wording import Wording
    from stuvalid.submissions.changes import compare_paths

    needs_format(format_, _FORMATS)
    if Path("-") in (old, new):
        raise UsageError("标准输入不能比较，请给文件。", "Standard input cannot be compared; name a file.")
    options = checking.options()
    wording = Wording(language(), show_values=show_values)
    with progress_bar("比较中", "comparing") as told:
        added = settings.get("key_data")
        changes, ignored = compare_paths(old, new, options, wording, key_data=added, progress=told)
    if verbose:
        tell_ignored(ignored, show_values=show_values)
    _deliver(changes, wording, format_, output, per_rule, verbose=verbose, force=force)
    return _exit_code(changes, exit_zero=exit_zero)


def _deliver(
    changes: Changes, wording: Wording, format_: str, output: Path | None, per_rule: int, *, verbose: bool, force: bool
) -> None:
    from stuvalid.files import write_atomically
    from stuvalid.submissions import document, text

    if output is not None:
        inputs = (Path(changes.old.name), Path(changes.new.name))
        write_atomically(output, document.render(changes).encode("utf-8"), force=force, inputs=inputs)
    if format_ == "json":
        send(document.render(changes).encode("utf-8"))
    else:
        text.render(changes, wording, terminal(), per_rule=per_rule, verbose=verbose)


def _exit_code(changes: Changes, *, exit_zero: bool) -> int:
    """0 when nothing is new at error level, 1 when something is, 2 when a side could not be checked."""
    if changes.is_unfinished:
        return FAILED
    return FOUND if changes.is_worse and not exit_zero else OK
