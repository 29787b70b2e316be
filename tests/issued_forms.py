"""Blanks as authorities issue them: two rows of merged headers, hidden lists, stars or red ink; and what is filled in."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from stuvalid.codes.identity import check_character

LAST = 500


@dataclass
class Column:
    """One column: its header, and the heading merged over it. ``choices`` become a dropdown made in the way ``by``."""

    header: str
    heading: str = ""
    choices: Sequence[str] = ()
    by: str = "sheet"
    red: bool = False
    comment: str = ""
    prompt: str = ""
    format: str = "@"
    length: int = 0
    values: Sequence[str] = ("",)


@dataclass
class Issued:
    """A blank: its titles, its columns and a row of hints below the header."""

    sheet: str
    titles: Sequence[str]
    columns: Sequence[Column]
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """The 1-based row of the first pupil."""
        two = any(column.heading for column in self.columns)
        return len(self.titles) + (2 if two else 1) + 1 + bool(self.hints)

    def blank(self) -> bytes:
        book = Workbook()
        page = book.worksheets[0]
        page.title = self.sheet
        lists = book.create_sheet("字典")
        lists.sheet_state = "hidden"
        for row, title in enumerate(self.titles, 1):
            page.cell(row, 1, title)
            page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(self.columns))
        self._headers(page)
        for number, column in enumerate(self.columns, 1):
            for row in range(self.first, LAST + 1):
                if column.format != "General":
                    page.cell(row, number).number_format = column.format
                if row > self.first + 30:
                    break
            self._dropdown(book, page, lists, number, column)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def _headers(self, page) -> None:  # type: ignore[no-untyped-def]
        top = len(self.titles) + 1
        two = any(column.heading for column in self.columns)
        number = 1
        while number <= len(self.columns):
            column = self.columns[number - 1]
            run = 1
            while (
                column.heading
                and number - 1 + run < len(self.columns)
                and self.columns[number - 1 + run].heading == column.heading
            ):
                run += 1
            if column.heading:
                page.cell(top, number, column.heading).alignment = Alignment(horizontal="center")
                if run > 1:
                    page.merge_cells(start_row=top, start_column=number, end_row=top, end_column=number + run - 1)
            elif two:
                page.merge_cells(start_row=top, start_column=number, end_row=top + 1, end_column=number)
            for offset in range(run):
                one = self.columns[number - 1 + offset]
                cell = page.cell(top + 1 if one.heading else top, number + offset, one.header)
                if one.red:
                    cell.font = Font(color="FFFF0000", bold=True)
                if one.comment:
                    cell.comment = Comment(one.comment, "教育局")
            number += run
        for number, column in enumerate(self.columns, 1):
            if hint := self.hints.get(column.heading + column.header):
                page.cell(self.first - 1, number, hint)

    def _dropdown(self, book, page, lists, number: int, column: Column) -> None:  # type: ignore[no-untyped-def]
        letter = get_column_letter(number)
        rule = None
        if column.choices and column.by == "inline":
            rule = DataValidation("list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
        elif column.choices:
            for row, text in enumerate(column.choices, 1):
                lists.cell(row, number, text)
            area = f"'字典'!${letter}$1:${letter}${len(column.choices)}"
            if column.by == "name":
                book.defined_names[f"list_{number}"] = DefinedName(f"list_{number}", attr_text=area)
                area = f"list_{number}"
            rule = DataValidation("list", formula1=area, allow_blank=True)
        elif column.length:
            rule = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(column.length))
        elif column.prompt:
            rule = DataValidation()
        if rule is not None:
            if column.prompt:
                rule.promptTitle, rule.prompt, rule.showInputMessage = column.header[:30], column.prompt, True
            rule.add(f"{letter}{self.first}:{letter}{LAST}")
            page.add_data_validation(rule)

    def filled(self, rows: int = 12, changes: Mapping[tuple[int, str], str] | None = None) -> bytes:
        """The blank with pupils; ``changes`` are other values by (0-based pupil, heading and header)."""
        book = load_workbook(io.BytesIO(self.blank()))
        page = book[self.sheet]
        for position in range(rows):
            for number, column in enumerate(self.columns, 1):
                text = (changes or {}).get((position, column.heading + column.header))
                if text is None:
                    text = column.values[position % len(column.values)]
                    text = text.replace("{n}", f"{position + 1}")
                if text:
                    cell = page.cell(self.first + position, number, text)
                    cell.number_format = column.format
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()


def number(region: str, born: str, sequence: int) -> str:
    """A valid identity number."""
    body = f"{region}{born}{sequence:03}"
    return body + check_character(body)


NAMES = (
    "王小明",
    "李静怡",
    "张博文",
    "刘思佳",
    "陈宇轩",
    "赵梓涵",
    "周雅琪",
    "吴俊杰",
    "郑欣怡",
    "孙嘉豪",
    "马晨曦",
    "朱明泽",
)
BIRTHS = [f"2019{month:02}15" for month in range(1, 13)]
SEXES = ("男", "女")
OWN = [number("520302", born, 100 + 2 * place + (place % 2 == 0)) for place, born in enumerate(BIRTHS)]
FATHERS = [number("520302", f"1988{month:02}08", 301 + 2 * month) for month in range(1, 13)]
MOTHERS = [number("520302", f"1990{month:02}18", 300 + 2 * month) for month in range(1, 13)]


def guizhou() -> Issued:
    """Two rows of headers under a title and a note; stars; lists on a hidden sheet, by reference and by name."""
    return Issued(
        "新生登记表",
        ("贵州省2026年秋季小学一年级新生信息登记表", "填表说明：带*的为必填项，请从下拉列表中选择，不要改动表头。"),
        [
            Column("序号", values=[str(n) for n in range(1, 13)]),
            Column("学生姓名*", values=NAMES),
            Column("性别*", choices=SEXES, by="inline", values=SEXES),
            Column("出生日期*", prompt="8位数字，如20190301", values=BIRTHS),
            Column(
                "类型*", "身份证件", choices=("居民身份证", "港澳居民居住证", "护照", "其他"), values=("居民身份证",)
            ),
            Column("号码*", "身份证件", values=OWN),
            Column(
                "民族*",
                choices=("汉族", "苗族", "布依族", "侗族", "仡佬族", "穿青人"),
                by="name",
                values=("汉族", "布依族", "穿青人"),
            ),
            Column("户籍类别", choices=("本县户籍", "市内县外", "省内市外", "省外"), values=("本县户籍", "省外", "")),
            Column("是否易地搬迁户*", choices=("是", "否"), by="inline", values=("否", "是")),
            Column("现住址*", length=50, values=("贵州省遵义市红花岗区会址路{n}号",)),
            Column("上学方式", choices=("步行", "校车", "家长接送", "住校"), by="name", values=("步行", "住校")),
            Column("幼儿园名称", prompt="不超过20个字", values=("遵义市第一幼儿园", "")),
            Column("姓名*", "监护人一", values=("王建国", "李志强")),
            Column(
                "与学生关系*",
                "监护人一",
                choices=("父亲", "母亲", "爷爷", "奶奶", "其他监护人"),
                values=("父亲", "爷爷"),
            ),
            Column("身份证号*", "监护人一", values=FATHERS),
            Column("联系电话*", "监护人一", values=[f"138852{place:02}345" for place in range(12)]),
            Column("姓名", "监护人二", values=("陈秀英", "")),
            Column(
                "与学生关系", "监护人二", choices=("父亲", "母亲", "爷爷", "奶奶", "其他监护人"), values=("母亲", "")
            ),
            Column(
                "身份证号", "监护人二", values=[text if place % 2 == 0 else "" for place, text in enumerate(MOTHERS)]
            ),
            Column(
                "联系电话", "监护人二", values=[f"139852{place:02}345" if place % 2 == 0 else "" for place in range(12)]
            ),
            Column("备注"),
        ],
    )


def henan() -> Issued:
    """Red ink, groups 家庭成员一 and 二 over their leaves, dates with hyphens, comments, a row of hints, dependent wording."""
    yes_no = ("是", "否")
    member = lambda n, red: [  # noqa: E731
        Column("姓名", n, red=red, values=("王建国", "李志强")),
        Column(
            "关系",
            n,
            red=red,
            choices=("父亲", "母亲", "祖父", "祖母", "外祖父", "外祖母", "其他"),
            values=("父亲", "祖父") if red else ("母亲", "祖母"),
        ),
        Column("是否监护人", n, red=red, choices=yes_no, by="inline", values=("是",)),
        Column("身份证件类型", n, choices=("居民身份证", "护照", "无户籍"), by="name", values=("居民身份证",)),
        Column("身份证件号", n, values=FATHERS if red else MOTHERS),
        Column("联系电话", n, red=red, values=("13712345678", "0371-65500001")),
        Column("工作单位", n, values=("郑州市第5小学", "")),
    ]
    return Issued(
        "Sheet1",
        ("XX县中小学生学籍信息采集表",),
        [
            Column("姓名", red=True, values=NAMES),
            Column("曾用名"),
            Column("性别", red=True, choices=SEXES, values=SEXES),
            Column(
                "出生年月日", red=True, format="yyyy\\-mm\\-dd", values=[f"{b[:4]}-{b[4:6]}-{b[6:]}" for b in BIRTHS]
            ),
            Column("民族", red=True, choices=("汉族", "回族", "满族", "蒙古族"), values=("汉族", "回族")),
            Column(
                "国籍/地区",
                red=True,
                choices=("中国", "中国香港", "中国澳门", "中国台湾", "俄罗斯联邦"),
                values=("中国",),
            ),
            Column("身份证件类型", red=True, choices=("居民身份证", "护照", "其他"), by="name", values=("居民身份证",)),
            Column("身份证件号码", comment="身份证件类型为“其他”时可不填", values=OWN),
            Column("政治面貌", choices=("少先队员", "共青团员", "群众"), values=("少先队员", "群众")),
            Column("出生地", values=("河南省郑州市",)),
            Column(
                "户口所在地",
                "户籍",
                red=True,
                choices=("河南省郑州市金水区", "河南省郑州市管城回族区", "河南省开封市尉氏县"),
                values=("河南省郑州市金水区", "河南省开封市尉氏县"),
            ),
            Column("详细地址", "户籍", red=True, values=("文化路{n}号院2号楼",)),
            Column("年级", red=True, choices=("一年级", "二年级", "三年级"), values=("一年级",)),
            Column("班级", red=True, prompt="4位数字，如2601", values=("2601", "2602")),
            Column("是否留守儿童", red=True, choices=yes_no, by="inline", values=("否", "是")),
            Column(
                "留守类型",
                choices=("父亲外出", "母亲外出", "父母均外出"),
                comment="“是否留守儿童”为“是”时必填",
                values=("", "父母均外出"),
            ),
            Column("是否残疾人", red=True, choices=yes_no, by="inline", values=("否",)),
            Column("上下学交通方式", choices=("步行", "自行车", "公交", "校车"), values=("步行", "公交")),
            Column("班主任姓名", values=("周老师甲",)),
            Column("家长手机", values=("13712345678",)),
            *member("家庭成员一", True),
            *member("家庭成员二", False),
        ],
    )
