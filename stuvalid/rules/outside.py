"""Rules from outside the package: the files that ``stuvalid.toml`` names, and installed packages with an entry point.

Their code only has to be run: the decorator `stuvalid.rules.rule` registers what it decorates. What cannot be run is
told with file and line, and stops nothing else.
"""

from __future__ import annotations

import hashlib
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

GROUP = "stuvalid.rules"
_SECTION = f"[{GROUP}]".encode()


@dataclass(frozen=True, slots=True)
class Broken:
    """What could not be taken: ``where`` is file and line, or the entry point; ``zh`` and ``en`` why."""

    where: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file of rules as it stands on the disk, so that one that has changed is run anew."""

    path: str
    size: int = -1
    modified: int = 0

    @classmethod
    def of(cls, path: str) -> RuleFile:
        """The file at ``path``, which need not exist."""
        try:
            state = Path(path).stat()
        except OSError:
            return cls(path)
        return cls(path, state.st_size, state.st_mtime_ns)


def run_file(file: RuleFile) -> Broken | None:
    """Run the code of one file; what it decorated is known by its path.

    It is compiled in memory: importing it would leave ``__pycache__`` among a school's files.
    """
    path = Path(file.path)
    module = ModuleType(f"stuvalid_rules_{hashlib.sha256(file.path.encode()).hexdigest()[:12]}")
    module.__file__ = file.path
    try:
        code = compile(path.read_bytes(), file.path, "exec")
        sys.modules[module.__name__] = module  # dataclasses look their module up
        exec(code, module.__dict__)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Broken(path.name, f"读不了（{reason}）", f"cannot be read ({reason})")
    except Exception as error:  # noqa: BLE001  (whatever is wrong in it, the other rules shall run)
        return _broken(path.name, file.path, error)
    except SystemExit as error:
        return _broken(path.name, file.path, error)
    return None


def _broken(name: str, path: str, error: BaseException) -> Broken:
    """``name`` and the last line of the file at ``path`` that was run."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == path else (lines or [None])[-1]
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return Broken(f"{name}:{line}" if line else name, what, what)


@cache
def run_packages() -> tuple[tuple[str, Broken | None], ...]:
    """Import the module of every entry point in the group ``stuvalid.rules``: its name, and why it failed."""
    if not any(_announced()):
        return ()
    from importlib import import_module
    from importlib.metadata import entry_points

    found: list[tuple[str, Broken | None]] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        where = f"{point.name} = {point.value}"
        try:
            import_module(point.module)
            found.append((point.module, None))
        except Exception as error:  # noqa: BLE001  (as above)
            file = traceback.extract_tb(error.__traceback__)[-1].filename
            broken = _broken(Path(file).name, file, error)
            found.append((point.module, Broken(f"{where} ({broken.where})", broken.zh, broken.en)))
    return tuple(found)


def _announced() -> Iterator[bool]:
    """Whether any installed package names the group: asking importlib.metadata would cost every run 25 ms."""
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            for entry in entries:
                if entry.name.endswith((".dist-info", ".egg-info")):
                    with suppress(OSError), open(f"{entry.path}{os.sep}entry_points.txt", "rb") as stream:  # noqa: PTH123
                        yield _SECTION in stream.read()


def fingerprint(files: Sequence[RuleFile]) -> str:
    """Changes when the code of any outside rule does."""
    summed = hashlib.sha256()
    for file in files:
        with suppress(OSError):
            summed.update(file.path.encode() + b"\0" + Path(file.path).read_bytes() + b"\0")
    for name, _ in run_packages():
        module = sys.modules.get(name)
        root = Path(module.__file__).parent if module is not None and module.__file__ else None
        for path in sorted(root.rglob("*.py")) if root is not None else ():
            with suppress(OSError):
                summed.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return summed.hexdigest()
