"""``stuvalid roll``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import check_reporting, deliver, exit_code, progress_bar, tell
from stuvalid.commands.options import Checking, Paths, ReportFiles, Reporting, needs_suffix, option, spread
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.rolls.roll import Roll

HELP = say(
    "人籍一致核查：学籍系统导出的花名册与各班实际名单核对。\n\n"
    "有籍无人、有人无籍、班级不同、写法不同，逐人列出；-o 每班打印一张点名签字表。"
    "有“学籍号”列的或学籍模板算花名册，其余算班级名单；分不清时用 --registry 指定。\n\n"
    "例：stuvalid roll 花名册.xlsx 各班名单/ -o 核查表.xlsx",
    "Hold the registry's roll against who sits in the room.\n\n"
    "Who is on paper and not in the room, in the room and not on paper, in another class, spelt otherwise; -o makes"
    " a sheet a class to tick and sign. Lists with record numbers, and registration forms, are the roll, all others the room;"
    " --registry says it where that does not tell.\n\n"
    "Example: stuvalid roll registry.xlsx classes/ -o lists.xlsx",
)


@spread
def roll(
    paths: Paths,
    checking: Checking,
    reporting: Reporting,
    registry: Annotated[
        list[Path], option("学籍系统导出的花名册", "The registry's own list", "--registry", metavar="PATH")
    ] = [],  # noqa: B006 - the library reads it, nobody changes it
    out: Annotated[
        Path | None,
        option(
            "每班一张点名签字表（xlsx）", "A sheet a class to tick and sign (xlsx)", "--out", "-o", metavar="OUT.xlsx"
        ),
    ] = None,
    output: ReportFiles = [],  # noqa: B006
) -> int:
    """Hold the roll against the room and report every difference."""
    from stuvalid.files import write_atomically
    from stuvalid.rolls.roll import check_roll
    from stuvalid.rolls.roll_sheets import roll_book

    check_reporting(reporting)
    needs_suffix(out, ".xlsx")
    with progress_bar("核对中", "comparing") as told:
        found, findings = check_roll(paths, registry, checking.options(), progress=told)
    inputs = (*paths, *registry)
    if out is not None:
        write_atomically(out, roll_book(found, language()), force=reporting.force, inputs=inputs)
        tell(
            f"点名签字表已写入 {out}（含姓名，只在校内使用）",
            f"sheets to sign: {out} (with names, for the school alone)",
        )
    deliver(findings, reporting, inputs)
    _tell(found)
    return exit_code(findings, reporting)


def _tell(found: Roll) -> None:
    from stuvalid.rolls.roll import WORDS

    counts = {what: count for what, count in found.counts().items() if count}
    zh = "，".join(f"{WORDS[what][0]} {count}" for what, count in counts.items())
    en = ", ".join(f"{WORDS[what][1]} {count}" for what, count in counts.items())
    away = (f"；休学等不在校 {found.away}", f"; away with a reason {found.away}") if found.away else ("", "")
    tell(
        f"学籍 {found.paper} 人，班级名单 {found.room} 人：{zh}{away[0]}。",
        f"{found.paper} on paper, {found.room} in the room: {en}{away[1]}.",
    )
