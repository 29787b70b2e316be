"""`stuvalid check` beside general validators with an equivalent schema on the same 1,000×75 file, as ratios.

    pip install 'frictionless[excel]' pandera pydantic dataframely 'polars[calamine]'
    python benchmarks/peers.py [--rounds 5]

Equivalent means, all from the same form: required fields, code lists, patterns of dates, months, phones, postcodes
and codes, no blanks around any text, the check digit of identity numbers, sex and birth date against the number,
numbers that occur twice, a pupil's number beside a guardian's (all find the same faults). Nothing about how cells are stored, headers, regions,
ages, stages or other files, which stuvalid checks besides. Each peer reads with the fastest reader it supports,
pandera also with the default one.
A ratio is stuvalid's time over the peer's within one round; below 1 stuvalid is faster.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.checking import compare, write_school
from stuvalid import codes
from stuvalid.check.conductor import check_paths
from stuvalid.check.run import CheckOptions
from stuvalid.codes.identity import check_character
from stuvalid.forms import Field, template

PATTERNS = {
    "date": r"(19|20)[0-9]{6}",
    "month": r"(19|20)[0-9]{2}(0[1-9]|1[0-2])",
    "phone": r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}",
    "postcode": r"[0-9]{6}",
    "school_code": r"[0-9]{10}",
    "class_code": r"20[0-9]{2}[123][0-9]{2}",
    "division": r"[0-9]{6}000000",
    "decimal": r"[0-9]{1,3}(\.[0-9]+)?",
    "name": r"[^0-9\s]{2,30}",
    "id_number": r"[0-9]{17}[0-9X]",
}
FIELDS: Sequence[Field] = template("student-2013").fields


def is_resident_number(value: str) -> bool:
    return len(value) == 18 and value[:17].isdigit() and check_character(value[:17]) == value[17]


def headers(*keys: str) -> list[str]:
    return [next(entry.header for entry in FIELDS if entry.key == key) for key in keys]


NUMBER, SEX, BIRTH, GUARDIAN, OTHER_GUARDIAN = headers(
    "id_number", "sex", "birth_date", "member1.id_number", "member2.id_number"
)
NO_BLANKS = r"\S(?:.*\S)?"


def sex_of(number: str) -> str:
    return "男" if number[16:17] in "13579" else "女"


def contradictions(
    number: str | None, sex: str | None, birth: str | None, guardians: Sequence[str | None]
) -> list[str]:
    """What several columns of one pupil say against each other."""
    if not number or len(number) != 18:
        return []
    wrong = ["sex"] if sex != sex_of(number) else []
    wrong += ["birth"] if birth != number[6:14] else []
    return wrong + (["guardian"] if number in guardians else [])


def accepted(entry: Field) -> list[str]:
    return sorted(codes.load(entry.codes).accepted(entry.audience))


def pandera_validate(path: Path, engine: Literal["calamine", "openpyxl"] = "calamine") -> Callable[[], object]:
    import pandas as pd
    import pandera.pandas as pa

    columns = {}
    for entry in FIELDS:
        checks = [pa.Check.isin(accepted(entry))] if entry.kind == "code" else []
        if entry.kind in PATTERNS:
            checks.append(pa.Check.str_matches(f"^(?:{PATTERNS[entry.kind]})$"))
        elif entry.kind != "code":
            checks.append(pa.Check.str_matches(f"^{NO_BLANKS}$"))
        if entry.kind == "id_number":
            checks.append(pa.Check(lambda column: column.map(is_resident_number)))
        columns[entry.header] = pa.Column(
            str, checks, nullable=entry.required != "yes", unique=entry.key == "id_number", report_duplicates="all"
        )
    rows = [
        pa.Check(lambda frame: frame[SEX].eq(frame[NUMBER].fillna("").map(sex_of)), name="sex"),
        pa.Check(lambda frame: frame[BIRTH].eq(frame[NUMBER].str[6:14]), name="birth"),
        pa.Check(
            lambda frame: frame[NUMBER].ne(frame[GUARDIAN]) & frame[NUMBER].ne(frame[OTHER_GUARDIAN]), name="guardian"
        ),
    ]
    schema = pa.DataFrameSchema(columns, checks=rows)

    def run() -> object:
        frame = pd.read_excel(path, dtype=str, engine=engine)
        try:
            return schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as error:
            return error.failure_cases

    return run


def pydantic_validate(path: Path) -> Callable[[], object]:
    import pydantic
    import python_calamine

    fields: dict[str, Any] = {}
    for number, entry in enumerate(FIELDS):
        kind: Any = str
        if entry.kind == "code":
            allowed = frozenset(accepted(entry))
            kind = Annotated[str, pydantic.AfterValidator(_member(allowed))]
        elif entry.kind == "id_number":
            kind = Annotated[str, pydantic.AfterValidator(_resident)]
        elif entry.kind in PATTERNS:
            kind = Annotated[str, pydantic.Field(pattern=f"^(?:{PATTERNS[entry.kind]})$")]
        else:
            kind = Annotated[str, pydantic.Field(pattern=f"^{NO_BLANKS}$")]
        fields[f"f{number}"] = (kind, ...) if entry.required == "yes" else (kind | None, None)
    model = pydantic.create_model("Pupil", **fields)
    names = list(fields)
    place = {entry.header: number for number, entry in enumerate(FIELDS)}

    def run() -> object:
        rows = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()[1:]
        errors: list[Any] = []
        seen: set[str] = set()
        for row in rows:
            number = row[place[NUMBER]]
            if number in seen:
                errors.append("twice")
            seen.add(number)
            guardians = [row[place[GUARDIAN]], row[place[OTHER_GUARDIAN]]]
            errors.extend(contradictions(number, row[place[SEX]], row[place[BIRTH]], guardians))
            try:
                model(**{name: value or None for name, value in zip(names, row, strict=False)})
            except pydantic.ValidationError as error:
                errors.extend(error.errors(include_url=False))
        return errors

    return run


def _member(allowed: frozenset[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError("not in the list")
        return value

    return check


def _resident(value: str) -> str:
    if not is_resident_number(value):
        raise ValueError("check digit")
    return value


def dataframely_validate(path: Path) -> Callable[[], object]:
    import dataframely as dy
    import polars as pl

    columns: dict[str, Any] = {}
    for entry in FIELDS:
        nullable = entry.required != "yes"
        if entry.kind == "code":
            allowed = accepted(entry)
            columns[entry.header] = dy.String(nullable=nullable, check=_is_in(allowed))
        elif entry.kind == "id_number":
            columns[entry.header] = dy.String(
                nullable=nullable, regex=f"^(?:{PATTERNS['id_number']})$", check=_checksum
            )
        else:
            pattern = PATTERNS.get(entry.kind, NO_BLANKS)
            columns[entry.header] = dy.String(nullable=nullable, regex=f"^(?:{pattern})$")
    number = pl.col(NUMBER)
    male = number.str.slice(16, 1).is_in(["1", "3", "5", "7", "9"])
    rules = {
        "sex": dy.rule()(lambda _: (pl.col(SEX) == "男") == male),
        "birth": dy.rule()(lambda _: pl.col(BIRTH) == number.str.slice(6, 8)),
        "guardian": dy.rule()(lambda _: (number != pl.col(GUARDIAN)) & (number != pl.col(OTHER_GUARDIAN))),
        "twice": dy.rule()(lambda _: number.is_unique()),
    }
    schema = type("Pupils", (dy.Schema,), columns | rules)

    def run() -> object:
        frame = pl.read_excel(path, infer_schema_length=0)
        _, failures = schema.filter(frame)
        return failures.counts()

    return run


def _is_in(allowed: list[str]) -> Callable[[Any], Any]:
    return lambda expression: expression.is_in(allowed)


def _checksum(expression: Any) -> Any:
    import polars as pl

    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(
        (expression.str.slice(place, 1).cast(pl.Int32, strict=False) * weight for place, weight in enumerate(weights)),
        start=pl.lit(0),
    )
    remainder = (12 - total % 11) % 11
    last = expression.str.slice(17, 1).replace("X", "10").cast(pl.Int32, strict=False)
    return remainder == last


def frictionless_validate(path: Path) -> Callable[[], object]:
    import frictionless

    class Numbers(frictionless.Check):
        Errors: ClassVar[list[Any]] = [frictionless.errors.RowConstraintError]

        def connect(self, resource: Any) -> None:
            super().connect(resource)
            self.seen: set[str] = set()

        def validate_row(self, row: Any) -> Any:
            wrong = [name for name in numbers if row[name] and not is_resident_number(row[name])]
            wrong += contradictions(row[NUMBER], row[SEX], row[BIRTH], [row[GUARDIAN], row[OTHER_GUARDIAN]])
            wrong += ["twice"] if row[NUMBER] in self.seen else []
            self.seen.add(row[NUMBER])
            for name in wrong:
                yield frictionless.errors.RowConstraintError.from_row(row, note=name)

    numbers = [entry.header for entry in FIELDS if entry.kind == "id_number"]
    descriptors = []
    for entry in FIELDS:
        constraints: dict[str, Any] = {"required": True} if entry.required == "yes" else {}
        if entry.kind == "code":
            constraints["enum"] = accepted(entry)
        else:
            constraints["pattern"] = PATTERNS.get(entry.kind, NO_BLANKS)
        descriptors.append({"name": entry.header, "type": "string", "constraints": constraints})
    schema = frictionless.Schema.from_descriptor({"fields": descriptors})

    def run() -> object:
        with frictionless.system.use_context(trusted=True):
            resource = frictionless.Resource(path=str(path), schema=schema)
            return resource.validate(frictionless.Checklist(checks=[Numbers()]), limit_errors=100_000)

    return run


PEERS = {
    "frictionless": (frictionless_validate, 0.1),
    "pandera": (pandera_validate, 0.1),
    "pandera with pandas' default reader": (partial(pandera_validate, engine="openpyxl"), 0.1),
    "pydantic": (pydantic_validate, 0.6),
    "dataframely": (dataframely_validate, 0.75),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=re.sub(r"\n\n.*", "", __doc__ or "", flags=re.DOTALL))
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "school.xlsx"
        write_school(path, 1)
        here = CheckOptions(isolated=False)
        for peer, (prepare, target) in PEERS.items():
            try:
                theirs = prepare(path)
            except ImportError as error:
                print(f"{peer:<46} not measured: {error}")
                continue
            compare(f"stuvalid / {peer} (at most {target})", lambda: check_paths([path], here), theirs, given.rounds)


if __name__ == "__main__":
    main()
