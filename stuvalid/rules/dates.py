"""DAT: dates, months, ages and the validity of cards."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from stuvalid.codes.identity import OLDEST_BIRTH_YEAR, calendar_date
from stuvalid.findings import Severity
from stuvalid.forms.table import Rows, Table
from stuvalid.rules import spellings
from stuvalid.rules.registry import Cell, Fault, Hits, rule

_ENTRY_AGES = {1: (6, 9), 2: (11, 16), 3: (14, 19)}
_TWO_DIGIT_YEAR = re.compile(r"[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?|[0-9]{6}")
_NUMBERLESS = {"id_number": ""}


@rule(
    "DAT001",
    Severity.ERROR,
    scope="cell",
    kinds=("date",),
    items=(61,),
    private={"date": "birth"},
    zh="“{value}”应写成8位数字 {date}",
    en="{value} should be written as eight digits, {date}",
    mend="改成 YYYYMMDD",
    mend_en="Write YYYYMMDD",
    source="采集指标 3：YYYYMMDD；校验目录 61",
    bad=[{"birth_date": "2007-03-05", **_NUMBERLESS}, {"birth_date": "2007年3月5日"}, {"birth_date": "2007/3/5"}],
    good=[{}],
)
def date_written_otherwise(cell: Cell) -> Fault | None:
    date = spellings.read_date(cell.value)
    if date is None or date == cell.value:
        return None
    return Fault(fix=date, params={"date": date})


@rule(
    "DAT002",
    Severity.ERROR,
    scope="cell",
    kinds=("date",),
    items=(61,),
    private={"date": "birth"},
    zh="“{value}”是 Excel 的日期序号，应写成 {date}",
    en="{value} is an Excel day number for {date}",
    mend="把该列设为“文本”格式，改成 YYYYMMDD",
    mend_en="Set the column to Text and write YYYYMMDD",
    source="校验目录 61",
    bad=[{"birth_date": "39146"}],
    good=[{}],
)
def date_as_serial(cell: Cell) -> Fault | None:
    date = spellings.read_serial(cell.value)
    return Fault(fix=date, safe=False, params={"date": date}) if date else None


@rule(
    "DAT003",
    Severity.WARNING,
    scope="cell",
    kinds=("date",),
    items=(65,),
    zh="“{value}”的年份不是4位",
    en="the year in {value} does not have four digits",
    mend="写成 YYYYMMDD，如 20070305",
    mend_en="Write YYYYMMDD, such as 20070305",
    source="校验目录 65",
    bad=[{"birth_date": "070305"}, {"birth_date": "07-3-5"}],
    good=[{}],
)
def two_digit_year(cell: Cell) -> Fault | None:
    if not _TWO_DIGIT_YEAR.fullmatch(cell.value) or spellings.is_month(cell.value):
        return None
    return Fault(fix=spellings.read_short_year(cell.value, cell.today), safe=False, opaque=True)


@rule(
    "DAT004",
    Severity.ERROR,
    scope="cell",
    kinds=("date",),
    items=(60,),
    zh="“{value}”不是真实的日期",
    en="{value} is not a date of the calendar",
    mend="对照户口簿填8位数字 YYYYMMDD",
    mend_en="Write the eight digits YYYYMMDD of the household register",
    source="采集指标 3；校验目录 60",
    bad=[
        {"birth_date": "20070230"},
        {"birth_date": "2007"},
        {"birth_date": "200703"},
        {"birth_date": "03/15/2007"},
        {"birth_date": "农历20070305"},
    ],
    good=[{}],
)
def not_a_date(cell: Cell) -> Fault | None:
    date = calendar_date(cell.value)
    if date is not None and date.year >= OLDEST_BIRTH_YEAR:
        return None
    return Fault(fix=spellings.read_year_last(cell.value), safe=False)


@rule(
    "DAT005",
    Severity.ERROR,
    scope="cell",
    kinds=("date",),
    items=(63,),
    zh="日期 {value} 在今天之后",
    en="the date {value} lies in the future",
    mend="对照户口簿核对年份",
    mend_en="Check the year against the household register",
    source="校验目录 63",
    bad=[{"birth_date": "20990101"}],
    good=[{}],
)
def date_in_the_future(cell: Cell) -> Fault | None:
    return Fault() if calendar_date(cell.value) and int(cell.value) > cell.today else None


@rule(
    "DAT010",
    Severity.ERROR,
    scope="cell",
    kinds=("month",),
    items=(114,),
    zh="“{value}”应写成6位年月 {month}",
    en="{value} should be written as six digits, {month}",
    mend="改成 YYYYMM",
    mend_en="Write YYYYMM",
    source="采集指标 24：YYYYMM；校验目录 114",
    bad=[{"enrolment_month": "2013.09.01"}, {"enrolment_month": "2013年9月"}, {"enrolment_month": "20130901"}],
    good=[{}],
)
def month_written_otherwise(cell: Cell) -> Fault | None:
    month = spellings.read_month(cell.value)
    if month is None or month == cell.value:
        return None
    return Fault(fix=month, params={"month": month})


@rule(
    "DAT011",
    Severity.ERROR,
    scope="cell",
    kinds=("month",),
    items=(112,),
    zh="入学年月“{value}”不是6位年月",
    en="{value} is not a year and month of six digits",
    mend="写成 YYYYMM，如 201309",
    mend_en="Write YYYYMM, such as 201309",
    source="采集指标 24；校验目录 112",
    bad=[{"enrolment_month": "201313"}, {"enrolment_month": "2013"}],
    good=[{}],
)
def month_malformed(cell: Cell) -> Fault | None:
    return None if spellings.is_month(cell.value) else Fault()


@rule(
    "DAT012",
    Severity.WARNING,
    scope="cell",
    kinds=("month",),
    items=(113,),
    zh="入学年月 {value} 不在开学的月份或尚未到来",
    en="the month {value} is not one in which a term begins, or has not come yet",
    mend="一般为9月（如 201309），核对后再报",
    mend_en="It is usually September, as in 201309",
    source="校验目录 113",
    bad=[{"enrolment_month": "201305"}],
    good=[{"enrolment_month": "201309"}],
)
def unusual_month(cell: Cell) -> Fault | None:
    return None if spellings.is_right("month", cell.value, cell.today // 10000) else Fault()


@rule(
    "DAT020",
    Severity.WARNING,
    fields=("birth_date", "class_code", "enrolment_month"),
    items=(64,),
    zh="出生日期 {birth_date}：入学那年8月31日时{age}周岁，一般应为{low}–{high}周岁",
    en="born {birth_date}: {age} years old on 31 August of the year of entry, usually {low} to {high}",
    mend="核对出生日期和入学年月；不足龄儿童部分省份拒收",
    mend_en="Check birth date and month of entry; some provinces refuse underage children",
    source="义务教育法：年满六周岁入学；山东平台拒收不足龄；校验目录 64",
    bad=[
        {
            "id_type": "其他",
            **_NUMBERLESS,
            "birth_date": "20090101",
            "class_code": "2013101",
            "enrolment_month": "201309",
        },
        {
            "id_type": "其他",
            **_NUMBERLESS,
            "birth_date": "20200305",
            "class_code": "2013101",
            "enrolment_month": "201309",
        },
    ],
    good=[{}],
)
def age_unusual_for_stage(table: Table) -> Hits | None:
    births = table.births.get("birth_date")
    if births is None:
        return None
    years = table["enrolment_month"].numbers_of(slice(0, 4), 6)
    stages = table["class_code"].numbers_of(slice(4, 5), 7)
    ages = years - births // 10000 - (births % 10000 > 831)
    low = np.zeros(len(table), dtype=np.int64)
    high = np.full(len(table), 99, dtype=np.int64)
    for stage, (least, most) in _ENTRY_AGES.items():
        low[stages == stage] = least
        high[stages == stage] = most
    known = (births > 0) & (years > 0) & (stages > 0)
    rows = np.flatnonzero(known & ((ages < low) | (ages > high)))
    params = {
        # Whoever was born after the entry has one of the two dates wrong.
        "age": [str(age) if age >= 0 else "<0" for age in ages[rows].tolist()],
        "low": low[rows].astype(str).tolist(),
        "high": high[rows].astype(str).tolist(),
    }
    return Hits(rows, "birth_date", params, related=("enrolment_month",))


@rule(
    "DAT030",
    Severity.ERROR,
    scope="cell",
    kinds=("validity",),
    items=(88,),
    zh="身份证件有效期“{value}”写法不对",
    en="the validity {value} is malformed",
    mend="写成 20150101-20200101 或 2015.01.01-2020.01.01，长期的写 20150101-长期",
    mend_en="Write 20150101-20200101, 2015.01.01-2020.01.01 or 20150101-长期",
    source="采集指标 16（两种写法都见于官方材料）；校验目录 88",
    bad=[{"id_validity": "2015年到2020年"}, {"id_validity": "20250101~20350101"}],
    good=[{"id_validity": "20250101-20350101"}, {"id_validity": "2020.06.01-长期"}, {"id_validity": "长期"}],
)
def validity_malformed(cell: Cell) -> Fault | None:
    if not spellings.read_validity(cell.value):
        return Fault()
    written = spellings.with_hyphen(cell.value)
    return Fault(fix=written) if written != cell.value else None


@rule(
    "DAT031",
    Severity.ERROR,
    fields=("id_validity",),
    items=(88,),
    zh="身份证件有效期“{value}”的起止颠倒",
    en="the validity {value} ends before it begins",
    mend="对照证件核对起止日期",
    mend_en="Check both dates against the card",
    source="校验目录 88",
    bad=[{"id_validity": "20350101-20250101"}],
    good=[{"id_validity": "20250101-20350101"}],
)
def validity_reversed(table: Table) -> Hits | None:
    return Hits(_validity_rows(table, lambda start, end, _: end <= start), "id_validity")


@rule(
    "DAT032",
    Severity.ERROR,
    fields=("id_validity",),
    items=(88,),
    zh="身份证件有效期“{value}”已过",
    en="the validity {value} has expired",
    mend="换领新证后填新的有效期，没有证件的留空",
    mend_en="Write the validity of the new card, or leave it empty",
    source="校验目录 88",
    bad=[{"id_validity": "20100101-20150101"}],
    good=[{"id_validity": "20250101-20350101"}],
)
def validity_expired(table: Table) -> Hits | None:
    return Hits(_validity_rows(table, lambda start, end, today: start < end < today), "id_validity")


def _validity_rows(table: Table, is_wrong: Callable[[str, str, str], bool]) -> Rows:
    """Records whose validity (start, end) and today make ``is_wrong`` true."""
    column = table["id_validity"]
    today = table.today.strftime("%Y%m%d")
    wrong = [
        number
        for number, value in enumerate(column.distinct)
        if (read := spellings.read_validity(value)) is not None and is_wrong(*read, today)
    ]
    return np.flatnonzero(column.having(wrong))
