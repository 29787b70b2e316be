"""How well and how fast photos are judged, against pictures whose faults are known.

    python benchmarks/photos.py FOLDER [--spec NAME]

FOLDER holds pictures and ``manifest.csv`` with the columns file, group, case, expect (``ok``, or the kinds
of fault one of which must be found, ``warn:`` in front when a warning is enough), base (the person),
head_ratio, dx and roll (pixels, degrees). Prints rates by family, errors of measurement, what was said of
compliant pictures, duplicates, and throughput beside bare decoding and the two nets.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from stuvalid.findings import Severity
from stuvalid.photos.face import FaceEngine
from stuvalid.photos.inspect import Inspection, inspect_photo
from stuvalid.photos.similar import distance_blocks
from stuvalid.photos.spec import Spec, load_spec

ROUNDS = 7
KINDS = {
    "format": {"not_a_jpeg", "data_after_end", "broken_picture"},
    "corrupt": {"broken_picture", "damaged_picture", "not_a_jpeg"},
    "bomb": {"picture_bomb"},
    "colourspace": {"wrong_colour_mode"},
    "dpi": {"dpi_too_low", "dpi_low"},
    "filesize": {"file_too_big", "file_nearly_too_big"},
    "orientation": {"turned_by_exif"},
    "pixels": {"wrong_pixels", "wrong_shape", "too_few_pixels"},
    "compression": {"compressed_too_hard"},
    "background": {"wrong_background", "doubtful_background", "uneven_background", "busy_background"},
    "faces": {"no_face", "several_faces"},
    "head_size": {"wrong_head_size", "doubtful_head_size", "head_cut_off"},
    "centre": {"off_centre", "slightly_off_centre", "head_cut_off"},
    "roll": {"head_tilted", "head_slightly_tilted"},
    "yaw": {"head_turned", "head_slightly_turned"},
    "blur": {"blurred", "slightly_blurred"},
    "exposure": {"badly_exposed", "doubtful_exposure"},
    "greyscale": {"no_colour"},
    "hat": {"eyes_perhaps_covered"},
}


@dataclass(slots=True)
class Case:
    """One row of the manifest with what was found."""

    row: dict[str, str]
    seen: Inspection

    @property
    def family(self) -> str:
        """The group, hats apart from turned heads."""
        return "hat" if "hat" in self.row["expect"] else self.row["group"]

    def flagged(self) -> bool:
        """Any error or warning."""
        return any(fault.severity >= Severity.WARNING for fault in self.seen.faults)

    def right(self, *, strict: bool = False) -> bool:
        """A rule of the expected kind spoke: as an error, or at least a warning where that is expected.

        ``strict``: where a warning is expected, an error does not count.
        """
        expect = self.row["expect"]
        wanted = set().union(*(KINDS[kind] for kind in expect.removeprefix("warn:").split("|")))
        levels = {fault.severity for fault in self.seen.faults if fault.slug in wanted}
        if not expect.startswith("warn:"):
            return Severity.ERROR in levels
        return Severity.WARNING in levels or (not strict and Severity.ERROR in levels)


def main() -> int:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spec", default="guide-358x441")
    options = parser.parse_args()
    spec, engine = load_spec(options.spec), FaceEngine()
    rows = list(csv.DictReader((options.folder / "manifest.csv").open(encoding="utf-8")))
    cases = [
        Case(row, inspect_photo((options.folder / row["file"]).read_bytes(), row["file"], spec, engine)) for row in rows
    ]
    single = [case for case in cases if case.row["group"] != "dup"]
    report_rates([case for case in single if case.row["expect"] != "ok"])
    report_compliant([case for case in single if case.row["expect"] == "ok"])
    report_errors(cases)
    report_duplicates(cases)
    report_speed([options.folder / row["file"] for row in rows if row["group"] in {"ok", "bg", "dup"}], spec, engine)
    return 0


def report_rates(cases: list[Case]) -> None:
    """Flagged and rightly judged, by family and over all that must be flagged."""
    families: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        level = "warn" if case.row["expect"].startswith("warn:") else "must"
        families[f"{case.family}/{level}"].append(case)
        if case.family != "hat":
            families[f"ALL/{level}"].append(case)
            families["ALL"].append(case)
    say(f"{'family':18}{'n':>5}{'flagged':>10}{'right':>9}{'strict':>9}   missed")
    for family, group in sorted(families.items()):
        rates = [
            sum(verdicts) / len(group)
            for verdicts in (
                [case.flagged() for case in group],
                [case.right() for case in group],
                [case.right(strict=True) for case in group],
            )
        ]
        missed = [case.row["case"] for case in group if not case.flagged()]
        wrong = [case.row["case"] for case in group if case.flagged() and not case.right()]
        note = "" if family.startswith("ALL") else f"{missed[:8]} wrong {wrong[:6]}"
        say(f"{family:18}{len(group):5}{rates[0]:10.1%}{rates[1]:9.1%}{rates[2]:9.1%}   {note}")


def report_compliant(cases: list[Case]) -> None:
    """False errors and warnings."""
    errors = [case for case in cases if any(fault.severity == Severity.ERROR for fault in case.seen.faults)]
    warned = [case for case in cases if case.flagged() and case not in errors]
    say(f"compliant {len(cases)}: errors {len(errors)}, warnings {len(warned)} ({len(warned) / len(cases):.1%})")
    for case in errors + warned:
        say(f"    {case.row['file']}: {[fault.message('en') for fault in case.seen.faults]}")
    infos = Counter(fault.slug for case in cases for fault in case.seen.faults if fault.severity == Severity.INFO)
    say(f"    hints {dict(infos)}")


def report_errors(cases: list[Case]) -> None:
    """Head ratio, centre and roll against the truth, on pictures whose other properties are in order."""
    ratio, centre, roll = [], [], []
    for case in cases:
        measured, row = case.seen.measures, case.row
        if measured.pose is None or row["group"] not in {"ok", "bg", "geom", "roll", "dup"}:
            continue
        roll.append(measured.pose.roll - float(row["roll"]))
        if row["group"] in {"ok", "bg", "geom"} and row["cx"]:
            centre.append(measured.pose.centre - float(row["cx"]))
            if measured.head is not None:
                ratio.append(100 * (measured.head - float(row["head_ratio"])))
    for name, values, unit in (("head ratio", ratio, "pp"), ("centre", centre, "px"), ("roll", roll, "deg")):
        off = np.array(values)
        say(
            f"{name:12} n={len(off)} mean {off.mean():+.2f} sd {off.std():.2f} p95 |{np.percentile(abs(off), 95):.2f}| {unit}"
        )


def report_duplicates(cases: list[Case]) -> None:
    """Distances between pictures of one source and of different people."""
    known = [
        case for case in cases if case.seen.fingerprint and case.row["group"] in {"ok", "dup", "bg", "geom", "roll"}
    ]
    pairs = [
        (start + row, start + column, int(distances[row, column]))
        for start, distances in distance_blocks([case.seen.fingerprint for case in known])
        for row, column in zip(*np.nonzero(np.isfinite(distances)), strict=True)
    ]
    base = [case.row["base"] for case in known]
    same = [distance for first, second, distance in pairs if base[first] == base[second]]
    other = [distance for first, second, distance in pairs if base[first] != base[second]]
    best: dict[str, int] = {}
    for one, another, distance in pairs:
        first, second = known[one].row, known[another].row
        if first["base"] == second["base"]:
            for row, partner in ((first, second), (second, first)):
                if row["group"] == "dup" and partner["group"] != "dup":
                    best[row["case"]] = min(best.get(row["case"], 256), distance)
    say(
        f"same source: {len(same)} pairs, p50 {np.median(same):.0f} p95 {np.percentile(same, 95):.0f} p99 {np.percentile(same, 99):.0f}"
    )
    say(f"different people: {len(other)} pairs, least {min(other)}, p1 {np.percentile(other, 1):.0f}")
    say(f"copies, nearest other version: worst {sorted(best.items(), key=lambda item: -item[1])[:5]}")


def report_speed(paths: list[Path], spec: Spec, engine: FaceEngine) -> None:
    """Whole check beside decoding plus the two nets on the same bytes."""
    blobs = [path.read_bytes() for path in paths]
    detector, mesh = np.zeros((1, 128, 128, 3), np.float32), np.zeros((1, 192, 192, 3), np.float32)

    def bare(data: bytes) -> None:
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        engine.run_detector(detector)
        engine.run_mesh(mesh)

    def prepared(data: bytes) -> None:
        engine.find(Image.open(io.BytesIO(data)).convert("RGB"))

    works = {"bare": bare, "prepared": prepared, "check": lambda data: inspect_photo(data, "", spec, engine)}
    # By turns on each picture: what else the machine does then slows all three alike.
    seconds = {name: np.empty((ROUNDS, len(blobs))) for name in works}
    for turn in range(ROUNDS):
        for number, data in enumerate(blobs):
            for name, work in works.items():
                start = time.perf_counter()
                work(data)
                seconds[name][turn, number] = time.perf_counter() - start
    for word, of_rounds in (("best", np.min), ("median", np.median)):
        per_picture = {name: float(of_rounds(taken, axis=0).mean()) for name, taken in seconds.items()}
        for name, taken in per_picture.items():
            share = per_picture["bare"] / taken
            say(f"{name:9} {word:6} {taken * 1000:6.2f} ms  {1 / taken:6.0f}/s  {share:.2f} of bare speed")


def say(text: str) -> None:
    """One line of the report."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
