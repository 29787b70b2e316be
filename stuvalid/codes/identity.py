"""Identity numbers: what is inside one, and whether it can be right (GB 11643-1999).

Scalar functions serve the explaining of single cells; `read_numbers` reads a whole column at once.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
OLDEST_BIRTH_YEAR = 1900

RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
LEGACY = re.compile(r"[0-9]{15}")
HOME_RETURN = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")
TAIWAN_PASS = re.compile(r"[0-9]{8}|[0-9]{10}(?:\(?[A-Z]\)?)?")
HONG_KONG_ID = re.compile(r"[A-Z]{1,2}[0-9]{6}\(?[0-9A]\)?")
MACAU_ID = re.compile(r"[1578][0-9]{6}\(?[0-9]\)?")
SAR_PASSPORT = re.compile(r"(?:K|KJ|H|MA|MB)[0-9]{7,8}")
OLD_FOREIGN_CARD = re.compile(r"[A-Z]{3}[0-9]{12}")
PASSPORT = re.compile(r"[A-Z0-9]{5,20}")
RECORD_NUMBER = re.compile(r"[GJL][0-9]{17}[0-9X]")


def check_character(body: str) -> str:
    """The 18th character that follows from 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body, strict=True))
    return CHECK_CHARACTERS[total % 11]


def hong_kong_check(body: str) -> str:
    """The digit in brackets of a Hong Kong identity card, from its one or two letters and six digits."""
    values = [36] * (8 - len(body)) + [int(char, 36) for char in body]
    remainder = sum(weight * value for weight, value in zip(range(9, 1, -1), values, strict=True)) % 11
    return "0A987654321"[remainder]


def calendar_date(text: str) -> dt.date | None:
    """The date that eight digits YYYYMMDD name, or None if the calendar has no such day."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def modern(legacy: str, century: str = "19") -> str:
    """The 18-character number that replaced a 15-digit one (19 inserted, check character appended)."""
    body = f"{legacy[:6]}{century}{legacy[6:]}"
    return body + check_character(body)


def body_of(number: str) -> int:
    """The 17 digits that name the holder of a right 18-character or an old 15-digit number; 0 for anything else."""
    if LEGACY.fullmatch(number):
        number = modern(number)
    fine = RESIDENT.fullmatch(number) and calendar_date(number[6:14]) and check_character(number[:17]) == number[17]
    return int(number[:17]) if fine else 0


@dataclass(slots=True)
class Numbers:
    """A column of identity numbers, read. Arrays have one entry a record; 0 or False where unreadable.

    ``resident`` marks valid 18-character numbers, ``body`` is their first 17 digits, ``region`` the first six
    digits, ``birth`` YYYYMMDD, ``sex`` 1 male and 2 female. ``other`` marks values that are some other,
    acceptable document number.
    """

    resident: npt.NDArray[np.bool_]
    body: npt.NDArray[np.int64]
    region: npt.NDArray[np.int32]
    birth: npt.NDArray[np.int32]
    sex: npt.NDArray[np.int8]
    other: npt.NDArray[np.bool_]

    def put(self, row: int, number: str) -> None:
        """Set one record's entry from a valid 18-character number."""
        self.resident[row] = True
        self.body[row] = int(number[:17])
        self.region[row] = int(number[:6])
        self.birth[row] = int(number[6:14])
        self.sex[row] = 2 - int(number[16]) % 2

    def forget(self, rows: list[int]) -> None:
        """Set records' entries to unknown: what looked like a number is none, or not the one that was meant."""
        self.resident[rows] = False
        for values in (self.body, self.region, self.birth, self.sex):
            values[rows] = 0


def read_numbers(size: int, rows: npt.NDArray[np.intp], characters: npt.NDArray[np.uint8], today: int) -> Numbers:
    """Read 18-character values: ``characters`` is a (len(rows), 18) byte matrix of records ``rows``.

    Only numbers that are right in every respect (digits, calendar, check character, born between 1900 and
    ``today`` as YYYYMMDD) become ``resident``; the rest is for the explaining code.
    """
    import numpy as np

    digits = characters.astype(np.int16) - 48
    body_ok = np.asarray(((digits[:, :17] >= 0) & (digits[:, :17] <= 9)).all(axis=1), dtype=np.bool_)
    safe = np.where(body_ok[:, None], digits[:, :17], 0)
    remainder = (safe @ np.array(WEIGHTS, dtype=np.int16)) % 11
    expected = np.frombuffer(CHECK_CHARACTERS.encode(), dtype=np.uint8)[remainder]
    birth = _joined(safe[:, 6:14])
    good = body_ok & (characters[:, 17] == expected) & is_calendar(birth) & (birth <= today)
    good &= birth >= OLDEST_BIRTH_YEAR * 10000
    resident = np.zeros(size, dtype=np.bool_)
    body = np.zeros(size, dtype=np.int64)
    region = np.zeros(size, dtype=np.int32)
    births = np.zeros(size, dtype=np.int32)
    sex = np.zeros(size, dtype=np.int8)
    kept = rows[good]
    resident[kept] = True
    body[kept] = _joined(safe[good])
    region[kept] = _joined(safe[good, :6])
    births[kept] = birth[good]
    sex[kept] = 2 - safe[good, 16] % 2
    return Numbers(resident, body, region, births, sex, np.zeros(size, dtype=np.bool_))


def _joined(digits: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
    """Rows of digits as whole numbers."""
    import numpy as np

    powers = 10 ** np.arange(digits.shape[1] - 1, -1, -1, dtype=np.int64)
    return np.asarray(digits.astype(np.int64) @ powers, dtype=np.int64)


def is_calendar(dates: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the numbers YYYYMMDD are days of the calendar."""
    import numpy as np

    year, month, day = dates // 10000, dates // 100 % 100, dates % 100
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)
    month_ok = (month >= 1) & (month <= 12)
    last = lengths[np.where(month_ok, month, 0)] + ((month == 2) & leap)
    return np.asarray(month_ok & (day >= 1) & (day <= last) & (year > 0), dtype=np.bool_)


def digits_of(characters: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Which rows of an ASCII matrix are all digits, and their value (0 where not)."""
    import numpy as np

    digits = characters.astype(np.int16) - 48
    good = np.asarray(((digits >= 0) & (digits <= 9)).all(axis=1), dtype=np.bool_)
    return good, _joined(np.where(good[:, None], digits, 0))
