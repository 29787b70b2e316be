"""A county that hands in every form of the collection: schools, campuses, classes, grades, movements, lists about pupils.

Tables with titles and reworded headers, A4 sheets of one record, several forms in one workbook; a teaching point, a five-four
school, a multigrade class, a bilingual class, a class of two, rosters of 2022 without codes. All people are invented.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from samples.people import People
from stuvalid.forms import template
from tests.lawful import book, sheet_of

TODAY = dt.date.today()  # noqa: DTZ011 - the program's own
YEAR = TODAY.year - (TODAY.month < 8)
Row = dict[str, str]


@dataclass
class SchoolData:
    """One school: its form's values, its records by kind, its pupils by class."""

    code: str
    name: str
    kind: str
    roster: str
    years: Mapping[str, str]
    form: Row = field(default_factory=dict)
    classes: list[Row] = field(default_factory=list)
    campuses: list[Row] = field(default_factory=list)
    grades: list[Row] = field(default_factory=list)
    movements: list[Row] = field(default_factory=list)
    nutrition: list[Row] = field(default_factory=list)
    preschool: list[Row] = field(default_factory=list)
    pupils: list[Row] = field(default_factory=list)


def _class(stage: str, year: int, number: int, **more: str) -> Row:
    kinds = {"小学": "普通小学班", "初中": "普通初中班", "高中": "普通高中班"}
    return {
        "class_name": f"{stage}{year}级({number})班",
        "class_type": kinds[stage],
        "teacher": "李秀英",
        "bilingual": "否",
        **more,
    }


_STAGES = {"小学": "1", "初中": "2", "高中": "3"}


def class_code(record: Row) -> str:
    name = record["class_name"]
    return f"{name[2:6]}{_STAGES[name[:2]]}{int(name[8:-2]):02}"


def _school(
    code: str, name: str, kind: str, roster: str, years: Mapping[str, str], classes: list[Row], sizes: Sequence[int]
) -> SchoolData:
    made = SchoolData(code, name, kind, roster, years, classes=classes)
    made.form = {
        "school_code": code,
        "school_name": f"太原市迎泽区{name}",
        "english_name": "无",
        "school_address": "山西省太原市迎泽区双塔西街12号",
        "address_code": "140106001001",
        "urban_rural": "主城区",
        "local_authority": "太原市迎泽区教育局",
        "local_authority_code": "140106000000",
        "school_type": kind,
        "sponsor": "县级教育部门",
        "head_name": "王建国",
        "head_phone": "13800001234",
        "office_phone": "0351-4085678",
        "postcode": "030001",
        **{key: years.get(key, "") for key in ("primary_years", "junior_years", "senior_years")},
    }
    people = iter(People(int(code[-4:]), code).rows(template(roster), sum(sizes)))
    for record, size in zip(classes, sizes, strict=True):
        own = class_code(record)
        for _ in range(size):
            made.pupils.append(_seated(dict(next(people)), own, int(own[:4]), int(own[4])))
    return made


def _seated(pupil: Row, code: str, year: int, stage: int) -> Row:
    """The pupil in a class: codes, month of entry and everything that follows from the age."""
    from stuvalid.codes.identity import check_character

    born = year - {1: 7, 2: 13, 3: 16}[stage]
    old = pupil.get("id_number", "")
    if len(old) == 18:
        later = born - int(old[6:10])
        pupil["birth_date"] = f"{born}{old[10:14]}"
        for key in ("id_number", "member1.id_number", "member2.id_number"):
            number = pupil.get(key, "")
            if len(number) == 18:
                body = f"{number[:6]}{int(number[6:10]) + later}{number[10:17]}"
                pupil[key] = body + check_character(body)
    changes = {"class_code": code, "enrolment_month": f"{year}09", "grade": "", "class_name": ""}
    if "class_name" in pupil:
        words = {1: "小学", 2: "初中", 3: "高中"}
        changes["class_name"] = f"{words[stage]}{year}级({int(code[5:])})班"
        grade = YEAR - year + 1
        changes["grade"] = {1: "小学", 2: "初中", 3: "高中"}[stage] + "一二三四五六"[grade - 1] + "年级"
    if stage == 3:
        changes["entry_way"] = "统一招生考试/普通入学"
    pupil.update({key: value for key, value in changes.items() if key in pupil})
    return pupil


def county() -> list[SchoolData]:
    """Six schools, all right."""
    y = YEAR
    schools = [
        _school("2114010068", "双塔西街小学", "小学", "student-2013", {"primary_years": "六年"},
                [_class("小学", y, 1), _class("小学", y - 1, 1), _class("小学", y - 1, 2)], (12, 8, 8)),
        _school("2114010075", "青年路小学", "小学", "student-2020", {"primary_years": "五"},
                [_class("小学", y, 1), _class("小学", y - 4, 1)], (8, 6)),
        _school("2114010082", "郝庄教学点", "小学教学点", "student-2013", {"primary_years": "6"},
                [_class("小学", y, 1, class_type="小学教学点班"), _class("小学", y - 2, 1, class_type="小学复式班", multigrade="是")], (2, 3)),
        _school("3114010104", "第十九中学", "初级中学", "student-2022", {"junior_years": "四"},
                [_class("初中", y, 1), _class("初中", y - 3, 1)], (8, 6)),
        _school("3114010111", "蒙古族学校", "九年一贯制学校", "student-2013", {"primary_years": "六", "junior_years": "三"},
                [_class("小学", y, 1, bilingual="是", bilingual_language="蒙古语", bilingual_mode="一类模式", class_type="少数民族小学班"), _class("初中", y - 1, 1)], (7, 7)),
        _school("3414010128", "实验中学", "高级中学", "student-2013", {"senior_years": "三年"},
                [_class("高中", y, 1), _class("高中", y - 2, 2)], (8, 8)),
    ]  # fmt: skip
    first, second, _, junior, _, senior = schools
    first.campuses = [
        {"campus_name": "本部", "campus_number": "1", "campus_address": "双塔西街12号", "campus_address_code": "140106001001", "campus_head": "李丽", "campus_phone": "0351-4085679", "postcode": "030001"},
        {"campus_name": "东校区", "campus_number": "2", "campus_address": "五一路3号", "campus_address_code": "140106002001", "campus_head": "张敏", "campus_phone": "13900001111", "postcode": "030002"},
    ]  # fmt: skip
    for record, campus in zip(first.classes, ("本部", "本部", "东校区"), strict=True):
        record["campus"] = campus
    junior.grades = [
        {"stage": "初中", "grade": "初中一年级", "grade_name": f"初中{y}级", "entry_year": str(y), "years": "4"},
        {
            "stage": "初中",
            "grade": "初中四年级",
            "grade_name": f"初中{y - 3}级",
            "entry_year": str(y - 3),
            "years": "4",
        },
    ]
    first.preschool = [
        {key: one[key] for key in ("name", "sex", "birth_date", "id_type", "id_number")} for one in first.pupils[:12]
    ]
    first.nutrition = [
        {"record_number": f"G{one['id_number']}", "name": one["name"], "sex": one["sex"], "birth_date": one["birth_date"], "id_number": one["id_number"], "height": "125.5", "weight": "26"}
        for one in first.pupils[12:]
    ]  # fmt: skip
    for school in schools:
        for record in school.classes:
            record["pupils"] = str(sum(_in(one, record) for one in school.pupils))
    arrived = first.pupils[20]
    leaver = _mover(arrived, "转出", f"{y}0301", to_code=first.code, to_name=first.name)
    second.movements = [
        leaver,
        _mover(second.pupils[0], "休学", f"{y - 1}1008"),
        _mover(second.pupils[1], "休学", f"{y - 1}0901"),
        _mover(second.pupils[1], "复学", f"{y}0901"),
    ]
    first.movements = [
        _mover(arrived, "转入", f"{y}0310", from_code=second.code, from_name=second.name),
        _mover(first.pupils[21], "转入", f"{y}0920", from_name="太原市外国语小学", state="待核办"),
    ]
    senior.movements = [_mover(senior.pupils[0], "休学", f"{y}0920")]
    return schools


def _mover(pupil: Row, kind: str, date: str, **more: str) -> Row:
    keys = ("name", "sex", "birth_date", "id_type", "id_number")
    return {**{key: pupil[key] for key in keys}, "movement": kind, "date": date, **more}


def _in(pupil: Row, record: Row) -> bool:
    return (
        record["class_name"] == pupil["class_name"]
        if pupil.get("class_name")
        else class_code(record) == pupil["class_code"]
    )


def table(
    form: str, records: Sequence[Row], *, title: str = "", reword: Mapping[str, str] | None = None
) -> list[list[str]]:
    """A form as a table of the columns that any record fills; headers ``reword``ed, below a title."""
    known = [entry for entry in template(form).fields if any(entry.key in record for record in records)]
    rows = [[(reword or {}).get(entry.key, entry.header) for entry in known]]
    rows += [[record.get(entry.key, "") for entry in known] for record in records]
    return [*([[title]] if title else []), *rows]


def paper(form: str, record: Row, *, title: str) -> list[list[str]]:
    """One record as the official A4 sheet: 编号 | 项目名称 | 基础数据, twice side by side."""
    known = [entry for entry in template(form).fields if entry.key in record]
    half = -(-len(known) // 2)
    rows = [[title], ["编号", "项目名称", "基础数据", "编号", "项目名称", "基础数据"]]
    for number in range(half):
        left = known[number]
        row = [str(number + 1), f"{left.header}★", record[left.key]]
        if half + number < len(known):
            right = known[half + number]
            row += [str(half + number + 1), right.header, record[right.key]]
        rows.append(row)
    return rows


def write(folder: Path, schools: Sequence[SchoolData], leave_out: str = "") -> None:
    """The county's workbooks: each school in its folder, forms in the layouts of its kind; one kind may be left out."""
    for number, school in enumerate(schools):
        place = folder / f"{school.code}{school.name}"
        place.mkdir(parents=True)
        on_paper = number % 2 == 0
        sheets: dict[str, Sequence[Sequence[str]]] = {}
        if leave_out != "school":
            sheets["学校基本信息表"] = (
                paper("school", school.form, title="学校基本信息表") if on_paper
                else table("school", [school.form], title="学校信息", reword={"head_phone": "校长手机", "postcode": "邮编"})
            )  # fmt: skip
        if school.campuses and leave_out != "campus":
            sheets["校区"] = table("campus", school.campuses, title="校区基本信息表")
        if leave_out != "class":
            if on_paper and number:
                rows: list[list[str]] = []
                for record in school.classes:
                    rows += [*paper("class", record, title="班级信息表"), []]
                sheets["班级"] = rows
            else:
                wide = [
                    {**one, "class_name": one["class_name"].replace("(", "（").replace(")", "）")}
                    for one in school.classes
                ]
                sheets["班级信息"] = table(
                    "class", wide, title=f"{school.name}班级信息表", reword={"teacher": "班主任", "pupils": "学生人数"}
                )
        if school.grades and leave_out != "grade":
            sheets["年级信息"] = table("grade", school.grades)
        if sheets:
            (place / f"{school.name}基本信息.xlsx").write_bytes(book(sheets))
        if leave_out != "pupils":
            (place / f"{school.code}{school.name}.xlsx").write_bytes(
                book({template(school.roster).sheets[0]: sheet_of(school.roster, school.pupils)})
            )
        for about, name, form, records in (
            ("movement", "学籍异动.xlsx", "movement", school.movements),
            ("nutrition", "营养改善计划学生名单.xlsx", "nutrition-pupil", school.nutrition),
            ("preschool", "学前调档名单.xlsx", "preschool-transfer", school.preschool),
        ):
            if records and leave_out != about:
                (place / name).write_bytes(book({"Sheet1": table(form, records, title=template(form).title)}))


Mistake = tuple[str, Callable[[list[SchoolData]], None]]


def planted() -> dict[str, Mistake]:
    """Mistakes by name: the rule that must speak, and what is done to a clean county."""

    def on(number: int, change: Callable[[SchoolData], object]) -> Callable[[list[SchoolData]], None]:
        return lambda schools: (change(schools[number]), None)[1]

    def pupils(school: SchoolData, count: int, **values: str) -> None:
        for one in school.pupils[:count]:
            one.update(values)

    def wrong_class(school: SchoolData) -> None:
        for one in school.pupils[-2:]:
            one["class_code"] = one["class_code"][:5] + "09"

    def swapped_name(record: Row) -> None:
        record["name"] = record["name"][0] + "囧"

    y = YEAR
    return {
        "english name blank": ("REQ001", on(0, lambda s: s.form.update(english_name=""))),
        "school type blank": ("REQ001", on(1, lambda s: s.form.update(school_type=""))),
        "years of junior school": ("SCH001", on(0, lambda s: s.form.update(junior_years="三"))),
        "years of primary school in senior high": ("SCH001", on(5, lambda s: s.form.update(primary_years="6"))),
        "no years": ("SCH002", on(0, lambda s: s.form.update(primary_years=""))),
        "no years of nine-year school": ("SCH002", on(4, lambda s: s.form.update(primary_years="", junior_years=""))),
        "address code short": ("SCH003", on(0, lambda s: s.form.update(address_code="140106"))),
        "address code of no county": ("SCH003", on(1, lambda s: s.form.update(address_code="149906001001"))),
        "campus address code": ("SCH003", on(0, lambda s: s.campuses[1].update(campus_address_code="14010600"))),
        "years unlikely": ("SCH004", on(0, lambda s: s.form.update(primary_years="八"))),
        "school type unknown": ("COD004", on(1, lambda s: s.form.update(school_type="普通学校"))),
        "urban type unknown": ("COD004", on(0, lambda s: s.form.update(urban_rural="城里"))),
        "phone of head": ("FMT012", on(0, lambda s: s.form.update(head_phone="1380000"))),
        "postcode": ("FMT020", on(1, lambda s: s.form.update(postcode="0300"))),
        "class name without stage": ("SCH010", on(0, lambda s: s.classes[0].update(class_name="一年级一班"))),
        "class name without 班": ("SCH010", on(1, lambda s: s.classes[1].update(class_name=f"小学{y - 4}级(1)"))),
        "class code": ("SCH011", on(0, lambda s: s.classes[1].update(class_code=f"{y - 1}102"))),
        "class twice": ("SCH012", on(0, lambda s: s.classes.append(dict(s.classes[0])))),
        "class type of junior": ("SCH013", on(0, lambda s: s.classes[0].update(class_type="普通初中班"))),
        "class type of primary in senior": ("SCH013", on(5, lambda s: s.classes[0].update(class_type="普通小学班"))),
        "class type unknown": ("COD004", on(1, lambda s: s.classes[0].update(class_type="一般班"))),
        "language without bilingual": ("SCH014", on(1, lambda s: s.classes[0].update(bilingual_language="藏语"))),
        "bilingual without mode": ("SCH014", on(4, lambda s: s.classes[0].update(bilingual_mode=""))),
        "bilingual without language": ("SCH014", on(4, lambda s: s.classes[0].update(bilingual_language=""))),
        "no teacher": ("SCH015", on(0, lambda s: s.classes[2].update(teacher=""))),
        "class long gone": ("SCH016", on(0, lambda s: s.classes.append(_class("小学", y - 9, 1)))),
        "six years in a five-year school": ("SCH016", on(1, lambda s: s.classes[1].update(class_name=f"小学{y - 5}级(1)班"))),
        "class of the future": ("SCH017", on(5, lambda s: s.classes[0].update(class_name=f"高中{y + 1}级(1)班"))),
        "multigrade of a plain type": ("SCH018", on(2, lambda s: s.classes[1].update(class_type="小学教学点班"))),
        "years of the class": ("SCH019", on(0, lambda s: s.classes[0].update(years="5"))),
        "year of recruiting": ("SCH019", on(1, lambda s: s.classes[0].update(recruiting_year=str(y - 1)))),
        "grade name of another year": ("SCH020", on(3, lambda s: s.grades[0].update(grade_name=f"初中{y - 1}级"))),
        "grade of another stage": ("SCH020", on(3, lambda s: s.grades[1].update(stage="小学"))),
        "grade of another year": ("SCH020", on(3, lambda s: s.grades[1].update(grade="初中二年级"))),
        "campus twice": ("SCH021", on(0, lambda s: s.campuses[1].update(campus_number="1"))),
        "pupil expelled": ("SCH022", on(1, lambda s: s.movements.append(_mover(s.pupils[2], "开除", f"{y}0302")))),
        "pupil repeats": ("SCH022", on(1, lambda s: s.movements.append(_mover(s.pupils[3], "留级", f"{y}0302")))),
        "to the own school": ("SCH023", on(1, lambda s: s.movements[0].update(to_code=s.code))),
        "from the own school": ("SCH023", on(0, lambda s: s.movements[0].update(from_code=s.code))),
        "to nowhere": ("SCH024", on(1, lambda s: s.movements[0].update(to_code="", to_name=""))),
        "date is none": ("SCH025", on(1, lambda s: s.movements[1].update(date=f"{y}0231"))),
        "date to come": ("SCH025", on(5, lambda s: s.movements[0].update(date=f"{y + 2}0101"))),
        "movement twice": ("SCH026", on(1, lambda s: s.movements.append(dict(s.movements[1])))),
        "returned without leave": ("SCH027", on(1, lambda s: s.movements.pop(2))),
        "after death": ("SCH028", on(5, lambda s: s.movements.insert(0, {**s.movements[0], "movement": "死亡", "date": f"{y}0101"}))),
        "movement unknown": ("SCH029", on(1, lambda s: s.movements[1].update(movement="走了"))),
        "class not on record": ("SCH040", on(0, wrong_class)),
        "class record missing": ("SCH040", on(1, lambda s: s.classes.pop())),
        "class without pupils": ("SCH041", on(0, lambda s: s.classes.append(_class("小学", y - 3, 1)))),
        "size of the class": ("SCH042", on(0, lambda s: s.classes[0].update(pupils="40"))),
        "size of a class on paper": ("SCH042", on(4, lambda s: s.classes[1].update(pupils="9"))),
        "senior class in a primary school": ("SCH043", on(0, lambda s: s.classes.append(_class("高中", y, 1)))),
        "school of another type": ("SCH043", on(1, lambda s: s.form.update(school_type="高级中学", primary_years="", senior_years="3"))),
        "campus of a class": ("SCH044", on(0, lambda s: s.classes[1].update(campus="西校区"))),
        "code of the form": ("SCH045", on(1, lambda s: s.form.update(school_code="2114010099"))),
        "code in the roster": ("SCH045", on(0, lambda s: pupils(s, 28, school_code="2114010075"))),
        "code in some rows": ("SCH045", on(2, lambda s: pupils(s, 2, school_code="2114010028"))),
        "code of the classes": ("SCH045", on(1, lambda s: [one.update(school_code="2114010057") for one in s.classes])),
        "name of the classes": ("SCH046", on(1, lambda s: [one.update(school_name="青年路第二小学") for one in s.classes])),
        "pupils who should have left": ("SCH047", on(0, lambda s: [one.update(class_code=f"{y - 8}101", enrolment_month=f"{y - 8}09") for one in s.pupils[:5]])),
        "left but here": ("SCH050", on(1, lambda s: s.movements.append(_mover(s.pupils[4], "转出", f"{y}0305", to_name="实验小学")))),
        "dead but here": ("SCH050", on(5, lambda s: s.movements.append(_mover(s.pupils[4], "死亡", f"{y}0305")))),
        "came but not here": ("SCH051", on(0, lambda s: s.movements.append({**s.movements[0], "name": "郑来了", "id_number": "140106201701010119", "birth_date": "20170101", "sex": "男", "from_code": "", "from_name": "外省小学"}))),
        "suspended stranger": ("SCH052", on(5, lambda s: s.movements[0].update(name="郑不在", id_number="140106201001010112", birth_date="20100101", sex="男"))),
        "departure without arrival": ("SCH053", lambda schools: (schools[0].movements[0].update(date=f"{y}0310", id_number="140106201701010119", name="别的人", birth_date="20170101", sex="男"), schools[1].movements[0].update(date=f"{y}0501"))[0]),
        "arrival without departure": ("SCH054", lambda schools: (schools[1].movements.pop(0), schools[0].movements[0].update(date=f"{y}0310"))[1]),
        "nutrition without record": ("SCH060", on(0, lambda s: s.nutrition.append({"record_number": "G140106201701010119", "name": "郑来了", "sex": "男", "birth_date": "20170101", "id_number": "140106201701010119", "height": "120", "weight": "25"}))),
        "hand-over without record": ("SCH060", on(0, lambda s: s.preschool.append({"name": "郑来了", "sex": "男", "birth_date": "20170101", "id_type": "居民身份证", "id_number": "140106201701010119"}))),
        "nutrition twice": ("SCH061", on(0, lambda s: s.nutrition.append(dict(s.nutrition[2])))),
        "height in metres": ("SCH062", on(0, lambda s: s.nutrition[1].update(height="1.25"))),
        "weight in jin": ("SCH062", on(0, lambda s: s.nutrition[3].update(weight="260"))),
        "nutrition with another name": ("SCH063", on(0, lambda s: swapped_name(s.nutrition[4]))),
        "hand-over with another name": ("SCH063", on(0, lambda s: swapped_name(s.preschool[4]))),
        "number in the movement list": ("IDN008", on(1, lambda s: s.movements[1].update(id_number=s.movements[1]["id_number"][:-1] + ("1" if s.movements[1]["id_number"][-1] != "1" else "2")))),
        "name of the hand-over blank": ("REQ001", on(0, lambda s: s.preschool[1].update(sex=""))),
    }  # fmt: skip


def with_mistake(change: Callable[[list[SchoolData]], None]) -> list[SchoolData]:
    schools = copy.deepcopy(county())
    change(schools)
    return schools
