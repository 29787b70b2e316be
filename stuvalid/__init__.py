"""Checks, repairs and packages what schools submit to the national student registry; see ``docs/python.md``.

The names below are the front door for Python. They are loaded when they are used, so that the command line, which
imports this package too, does not wait for pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stuvalid.errors import StuvalidError, UnreadableFile, UsageError
from stuvalid.version import __version__

if TYPE_CHECKING:
    from stuvalid.frontdoor import code_list, list_forms, mend, read, validate, validate_photo
    from stuvalid.frontdoor.results import MendedWorkbook, Mending, PhotoReport, Report

__all__ = [
    "MendedWorkbook",
    "Mending",
    "PhotoReport",
    "Report",
    "StuvalidError",
    "UnreadableFile",
    "UsageError",
    "__version__",
    "code_list",
    "list_forms",
    "mend",
    "read",
    "validate",
    "validate_photo",
]


def __getattr__(name: str) -> Any:
    """A name of the front door (PEP 562); none of them is also a submodule, which would hide it once imported."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module("stuvalid.frontdoor"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
