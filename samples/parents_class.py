"""A class whose parents have sent their papers: in any layout, by any name, and with what goes wrong; and the truth of it."""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import samples.parents_word  # noqa: F401 - adds the layouts in Word
from samples.parents import LAYOUTS, _csv, _table, _xlsx, reworded
from samples.people import People
from stuvalid.forms import Template

NAMINGS = (
    "{name}—全国学籍系统学生信息模板",
    "3({klass})班{name}",
    "{name}",
    "{seat}{name}",
    "{name}的信息表(1)",
    "学籍表-{name}",
    "新建 Microsoft Excel 工作表 ({number})",
    "mmexport16939{number}",
    "{name}妈妈",
    "三年级{klass}班_{name}_采集表",
    "{name}最终版",
    "{name} - 副本",
    "附件{number}：学生信息",
    "小可爱{number}",
)
AWKWARD = (
    "missing",
    "twice-same",
    "twice-newer",
    "twice-undecided",
    "two-in-one-table",
    "two-on-two-sheets",
    "other-class",
    "not-on-list",
    "wrong-form",
    "wrong-form-word",
    "blank",
    "cut",
    "empty",
    "picture",
    "pdf",
    "name-misspelt",
    "name-spaced",
    "nameless",
    "named-after-another",
    "twins-number",
    "zipped",
    "nested",
    "example-kept",
    "odd-texts",
    "undecidable-namesake",
)


@dataclass(slots=True)
class Truth:
    """``values`` are what each child's row must hold, by position on the list; ``absent`` who must have none, and why.

    ``told`` are the names of the rules that must speak of a file or child, each with the file's leaf ('' for any).
    """

    records: list[dict[str, str]] = field(default_factory=list)
    values: dict[int, dict[str, str]] = field(default_factory=dict)
    absent: dict[int, str] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    layouts: dict[int, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


def write_class(
    folder: Path,
    form: Template,
    seed: int,
    size: int,
    awkward: Sequence[str],
    klass: int = 2,
    layouts: Sequence[str] = (),
) -> Truth:
    """The papers below ``folder``, and beside it the class list (``list.xlsx``)."""
    draw = random.Random(seed)
    folder.mkdir(parents=True)
    truth = Truth(_people(form, seed, size, klass))
    names = list(layouts) or list(LAYOUTS)
    rows = [["序号", "姓名", "性别", "出生日期", "身份证号", "班级"]]
    rows += [
        [str(n), r["name"], r["sex"], r["birth_date"], r["id_number"], f"三年级({klass})班"]
        for n, r in enumerate(truth.records, start=1)
    ]
    (folder.parent / "list.xlsx").write_bytes(_xlsx(rows, sheet="名单"))
    special = dict(zip(draw.sample(range(size), len(awkward)), awkward, strict=True))
    for position, record in enumerate(truth.records):
        kind = special.get(position, "")
        name = names[(position + seed * 7) % len(names)]
        truth.layouts[position] = name
        if kind:
            _awkward(kind, folder, form, truth, position, draw, klass)
        else:
            words = reworded(form, draw) if position % 2 else form
            suffix, data = LAYOUTS[name](words, record, draw)
            _put(folder, truth, position, suffix, data, klass)
            truth.values[position] = _full(record)
    return truth


def _people(form: Template, seed: int, size: int, klass: int) -> list[dict[str, str]]:
    records: list[dict[str, str]] = []
    names: set[str] = set()
    for record in People(seed, entry_year=2023).rows(form, size * 3):
        if record["name"] in names or len(records) == size:
            continue
        names.add(record["name"])
        changed = {"grade": "小学三年级", "class_name": f"小学2023级({klass})班", "class_code": f"20231{klass:02}"}
        records.append({key: changed.get(key, text) if key in form.keys else text for key, text in record.items()})
    return records


def _full(record: dict[str, str]) -> dict[str, str]:
    return {key: text for key, text in record.items() if text}


def _put(folder: Path, truth: Truth, position: int, suffix: str, data: bytes, klass: int, naming: int = -1) -> str:
    number = position if naming < 0 else naming
    record = truth.records[position]
    stem = NAMINGS[number % len(NAMINGS)].format(
        name=record["name"], klass=klass, seat=f"{position + 1:02}", number=position
    )
    leaf, more = f"{stem}{suffix}", 1
    while leaf in truth.used:
        more += 1
        leaf = f"{stem}_{more}{suffix}"
    truth.used.add(leaf)
    (folder / leaf).write_bytes(data)
    return leaf


def _awkward(  # noqa: PLR0912, PLR0915 - a kind after another
    kind: str, folder: Path, form: Template, truth: Truth, position: int, draw: random.Random, klass: int
) -> None:
    record = truth.records[position]
    full = _full(record)
    early, late = (dt.datetime(2026, 9, day, 8) for day in (1, 3))  # noqa: DTZ001

    def put(suffix: str, data: bytes, naming: int = -1) -> str:
        return _put(folder, truth, position, suffix, data, klass, naming)

    def table(changed: dict[str, str], saved: dt.datetime | None = None) -> bytes:
        return _xlsx(_table(form, {**record, **changed}), saved=saved)

    def absent(rule: str, leaf: str) -> None:
        truth.absent[position] = kind
        truth.told += [(rule, leaf), ("paper_missing", "")]

    match kind:
        case "missing":
            absent("paper_missing", "")
        case "twice-same":
            put(".xlsx", table({}), 0)
            truth.told.append(
                ("paper_twice", put(".xlsx", _xlsx([[e.header, record.get(e.key, "")] for e in form.fields]), 1))
            )
            truth.values[position] = full
        case "twice-newer":
            key = next(k for k in ("member1.phone", "home_address") if k in full)
            put(".xlsx", table({key: "旧的内容"}, early), 0)
            truth.told.append(("papers_differ_newer_taken", put(".xlsx", table({}, late), 2)))
            truth.values[position] = full
        case "twice-undecided":
            put(".csv", _csv(_table(form, {**record, "member1.phone": "13900000001"}), "gb18030"), 0)
            truth.told.append(("papers_differ_undecided", put(".csv", _csv(_table(form, record), "utf-8-sig"), 2)))
            truth.values[position] = {key: text for key, text in full.items() if key != "member1.phone"}
        case "two-in-one-table" | "two-on-two-sheets":
            stranger = {**record, "name": "欧阳无忌", "id_number": "11010520170101001X", "birth_date": "20170101"}
            if kind == "two-in-one-table":
                data = _xlsx([*_table(form, record), _table(form, stranger)[1]])
            else:
                data = _xlsx(
                    _table(form, record), behind={"妹妹": [[e.header, stranger.get(e.key, "")] for e in form.fields]}
                )
            leaf = put(".xlsx", data)
            truth.told += [("several_children_in_a_file", leaf), ("not_on_class_list", leaf)]
            truth.values[position] = full
        case "other-class":
            changed = {
                "name": "司马相和",
                "class_name": "小学2023级(5)班",
                "class_code": "2023105",
                "id_number": "110105201701010028",
                "birth_date": "20170101",
            }
            absent("paper_of_another_class", put(".xlsx", table(changed), 6))
        case "not-on-list":
            changed = {"name": "诸葛明亮", "id_number": "110105201701010028", "birth_date": "20170101"}
            absent("not_on_class_list", put(".xlsx", table(changed), 6))
        case "wrong-form":
            rows = [["姓名", "语文", "数学", "英语"], [record["name"], "90", "95", "88"]]
            absent("not_a_pupils_form", put(".xlsx", _xlsx(rows), 2))
        case "wrong-form-word":
            import docx

            document = docx.Document()
            document.add_paragraph("致家长的一封信：请于本周五前交齐材料，联系电话：0351-1234567，谢谢配合。")
            stream = io.BytesIO()
            document.save(stream)
            absent("not_a_pupils_form", put(".docx", stream.getvalue(), 2))
        case "blank":
            absent("not_a_pupils_form", put(".xlsx", _xlsx([[e.header, ""] for e in form.fields]), 2))
        case "cut":
            absent("unread", put(".xlsx", table({})[:3000], 2))
        case "empty":
            absent("unread", put(".xlsx", b"", 2))
        case "picture":
            absent("unread", put(".jpg", b"\xff\xd8\xff\xe0" + bytes(500), 2))
        case "pdf":
            absent("unread", put(".pdf", b"%PDF-1.4\n" + bytes(300), 2))
        case "name-misspelt":
            changed = record["name"][:-1] + "囍"
            truth.told.append(("name_differs_from_list", put(".xlsx", table({"name": changed}), 6)))
            truth.values[position] = {**full, "name": changed}
        case "name-spaced":
            changed = "　".join(record["name"]) + " "
            put(".xlsx", table({"name": changed}), 6)
            truth.values[position] = {**full, "name": changed}
        case "nameless":
            put(".xlsx", table({"name": ""}), 2)
            truth.values[position] = {key: text for key, text in full.items() if key != "name"}
        case "named-after-another":
            other = truth.records[(position + 1) % len(truth.records)]["name"]
            leaf = f"{other}.xlsm"
            (folder / f"给老师 {other}.xlsx").write_bytes(table({}))
            truth.told.append(("file_named_after_another", f"给老师 {other}.xlsx"))
            truth.values[position] = full
        case "twins-number":
            other = truth.records[(position + 1) % len(truth.records)]
            absent("paper_contradicts_list", put(".xlsx", table({"id_number": other["id_number"]}), 2))
        case "zipped":
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr(f"{record['name']}/表.xlsx", table({}))
            put(".zip", stream.getvalue(), 2)
            truth.values[position] = full
        case "nested":
            place = folder / "第二批" / "补交"
            place.mkdir(parents=True)
            (place / f"{record['name']}.xlsx").write_bytes(table({}))
            truth.values[position] = full
        case "example-kept":
            suffix, data = LAYOUTS["issued_with_example"](form, record, draw)
            put(suffix, data, 2)
            truth.values[position] = full
        case "odd-texts":
            changed = {
                "member1.phone": "0351-7654321",
                "home_address": " 山西省太原市  迎泽区 ",
                "ethnicity": "汉",
                "member1.employer": "无",
            }
            put(".xlsx", table(changed), 2)
            truth.values[position] = {**full, **{key: text for key, text in changed.items() if key in form.keys}}
        case "undecidable-namesake":
            changed = {"id_number": "", "birth_date": "", "sex": ""}
            twin = (position + 1) % len(truth.records)
            put(".xlsx", table(changed), 2)
            truth.values[position] = _full({**record, **changed})
            assert twin != position
        case _:
            raise AssertionError(kind)


def questionnaire(form: Template, records: Sequence[dict[str, str]]) -> bytes:
    """A site's export: all children in one table, with columns of its own."""
    head = [
        "序号",
        "提交答卷时间",
        "所用时间",
        "来源",
        "来自IP",
        *(f"{n}、{e.header}{'（必填）' if e.required else ''}" for n, e in enumerate(form.fields, start=1)),
        "总分",
    ]
    rows = [
        [
            str(n),
            f"2026/9/{n % 28 + 1} 8:05:00",
            "300秒",
            "微信",
            f"123.5.6.{n}(山西-太原)",
            *(r.get(e.key, "") for e in form.fields),
            "0",
        ]
        for n, r in enumerate(records, start=1)
    ]
    return _xlsx([head, *rows])
