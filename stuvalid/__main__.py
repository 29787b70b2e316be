"""The program's entry: ``stuvalid`` and ``python -m stuvalid``."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any


class _Outlasting(io.FileIO):
    """A pipe whose reader may leave (``| head -1``): what comes after goes nowhere, the verdict stays the exit code."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except (BrokenPipeError, OSError) as error:
            if not isinstance(error, BrokenPipeError) and sys.platform != "win32":
                raise
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(memoryview(data).cast("B"))


def main() -> None:
    """Run the command line on streams that can always be written to, whatever they are and whoever reads them."""
    deaf = sys.stdout is None
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:  # closed by whoever started us; the next file to be opened would take its place
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if number == 0 else "w", closefd=False))
    with suppress(OSError, ValueError):
        if not sys.stdout.isatty():
            pipe = io.BufferedWriter(_Outlasting(sys.stdout.fileno(), "w", closefd=False))
            sys.stdout = io.TextIOWrapper(pipe, encoding=sys.stdout.encoding, newline=None)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    from stuvalid.cli import app
    from stuvalid.language import say

    if deaf:
        sys.stderr.write(
            say(
                "标准输出是关着的，屏幕上的内容看不到；请用 --output 写报告文件。\n",
                "Standard output is closed: nothing can be shown; write a report with --output.\n",
            )
        )
    try:
        app()
    finally:
        with suppress(BrokenPipeError, ValueError):
            sys.stdout.flush()


if __name__ == "__main__":
    main()
