"""``stuvalid config``: which settings hold in a folder, and where each came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from stuvalid.commands.common import terminal
from stuvalid.commands.options import argument, option, spread
from stuvalid.config import SETTINGS, Config, json_schema
from stuvalid.language import language, say

HELP = say(
    "显示 stuvalid.toml 的各项设置：现在是什么值，来自哪里。",
    "Show each setting of stuvalid.toml: what holds, and where it came from.",
)


@spread
def config(
    settings: Config,
    path: Annotated[
        Path | None, argument("在哪个文件夹，默认当前", "In which folder, by default here", "[PATH]")
    ] = None,
    show: Annotated[bool, option("显示（默认）", "Show (the default)", "--show")] = True,
    schema: Annotated[
        bool, option("输出 stuvalid.toml 的 JSON Schema", "Print the JSON Schema of stuvalid.toml", "--schema")
    ] = False,
    as_json: Annotated[bool, option("以 JSON 输出", "As JSON", "--json")] = False,
) -> None:
    """Show what holds."""
    if schema:
        typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=1))
    elif as_json:
        typer.echo(json.dumps({key: _entry(settings, key) for key in SETTINGS}, ensure_ascii=False, indent=1))
    else:
        _table(settings)


def _entry(found: Config, key: str) -> dict[str, Any]:
    value = found.get(key)
    return {
        "value": value if isinstance(value, str | int | bool | dict | None) else _shown(value),
        "from": found.source(key),
    }


def _shown(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _table(found: Config) -> None:
    from rich.table import Table

    console = terminal()
    where = str(found.path) if found.path else say("没有找到，全部为默认值", "none found, defaults everywhere")
    console.print(say(f"配置文件：{where}", f"configuration: {where}"), soft_wrap=True)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in (say("键", "key"), say("值", "value"), say("来自", "from"), say("说明", "meaning")):
        table.add_column(title, overflow="fold")
    for setting in SETTINGS.values():
        value = _shown(found.get(setting.key))
        origin = say("文件", "file") if found.source(setting.key) else say("默认", "default")
        meaning = setting.en if language() == "en" else setting.zh
        table.add_row(setting.key, _words(value), origin, meaning)
    console.print(table)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{key}={entry}" for key, entry in value.items()) or "-"
    return ", ".join(value) or "-" if isinstance(value, list) else str(value if value not in (None, "") else "-")
