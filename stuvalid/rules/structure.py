"""TPL: how the form stands on its sheet: header row, columns, extra rows, hidden parts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from stuvalid.findings import Severity
from stuvalid.forms.sheets import FormSheet
from stuvalid.rules.registry import SheetHit, rule

_FORM = "导入模板：表头在第1行，数据从第2行开始"


@rule(
    "TPL001",
    Severity.ERROR,
    scope="sheet",
    items=(6,),
    zh="表头在第{row}行，上面多了标题或说明，系统要求表头在第1行",
    en="the header is on row {row}; the registry wants it on row 1",
    mend="删去表头上面的行",
    mend_en="Delete the rows above the header",
    source=f"{_FORM}；校验目录 6",
    bad=[{"@title": "双塔西街小学学生信息表"}],
    good=[{}],
)
def header_not_first(sheet: FormSheet) -> Iterator[SheetHit]:
    if sheet.match.header_row > 0:
        yield SheetHit(0, 0, sheet.sheet.text(0, 0), params={"row": str(sheet.match.header_row + 1)})


@rule(
    "TPL002",
    Severity.ERROR,
    scope="sheet",
    items=(7,),
    zh="缺少必填列“{header}”",
    en="the required column {header} is missing",
    mend="从官方模板复制该列表头并补填",
    mend_en="Copy the column from the official template and fill it in",
    source="采集指标：带★为必采信息项；校验目录 7",
    bad=[{"@drop": ["sex"]}],
    good=[{}],
)
def required_column_missing(sheet: FormSheet) -> Iterator[SheetHit]:
    for entry in sheet.match.missing:
        if entry.required or entry.condition is not None:
            yield SheetHit(sheet.match.header_row, params={"header": entry.header}, field=entry.key)


@rule(
    "TPL003",
    Severity.INFO,
    scope="sheet",
    items=(7,),
    zh="没有选填列“{header}”",
    en="the optional column {header} is not there",
    mend="模板原有的列不要删，空着即可",
    mend_en="Do not delete columns of the template; leave them empty",
    source="导入模板",
    bad=[{"@drop": ["homepage"]}],
    good=[{}],
)
def optional_column_missing(sheet: FormSheet) -> Iterator[SheetHit]:
    for entry in sheet.match.missing:
        if not entry.required and entry.condition is None:
            yield SheetHit(sheet.match.header_row, params={"header": entry.header}, field=entry.key)


@rule(
    "TPL004",
    Severity.WARNING,
    scope="sheet",
    items=(8,),
    zh="多出模板中没有的列“{value}”",
    en="the column {value} is not in the template",
    mend="上报前删去该列，或用自定义模板登记",
    mend_en="Delete the column before submitting, or declare it in a template of your own",
    source="校验目录 8",
    bad=[{"@add": "班主任电话"}],
    good=[{}],
)
def unknown_column(sheet: FormSheet) -> Iterator[SheetHit]:
    for column, text in sheet.match.unknown:
        yield SheetHit(sheet.match.header_row, column, text)


@rule(
    "TPL005",
    Severity.ERROR,
    scope="sheet",
    items=(9,),
    zh="表头“{value}”重复出现，只认前一列",
    en="the header {value} occurs twice; the first column counts",
    mend="删去多余的一列，或改正写错的表头",
    mend_en="Delete the surplus column or mend its header",
    source="校验目录 9",
    bad=[{"@add": "姓名"}],
    good=[{}],
)
def repeated_column(sheet: FormSheet) -> Iterator[SheetHit]:
    for matched in sheet.match.duplicates:
        yield SheetHit(sheet.match.header_row, matched.column, matched.text, field=matched.field.key)


@rule(
    "TPL006",
    Severity.WARNING,
    scope="sheet",
    items=(10,),
    zh="表头“{value}”与模板不同，应为“{header}”",
    en="the header {value} differs from the template's {header}",
    mend="改成模板的表头",
    mend_en="Use the template's header",
    source="校验目录 10",
    bad=[{"@header": {"ethnicity": "名族"}}, {"@header": {"enrolment_month": "入学年日"}}],
    good=[{}],
)
def header_worded_otherwise(sheet: FormSheet) -> Iterator[SheetHit]:
    for matched in sheet.match.columns:
        if matched.how in ("alias", "near"):
            header = matched.field.header
            yield SheetHit(
                sheet.match.header_row,
                matched.column,
                matched.text,
                header,
                matched.how == "alias",
                {"header": header},
                matched.field.key,
            )


@rule(
    "TPL007",
    Severity.WARNING,
    scope="sheet",
    items=(11,),
    zh="表头“{value}”多了空格、换行或标记，应为“{header}”",
    en="the header {value} carries blanks, line breaks or marks; it should be {header}",
    mend="改成模板的表头",
    mend_en="Use the template's header",
    source="校验目录 11",
    bad=[{"@header": {"name": "★姓 名"}}],
    good=[{}],
)
def header_decorated(sheet: FormSheet) -> Iterator[SheetHit]:
    for matched in sheet.match.columns:
        if matched.how == "decorated":
            header = matched.field.header
            yield SheetHit(
                sheet.match.header_row,
                matched.column,
                matched.text,
                header,
                True,
                {"header": header},
                matched.field.key,
            )


@rule(
    "TPL008",
    Severity.WARNING,
    scope="sheet",
    items=(12,),
    zh="列的顺序与模板不同，从“{value}”开始",
    en="the columns are not in the template's order, from {value} on",
    mend="按官方模板的顺序排列；有的导入程序按位置读取",
    mend_en="Follow the template's order: some importers read by position",
    source="襄阳导入程序按列位置读取（仅一处，故为警告）；校验目录 12",
    bad=[{"@swap": ["sex", "birth_date"]}],
    good=[{}],
)
def columns_reordered(sheet: FormSheet) -> Iterator[SheetHit]:
    order = {entry.key: number for number, entry in enumerate(sheet.match.template.fields)}
    columns = sorted(sheet.match.columns, key=lambda matched: matched.column)
    for before, after in itertools.pairwise(columns):
        if order[before.field.key] > order[after.field.key]:
            # The column that jumped ahead is the one out of place, not all those it overtook.
            yield SheetHit(sheet.match.header_row, before.column, before.text, field=before.field.key)
            return


@rule(
    "TPL010",
    Severity.ERROR,
    scope="sheet",
    items=(13,),
    zh="第{row}行是模板的示例或说明行，不是学生",
    en="row {row} is the template's sample or hint, not a pupil",
    mend="删去这一行",
    mend_en="Delete the row",
    source="导入模板：示例行须删除或覆盖；校验目录 13",
    bad=[[{"name": "示例：张三"}, {}]],
    good=[{}],
)
def sample_row_left(sheet: FormSheet) -> Iterator[SheetHit]:
    column = sheet.column_of("name")
    for row in sheet.rows.samples:
        yield SheetHit(row, max(column, 0), params={"row": str(row + 1)})


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
    mend="删去合计、填表人、备注等行；缺内容的学生请补全",
    mend_en="Delete totals, signatures and remarks; complete the pupil if it is one",
    source="校验目录 14",
    bad=[[{}, {"@only": {"name": "填表人：李老师"}}]],
    good=[{}],
)
def stray_row(sheet: FormSheet) -> Iterator[SheetHit]:
    for row in sheet.rows.strays:
        column = next((c for c in range(sheet.sheet.width) if sheet.sheet.text(row, c).strip()), 0)
        yield SheetHit(row, column, sheet.sheet.text(row, column), params={"row": str(row + 1)})


@rule(
    "TPL020",
    Severity.INFO,
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
    "TPL022",
    Severity.INFO,
    scope="sheet",
    zh="表头也像模板 {rivals}，按 {chosen} 检查",
    en="the header also fits {rivals}; it is checked as {chosen}",
    mend="不对的话用 --template 指定",
    mend_en="Choose another with --template if that is wrong",
    source="模板识别",
    bad=[{"@rivals": ["student-2020"]}],
    good=[{}],
)
def template_ambiguous(sheet: FormSheet) -> Iterator[SheetHit]:
    if sheet.match.rivals:
        yield SheetHit(params={"rivals": "、".join(sheet.match.rivals), "chosen": sheet.match.template.id})


@rule(
    "TPL023",
    Severity.ERROR,
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
