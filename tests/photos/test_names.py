"""What file names say, whose photos they are, and what is never guessed."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.codes.identity import check_character
from stuvalid.errors import UsageError
from stuvalid.photos.names import judge_name, name_key, number_problem, read_name
from stuvalid.photos.roster import Roster, RosterEntry, classes_of_folders, match_photo, read_rosters
from stuvalid.photos.sources import Discovery, pictures_of
from stuvalid.pupils.classes import codes_meant
from stuvalid.received.walk import receiving

TODAY = dt.date(2025, 11, 1)
NOWHERE: frozenset[str] = frozenset()


def number(serial: int, region: str = "140106", birth: str = "20150305") -> str:
    body = f"{region}{birth}{serial:03d}"
    return body + check_character(body)


def ending_in_x() -> str:
    return next(number(serial) for serial in range(100) if number(serial).endswith("X"))


def said(file_name: str) -> set[str]:
    path = Path(file_name)
    return {fault.slug for fault in judge_name(path.stem, path.suffix, read_name(path.stem))}


def test_prescribed_names_are_right() -> None:
    assert said(f"{number(11)}.jpg") == set()
    assert said("2114010001_2023101_张三.jpg") == set()
    assert said("2114010001_2023101_买买提·吐尔逊.jpg") == set()
    assert said("H12345678.jpg") == set()


@pytest.mark.parametrize(
    ("file_name", "slug"),
    [
        (f"{ending_in_x().lower()}.jpg", "small_x_in_name"),
        (f"{ending_in_x()[:-1]}*.jpg", "small_x_in_name"),
        (f"{number(11)}.JPG", "wrong_extension"),
        (f"{number(11)}.jpeg", "wrong_extension"),
        (f"{number(11)}.png", "wrong_extension"),
        (f"{number(11)[:-1]}{(int(number(11)[-1], 11) + 1) % 10}.jpg", "number_in_name_invalid"),
        ("140106201502301234.jpg", "number_in_name_invalid"),
        ("14010620150305123.jpg", "number_in_name_invalid"),
        ("140106150305123.jpg", "number_in_name_invalid"),
        (f"{number(11)} 张三.jpg", "spelling_of_name"),
        (f"{number(11)}(1).jpg", "spelling_of_name"),
        (f"{number(11)} - 副本.jpg", "spelling_of_name"),
        ("１４０１０６２０１５０３０５０１１" + number(11)[-1] + ".jpg", "spelling_of_name"),
        (f"{number(11)}.jpg.jpg", "spelling_of_name"),
        (f"G{number(11)}.jpg", "spelling_of_name"),
        ("2114010001-2023101-张三.jpg", "spelling_of_name"),
        ("2114010001——2023101——张三.jpg", "spelling_of_name"),
        ("211401001_2023101_张三.jpg", "wrong_school_code_in_name"),
        ("2114010001_0101_张三.jpg", "wrong_class_code_in_name"),
        ("张三.jpg", "name_not_recognised"),
        ("IMG_2031.jpg", "name_not_recognised"),
    ],
)
def test_wrong_names_are_told(file_name: str, slug: str) -> None:
    assert slug in said(file_name)


@pytest.mark.parametrize(
    ("stem", "word"),
    [
        ("张三", "张三"),
        ("03 张三", "张三"),
        ("3张三", "张三"),
        ("初一(2)班-张三", "张三"),
        ("三年级1班 张三 男", "张三"),
        ("张三-一寸", "张三"),
        ("买买提·吐尔逊", "买买提·吐尔逊"),
        ("12.张三", "张三"),
        ("Tom Lee", "Tom Lee"),
        ("张三(1)", "张三"),
    ],
)
def test_a_pupils_name_is_found_in_a_file_name(stem: str, word: str) -> None:
    assert name_key(word) in {name_key(found) for found in read_name(stem).words}


@given(st.text(max_size=40))
def test_any_name_can_be_read(stem: str) -> None:
    read = read_name(stem)
    assert all(fault.message("zh") and fault.message("en") for fault in judge_name(stem, ".jpg", read))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2025201", "2025201"),
        ("初一(1)班", "2025201"),
        ("七年级1班", "2025201"),
        ("七(1)班", "2025201"),
        ("三年级2班", "2023102"),
        ("三年级（2）班", "2023102"),
        ("高二3班", "2024303"),
        ("2023级2班", "2023102"),
        ("三年二班", "2023102"),
        ("三（十二）班", "2023112"),
    ],
)
def test_classes_are_understood(text: str, code: str) -> None:
    known = frozenset({"2025201", "2025202", "2023101", "2023102", "2023112", "2024303"})
    assert codes_meant(text, known, TODAY) == {code}


def test_the_school_year_turns_in_august() -> None:
    known = frozenset({"2024101", "2025101"})
    assert codes_meant("一年级1班", known, dt.date(2025, 7, 31)) == {"2024101"}
    assert codes_meant("一年级1班", known, dt.date(2025, 8, 1)) == {"2025101"}


def roster(*pupils: tuple[str, str, str]) -> Roster:
    return Roster([RosterEntry(name, ident, code, school_code="2114010001") for name, ident, code in pupils])


def test_numbers_come_before_names() -> None:
    known = roster(("张三", number(1), "2023101"), ("李四", number(2), "2023101"))
    assert match_photo(read_name(f"{number(2)} 张三"), NOWHERE, known, TODAY).entry == 1
    assert match_photo(read_name(number(2).lower()), NOWHERE, known, TODAY).how == "number"
    assert match_photo(read_name(number(3)), NOWHERE, known, TODAY).entry == -1


def test_names_are_matched_within_the_class() -> None:
    known = roster(("张三", number(1), "2023101"), ("张三", number(2), "2023102"), ("李四", number(3), "2023102"))
    assert match_photo(read_name("张三"), frozenset({"2023102"}), known, TODAY).entry == 1
    assert match_photo(read_name("三年级(1)班-张三"), NOWHERE, known, TODAY).entry == 0
    assert match_photo(read_name("李四"), NOWHERE, known, TODAY).entry == 2
    assert match_photo(read_name("2114010001_2023101_张三"), NOWHERE, known, TODAY).entry == 0


def test_nothing_is_guessed() -> None:
    known = roster(("张三", number(1), "2023101"), ("张三", number(2), "2023101"), ("李四", number(3), "2023102"))
    assert match_photo(read_name("张三"), frozenset({"2023101"}), known, TODAY).candidates == (0, 1)
    assert match_photo(read_name("张三"), NOWHERE, known, TODAY).entry == -1
    assert match_photo(read_name("李四"), frozenset({"2023101"}), known, TODAY).entry == -1
    assert match_photo(read_name("张三丰"), NOWHERE, known, TODAY).entry == -1


@pytest.mark.parametrize(
    ("stem", "name"), [("呂布", "吕布"), ("欧阳明日.jpg", "欧阳明日"), ("李英涵同学", "李英涵"), ("张三妈妈", "张三")]
)
def test_other_spellings_of_a_name_are_the_same_pupil(stem: str, name: str) -> None:
    roster = Roster([RosterEntry(name, number(1)), RosterEntry("王五", number(2))])
    assert match_photo(read_name(stem), NOWHERE, roster, TODAY).entry == 0


def test_what_follows_the_dot_of_a_name_is_no_extension(tmp_path: Path) -> None:
    for name in ("古丽娜尔.艾力", "张三", "王五.jpg"):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff\xe0")
    with receiving([tmp_path]) as reception:
        found = {(picture.stem, picture.suffix) for picture in pictures_of(reception).pictures}
    assert found == {("古丽娜尔.艾力", ""), ("张三", ""), ("王五", ".jpg")}


def test_a_folder_is_the_class_of_most_of_its_photos() -> None:
    known = roster(*((f"生{n}", number(n), "2023101" if n < 9 else "2023102") for n in range(1, 12)))
    reads = [read_name(number(n)) for n in range(1, 10)]
    assert classes_of_folders(["照片"] * 9, reads, known, TODAY)["照片"] == {"2023101"}
    mixed = [read_name(number(n)) for n in (1, 2, 9, 10)]
    assert classes_of_folders(["照片"] * 4, mixed, known, TODAY)["照片"] == frozenset()


def test_rosters_are_read_from_any_workbook(tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_text(
        f"某小学三年级名单,,\n姓名,身份证号,班号\n张三,{number(1).lower()},2023101\n,,\n李四,,2023102\n",
        encoding="utf-8-sig",
    )
    entries = read_rosters([path]).entries
    assert [(entry.name, entry.id_number, entry.class_code, entry.row) for entry in entries] == [
        ("张三", number(1).upper(), "2023101", 3),
        ("李四", "", "2023102", 5),
    ]
    (tmp_path / "空.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError):
        read_rosters([tmp_path / "空.csv"])


def test_number_problems_are_named() -> None:
    assert number_problem(number(5)) is None
    assert number_problem("140106201513011234") is not None
    assert number_problem("E12345678") is None


def gbk_zip(path: Path, names: dict[str, bytes]) -> None:
    """A zip as Chinese Windows packs it: names in GBK and no flag that says so."""
    with zipfile.ZipFile(path, "w") as archive:
        for place, (_, data) in enumerate(names.items()):
            archive.writestr(f"{place:04d}" + "~" * (len(list(names)[place].encode("gbk")) - 4), data)
    raw = path.read_bytes()
    for place, name in enumerate(names):
        stand_in = (f"{place:04d}" + "~" * (len(name.encode("gbk")) - 4)).encode()
        raw = raw.replace(stand_in, name.encode("gbk"))
    path.write_bytes(raw)


def discovered(folder: Path) -> Discovery:
    with receiving([folder], relative=True) as reception:
        return pictures_of(reception)


def test_zips_packed_by_chinese_windows_are_read_right(tmp_path: Path) -> None:
    gbk_zip(
        tmp_path / "三班.zip",
        {"张三丰同学.jpg": b"1", "三年级二班/李四光同学.jpg": b"22", "Thumbs.db": b"3", "内层.zip": b"4"},
    )
    found = discovered(tmp_path)
    assert {(picture.stem, picture.folder) for picture in found.pictures} == {
        ("张三丰同学", "三班.zip"),
        ("李四光同学", "三班.zip/三年级二班"),
    }
    assert {fault.slug for _, fault in found.faults} == {"stray_file_in_archive", "archive_unreadable"}


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.HEIC", "Thumbs.db", ".DS_Store", "._a.jpg", "名单.xlsx", "x.rar"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no")
    found = discovered(tmp_path)
    assert [picture.stem for picture in found.pictures] == ["a", "b"]
    told = {(name, fault.slug) for name, fault in found.faults}
    assert told == {
        ("Thumbs.db", "stray_file"),
        (".DS_Store", "stray_file"),
        ("._a.jpg", "stray_file"),
        ("名单.xlsx", "stray_file"),
        ("x.rar", "archive_unreadable"),
        ("broken.zip", "archive_unreadable"),
    }
    with pytest.raises(UsageError):
        discovered(tmp_path / "nowhere")
