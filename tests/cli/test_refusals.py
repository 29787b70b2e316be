"""Every refusal of a command is met by somebody: one sentence that names what is wrong, exit code 2, nothing written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stuvalid.commands.common import needs_format
from stuvalid.errors import UsageError
from tests.books import workbook
from tests.program import stuvalid

CASES = (
    ("check nothing", "no workbook"),
    ("check nowhere.xlsx", "nowhere.xlsx"),
    ("check a.xlsx -f yaml", "yaml"),
    ("check a.xlsx -o report", "format"),
    ("check a.xlsx -o nofolder/r.html", "nofolder"),
    ("check a.xlsx -o json=nothing", "nothing"),
    ("check - --annotate b.xlsx", "Standard input"),
    ("check a.xlsx -t nowhere.toml", "nowhere.toml"),
    ("check a.xlsx -t student-2031", "student-20"),
    ("check a.xlsx --select IDX999", "IDX999"),
    ("check a.xlsx --severity IDN020", "--severity"),
    ("check a.xlsx --severity IDN020=fatal", "--severity"),
    ("check a.xlsx --config nowhere.toml", "nowhere.toml"),
    ("check a.xlsx --baseline nowhere.toml", "nowhere.toml"),
    ("check a.xlsx --password-file nowhere", "password"),
    ("fix nothing", "no workbook"),
    ("fix a.xlsx -o b.csv", ".xlsx"),
    ("fix a.xlsx -o a.xlsx", "a.xlsx"),
    ("fix a.xlsx b.xlsx", "-o"),
    ("fix a.xlsx -o m.xlsx --log log.txt", ".json"),
    ("diff - a.xlsx", "Standard input"),
    ("diff nowhere.xlsx a.xlsx", "nowhere.xlsx"),
    ("diff broken.json a.xlsx", "broken.json"),
    ("template student-2031", "student-20"),
    ("template student-2013 -o form.ods", ".xlsx"),
    ("template student-2013 -o a.xlsx", "a.xlsx"),
    ("rules IDX999", "IDX999"),
    ("rules -f yaml", "yaml"),
    ("codes ethnicty 汉", "ethnicity"),
    ("codes ethnicity 外星人族群", "外星人族群"),
    ("status nowhere", "nowhere"),
    ("status in --deadline tomorrow", "tomorrow"),
    ("status in -f yaml", "yaml"),
    ("bundle nowhere -o out", "nowhere"),
    ("bundle nothing -o out", "neither"),
    ("bundle in -o out --county 12", "--county"),
    ("bundle in -o out --split 3x", "--split"),
    ("bundle in -o out --save-plan plan.txt --county 140106", "--save-plan"),
    ("bundle in -o out.zip --archive none --county 140106", "out.zip"),
    ("bundle in -o out --archive zip-aes --county 140106", "password"),
    ("bundle in -o out --archive zip-aes --password-file weak --county 140106", "weak"),
    ("bundle in -o out --archive zip-aes --password-file wide --county 140106", "characters"),
    ("bundle in -o out --map wrong.csv --county 140106", "Row 2"),
    ("bundle in -o out --schools a.csv", "a.csv"),
    ("bundle nothing -o out --level city", "no package"),
    ("verify nowhere", "nowhere"),
    ("duplicates", "nothing to compare"),
    ("duplicates nothing", "neither"),
    ("duplicates in --select TPL", "No rule on duplicates"),
    ("duplicates in --resolve m.csv --against in", "--resolve"),
    ("duplicates in --keys keys.txt --secret-file strong", ".parquet"),
    ("duplicates in --keys keys.parquet", "secret"),
    ("duplicates in --keys keys.parquet --secret-file nowhere", "nowhere"),
    ("duplicates in --keys keys.parquet --secret-file weak", "secret"),
    ("photos nothing", "no picture"),
    ("photos nowhere", "nowhere"),
    ("photos pictures --zip class", "--fix"),
    ("photos pictures -s nothing-of-this-name", "specification"),
    ("photos pictures -s broken.toml", "broken.toml"),
    ("photos pictures -s itself.toml", "extend"),
    ("photos pictures --roster list.csv", "list.csv"),
    ("photos pictures --roster nowhere.xlsx", "nowhere.xlsx"),
    ("photos pictures --sheet sheet.doc", "sheet.doc"),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("refusals")
    for name in ("nothing", "in", "pictures"):
        (place / name).mkdir()
    for name in ("a.xlsx", "b.xlsx", "in/c.xlsx"):
        (place / name).write_bytes(workbook([{}]))
    (place / "pictures" / "x.jpg").write_bytes(b"\xff\xd8\xff")
    texts = {
        "broken.json": '{"schema": "stuvalid.report/1"',
        "broken.toml": "x = ",
        "itself.toml": 'extends = "itself.toml"\n',
        "list.csv": "品名,数量\n粉笔,3\n",
        "a.csv": "品名,数量\n粉笔,3\n",
        "wrong.csv": "文件,学校标识码\nin/c.xlsx,12\n",
        "weak": "1234\n",
        "strong": "correct horse battery staple 2026\n",
        "wide": "密码密码密码Aa12345678！\n",
        "m.csv": "rule,fingerprint\n",
    }
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


@pytest.mark.parametrize(("line", "said"), CASES, ids=[line for line, _ in CASES])
def test_it_is_refused_in_one_sentence(place: Path, line: str, said: str) -> None:
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    env = {"STUVALID_LANG": "en", "STUVALID_SECRET": "", "STUVALID_PASSWORD": ""}
    done = stuvalid(*line.split(), "--lang", "en", env=env, cwd=place)
    told = done.stderr.decode("utf-8")
    assert done.returncode == 2, done.stdout.decode("utf-8") + told
    assert said in told
    assert told.count("error") >= 1 and "Traceback" not in told
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_what_no_terminal_can_show_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(UsageError) as caught:
        needs_format("xlsx", ["xlsx"], binary=True)
    assert "--output" in caught.value.text("en")
