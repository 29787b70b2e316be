"""关键数据: the fields whose change needs evidence and approval. The list is data (``key-data.toml``); a county may add to it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from stuvalid.errors import UsageError, did_you_mean


@cache
def key_fields() -> frozenset[str]:
    """The fields that are key data everywhere."""
    data = tomllib.loads(Path(__file__).with_name("key-data.toml").read_text(encoding="utf-8"))
    return frozenset(data["fields"])


def with_added(added: Iterable[str], headers: Mapping[str, str]) -> frozenset[str]:
    """Those and what a county adds, each named by its key or by the header of a form; UsageError for what no form has."""
    by_header = {header: key for key, header in headers.items()}
    keys = set(key_fields())
    for name in added:
        key = name if name in headers else by_header.get(name)
        if key is None:
            zh, en = did_you_mean(name, sorted({*headers, *by_header}))
            raise UsageError(
                f"key_data 中的“{name}”不是任何模板的列。",
                f"No form has the column {name!r} of key_data.",
                mend_zh=zh,
                mend_en=en,
            )
        keys.add(key)
    return frozenset(keys)
