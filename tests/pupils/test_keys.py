"""One key of a pupil: equal where they should be, whoever asks for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stuvalid.check.conductor import read_sources
from stuvalid.check.run import CheckOptions, FileResult
from stuvalid.duplicates.keysets import KeyGleaner, SheetKeys
from stuvalid.pupils.keys import _byte_hashes, key_of_number
from stuvalid.received.walk import Source
from stuvalid.submissions.identities import PupilGleaner, SheetPupils
from tests.duplicates.county import BARE, Pupil, book, county


def read(tmp_path: Path, rows: list[Pupil], glean: object) -> FileResult:
    path = tmp_path / "a.xlsx"
    path.write_bytes(book(rows))
    options = CheckOptions(isolated=False, glean=glean)  # type: ignore[arg-type]
    (result,) = read_sources([Source("a.xlsx", path)], options)
    return result


NAMES = ["李明", "李明", "Anna", "ANNA", "anna", "ＡNNA", "古丽·艾力", "李鸣", "", "李明"]


@pytest.fixture
def rows() -> list[Pupil]:
    (pupils,) = county(1, len(NAMES)).values()
    for pupil, name in zip(pupils, NAMES, strict=True):
        pupil.update(BARE, name=name, sex="男", birth_date="20150101")
    pupils[-1]["birth_date"] = "20150102"
    return pupils


def hashes(*texts: str) -> list[int]:
    parts = [text.encode() for text in texts]
    data = np.frombuffer(b"".join(parts), dtype=np.uint8)
    return [int(value) for value in _byte_hashes(data, np.cumsum([0, *map(len, parts)]))]


def test_capitals_are_small_letters_and_nothing_else_is_folded() -> None:
    one, other = hashes("AZ李", "az李")
    assert one == other
    everything = ["", "A", "AA", "AB", "BA", "@", "[", "`", "{", "李", "李明", "明李"]
    assert len(set(hashes(*everything))) == len(everything)


def test_persons_have_equal_keys_where_they_have_equal_texts(tmp_path: Path, rows: list[Pupil]) -> None:
    keys = read(tmp_path, rows, KeyGleaner(str(tmp_path)))
    (gleaned,) = keys.gleaned
    (texts,) = read(tmp_path, rows, PupilGleaner()).gleaned
    assert isinstance(gleaned, SheetKeys)
    assert isinstance(texts, SheetPupils)
    assert gleaned.pupils.tolist() == keys.keys[0].pupils.tolist()
    assert [bool(key) for key in gleaned.pupils.tolist()] == [bool(text) for text in texts.persons]
    for one in range(len(NAMES)):
        for other in range(len(NAMES)):
            same = gleaned.pupils[one] == gleaned.pupils[other] != 0
            assert same == (texts.persons[one] == texts.persons[other] != ""), (NAMES[one], NAMES[other])
    assert gleaned.pupils[0] == gleaned.pupils[1] != gleaned.pupils[7]
    assert gleaned.pupils[0] != 0


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("{0}", "{0}"),
        (" {0} ", "{0}"),
        ("H12345678", "H12345678"),
        ("h1234-5678", "H12345678"),
        ("Ｈ12345678", "H12345678"),
    ],
)
def test_a_number_has_one_key_on_the_sheet_and_in_a_photos_name(tmp_path: Path, text: str, same_as: str) -> None:
    (rows,) = county(1, 2).values()
    number = rows[0]["id_number"]
    rows[0]["id_number"] = text.format(number)
    (keys,) = read(tmp_path, rows, None).keys
    assert keys.numbers[0] == key_of_number(same_as.format(number)) != 0
    assert keys.numbers[1] == key_of_number(rows[1]["id_number"])
    assert not keys.bare.any()


@pytest.mark.parametrize("text", ["", "无", "000000000000000000", "123", "1111111", "1212121"])
def test_what_names_nobody_has_no_key(tmp_path: Path, text: str) -> None:
    (rows,) = county(1, 2).values()
    rows[0].update(id_number=text)
    (keys,) = read(tmp_path, rows, None).keys
    assert keys.numbers[0] == 0
    assert keys.bare[0] == (text in ("", "无"))
    assert keys.numbers[1] != 0


def test_the_certain_key_is_the_number_or_for_who_has_none_the_person(tmp_path: Path) -> None:
    (rows,) = county(1, 3).values()
    rows[1].update(BARE)
    (keys,) = read(tmp_path, rows, None).keys
    assert keys.bare.tolist() == [False, True, False]
    assert np.array_equal(keys.certain, [keys.numbers[0], keys.pupils[1], keys.numbers[2]])
    assert (keys.certain != 0).all()
