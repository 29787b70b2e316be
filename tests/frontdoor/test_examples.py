"""docs/python.md is true: its examples run, from the project's root."""

from __future__ import annotations

import doctest
import re
import tomllib
from pathlib import Path

import pytest

from stuvalid.config import read_config
from stuvalid.rules.examples import failing_examples
from stuvalid.rules.registry import all_rules, broken_rules, use_rule_files

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_what_it_shows_is_what_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from stuvalid.check import conductor

    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("STUVALID_LANG", raising=False)
    monkeypatch.setattr(
        conductor, "_isolated", lambda jobs, options, progress, meanwhile: conductor._here(jobs, progress)
    )
    blocks = re.findall(r"```pycon\n(.*?)```", PAGE, re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "docs/python.md", None, 0)
    assert len(test.examples) > 12
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    assert not said, "".join(said)


def test_its_rule_works(tmp_path: Path) -> None:
    rules, settings = re.search(r"```python\n(.*?)```\n\n```toml\n(.*?)```", PAGE, re.DOTALL).groups()  # type: ignore[union-attr]
    (tmp_path / "our_rules.py").write_text(rules, encoding="utf-8")
    (tmp_path / "stuvalid.toml").write_text(settings, encoding="utf-8")
    assert tomllib.loads(settings)
    use_rule_files(read_config(tmp_path / "stuvalid.toml").get("rules"))
    try:
        assert broken_rules() == ()
        assert list(failing_examples([all_rules()["SX001"]])) == []
    finally:
        use_rule_files(())
