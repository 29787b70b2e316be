"""The command line: every command and where it lives. Nothing here knows a rule or a format.

A command's module is imported when it is called, and imports what is heavy inside its body: so ``--help`` answers
at once, and no command waits for the others.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from stuvalid.commands.common import INTERRUPTED, errors_in_one_sentence
from stuvalid.commands.options import Lang, SettledCommand
from stuvalid.commands.usage import in_language
from stuvalid.files import guarding_inputs
from stuvalid.language import language, say
from stuvalid.version import __version__

COMMANDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "check": ("check", "检查工作簿：每个错误在哪一格、怎么改。", "Check workbooks: each mistake at its cell."),
        "show": ("show", "看一格所在的整行：各列的内容和问题。", "Show the row around a cell."),
        "fix": ("fix", "写出改好的副本：只有一种读法的错误自动改。", "Write a mended copy of what has one reading."),
        "diff": ("diff", "比较两次报送：改好了、新出现、还剩哪些。", "Compare two submissions."),
        "preenrol": ("preenrol", "学前调档：生成名单，读回答复。", "Hand first graders over from kindergarten."),
        "roll": ("roll", "人籍一致核查：花名册与各班名单。", "Hold the roll against the class lists."),
        "promote": ("promote", "毕业升级：上学年与本学年的名单。", "Hold last year's list against this year's."),
        "reconcile": ("reconcile", "退回的名单对回学生：哪一格、先改哪项。", "Bring what came back to its pupils."),
        "template": ("template", "生成空白表：必填项红色，代码项可下拉选择。", "Make a blank form with dropdowns."),
        "learn": ("learn", "从下发的空白表起草模板（TOML）。", "Draft a form's TOML from an issued blank."),
        "collect": ("collect", "家长交来的表汇总成班级的表；或拆成每人一份。", "Gather what parents sent, or split."),
        "export": (
            "export",
            "按申请导出：最少字段、加密、记台账。",
            "Hand out the least fields, recorded in a ledger.",
        ),
        "ledger": ("ledger", "看台账、核对台账、追查流出的名单。", "Show or prove the ledger, trace a copy."),
        "destroy": ("destroy", "销毁过了有效期的导出。", "Destroy what is past its date."),
        "audit": (
            "audit",
            "年度审计：保存着谁、交给了谁、过期没有。",
            "The yearly audit: what is held, where it went.",
        ),
        "photos": ("photos", "检查照片，裁剪、改名、分班，与名单核对。", "Check, crop, name and sort photos."),
        "bundle": ("bundle", "把收到的各校材料检查、归位，做成汇总包。", "Bundle what schools sent into the package."),
        "verify": ("verify", "核对收到的包：哈希、名称、合计、下落。", "Prove a received package."),
        "status": ("status", "看各校报到哪一步，要打电话的排前面。", "See where every school stands."),
        "duplicates": ("duplicates", "查找问题学籍：号码错误、重复，同名同日生。", "Find problem records."),
        "rules": ("catalogue", "列出规则；给出编号就解释那一条。", "List the rules, or explain one by its id."),
        "codes": ("catalogue", "查代码表和行政区划代码。", "Look a code up."),
        "templates": ("catalogue", "列出能识别的模板。", "List the forms that are recognised."),
        "config": ("config", "显示 stuvalid.toml 的各项设置和来处。", "Show what holds, and where it came from."),
    }
)
"""Each command's module in `stuvalid.commands`, and its line in the help (zh, en)."""

_AUDIENCES = (
    (
        "学籍管理员",
        "Registry clerk of a school",
        ("check", "show", "fix", "diff", "preenrol", "roll", "promote", "reconcile", "template", "learn"),
    ),
    ("班主任", "Class teacher", ("collect", "photos")),
    ("数据安全负责人", "Whoever answers for the data", ("export", "ledger", "destroy", "audit")),
    ("县、市、省教育局", "County, city, province", ("bundle", "verify", "status", "duplicates")),
    ("查规则、代码、设置", "To look things up", ("rules", "codes", "templates", "config")),
)
"""The commands by who uses them (zh, en, names), in the order of the help."""

_SETTINGS = {"help_option_names": ["-h", "--help"]}


class LazyGroup(TyperGroup):
    """The commands by name; a module is imported when its command is asked for, not to be listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return command(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Let the library say "did you mean" of a misspelt name."""
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for zh, en, names in _AUDIENCES:
            with formatter.section(say(zh, en)):
                formatter.write_dl([(name, say(*COMMANDS[name][1:])) for name in names], col_max=12)

    def get_help(self, ctx: Any) -> str:
        return in_language(super().get_help(ctx), language())

    def main(self, *args: Any, **more: Any) -> Any:
        """Run, and end with the exit code: whatever goes wrong is one sentence."""
        standalone = more.get("standalone_mode", True)
        try:
            with guarding_inputs(), errors_in_one_sentence():
                code = super().main(*args, **more | {"standalone_mode": False})
                if code == INTERRUPTED:  # the library has caught Ctrl-C, and says nothing
                    raise KeyboardInterrupt
        except typer.Exit as end:
            code = end.exit_code
        if standalone:
            sys.exit(code if isinstance(code, int) else 0)
        return code


def command(name: str) -> Any:
    """The command ``name``, ready to be run."""
    module = import_module(f"stuvalid.commands.{COMMANDS[name][0]}")
    text = getattr(module, f"{name.upper()}_HELP", None) or module.HELP
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    single.command(name, help=text, context_settings=_SETTINGS, cls=SettledCommand)(getattr(module, name))
    return get_command(single)


app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=_SETTINGS,
    cls=LazyGroup,
    help=say(
        "检查、修正、打包上报全国中小学生学籍系统的数据。离线运行，不联网。\n\n例：stuvalid check 双塔西街小学.xlsx",
        "Checks, repairs and packages what schools submit to the national student registry. Works offline.\n\n"
        "Example: stuvalid check school.xlsx",
    ),
    epilog=say(
        "退出码：0 没有错误，1 有错误，2 没能检查。", "Exit codes: 0 no error, 1 errors found, 2 could not check."
    ),
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"stuvalid {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool,
        typer.Option("--version", "-V", callback=_version, is_eager=True, help=say("显示版本", "Show the version")),
    ] = False,
    lang: Lang = "",
) -> None:
    """Options before the command."""
