"""How well accidents are told and undone, by kind, on files made by a generator that knows nothing of the diagnosis.

python benchmarks/slips/measure.py [--count 60] [--unnamed 12] [--innocent 60] [--seed 1] [--most 3000] [--only NAME] [-v]
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import xlsxwriter
from rich.console import Console

from benchmarks.slips.innocent import innocents
from benchmarks.slips.model import Case, Grid, cases
from benchmarks.slips.moves import MOVES
from benchmarks.slips.ruins import RUINS, UNNAMED
from benchmarks.slips.values import VALUES
from stuvalid.check.conductor import check_sources
from stuvalid.check.run import CheckOptions
from stuvalid.findings import Diagnosis, Findings, Severity
from stuvalid.mending.fix import FixOptions, fix_sources
from stuvalid.received.walk import Source
from stuvalid.report import json_report, text
from stuvalid.report.shown import WordedRun
from stuvalid.report.wording import Wording
from stuvalid.rules.examples import TODAY
from stuvalid.rules.registry import all_rules

OPTIONS = CheckOptions(isolated=False, workers=1, today=TODAY)
MOST_LEFT, SCREEN = 8, 12


def workbook(sheets: dict[str, Grid]) -> bytes:
    """An xlsx of texts, numbers and dates."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    texts, dates = book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if isinstance(value, dt.datetime):
                    page.write_datetime(row, column, value, dates)
                elif isinstance(value, (int, float)):
                    page.write_number(row, column, value)
                elif value:
                    page.write_string(row, column, str(value), texts)
    book.close()
    return stream.getvalue()


def sources(case: Case) -> list[Source]:
    first = workbook({"学生基础信息": case.sheet.rows, **case.sheet.sheets})
    return [
        Source("学生.xlsx", data=first),
        *(
            Source(name, data=first if rows == case.sheet.rows else workbook({"学生基础信息": rows}))
            for name, rows in case.sheet.beside.items()
        ),
    ]


@dataclass(slots=True)
class Verdict:
    """What became of one file."""

    kind: bool = False
    columns: bool = False
    rows: bool = False
    alone: bool = False
    left: int = 0
    lost: int = 0
    screen: bool = False
    leaks: list[str] = field(default_factory=list)
    restored: int = 0
    restorable: int = 0
    spoiled: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def told(self) -> bool:
        return self.kind and self.columns and self.rows and self.alone


def judge(case: Case, *, fixes: bool = True) -> Verdict:
    given = sources(case)
    findings = check_sources(given, OPTIONS)
    verdict = Verdict()
    _judge_telling(case, findings, verdict)
    _judge_reports(case, findings, verdict)
    if fixes:
        _judge_fixes(case, given[0], verdict)
    return verdict


def _slug(rule: str) -> str:
    return all_rules()[rule].slug


def _judge_telling(case: Case, findings: Findings, verdict: Verdict) -> None:
    told = case.told
    verdict.said = [
        f"{_slug(one.rule)} {','.join(one.fields)[:60]} {one.first_row}-{one.last_row}" for one in findings.diagnoses
    ]
    others = {_slug(rule) for rule in findings.by_rule()}
    mine = [one for one in findings.diagnoses if told.slugs == ("*",) or _slug(one.rule) in told.slugs]
    verdict.kind = bool(mine) or bool(others & set(told.slugs))
    verdict.alone = len(findings.diagnoses) <= 1
    harmed = case.harmed()
    if (not told.whole and not told.columns) or not mine:
        verdict.columns = verdict.rows = verdict.kind
    else:
        verdict.columns = any(_columns_right(case, one, set(harmed)) for one in mine)
        verdict.rows = not told.whole or any(_rows_right(one, set(harmed)) for one in mine)
    mistaken = {row for row, _ in case.mistakes()}
    places: dict[tuple[int, int], int] = Counter()
    for block in findings.blocks:
        if block.severity > Severity.INFO and block.file == 0 and not block.rule.startswith("DIA"):
            for row in block.rows:
                places[row, block.column] += 1
                verdict.left += row not in mistaken
    folded = {(row, block.column) for block in findings.explained for row in block.rows}
    verdict.lost = sum(place in folded and not places[place] for place in case.mistakes())


def _columns_right(case: Case, one: Diagnosis, harmed: set[tuple[int, int]]) -> bool:
    now = {case.sheet.keys[column] for _, column in harmed if column < len(case.sheet.keys)}
    if case.told.slugs == ("*",):
        return bool(set(one.fields) & (now or set(case.told.columns)))
    return any(
        (now if number == 0 else set()) <= set(one.fields) <= set(allowed) if allowed else True
        for number, allowed in enumerate((case.told.columns, *case.told.others))
    )


def _rows_right(one: Diagnosis, harmed: set[tuple[int, int]]) -> bool:
    rows = [row for row, _ in harmed]
    return not rows or (abs(one.first_row - min(rows)) <= 1 and abs(one.last_row - max(rows)) <= 1)


def _judge_reports(case: Case, findings: Findings, verdict: Verdict) -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80, highlight=False, emoji=False, markup=False, color_system=None)
    run = WordedRun(findings, Wording("zh"))
    text.show(run, console)
    shown = stream.getvalue()
    top = "".join(shown.splitlines()[:SCREEN]).replace(" ", "")
    verdict.screen = not run.diagnoses or run.diagnoses[0].message[:14].replace(" ", "") in top
    report = "".join(json_report.render(run))
    body = json.dumps(json.loads(report), ensure_ascii=False)
    for value in secrets(case):
        if value in shown or value in body:
            verdict.leaks.append(value)


def secrets(case: Case) -> set[str]:
    """Values that no report may hold: numbers, phones, addresses, names of three characters."""
    found = set()
    for grid in (case.sheet.rows, case.sheet.true, *case.sheet.beside.values()):
        if len(grid[0]) != len(case.sheet.keys):
            continue
        for column, entry in enumerate(case.sheet.form.fields):
            for texts in grid[1:]:
                value = str(texts[column]) if column < len(texts) else ""
                if (
                    (entry.kind == "id_number" and len(value) >= 15)
                    or (entry.kind == "phone" and len(value) >= 11)
                    or (entry.kind == "name" and len(value) >= 3)
                    or (entry.kind == "address" and len(value) > 12)
                ):
                    found.add(value)
    headers = {entry.header for entry in case.sheet.form.fields}
    return {
        value for value in found if (not value.isascii() or len(value) > 10) and "*" not in value and "#" not in value
    } - headers


def _judge_fixes(case: Case, source: Source, verdict: Verdict) -> None:
    (mended,) = fix_sources([source], FixOptions(OPTIONS, unsafe=True)).files
    final: dict[tuple[int, int], tuple[str, str]] = {}
    for change in mended.changes:
        if not change.sheet or (change.sheet.startswith("学生基础信息") and change.sheet not in case.sheet.sheets):
            final[change.row, change.column] = (change.new, change.rule)
    harmed, restorable = case.harmed(), case.restorable()
    mistakes = set(case.mistakes())
    for place, (new, rule) in final.items():
        true = case.sheet.true[place[0]][place[1]] if place[0] < len(case.sheet.true) else None
        if place not in harmed and place not in mistakes and new != str(true):
            verdict.spoiled.append(f"{rule} {place}: {true} -> {new}")
    verdict.restorable = len(restorable)
    verdict.restored = sum(
        final.get(place, (str(case.sheet.rows[place[0]][place[1]]), ""))[0] == str(true)
        for place, true in restorable.items()
    )


def _report(judged: Sequence[tuple[Case, Verdict]]) -> Iterator[str]:
    by: dict[tuple[int, str], list[tuple[Case, Verdict]]] = defaultdict(list)
    for case, verdict in judged:
        by[case.kind, case.name].append((case, verdict))
    yield f"{'kind':24} files told kind cols rows alone ≤8left mistakes-lost screen leaks restored spoiled"
    everything = list(judged)
    for (kind, name), group in [*sorted(by.items(), key=lambda one: one[0]), ((0, "all"), everything)]:
        found = [verdict for _, verdict in group]
        cells = sum(one.restorable for one in found)
        yield (
            f"{kind or '':>2} {name:21} {len(found):5} {sum(one.told for one in found):4} {sum(one.kind for one in found):4}"
            f" {sum(one.columns for one in found):4} {sum(one.rows for one in found):4} {sum(one.alone for one in found):5}"
            f" {sum(one.left <= MOST_LEFT for one in found):7} {sum(one.lost for one in found):13} {sum(one.screen for one in found):6}"
            f" {sum(bool(one.leaks) for one in found):5} {sum(one.restored for one in found)}/{cells}"
            f" ({100 * sum(one.restored for one in found) / cells if cells else 100:.0f} %) {sum(len(one.spoiled) for one in found)}"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--unnamed", type=int, default=12)
    parser.add_argument("--innocent", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=3000)
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", "-v", action="store_true")
    given = parser.parse_args()
    from stuvalid import workers
    from tests.program import _run_here

    workers.run = _run_here  # type: ignore[assignment]
    judged: list[tuple[Case, Verdict]] = []
    named: dict[Any, int] = {**MOVES, **VALUES, **RUINS}
    for kinds, count in ((named, given.count), (UNNAMED, given.unnamed)):
        chosen = {one: kind for one, kind in kinds.items() if given.only in one.__name__}
        for case in cases(chosen, count, given.seed, given.most) if chosen and count else ():
            verdict = judge(case)
            judged.append((case, verdict))
            if given.verbose and not (
                verdict.told
                and verdict.left <= MOST_LEFT
                and not verdict.spoiled
                and not verdict.leaks
                and not verdict.lost
            ):
                columns = sorted({column for _, column in case.harmed()})
                rows = [row for row, _ in case.harmed()] or [0]
                print(
                    f"- {case.name} {case.sheet.form.id} {case.sheet.size}: {[case.sheet.keys[c] for c in columns if c < len(case.sheet.keys)][:6]}"
                    f" {min(rows)}-{max(rows)} said {verdict.said[:4]} left {verdict.left} lost {verdict.lost}"
                    f" restored {verdict.restored}/{verdict.restorable} spoiled {verdict.spoiled[:2]} leaks {verdict.leaks[:3]}",
                    flush=True,
                )
    print("\n".join(_report(judged)))
    false = Counter[str]()
    for name, rows in innocents(given.innocent, given.seed, given.most):
        found = check_sources([Source("学生.xlsx", data=workbook({"学生基础信息": rows}))], OPTIONS)
        for one in found.diagnoses:
            false[name] += 1
            print("! innocent", name, _slug(one.rule), one.headers[:3], one.first_row, one.last_row)
    print(f"innocent {given.innocent}: false causes {sum(false.values())} {dict(false)}")


if __name__ == "__main__":
    main()
