"""``stuvalid bundle``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from stuvalid.commands.common import (
    FAILED,
    FOUND,
    OK,
    check_reporting,
    deliver,
    stages_bar,
    tell,
    tell_written,
    terminal,
    write_reports,
)
from stuvalid.commands.options import (
    Checking,
    County,
    PasswordFile,
    PasswordVariable,
    ReportFiles,
    Reporting,
    Schools,
    argument,
    option,
    spread,
)
from stuvalid.commands.passwords import ask_password
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.bundle.options import BundleResult

HELP = say(
    "把收到的各校材料（文件夹、zip、散文件）检查、归位，做成上报用的汇总包，写在材料旁边。\n\n"
    "先用 --plan 看每个文件归哪所学校，什么也不写；看不准的用 --map 指定。",
    "Check and sort what schools sent (folders, zips, loose files) into the package that is due, beside what was received.\n\n"
    "See with --plan whose each file is before anything is written; settle the unclear ones with --map.",
)
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(I?)B?", re.IGNORECASE)
_BRANCH = re.compile(r"[ │├└─]+")
_UNITS = "KMGT"


@spread
def bundle(
    folder: Annotated[Path, argument("放着收到的材料的文件夹", "Folder of what was received", "DIR")],
    checking: Checking,
    reporting: Reporting,
    out: Annotated[
        Path | None,
        option(
            "包写到这个文件夹，或以 .zip 结尾的文件名；默认写在材料旁边",
            "Folder the package is written to, or its name ending in .zip; by default beside what was received",
            "--out",
            "-o",
            metavar="OUT",
        ),
    ] = None,
    level: Annotated[
        Literal["school", "county", "city", "province"], option("做哪一级的包", "Level of the package", "--level")
    ] = "county",
    schools: Schools = None,
    county: County = "",
    plan: Annotated[bool, option("只显示计划，不写包", "Only show the plan, write no package", "--plan")] = False,
    save_plan: Annotated[
        Path | None,
        option(
            "把计划存成表（xlsx 或 csv），填好可交给 --map",
            "Save the plan as a table (xlsx or csv) for --map",
            "--save-plan",
            metavar="FILE",
        ),
    ] = None,
    map_: Annotated[
        Path | None,
        option(
            "指定归属的表：文件（夹）→ 学校标识码或 ignore",
            "Table that settles whose a file is: path, school code or ignore",
            "--map",
            metavar="FILE",
        ),
    ] = None,
    allow_errors: Annotated[
        bool, option("有错误也打包，记入清单", "Bundle in spite of errors; the manifest records it", "--allow-errors")
    ] = False,
    archive: Annotated[
        Literal["zip", "zip-aes", "none"], option("打包方式", "How the package is archived", "--archive")
    ] = "zip",
    password_file: PasswordFile = None,
    password_env: PasswordVariable = "",
    split: Annotated[
        str,
        option(
            "分卷大小，如 650M（光盘）、4G（FAT32 的U盘）",
            "Size of a volume, as in 650M (a CD) or 4G (a FAT32 stick)",
            "--split",
            metavar="SIZE",
        ),
    ] = "",
    bag: Annotated[
        bool,
        option(
            "再套一层 BagIt（RFC 8493），供档案系统核对", "Wrap it into a BagIt bag (RFC 8493) for archives", "--bag"
        ),
    ] = False,
    operator: Annotated[
        str, option("经办人，记入清单", "Who makes the package, for the manifest", "--by", metavar="NAME")
    ] = "",
    photos: Annotated[bool, option("是否检查照片画面", "Whether to look at the photos", "--photos/--no-photos")] = True,
    photos_spec: Annotated[
        str,
        option("照片规格（名称或 TOML 文件）", "Photo specification (id or TOML file)", "--spec", metavar="NAME|FILE"),
    ] = "",
    output: ReportFiles = [],  # noqa: B006
) -> int:
    """Bundle what was received."""
    from stuvalid.bundle.command import run_bundle
    from stuvalid.bundle.options import STAGES, BundleOptions

    check_reporting(reporting)
    if save_plan is not None:
        _refuse_plan(save_plan, force=reporting.force)
    only_planned = plan or (out is None and save_plan is not None)
    sealed = archive == "zip-aes" and not only_planned
    options = BundleOptions(
        folder=folder,
        out=None if only_planned else out or folder.resolve().parent,
        level=level,
        schools=schools,
        county=county,
        decisions=map_,
        allow_errors=allow_errors,
        archive=archive,
        split=parse_size(split),
        bag=bag,
        operator=operator,
        photos=photos,
        photo_spec=photos_spec,
        lang=language(),
        force=reporting.force,
        check=checking.options(),
        password=ask_password(password_file, password_env, twice=True) if sealed else None,
    )
    with stages_bar(lambda stage: say(*STAGES[stage])) as told:
        result = run_bundle(options, progress=told)
    if save_plan is not None:
        _save(save_plan, result, force=reporting.force)
    if plan and reporting.format_ == "text" and not reporting.quiet:
        _show_plan(result)
    _deliver(result, reporting, [path for path in (folder, schools, map_) if path])
    return _exit_code(result, reporting)


def _exit_code(result: BundleResult, reporting: Reporting) -> int:
    """0 also when a package was written in spite of errors that were allowed; 2 when a rule crashed."""
    from stuvalid.findings import Severity

    findings = result.findings
    if findings.crashed:
        return FAILED
    warned = reporting.strict and findings.count(Severity.WARNING)
    faults = (findings.count(Severity.ERROR) and not result.written) or warned
    return FOUND if faults and not reporting.exit_zero else OK


def parse_size(text: str) -> int:
    """Bytes from 650M, 4.7G, 700MB …; 0 for ''.

    Units are decimal as makers of discs and sticks count: a 4.7 GB disc holds no 4.7 GiB, FAT32 no file of 4 GiB.
    """
    if not text:
        return 0
    match = _SIZE.fullmatch(text.strip())
    base = 1024 if match and match[3] else 1000
    size = round(float(match[1]) * base ** (_UNITS.find(match[2].upper()) + 1 if match[2] else 0)) if match else 0
    if size <= 0:
        raise UsageError(
            f"--split 写法不对：{text}。",
            f"--split is malformed: {text}.",
            mend_zh="如 650M、4G。",
            mend_en="As in 650M or 4G.",
        )
    return size


def _refuse_plan(path: Path, *, force: bool) -> None:
    """Say that the plan cannot be saved there before the package is made, not after it."""
    from stuvalid.files import refuse_target

    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise UsageError(
            "--save-plan 的文件名以 .xlsx 或 .csv 结尾。", "--save-plan takes a name ending in .xlsx or .csv."
        )
    refuse_target(path, force=force, inputs=(), folder=False)


def _save(path: Path, result: BundleResult, *, force: bool) -> None:
    from stuvalid.bundle.mapping import table_bytes
    from stuvalid.bundle.view import plan_rows
    from stuvalid.files import write_atomically

    table = table_bytes(plan_rows(result.plan, result.findings), path.suffix.lower())
    write_atomically(path, table, force=force)
    tell(f"计划已存为 {path}", f"The plan was saved as {path}")


def _folded(line: str, width: int) -> Iterator[str]:
    """A line of the tree in pieces that fit, each but the first indented below its branch."""
    from rich.cells import cell_len

    branch = _BRANCH.match(line)
    stem = branch[0].replace("├─", "│ ").replace("└─", "  ") + "  " if branch else ""
    piece = ""
    for char in line:
        if cell_len(piece + char) > width:
            cut = piece.rfind(" ← ")
            yield piece if cut < 0 else piece[:cut]
            piece = stem + ("" if cut < 0 else piece[cut + 1 :])
        piece += char
    yield piece


def _show_plan(result: BundleResult) -> None:
    from rich.table import Table

    from stuvalid.bundle.view import table_rows, tree_lines

    console = terminal()
    for line in tree_lines(result):
        for piece in _folded(line, console.width):
            typer.echo(piece)
    console.print()
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column(say("收到的文件", "received"), ratio=5, overflow="fold")
    table.add_column(say("学校", "school"), no_wrap=True)
    table.add_column(say("去向", "fate"), no_wrap=True)
    table.add_column(say("依据", "why"), ratio=4, overflow="fold")
    for row in table_rows(result.plan):
        count = say(f" {row.count}个", f" {row.count} files") if row.count > 1 else ""
        table.add_row(row.name + count, row.school, row.fate, row.why)
    console.print(table)


def _deliver(result: BundleResult, reporting: Reporting, inputs: list[Path]) -> None:
    """The report in the formats asked for; as text an overview, in full with ``--verbose``."""
    if reporting.format_ != "text" or reporting.verbose:
        deliver(result.findings, reporting, inputs)
    else:
        from stuvalid.bundle.view import overview
        from stuvalid.report.wording import Wording

        write_reports(result.findings, reporting, inputs)
        wording = Wording(language(), show_values=reporting.show_values)
        for line in () if reporting.quiet else overview(result, wording, reporting.per_rule):
            typer.echo(line)
    tell_written(result.written)
    if result.written and result.check_code:
        tell(
            f"核对码 {result.check_code}（报给收包的人）",
            f"check code {result.check_code} (tell it to whoever receives it)",
        )
    if result.stopped:
        tell(
            "有错误，没有写出包。改正后重新运行；确要带着错误上报，加 --allow-errors（会记入清单）。",
            "There are errors, so no package was written. Mend them, or add --allow-errors (the manifest will say so).",
        )
