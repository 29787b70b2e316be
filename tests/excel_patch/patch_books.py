"""Rich workbooks to patch, and what is asked of every patched one."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from xml.etree import ElementTree as ET

import openpyxl
import xlsxwriter

from tests.office import WORKSHEET_ORDER

SHEET = "学生基础信息"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
    "050001a5f645400000000049454e44ae426082"
)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def repack(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    found = parts(data)
    change(found)
    return pack(found)


def pack(found: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return stream.getvalue()


def cells(data: bytes) -> dict[tuple[str, str], object]:
    """Every non-empty cell's stored content (formulas as formulas)."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = {}
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    value = cell.value
                    found[sheet.title, cell.coordinate] = getattr(value, "text", value)
    return found


def rich_book(*, macros: bool = False) -> bytes:
    """Nearly everything XlsxWriter can put into a file."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "font_color": "red", "bg_color": "#FFFF00", "border": 1})
        text = book.add_format({"num_format": "@", "border": 1, "align": "right", "locked": False})
        sheet = book.add_worksheet(SHEET)
        lists = book.add_worksheet("代码 'A' 表")
        hidden = book.add_worksheet("hidden")
        hidden.very_hidden()
        hidden.write_string("A1", "secret")
        for col, head in enumerate(["姓名", "性别", "出生日期", "号码", "民族"]):
            sheet.write_string(0, col, head, bold)
        for row in range(1, 20):
            for col, value in enumerate([f"王{row}", "男", "2012-03-04", "11010120120304001X", "汉"]):
                sheet.write_string(row, col, value, text)
        lists.write_column(0, 0, ["男", "女"])
        sheet.write_number("G2", 42.5)
        sheet.write_formula("G3", "=SUM(G2,1)", None, 43.5)
        sheet.write_rich_string("G4", "前", bold, "粗", "后")
        sheet.write_comment("B3", "老师写的", {"author": "李老师"})
        sheet.merge_range("I2:K4", "合并", text)
        sheet.data_validation("B2:B20", {"validate": "list", "source": "='代码 ''A'' 表'!$A$1:$A$2"})
        sheet.conditional_format("A1:A20", {"type": "data_bar", "data_bar_2010": True})
        sheet.add_sparkline("H2", {"range": f"{SHEET}!G2:G3"})
        sheet.insert_image("M2", "dot.png", {"image_data": io.BytesIO(PNG)})
        sheet.insert_textbox("M8", "文本框")
        sheet.insert_button("M14", {"caption": "按钮"})
        sheet.write_url("G6", "https://example.org/", string="网址")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": f"={SHEET}!$G$2:$G$3"})
        sheet.insert_chart("M20", chart)
        lists.add_table("C1:D4", {"columns": [{"header": "甲"}, {"header": "乙"}], "name": "Liste"})
        lists.write_formula("F1", "=COUNTA(Liste[乙])", None, 0)
        sheet.autofilter("A1:E20")
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.protect()
        lists.activate()
        book.define_name("性别表", "='代码 ''A'' 表'!$A$1:$A$2")
        book.define_name(f"{SHEET}!局部", f"={SHEET}!$A$1")
        book.set_properties({"title": "t"})
        if macros:
            book.add_vba_project(io.BytesIO(b"VBA" * 50), is_stream=True)
    return stream.getvalue()


def openpyxl_book() -> bytes:
    from openpyxl.comments import Comment
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    for row in range(1, 6):
        for col in range(1, 4):
            sheet.cell(row, col, f"{row}-{col}")
    sheet["B2"].comment = Comment("旧", "甲")
    rule = DataValidation(type="list", formula1='"男,女"')
    rule.add("A1:A9")
    sheet.add_data_validation(rule)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def raw_book(
    sheet: str, *, styles: str | None = None, extra: dict[str, bytes] | None = None, strict: bool = False
) -> bytes:
    """The smallest package around a hand-written sheet."""
    office = "http://purl.oclc.org/ooxml" if strict else "http://schemas.openxmlformats.org"
    rel = f"{office}/officeDocument/relationships" if strict else f"{office}/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    styled = f'<Override PartName="/xl/styles.xml" ContentType="{sheet_type}.styles+xml"/>' if styles else ""
    main = f"{office}/spreadsheetml/main" if strict else MAIN
    found = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{sheet_type}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet_type}.worksheet+xml"/>{styled}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="{SHEET}" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/>'
        + (f'<Relationship Id="rId2" Type="{rel}/styles" Target="styles.xml"/>' if styles else "")
        + "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet.replace("MAIN", main).replace("REL", rel),
    }
    if styles:
        found["xl/styles.xml"] = styles.replace("MAIN", main)
    return pack({name: text.encode() for name, text in found.items()} | (extra or {}))


def assert_sound(data: bytes) -> None:
    """Well-formed parts, complete references, unique names, sections in the standard's order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert len({name.lower() for name in names}) == len(names)
    found = parts(data)
    trees = {name: ET.fromstring(text) for name, text in found.items() if name.endswith((".xml", ".rels"))}
    defaults, overrides = set(), set()
    for item in trees["[Content_Types].xml"]:
        if item.tag.endswith("Default"):
            defaults.add(item.get("Extension").lower())
        else:
            overrides.add(item.get("PartName").lstrip("/").lower())
    assert overrides <= {name.lower() for name in names}
    for name in names:
        assert name.lower() in overrides or name.rpartition(".")[2].lower() in defaults or name.endswith(".xml")
    for name, tree in trees.items():
        if name.endswith(".rels"):
            owner = posixpath.dirname(posixpath.dirname(name))
            ids = [item.get("Id") for item in tree]
            assert len(set(ids)) == len(ids), name
            for item in tree:
                if item.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", owner, item.get("Target"))).lstrip("/")
                    assert target in found, (name, target)
    formats = [tree for name, tree in trees.items() if name.endswith("styles.xml")]
    count = max((len(list(area)) for tree in formats for area in tree if area.tag.endswith("cellXfs")), default=1)
    for name, tree in trees.items():
        if "worksheets/sheet" in name and not name.endswith(".rels"):
            order = [
                WORKSHEET_ORDER.index(tag)
                for tag in (child.tag.rpartition("}")[2] for child in tree)
                if tag in WORKSHEET_ORDER
            ]
            assert order == sorted(order), (name, order)
            rows = [int(row.get("r")) for row in tree.iter() if row.tag.endswith("}row") and row.get("r")]
            assert rows == sorted(set(rows))
            for cell in tree.iter():
                if cell.tag.endswith("}c"):
                    assert int(cell.get("s", "0")) < count
    ids = [i for name, text in found.items() if name.endswith(".vml") for i in re.findall(rb'id="(_x0000_s\d+)"', text)]
    assert len(set(ids)) == len(ids)
