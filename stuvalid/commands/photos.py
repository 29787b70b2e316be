"""``stuvalid photos``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from stuvalid.commands.common import check_reporting, deliver, exit_code, progress_bar, tell, tell_written
from stuvalid.commands.options import Checking, Reporting, argument, option, spread
from stuvalid.errors import UsageError
from stuvalid.language import say

if TYPE_CHECKING:
    from stuvalid.photos.request import PhotoOptions, PhotoResult

HELP = say(
    "检查照片：规格、底色、头像大小和位置、命名，并与名单核对。\n\n加 --fix 输出裁好、改好名、分好班的照片。",
    "Check photos: size, background, head, names, and against the roster.\n\nWith --fix, write them cropped, named and sorted.",
)
_MEBIBYTE = 1 << 20


@spread
def photos(
    paths: Annotated[list[Path], argument("照片、文件夹或 zip", "Pictures, folders or zip archives", "PATH...")],
    checking: Checking,
    reporting: Reporting,
    roster: Annotated[
        list[Path],
        option(
            "学生名单（学籍表）；可多次给出",
            "Roster: a student workbook; may be repeated",
            "--roster",
            "-r",
            metavar="FILE",
        ),
    ] = [],  # noqa: B006
    photos_spec: Annotated[
        str,
        option(
            "照片规格（名称或 TOML 文件）", "Photo specification (id or TOML file)", "--spec", "-s", metavar="NAME|FILE"
        ),
    ] = "",
    fix: Annotated[
        Path | None,
        option("修好的照片写到这个新文件夹", "Write repaired photos to this new folder", "--fix", metavar="OUT"),
    ] = None,
    photos_background: Annotated[
        bool,
        option(
            "修时可换成规定的蓝色背景",
            "Repairing may replace the background by the prescribed blue",
            "--background/--keep-background",
        ),
    ] = False,
    sheet: Annotated[
        Path | None,
        option(
            "按班排列的核对页（.html 或 .pdf）", "Contact sheet by class (.html or .pdf)", "--sheet", metavar="FILE"
        ),
    ] = None,
    zip_by: Annotated[
        Literal["class", "grade", "school"] | None,
        option(
            "另打上传包：按班、年级或全校（与 --fix 同用）",
            "Also pack upload archives by class, grade or school (with --fix)",
            "--zip",
        ),
    ] = None,
    zip_cap: Annotated[
        int, option("每个上传包不超过多少MB", "Size of an upload archive at most, MB", "--zip-cap", min=1, metavar="MB")
    ] = 50,
    school_code: Annotated[
        str,
        option(
            "学校标识码（无身份证号的照片命名用）",
            "School code, for names of photos without an ID number",
            "--school-code",
            metavar="CODE",
        ),
    ] = "",
    faces: Annotated[
        bool | None,
        option(
            "是否检查人像；默认装了组件就查",
            "Check faces; by default if the component is installed",
            "--faces/--no-faces",
        ),
    ] = None,
) -> int:
    """Check photos and, if asked, repair them."""
    from stuvalid.photos.album import run_photos
    from stuvalid.photos.request import PhotoOptions
    from stuvalid.photos.spec import DEFAULT

    check_reporting(reporting)
    chosen = checking.options()
    options = PhotoOptions(
        paths=tuple(paths),
        rosters=tuple(roster),
        template=chosen.template,
        spec=photos_spec or DEFAULT,
        fix=fix,
        background=photos_background,
        sheet=sheet,
        zip_by=zip_by,
        zip_cap=zip_cap * _MEBIBYTE,
        school_code=school_code,
        select=chosen.select,
        ignore=chosen.ignore,
        severities=chosen.severities,
        faces=faces,
        workers=chosen.workers,
        password=chosen.password,
        force=reporting.force,
        show_values=reporting.show_values,
    )
    if zip_by and fix is None:
        raise UsageError("--zip 要和 --fix 一起用。", "--zip needs --fix.")
    with progress_bar("检查照片", "checking photos") as told:
        result = run_photos(options, progress=told)
    deliver(result.findings, reporting, (*paths, *roster))
    _tell(result, options)
    # A picture that cannot be decoded is a finding, not a failed run.
    return exit_code(result.findings, reporting, failed=False)


def _tell(result: PhotoResult, options: PhotoOptions) -> None:
    """Notes on standard error: what was written, and what was not looked at."""
    if not result.faces_checked:
        why = (
            say("按 --no-faces", "as --no-faces asks")
            if options.faces is False
            else say("未安装组件，可运行 pip install 'stuvalid[face]'", "run pip install 'stuvalid[face]'")
        )
        tell(
            f"没有检查人像（头的大小、位置、是否正面、清晰度）：{why}。",
            f"Faces were not checked (size, place, pose, sharpness): {why}.",
        )
    if options.fix is not None:
        tell(
            f"修好 {result.repaired} 张，未能修 {result.unrepaired} 张，其余原样；写在 {options.fix}。",
            f"{result.repaired} repaired, {result.unrepaired} could not be, the rest as it was; written to {options.fix}.",
        )
    tell_written(result.written)
