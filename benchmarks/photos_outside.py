"""How many defects made outside are told, and what repair does to them.

    python benchmarks/photos_outside.py FOLDER [--steps 3,5] [--families a,b] [--fix]

FOLDER is that of `photos.py`; one compliant picture a person is spoiled in every way of `photo_defects`. Limits lie
beyond the extremes of all compliant pictures; two halves of the people are told apart to see that neither is special.
Prints for each family and step how many
pictures got a finding that the same person's clean picture does not have, and by a right rule; the same by half and
by the shade of the skin; and what is said of the compliant pictures by shade.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks.photo_defects import FAMILIES, Face, Family, jpeg, spoiled
from benchmarks.photos import say
from stuvalid.findings import Severity
from stuvalid.photos.background import working_copy
from stuvalid.photos.colours import packed
from stuvalid.photos.complexion import read_complexion
from stuvalid.photos.face import FaceEngine
from stuvalid.photos.geometry import LEFT_EYE, RIGHT_EYE, eye, read_pose
from stuvalid.photos.inspect import inspect_photo
from stuvalid.photos.repair import repair_photo
from stuvalid.photos.spec import load_spec

_SHADES = ((50.0, "dark"), (66.0, "medium"), (101.0, "light"))  # L of the cheeks below which a skin counts so
SPEC, ENGINE = load_spec(), FaceEngine()


@dataclass(frozen=True)
class Person:
    """One compliant picture, where its face is, its half and shade, and what is said of it as it is."""

    name: str
    half: str
    shade: str
    image: Image.Image
    face: Face
    said: frozenset[str]


def main() -> int:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", default="3,5")
    parser.add_argument("--families", default="")
    parser.add_argument("--fix", action="store_true")
    options = parser.parse_args()
    rows = list(csv.DictReader((options.folder / "manifest.csv").open(encoding="utf-8")))
    people = people_of(options.folder, rows)
    names = options.families.split(",") if options.families else list(FAMILIES)
    steps = [int(step) for step in options.steps.split(",")]
    report_found(people, names, steps)
    report_compliant(options.folder, rows, people)
    if options.fix:
        report_mended(people, names, steps)
    return 0


def people_of(folder: Path, rows: list[dict[str, str]]) -> list[Person]:
    """The first compliant picture of each person."""
    first: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["group"] == "ok" and row["cx"]:
            first.setdefault(row["base"], row)
    return [person(folder, row, "AB"[number % 2]) for number, row in enumerate(first.values())]


def person(folder: Path, row: dict[str, str], half: str) -> Person:
    """Read one picture; eyes and mouth come from the landmarks of the clean picture."""
    image = Image.open(folder / row["file"]).convert("RGB")
    mesh = ENGINE.find(image)[0].mesh
    small, factor = working_copy(image)
    lightness = read_complexion(packed(small), mesh / factor).lightness
    eyes = [tuple(eye(mesh, corners).tolist()) for corners in (RIGHT_EYE, LEFT_EYE)]
    mouth = tuple(((mesh[13, :2] + mesh[14, :2]) / 2).tolist())
    face = Face(
        float(row["head_top"]),
        float(row["chin"]),
        float(row["cx"]),
        read_pose(mesh).width,
        ((eyes[0][0], eyes[0][1]), (eyes[1][0], eyes[1][1])),
        (mouth[0], mouth[1]),
    )
    shade = next(word for limit, word in _SHADES if lightness < limit)
    return Person(row["base"], half, shade, image, face, said(jpeg(image), Severity.INFO))


def said(data: bytes, least: Severity) -> frozenset[str]:
    """The rules that speak of a picture at ``least`` so gravely."""
    seen = inspect_photo(data, "", SPEC, ENGINE)
    return frozenset(fault.slug for fault in seen.faults if fault.severity >= least)


def report_found(people: list[Person], names: list[str], steps: list[int]) -> None:
    """Found and rightly told, by family; then by half and by shade, those that may be hints apart."""
    totals: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for name in names:
        family, line = FAMILIES[name], []
        for step in steps:
            found = right = 0
            for number, one in enumerate(people):
                news = told(one, family, step, number)
                found += bool(news)
                right += bool(news & family.rules)
                for group in () if family.covered else ("all", f"half {one.half}", one.shade):
                    totals[step, group].update(n=1, found=bool(news), right=bool(news & family.rules))
            line.append(f"step {step}: {found:2} found {right:2} right")
        say(f"{name:15} of {len(people)}  {'   '.join(line)}")
    for (step, group), count in sorted(totals.items()):
        share, right_share = count["found"] / count["n"], count["right"] / max(1, count["found"])
        say(f"step {step} {group:8} n={count['n']:5} found {share:.1%}, by a right rule {right_share:.1%}")


def told(one: Person, family: Family, step: int, seed: int) -> frozenset[str]:
    """What is said of the defect that is not said of the clean picture."""
    least = Severity.INFO if family.covered else Severity.WARNING
    return said(spoiled(family, one.image, one.face, step, seed), least) - one.said


def report_compliant(folder: Path, rows: list[dict[str, str]], people: list[Person]) -> None:
    """False errors and warnings on the compliant pictures, by shade."""
    shades = {one.name: one.shade for one in people}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["expect"] != "ok" or row["group"] not in {"ok", "bg", "blur"}:
            continue
        data = (folder / row["file"]).read_bytes()
        wrong = bool(said(data, Severity.ERROR))
        warned = not wrong and bool(said(data, Severity.WARNING))
        for group in ("all", shades.get(row["base"], "other")):
            counts[group].update(n=1, errors=wrong, warnings=warned)
    for group, count in sorted(counts.items()):
        say(f"compliant {group:8} n={count['n']:4} errors {count['errors']}, warnings {count['warnings']}")


def report_mended(people: list[Person], names: list[str], steps: list[int]) -> None:
    """What leaves ``--fix --background``: silent, warned, refused, with new errors, or turned."""
    for name in names:
        outcome: Counter[str] = Counter()
        for step in steps:
            for number, one in enumerate(people):
                data = spoiled(FAMILIES[name], one.image, one.face, step, number)
                before = inspect_photo(data, "", SPEC, ENGINE)
                made = repair_photo(data, before, SPEC, ENGINE, background=True)
                if made.data is None or made.inspection is None:
                    outcome["refused"] += 1
                    continue
                had = {fault.slug for fault in before.faults if fault.severity == Severity.ERROR}
                left = {fault.slug: fault.severity for fault in (*made.inspection.faults, *made.faults)}
                errors = {slug for slug, severity in left.items() if severity == Severity.ERROR}
                worst = max(left.values(), default=Severity.INFO)
                outcome[{Severity.ERROR: "errors", Severity.WARNING: "warned"}.get(worst, "silent")] += 1
                outcome["NEW ERRORS"] += len(errors) > len(had)
                turn, _ = ENGINE.find_upright(Image.open(io.BytesIO(made.data)).convert("RGB"))
                outcome["TURNED"] += bool(turn)
        say(f"mended {name:15} " + ", ".join(f"{word} {count}" for word, count in outcome.items() if count))


if __name__ == "__main__":
    raise SystemExit(main())
