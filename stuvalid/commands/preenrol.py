"""``stuvalid preenrol``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import check_reporting, deliver, exit_code, progress_bar, tell
from stuvalid.commands.options import Checking, Paths, ReportFiles, Reporting, needs_suffix, option, spread
from stuvalid.language import say

if TYPE_CHECKING:
    from stuvalid.rolls.preenrol import HandOver

HELP = say(
    "学前调档：从一年级新生表生成5列的调档名单，不用宏；读回系统的答复。\n\n"
    "--reply 读“已匹配 / 待确认 / 未查询到”的名单，号码与姓名都一致才算；没查到的写进 --register 的注册表，等补全。"
    "--sent 核对调档后锁定的5项有没有改动。\n\n"
    "例：stuvalid preenrol 新生.xlsx -o 调档名单.xlsx --year 2026",
    "The list that hands first graders over from kindergarten, without a macro; and the registry's answer to it.\n\n"
    "--reply reads the lists of who was matched, is to be confirmed or was not found: number and name make the match."
    " Who was not found goes into the form of --register. --sent tells what changed in the five locked fields.\n\n"
    "Example: stuvalid preenrol pupils.xlsx -o list.xlsx --year 2026",
)


@spread
def preenrol(
    paths: Paths,
    checking: Checking,
    reporting: Reporting,
    year: Annotated[
        int, option("入学年份，默认按今天", "Year of entry, by default of today", "--year", min=0, max=2100)
    ] = 0,
    out: Annotated[
        Path | None, option("写出调档名单（xlsx）", "Write the list (xlsx)", "--out", "-o", metavar="OUT.xlsx")
    ] = None,
    reply: Annotated[
        list[Path], option("系统返回的名单", "What the registry answered", "--reply", metavar="PATH")
    ] = [],  # noqa: B006
    register: Annotated[
        Path | None,
        option(
            "没查到学前学籍的写进这张注册表（xlsx）",
            "Write who was not found into this registration form (xlsx)",
            "--register",
            metavar="OUT.xlsx",
        ),
    ] = None,
    sent: Annotated[
        list[Path],
        option(
            "送出时的调档名单：核对5项有没有改动",
            "The list as it was sent: its values are locked",
            "--sent",
            metavar="PATH",
        ),
    ] = [],  # noqa: B006
    output: ReportFiles = [],  # noqa: B006
) -> int:
    """Write the list, read the answer."""
    from stuvalid.errors import UsageError
    from stuvalid.files import write_atomically
    from stuvalid.rolls.preenrol import check_hand_over, list_book, registration_book
    from stuvalid.rolls.promote import school_year

    check_reporting(reporting)
    needs_suffix(out, ".xlsx")
    needs_suffix(register, ".xlsx")
    if register is not None and not reply:
        raise UsageError("--register 要和 --reply 一起用。", "--register goes with --reply.")
    options = checking.options()
    with progress_bar("读取中", "reading") as told:
        found, findings = check_hand_over(
            paths, reply, sent, options, year or school_year(options.today), progress=told
        )
    inputs = (*paths, *reply, *sent)
    if out is not None and found.entrants:
        write_atomically(out, list_book(found.entrants), force=reporting.force, inputs=inputs)
        tell(
            f"调档名单已写入 {out}：{len(found.entrants)} 名（含完整号码）",
            f"list: {out}: {len(found.entrants)} pupils (with whole numbers)",
        )
    if register is not None:
        form = options.template or "student-2020"
        missing = found.of("not-found")
        write_atomically(register, registration_book(missing, form), force=reporting.force, inputs=inputs)
        tell(
            f"注册表已写入 {register}：{len(missing)} 名，请补全其余各项",
            f"form: {register}: {len(missing)} pupils, to be completed",
        )
    deliver(findings, reporting, inputs)
    _tell(found, answered=bool(reply))
    return exit_code(findings, reporting)


def _tell(found: HandOver, *, answered: bool) -> None:
    from stuvalid.rolls.preenrol import ANSWERS

    tell(
        f"{found.year}年入学的小学新生 {len(found.entrants)} 名可以调档，{len(found.lacking)} 名缺项；其他年级 {found.others} 名不在内。",
        f"{len(found.entrants)} entrants of {found.year} can be handed over, {len(found.lacking)} lack something; "
        f"{found.others} of other grades are left out.",
    )
    if answered:
        counts = {answer: len(found.of(answer)) for answer in ANSWERS}
        tell(
            "答复：" + "，".join(f"{ANSWERS[answer][0]} {count}" for answer, count in counts.items()) + "。",
            "Answers: " + ", ".join(f"{ANSWERS[answer][1]} {count}" for answer, count in counts.items()) + ".",
        )
