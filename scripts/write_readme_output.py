"""Put what the commands of README.md really print below them: every ``console`` block is run from the project's root.

python scripts/write_readme_output.py [--check]
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)


def printed(command: str) -> str:
    """Standard output of a command line that begins with ``stuvalid``, in Chinese and 80 columns."""
    arguments = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "stuvalid", *arguments],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env={**os.environ, "STUVALID_LANG": "zh", "PYTHONIOENCODING": "utf-8"},
    )
    return done.stdout.decode("utf-8").strip("\n")


def renewed(text: str) -> str:
    """The text with every console block's output as it is now."""

    def block(found: re.Match[str]) -> str:
        commands = [line for line in found[0].splitlines() if line.startswith("$ ")]
        return "\n\n".join(f"{line}\n{printed(line[2:])}" for line in commands) + "\n"

    return _BLOCK.sub(block, text)


def main() -> int:
    text = README.read_text(encoding="utf-8")
    current = renewed(text)
    if current == text:
        return 0
    if "--check" in sys.argv:
        print("README.md shows other output than its commands print: python scripts/write_readme_output.py")
        return 1
    README.write_text(current, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
