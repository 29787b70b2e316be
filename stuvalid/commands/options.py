"""How a command is declared: options that commands share stand here once, and what ``stuvalid.toml`` says fills them.

A command names the groups it shares as parameters (``checking: Checking``); `spread` puts their options into its
signature and hands it each group whole. `SettledCommand` lets the settings of the nearest ``stuvalid.toml`` stand in for
options that were not given, by the library's own ``default_map``: a setting ``a.b`` is the default of the parameter ``a_b``.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand

from stuvalid.commands.usage import in_language
from stuvalid.config import Config, find_config, read_config
from stuvalid.errors import UsageError
from stuvalid.language import LANGUAGES, configure_language, language, say

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions
    from stuvalid.findings import Severity

_CONFIG = "stuvalid.config"


def option(zh: str, en: str, *names: str, metavar: str = "", **more: Any) -> Any:
    """An option with its line of help in both languages."""
    more.setdefault("show_default", not any("/" in name for name in names))  # of two names the first is no default
    return typer.Option(*names, metavar=metavar or None, help=say(zh, en), **more)


def argument(zh: str, en: str, metavar: str) -> Any:
    """An argument with its line of help in both languages."""
    return typer.Argument(metavar=metavar, help=say(zh, en), show_default=False)


def _known_language(value: str) -> str:
    """Refuse a language we have not; what was chosen is read from the arguments by `language`."""
    if value not in ("", *LANGUAGES):
        raise typer.BadParameter(say(f"没有“{value}”，可用 zh、en", f"no such language '{value}'; use zh or en"))
    return value


Lang = Annotated[
    str, option("界面和报告的语言", "Language of help and reports", "--lang", metavar="zh|en", callback=_known_language)
]
ConfigFile = Annotated[
    Path | None, option("用这个 stuvalid.toml", "Use this stuvalid.toml", "--config", metavar="FILE")
]
Force = Annotated[bool, option("允许覆盖已有的输出", "Overwrite existing output", "--force")]
ExitZero = Annotated[bool, option("有错误也返回0", "Exit with 0 even if errors are found", "--exit-zero")]
ShowValues = Annotated[
    bool, option("不遮盖身份证号、姓名等", "Do not mask ID numbers, names and so on", "--show-values/--mask-values")
]
PerRule = Annotated[
    int,
    option("每条规则在每个文件中最多列出几处", "Findings shown per rule and file", "--per-rule", metavar="N", min=0),
]
Verbose = Annotated[bool, option("列出提示和略过的文件", "Show infos and files passed over", "--verbose", "-v")]
Paths = Annotated[list[Path], argument("文件、文件夹或 zip", "Files, folders or zip archives", "PATH...")]
Schools = Annotated[
    Path | None,
    option(
        "学校名单（xlsx 或 csv：学校标识码、学校名称、县区、学生数）",
        "List of schools (xlsx or csv: code, name, county, number of pupils)",
        "--schools",
        metavar="FILE",
    ),
]
County = Annotated[
    str, option("县区的行政区划代码，如 140106", "The county's division code, as in 140106", "--county", metavar="CODE")
]
PasswordFile = Annotated[
    Path | None,
    option(
        "压缩包密码在这个文件的第一行",
        "File whose first line is the archive's password",
        "--password-file",
        metavar="FILE",
    ),
]
PasswordVariable = Annotated[
    str,
    option(
        "压缩包密码在这个环境变量里",
        "Environment variable with the archive's password",
        "--password-env",
        metavar="NAME",
    ),
]

LedgerFile = Annotated[
    Path | None,
    option(
        "导出台账（export 默认用申请旁边的 导出台账.jsonl）",
        "Ledger of what was handed out (of export by default beside the application)",
        "--ledger",
        metavar="FILE",
    ),
]

ReportFiles = Annotated[
    list[str],
    option(
        "另写检查报告，格式看扩展名；可多次给出",
        "Also write a report, its format by its suffix; may be repeated",
        "--report",
        metavar="[FORMAT=]FILE",
    ),
]
"""`Reporting.output` of a command whose ``-o`` is what it makes."""


def needs_suffix(path: Path | None, suffix: str) -> None:
    """Raise UsageError where a file that a command makes has another suffix than what it is."""
    if path is not None and path.suffix.lower() != suffix:
        raise UsageError(
            f"写出的是 {suffix} 文件，“{path.name}”的扩展名不对。",
            f"This is a {suffix} file; '{path.name}' says otherwise.",
        )


@dataclass(frozen=True, slots=True)
class Common:
    """What every command takes."""

    config_file: ConfigFile = None
    lang: Lang = ""


@dataclass(frozen=True, slots=True)
class Checking:
    """Which rules, on which form, read how."""

    select: Annotated[
        list[str],
        option(
            "只用这些规则（编号、名称或前缀）", "Only these rules (id, name or prefix)", "--select", metavar="RULES"
        ),
    ] = field(default_factory=list)
    ignore: Annotated[list[str], option("不用这些规则", "Not these rules", "--ignore", metavar="RULES")] = field(
        default_factory=list
    )
    severity: Annotated[
        list[str],
        option(
            "改规则的级别，如 TPL001=warning",
            "Change a rule's level, as in TPL001=warning",
            "--severity",
            metavar="ID=LEVEL",
        ),
    ] = field(default_factory=list)
    template: Annotated[
        str,
        option(
            "指定模板（名称或 TOML 文件）",
            "Use this template (id or TOML file)",
            "--template",
            "-t",
            metavar="NAME|FILE",
        ),
    ] = ""
    divisions: Annotated[
        list[str],
        option(
            "另外承认的6位行政区划代码",
            "Division codes (6 digits) to know beside our list",
            "--divisions",
            metavar="CODES",
        ),
    ] = field(default_factory=list)
    password: Annotated[
        str | None,
        option(
            "工作簿、压缩包的打开密码",
            "Password that opens workbooks and archives",
            "--password",
            metavar="WORD",
            envvar="STUVALID_PASSWORD",
        ),
    ] = None
    workers: Annotated[
        int, option("进程数，0为自动", "Processes, 0 for automatic", "--workers", "-j", metavar="N", min=0)
    ] = 0

    @property
    def levels(self) -> tuple[tuple[str, Severity], ...]:
        """``ID=LEVEL`` words as pairs; UsageError when one is malformed."""
        from stuvalid.findings import Severity

        pairs = []
        for word in split_words(self.severity):
            name, _, level = word.partition("=")
            try:
                pairs.append((name, Severity.parse(level)))
            except KeyError:
                raise UsageError(
                    f"--severity 写法不对：{word}。",
                    f"--severity is malformed: {word}.",
                    mend_zh="写成 规则=error|warning|info。",
                    mend_en="Write RULE=error|warning|info.",
                ) from None
        return tuple(pairs)

    def options(self, **more: Any) -> CheckOptions:
        """What the check takes; says at once, not once per file, that a rule or form named by the user does not exist."""
        from stuvalid.check.run import CheckOptions

        options = CheckOptions(
            template=self.template,
            select=split_words(self.select),
            ignore=split_words(self.ignore),
            severities=self.levels,
            divisions=split_words(self.divisions),
            password=self.password,
            workers=self.workers,
            **more,
        )
        if options.select or options.ignore or options.severities:
            from stuvalid.rules.registry import selected_rules

            selected_rules(options.select, options.ignore, options.severities)
        if options.template:
            from stuvalid.forms import template

            template(options.template)
        return options


@dataclass(frozen=True, slots=True)
class Reporting:
    """How findings are told: on standard output in ``format_``, and in the files ``output`` ([FORMAT=]FILE) besides."""

    format_: Annotated[
        str,
        option(
            "屏幕上的格式：text line json html xlsx csv junit sarif github gitlab markdown",
            "Format on standard output: text line json html xlsx csv junit sarif github gitlab markdown",
            "--format",
            "-f",
            metavar="FORMAT",
        ),
    ] = "text"
    output: Annotated[
        list[str],
        option(
            "另写报告文件，格式看扩展名；可多次给出",
            "Also write a report file, its format by its suffix; may be repeated",
            "--output",
            "-o",
            metavar="[FORMAT=]FILE",
        ),
    ] = field(default_factory=list)
    quiet: Annotated[
        bool, option("屏幕上不列问题，只看退出码", "Nothing on standard output; see the exit code", "--quiet", "-q")
    ] = False
    statistics: Annotated[
        bool, option("屏幕上只列每条规则几处", "Only how often each rule spoke, on standard output", "--statistics")
    ] = False
    strict: Annotated[bool, option("警告也算错误", "Count warnings as errors", "--strict/--no-strict")] = False
    exit_zero: ExitZero = False
    show_values: ShowValues = False
    per_rule: PerRule = 5
    verbose: Verbose = False
    force: Force = False

    @property
    def formats(self) -> frozenset[str]:
        """Every format that is wanted somewhere."""
        from stuvalid.report.formats import format_of

        return frozenset({self.format_, *(format_of(output)[0] for output in self.output)})


def split_words(values: Iterable[str]) -> tuple[str, ...]:
    """The words of a repeated option that may also hold commas."""
    return tuple(word for value in values for word in value.replace("，", ",").split(",") if word)


def spread(function: Callable[..., int | None]) -> Callable[..., None]:
    """``function`` with the options of the groups among its parameters in its signature; its result is the exit code.

    A parameter that is a `Config` is given the settings that hold, for those that are no option of the command.
    """
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, tuple[type[Any], list[str]]] = {}
    parameters: dict[str, inspect.Parameter] = {}
    shared: list[inspect.Parameter] = []
    settings: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        group: Any = hints[name]
        if group is Config:
            settings.append(name)
            shared.append(inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context))
        elif isinstance(group, type) and is_dataclass(group):
            shared += _parameters_of(group)
            groups[name] = (group, [entry.name for entry in fields(group)])
        else:
            parameters[name] = parameter.replace(annotation=group, kind=inspect.Parameter.KEYWORD_ONLY)
    for parameter in (*shared, *_parameters_of(Common)):
        parameters.setdefault(parameter.name, parameter)  # a command may word a shared option in its own way

    @functools.wraps(function)
    def run(**values: Any) -> None:
        own = {name: value for name, value in values.items() if name in hints}
        if settings:
            own |= dict.fromkeys(settings, values["ctx"].meta[_CONFIG])
        for name, (group, names) in groups.items():
            own[name] = group(**{option_name: values[option_name] for option_name in names})
        raise typer.Exit(function(**own) or 0)

    run.__dict__["__signature__"] = inspect.Signature(list(parameters.values()))
    run.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
    del run.__wrapped__
    return run


def _parameters_of(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            entry.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=entry.default if entry.default is not MISSING else [],
            annotation=hints[entry.name],
        )
        for entry in fields(group)
    ]


def _use_own_rules(config: Config, *, named: bool) -> None:
    """Let the rule files of the configuration count, unless it was merely found among what is checked.

    What a school sent may hold a ``stuvalid.toml`` too, and rules are programs: they run if the user named the
    configuration or works in or below its folder.
    """
    files = config.get("rules")
    if not files and "stuvalid.rules.registry" not in sys.modules:
        return  # nothing to add, nothing to take back: the rules need not be loaded for it
    from stuvalid.rules.registry import use_rule_files

    here = Path.cwd()
    trusted = named or config.path is None or config.path.resolve().parent in (here, *here.parents)
    use_rule_files(files if trusted else (), refused=() if trusted else files)


class SettledCommand(TyperCommand):
    """A command whose options have as defaults what the nearest ``stuvalid.toml`` says."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        file, place = given.get("config_file"), self._first_path(given)
        config = read_config(Path(file)) if isinstance(file, str) else find_config(place)
        configure_language(config.get("language"))
        if config.path is not None:
            from stuvalid.files import never_write

            never_write(config.path)
        _use_own_rules(config, named=isinstance(file, str))
        ctx.meta[_CONFIG] = config
        ctx.default_map = config.defaults()
        return super().parse_args(ctx, args)

    def _first_path(self, given: Mapping[str, Any]) -> Path:
        """What the command works on: the settings beside it count. Of two, the later (the present one)."""
        found = Path.cwd()
        for parameter in self.params:
            value = given.get(str(parameter.name))
            if parameter.param_type_name == "argument" and parameter.type.name == "path" and value:
                first = value[0] if isinstance(value, (list, tuple)) else value
                found = Path(first) if isinstance(first, str) else found
        return found

    def get_help(self, ctx: Any) -> str:
        return in_language(super().get_help(ctx), language())
