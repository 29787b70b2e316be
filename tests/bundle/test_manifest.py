"""The manifest: its published shape, the balance of its books, and what it takes for a manifest."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.bundle.manifest import NAME, InputFile, Manifest, OutputFile, accounts, check_code, finish, moment, parse
from tests.bundle.county import FIRST, SECOND, County, book, zipped

A, B = "a" * 64, "b" * 64


def schema() -> dict[str, Any]:
    text = files("stuvalid").joinpath("schema/package-1.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def validate(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker()).validate(document)


def output(path: str = "s/x.xlsx", *sources: str, sha256: str = A, kind: str = "workbook") -> OutputFile:
    return OutputFile(path, 5, sha256, sources or ("in.xlsx",), kind, FIRST)  # type: ignore[arg-type]


def received(path: str = "in.xlsx", fate: str = "included", by: str = "", reason: str = "why") -> InputFile:
    return InputFile(path, 5, A, fate, reason, reason, by=by)  # type: ignore[arg-type]


def manifest(outputs: list[OutputFile], inputs: list[InputFile]) -> Manifest:
    counts = {"schools": 1, "pupils": 1, "photos": 0, "errors": 0, "warnings": 0, "received": 1, "files": 1, "bytes": 5}
    return Manifest("140106迎泽区", "county", "140106", moment(), "", "1", "1", 0, counts, outputs, inputs)


def faults(outputs: list[OutputFile], inputs: list[InputFile]) -> list[str]:
    return [fault.path for fault in accounts(manifest(outputs, inputs).document())]


def test_what_is_written_has_the_published_shape(tmp_path: Path, county: County) -> None:
    county.put("双塔西街小学/学生.xlsx", book(FIRST))
    county.put("双塔西街小学/学生 - 副本.xlsx", book(FIRST))
    county.put("其他.zip", zipped({"青年路小学.xlsx": book(SECOND), "../evil.xlsx": b"x"}))
    county.put("Thumbs.db", b"x")
    done = county.run(out=tmp_path / "out", archive="none", allow_errors=True, operator="张三")
    data = (done.written[0] / NAME).read_bytes()
    document = json.loads(data)
    validate(document)
    assert parse(data) == document
    assert done.check_code == check_code(hashlib.sha256(data).hexdigest())
    assert {entry["fate"] for entry in document["inputs"]} == {"included", "superseded", "refused", "passed-over"}
    assert {entry["kind"] for entry in document["outputs"]} == {"workbook", "report", "summary"}
    assert document["counts"]["received"] == len(document["inputs"]) == 6  # the zip and its members too


def test_the_books_balance() -> None:
    assert faults([output()], [received()]) == []
    assert faults([output(kind="summary", sha256=B)], [received()]) == []


@pytest.mark.parametrize(
    ("outputs", "inputs", "wrong"),
    [
        ([output()], [received(), received("lost.xlsx")], ["lost.xlsx"]),
        ([output()], [], ["in.xlsx"]),
        ([output()], [received(fate="refused")], ["in.xlsx"]),
        ([output()], [received(), received()], ["in.xlsx"]),
        ([output()], [received(), received("b", "refused", reason="")], ["b"]),
        ([output()], [received(), received("b", "eaten")], ["b"]),
        ([output()], [received(), received("b", "superseded", by="nowhere")], ["b"]),
        ([output()], [received(), received("b", "superseded", by="b")], ["b"]),
        (
            [output()],
            [received(), received("b", "superseded", by="c"), received("c", "superseded", by="b")],
            ["b", "c"],
        ),
        ([output(sha256=B)], [received()], ["s/x.xlsx"]),
        ([OutputFile("s/x.xlsx", 6, A, ("in.xlsx",), "photo")], [received()], ["s/x.xlsx"]),
        ([output(), OutputFile("y", 5, A, (), "document")], [received()], ["y"]),
        ([output(), OutputFile("y", 5, A, (), "package")], [received()], ["y"]),
    ],
)
def test_books_that_do_not_balance(
    tmp_path: Path, outputs: list[OutputFile], inputs: list[InputFile], wrong: list[str]
) -> None:
    assert faults(outputs, inputs) == wrong
    with pytest.raises(ValueError, match="unaccounted"):
        finish(tmp_path, manifest(outputs, inputs))
    assert not list(tmp_path.iterdir())


def test_replaced_by_a_chain_or_by_a_package_in_a_folder() -> None:
    chain = [received(), received("b", "superseded", by="c"), received("c", "superseded", by="in.xlsx")]
    assert faults([output()], chain) == []
    folder = [received("new/x"), received("old/x", "superseded", by="new")]
    assert faults([output("p/x", "new/x")], folder) == []


def test_the_check_code_is_short_enough_to_be_read_out() -> None:
    assert check_code(hashlib.sha256(b"").hexdigest()) == "E3B0-C442-98FC-1C14"


def test_a_repeatable_build_fixes_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert moment() == "1970-01-01T00:00:00+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert moment() > "2025"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.data())
def test_anything_else_is_refused_in_one_way(data: st.DataObject) -> None:
    """One value of a sound manifest replaced by any other: it is still one, or a ValueError."""
    document: Any = json.loads(json.dumps(manifest([output()], [received()]).document()))
    where = data.draw(st.sampled_from(["", *document, "outputs.0", "inputs.0", "outputs.0.path", "inputs.0.by"]))
    value = data.draw(_JSON)
    place = document
    *above, last = where.split(".")
    for key in above:
        place = place[int(key)] if isinstance(place, list) else place[key]
    if where:
        place[int(last) if isinstance(place, list) else last] = value
    else:
        document = value
    try:
        parsed = parse(json.dumps(document).encode())
    except ValueError:
        return
    list(accounts(parsed))
