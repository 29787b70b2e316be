"""``stuvalid duplicates``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stuvalid.commands.common import (
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
    exit_code,
    know_rules,
    load_config,
    parse_levels,
    progress_bar,
    split_words,
)
from stuvalid.errors import UsageError
from stuvalid.language import language, say

HELP = say(
    "查找问题学籍：身份证件号错误、身份证件号重复、姓名性别出生日期重复。\n\n"
    "校内、校际都查；--worklists 给每所学校一份核查表。跨县比对用 --keys 生成的密文，不交换学生信息。",
    "Find problem records: wrong ID numbers, the same number twice, the same name, sex and birth date twice.\n\n"
    "Within schools and across them; --worklists makes a list for each school. Counties compare hashes made with"
    " --keys and exchange no child's data.",
)


def duplicates(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH...",
            help=say(
                "工作簿、文件夹、zip，或密文 .parquet", "Workbooks, folders, zip archives, or .parquet files of keys"
            ),
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        list[Path],
        typer.Option(
            "--against",
            metavar="PATH",
            help=say("与先前收集的数据比对；可多次给出", "Compare with an earlier collection; may be repeated"),
        ),
    ] = [],  # noqa: B006
    worklists: Annotated[
        Path | None,
        typer.Option(
            "--worklists",
            "-w",
            metavar="DIR",
            help=say(
                "每所学校一份核查表（xlsx）写入这个文件夹", "Write a work list (xlsx) for each school into this folder"
            ),
        ),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            metavar="OUT.parquet",
            help=say("写出密文，供跨县比对", "Write keyed hashes to compare with other counties"),
        ),
    ] = None,
    matches: Annotated[
        Path | None,
        typer.Option(
            "--matches",
            metavar="OUT.csv",
            help=say("写出密文比对结果，发回各县", "Write the matches of keys, to be sent back to the counties"),
        ),
    ] = None,
    resolve: Annotated[
        Path | None,
        typer.Option(
            "--resolve",
            metavar="MATCHES",
            help=say("用本县工作簿把比对结果对回学生", "Find the pupils of a list of matches in these workbooks"),
        ),
    ] = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            "--secret-file",
            metavar="FILE",
            help=say(
                "省里下发的密钥文件；也可用环境变量 STUVALID_SECRET",
                "File with the province's secret; or set STUVALID_SECRET",
            ),
        ),
    ] = None,
    new_secret: Annotated[
        Path | None,
        typer.Option(
            "--new-secret", metavar="FILE", help=say("（省级）生成一个密钥文件", "(Province) make a secret file")
        ),
    ] = None,
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
        typer.Option(
            "--county",
            metavar="CODE",
            help=say("各校所在县的行政区划代码，如 140106", "Division code of the schools' county, as in 140106"),
        ),
    ] = "",
    format_: FormatName = "text",
    output: Outputs = [],  # noqa: B006
    select: Select = [],  # noqa: B006
    ignore: Ignore = [],  # noqa: B006
    severity: Levels = [],  # noqa: B006
    strict: Strict = None,
    exit_zero: ExitZero = False,
    show_values: ShowValues = None,
    per_rule: PerRule = None,
    password: Annotated[
        str | None,
        typer.Option(
            "--password", envvar="STUVALID_PASSWORD", help=say("工作簿的打开密码", "Password that opens the workbook")
        ),
    ] = None,
    workers: Workers = 0,
    verbose: Verbose = False,
    force: Force = False,
    config_file: ConfigFile = None,
    lang: Lang = "",
) -> None:
    """Find problem records and say what to do about them."""
    with errors_in_one_sentence():
        from stuvalid.bundle.schools import SchoolList, read_schools
        from stuvalid.duplicates.command import Outputs as Files
        from stuvalid.duplicates.command import write_outputs
        from stuvalid.duplicates.run import DuplicateOptions, find_duplicates, is_mixed, resolve_matches
        from stuvalid.duplicates.secret import find_secret, make_secret
        from stuvalid.report.wording import Wording

        if new_secret is not None:
            make_secret(new_secret)
            typer.echo(
                say(f"密钥已写入 {new_secret}，请妥善保管并只发给各县经办人。", f"Secret written to {new_secret}."),
                err=True,
            )
            raise typer.Exit
        paths = paths or []
        _check_arguments(paths, resolve, against, keys)
        config = load_config(config_file, paths)
        listed = config.get("schools", str(schools) if schools else "")
        options = DuplicateOptions(
            select=config.get("select", split_words(select)),
            ignore=config.get("ignore", split_words(ignore)),
            severities=parse_levels(severity)
            or parse_levels(f"{name}={word}" for name, word in config.get("severity").items()),
            schools=read_schools(Path(listed)) if listed else SchoolList(),
            county=config.get("county", county),
            secret=find_secret(secret_file, wanted=keys is not None or is_mixed([*paths, *against])),
            password=password,
            workers=workers,
        )
        reporting = Reporting(
            format_,
            tuple(output),
            show_values=config.get("show_values", show_values),
            force=force,
            per_rule=config.get("per_rule", per_rule),
            verbose=verbose,
            inputs=(*paths, *against),
        )
        files = Files(worklists, keys, matches, force=force, inputs=reporting.inputs)
        reporting.check()
        files.check()
        know_rules(options.select, options.ignore, options.severities)
        with progress_bar("查重中", "comparing") as told:
            work = (
                resolve_matches(resolve, paths, options, progress=told)
                if resolve
                else find_duplicates(paths, against, options, progress=told)
            )
            with work as run:
                wording = Wording(language(), show_values=True)
                lines = write_outputs(run, files, wording)
        deliver(run.problems.findings, reporting)
        for zh, en in lines:
            typer.echo(say(zh, en), err=True)
        if verbose:
            for entry in run.ignored:
                typer.echo(say(f"略过 {entry.name}：{entry.zh}", f"passed over {entry.name}: {entry.en}"), err=True)
        raise typer.Exit(exit_code(run.problems.findings, strict=config.get("strict", strict), exit_zero=exit_zero))


def _check_arguments(paths: list[Path], resolve: Path | None, against: list[Path], keys: Path | None) -> None:
    if not paths:
        raise UsageError(
            "没有给出要查重的文件。",
            "There is nothing to compare.",
            mend_zh="例：stuvalid duplicates 收到的材料 --worklists 核查表。",
            mend_en="As in: stuvalid duplicates received --worklists lists.",
        )
    if resolve is not None and (against or keys):
        raise UsageError(
            "--resolve 不能与 --against、--keys 一起用。", "--resolve goes with neither --against nor --keys."
        )
