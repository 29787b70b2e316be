"""The words of the HTML report around the findings, in both languages."""

from __future__ import annotations

from stuvalid.report.wording import Wording

_PAGE = {
    "title": ("学籍信息检查报告", "Enrolment data report"),
    "skip": ("跳到问题清单", "Skip to the findings"),
    "made": ("生成于", "Made on"),
    "theme": ("深色／浅色", "Dark / light"),
    "print": ("打印", "Print"),
    "masked": ("姓名、证件号、电话、地址已遮盖。", "Names, ID numbers, phone numbers and addresses are masked."),
    "open_values": (
        "本报告含未遮盖的个人信息，请妥善保管。",
        "This report shows personal data unmasked: keep it safe.",
    ),
    "totals": ("总数", "Totals"),
    "files": ("文件", "Files"),
    "pupils": ("学生", "Pupils"),
    "errors": ("错误", "Errors"),
    "warnings": ("警告", "Warnings"),
    "infos": ("提示", "Notes"),
    "errors_are": ("系统不收，必须改", "would be refused: mend"),
    "warnings_are": ("请人核对", "a person should confirm"),
    "infos_are": ("供参考", "worth knowing"),
    "fixable": ("可自动改", "Safe fixes"),
    "fixable_are": ("用 stuvalid fix 一次改好", "applied by stuvalid fix"),
    "clean_records": ("没有错误的学生", "Pupils without errors"),
    "clean_files": ("没有错误的文件", "Files without errors"),
    "neither": ("也没有警告的", "without warnings too:"),
    "no_files": ("没有文件。", "There are no files."),
    "first": ("先改这些，一次解决很多处", "Mend these first: each solves many findings"),
    "charts": ("问题在哪里", "Where the findings are"),
    "by_school": ("按学校（文件夹、文件）", "By school (folder or file)"),
    "by_file": ("按文件", "By file"),
    "by_class": ("按班级", "By class"),
    "no_class": ("班级不明", "class unknown"),
    "by_rule": ("按规则", "By rule"),
    "by_field": ("按列", "By column"),
    "more_bars": ("还有", "More:"),
    "clean_of": ("无错误", "Clean"),
    "whole": ("整表或整个文件", "whole sheet or file"),
    "show": ("查看", "Show"),
    "unchecked": ("没有检查的，和原因", "What was not checked, and why"),
    "all_checked": ("全部检查过，没有跳过任何规则。", "Everything was checked; no rule was left out."),
    "what": ("内容", "What"),
    "why": ("原因", "Why"),
    "file": ("文件", "File"),
    "form": ("模板", "Form"),
    "all_files": ("全部文件", "All files"),
    "findings": ("问题清单", "Findings"),
    "no_script": (
        "这个浏览器没有运行脚本，所以看不到逐条清单。请换用 Edge、Chrome 或 360 浏览器打开，或用 --output 报告.xlsx 得到全部清单。",
        "Scripts do not run in this browser, so the list cannot be shown. Use Edge, Chrome or Firefox, or get all findings with "
        "--output report.xlsx.",
    ),
    "none": ("没有发现问题。", "Nothing was found."),
    "filters": ("筛选", "Filter"),
    "school": ("学校或文件", "School or file"),
    "class": ("班级", "Class"),
    "rule": ("规则", "Rule"),
    "column": ("列", "Column"),
    "severity": ("级别", "Level"),
    "text": ("搜索", "Search"),
    "text_hint": ("单元格、内容、改法……", "cell, text, what to do …"),
    "reset": ("清除筛选", "Clear filters"),
    "place": ("位置", "Place"),
    "cell": ("单元格", "Cell"),
    "problem": ("问题和改法", "Problem and what to do"),
    "value": ("现在的值 → 可改为", "Value → mend"),
    "per_page": ("每页", "Per page"),
    "previous": ("上一页", "Previous"),
    "next": ("下一页", "Next"),
    "pages": ("翻页", "Pages"),
    "table_hint": ("按表头排序，按行首的三角看详情", "sort by the headings, open a row for its details"),
}

_SCRIPT = {
    "all": ("全部", "All"),
    "error": ("错误", "error"),
    "warning": ("警告", "warning"),
    "info": ("提示", "note"),
    "count": ("共 {n} 条", "{n} findings"),
    "count_of": ("筛选出 {n} 条，共 {all} 条", "{n} of {all} findings"),
    "page": ("第 {n}／{all} 页", "page {n} of {all}"),
    "nothing": ("没有符合筛选条件的问题。", "No finding matches the filter."),
    "row": ("第{n}行", "row {n}"),
    "sheet": ("整表", "sheet"),
    "whole_file": ("整个文件", "whole file"),
    "open": ("展开详情", "Open details"),
    "to_mend": ("改法", "What to do"),
    "value": ("现在的值", "Value"),
    "fix": ("可改为", "Mended value"),
    "safe": ("可自动改", "safe"),
    "unsafe": ("需人确认", "to be confirmed"),
    "file": ("文件", "File"),
    "sheet_name": ("工作表", "Sheet"),
    "cell": ("单元格", "Cell"),
    "column": ("列", "Column"),
    "class": ("班级", "Class"),
    "rule": ("规则", "Rule"),
    "source": ("依据", "Source"),
    "related": ("相关单元格", "Related cells"),
    "more": ("还有 {n} 处", "{n} more"),
    "no_class": ("（不明）", "(unknown)"),
    "whole_school": ("（全部）", "(all)"),
    "printed": (
        "打印了筛选出的 {all} 条中的 {n} 条，提示不打印；全部见 xlsx 报告。",
        "Printed: {n} of {all} findings of this filter, infos left out; the xlsx report has all.",
    ),
    "places": ("{n} 处", "{n} cells"),
    "comma": ("、", ","),
    "filter_now": ("筛选：", "Filter: "),
}


def page_words(wording: Wording) -> dict[str, str]:
    """The template's words in the report's language."""
    return {key: wording.say(zh, en) for key, (zh, en) in _PAGE.items()}


def script_words(wording: Wording) -> dict[str, str]:
    """The script's words in the report's language."""
    return {key: wording.say(zh, en) for key, (zh, en) in _SCRIPT.items()}
