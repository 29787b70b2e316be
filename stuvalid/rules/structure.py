"""TPL: how the form stands on its sheet: header row and columns. Rows, sheets and the file are in `rows`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from stuvalid.findings import Severity
from stuvalid.forms.matching import How
from stuvalid.forms.model import Field
from stuvalid.forms.sheets import FormSheet
from stuvalid.rules.registry import SheetHit, rule

_FORM = "导入模板：表头在第1行，数据从第2行开始"


@rule(
    "TPL001",
    Severity.ERROR,
    needs_workbook=True,
    scope="sheet",
    items=(6,),
    zh="表头在第{row}行，上面多了标题或说明，系统要求表头在第{wanted}行",
    en="the header is on row {row}; the registry wants it on row {wanted}",
    mend="删去表头上面的行",
    mend_en="Delete the rows above the header",
    source=f"{_FORM}；校验目录 6",
    bad=[{"@title": "双塔西街小学学生信息表"}],
    good=[{}],
)
def header_not_first(sheet: FormSheet) -> Iterator[SheetHit]:
    row, wanted = sheet.match.top + 1, sheet.match.template.header_top
    if row > wanted:
        yield SheetHit(0, 0, sheet.sheet.text(0, 0), params={"row": str(row), "wanted": str(wanted)})


@rule(
    "TPL002",
    Severity.ERROR,
    scope="sheet",
    items=(7,),
    zh="缺少{count}个必填列：{headers}",
    en="{count} required columns are missing: {headers}",
    mend="从官方模板复制缺少的列并补填",
    mend_en="Copy the columns from the official template and fill them in",
    source="采集指标：带★为必采信息项；校验目录 7",
    bad=[{"@drop": ["sex"]}, {"@drop": ["sex", "health", "orphan"]}],
    good=[{}],
)
def required_columns_missing(sheet: FormSheet) -> Iterator[SheetHit]:
    yield from _missing(sheet, sheet.match.lacking)


@rule(
    "TPL003",
    Severity.INFO,
    scope="sheet",
    items=(7,),
    zh="没有{count}个选填列：{headers}",
    en="{count} optional columns are not there: {headers}",
    mend="模板原有的列不要删，空着即可",
    mend_en="Do not delete columns of the template; leave them empty",
    source="导入模板",
    bad=[{"@drop": ["homepage"]}],
    good=[{}],
)
def optional_columns_missing(sheet: FormSheet) -> Iterator[SheetHit]:
    lacking = set(sheet.match.lacking)
    yield from _missing(sheet, [entry for entry in sheet.match.missing if entry not in lacking])


def _missing(sheet: FormSheet, fields: Sequence[Field]) -> Iterator[SheetHit]:
    """One finding with the list: a form that lost ten columns lost them in one go."""
    if fields:
        headers = "、".join(entry.header for entry in fields)
        field = fields[0].key if len(fields) == 1 else ""
        yield SheetHit(sheet.match.top, params={"count": str(len(fields)), "headers": headers}, field=field)


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
    yield from _worded(sheet, "alias", "near")


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
    yield from _worded(sheet, "decorated")


def _worded(sheet: FormSheet, *how: How) -> Iterator[SheetHit]:
    """Headers that are not the form's own. Of a sheet that is only related to the form they are its own matter.

    A header of two rows is no cell's text, so none could be written.
    """
    if not sheet.match.is_certain or sheet.match.two_rows:
        return
    for matched in sheet.match.columns:
        if matched.how in how:
            header, safe = matched.field.header, matched.how != "near"
            yield SheetHit(
                sheet.match.header_row,
                matched.column,
                matched.text,
                header,
                safe,
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
    if not sheet.match.is_certain:
        return
    order = {entry.key: number for number, entry in enumerate(sheet.match.template.fields)}
    columns = sorted(sheet.match.columns, key=lambda matched: matched.column)
    for before, after in itertools.pairwise(columns):
        if order[before.field.key] > order[after.field.key]:
            # The column that jumped ahead is the one out of place, not all those it overtook.
            yield SheetHit(sheet.match.header_row, before.column, before.text, field=before.field.key)
            return


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
    "TPL025",
    Severity.WARNING,
    scope="sheet",
    items=(7,),
    zh="这张表只有“{form}”{all}列中的{here}列，不像要上报的学生表，没有检查；要报就缺{count}个必填列：{headers}",
    en="this sheet has {here} of the {all} columns of {form}: no form to submit, not checked; it lacks {headers}",
    mend="要上报的请填到官方模板里（stuvalid template）；别的名单不用管",
    mend_en="Fill what is to be submitted into the official form (stuvalid template); other lists may stay",
    source="模板识别；校验目录 7",
    bad=[{"@keep": ["name", "sex", "birth_date", "id_number", "home_address", "phone"]}],
    good=[{}],
)
def not_a_form(sheet: FormSheet) -> Iterator[SheetHit]:
    match = sheet.match
    if not match.is_form:
        params = {
            "form": match.template.title,
            "all": str(len(match.template.fields)),
            "here": str(len(match.columns)),
            "count": str(len(match.lacking)),
            "headers": "、".join(entry.header for entry in match.lacking),
        }
        yield SheetHit(match.top, params=params)


@rule(
    "TPL026",
    Severity.WARNING,
    needs_workbook=True,
    scope="sheet",
    items=(6,),
    zh="表头分成第{top}、{row}两行（如“成员1”下面是“姓名”），系统导入要求一行",
    en="the header takes rows {top} and {row} (成员1 over 姓名); the registry imports one row",
    mend="导入前把表头并成一行，如“成员1姓名”；采集用可以照旧",
    mend_en="Write one row of headers such as 成员1姓名 before importing; for collecting it may stay",
    source=f"{_FORM}；校验目录 6",
    bad=[{"@grouped": True}],
    good=[{}],
)
def header_of_two_rows(sheet: FormSheet) -> Iterator[SheetHit]:
    if sheet.match.two_rows and sheet.match.template.header_rows == 1:
        top, row = sheet.match.top, sheet.match.header_row
        yield SheetHit(top, params={"top": str(top + 1), "row": str(row + 1)})
