"""``stuvalid bundle``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stuvalid.commands.common import (
    FAILED,
    FOUND,
    OK,
    ConfigFile,
    ExitZero,
    Force,
    FormatName,
    Ignore,
    Lang,
    Levels,
    PerRule,
    Reporting,
    Select,
    ShowValues,
    Strict,
    Verbose,
    Workers,
    deliver,
    errors_in_one_sentence,
    know_rules,
    load_config,
    parse_levels,
    split_words,
    terminal,
)
from stuvalid.commands.passwords import ask_password
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.bundle.options import ArchiveKind, BundleResult, Level
    from stuvalid.bundle.options import Progress as Stages
    from stuvalid.findings import Findings

HELP = say(
    "把收到的各校材料（文件夹、zip、散文件）检查、归位，做成上报用的汇总包。\n\n"
    "先用 --plan 看每个文件归哪所学校，什么也不写；看不准的用 --map 指定。",
    "Check and sort what schools sent (folders, zips, loose files) into the package that is due.\n\n"
    "See with --plan whose each file is before anything is written; settle the unclear ones with --map.",
)
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(I?)B?", re.IGNORECASE)
_BRANCH = re.compile(r"[ │├└─]+")
_UNITS = "KMGT"
_SHOWN_SCHOOLS, _PER_RULE = 15, 5


def bundle(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help=say("放着收到的材料的文件夹", "Folder of what was received"))
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="OUT",
            help=say(
                "包写到这个文件夹；或以 .zip 结尾的文件名",
                "Folder the package is written to, or its name ending in .zip",
            ),
        ),
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            "--level", metavar="school|county|city|province", help=say("做哪一级的包", "Level of the package")
        ),
    ] = "county",
    schools: Annotated[
        Path | None,
        typer.Option(
            "--schools",
            metavar="FILE",
            help=say(
                "学校名单（xlsx 或 csv：学校标识码、学校名称、县区）",
                "List of schools (xlsx or csv: 学校标识码, 学校名称, county)",
            ),
        ),
    ] = None,
    county: Annotated[
        str,
        typer.Option("--county", metavar="CODE", help=say("行政区划代码，如 140106", "Division code, as in 140106")),
    ] = "",
    plan: Annotated[
        bool, typer.Option("--plan", help=say("只显示计划，不写包", "Only show the plan, write no package"))
    ] = False,
    save_plan: Annotated[
        Path | None,
        typer.Option(
            "--save-plan",
            metavar="FILE",
            help=say(
                "把计划存成表（xlsx 或 csv），填好可交给 --map", "Save the plan as a table (xlsx or csv) for --map"
            ),
        ),
    ] = None,
    map_: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help=say(
                "指定归属的表：文件（夹）→ 学校标识码或 ignore",
                "Table that settles whose a file is: path, school code or ignore",
            ),
        ),
    ] = None,
    allow_errors: Annotated[
        bool,
        typer.Option(
            "--allow-errors", help=say("有错误也打包，记入清单", "Bundle in spite of errors; the manifest records it")
        ),
    ] = False,
    archive: Annotated[
        str,
        typer.Option(
            "--archive",
            metavar="zip|zip-aes|none",
            help=say("打包方式；默认 zip", "How the package is archived; zip by default"),
        ),
    ] = "",
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help=say("zip-aes 的密码在这个文件的第一行", "File whose first line is the password for zip-aes"),
        ),
    ] = None,
    password_env: Annotated[
        str,
        typer.Option(
            "--password-env",
            metavar="NAME",
            help=say("zip-aes 的密码在这个环境变量里", "Environment variable that holds the password for zip-aes"),
        ),
    ] = "",
    split: Annotated[
        str,
        typer.Option(
            "--split",
            metavar="SIZE",
            help=say(
                "分卷大小，如 650M（光盘）、4G（FAT32 的U盘）",
                "Size of a volume, as in 650M (a CD) or 4G (a FAT32 stick)",
            ),
        ),
    ] = "",
    bag: Annotated[
        bool,
        typer.Option(
            "--bag",
            help=say("再套一层 BagIt（RFC 8493），供档案系统核对", "Wrap it into a BagIt bag (RFC 8493) for archives"),
        ),
    ] = False,
    operator: Annotated[
        str,
        typer.Option("--by", metavar="NAME", help=say("经办人，记入清单", "Who makes the package, for the manifest")),
    ] = "",
    photos: Annotated[
        bool, typer.Option("--photos/--no-photos", help=say("是否检查照片画面", "Whether to look at the photos"))
    ] = True,
    format_: FormatName = "text",
    report: Annotated[
        list[str],
        typer.Option(
            "--report",
            metavar="[FORMAT=]FILE",
            help=say(
                "另写检查报告，格式看扩展名；可多次给出",
                "Also write a report, its format by its suffix; may be repeated",
            ),
        ),
    ] = [],  # noqa: B006
    select: Select = [],  # noqa: B006
    ignore: Ignore = [],  # noqa: B006
    severity: Levels = [],  # noqa: B006
    strict: Strict = None,
    exit_zero: ExitZero = False,
    show_values: ShowValues = None,
    per_rule: PerRule = None,
    workers: Workers = 0,
    verbose: Verbose = False,
    force: Force = False,
    config_file: ConfigFile = None,
    lang: Lang = "",
) -> None:
    """Bundle what was received."""
    with errors_in_one_sentence():
        from stuvalid.bundle.command import run_bundle
        from stuvalid.bundle.options import BundleOptions
        from stuvalid.check.run import CheckOptions

        config = load_config(config_file, [folder])
        levels = parse_levels(severity) or parse_levels(
            f"{name}={word}" for name, word in config.get("severity").items()
        )
        checking = CheckOptions(
            select=config.get("select", split_words(select)),
            ignore=config.get("ignore", split_words(ignore)),
            severities=levels,
            divisions=config.get("divisions"),
            workers=workers,
            template=config.get("template"),
        )
        kind = _archive(config.get("archive", archive))
        listed = config.get("schools", str(schools) if schools else "")
        options = BundleOptions(
            folder=folder,
            out=None if plan else out,
            level=_level(level),
            schools=Path(listed) if listed else None,
            county=config.get("county", county),
            decisions=map_,
            allow_errors=allow_errors,
            archive=kind,
            split=parse_size(split),
            bag=bag,
            operator=config.get("operator", operator),
            photos=photos,
            photo_spec=config.get("photos.spec"),
            lang=language(),
            force=force,
            check=checking,
            password=ask_password(password_file, password_env, twice=True) if kind == "zip-aes" and not plan else None,
        )
        reporting = Reporting(
            format_,
            tuple(report),
            show_values=config.get("show_values", show_values),
            force=force,
            per_rule=config.get("per_rule", per_rule),
            verbose=verbose,
            inputs=tuple(filter(None, (schools, map_))),
        )
        reporting.check()
        know_rules(checking.select, checking.ignore, checking.severities)
        if out is None and not plan and save_plan is None:
            raise UsageError(
                "没有说写到哪里。",
                "Nothing says where to write.",
                mend_zh="用 -o 给出文件夹，或用 --plan 只看计划。",
                mend_en="Give a folder with -o, or --plan to see the plan only.",
            )
        with _stages() as told:
            result = run_bundle(options, progress=told)
        if save_plan is not None:
            _save(save_plan, result, force=force)
        if plan or (out is None and format_ == "text"):
            _show_plan(result)
        _deliver(result, reporting)
        code = _exit_code(result, strict=config.get("strict", strict), exit_zero=exit_zero)
        raise typer.Exit(code)


def _exit_code(result: BundleResult, *, strict: bool, exit_zero: bool) -> int:
    """0 also when a package was written in spite of errors that were allowed; 2 when a rule crashed."""
    from stuvalid.findings import Severity

    findings = result.findings
    if findings.crashed:
        return FAILED
    faults = (findings.count(Severity.ERROR) and not result.written) or (strict and findings.count(Severity.WARNING))
    return FOUND if faults and not exit_zero else OK


def _level(word: str) -> Level:
    match word:
        case "school" | "county" | "city" | "province":
            return word
    raise UsageError(
        f"没有“{word}”这一级，可用 school、county、city、province。",
        f"There is no level '{word}'; use school, county, city or province.",
    )


def _archive(word: str) -> ArchiveKind:
    match word:
        case "zip" | "zip-aes" | "none":
            return word
    raise UsageError(
        f"--archive 不能是“{word}”，可用 zip、zip-aes、none。",
        f"--archive cannot be '{word}'; use zip, zip-aes or none.",
    )


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


@contextmanager
def _stages() -> Iterator[Stages | None]:
    """One bar a stage on standard error when a person watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from stuvalid.bundle.options import STAGES

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(say(*STAGES[stage]))
            bar.update(tasks[stage], completed=done, total=total)

        yield tell


def _save(path: Path, result: BundleResult, *, force: bool) -> None:
    from stuvalid.bundle.mapping import table_bytes
    from stuvalid.bundle.view import plan_rows
    from stuvalid.files import write_atomically

    suffix = path.suffix.lower()
    if suffix not in (".csv", ".xlsx"):
        raise UsageError(
            "--save-plan 的文件名以 .xlsx 或 .csv 结尾。", "--save-plan takes a name ending in .xlsx or .csv."
        )
    write_atomically(path, table_bytes(plan_rows(result.plan, result.findings), suffix), force=force)
    typer.echo(say(f"计划已存为 {path}", f"The plan was saved as {path}"), err=True)


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


def _deliver(result: BundleResult, reporting: Reporting) -> None:
    """The report in the formats asked for; as text an overview, in full with ``--verbose``."""
    if reporting.format != "text" or reporting.verbose:
        deliver(result.findings, reporting)
    else:
        for line in _overview(result, reporting):
            typer.echo(line)
        if reporting.outputs:
            deliver(
                result.findings,
                Reporting("json", reporting.outputs, show_values=reporting.show_values, force=reporting.force),
            )
    for path in result.written:
        typer.echo(say(f"已写出 {path}", f"written: {path}"), err=True)
    if result.written and result.check_code:
        typer.echo(
            say(
                f"核对码 {result.check_code}（报给收包的人）",
                f"check code {result.check_code} (tell it to whoever receives it)",
            ),
            err=True,
        )
    if result.stopped:
        typer.echo(
            say(
                "有错误，没有写出包。改正后重新运行；确要带着错误上报，加 --allow-errors（会记入清单）。",
                "There are errors, so no package was written. Mend them, or add --allow-errors (the manifest will say so).",
            ),
            err=True,
        )


def _overview(result: BundleResult, reporting: Reporting) -> Iterator[str]:
    """What a county clerk needs to know first: the package's own problems, then which schools have errors."""
    yield ""
    yield from _package_lines(result.findings, reporting)
    yield from _school_lines(result)
    from stuvalid.bundle.view import units

    summary = result.findings.summary()
    pupils = sum(entry.counts.pupils for entry in result.plan.included)
    count = units(result.level, len(result.plan.codes))
    yield say(
        f"共{count}、{pupils}名学生：{summary['errors']}个错误，{summary['warnings']}个警告。",
        f"{count}, {pupils} pupils: {summary['errors']} errors, {summary['warnings']} warnings.",
    )


def _package_lines(findings: Findings, reporting: Reporting) -> Iterator[str]:
    from stuvalid.findings import Severity
    from stuvalid.report.document import path
    from stuvalid.report.wording import Wording

    wording = Wording(language(), show_values=reporting.show_values)
    limit = _PER_RULE if reporting.per_rule is None else reporting.per_rule
    mine = [entry for entry in findings.extra if entry.rule.startswith("PKG") and entry.severity > Severity.INFO]
    for rule in sorted(
        {entry.rule for entry in mine}, key=lambda rule: (-max(e.severity for e in mine if e.rule == rule), rule)
    ):
        entries = [entry for entry in mine if entry.rule == rule]
        word = say("错误", "error") if entries[0].severity is Severity.ERROR else say("警告", "warning")
        for entry in entries[:limit]:
            message, place = wording.message(entry), path(entry.place.file, wording)
            yield f"{word} {rule} {message}" if place in message else f"{word} {rule} {place}：{message}"
        if len(entries) > limit:
            yield say(f"   …另有{len(entries) - limit}处", f"   … {len(entries) - limit} more")
        yield say(f"   改法：{wording.mend(entries[0])}", f"   mend: {wording.mend(entries[0])}")


def _school_lines(result: BundleResult) -> Sequence[str]:
    from stuvalid.bundle.layout import folder_of
    from stuvalid.bundle.parts import count_by_file
    from stuvalid.findings import Severity

    counts = count_by_file(result.findings)
    wrong: dict[str, int] = {}
    for entry in result.plan.included:
        errors = counts.get(entry.name, {}).get(Severity.ERROR, 0)
        if errors:
            wrong[entry.school] = wrong.get(entry.school, 0) + errors
    worst = sorted(wrong, key=lambda code: (-wrong[code], code))
    lines = [say(f"有错误的学校（{len(wrong)}所）：", f"schools with errors ({len(wrong)}):")] if wrong else []
    lines += [
        say(f"   {folder_of(result.plan, code)}  {wrong[code]}个", f"   {folder_of(result.plan, code)}  {wrong[code]}")
        for code in worst[:_SHOWN_SCHOOLS]
    ]
    if len(worst) > _SHOWN_SCHOOLS:
        lines.append(say(f"   …另有{len(worst) - _SHOWN_SCHOOLS}所", f"   … {len(worst) - _SHOWN_SCHOOLS} more"))
    return lines
