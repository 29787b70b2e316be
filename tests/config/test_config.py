"""`stuvalid.toml`: found above the files, flags win over it, mistakes in it are one sentence."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stuvalid.config import SETTINGS, Config, find_config, json_schema, read_config
from stuvalid.errors import UsageError
from tests.books import workbook
from tests.program import stuvalid as run

EVERY_KEY = """
key_data = ["班号"]
calendar = "日历.toml"
language = "en"
template = "student-2013"
select = ["IDN", "COD"]
ignore = "IDN020"
rules = ["our_rules.py", "/opt/rules.py"]
strict = true
show-values = false
per_rule = 3
baseline = "explained.toml"
cache = false
schools = "schools.xlsx"
notice = "notice.toml"
school_code = "2114010068"
county = "140106"
divisions = ["140199"]
operator = "王"
ledger = "ledger.jsonl"
purposes = ["purposes"]
archive = "none"
[severity]
TPL001 = "warning"
[photos]
spec = "guide-358"
background = false
[deadlines]
school = 2026-06-01
county = "2026-06-10"
city = 2026-06-20
entry = 2026-09-10
audit = 2026-09-20
problems = 2026-10-10
photos = 2026-09-15
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "stuvalid.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_is_read(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, EVERY_KEY))
    assert set(config.values) == set(SETTINGS)
    assert config.get("select") == ("IDN", "COD")
    assert config.get("ignore") == ("IDN020",)
    assert config.get("severity") == {"TPL001": "warning"}
    assert config.get("deadlines.county") == dt.date(2026, 6, 10)
    assert config.get("schools") == str(tmp_path / "schools.xlsx")
    assert config.get("rules") == (str(tmp_path / "our_rules.py"), "/opt/rules.py")
    own = read_config(written(tmp_path, 'template = "province.toml"\nrules = "our_rules.py"'))
    assert (own.get("template"), own.get("rules")) == (str(tmp_path / "province.toml"), config.get("rules")[:1])


def test_a_flag_wins_over_the_file_and_the_file_over_the_default() -> None:
    config = Config(Path("stuvalid.toml"), {"strict": True, "per_rule": 3})
    assert config.get("strict", False) is False
    assert config.get("strict", None) is True
    assert config.get("per_rule", 0) == 0
    assert config.get("show_values") is False
    assert config.source("strict")
    assert not config.source("show_values")


def test_the_nearest_file_above_the_input_counts_alone(tmp_path: Path) -> None:
    school = tmp_path / "county" / "school"
    school.mkdir(parents=True)
    written(tmp_path, 'template = "student-2013"\nstrict = true')
    near = written(school.parent, "strict = false")
    config = find_config(school / "nowhere.xlsx")
    assert config.path == near
    assert config.get("template") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('selct = ["IDN"]', "select"),
        ('[photos]\nspek = "x"', "photos.spec"),
        ("[deadlins]\nschool = 2026-06-01", "deadlines.school"),
        ('strict = "yes"', "strict"),
        ("per_rule = -1", "per_rule"),
        ("per_rule = true", "per_rule"),
        ('language = "fr"', "zh | en"),
        ('[severity]\nIDN020 = "fatal"', "error | warning | info"),
        ("[deadlines]\nschool = 2026-06-01T00:00:00", "deadlines.school"),
        ("[deadlines]\nschool = 'June'", "deadlines.school"),
        ("select = [1]", "select"),
        ("rules = [1]", "rules"),
        ("template = 3", "template"),
        ("strict = ", "TOML"),
    ],
)
def test_what_it_may_not_hold_is_refused_with_a_suggestion(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_config(path)
    assert said in caught.value.text("zh")
    assert said in caught.value.text("en")
    done = run("config", cwd=tmp_path)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


@given(st.text(max_size=40))
def test_no_text_makes_it_crash(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("config") / "stuvalid.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read_config(path)
    except UsageError as error:
        assert str(path) in error.text("en")


def test_the_shipped_schema_is_current_and_agrees_with_the_reader(tmp_path: Path) -> None:
    shipped = json.loads(files("stuvalid").joinpath("schema/config-1.json").read_text(encoding="utf-8"))
    assert shipped == json_schema()
    checker = jsonschema.Draft202012Validator(shipped)
    data = tomllib.loads(EVERY_KEY.replace("show-values", "show_values"))
    data["deadlines"] = {key: str(value) for key, value in data["deadlines"].items()}
    checker.validate(data)
    assert not checker.is_valid({"selct": []})
    assert not checker.is_valid({"severity": {"IDN020": "fatal"}})


def test_check_obeys_it_and_flags_win(tmp_path: Path) -> None:
    (tmp_path / "school.xlsx").write_bytes(workbook([{"sex": "女"}, {"ethnicity": "汉"}]))
    written(tmp_path, 'ignore = ["COD002"]\nlanguage = "en"\n[severity]\nIDN020 = "warning"')
    done = run("check", "school.xlsx", cwd=tmp_path)
    assert done.returncode == 0
    assert b"IDN020" in done.stdout
    assert b"COD002" not in done.stdout
    assert b"1 warnings" in done.stdout
    assert run("check", "school.xlsx", "--strict", cwd=tmp_path).returncode == 1
    assert run("check", "school.xlsx", "--severity", "IDN020=error", cwd=tmp_path).returncode == 1
    assert b"COD002" in run("check", "school.xlsx", "--ignore", "IDN020", cwd=tmp_path).stdout


def test_a_rule_it_names_must_exist(tmp_path: Path) -> None:
    (tmp_path / "school.xlsx").write_bytes(workbook([{}]))
    written(tmp_path, 'select = ["IDN99"]')
    done = run("check", "school.xlsx", cwd=tmp_path)
    assert done.returncode == 2
    assert b"IDN99" in done.stderr


def test_config_shows_what_holds_and_where_it_came_from(tmp_path: Path) -> None:
    path = written(tmp_path, "strict = true")
    shown = json.loads(run("config", "--json", cwd=tmp_path).stdout)
    assert shown["strict"] == {"value": True, "from": str(path)}
    assert shown["per_rule"] == {"value": 5, "from": ""}
    text = run("config", "--lang", "en", cwd=tmp_path).stdout.decode()
    assert str(path) in text
    assert all(len(line) <= 80 for line in text.splitlines()[1:])
