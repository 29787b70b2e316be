"""A work list per school: each problem with its own pupil open, the other school's masked, and room for the decision.

Printable on A4 across. What the school decides and signs goes into the last columns.
"""

from __future__ import annotations

import io
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stuvalid.bundle.naming import Taken, safe_name
from stuvalid.duplicates import allowed, ways
from stuvalid.duplicates.drawing import prepare_printing, write_headers, write_line
from stuvalid.duplicates.results import CollidingPupil, Collision, Problems, Wrong
from stuvalid.findings.masking import mask
from stuvalid.pupils.repeats import others_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from stuvalid.duplicates.parties import Owner
    from stuvalid.report.wording import Wording

KINDS: Mapping[str, tuple[str, str]] = {
    "": ("身份证件号错误", "wrong ID number"),
    "DUP001": ("身份证件号重复", "same ID number"),
    "DUP002": ("姓名性别出生日期重复", "same name, sex and birth date"),
    "DUP006": ("身份证件号与先前数据重复", "ID number in the earlier collection"),
    "DUP008": ("姓名性别出生日期与先前数据重复", "pupil in the earlier collection"),
    "DUP007": ("关键信息与先前数据不一致", "key data changed"),
    "DUP004": ("疑似重复（一条无号码）", "perhaps the same (one without number)"),
    "DUP005": ("疑似重复（号码相近）", "perhaps the same (numbers alike)"),
}
"""What a work list calls each kind of problem, gravest first."""

EVIDENCE = ("户口簿", "居民身份证", "户籍证明", "其他")
_HEADERS = (
    ("序号", "No.", 4.5),
    ("问题类型", "Problem", 10),
    ("本校学生", "Pupil", 21),
    ("位置", "Cell", 15),
    ("与谁相同、错在哪里", "With whom, or what is wrong", 29),
    ("建议", "Way", 5.5),
    ("理由", "Why", 25),
    ("仲裁机关", "Arbitration", 14),
    ("处理决定", "Decision", 9),
    ("佐证材料", "Evidence", 10.5),
    ("经办人签字", "Signature", 10.5),
    ("日期", "Date", 9),
)
_FIRST_OPEN = 9
_TITLE_ROWS = 4


@dataclass(frozen=True, slots=True)
class ListLine:
    """One row of a work list."""

    rule: str
    member: CollidingPupil
    advice: ways.Advice
    against: str
    superior: str


def write_work_lists(problems: Problems, folder: Path, wording: Wording) -> list[tuple[Owner, Path, int]]:
    """One workbook a school into the existing ``folder``; returns each school with its file and number of lines."""
    lines = lines_by_owner(problems, wording)
    taken = Taken()
    written = []
    for owner in sorted(lines, key=lambda owner: (owner.code or "~", owner.name)):
        word = "problems" if wording.lang == "en" else "问题学籍"
        name = taken.take(safe_name(f"{owner.code}{owner.name}_{word}.xlsx"))
        path = folder / name
        path.write_bytes(work_list(owner, lines[owner], wording.lang))
        written.append((owner, path, len(lines[owner])))
    return written


def lines_by_owner(problems: Problems, wording: Wording) -> dict[Owner, list[ListLine]]:
    """The lines of each school, gravest kind first, then as they stand in its files."""
    lines: dict[Owner, list[ListLine]] = defaultdict(list)
    for wrong in problems.wrong:
        lines[wrong.member.owner].append(_wrong_line(wrong, wording))
    for collision in problems.collisions:
        for line in _lines(collision, wording.lang):
            lines[line.member.owner].append(line)
    order = {rule: number for number, rule in enumerate(KINDS)}
    for mine in lines.values():
        mine.sort(key=lambda line: (order[line.rule], line.member.position))
    return lines


def _wrong_line(wrong: Wrong, wording: Wording) -> ListLine:
    what = "；".join(wording.message(finding) for finding in wrong.findings)
    return ListLine("", wrong.member, ways.WRONG_NUMBER, what, "")


def _lines(collision: Collision, lang: str) -> Iterator[ListLine]:
    """One line a pupil; of a group too large to list, one line a school, told of its first pupil there."""
    own = [(member, rest, more) for member, rest, more in others_of(collision.members) if member.own]
    sizes = Counter(member.owner for member, _, _ in own)
    schools = {member.owner for member in collision.members}
    told: set[Owner] = set()
    for member, rest, more in own:
        if not more:
            yield _line(collision, member, rest, len(schools) > 1, "", lang)
        elif member.owner not in told:
            told.add(member.owner)
            yield _line(collision, member, rest, len(schools) > 1, _size(sizes[member.owner], more, lang), lang)


def _size(count: int, more: int, lang: str) -> str:
    if lang == "en":
        return f"{count} pupils of this school are in this group; 10 places of all, {more} more:"
    return f"本校共{count}名学生属于这一组，都要核实；只列10处，另{more}处："


def _line(
    collision: Collision, member: CollidingPupil, others: Sequence[CollidingPupil], across: bool, size: str, lang: str
) -> ListLine:
    superior = collision.superior.words(lang) if across else ""
    against = "\n".join([*filter(None, [size]), *(_other(member, other, lang) for other in others)])
    return ListLine(collision.rule, member, ways.advise(collision.rule, member, others), against, superior)


def _other(member: CollidingPupil, other: CollidingPupil, lang: str) -> str:
    """The other pupil: all of it within the school, masked from elsewhere; and what of the two agrees."""
    english = lang == "en"
    here = other.owner == member.owner
    before = ("earlier collection: " if english else "先前数据：") if other.earlier else ""
    school = (
        ("this school" if english else "本校")
        if here
        else other.owner.label or ("unknown school" if english else "不明学校")
    )
    parts = [f"{before}{school}"]
    name, number = other.shown.get("name", ""), other.shown.get("id_number", "")
    if name:
        parts.append(name if here else mask(name, "name"))
    if number and (here or _plain(number) != _plain(member.shown.get("id_number", ""))):
        parts.append(number if here else mask(number, "id_number"))
    if here or not other.shown:
        parts.append(_class(other) or other.where)
    if here and other.shown:
        parts.append(other.where)
    if any(member.pupil) and any(other.pupil):
        same = member.pupil == other.pupil
        zh = "姓名性别出生日期都相同" if same else "姓名、性别或出生日期不同"
        en = "name, sex and birth date agree" if same else "name, sex or birth date differ"
        parts.append(en if english else zh)
    return ("; " if english else "，").join(parts)


def _plain(number: str) -> str:
    return unicodedata.normalize("NFKC", number).strip().upper()


def _class(member: CollidingPupil) -> str:
    shown = member.shown
    return shown.get("class_name") or shown.get("class_code") or shown.get("grade") or ""


def work_list(owner: Owner, lines: Sequence[ListLine], lang: str = "zh") -> bytes:
    """The work list of one school as xlsx."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    english = lang == "en"
    sheet.title = "Problem records" if english else "问题学籍"
    _write_title(sheet, owner, lines, english)
    _write_header(sheet, english)
    for number, line in enumerate(lines, start=1):
        write_line(sheet, _TITLE_ROWS + 1 + number, _cells(number, line, english), _HEADERS)
    last = _TITLE_ROWS + 1 + len(lines)
    _add_choices(sheet, last, english)
    _write_foot(sheet, last + 2, english)
    prepare_printing(sheet, english, _TITLE_ROWS + 1)
    _add_ways(book, lines, english)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_WAYS = (
    ("问题类型", "Problem", 20),
    ("学籍号", "Record", 8),
    ("办法", "Way", 8),
    ("能不能", "Allowed", 9),
    ("年份", "Year", 7),
    ("怎么办", "How", 56),
    ("来源", "Source", 34),
    ("把握", "Sure", 6),
)


def _add_ways(book: Workbook, lines: Sequence[ListLine], english: bool) -> None:
    """A second sheet: what the sources allow for the kinds on the list, all of them where they differ."""
    from openpyxl.styles import Alignment, Font

    shown: dict[allowed.Allowed, None] = {}
    for line in lines:
        shown |= dict.fromkeys(allowed.allowed(line.rule, line.member.letter))
    if not shown:
        return
    sheet = book.create_sheet("Ways" if english else "可用的办法")
    write_headers(sheet, 1, _WAYS, english)
    for row, one in enumerate(shown, start=2):
        texts = (
            allowed.WORDS[one.kind][english],
            one.letter or ("any" if english else "不限"),
            ways.WAYS_EN[one.way] if english else one.way,
            allowed.ANSWERS[one.answer][english],
            one.year,
            one.en if english else one.zh,
            one.source,
            one.sure,
        )
        write_line(sheet, row, texts, _WAYS)
    foot = sheet.cell(len(shown) + 3, 1, allowed.NEWEST[english])
    foot.font, foot.alignment = Font(name="宋体", size=10), Alignment(vertical="center")
    prepare_printing(sheet, english, 1)


def _cells(number: int, line: ListLine, english: bool) -> list[str]:
    shown, member = line.member.shown, line.member
    who = " ".join(filter(None, (shown.get(key, "").strip() for key in ("name", "sex", "birth_date"))))
    pupil = "\n".join(filter(None, (who, shown.get("id_number", "").strip(), _class(member))))
    way = ways.WAYS_EN[line.advice.way] if english else line.advice.way
    return [
        str(number),
        KINDS[line.rule][english],
        pupil,
        _broken(member),
        line.against,
        way,
        line.advice.en if english else line.advice.zh,
        line.superior,
        "",
        "",
        "",
        "",
    ]


def _broken(member: CollidingPupil) -> str:
    """Where the pupil stands, the file on a line of its own."""
    file = PurePath(member.place.file).name
    return member.where.replace(f"{file} ", f"{file}\n", 1) if file else member.where


def _write_title(sheet: Worksheet, owner: Owner, lines: Sequence[ListLine], english: bool) -> None:
    from openpyxl.styles import Alignment, Font

    counts = _counts(line.rule for line in lines)
    listed = ("; " if english else "；").join(f"{KINDS[rule][english]} {count}" for rule, count in counts.items())
    title = f"Problem records of {owner.label}" if english else f"{owner.label or '学校'}问题学籍核查表"
    texts = (
        title,
        f"{len(lines)} lines: {listed}" if english else f"共{len(lines)}条：{listed}",
        "Choose the decision: delete, amend or evidence. Amending and evidence need a scan of the household register, ID card or"
        " certificate. Pupils of other schools are masked."
        if english
        else "逐条核实后选择处理决定：删除、变更或佐证。变更、佐证须附户口簿、居民身份证或户籍证明的扫描件；号码错误的只能删除或变更。"
        "别校学生的信息已遮盖。",
        "A repeat that concerns several schools needs evidence from all of them; then the authority named arbitrates."
        if english
        else "几所学校涉及同一号码时，各校都要佐证并经各自主管部门审核，再由所列机关仲裁。“建议”由程序根据所填数据给出，以核实为准。",
    )
    for row, text in enumerate(texts, start=1):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(_HEADERS))
        cell = sheet.cell(row, 1)
        cell.value, cell.data_type = text, "s"
        cell.font = Font(name="宋体", bold=row == 1, size=16 if row == 1 else 10)
        cell.alignment = Alignment(vertical="center", wrap_text=True, horizontal="center" if row == 1 else "left")
        sheet.row_dimensions[row].height = 28 if row == 1 else 18


def _counts(rules: Iterable[str]) -> dict[str, int]:
    found = list(rules)
    return {rule: found.count(rule) for rule in KINDS if rule in found}


def _write_header(sheet: Worksheet, english: bool) -> None:
    write_headers(sheet, _TITLE_ROWS + 1, _HEADERS, english, _FIRST_OPEN)


def _add_choices(sheet: Worksheet, last: int, english: bool) -> None:
    """Dropdowns for the decision and the evidence; a wrong number cannot be settled by evidence, but the list is one."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    words = list(ways.WAYS_EN.values()) if english else list(ways.WAYS)
    papers = ("household register", "ID card", "certificate", "other") if english else EVIDENCE
    for offset, choices in ((0, words), (1, papers)):
        rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
        rule.errorStyle = "warning" if offset else "stop"
        rule.error = "Choose from the list." if english else "请从下拉列表中选择。"
        rule.showErrorMessage = True
        letter = get_column_letter(_FIRST_OPEN + offset)
        rule.add(f"{letter}{_TITLE_ROWS + 2}:{letter}{max(last, _TITLE_ROWS + 2)}")
        sheet.add_data_validation(rule)


def _write_foot(sheet: Worksheet, row: int, english: bool) -> None:
    from openpyxl.styles import Font

    texts = (
        ((1, "Checked by:"), (4, "Head of school:"), (7, "Seal of the school:"), (10, "Date:"))
        if english
        else ((1, "经办人："), (4, "学校负责人："), (7, "（学校盖章）"), (10, "年    月    日"))
    )
    for column, text in texts:
        cell = sheet.cell(row, column, text)
        cell.font = Font(name="宋体", size=10)
    sheet.row_dimensions[row].height = 24


def write_overview(problems: Problems, written: Sequence[tuple[Owner, Path, int]], folder: Path, lang: str) -> Path:
    """A workbook for who collects the lists: the schools with their counts, and what goes to arbitration."""
    from stuvalid.excel.new import TableSheet, write_table_workbook

    english = lang == "en"
    counts: dict[Owner, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    for wrong in problems.wrong:
        counts[wrong.member.owner][""] += 1
    for collision in problems.collisions:
        for member in collision.members:
            if member.own:
                counts[member.owner][collision.rule] += 1
    kinds = [rule for rule in KINDS if any(mine[rule] for mine in counts.values())]
    schools = TableSheet(
        "Schools" if english else "各校",
        "Problem records by school" if english else "各校问题学籍数",
        ["School code", "School", *(KINDS[rule][1] for rule in kinds), "Work list"]
        if english
        else ["学校标识码", "学校名称", *(KINDS[rule][0] for rule in kinds), "核查表"],
        [[owner.code, owner.name, *(counts[owner][rule] for rule in kinds), path.name] for owner, path, _ in written],
        [13, 30, *(12 for _ in kinds), 44],
    )
    across = [c for c in problems.collisions if len({member.owner for member in c.members}) > 1]
    rows: list[list[str | int]] = [
        [number, KINDS[c.rule][english], c.superior.words(lang), member.owner.code, member.owner.name, member.where]
        for number, c in enumerate(across, start=1)
        for member in c.members
    ]
    arbitration = TableSheet(
        "Arbitration" if english else "跨校仲裁",
        "Problems between schools" if english else "几所学校之间的问题学籍",
        ["Group", "Problem", "Arbitration", "School code", "School", "Cell"]
        if english
        else ["组", "问题类型", "仲裁机关", "学校标识码", "学校名称", "位置"],
        rows,
        [6, 26, 34, 13, 30, 40],
    )
    path = folder / ("overview.xlsx" if english else "汇总.xlsx")
    path.write_bytes(write_table_workbook([schools, arbitration]))
    return path
