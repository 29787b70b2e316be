"""``stuvalid photos``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import (
    FOUND,
    OK,
    ConfigFile,
    ExitZero,
    Force,
    FormatName,
    Ignore,
    Lang,
    Levels,
    Outputs,
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
    progress_bar,
    split_words,
)
from stuvalid.errors import UsageError
from stuvalid.language import say

if TYPE_CHECKING:
    from stuvalid.findings import Findings
    from stuvalid.photos.layout import Grouping
    from stuvalid.photos.options import PhotoOptions, PhotoResult

HELP = say(
    "检查照片：规格、底色、头像大小和位置、命名，并与名单核对。\n\n加 --fix 输出裁好、改好名、分好班的照片。",
    "Check photos: size, background, head, names, and against the roster.\n\nWith --fix, write them cropped, named and sorted.",
)
_MEBIBYTE = 1 << 20


def photos(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help=say("照片、文件夹或 zip", "Pictures, folders or zip archives")),
    ],
    roster: Annotated[
        list[Path],
        typer.Option(
            "--roster",
            "-r",
            metavar="FILE",
            help=say("学生名单（学籍表）；可多次给出", "Roster: a student workbook; may be repeated"),
        ),
    ] = [],  # noqa: B006
    spec: Annotated[
        str,
        typer.Option(
            "--spec",
            "-s",
            metavar="NAME|FILE",
            help=say("照片规格（名称或 TOML 文件）", "Photo specification (id or TOML file)"),
        ),
    ] = "",
    fix: Annotated[
        Path | None,
        typer.Option(
            "--fix", metavar="OUT", help=say("修好的照片写到这个新文件夹", "Write repaired photos to this new folder")
        ),
    ] = None,
    background: Annotated[
        bool | None,
        typer.Option(
            "--background/--keep-background",
            help=say("修时可换成规定的蓝色背景", "Repairing may replace the background by the prescribed blue"),
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="FILE",
            help=say("按班排列的核对页（.html 或 .pdf）", "Contact sheet by class (.html or .pdf)"),
        ),
    ] = None,
    zip_by: Annotated[
        str,
        typer.Option(
            "--zip",
            metavar="class|grade|school",
            help=say(
                "另打上传包：按班、年级或全校（与 --fix 同用）",
                "Also pack upload archives by class, grade or school (with --fix)",
            ),
        ),
    ] = "",
    zip_cap: Annotated[
        int,
        typer.Option(
            "--zip-cap",
            min=1,
            metavar="MB",
            help=say("每个上传包不超过多少MB", "Size of an upload archive at most, MB"),
        ),
    ] = 50,
    school_code: Annotated[
        str,
        typer.Option(
            "--school-code",
            metavar="CODE",
            help=say("学校标识码（无身份证号的照片命名用）", "School code, for names of photos without an ID number"),
        ),
    ] = "",
    faces: Annotated[
        bool | None,
        typer.Option(
            "--faces/--no-faces",
            help=say("是否检查人像；默认装了组件就查", "Check faces; by default if the component is installed"),
        ),
    ] = None,
    format_: FormatName = "text",
    output: Outputs = [],  # noqa: B006
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
    """Check photos and, if asked, repair them."""
    with errors_in_one_sentence():
        from stuvalid.photos.command import run_photos
        from stuvalid.photos.options import PhotoOptions
        from stuvalid.photos.spec import DEFAULT

        config = load_config(config_file, paths)
        levels = parse_levels(severity) or parse_levels(
            f"{name}={word}" for name, word in config.get("severity").items()
        )
        options = PhotoOptions(
            paths=tuple(paths),
            rosters=tuple(roster),
            spec=config.get("photos.spec", spec) or DEFAULT,
            fix=fix,
            background=config.get("photos.background", background),
            sheet=sheet,
            zip_by=_grouping(zip_by),
            zip_cap=zip_cap * _MEBIBYTE,
            school_code=config.get("school_code", school_code),
            select=config.get("select", split_words(select)),
            ignore=config.get("ignore", split_words(ignore)),
            severities=levels,
            faces=faces,
            workers=workers,
            force=force,
            show_values=config.get("show_values", show_values),
        )
        reporting = Reporting(
            format_,
            tuple(output),
            show_values=options.show_values,
            force=force,
            per_rule=config.get("per_rule", per_rule),
            verbose=verbose,
            inputs=(*paths, *roster),
        )
        reporting.check()
        know_rules(options.select, options.ignore, options.severities)
        if zip_by and fix is None:
            raise UsageError("--zip 要和 --fix 一起用。", "--zip needs --fix.")
        with progress_bar("检查照片", "checking photos") as told:
            result = run_photos(options, progress=told)
        deliver(result.findings, reporting)
        _tell(result, options)
        raise typer.Exit(_exit_code(result.findings, strict=config.get("strict", strict), exit_zero=exit_zero))


def _grouping(word: str) -> Grouping | None:
    match word:
        case "":
            return None
        case "class" | "grade" | "school":
            return word
    raise UsageError(
        f"--zip 不能是“{word}”，可用 class、grade、school。", f"--zip cannot be '{word}'; use class, grade or school."
    )


def _tell(result: PhotoResult, options: PhotoOptions) -> None:
    """Notes on standard error: what was written, and what was not looked at."""
    if not result.faces_checked:
        why = (
            say("按 --no-faces", "as --no-faces asks")
            if options.faces is False
            else say("未安装组件，可运行 pip install 'stuvalid[face]'", "run pip install 'stuvalid[face]'")
        )
        typer.echo(
            say(
                f"没有检查人像（头的大小、位置、是否正面、清晰度）：{why}。",
                f"Faces were not checked (size, place, pose, sharpness): {why}.",
            ),
            err=True,
        )
    if options.fix is not None:
        typer.echo(
            say(
                f"修好 {result.repaired} 张，未能修 {result.unrepaired} 张，其余原样；写在 {options.fix}。",
                f"{result.repaired} repaired, {result.unrepaired} could not be, the rest as it was; written to {options.fix}.",
            ),
            err=True,
        )
    for path in result.written:
        typer.echo(say(f"已写出 {path}", f"written: {path}"), err=True)


def _exit_code(findings: Findings, *, strict: bool, exit_zero: bool) -> int:
    """As for `check`, but a picture that cannot be decoded is a finding, not a failed run."""
    from stuvalid.commands.common import FAILED
    from stuvalid.findings import Severity

    if findings.crashed:
        return FAILED
    faults = findings.count(Severity.ERROR) + (findings.count(Severity.WARNING) if strict else 0)
    return FOUND if faults and not exit_zero else OK
