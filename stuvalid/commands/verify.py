"""``stuvalid verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from stuvalid.commands.common import check_reporting, deliver, exit_code, needs_existing, progress_bar, tell
from stuvalid.commands.options import Checking, PasswordFile, PasswordVariable, Reporting, argument, option, spread
from stuvalid.commands.passwords import ask_password
from stuvalid.language import say

if TYPE_CHECKING:
    from stuvalid.bundle.verify import VerifyResult

HELP = say(
    "核对收到的包：每个文件的哈希、名称、合计、收件的下落。\n\n可以给文件夹、zip、加密 zip 或第一个分卷（.001）；"
    "给 stuvalid export 导出的文件，核对是否原样、有效期限过了没有。",
    "Prove a received package: hashes, names, counts, and what became of all that was received.\n\n"
    "Give a folder, a zip, an encrypted zip or the first volume (.001); of a file that stuvalid export made,"
    " whether it is as handed out and its term still runs.",
)


@spread
def verify(
    package: Annotated[Path, argument("收到的包", "The package received", "PACKAGE")],
    checking: Checking,
    reporting: Reporting,
    recheck: Annotated[bool, option("再检查包里的学生表", "Also check the workbooks in it again", "--recheck")] = False,
    code: Annotated[
        str,
        option(
            "对方报的核对码，如 1F3A-09BC-77D0-4E21",
            "Check code the sender told, as in 1F3A-09BC-77D0-4E21",
            "--code",
            metavar="CODE",
        ),
    ] = "",
    password_file: PasswordFile = None,
    password_env: PasswordVariable = "",
) -> int:
    """Prove a received package."""
    from stuvalid.bundle.verify import VerifyOptions, verify_package
    from stuvalid.exports.verifying import is_export, verify_export

    needs_existing(package)
    check_reporting(reporting)
    if is_export(package):
        exported = verify_export(package, checking.options(), lambda: ask_password(password_file, password_env))
        deliver(exported.findings, reporting, [package])
        for zh, en in exported.told:
            tell(zh, en)
        return exit_code(exported.findings, reporting)
    chosen = checking.options()
    options = VerifyOptions(package, lambda: ask_password(password_file, password_env), recheck, code, chosen)
    with progress_bar("核对中", "proving") as told:
        result = verify_package(options, progress=told)
    deliver(result.findings, reporting, [package])
    _tell(result)
    # 2 when the package or a workbook in it could not be read whole, whatever rules were left out.
    return exit_code(result.findings, reporting, failed=not result.opened or result.findings.incomplete)


def _tell(result: VerifyResult) -> None:
    """The verdict, and what the package says it is, on standard error."""
    manifest = result.manifest
    if not manifest:
        return
    counts, code = manifest["counts"], result.code
    by = manifest["operator"] or say("（未记）", "(nobody named)")
    lines = [
        say(
            f"{manifest['title']}：{counts.get('schools', 0)} 所学校，{counts.get('pupils', 0)} 名学生，{counts.get('photos', 0)} 张照片；"
            f"{result.files} 个文件，{manifest['created']} 由 {by} 用 stuvalid {manifest['version']} 打包。",
            f"{manifest['title']}: {counts.get('schools', 0)} schools, {counts.get('pupils', 0)} pupils, {counts.get('photos', 0)} photos; "
            f"{result.files} files, made {manifest['created']} by {by} with stuvalid {manifest['version']}.",
        ),
        say(
            "包完整：每个文件都与清单相同，收件都有下落。" if result.proved else "包有问题：与清单不符，见上。",
            "The package is whole: every file is as the manifest says, every file received is accounted for."
            if result.proved
            else "The package is not as its manifest says, see above.",
        ),
        say(f"核对码 {code}（与打包的人报的对一遍）", f"check code {code} (compare it with the sender's)"),
    ]
    for line in lines:
        tell(line, line)
