"""Acting on findings: a mended copy of a workbook, the same workbook annotated, and the log of what was changed."""
