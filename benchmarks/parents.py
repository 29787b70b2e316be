"""`stuvalid collect` on the papers of six classes: how many children are accounted for, how many values stand in the right column.

    pip install 'stuvalid[papers,test]'
    python benchmarks/parents.py [--seed 1] [--show]

Every layout of `samples.parents`, the 14 namings and the awkward kinds of `samples.parents_class`; then a questionnaire's export and
`--split` with `collect` behind it. A value is right if its text is the very one that was written, in the column of its field,
and the cell that the workbook names as its source shows it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from samples.parents_class import AWKWARD, Truth, questionnaire, write_class
from stuvalid.check.run import CheckOptions
from stuvalid.consent import read_notice
from stuvalid.forms import template
from stuvalid.forms.filled import filled_form
from stuvalid.gathering.collect import Collected, collect
from stuvalid.gathering.splitting import read_class

_CLASSES = ("student-2022", "student-2013", "student-2020") * 2


def judge(found: Collected, truth: Truth, show: bool) -> Counter[str]:
    """Right and wrong values and children of one class."""
    counts: Counter[str] = Counter()
    rows = {row.position: row for row in found.rows}
    told = {(one.slug, Path(file).name) for one in found.troubles for file in one.files} | {
        (one.slug, "") for one in found.troubles
    }
    unread = {Path(name).name for name, _, _ in found.unread}
    for position in range(len(found.roster)):
        wanted, row = truth.values.get(position), rows.get(position)
        if wanted is None:
            counts["children right"] += row is None
            if row is not None and show:
                print("taken wrongly", truth.absent.get(position), found.roster[position].name)
            continue
        got = {key: value.text for key, (_, value) in row.values.items()} if row else {}
        counts["children right"] += row is not None
        bad = [(key, text, got.get(key)) for key, text in wanted.items() if got.get(key) != text]
        more = [(key, None, text) for key, text in got.items() if key not in wanted]
        counts["values"] += len(wanted)
        counts["right"] += len(wanted) - len(bad)
        counts["invented"] += len(more)
        if show and (bad or more):
            print(truth.layouts.get(position), len(bad), len(more), (bad + more)[:3])
    for rule, leaf in truth.told:
        fine = leaf in unread if rule == "unread" else (rule, leaf) in told
        counts["told" if fine else "not told"] += 1
        if not fine and show:
            print("not told", rule, leaf)
    counts["children"] += len(found.roster)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="name what is wrong")
    arguments = parser.parse_args()
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        for number, form_id in enumerate(_CLASSES):
            folder = Path(name) / str(number) / "papers"
            kinds = [kind for place, kind in enumerate(AWKWARD) if place % 3 == number % 3]
            truth = write_class(folder, template(form_id), arguments.seed * 100 + number, 50, kinds, klass=number + 1)
            found, _ = collect([folder], folder.parent / "list.xlsx", CheckOptions(template=form_id))
            counts = judge(found, truth, arguments.show)
            total += counts
            print(form_id, dict(counts))
        total += _export_and_split(Path(name))
    share = total["right"] / total["values"]
    print(
        f"{share:.4%} of {total['values']} values right, {total['invented']} invented; children {total['children right']} of {total['children']}; told {total['told']} of {total['told'] + total['not told']}"
    )


def _export_and_split(folder: Path) -> Counter[str]:
    form = template("student-2022")
    place = folder / "export"
    truth = write_class(place / "papers", form, 77, 50, [])
    for path in (place / "papers").iterdir():
        path.unlink()
    (place / "papers" / "问卷.xlsx").write_bytes(questionnaire(form, truth.records))
    found, _ = collect([place / "papers"], place / "list.xlsx", CheckOptions(template=form.id))
    counts = judge(found, truth, True)
    print("questionnaire", dict(counts))
    book = folder / "class.xlsx"
    book.write_bytes(filled_form(form, truth.records))
    split = folder / "split"
    split.mkdir()
    for leaf, content in read_class(book, CheckOptions()).files(read_notice()):
        (split / leaf).write_bytes(content)
    back, _ = collect([split], book, CheckOptions(template=form.id))
    again = judge(back, truth, True)
    print("split and collected", dict(again))
    return counts + again


if __name__ == "__main__":
    main()
