"""TPL: how the form stands on its sheet: extra rows, hidden parts, other sheets and the file itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from stuvalid.findings import Severity
from stuvalid.forms.sheets import FormSheet
from stuvalid.rules.registry import SheetHit, rule


@rule(
    "TPL010",
    Severity.ERROR,
    scope="sheet",
    items=(13,),
    zh="第{row}行像模板的示例或说明行（“{value}”），没有当作学生",
    en="row {row} looks like the template's sample or hint ({value}) and was not taken for a pupil",
    mend="是示例就删去这一行；是学生就填上完整、正确的姓名和号码",
    mend_en="Delete the row if it is the sample; if it is a pupil, give the whole name and number",
    source="导入模板：示例行须删除或覆盖；校验目录 13",
    bad=[[{"name": "示例：张三"}, {}], [{"name": "张三", "id_number": "11010120010101XXXX"}, {}]],
    good=[{}, [{"name": "张三"}, {"name": "李四"}]],
)
def sample_row_left(sheet: FormSheet) -> Iterator[SheetHit]:
    column = max(sheet.column_of("name"), 0)
    for row in sheet.rows.samples:
        yield SheetHit(row, column, sheet.sheet.text(row, column), params={"row": str(row + 1)}, field="name")


@rule(
    "TPL011",
    Severity.WARNING,
    scope="sheet",
    items=(14,),
    zh="第{row}行是空行，夹在学生之间",
    en="row {row} is blank, between pupils",
    mend="删去空行，有的系统读到空行就停",
    mend_en="Delete it: some systems stop at a blank row",
    source="校验目录 14",
    bad=[[{}, {"@blank": True}, {}]],
    good=[[{}, {}]],
)
def blank_row_between(sheet: FormSheet) -> Iterator[SheetHit]:
    for row in sheet.rows.blanks.tolist():
        yield SheetHit(row, 0, params={"row": str(row + 1)})


@rule(
    "TPL012",
    Severity.ERROR,
    scope="sheet",
    items=(15,),
    zh="表头下面没有学生",
    en="there are no pupils below the header",
    mend="确认是否交错了文件",
    mend_en="Check whether this is the right file",
    source="校验目录 15",
    bad=[[]],
    good=[{}],
)
def no_records(sheet: FormSheet) -> Iterator[SheetHit]:
    if not len(sheet.rows.records):
        yield SheetHit(sheet.match.header_row, 0)


@rule(
    "TPL013",
    Severity.WARNING,
    needs_workbook=True,
    scope="sheet",
    items=(16,),
    zh="有{count}行学生被隐藏或筛选掉，第一处在第{row}行",
    en="{count} pupils' rows are hidden or filtered out, the first on row {row}",
    mend="取消筛选和隐藏后再核对",
    mend_en="Clear the filter and unhide the rows",
    source="校验目录 16",
    bad=[[{}, {"@hidden": True}]],
    good=[{}],
)
def hidden_rows(sheet: FormSheet) -> Iterator[SheetHit]:
    if sheet.sheet.hidden_rows is None:
        return
    hidden = np.intersect1d(sheet.sheet.hidden_rows, sheet.rows.records)
    if len(hidden):
        row = int(hidden[0])
        yield SheetHit(row, 0, params={"count": str(len(hidden)), "row": str(row + 1)})


@rule(
    "TPL014",
    Severity.WARNING,
    needs_workbook=True,
    scope="sheet",
    items=(16,),
    zh="列“{header}”被隐藏",
    en="the column {header} is hidden",
    mend="取消隐藏后再核对",
    mend_en="Unhide it and check its content",
    source="校验目录 16",
    bad=[{"@hide": ["phone"]}],
    good=[{}],
)
def hidden_column(sheet: FormSheet) -> Iterator[SheetHit]:
    hidden = set(sheet.sheet.hidden_columns)
    for matched in sheet.match.columns:
        if matched.column in hidden:
            yield SheetHit(
                sheet.match.header_row,
                matched.column,
                matched.text,
                params={"header": matched.field.header},
                field=matched.field.key,
            )


@rule(
    "TPL015",
    Severity.ERROR,
    needs_workbook=True,
    scope="sheet",
    items=(6,),
    zh="数据区有合并单元格，合并后只有左上角一格有值",
    en="cells are merged among the data: only the first holds the value",
    mend="取消合并，每一行都填上内容",
    mend_en="Unmerge the cells and fill in every row",
    source="校验目录 6",
    bad=[[{"@merge": ["class_code", 2]}, {}]],
    good=[{}],
)
def merged_data_cells(sheet: FormSheet) -> Iterator[SheetHit]:
    records = set(sheet.rows.records.tolist())
    for first_row, first_column, last_row, _ in sheet.sheet.merged:
        if first_row > sheet.match.header_row and records.intersection(
            range(first_row, min(last_row + 1, sheet.sheet.height))
        ):
            yield SheetHit(first_row, first_column, sheet.sheet.text(first_row, first_column))


@rule(
    "TPL016",
    Severity.WARNING,
    scope="sheet",
    items=(14,),
    zh="第{row}行不像学生记录：“{value}”",
    en="row {row} does not look like a pupil: {value}",
    mend="删去合计、填表人、备注、重复的表头和别的小表；缺内容的学生请补全",
    mend_en="Delete totals, signatures, remarks, repeated headers and other tables; complete the pupil if it is one",
    source="校验目录 14",
    bad=[[{}, {"@only": {"name": "填表人：李老师"}}]],
    good=[{}],
)
def stray_row(sheet: FormSheet) -> Iterator[SheetHit]:
    for first, last in _blocks(sheet.rows.strays):
        column = next((c for c in range(sheet.sheet.width) if sheet.sheet.text(first, c).strip()), 0)
        rows = str(first + 1) if first == last else f"{first + 1}–{last + 1}"
        yield SheetHit(first, column, sheet.sheet.text(first, column), params={"row": rows})


def _blocks(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring rows as (first, last): a table below the pupils is one thing to take away."""
    for _, run in itertools.groupby(enumerate(rows), key=lambda entry: entry[1] - entry[0]):
        members = [row for _, row in run]
        yield members[0], members[-1]


@rule(
    "TPL020",
    Severity.INFO,
    needs_workbook=True,
    scope="sheet",
    items=(5,),
    zh="工作表名“{sheet}”不是“{expected}”",
    en="the sheet is named {sheet}, not {expected}",
    mend="建议改回模板的表名",
    mend_en="Better give the sheet the template's name back",
    source="导入模板 4.1（导入程序读第一张表，故为提示）；校验目录 5",
    bad=[{"@sheet": "Sheet1"}],
    good=[{}],
)
def sheet_renamed(sheet: FormSheet) -> Iterator[SheetHit]:
    expected = sheet.match.template.sheets
    if expected and sheet.sheet.name not in expected:
        yield SheetHit(params={"sheet": sheet.sheet.name, "expected": expected[0]})


@rule(
    "TPL021",
    Severity.WARNING,
    needs_workbook=True,
    scope="sheet",
    items=(23,),
    zh="这个文件还有别的工作表也是学生表：{others}",
    en="other sheets of this file hold pupils too: {others}",
    mend="一个文件只留一张学生表，核对是否重复",
    mend_en="Keep one sheet of pupils to a file and check for repeats",
    source="校验目录 23",
    bad=[{"@copies": 2}],
    good=[{}],
)
def several_sheets(sheet: FormSheet) -> Iterator[SheetHit]:
    if sheet.siblings:
        yield SheetHit(params={"others": "、".join(sheet.siblings)})


@rule(
    "TPL023",
    Severity.ERROR,
    needs_workbook=True,
    scope="sheet",
    items=(2,),
    zh="文件扩展名与内容不符：内容是 {format}",
    en="the file's extension does not fit its content, which is {format}",
    mend="用 Excel 或 WPS 打开后另存为 .xlsx",
    mend_en="Open it in Excel or WPS and save it as .xlsx",
    source="校验目录 2",
    bad=[{"@notes": ["extension-mismatch"]}],
    good=[{}],
)
def extension_differs(sheet: FormSheet) -> Iterator[SheetHit]:
    if "extension-mismatch" in sheet.notes:
        yield SheetHit(params={"format": sheet.format})


@rule(
    "TPL024",
    Severity.ERROR,
    needs_workbook=True,
    scope="sheet",
    items=(1,),
    zh="文件是 {format} 格式，系统只收 xls 和 xlsx",
    en="the file is {format}; the registry takes xls and xlsx",
    mend="用 Excel 或 WPS 另存为 .xlsx",
    mend_en="Save it as .xlsx with Excel or WPS",
    source="导入程序：必须为excel表格xls或xlsx格式；校验目录 1",
    bad=[{"@format": "csv"}],
    good=[{}],
)
def format_not_taken(sheet: FormSheet) -> Iterator[SheetHit]:
    if sheet.format not in ("xlsx", "xls", "xlsm"):
        yield SheetHit(params={"format": sheet.format})


@rule(
    "TPL027",
    Severity.WARNING,
    needs_workbook=True,
    scope="sheet",
    items=(16, 23),
    zh="工作表“{sheet}”是隐藏的，里面有{count}名学生，已一并检查",
    en="the sheet {sheet} is hidden; its {count} pupils were checked too",
    mend="要上报的取消隐藏，不要的删去",
    mend_en="Unhide it if it is to be submitted, else delete it",
    source="校验目录 16、23",
    bad=[{"@hidden_sheet": True}],
    good=[{}],
)
def sheet_hidden(sheet: FormSheet) -> Iterator[SheetHit]:
    if not sheet.sheet.visible:
        yield SheetHit(params={"sheet": sheet.sheet.name, "count": str(len(sheet.rows.records))})


@rule(
    "TPL028",
    Severity.WARNING,
    needs_workbook=True,
    scope="sheet",
    items=(16, 23),
    zh="隐藏的工作表“{hidden}”里有{count}名学生，其中{same}名本表也有；当作旧表，没有检查，也没有重复计数",
    en="the hidden sheet {hidden} has {count} pupils, {same} of them on this one too: an old copy, not checked or counted",
    mend="核对后删去隐藏的旧表",
    mend_en="Look at it and delete the hidden copy",
    source="校验目录 16、23",
    bad=[{"@hidden_copy": True}],
    good=[{}],
)
def hidden_copy(sheet: FormSheet) -> Iterator[SheetHit]:
    for copy in sheet.copies:
        yield SheetHit(params={"hidden": copy.sheet.name, "count": str(copy.rows), "same": str(copy.known)})
