"""One photo through the front door."""

from __future__ import annotations

import dataclasses
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.frontdoor.results import PhotoReport

if TYPE_CHECKING:
    from PIL import Image

    from stuvalid.photos.inspect import Inspection
    from stuvalid.report.wording import Wording

_OF_FILE = frozenset({"not_a_jpeg", "file_too_big", "file_nearly_too_big", "file_too_small"})
_COLUMNS = ("rule", "severity", "message", "mend", "value")


def photo_report(
    image: str | os.PathLike[str] | bytes | Image.Image, spec: str | None, faces: bool | None, wording: Wording
) -> PhotoReport:
    """See `stuvalid.validate_photo`."""
    import pandas as pd

    from stuvalid.findings import Severity
    from stuvalid.photos.face import engine_available, process_engine
    from stuvalid.photos.inspect import inspect_photo
    from stuvalid.photos.spec import DEFAULT, load_spec
    from stuvalid.rules.registry import all_rules

    if faces and not engine_available():
        raise UsageError(
            "未安装人脸检测组件。",
            "The face runtime is not installed.",
            mend_zh="请运行 pip install 'stuvalid[face]'。",
            mend_en="Run: pip install 'stuvalid[face]'",
        )
    looking = engine_available() if faces is None else faces
    data, was_file = _bytes(image)
    seen = inspect_photo(data, "", load_spec(spec or DEFAULT), process_engine() if looking else None)
    faults = [one for one in seen.faults if was_file or one.slug not in _OF_FILE]
    english = wording.lang == "en"
    rows = []
    for one in faults:
        known = all_rules()[one.rule]
        mend = known.mend_en if english else known.mend
        rows.append([one.rule, one.severity.word, one.message(wording.lang), mend, one.value])
    gaps = (
        [] if was_file else [wording.say("文件的格式、大小和分辨率标记", "format, length and resolution of the file")]
    )
    if not looking:
        gaps.append(wording.reason("no-face-runtime") if not engine_available() else wording.say("人像", "the face"))
    if "picture" in seen.unchecked:
        gaps.append(wording.reason("not-decodable"))
    sound = "picture" not in seen.unchecked and all(one.severity is not Severity.ERROR for one in faults)
    return PhotoReport(sound, _measures(seen, was_file), pd.DataFrame(rows, columns=list(_COLUMNS)), tuple(gaps))


def _bytes(image: str | os.PathLike[str] | bytes | Image.Image) -> tuple[bytes, bool]:
    """The picture as bytes, and whether they are those of a file."""
    if isinstance(image, bytes):
        return image, True
    if isinstance(image, str | os.PathLike):
        try:
            return Path(image).read_bytes(), True
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UnreadableFile(
                f"照片“{Path(image).name}”读不出来（{reason}）。",
                f"The picture '{Path(image).name}' cannot be read ({reason}).",
                reason="not-found",
            ) from error
    if not hasattr(image, "convert"):
        raise UsageError(
            f"要给文件、字节或 Pillow 图像，不是 {type(image).__name__}。",
            f"Give a file, bytes or a Pillow image, not {type(image).__name__}.",
        )
    stream = io.BytesIO()
    image.convert("RGB").save(stream, "PNG")
    return stream.getvalue(), False


def _measures(seen: Inspection, was_file: bool) -> dict[str, Any]:
    """What was measured, flat and by name."""
    measured = seen.measures
    looked = measured.faces >= 0
    flat: dict[str, Any] = {
        "width": seen.width,
        "height": seen.height,
        "format": seen.kind if was_file else None,
        "bytes": seen.size if was_file else None,
        "dpi": seen.dpi if was_file else None,
        "faces": measured.faces if looked else None,
        "head": measured.head,
        "blur": measured.blur if measured.pose is not None else None,
        "background": measured.background,
        "plain": measured.plain,
    }
    if measured.pose is not None:
        pose = dataclasses.asdict(measured.pose)
        flat |= {name: pose[name] for name in ("roll", "yaw") if name in pose}
    return flat
