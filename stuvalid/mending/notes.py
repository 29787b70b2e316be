"""What a person should know of a copy, in words: the codes of `WritableCopy` and `patch_workbook`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from stuvalid.report.wording import Wording

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "converted": (
            "已转成 .xlsx，内容照旧，颜色、列宽等外观没有保留",
            "converted to .xlsx: the content is the same, the looks were not kept",
        ),
        "converted-text": (
            "已转成 .xlsx：csv 用 Excel 打开会毁掉长号码，系统也不收",
            "converted to .xlsx: Excel ruins long numbers in a csv, and the registry does not take it",
        ),
        "decrypted": ("副本没有打开密码", "the copy has no password"),
        "protected": ("副本的打开密码与原文件相同", "the copy opens with the same password"),
        "marks-removed": ("已去掉上次标注的颜色、批注和问题清单", "the marks of an earlier run were removed"),
        "signature-lost": ("文件的数字签名已失效，已去掉", "its digital signature no longer holds and was removed"),
        "formula-replaced": ("有公式被数值取代", "a formula gave way to its value"),
        "array-formula-values": ("有数组公式变成了数值", "an array formula became values"),
        "merged-conflict": ("合并单元格里有两个不同的值，只写入了第一个", "two values were meant for one merged cell"),
        "table-header-kept": ("有的表头被表格公式引用，没有改", "a header that formulas use was left"),
        "threaded-comment": (
            "有的批注接在原有对话后面，Excel 365 只显示对话",
            "some comments follow a conversation, which is all Excel 365 shows",
        ),
        "front-sheet-renamed": (
            "文件里已有“问题清单”，新清单另起了名",
            "there was a sheet of that name; the list got another",
        ),
        "links-limited": (
            "问题太多，清单后面的没有跳转链接",
            "too many findings: those far down the list have no link",
        ),
    }
)


def in_words(codes: Iterable[str], wording: Wording) -> Iterator[str]:
    """The notes a person should read, in their order; codes that concern nobody are left out."""
    for code in codes:
        if code in _WORDS:
            yield wording.say(*_WORDS[code])
