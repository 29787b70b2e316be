"""Asking for the password of an encrypted package: from a file, the environment or a person, never an argument."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from stuvalid.errors import UsageError
from stuvalid.files import never_write
from stuvalid.language import say

_LEAST, _LEAST_DIFFERENT = 12, 6


def ask_password(file: Path | None, variable: str, *, twice: bool = False) -> str:
    """The first line of ``file``, else the environment ``variable``, else what is typed.

    ``twice`` is for a new password: it is typed twice and must be strong enough.
    """
    if file is not None:
        never_write(file)
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        word = lines[0].strip() if lines else ""
    elif variable:
        word = os.environ.get(variable, "")
    elif sys.stdin.isatty():
        word = str(typer.prompt(say("压缩包密码", "Password"), hide_input=True, confirmation_prompt=twice, err=True))
    else:
        word = ""
    if not word:
        raise UsageError(
            "没有给出密码。",
            "There is no password.",
            mend_zh="用 --password-file 或 --password-env，或在终端里输入。",
            mend_en="Use --password-file or --password-env, or type it in a terminal.",
        )
    if twice:
        _refuse_weak(word)
    return word


def _refuse_weak(word: str) -> None:
    """A zip can be guessed at offline, fast; and what is no ASCII is opened by some programs only."""
    if not (word.isascii() and word.isprintable()):
        raise UsageError(
            "密码里有中文或全角字符，7-Zip、WinRAR 不一定打得开。",
            "The password holds characters that not every program opens a zip with.",
            mend_zh="只用英文键盘上的字母、数字和符号。",
            mend_en="Use letters, digits and signs of an English keyboard only.",
        )
    if len(word) < _LEAST or len(set(word)) < _LEAST_DIFFERENT or word.isdigit() or word.isalpha():
        raise UsageError(
            "密码太弱。",
            "The password is too weak.",
            mend_zh=f"至少{_LEAST}个字符，字母和数字（或符号）都要有，不要重复同一个字符。",
            mend_en=f"Use at least {_LEAST} characters, letters as well as digits or signs, not the same ones over and over.",
        )
