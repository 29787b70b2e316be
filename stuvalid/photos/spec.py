"""What a photo has to be, as data: one TOML a specification, each may extend another.

Every number a check compares with stands in a specification, so that a province's variant (or a user's
own file) changes limits without changing code.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from stuvalid.errors import UsageError, did_you_mean, ended
from stuvalid.files import never_write

DEFAULT = "guide-358x441"

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Bytes: at ``max_bytes`` refused, above ``safe_bytes`` doubtful. ``min_quality`` is a JPEG quality."""

    max_bytes: int
    safe_bytes: int
    min_bytes: int
    target_bytes: int
    min_quality: int


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """Pixels, millimetres and dots per inch; ``width`` 0 when no exact size is prescribed."""

    width: int
    height: int
    min_width: int
    min_height: int
    width_mm: float
    height_mm: float
    shape_tolerance: float
    min_dpi: float
    safe_dpi: float
    dpi_required: bool
    write_width: int
    write_height: int
    write_dpi: int

    @property
    def shape(self) -> float:
        """Width over height."""
        return self.write_width / self.write_height


@dataclass(frozen=True, slots=True)
class BackgroundLimits:
    """sRGB colours, distances in ΔE2000, shares of the border or of the background."""

    colour: Colour
    tolerated: tuple[Colour, ...]
    tolerated_distance: float
    warn_distance: float
    max_distance: float
    min_plain: float
    max_uneven: float


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """Head height as a share of the picture's; ``place``: hair top least, most, most before it is an error, and
    lowest chin, of the height from above; offset of the face as a share of its width, degrees."""

    height: tuple[float, float, float, float]
    place: tuple[float, float, float, float]
    warn_centre: float
    max_centre: float
    warn_roll: float
    max_roll: float
    warn_yaw: float
    max_yaw: float
    write_height: float
    write_top: float


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Re-blur measure: 0 sharp, 1 blurred. Fine detail, looked at where that measure is above ``doubt_blur``."""

    doubt_blur: float
    warn_blur: float
    max_blur: float
    warn_detail: float


@dataclass(frozen=True, slots=True)
class Spec:
    """One specification; ``source`` cites where its numbers come from."""

    id: str
    title: str
    title_en: str
    source: str
    file: FileLimits
    size: SizeLimits
    background: BackgroundLimits
    head: HeadLimits
    quality: QualityLimits


_Section = TypeVar("_Section", FileLimits, SizeLimits, BackgroundLimits, HeadLimits, QualityLimits)
_SECTIONS: Mapping[str, type] = {
    "file": FileLimits,
    "size": SizeLimits,
    "background": BackgroundLimits,
    "head": HeadLimits,
    "quality": QualityLimits,
}
_HEADINGS = ("extends", "title", "title_en", "source")


def spec_names() -> tuple[str, ...]:
    """Names of the specifications in the package."""
    folder = resources.files("stuvalid.photos") / "specs"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_spec(name: str | Path = DEFAULT) -> Spec:
    """A specification by its name, or from a user's TOML file; UsageError says what is wrong with it."""
    data = _merged(str(name), frozenset())
    try:
        return Spec(
            Path(str(name)).stem if str(name).endswith(".toml") else str(name),
            data["title"],
            data["title_en"],
            data["source"],
            _section(FileLimits, data["file"]),
            _section(SizeLimits, data["size"]),
            _section(BackgroundLimits, data["background"]),
            _section(HeadLimits, data["head"]),
            _section(QualityLimits, data["quality"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong(str(name), f"“{error}”", f"'{error}'") from error


def _merged(name: str, seen: frozenset[str]) -> dict[str, Any]:
    if name in seen:
        raise _wrong(name, "规格互相引用", "specifications extend each other")
    data = _read(name)
    _refuse_unknown(name, data)
    base = data.get("extends")
    if base is None and name not in spec_names():
        base = "national"  # a user's file need only say what differs
    if base is None:
        return data
    parent = str(base)
    if name.endswith(".toml") and (Path(name).parent / parent).is_file():
        parent = str(Path(name).parent / parent)
    merged = _merged(parent, seen | {name})
    for key, value in data.items():
        merged[key] = {**merged[key], **value} if key in _SECTIONS else value
    return merged


def _read(name: str) -> dict[str, Any]:
    try:
        if name.endswith(".toml"):
            never_write(Path(name))
            return tomllib.loads(Path(name).read_text(encoding="utf-8-sig"))
        if name in spec_names():
            text = (resources.files("stuvalid.photos") / "specs" / f"{name}.toml").read_text(encoding="utf-8")
            return tomllib.loads(text)
    except OSError as error:
        raise UsageError(
            f"照片规格文件“{name}”读不出来。", f"The photo specification '{name}' cannot be read."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(name, f"不是有效的 TOML：{error}", f"not valid TOML: {error}") from error
    near = difflib.get_close_matches(name, spec_names(), n=2, cutoff=0.4)
    known = "、".join(near or spec_names())
    raise UsageError(
        f"没有照片规格“{name}”。",
        f"There is no photo specification '{name}'.",
        mend_zh=f"可用的有：{known}，或给出 .toml 文件。",
        mend_en=f"Known: {', '.join(near or spec_names())}; or give a .toml file.",
    )


def _refuse_unknown(name: str, data: Mapping[str, Any]) -> None:
    known = {"": (*_HEADINGS, *_SECTIONS)}
    known |= {key: tuple(field.name for field in fields(kind)) for key, kind in _SECTIONS.items()}
    given = {"": data, **{key: data[key] for key in _SECTIONS if key in data}}
    for section, table in given.items():
        if not isinstance(table, Mapping):
            raise _wrong(name, f"{section} 应是一节 [{section}]", f"{section} must be a table")
        for key in table:
            if key not in known[section]:
                zh, en = did_you_mean(key, known[section])
                raise _wrong(name, f"不认识的项 {key}{zh and f'，{zh}'}", f"unknown key {key}{en and f'. {en}'}")


def _wrong(name: str, zh: str, en: str) -> UsageError:
    return UsageError(f"照片规格“{name}”有误：{ended(zh, '。')}", f"Photo specification '{name}': {ended(en, '.')}")


def _section(kind: type[_Section], values: Mapping[str, Any]) -> _Section:
    hints = get_type_hints(kind)
    made: dict[str, Any] = {}
    for field in fields(kind):
        if field.name not in values and field.default is MISSING:
            raise KeyError(field.name)
        made[field.name] = _converted(field.name, hints[field.name], values[field.name])
    return kind(**made)


def _converted(name: str, kind: Any, value: Any) -> Any:
    if kind in {int, float}:
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ValueError(f"{name} = {value!r}")
        return kind(value)
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name} = {value!r}")
        return value
    if name == "tolerated":
        return tuple(_numbers(name, entry, 3, 255, int) for entry in value)
    if name == "colour":
        return _numbers(name, value, 3, 255, int)
    return _numbers(name, value, 4, 1, float)


def _numbers(name: str, value: Any, count: int, most: float, kind: type) -> tuple[Any, ...]:
    right = isinstance(value, list) and len(value) == count
    if not right or not all(isinstance(part, int | float) and 0 <= part <= most for part in value):
        raise ValueError(f"{name} = {value!r}")
    return tuple(kind(part) for part in value)
