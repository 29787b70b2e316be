"""Everything a change must pass, in one command: linters, types, layers, generated docs, tests.

All steps run even when one fails, so that one run shows every fault; the tests come last and the exit
code is 1 if any step failed.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINT_IMPORTS = Path(sysconfig.get_path("scripts")) / "lint-imports"

STEPS: dict[str, list[str]] = {
    "ruff": [sys.executable, "-m", "ruff", "check", "--quiet", "."],
    "ruff format": [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."],
    "mypy": [sys.executable, "-m", "mypy", "--strict", "stuvalid"],
    "layers": [str(LINT_IMPORTS)],
    "docs": [sys.executable, "scripts/make_rule_docs.py", "--check"],
    "tests": [sys.executable, "-m", "pytest", "-n", "2"],
}


def main() -> int:
    """Run the steps in order and return the exit code."""
    failed = []
    for name, command in STEPS.items():
        if name == "tests" and failed:
            print(f"failed so far: {', '.join(failed)}", flush=True)
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
