"""Why a file cannot be read, said once for each reason, with the way to mend it."""

from __future__ import annotations

import re

from stuvalid.errors import UnreadableFile

_AS_XLSX_ZH = "请用 Excel 或 WPS 打开后另存为 .xlsx 再检查。"
_AS_XLSX_EN = "Open it in Excel or WPS and save it as .xlsx."

_SENTENCES: dict[str, tuple[str, str, str, str]] = {
    "not-a-workbook": (
        "这不是电子表格（{detail}）。",
        "This is not a spreadsheet ({detail}).",
        "请换成 Excel 工作簿或 CSV 文件。",
        "Supply an Excel workbook or a CSV file.",
    ),
    "lock-file": (
        "这是 Excel 打开文件时留下的临时锁文件，没有数据。",
        "This is the lock file Excel leaves while a workbook is open; it holds no data.",
        "请关闭 Excel，删除该文件，检查同名的原文件。",
        "Close Excel, delete it and check the workbook of the same name.",
    ),
    "apple-double": (
        "这是 macOS 附带的说明文件（._ 开头），没有数据。",
        "This is a macOS companion file (name starts with ._); it holds no data.",
        "可以删除，检查同名的原文件即可。",
        "Delete it and check the file of the same name.",
    ),
    "empty": (
        "文件是空的（{detail}）。",
        "The file is empty ({detail}).",
        "请重新导出或重新传送。",
        "Export or transfer it again.",
    ),
    "truncated": (
        "文件不完整，可能没有传完（{detail}）。",
        "The file is cut short, probably an interrupted transfer ({detail}).",
        "请重新传送或从原电脑重新复制。",
        "Transfer or copy it again.",
    ),
    "encrypted": (
        "工作簿设有打开密码（{detail}）。",
        "The workbook is protected by a password ({detail}).",
        "请用 --password 给出密码，或取消密码后另存。",
        "Give --password, or save it without one.",
    ),
    "old-format": (
        "这是很旧或不支持的表格格式：{detail}。",
        "This is an old or unsupported spreadsheet format: {detail}.",
        _AS_XLSX_ZH,
        _AS_XLSX_EN,
    ),
    "too-large": (
        "文件超出可以处理的大小（{detail}）。",
        "The file is larger than can be handled ({detail}).",
        "请分成几个文件，删去多余的工作表和空白区域。",
        "Split it, and remove unused sheets and blank regions.",
    ),
    "bomb": (
        "文件内容异常，疑似恶意构造（{detail}），已拒绝读取。",
        "The file looks crafted to exhaust the machine ({detail}) and was refused.",
        "请向提供者核实，从原始表格重新导出。",
        "Ask the sender and export it afresh.",
    ),
    "corrupt": (
        "文件已损坏，无法读取（{detail}）。",
        "The file is damaged and cannot be read ({detail}).",
        _AS_XLSX_ZH,
        _AS_XLSX_EN,
    ),
    "not-found": (
        "文件无法打开（{detail}）。",
        "The file cannot be opened ({detail}).",
        "请检查路径和访问权限。",
        "Check the path and the permissions.",
    ),
}


# What stands in the brackets, as the readers and the libraries below them say it; what is only a name stays as it is.
_DETAILS: tuple[tuple[str, str], ...] = (
    (r"binary", "二进制内容"),
    (r"web page without a table", "网页，没有表格"),
    (r"web archive without a table", "网页存档，没有表格"),
    (r"(\d+) MB of (?:text|XML)", r"文字有 \1 MB"),
    (r"more than (\d+) MB of shared strings", r"共用的文字超过 \1 MB"),
    (r"(\d+) sheets", r"\1 张工作表"),
    (r"(\d+) zip entries", r"压缩包里有 \1 个成员"),
    (r"> (\d+) cells", r"超过 \1 个格"),
    (r"(\d+) x (\d+) cells", r"\1 行 \2 列"),
    (r"no text", "没有文字"),
    (r"no (?:work)?sheet", "没有工作表"),
    (r"no workbook part", "压缩包里没有工作簿"),
    (r"missing (\S+)", r"缺 \1"),
    (r"too many sheets", "工作表太多"),
    (r"repeated cells|text repeated beyond the limit", "同样的内容重复太多"),
    (r"(\S+) inflates beyond the limit", r"\1 解压后太大"),
    (r"cells outside of the sheet", "有格在工作表范围之外"),
    (r"memory", "内存不够"),
    (r"decrypted", "解密后太大"),
    (r"cannot be decrypted", "解不开"),
    (r"no password given", "没有给出密码"),
    (r"wrong password", "密码不正确"),
    (r"msoffcrypto-tool", "要装 msoffcrypto-tool 才能解密"),
    (r"XML DOCTYPE", "XML 中有 DOCTYPE"),
    (r"zip: .*|OLE \w+(?: \w+)?|no BIFF beginning", "开头或目录残缺"),
    (r"zip method (\d+)", r"压缩方式 \1"),
    (r"zip entry (\S+)", r"\1"),
    (r"BIFF version (\S+)", r"BIFF 版本 \1"),
    (r"No such file or directory", "没有这个文件"),
    (r"Permission denied", "没有权限"),
    (r"Is a directory", "是文件夹"),
    (r"Input/output error", "读盘出错，U盘可能坏了或已拔出"),
)
_ENGLISH = re.compile(r"[A-Za-z]{2,}[ :]+[A-Za-z]{2,}")


def refusal(reason: str, detail: str) -> UnreadableFile:
    """The error for ``reason``; ``detail`` is a short technical remark in English, put in brackets."""
    zh, en, mend_zh, mend_en = _SENTENCES[reason]
    bracket = _in_chinese(detail)
    sentence = zh.format(detail=bracket) if bracket else zh.replace("（{detail}）", "").replace("：{detail}", "")
    return UnreadableFile(sentence, en.format(detail=detail), reason=reason, mend_zh=mend_zh, mend_en=mend_en)


def _in_chinese(detail: str) -> str:
    """A library's own words are for the English reader: here they would be noise, and are left out."""
    for pattern, zh in _DETAILS:
        match = re.fullmatch(pattern, detail, re.DOTALL)
        if match:
            return match.expand(zh)
    part, _, rest = detail.partition(": ")
    if rest and not _ENGLISH.search(part):
        return part if "/" in part or "." in part else ""
    return "" if _ENGLISH.search(detail) else detail
