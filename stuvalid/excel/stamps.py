"""The stamp of an issued form: a property of the document, which every program keeps when it saves the workbook.

Excel, WPS, LibreOffice and openpyxl keep custom properties; a part that no relation leads to (`ownmarks`) they leave out,
which is right for copies and wrong for forms, as these are made to be filled in and saved.
"""

from __future__ import annotations

import html
import re

STAMP_PART = "docProps/custom.xml"
STAMP_NAME = "stuvalid.form"
_PROPERTY = re.compile(
    rf"<(?:\w+:)?property\b[^>]*\bname=[\"']{re.escape(STAMP_NAME)}[\"'][^>]*>\s*<(?:\w+:)?lpwstr\b[^>]*>([^<]*)<"
)


def stamp_of(properties: str) -> str:
    """The stamp among the custom properties (the XML of `STAMP_PART`); '' if there is none."""
    match = _PROPERTY.search(properties)
    return html.unescape(match[1]).strip() if match else ""
