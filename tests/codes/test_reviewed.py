"""The code lists as somebody reviewed them: rows, aliases, hints and content change together with these figures.

A line that was dropped, an alias that was lost or a hint that became an alias is noticed by nobody else.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

from stuvalid.codes import lists

# Rows, aliases (replaced safely), hints (only suggested), and the beginning of the file's SHA-256.
REVIEWED = {
    "attendance": (2, 5, 1, "0775d4f56479"),
    "bilingual_mode": (3, 0, 0, "4aa1d5044548"),
    "blood_type": (9, 19, 0, "8d3f1402ee7b"),
    "boarder": (2, 14, 1, "154328aaabdc"),
    "class_type": (19, 0, 0, "857e2a10bd25"),
    "country": (269, 74, 7, "750685a05e4c"),
    "disability": (9, 9, 12, "453ccd551cf0"),
    "disability_degree": (4, 8, 0, "869950210374"),
    "disability_proof": (2, 1, 0, "1bfe003c84cb"),
    "entry_way": (6, 4, 4, "c1a993239f6c"),
    "ethnicity": (59, 74, 0, "7f4c9b18d93a"),
    "fitness_sex": (2, 0, 2, "fb4576ec53a6"),
    "grade": (13, 16, 0, "b128925e21e7"),
    "health": (5, 6, 0, "901fd42c1dc3"),
    "household_type": (2, 6, 9, "d282001607aa"),
    "id_type": (17, 38, 6, "23a8f50b4e7d"),
    "inclusion": (5, 5, 2, "5a12e4c04b01"),
    "left_behind": (3, 3, 1, "7d7874abeddf"),
    "left_behind_yes_no": (4, 0, 0, "0b1afe54fff1"),
    "movement": (19, 9, 2, "397ad6663568"),
    "overseas_status": (16, 1, 2, "90c22f07d37c"),
    "political_status": (13, 8, 7, "61ee1fa6a3c5"),
    "record_status": (15, 1, 0, "48c203e3e6cb"),
    "relation": (5, 19, 56, "ec9c54d28656"),
    "school_sponsor": (11, 0, 0, "0c226b7c1032"),
    "school_type": (18, 1, 0, "1261eb080e9a"),
    "sex": (4, 6, 0, "0e9dfd8467eb"),
    "special_attendance": (6, 0, 0, "e6d444460471"),
    "stage": (3, 0, 0, "390aa09f69a7"),
    "student_source": (3, 1, 0, "d8129ee60417"),
    "transport": (6, 12, 0, "b936388d1acd"),
    "urban_rural": (7, 2, 0, "457273c175d0"),
    "yes_no": (2, 5, 1, "6ed05f511958"),
}
TABLES = {"traditional.txt": (4085, "95dcd194b288"), "equivalents.csv": (409, "6489dbb29c9a")}
FOLDER = Path(lists.__file__).parent


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def test_every_list_is_reviewed() -> None:
    assert {path.stem for path in (FOLDER / "lists").glob("*.csv")} == set(REVIEWED)


@pytest.mark.parametrize("name", REVIEWED)
def test_a_list_is_the_reviewed_one(name: str) -> None:
    path = FOLDER / "lists" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    counted = [
        sum(len([word for word in row[column].split("|") if word]) for row in rows) for column in ("aliases", "hints")
    ]
    assert (len(rows), *counted, _digest(path)) == REVIEWED[name]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_characters_is_the_reviewed_one(name: str) -> None:
    path = FOLDER / name
    assert (len(path.read_text(encoding="utf-8").splitlines()), _digest(path)) == TABLES[name]
