"""Changing an xlsx or xlsm workbook in place: cells, colours, comments, a sheet in front; all else untouched.

Loading and saving with a spreadsheet library loses text boxes, modern dropdowns, sparklines and rich text,
and takes twenty times longer. Here only the parts concerned are rewritten, by splicing into their XML; all
other parts are copied as they are compressed. Rows and columns count from 0.
"""

from stuvalid.excel.patch.edits import CellEdit, CellMark, FrontCell, FrontSheet, Link, PatchResult, Severity
from stuvalid.excel.patch.patching import patch_workbook
from stuvalid.excel.patch.unmark import remove_marks

__all__ = [
    "CellEdit",
    "CellMark",
    "FrontCell",
    "FrontSheet",
    "Link",
    "PatchResult",
    "Severity",
    "patch_workbook",
    "remove_marks",
]
