"""``stuvalid check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stuvalid.commands.common import (
    FAILED,
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
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.check.cache import ResultCache
    from stuvalid.check.run import CheckOptions
    from stuvalid.findings import Findings
    from stuvalid.submissions.baseline import Baseline
    from stuvalid.submissions.pseudonyms import Pseudonyms
    from stuvalid.submissions.pupils import PupilGleaner

_FEW, _SMALL = 4, 1 << 20
HELP = say(
    "检查工作簿：每个错误在哪一格、怎么改。\n\n可以给文件、文件夹、zip；- 表示标准输入。",
    "Check workbooks: each mistake at its cell, with the way to mend it.\n\nGive files, folders, zip archives or - for standard input.",
)

Template = Annotated[
    str,
    typer.Option("--template", "-t", help=say("指定模板（名称或 TOML 文件）", "Use this template (id or TOML file)")),
]
Annotate = Annotated[
    Path | None,
    typer.Option(
        "--annotate",
        metavar="OUT",
        help=say(
            "另写标注了每处错误的副本（多个文件时是新文件夹）",
            "Also write a copy with each fault marked (a new folder for several files)",
        ),
    ),
]
Password = Annotated[
    str | None,
    typer.Option(
        "--password", envvar="STUVALID_PASSWORD", help=say("工作簿的打开密码", "Password that opens the workbook")
    ),
]


def check(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help=say("文件、文件夹或 zip", "Files, folders or zip archives"))
    ],
    format_: FormatName = "text",
    output: Outputs = [],  # noqa: B006
    select: Select = [],  # noqa: B006
    ignore: Ignore = [],  # noqa: B006
    severity: Levels = [],  # noqa: B006
    template: Template = "",
    strict: Strict = None,
    exit_zero: ExitZero = False,
    show_values: ShowValues = None,
    password: Password = None,
    per_rule: PerRule = None,
    workers: Workers = 0,
    verbose: Verbose = False,
    annotate: Annotate = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help=say("说明清单：已说明的问题不计入", "List of explained findings, which do not count"),
        ),
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option(
            "--write-baseline",
            metavar="FILE",
            help=say(
                "把现有问题写成待填的说明清单（.toml 或 .json）",
                "Write the present findings as such a list, to be filled in (.toml or .json)",
            ),
        ),
    ] = None,
    cache: Annotated[
        bool | None,
        typer.Option(
            "--cache/--no-cache", help=say("没有变化的文件用上次的结果", "Take unchanged files from the last run")
        ),
    ] = None,
    cache_dir: Annotated[
        Path | None,
        typer.Option(
            "--cache-dir", metavar="DIR", help=say("上次的结果放在这里（已加密）", "Keep results here (encrypted)")
        ),
    ] = None,
    clear_cache: Annotated[
        bool, typer.Option("--clear-cache", help=say("先清除上次的结果", "Forget the last results first"))
    ] = False,
    force: Force = False,
    config_file: ConfigFile = None,
    lang: Lang = "",
) -> None:
    """Check workbooks and report what is wrong with them."""
    with errors_in_one_sentence():
        from stuvalid.check.conductor import check_paths
        from stuvalid.check.run import CheckOptions

        config = load_config(config_file, paths)
        levels = parse_levels(severity) or parse_levels(
            f"{name}={word}" for name, word in config.get("severity").items()
        )
        reporting = Reporting(
            format_,
            tuple(output),
            show_values=config.get("show_values", show_values),
            force=force,
            per_rule=config.get("per_rule", per_rule),
            verbose=verbose,
            inputs=tuple(paths),
        )
        reporting.check()
        pseudonyms = _pseudonyms(reporting)
        listed = config.get("baseline", str(baseline or ""))
        explained = _baseline(listed) if listed else None
        naming = pseudonyms is not None or explained is not None or write_baseline is not None
        options = CheckOptions(
            template=config.get("template", template),
            select=config.get("select", split_words(select)),
            ignore=config.get("ignore", split_words(ignore)),
            severities=levels,
            password=password,
            divisions=config.get("divisions"),
            workers=workers,
            glean=_gleaner() if naming else None,
        )
        if annotate is not None:
            from stuvalid.commands.annotating import refuse_annotation

            refuse_annotation(paths, annotate, force=force)
        know_rules(options.select, options.ignore, options.severities)
        _know_template(options.template)
        wanted = config.get("cache", cache) and _is_worth_remembering(paths)
        memory = _memory(cache_dir, options, wanted=wanted, clear=clear_cache)
        with progress_bar("检查中", "checking") as told:
            findings, ignored = check_paths(paths, options, progress=told, meanwhile=_load_wording, memory=memory)
        if verbose and memory is not None and memory.hits:
            typer.echo(
                say(
                    f"{memory.hits} 个文件没有变化，用上次的结果",
                    f"{memory.hits} files unchanged, taken from the last run",
                ),
                err=True,
            )
        _explain(findings, explained, write_baseline, options, force=force)
        if pseudonyms is not None:
            from stuvalid.submissions.pseudonyms import name_pupils

            name_pupils(findings, pseudonyms)
        if verbose:
            from stuvalid.findings.masking import mask_text

            for entry in ignored:
                # Photos lie beside the workbooks, named by identity numbers.
                name = entry.name if reporting.show_values else mask_text(entry.name)
                typer.echo(say(f"略过 {name}：{entry.zh}", f"passed over {name}: {entry.en}"), err=True)
        deliver(findings, reporting)
        if annotate is not None:
            from stuvalid.commands.annotating import write_annotations

            if not write_annotations(paths, findings, annotate, password=password, force=force, workers=workers):
                raise typer.Exit(FAILED)
        raise typer.Exit(exit_code(findings, strict=config.get("strict", strict), exit_zero=exit_zero))


def _pseudonyms(reporting: Reporting) -> Pseudonyms | None:
    """What names pupils in a json report, so that `stuvalid diff` can follow them; None where none is made."""
    if "json" not in reporting.formats:
        return None
    from stuvalid.check.machinekey import machine_key
    from stuvalid.submissions.pseudonyms import Pseudonyms

    key = machine_key()
    return None if key is None else Pseudonyms(key)


def _baseline(name: str) -> Baseline:
    from stuvalid.submissions.baseline import read_baseline

    return read_baseline(Path(name))


def _gleaner() -> PupilGleaner:
    """What notes, while files are read, who the pupils of rows with findings are."""
    from stuvalid.submissions.pupils import PupilGleaner

    return PupilGleaner()


def _is_worth_remembering(paths: list[Path]) -> bool:
    """Whether the last results could save more time than loading what keeps them takes."""
    small = (path.is_file() and path.suffix.lower() != ".zip" and path.stat().st_size < _SMALL for path in paths)
    return not (len(paths) < _FEW and all(small))


def _memory(folder: Path | None, options: CheckOptions, *, wanted: bool, clear: bool) -> ResultCache | None:
    """The results of earlier runs, None where they are not wanted or cannot be kept."""
    if not wanted and not clear:
        return None
    from stuvalid.check import cache
    from stuvalid.submissions.pupils import SheetPupils

    folder = folder or cache.default_folder()
    if clear:
        cache.clear(folder)
    return cache.ResultCache(folder, options, SheetPupils) if wanted else None


def _explain(
    findings: Findings, explained: Baseline | None, output: Path | None, options: CheckOptions, *, force: bool
) -> None:
    """Let what was explained not count, and write the list of what is not yet."""
    if explained is None and output is None:
        return
    from stuvalid.report.wording import Wording
    from stuvalid.rules.registry import selected_rules
    from stuvalid.submissions.accepting import apply_baseline, write_baseline

    if explained is not None:
        chosen = {known.id: known for known in selected_rules(options.select, options.ignore, options.severities)}
        apply_baseline(findings, explained, chosen, options.today)
    if output is not None:
        count = write_baseline(output, findings, options.today, Wording(language()), former=explained, force=force)
        typer.echo(
            say(
                f"已写出 {output}（{count} 条），请逐条写上原因、核实人；密钥在 {output.name}.key，一起保管。",
                f"wrote {output}, {count} entries: give reasons and names; keep {output.name}.key with it",
            ),
            err=True,
        )


def _load_wording() -> None:
    """Load what words the findings while the workers read, so that the user does not wait for it after them."""
    from stuvalid.rules.registry import all_rules

    all_rules()


def _know_template(name: str) -> None:
    """Say at once, not once per file, that a template named by the user does not exist."""
    if name:
        from stuvalid.forms import template

        template(name)
