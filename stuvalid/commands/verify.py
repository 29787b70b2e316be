"""``stuvalid verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import (
    FAILED,
    FOUND,
    OK,
    ConfigFile,
    ExitZero,
    FormatName,
    Ignore,
    Lang,
    Outputs,
    PerRule,
    Reporting,
    ShowValues,
    Strict,
    Verbose,
    Workers,
    deliver,
    errors_in_one_sentence,
    know_rules,
    load_config,
    progress_bar,
    split_words,
)
from stuvalid.commands.passwords import ask_password
from stuvalid.errors import UsageError
from stuvalid.language import say

if TYPE_CHECKING:
    from stuvalid.bundle.verify import VerifyResult

HELP = say(
    "核对收到的包：每个文件的哈希、名称、合计、收件的下落。\n\n可以给文件夹、zip、加密 zip 或第一个分卷（.001）。",
    "Prove a received package: hashes, names, counts, and what became of all that was received.\n\nGive a folder, a zip, an encrypted zip or the first volume (.001).",
)


def verify(
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help=say("收到的包", "The package received"))],
    recheck: Annotated[
        bool, typer.Option("--recheck", help=say("再检查包里的学生表", "Also check the workbooks in it again"))
    ] = False,
    code: Annotated[
        str,
        typer.Option(
            "--code",
            metavar="CODE",
            help=say("对方报的核对码，如 1F3A-09BC-77D0-4E21", "Check code the sender told, as in 1F3A-09BC-77D0-4E21"),
        ),
    ] = "",
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help=say("密码在这个文件的第一行", "File whose first line is the password"),
        ),
    ] = None,
    password_env: Annotated[
        str,
        typer.Option(
            "--password-env",
            metavar="NAME",
            help=say("密码在这个环境变量里", "Environment variable that holds the password"),
        ),
    ] = "",
    format_: FormatName = "text",
    output: Outputs = [],  # noqa: B006
    select: Annotated[
        list[str],
        typer.Option(
            "--select",
            help=say(
                "--recheck 时只用这些规则（编号、名称或前缀）", "With --recheck, only these rules (id, name or prefix)"
            ),
        ),
    ] = [],  # noqa: B006
    ignore: Ignore = [],  # noqa: B006
    strict: Strict = None,
    exit_zero: ExitZero = False,
    show_values: ShowValues = None,
    per_rule: PerRule = None,
    workers: Workers = 0,
    verbose: Verbose = False,
    config_file: ConfigFile = None,
    lang: Lang = "",
) -> None:
    """Prove a received package."""
    with errors_in_one_sentence():
        from stuvalid.bundle.verify import VerifyOptions, verify_package
        from stuvalid.check.run import CheckOptions

        if not package.exists():
            raise UsageError(
                f"找不到 {package}。",
                f"{package} does not exist.",
                mend_zh="检查路径是否写对。",
                mend_en="Check the path.",
            )
        config = load_config(config_file, [package])
        checking = CheckOptions(
            select=config.get("select", split_words(select)),
            ignore=config.get("ignore", split_words(ignore)),
            divisions=config.get("divisions"),
            workers=workers,
        )
        reporting = Reporting(
            format_,
            tuple(output),
            show_values=config.get("show_values", show_values),
            per_rule=config.get("per_rule", per_rule),
            verbose=verbose,
            inputs=(package,),
        )
        reporting.check()
        know_rules(checking.select, checking.ignore, checking.severities)
        options = VerifyOptions(package, lambda: ask_password(password_file, password_env), recheck, code, checking)
        with progress_bar("核对中", "proving") as told:
            result = verify_package(options, progress=told)
        deliver(result.findings, reporting)
        _tell(result)
        raise typer.Exit(_exit_code(result, strict=config.get("strict", strict), exit_zero=exit_zero))


def _tell(result: VerifyResult) -> None:
    """The verdict, and what the package says it is, on standard error."""
    manifest = result.manifest
    if not manifest:
        return
    counts, code = manifest["counts"], result.code
    by = manifest["operator"] or say("（未记）", "(nobody named)")
    lines = [
        say(
            f"{manifest['title']}：{counts.get('schools', 0)} 所学校，{counts.get('pupils', 0)} 名学生，{counts.get('photos', 0)} 张照片；"
            f"{result.files} 个文件，{manifest['created']} 由 {by} 用 stuvalid {manifest['version']} 打包。",
            f"{manifest['title']}: {counts.get('schools', 0)} schools, {counts.get('pupils', 0)} pupils, {counts.get('photos', 0)} photos; "
            f"{result.files} files, made {manifest['created']} by {by} with stuvalid {manifest['version']}.",
        ),
        say(
            "包完整：每个文件都与清单相同，收件都有下落。" if result.proved else "包有问题：与清单不符，见上。",
            "The package is whole: every file is as the manifest says, every file received is accounted for."
            if result.proved
            else "The package is not as its manifest says, see above.",
        ),
        say(f"核对码 {code}（与打包的人报的对一遍）", f"check code {code} (compare it with the sender's)"),
    ]
    for line in lines:
        typer.echo(line, err=True)


def _exit_code(result: VerifyResult, *, strict: bool, exit_zero: bool) -> int:
    """0 proved, 1 something is wrong, 2 the package could not be opened at all, whatever rules were left out."""
    from stuvalid.findings import Severity

    findings = result.findings
    if findings.crashed or not result.opened:
        return FAILED
    faults = findings.count(Severity.ERROR) + (findings.count(Severity.WARNING) if strict else 0)
    return FOUND if faults and not exit_zero else OK
