"""Asking for the password of an encrypted package: from a file, the environment or a person, never an argument."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from stuvalid.errors import UsageError
from stuvalid.language import say


def ask_password(file: Path | None, variable: str, *, twice: bool = False) -> str:
    """The first line of ``file``, else the environment ``variable``, else what is typed (``twice`` for a new one)."""
    if file is not None:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        word = lines[0].strip() if lines else ""
    elif variable:
        word = os.environ.get(variable, "")
    elif sys.stdin.isatty():
        word = str(
            typer.prompt(say("压缩包密码", "Password"), hide_input=True, confirmation_prompt=twice, err=True)
        )
    else:
        word = ""
    if not word:
        raise UsageError(
            "没有给出密码。", "There is no password.",
            mend_zh="用 --password-file 或 --password-env，或在终端里输入。", mend_en="Use --password-file or --password-env, or type it in a terminal.",
        )  # fmt: skip
    return word
