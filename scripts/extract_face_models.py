"""Take the face models out of a mediapipe wheel and put them beside their NOTICE.

    pip download --no-deps --python-version 3.11 --platform manylinux_2_28_x86_64 \
        --only-binary=:all: mediapipe==0.10.21
    python scripts/extract_face_models.py mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl

Later wheels of mediapipe carry no models. The files are checked against known sums, so that a run with
another wheel fails instead of changing what the checks were measured with.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "stuvalid" / "photos" / "models"
MODELS = {
    "face_detection_short_range.tflite": (
        "mediapipe/modules/face_detection/face_detection_short_range.tflite",
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        "BlazeFace, short range: finds faces",
    ),
    "face_landmark.tflite": (
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        "Face Mesh: 468 landmarks of one face",
    ),
    "selfie_segmentation.tflite": (
        "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
        "Selfie Segmentation: person and background",
    ),
}
LICENCE = "mediapipe-0.10.21.dist-info/LICENSE"
NOTICE = """Face models
===========

The .tflite files in this folder are part of MediaPipe.
Copyright The MediaPipe Authors. Licensed under the Apache License, Version 2.0;
the licence text is in LICENSE.txt beside this file.

They were taken unchanged from the wheel mediapipe 0.10.21 on the Python Package Index by
scripts/extract_face_models.py. SHA-256:

{lines}
"""


def main(wheel: Path) -> int:
    """Extract, compare and write; 1 when a file is not the expected one."""
    lines = []
    with zipfile.ZipFile(wheel) as archive:
        for name, (member, expected, purpose) in MODELS.items():
            data = archive.read(member)
            found = hashlib.sha256(data).hexdigest()
            if found != expected:
                sys.stderr.write(f"{member}: SHA-256 is {found}, expected {expected}\n")
                return 1
            (TARGET / name).write_bytes(data)
            lines.append(f"{found}  {name}\n    {purpose}; {member}")
        (TARGET / "LICENSE.txt").write_bytes(archive.read(LICENCE))
    (TARGET / "NOTICE").write_text(NOTICE.format(lines="\n".join(lines)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
