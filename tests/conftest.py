"""What holds for all tests."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from stuvalid.excel import blank, new
from stuvalid.excel.patch.copy import PackageCopy
from stuvalid.forms import blank as blank_forms
from tests.office import faults
from tests.skips import pytest_collectreport, pytest_runtest_logreport, pytest_sessionfinish, pytest_terminal_summary  # noqa: F401  (hooks)

settings.register_profile("patient", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _own_key_and_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test leaves a key or results in the home of whoever runs it, or is answered from there."""
    place: Path = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
            patch.setitem(os.environ, name, str(place / name))
        yield


_LARGEST_CHECKED = 1 << 20


@pytest.fixture(scope="session", autouse=True)
def _every_workbook_we_write_is_valid() -> Iterator[None]:
    """Whatever a test makes the program write is a valid package: copies, reports, lists, forms alike."""

    def valid(data: bytes) -> bytes:
        if len(data) < _LARGEST_CHECKED:
            assert not faults(data)
        return data

    def build(package: PackageCopy, _build: Any = PackageCopy.build) -> bytes:
        data: bytes = _build(package)
        if data is not package.source and len(data) < _LARGEST_CHECKED and _is_sound(package.source):
            valid(data)
        return data

    def finished(
        writer: new.WorkbookWriter, error: object, *rest: object, _exit: Any = new.WorkbookWriter.__exit__
    ) -> None:
        stream = writer._archive.fp
        _exit(writer, error, *rest)
        if error is None and isinstance(stream, io.BytesIO) and not tracemalloc.is_tracing():
            valid(stream.getvalue())

    def form(given: blank.BlankForm, _write: Any = blank.write_blank_form) -> bytes:
        return valid(_write(given))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PackageCopy, "build", build)
        patch.setattr(new.WorkbookWriter, "__exit__", finished)
        patch.setattr(blank, "write_blank_form", form)
        patch.setattr(blank_forms, "write_blank_form", form)
        yield


@lru_cache(maxsize=64)
def _is_sound(data: bytes) -> bool:
    """Whether what was given was valid: a copy of what was not need not be."""
    try:
        return not faults(data)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, KeyError, RuntimeError):
        return False
