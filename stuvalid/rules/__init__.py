"""The rules: one module per family, named by the prefix of its ids (see `registry.FAMILIES`).

What a rule from outside the package needs is here: ``from stuvalid.rules import Cell, Fault, Severity, rule``.
"""

from typing import TYPE_CHECKING, Any

from stuvalid.findings import Severity
from stuvalid.rules.registry import Cell, Fault, Hits, SheetHit, rule

if TYPE_CHECKING:
    from stuvalid.forms.sheets import FormSheet
    from stuvalid.forms.table import Table

__all__ = ["Cell", "Fault", "FormSheet", "Hits", "Severity", "SheetHit", "Table", "rule"]


def __getattr__(name: str) -> Any:
    """Types that bring Arrow with them, loaded when a rule asks for them."""
    if name == "Table":
        from stuvalid.forms.table import Table

        return Table
    if name == "FormSheet":
        from stuvalid.forms.sheets import FormSheet

        return FormSheet
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
