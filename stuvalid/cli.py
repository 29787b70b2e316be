"""The command line: every command and where it lives. Nothing here knows a rule or a format.

The commands import what is heavy inside their bodies, so that ``--help`` answers at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from stuvalid import __version__
from stuvalid.commands import bundle as bundle_command
from stuvalid.commands import catalogue
from stuvalid.commands import check as check_command
from stuvalid.commands import config as config_command
from stuvalid.commands import diff as diff_command
from stuvalid.commands import duplicates as duplicates_command
from stuvalid.commands import fix as fix_command
from stuvalid.commands import photos as photos_command
from stuvalid.commands import template as template_command
from stuvalid.commands import verify as verify_command
from stuvalid.commands import status as status_command
from stuvalid.commands.common import Lang
from stuvalid.language import say

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=say(
        "检查、修正、打包上报全国中小学生学籍系统的数据。离线运行，不联网。\n\n"
        "例：stuvalid check 双塔西街小学.xlsx",
        "Checks, repairs and packages what schools submit to the national student registry. Works offline.\n\n"
        "Example: stuvalid check school.xlsx",
    ),
    epilog=say(
        "退出码：0 没有错误，1 有错误，2 没能检查。",
        "Exit codes: 0 no error, 1 errors found, 2 could not check.",
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
        typer.Option("--version", callback=_version, is_eager=True, help=say("显示版本", "Show the version")),
    ] = False,
    lang: Lang = "",
) -> None:
    """Options before the command."""


app.command(help=check_command.HELP)(check_command.check)
app.command(help=fix_command.HELP)(fix_command.fix)
app.command(help=photos_command.HELP)(photos_command.photos)
app.command(help=bundle_command.HELP)(bundle_command.bundle)
app.command(help=diff_command.HELP)(diff_command.diff)
app.command(help=verify_command.HELP)(verify_command.verify)
app.command(help=duplicates_command.HELP)(duplicates_command.duplicates)
app.command(help=status_command.HELP)(status_command.status)
app.command(help=template_command.HELP)(template_command.template)
app.command(help=catalogue.RULES_HELP)(catalogue.rules)
app.command(help=catalogue.CODES_HELP)(catalogue.codes)
app.command(help=catalogue.TEMPLATES_HELP)(catalogue.templates)
app.command(help=config_command.HELP)(config_command.config)
