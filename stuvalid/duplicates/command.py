"""What ``stuvalid duplicates`` writes besides its report: work lists, hashed keys, matches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stuvalid.duplicates.run import Run
from stuvalid.errors import UsageError
from stuvalid.files import build_folder, write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stuvalid.report.wording import Wording


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write what: a folder of work lists, a file of hashed keys (.parquet), a list of matches (.csv)."""

    work_lists: Path | None = None
    keys: Path | None = None
    matches: Path | None = None
    force: bool = False
    inputs: Sequence[Path] = ()

    def check(self) -> None:
        """Raise UsageError before the work begins rather than after it."""
        for path, suffix in ((self.keys, ".parquet"), (self.matches, ".csv")):
            if path is not None and path.suffix.lower() != suffix:
                raise UsageError(f"“{path}”应以 {suffix} 结尾。", f"'{path}' should end in {suffix}.")
        for path in filter(None, (self.work_lists, self.keys, self.matches)):
            if path.exists() and not self.force and not (path.is_dir() and not any(path.iterdir())):
                raise UsageError(
                    f"“{path}”已存在，未改写。",
                    f"'{path}' already exists and was left as it is.",
                    mend_zh="加 --force 可覆盖，或换一个输出名称。",
                    mend_en="Use --force to overwrite it or choose another name.",
                )


def write_outputs(run: Run, outputs: Outputs, wording: Wording) -> list[tuple[str, str]]:
    """Write what is asked for; returns a line for each, in zh and en."""
    told = []
    if outputs.keys is not None:
        from stuvalid.duplicates.keyfile import write_keys

        people, fingerprint = run.problems.people, run.fingerprint
        write_atomically(
            outputs.keys,
            lambda stream: write_keys(people, fingerprint, stream),
            force=outputs.force,
            inputs=outputs.inputs,
        )
        told.append(
            (
                f"密文已写入 {outputs.keys}（密钥指纹 {run.fingerprint}），不含姓名、号码和出生日期",
                f"keys written to {outputs.keys} (secret {run.fingerprint}), without a name, number or birth date",
            )
        )
    if outputs.matches is not None:
        from stuvalid.duplicates.matches import write_matches

        data = write_matches(run.problems, run.fingerprint)
        write_atomically(outputs.matches, data, force=outputs.force, inputs=outputs.inputs)
        told.append(
            (
                f"比对结果已写入 {outputs.matches}，各县用 --resolve 对回本县学生（定位码：文件指纹/第几张学生表/行号）",
                f"matches written to {outputs.matches}; each county finds its pupils with --resolve (a place is file/sheet/row)",
            )
        )
    if outputs.work_lists is not None:
        from stuvalid.duplicates.worklists import write_overview, write_work_lists

        with build_folder(outputs.work_lists, force=outputs.force, inputs=outputs.inputs) as folder:
            written = write_work_lists(run.problems, folder, wording)
            write_overview(run.problems, written, folder, wording.lang)
        told.append(
            (
                f"{len(written)} 所学校的核查表已写入 {outputs.work_lists}",
                f"{len(written)} work lists written to {outputs.work_lists}",
            )
        )
    return told
