"""The program's entry: ``stuvalid`` and ``python -m stuvalid``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line on streams that can always be written to, whatever the console's code page."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    from stuvalid.cli import app

    app()


if __name__ == "__main__":
    main()
