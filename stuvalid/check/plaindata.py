"""Our records as JSON and back, told by their type hints: nothing but what a type says can come out of a file."""

from __future__ import annotations

import base64
import dataclasses
import json
import types
from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Reader = Callable[[Any], Any]
_T = TypeVar("_T")


def to_json(record: object) -> str:
    """A dataclass of texts, numbers, lists, mappings, named tuples, numpy arrays and further dataclasses."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {entry.name: getattr(value, entry.name) for entry in dataclasses.fields(value)}
    if hasattr(value, "dtype"):
        return [value.dtype.str, base64.b64encode(value.tobytes()).decode("ascii")]
    raise TypeError(f"{type(value).__name__} is not stored")


def from_plain(kind: type[_T], value: Any, **hints: Any) -> _T:
    """The record of type ``kind`` that `to_json` made of; ``value`` is the parsed JSON.

    ``hints`` give fields a narrower type than their declaration has.
    """
    declared = get_type_hints(kind) | hints
    return kind(**{name: _read(_reader(declared[name]), part) for name, part in value.items()})


def _read(reader: Reader | None, value: Any) -> Any:
    return value if reader is None else reader(value)


@cache
def _reader(hint: Any) -> Reader | None:
    """What turns plain data into ``hint``; None where it is that already."""
    origin = get_origin(hint)
    if origin in (list, tuple):
        return _sequence_reader(origin, get_args(hint)[0])
    if origin in (Union, types.UnionType):
        inner = _reader(next(part for part in get_args(hint) if part is not type(None)))
        return None if inner is None else lambda value: None if value is None else inner(value)
    if hint is Any:
        return _array
    return _record_reader(hint) if isinstance(hint, type) else None


def _record_reader(kind: type) -> Reader | None:
    if dataclasses.is_dataclass(kind):
        return lambda value: from_plain(kind, value)
    if issubclass(kind, tuple):
        return lambda value: kind(*value)
    return kind if issubclass(kind, IntEnum) else None


def _sequence_reader(kind: Any, entry: Any) -> Reader | None:
    inner = _reader(entry)
    if inner is None:
        return None if kind is list else kind
    return lambda values: kind(map(inner, values))


def _array(value: Any) -> Any:
    import numpy as np

    kind, data = value
    return np.frombuffer(base64.b64decode(data), dtype=np.dtype(kind)).copy()
