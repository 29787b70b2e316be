"""``stuvalid collect``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import OK, check_reporting, deliver, exit_code, needs_existing, progress_bar, tell
from stuvalid.commands.options import Checking, ReportFiles, Reporting, argument, needs_suffix, option, spread
from stuvalid.errors import UsageError
from stuvalid.language import language, say

if TYPE_CHECKING:
    from stuvalid.check.run import CheckOptions
    from stuvalid.gathering.collect import Collected

HELP = say(
    "家长交来的表汇总成班级的表：一人一份、什么版式、什么文件名都行，问卷导出的总表也行；按班级名单的顺序，内容照抄，"
    "每一格记着来自哪个文件哪一格。\n\n"
    "没交的、交了几份不一样的、别班的、不是这张表的、读不了的，逐一列出，不猜、不漏。"
    "--split 反过来：每名学生一份带回家的表，已有的内容填好，附告知书和监护人同意。\n\n"
    "例：stuvalid collect 家长交的/ --roster 班级名单.xlsx --template student-2022 -o 三年级2班.xlsx",
    "Gather what parents sent into the class's form: a file each, in any layout and by any name, or a questionnaire's export; in the"
    " order of the class list, copied as it stands, each value with its file and cell.\n\n"
    "Missing, several that differ, of another class, no form, unreadable: all listed, nothing guessed. --split is the reverse: a"
    " prefilled form for each child, with the notice and the guardian's consent.\n\n"
    "Example: stuvalid collect sent/ --roster list.xlsx --template student-2022 -o class.xlsx",
)


@spread
def collect(
    checking: Checking,
    reporting: Reporting,
    paths: Annotated[
        list[Path] | None,
        argument("家长交来的文件、文件夹或 zip", "What parents sent: files, folders or zip", "[PATH...]"),
    ] = None,
    roster: Annotated[Path | None, option("班级名单", "The class list", "--roster", metavar="FILE")] = None,
    out: Annotated[
        Path | None,
        option(
            "汇总成的表（xlsx）；与 --split 一起时是文件夹",
            "The class's form (xlsx); with --split a folder",
            "--out",
            "-o",
            metavar="OUT",
        ),
    ] = None,
    json_file: Annotated[
        Path | None,
        option(
            "另写 json：每个值来自哪个文件哪一格",
            "Also write json: the file and cell of every value",
            "--json",
            metavar="FILE.json",
        ),
    ] = None,
    split: Annotated[
        Path | None,
        option(
            "把班级的表（或名单）拆成每名学生一份带回家的表",
            "Split a class's form or list into a form for each child",
            "--split",
            metavar="CLASS.xlsx",
        ),
    ] = None,
    notice: Annotated[
        Path | None, option("本校自己的告知书（toml）", "The school's own notice (toml)", "--notice", metavar="FILE")
    ] = None,
    output: ReportFiles = [],  # noqa: B006
) -> int:
    """Gather the papers, or make the forms."""
    options = checking.options()
    if split is not None:
        if paths or roster is not None or json_file is not None:
            raise UsageError(
                "--split 只要一张班级的表和 -o 文件夹。", "--split takes a class's form and -o FOLDER alone."
            )
        return _split(split, out, notice, options, force=reporting.force)
    if not paths or roster is None:
        raise UsageError(
            "要给家长交来的文件（夹）和 --roster 班级名单。",
            "Name what parents sent, and --roster the class list.",
            mend_zh="例：stuvalid collect 家长交的/ --roster 班级名单.xlsx --template student-2022 -o 三年级2班.xlsx",
            mend_en="Example: stuvalid collect sent/ --roster list.xlsx --template student-2022 -o class.xlsx",
        )
    return _collect(paths, roster, out, json_file, options, reporting)


def _collect(
    paths: list[Path],
    roster: Path,
    out: Path | None,
    json_file: Path | None,
    options: CheckOptions,
    reporting: Reporting,
) -> int:
    from stuvalid.files import write_atomically
    from stuvalid.gathering.book import as_json, class_book
    from stuvalid.gathering.collect import collect as gather

    check_reporting(reporting)
    needs_suffix(out, ".xlsx")
    needs_suffix(json_file, ".json")
    for path in (*paths, roster):
        needs_existing(path)
    written = [path for path in (out, json_file) if path is not None and path.exists()]
    with progress_bar("读取中", "reading") as told:
        found, findings = gather(paths, roster, options, outputs=written, progress=told)
    inputs = (*paths, roster)
    if out is not None:
        write_atomically(out, class_book(found, language()), force=reporting.force, inputs=inputs)
        tell(
            f"{len(found.rows)} 名学生汇总到 {out}（含完整号码；“来源”“待处理”两张表在后面，导入前删去）",
            f"{len(found.rows)} pupils: {out} (with whole numbers; delete the sheets behind the form before the import)",
        )
    if json_file is not None:
        from stuvalid.report.wording import Wording

        text = as_json(found, Wording(language(), show_values=reporting.show_values))
        write_atomically(json_file, text.encode("utf-8"), force=reporting.force, inputs=inputs)
        tell(f"来源已写入 {json_file}", f"sources: {json_file}")
    deliver(findings, reporting, inputs)
    _tell(found)
    return exit_code(findings, reporting, failed=findings.incomplete)


def _tell(found: Collected) -> None:
    from stuvalid.gathering.book import summary

    counts = summary(found)
    tell(
        f"名单 {counts['on_list']} 人，汇总 {counts['gathered']} 人，没有交 {counts['missing']} 人；"
        f"读了 {counts['papers']} 个文件，没有读 {counts['not_read']} 个；抄录 {counts['values']} 个值。",
        f"{counts['on_list']} on the list, {counts['gathered']} gathered, {counts['missing']} missing; "
        f"{counts['papers']} files read, {counts['not_read']} not; {counts['values']} values copied.",
    )
    if found.asked:
        tell(
            f"监护人同意 {counts['consent_given']}，不同意 {counts['consent_refused']}，没有表示 {counts['consent_none']}。",
            f"Consent: given {counts['consent_given']}, refused {counts['consent_refused']}, none {counts['consent_none']}.",
        )
    else:
        tell("这些表上没有监护人同意一项。", "These papers do not ask for the guardian's consent.")


def _split(source: Path, out: Path | None, notice: Path | None, options: CheckOptions, *, force: bool) -> int:
    from stuvalid.consent import read_notice
    from stuvalid.files import build_folder
    from stuvalid.gathering.splitting import read_class

    if out is None:
        raise UsageError("要用 -o 说放到哪个文件夹。", "Name the folder with -o.")
    needs_existing(source)
    words = read_notice(notice)
    found = read_class(source, options)
    with build_folder(out, force=force, inputs=[source]) as folder, progress_bar("写出中", "writing") as told:
        for name, content in found.files(words, told):
            (folder / name).write_bytes(content)
    count = len(found.roster)
    tell(
        f"{count} 份已写入 {out}：每个文件只有一名学生，分别发给家长，不要发到群里。",
        f"{count} forms: {out}. Each holds one child: send each to its own parents, never to the group.",
    )
    return OK
