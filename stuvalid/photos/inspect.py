"""One picture against one specification: bytes in, measurements and faults out.

Knows no folders, rosters or reports. Never raises for what is in the bytes.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from stuvalid.findings.masking import mask_crash
from stuvalid.photos import judge
from stuvalid.photos.background import (
    Background,
    first_lasting_row,
    mean_chroma,
    read_background,
    uneven_share,
    working_copy,
)
from stuvalid.photos.complexion import read_complexion
from stuvalid.photos.container import read_jpeg, sniff
from stuvalid.photos.decode import decode, upright
from stuvalid.photos.face import SURE, Face, FaceEngine
from stuvalid.photos.geometry import FOREHEAD, Pose, read_pose
from stuvalid.photos.outline import Outline, read_outline
from stuvalid.photos.quality import (
    Light,
    blur,
    eye_shade,
    face_box,
    features_box,
    fine_detail,
    read_light,
    skin_texture,
)
from stuvalid.photos.rules import PhotoFault, fault
from stuvalid.photos.similar import fingerprint
from stuvalid.photos.spec import Spec
from stuvalid.photos.surface import Surface, read_surface

_PLAIN_ENOUGH = 0.7  # share of the border of one colour at which hair is seen against it
_GREY = 1.5  # mean chroma of a picture without colour


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured on an upright picture; None or 0 where there was nothing to measure.

    Pixels of the picture and degrees; ``head`` is hair top to chin over the height, ``blur`` 0 to 1,
    ``background`` the RGB of the border and ``plain`` the share of it that is of that colour.
    """

    faces: int = -1
    pose: Pose | None = None
    hair: float | None = None
    head: float | None = None
    blur: float | None = None
    light: Light | None = None
    background: tuple[int, int, int] | None = None
    plain: float = 0.0
    uneven: float = 0.0
    surface: Surface = field(default_factory=Surface)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One picture: what it is, what was measured, what is wrong and what was not checked.

    ``unchecked`` holds reason codes: ``faces`` (no runtime), ``picture`` (could not be decoded).
    """

    name: str
    sha256: str
    size: int
    kind: str
    width: int
    height: int
    dpi: float
    faults: tuple[PhotoFault, ...]
    measures: Measures
    unchecked: tuple[str, ...] = ()
    fingerprint: bytes = b""


def inspect_photo(data: bytes, name: str, spec: Spec, faces: FaceEngine | None) -> Inspection:
    """Check one picture's bytes. ``name`` is carried along only; without ``faces`` nothing about them is said."""
    kind = sniff(data)
    jpeg = read_jpeg(data) if kind == "JPEG" else None
    faults: list[PhotoFault] = []
    measures, unchecked, found, size = Measures(), [], b"", (0, 0)
    try:
        faults += judge.judge_file(data, kind, jpeg, spec)
        decoded = decode(data, kind, jpeg)
        faults += decoded.faults
        if decoded.image is None:
            unchecked.append("picture")
        else:
            image = decoded.image if jpeg and jpeg.orientation == 1 else upright(decoded.image)
            size = image.size
            faults += judge.judge_size(*size, jpeg, spec)
            measures, seen, found = _look(image, spec, faces)
            faults += seen
            unchecked += [] if faces is not None else ["faces"]
    except Exception as error:  # noqa: BLE001  (a picture no one foresaw must not end the run; it is reported)
        faults.append(fault("check_crashed", reason=mask_crash(error)))
    dpi = jpeg.dpi if jpeg else 0.0
    return Inspection(
        name,
        hashlib.sha256(data).hexdigest(),
        len(data),
        kind,
        *size,
        dpi,
        tuple(faults),
        measures,
        tuple(unchecked),
        found,
    )


def _look(image: Image.Image, spec: Spec, engine: FaceEngine | None) -> tuple[Measures, list[PhotoFault], bytes]:
    """Measurements, faults and fingerprint of an upright RGB picture."""
    small, factor = working_copy(image)
    background = read_background(small, factor)
    found = engine.find_everyone(image, engine.find(image, small)) if engine is not None else []
    pose = read_pose(found[0].mesh) if found else None
    uneven = uneven_share(background, pose.chin if pose else image.height / 2)
    measures = Measures(
        len(found) if engine else -1, pose, background=background.rgb, plain=background.plain, uneven=uneven
    )
    faults: list[PhotoFault] = []
    colourless = mean_chroma(background) < _GREY
    if colourless:
        faults.append(fault("no_colour", reason="整张照片是黑白的", about="colour"))
    elif found or engine is None:  # else it is no portrait: that says it all
        faults += judge.judge_background(background, uneven, spec)
    if len(found) == 1 or engine is None:
        measures = replace(measures, surface=read_surface(image))
        faults += judge.judge_surface(measures.surface)
    if engine is None or pose is None or len(found) != 1:
        if engine is not None:
            faults.append(
                fault("several_faces", count=len(found), about="faces") if found else fault("no_face", about="faces")
            )
        return measures, faults, b""
    if found[0].box.score < SURE and engine.find_upright(image)[0] == 180:
        upside_down = {
            "degrees": 180,
            "limit": f"{spec.head.max_roll:g}",
            "direction": "倒置",
            "direction_en": "upside down",
        }
        return measures, [*faults, fault("head_tilted", about="roll", **upside_down)], b""
    measures, seen, found_print = _look_at_face(image, small, background, found[0], measures, spec, engine)
    if colourless:
        seen = [entry for entry in seen if entry.slug not in {"no_colour", "colour_cast", "faded_colours"}]
    return measures, faults + seen, found_print


def _look_at_face(
    image: Image.Image,
    small: Image.Image,
    background: Background,
    face: Face,
    measures: Measures,
    spec: Spec,
    engine: FaceEngine,
) -> tuple[Measures, list[PhotoFault], bytes]:
    """Size, place, bearing, sharpness and light of the one face; ``small`` is the working copy."""
    pose = measures.pose or read_pose(face.mesh)
    grey = small.convert("L")
    levels = np.asarray(grey)
    copied = face.mesh / np.float32(background.scale)
    outline = read_outline(background, copied) if background.plain >= _PLAIN_ENOUGH else None
    hair = find_hair(image, outline, pose, face, engine)
    head = None if hair is None else (pose.chin - hair) / image.height
    features = features_box(face.mesh)
    blurred = blur(image, features)
    detail = fine_detail(image, features) if blurred > spec.quality.doubt_blur else None
    light = read_light(grey, levels, background.pixels, copied)
    complexion = read_complexion(background.pixels, copied)
    faults = list(judge.judge_edges(face_box(face.mesh), hair, image.size))
    faults += judge.judge_pose(pose, image.width, spec)
    if hair is not None and head is not None and not faults_of(faults, "head_cut_off", "head_turned"):
        faults += judge.judge_head(head, spec)
        if not faults_of(faults, "wrong_head_size"):
            faults += judge.judge_place(hair, pose.chin, image.height, spec)
    if outline is not None:
        faults += judge.judge_outline(outline)
    faults += judge.judge_sharpness(blurred, detail, spec)
    faults += judge.judge_light(light)
    faults += judge.judge_colour(light, complexion)
    faults += judge.judge_complexion(complexion, light)
    texture = skin_texture(image, face.mesh)
    faults += judge.judge_retouching(blurred, texture, measures.surface.blocks, spec)
    faults += judge.judge_eyes(pose.openness, eye_shade(levels, copied))
    measures = replace(measures, pose=pose, hair=hair, head=head, blur=blurred, light=light)
    return measures, faults, fingerprint(grey, copied)


def faults_of(faults: list[PhotoFault], *slugs: str) -> list[PhotoFault]:
    """Those of ``faults`` that are of one of the rules ``slugs``."""
    return [entry for entry in faults if entry.slug in slugs]


def outline_of(image: Image.Image, face: Face) -> Outline | None:
    """The outline of a face's head in a picture; None where the background is too busy to see it against."""
    small, factor = working_copy(image)
    background = read_background(small, factor)
    if background.plain < _PLAIN_ENOUGH:
        return None
    return read_outline(background, face.mesh / np.float32(background.scale))


def find_hair(image: Image.Image, outline: Outline | None, pose: Pose, face: Face, engine: FaceEngine) -> float | None:
    """Row of the hair top: against a plain background by its outline, else by segmentation of the person."""
    if outline is not None and outline.hair is not None:
        return outline.hair
    forehead = float(face.mesh[FOREHEAD, 1])
    mask = engine.person(image)
    left = max(0, math.floor(pose.centre - 0.9 * pose.width))
    right = min(image.width, math.ceil(pose.centre + 0.9 * pose.width))
    bottom = min(image.height, max(1, math.ceil(forehead) + 4))
    if right <= left:
        return None
    counts = (mask[:bottom, left:right] > 0.5).sum(axis=1)
    return first_lasting_row(counts, 0.05 * pose.width, 1.0)
