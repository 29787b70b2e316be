"""``stuvalid promote``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from stuvalid.commands.common import check_reporting, deliver, exit_code, progress_bar, tell
from stuvalid.commands.options import Checking, ReportFiles, Reporting, argument, needs_suffix, option, spread
from stuvalid.language import language, say

HELP = say(
    "毕业升级核对：上学年名单与本学年名单，按学生比。\n\n"
    "谁毕业、谁不能毕业及原因、谁的年级低了、谁是新来的、谁没有手续就不见了。"
    "其余年级由教育部8月10日统一升级，不用学校做。\n\n"
    "例：stuvalid promote 2025花名册.xlsx 2026花名册.xlsx --movements 异动.xlsx -o 升级.xlsx",
    "Hold last year's list against this year's, pupil by pupil.\n\n"
    "Who leaves, who cannot and why, who is in a lower grade, who is new, who is gone without a move. The ministry moves"
    " the other grades up by itself on 10 August.\n\n"
    "Example: stuvalid promote last.xlsx this.xlsx --movements moves.xlsx -o list.xlsx",
)


@spread
def promote(
    last: Annotated[Path, argument("上学年的名单：文件或文件夹", "Last year's list: a file or folder", "LAST")],
    this: Annotated[Path, argument("本学年的名单", "This year's list", "THIS")],
    checking: Checking,
    reporting: Reporting,
    movements: Annotated[
        list[Path], option("异动名单（休学、转学……）", "Lists of movements", "--movements", metavar="PATH")
    ] = [],  # noqa: B006
    year: Annotated[
        int, option("本学年开始的年份，默认按今天", "Year in which this school year began", "--year", min=0, max=2100)
    ] = 0,
    system: Annotated[
        Literal["6-3", "5-4"], option("学制：六三或五四", "Grades of primary and junior school", "--system")
    ] = "6-3",
    out: Annotated[
        Path | None, option("写出名单（xlsx）", "Write the list (xlsx)", "--out", "-o", metavar="LIST.xlsx")
    ] = None,
    output: ReportFiles = [],  # noqa: B006
) -> int:
    """Report what does not go up as it should."""
    from stuvalid.files import write_atomically
    from stuvalid.rolls.promote import SYSTEMS, WORDS, check_promotion, school_year
    from stuvalid.rolls.promote_list import promotion_book

    check_reporting(reporting)
    needs_suffix(out, ".xlsx")
    options = checking.options()
    with progress_bar("核对中", "comparing") as told:
        promotion, findings = check_promotion(
            last, this, movements, options, year or school_year(options.today), SYSTEMS[system], progress=told
        )
    inputs = (last, this, *movements)
    if out is not None:
        write_atomically(out, promotion_book(promotion, language()), force=reporting.force, inputs=inputs)
        tell(f"名单已写入 {out}（含姓名，只在校内使用）", f"list: {out} (with names, for the school alone)")
    deliver(findings, reporting, inputs)
    counts = promotion.counts().items()
    tell(
        f"{promotion.year}学年：" + "，".join(f"{WORDS[fate][0]} {count}" for fate, count in counts) + "。",
        f"School year {promotion.year}: " + ", ".join(f"{WORDS[fate][1]} {count}" for fate, count in counts) + ".",
    )
    return exit_code(findings, reporting)
