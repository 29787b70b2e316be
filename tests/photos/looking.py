"""Looking at drawn portraits: what the tests of checking and of repairing share."""

from __future__ import annotations

import io

from PIL import Image

from stuvalid.findings import Severity
from stuvalid.photos.face import FaceEngine
from stuvalid.photos.inspect import Inspection, inspect_photo
from stuvalid.photos.spec import Spec


def inspect(data: bytes, spec: Spec, engine: FaceEngine | None) -> Inspection:
    return inspect_photo(data, "x.jpg", spec, engine)


def slugs(seen: Inspection, least: Severity = Severity.WARNING) -> set[str]:
    return {fault.slug for fault in seen.faults if fault.severity >= least}


def saved(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()
