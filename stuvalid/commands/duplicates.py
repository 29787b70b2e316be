"""``stuvalid duplicates``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from stuvalid.commands.common import OK, check_reporting, deliver, exit_code, progress_bar, tell, tell_ignored, terminal
from stuvalid.commands.options import Checking, County, Reporting, Schools, argument, option, spread
from stuvalid.errors import UsageError
from stuvalid.language import language, say

HELP = say(
    "查找问题学籍：身份证件号错误、身份证件号重复、姓名性别出生日期重复。\n\n"
    "校内、校际都查；--worklists 给每所学校一份核查表。跨县比对用 --keys 生成的密文，不交换学生信息。",
    "Find problem records: wrong ID numbers, the same number twice, the same name, sex and birth date twice.\n\n"
    "Within schools and across them; --worklists makes a list for each school. Counties compare hashes made with"
    " --keys and exchange no child's data.",
)


@spread
def duplicates(
    checking: Checking,
    reporting: Reporting,
    paths: Annotated[
        list[Path] | None,
        argument(
            "工作簿、文件夹、zip，或密文 .parquet",
            "Workbooks, folders, zip archives, or .parquet files of keys",
            "PATH...",
        ),
    ] = None,
    against: Annotated[
        list[Path],
        option(
            "与先前收集的数据比对；可多次给出",
            "Compare with an earlier collection; may be repeated",
            "--against",
            metavar="PATH",
        ),
    ] = [],  # noqa: B006
    worklists: Annotated[
        Path | None,
        option(
            "每所学校一份核查表（xlsx）写入这个文件夹",
            "Write a work list (xlsx) for each school into this folder",
            "--worklists",
            "-w",
            metavar="DIR",
        ),
    ] = None,
    keys: Annotated[
        Path | None,
        option(
            "写出密文，供跨县比对", "Write keyed hashes to compare with other counties", "--keys", metavar="OUT.parquet"
        ),
    ] = None,
    matches: Annotated[
        Path | None,
        option(
            "写出密文比对结果，发回各县",
            "Write the matches of keys, to be sent back to the counties",
            "--matches",
            metavar="OUT.csv",
        ),
    ] = None,
    resolve: Annotated[
        Path | None,
        option(
            "用本县工作簿把比对结果对回学生",
            "Find the pupils of a list of matches in these workbooks",
            "--resolve",
            metavar="MATCHES",
        ),
    ] = None,
    secret_file: Annotated[
        Path | None,
        option(
            "省里下发的密钥文件；也可用环境变量 STUVALID_SECRET",
            "File with the province's secret; or set STUVALID_SECRET",
            "--secret-file",
            metavar="FILE",
        ),
    ] = None,
    new_secret: Annotated[
        Path | None, option("（省级）生成一个密钥文件", "(Province) make a secret file", "--new-secret", metavar="FILE")
    ] = None,
    schools: Schools = None,
    county: County = "",
) -> int:
    """Find problem records and say what to do about them."""
    from stuvalid.duplicates.allowed import in_text
    from stuvalid.duplicates.command import Outputs, write_outputs
    from stuvalid.duplicates.keyfile import find_secret, make_secret
    from stuvalid.duplicates.run import DuplicateOptions, find_duplicates, is_mixed, resolve_matches
    from stuvalid.pupils.schools import SchoolList, read_schools
    from stuvalid.report.wording import Wording

    if new_secret is not None:
        make_secret(new_secret)
        tell(f"密钥已写入 {new_secret}，请妥善保管并只发给各县经办人。", f"Secret written to {new_secret}.")
        return OK
    paths = paths or []
    _check_arguments(paths, resolve, against, keys)
    check_reporting(reporting)
    options = DuplicateOptions(
        schools=read_schools(schools) if schools else SchoolList(),
        county=county,
        secret=find_secret(secret_file, wanted=keys is not None or is_mixed([*paths, *against])),
        check=checking.options(),
    )
    inputs = (*paths, *against)
    files = Outputs(worklists, keys, matches, force=reporting.force, inputs=inputs)
    files.check()
    with progress_bar("查重中", "comparing") as told:
        work = (
            resolve_matches(resolve, paths, options, progress=told)
            if resolve
            else find_duplicates(paths, against, options, progress=told)
        )
        with work as run:
            lines = write_outputs(run, files, Wording(language(), show_values=True))
    deliver(run.problems.findings, reporting, inputs)
    if reporting.format_ == "text" and not reporting.quiet:
        for line in in_text(run.problems.kinds(), language()):
            terminal().print(line)
    for zh, en in lines:
        tell(zh, en)
    if reporting.verbose:
        tell_ignored(run.ignored, show_values=reporting.show_values)
    return exit_code(run.problems.findings, reporting)


def _check_arguments(paths: list[Path], resolve: Path | None, against: list[Path], keys: Path | None) -> None:
    if not paths:
        raise UsageError(
            "没有给出要查重的文件。",
            "There is nothing to compare.",
            mend_zh="例：stuvalid duplicates 收到的材料 --worklists 核查表。",
            mend_en="As in: stuvalid duplicates received --worklists lists.",
        )
    if resolve is not None and (against or keys):
        raise UsageError(
            "--resolve 不能与 --against、--keys 一起用。", "--resolve goes with neither --against nor --keys."
        )
