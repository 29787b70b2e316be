"""What the library that parses the command line says, in the user's language: its errors and the words of its help."""

from __future__ import annotations

import re
from typing import Any

import typer

UsageFault: Any = typer.BadParameter.__mro__[1]
"""The library's error of a command line that it cannot follow; it gives it no public name."""

_HELP = {
    "Usage: ": "用法：",
    "\nOptions:": "\n选项：",
    "\nArguments:": "\n参数：",
    "\nCommands:": "\n命令：",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 [参数]...",
    "[default: ": "[默认：",
    "[required]": "[必填]",
    "; required]": "；必填]",
    "[env var: ": "[环境变量：",
    "Show this message and exit.": "显示这一页。",
    "Install completion for the current shell.": "给当前的命令行装上自动补全。",
    "Show completion for the current shell, to copy it or customize the installation.": "显示自动补全的脚本。",
}
_ERRORS = tuple(
    (re.compile(pattern, re.DOTALL), zh)
    for pattern, zh in (
        (r"No such option: (\S+)(?:.*\(Possible options: (.*)\))?", r"没有选项 {0}。[[是不是 {1}？]]"),
        (r"No such command '(.*?)'\.(?: Did you mean (.*)\?)?", r"没有命令“{0}”。[[是不是 {1}？]]"),
        (r"Missing command\.", "没有给出命令。"),
        (r"Missing argument '(.*?)'\..*", "少了参数 {0}。"),
        (r"Missing option '(.*?)'\..*", "少了选项 {0}。"),
        (r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", "多了参数：{0}。"),
        (r"Option '(.*?)' requires an argument\.?", "选项 {0} 后面要写出值。"),
        (r"Option '(.*?)' requires (\d+) arguments\.?", "选项 {0} 后面要写出{1}个值。"),
        (r"Option '(.*?)' does not take a value\.", "选项 {0} 后面不带值。"),
        (r"Invalid value for (.*?): '(.*?)' is not a valid integer\.", "{0} 应为整数，不能是“{1}”。"),
        (r"Invalid value for (.*?): (.*?) is not in the range (.*)\.", "{0} 不能是 {1}，范围是 {2}。"),
        (r"Invalid value for (.*?): '?(.*?)'? is not one of (.*)\.", "{0} 不能是“{1}”，可用 {2}。"),
        (r"Invalid value for (.*?): '(.*?)' is not a valid .*", "{0} 不能是“{1}”。"),
        (r"Invalid value for (.*?): (.*)", "{0}：{1}"),
    )
)


def in_language(text: str, lang: str) -> str:
    """A page of help in ``lang``: what the library adds to our texts is English."""
    if lang != "en":
        for en, zh in _HELP.items():
            text = re.sub(re.escape(en).replace(r"\ ", r"\s+"), zh, text)  # it may have been folded
    return text


def fault_in_language(error: Any, lang: str) -> str:
    """What is wrong with a command line, in one sentence; as the library says it where we know no translation."""
    message = str(error.format_message())
    if lang == "en":
        return message
    for pattern, zh in _ERRORS:
        found = pattern.fullmatch(message)
        if found:
            parts = [part.replace("'", "") if part else "" for part in found.groups()]
            return re.sub(r"\[\[(.*?)\]\]", r"\1" if parts[-1:] != [""] else "", zh).format(*parts)
    return message
