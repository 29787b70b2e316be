"""Where copies go: one file, or a folder that mirrors the names of what was given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from stuvalid.errors import UsageError
from stuvalid.files import build_folder, write_atomically
from stuvalid.language import say
from stuvalid.received.walk import Source

_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f]')


def is_single(paths: Sequence[Path], sources: Sequence[Source]) -> bool:
    """Whether one file was named outright, so that the output is a file too."""
    if len(paths) != 1 or len(sources) != 1 or sources[0].archive:
        return False
    return sources[0].path == paths[0] or sources[0].path is None


def default_output(path: Path, suffix: str, zh: str, en: str) -> Path:
    """Beside the input: 学校.已修正.xlsx; ``suffix`` '' keeps the input's."""
    return path.with_name(f"{path.stem}.{say(zh, en)}{suffix or path.suffix}")


def relative_name(source: Source, roots: Iterable[Path], suffix: str) -> str:
    """The name below an output folder: as below the folder or archive it was found in, with ``suffix`` if given."""
    name = source.name.replace("\\", "/")
    for root in roots:
        prefix = root.as_posix().rstrip("/") + "/"
        if name.startswith(prefix):
            name = name[len(prefix) :]
            break
    else:
        name = PurePosixPath(name).name
    # A member of an archive may be named to climb out of the folder, or as Windows cannot write it.
    parts = [_UNSAFE.sub("_", part) for part in name.split("/") if part not in ("", ".", "..")]
    path = PurePosixPath(*parts) if parts else PurePosixPath("workbook")
    return str(path.with_suffix(suffix) if suffix and path.suffix.lower() != suffix else path)


def write_one(output: Path, data: bytes, suffix: str, source: Path, *, force: bool) -> Path:
    """Write a single copy; the name must say what it is. Without ``suffix`` it is of the kind of ``source``."""
    suffix = suffix or source.suffix.lower()
    if suffix and output.suffix.lower() != suffix:
        raise UsageError(
            f"输出是 {suffix} 文件，“{output.name}”的扩展名不对。",
            f"The output is a {suffix} file; '{output.name}' says otherwise.",
            mend_zh=f"请写成 {output.with_suffix(suffix).name}。",
            mend_en=f"Name it {output.with_suffix(suffix).name}.",
        )
    return write_atomically(output, data, force=force, inputs=[source])


def write_all(output: Path, named: Iterable[tuple[str, bytes]], roots: Sequence[Path], *, force: bool) -> list[Path]:
    """Write copies below ``output``, which appears whole or not at all. Names are `distinct_names`."""
    written: list[str] = []
    with build_folder(output, force=force, inputs=roots) as building:
        for name, data in named:
            target = building / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            written.append(name)
    return [output / name for name in written]


def distinct_names(names: Iterable[str]) -> list[str]:
    """``names`` with those told apart that a disk may take for the same: 1班.xlsx, 1班-2.xlsx."""
    used: set[str] = set()
    return [_free(name, used) for name in names]


def _free(name: str, used: set[str]) -> str:
    path = PurePosixPath(name)
    candidate, number = path, 1
    while str(candidate).casefold() in used:
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    used.add(str(candidate).casefold())
    return str(candidate)
