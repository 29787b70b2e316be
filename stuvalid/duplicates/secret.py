"""Where the province's secret comes from: a file, the environment or a prompt, never the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stuvalid.duplicates.hashing import LEAST_SECRET, is_strong, new_secret
from stuvalid.errors import UsageError
from stuvalid.files import never_write, write_atomically

VARIABLE = "STUVALID_SECRET"


def find_secret(file: Path | None, *, wanted: bool) -> bytes:
    """The secret from ``file``, else the environment, else, when ``wanted`` and a person is there, asked for.

    Blanks and line breaks around it do not count. Raises UsageError for a weak one, or when one is ``wanted`` and
    there is none; returns b"" when none is.
    """
    if file is not None:
        try:
            never_write(file)
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"密钥文件“{file}”读不了（{type(error).__name__}）。",
                f"The secret file '{file}' cannot be read ({type(error).__name__}).",
            ) from error
    elif not wanted:
        return b""
    elif os.environ.get(VARIABLE):
        text = os.environ[VARIABLE]
    else:
        text = _ask()
    secret = text.strip().encode()
    if not is_strong(secret):
        raise UsageError(
            f"密钥太短或太简单，至少{LEAST_SECRET}个字符。",
            f"The secret is too short or too plain; it needs {LEAST_SECRET} characters.",
            mend_zh="请用省里下发的密钥；stuvalid duplicates --new-secret 可生成。",
            mend_en="Use the one the province hands out; make one with: stuvalid duplicates --new-secret FILE.",
        )
    return secret


def _ask() -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            "需要密钥。",
            "A secret is needed.",
            mend_zh=f"请加 --secret-file 密钥文件，或设置环境变量 {VARIABLE}。",
            mend_en=f"Add --secret-file FILE or set the environment variable {VARIABLE}.",
        )
    import getpass

    return getpass.getpass("密钥 Secret: ")


def make_secret(path: Path) -> None:
    """Write a fresh secret to a new file that only its owner may read."""
    write_atomically(path, f"{new_secret()}\n".encode())
    path.chmod(0o600)
