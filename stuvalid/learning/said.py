"""What the words at a column say: whether it must be filled, how long it may be, how a date is written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from stuvalid.learning.page import IssuedColumn

_REQUIRED = re.compile(r"必填|必须填|必采|不能为空|不可为空|不得为空")
_NOT_REQUIRED = re.compile(r"非必[填采]|不必填|选填|可不填|可为空|不用填")
_WHEN = re.compile(
    r"[时者的][,，]?\s*(?:必填|必须填|不能为空|不可为空|不得为空)|(?:如果|若|凡)[^。；;]*(?:必填|必须填)"
)
_ON_ANOTHER = re.compile(
    r"[“\"'「]?([^“”\"'「」,，。;；]{2,20}?)[”\"'」]?(不为|不是|不选|不填|为|是|选择?|填)[“\"'「]?([^“”\"'「」,，。;；]{1,20}?)[”\"'」]?(?:的|时|者)"
)
_LENGTH = re.compile(
    r"(?:不超过|不多于|最多|限|不大于|小于等于|≤|<=)\s*([0-9]{1,4})\s*个?(?:汉字|字符|字|位)"
    r"|([0-9]{1,4})\s*个?(?:汉字|字符|字|位)(?:以内|之内|以下)"
)
_DIGITS = re.compile(r"([0-9]{1,2})\s*位(?:数字|数|代码|编码|:|,|$)")
_EXAMPLE = re.compile(r"(?:例如|比如|样例|示例|如|例)[:为]?\s*([0-9A-Za-z]{2,30})(?![0-9A-Za-z\-/.年])")
_PLAIN_DATE = re.compile(r"(?<![0-9])(?:19|20)[0-9]{6}(?![0-9])|yyyymmdd|8\s*位|八位", re.IGNORECASE)
_OTHER_DATE = re.compile(
    r"y{2,4}\s*[-/.年]\s*m{1,2}|(?:19|20)[0-9]{2}[-/.年][0-9]{1,2}(?:[-/.月]|$)|年-?月-?日", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """What was said of a column: ``sometimes`` is the sentence that wants it filled in some cases.

    ``on`` is the column, whether its value must not be it, and the value that this depends on, if the sentence is that plain.
    ``length`` are the most characters, ``digits`` how many digits it has and ``example`` what the words show; 0 and '' if unsaid.
    """

    required: bool = False
    sometimes: str = ""
    on: tuple[str, bool, str] | None = None
    length: int = 0
    digits: int = 0
    example: str = ""
    plain_date: bool = False
    other_date: bool = False

    @property
    def dated(self) -> bool:
        """Whether it is said how a date is written."""
        return self.plain_date or self.other_date


def read_said(column: IssuedColumn) -> ColumnWords:
    """What a column's header, comments and hints say."""
    words = [unicodedata.normalize("NFKC", text) for text in column.said]
    everything = "\n".join([unicodedata.normalize("NFKC", column.header), *words])
    sentences = [part for text in words for part in re.split(r"[。;\n]", text) if part.strip()]
    sometimes = next((part.strip() for part in sentences if _WHEN.search(part)), "")
    required = any(
        _REQUIRED.search(part) and not _NOT_REQUIRED.search(part) and not _WHEN.search(part) for part in sentences
    )
    depends = _ON_ANOTHER.search(sometimes)
    lengths = [int(one or other) for one, other in _LENGTH.findall(everything)]
    digits, example = _DIGITS.search(everything), _EXAMPLE.search("\n".join(words))
    return ColumnWords(
        required,
        "" if required else sometimes,
        (depends[1], depends[2].startswith("不"), depends[3]) if depends and not required else None,
        min(lengths, default=0),
        int(digits[1]) if digits else 0,
        example[1] if example else "",
        _PLAIN_DATE.search(everything) is not None,
        is_other_date(everything),
    )


def is_other_date(text: str) -> bool:
    """Whether a text writes a date, or says to write one, otherwise than as eight digits."""
    return _OTHER_DATE.search(text) is not None
