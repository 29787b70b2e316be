"""Workbooks made for the tests: raw OOXML packages whose XML is written out, and small ones by other programs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELS = "http://purl.oclc.org/ooxml/officeDocument/relationships"


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def sheet_xml(rows: str, *, before: str = "", after: str = "", main: str = MAIN) -> str:
    """A worksheet part around ``rows``."""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{main}" '
        f'xmlns:r="{RELS}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    )


def raw_xlsx(
    rows: str = "",
    *,
    strings: Sequence[str] | None = None,
    sheet: str | bytes | None = None,
    styles: str | None = None,
    workbook_extra: str = "",
    before: str = "",
    after: str = "",
    more: Mapping[str, str | bytes] | None = None,
    strict: bool = False,
    backslashes: bool = False,
) -> bytes:
    """An xlsx of one sheet; ``rows`` is what stands in sheetData, ``strings`` the inside of each ``<si>``."""
    main, rels = (STRICT_MAIN, STRICT_RELS) if strict else (MAIN, RELS)
    parts: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE_RELS}"><Relationship Id="rId1" '
        f'Type="{rels}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rels}">{workbook_extra}<sheets>'
        '<sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": sheet or sheet_xml(rows, before=before, after=after, main=main),
    }
    relations = [("rId1", "worksheet", "worksheets/sheet1.xml")]
    if strings is not None:
        parts["xl/sharedStrings.xml"] = (
            f'<sst xmlns="{main}">' + "".join(f"<si>{item}</si>" for item in strings) + "</sst>"
        )
        relations.append(("rId2", "sharedStrings", "sharedStrings.xml"))
    if styles is not None:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{main}">{styles}</styleSheet>'
        relations.append(("rId3", "styles", "styles.xml"))
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{PACKAGE_RELS}">'
        + "".join(f'<Relationship Id="{i}" Type="{rels}/{t}" Target="{p}"/>' for i, t, p in relations)
        + "</Relationships>"
    )
    parts.update(more or {})
    if backslashes:
        parts = {name.replace("/", "\\"): content for name, content in parts.items()}
    return _renamed_zip(parts) if backslashes else zipped(parts)


def _renamed_zip(parts: Mapping[str, str | bytes]) -> bytes:
    # zipfile turns backslashes into slashes where os.sep is one, so the names are put in afterwards.
    data = zipped({name.replace("\\", "|"): content for name, content in parts.items()})
    for name in parts:
        data = data.replace(name.replace("\\", "|").encode(), name.encode())
    return data


DATE_STYLES = '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs>'
"""Style 1 is a date, style 2 a date with time."""
