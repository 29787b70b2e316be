"""The front door for Python: ``import stuvalid``. What the commands do, with DataFrames in and out.

Every call goes the way of its command (`check.conductor`, `mending.fix`, `photos.inspect`); what is here turns frames
into sheets and findings into frames. See ``docs/python.md``.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from stuvalid.errors import UnreadableFile, UsageError
from stuvalid.frontdoor.results import MendedWorkbook, Mending, PhotoReport, Report

if TYPE_CHECKING:
    import pandas as pd
    from PIL import Image

    from stuvalid.check.run import CheckOptions
    from stuvalid.findings import FileReport
    from stuvalid.received.walk import Source
    from stuvalid.report.wording import Wording

__all__ = [
    "MendedWorkbook",
    "Mending",
    "PhotoReport",
    "Report",
    "code_list",
    "list_forms",
    "mend",
    "read",
    "validate",
    "validate_photo",
]

PathLike: TypeAlias = str | os.PathLike[str]
Words: TypeAlias = str | Iterable[str]
OnProgress: TypeAlias = Callable[[int, int], None]


def read(path: PathLike, form: str | None = None, *, password: str | None = None) -> pd.DataFrame:
    """The pupils of one workbook.

    One row a pupil, in the order of the sheets; titles, sample rows, totals and remarks are left out, as in `validate`.
    Columns are the form's field keys (``name``, ``id_number``, ``member1.phone``) in the order of the sheet, all of the
    dtype ``string`` with the text of the cell as it is shown, blank cells as ``pd.NA``. The index has the levels
    ``sheet`` and ``row``, the row's number in Excel. ``attrs`` holds ``form`` (what `validate` takes as ``form``),
    ``file``, ``sheet`` (of the first pupils), ``columns`` (by sheet the letters of the columns by key) and
    ``not_checked`` (sentences about what of the file was not read, such as other lists in it).

    ``form`` is the id of a form or the path of one's own TOML; without it the headers decide.

    Raises UnreadableFile when the workbook cannot be read, UsageError when it holds no form, forms of several kinds, or
    ``path`` is not one workbook.
    """
    from stuvalid.check.conductor import read_sources
    from stuvalid.frontdoor.frames import FrameGleaner, frame_of

    options = _options(form=form, password=password, select=_QUIET, glean=FrameGleaner())
    with _as_a_guest(), _one_workbook(Path(path), password) as source:
        result = read_sources([source], options)[0]
    report = result.report
    _needs_pupils(report)
    lang = _language(None)
    said = [entry.zh if lang == "zh" else entry.en for entry in report.not_checked]
    return frame_of(
        result.gleaned, file=report.path, form=form or report.template, sheet=report.sheet, not_checked=said
    )


def validate(
    data: PathLike | Iterable[PathLike] | pd.DataFrame,
    form: str | None = None,
    *,
    select: Words = (),
    ignore: Words = (),
    severity: Mapping[str, str] | None = None,
    rules: PathLike | Iterable[PathLike] = (),
    config: PathLike | None = None,
    password: str | None = None,
    today: dt.date | None = None,
    workers: int = 0,
    show_values: bool = False,
    lang: str | None = None,
    on_progress: OnProgress | None = None,
) -> Report:
    """Check workbooks, folders and archives, or a DataFrame, by all rules.

    A DataFrame may be one of `read` or any other whose columns are called by the form's headers or by its field keys;
    one row is a pupil. Numbers and dates are taken as the text they mean (``20150305``). What only the cells of a
    workbook can tell (hidden rows, formulas, numbers stored as such) is skipped, and `Report.not_checked` says so.

    ``form`` is the id of a form or the path of one's own TOML; ``select``, ``ignore`` and ``severity``
    (``{"TPL001": "warning"}``) choose rules by id, name or prefix; ``rules`` are files with rules of one's own.
    ``config`` is a ``stuvalid.toml`` for what is not given here; none is looked for. ``today`` is the day of judgement.
    ``workers`` is the number of processes that read (0: one per processor). Values are masked in every output of the
    report unless ``show_values``. ``lang`` is ``zh`` (also by default, or STUVALID_LANG) or ``en``. ``on_progress`` is
    told (files done, files in all).

    Raises UsageError for a path that is not there, an unknown form, rule or level, or when there is nothing to check.
    A file that cannot be read is no exception but an entry of `Report.files`, and `Report.ok` is False.
    """
    wording = _wording(lang, show_values=show_values)
    options = _options(
        form=form,
        select=select,
        ignore=ignore,
        severity=severity,
        rules=rules,
        config=config,
        password=password,
        today=today,
        workers=workers,
    )
    frame = _frame(data)
    if frame is not None:
        from stuvalid.check.conductor import findings_of
        from stuvalid.frontdoor.frames import FrameSheets

        sheets = FrameSheets(frame, options.template, chosen=bool(form))
        return Report(findings_of([sheets.check(options)], options), wording, places=sheets)
    from stuvalid.check.conductor import check_paths

    paths = _paths(data)
    with _as_a_guest():
        findings, _ = check_paths(paths, options, progress=on_progress)
    return Report(findings, wording, inputs=paths)


@overload
def mend(
    data: pd.DataFrame,
    form: str | None = ...,
    *,
    unsafe: bool = ...,
    only: Words = ...,
    config: PathLike | None = ...,
    password: str | None = ...,
    today: dt.date | None = ...,
    show_values: bool = ...,
    lang: str | None = ...,
) -> Mending[pd.DataFrame]: ...


@overload
def mend(
    data: PathLike,
    form: str | None = ...,
    *,
    unsafe: bool = ...,
    only: Words = ...,
    config: PathLike | None = ...,
    password: str | None = ...,
    today: dt.date | None = ...,
    show_values: bool = ...,
    lang: str | None = ...,
) -> Mending[MendedWorkbook]: ...


def mend(
    data: PathLike | pd.DataFrame,
    form: str | None = None,
    *,
    unsafe: bool = False,
    only: Words = (),
    config: PathLike | None = None,
    password: str | None = None,
    today: dt.date | None = None,
    show_values: bool = False,
    lang: str | None = None,
) -> Mending[Any]:
    """A mended copy and the log of what was changed: ``copy, changes = stuvalid.mend(frame)``.

    Mends what has one reading (blanks, full-width digits, ``汉`` → ``汉族``); with ``unsafe`` also what is derived from
    other cells; ``only`` the findings of these rules. Of a DataFrame the copy is a DataFrame with the same index, and
    columns of other dtypes become ``object`` where a text is written into them. Of a workbook it is a `MendedWorkbook`,
    with its own appearance. ``changes`` is a DataFrame with one row a cell: rule, file, sheet, row, cell, field, header,
    old, new (masked unless ``show_values``) and safe. ``data`` itself is never touched; `validate` the copy to see what
    remains.

    Raises UnreadableFile when the workbook cannot be read or copied, UsageError when it holds no form.
    """
    from stuvalid.mending.fix import FixOptions
    from stuvalid.rules.registry import selected_rules

    options = _options(form=form, config=config, password=password, today=today)
    wording = _wording(lang, show_values=show_values)
    words = _words(only)
    chosen = frozenset(known.id for known in selected_rules(words)) if words else None
    fixing = FixOptions(options, unsafe=unsafe, rules=chosen)
    frame = _frame(data)
    if frame is not None:
        from stuvalid.frontdoor.frames import mend_frame

        return mend_frame(frame, fixing, wording, chosen=bool(form))
    from stuvalid.frontdoor.results import changes_frame
    from stuvalid.mending.fix import fix_sources

    (path,) = _paths(data)
    with _as_a_guest(), _one_workbook(path, password) as source:
        result = fix_sources([source], fixing)
        result.protect(fixing)
        (mended,), (report,) = result.files, result.after.files
        if mended.failure is not None:
            raise mended.failure
        _needs_pupils(report)
        content = mended.content()
    name = Path(mended.as_source().name).name
    copy = MendedWorkbook(name, content, mended.notes, path)
    return Mending(copy, changes_frame(mended.changes, mended.source.name, wording))


def code_list(name: str) -> pd.DataFrame:
    """A code list as the rules use it, such as ``ethnicity``: one row an entry.

    Columns: code, name (what a form wants), aliases (tuple of other wordings that mean the same), hints (tuple of
    wordings that may mean it), note, source. ``name`` may also be the path of one's own csv. Raises UsageError for an
    unknown list, with the near misses.
    """
    import pandas as pd

    from stuvalid import codes

    known = codes.load(name)
    columns = ["code", "name", "aliases", "hints", "note", "source"]
    return pd.DataFrame([[getattr(entry, column) for column in columns] for entry in known.entries], columns=columns)


def list_forms() -> pd.DataFrame:
    """The forms that are recognised: one row each, with id, title, title_en, columns and required (both counts)."""
    import pandas as pd

    from stuvalid.forms import record_forms, templates

    rows = [
        [form.id, form.title, form.title_en, len(form.fields), sum(entry.required for entry in form.fields)]
        for form in (*templates(), *record_forms())
    ]
    return pd.DataFrame(rows, columns=["id", "title", "title_en", "columns", "required"])


def validate_photo(
    image: PathLike | bytes | Image.Image,
    spec: str | None = None,
    *,
    faces: bool | None = None,
    lang: str | None = None,
) -> PhotoReport:
    """One pupil's photo against a specification: what was measured, and what is wrong.

    ``image`` is a file, its bytes, or a Pillow image; of the last only the picture is judged, not the file it never
    was. ``spec`` is the id of a specification (by default ``guide-358x441``) or the path of one's own TOML. ``faces``
    None looks at the face where the component is installed (``stuvalid[face]``), True requires it.

    Raises UsageError for an unknown specification or when faces are asked for and cannot be looked at, UnreadableFile
    when the file cannot be opened. A picture that cannot be decoded is a finding.
    """
    from stuvalid.frontdoor.pictures import photo_report

    return photo_report(image, spec, faces, _wording(lang, show_values=False))


_QUIET = ("DUP003",)
"""A rule that only a whole run asks: who reads pupils need not judge them."""


def _options(
    *,
    form: str | None = None,
    select: Words = (),
    ignore: Words = (),
    severity: Mapping[str, str] | None = None,
    rules: PathLike | Iterable[PathLike] = (),
    config: PathLike | None = None,
    password: str | None = None,
    today: dt.date | None = None,
    workers: int = 0,
    glean: Any = None,
) -> CheckOptions:
    """What was asked for, checked before the work begins."""
    from stuvalid.check.run import CheckOptions
    from stuvalid.config import Config, read_config
    from stuvalid.findings import Severity
    from stuvalid.forms import chosen_forms
    from stuvalid.rules.registry import selected_rules, use_rule_files

    settings = read_config(Path(config)) if config is not None else Config()
    use_rule_files(settings.get("rules", tuple(str(Path(one).absolute()) for one in _paths(rules))))
    levels = dict(severity) if severity else settings.get("severity")
    try:
        graded = tuple((name, Severity.parse(word)) for name, word in levels.items())
    except (KeyError, AttributeError):
        raise UsageError(
            f"severity 写法不对：{levels}。",
            f"severity is malformed: {levels}.",
            mend_zh='写成 {"规则": "error"}，级别是 error、warning 或 info。',
            mend_en='Write {"RULE": "error"}, with error, warning or info.',
        ) from None
    chosen = CheckOptions(
        template=settings.get("template", form),
        select=settings.get("select", _words(select)),
        ignore=settings.get("ignore", _words(ignore)),
        severities=graded,
        divisions=settings.get("divisions"),
        password=password,
        workers=workers,
        glean=glean,
    )
    if today is not None:
        chosen = replace(chosen, today=today)
    chosen_forms(chosen.template)
    selected_rules(chosen.select, chosen.ignore, chosen.severities)
    return chosen


@contextmanager
def _as_a_guest() -> Iterator[None]:
    """Read in processes that begin anew: a program that holds pandas has threads, which must not be forked."""
    from stuvalid.workers import starting_afresh

    with starting_afresh():
        yield


@contextmanager
def _one_workbook(path: Path, password: str | None) -> Iterator[Source]:
    """The one workbook at or in ``path`` while the block lasts."""
    from stuvalid.received.walk import receiving

    with receiving([path], password=password) as reception:
        sources = reception.of_kind("workbook")
        if len(sources) != 1:
            raise UsageError(
                f"{path} 里有 {len(sources)} 个工作簿，一次只能给一个。",
                f"{path} holds {len(sources)} workbooks; give one at a time.",
            )
        yield sources[0]


def _needs_pupils(report: FileReport) -> None:
    """Raise what a workbook that could not be read, or is no form, is to a caller who wants its pupils."""
    if report.status == "unreadable":
        raise UnreadableFile(report.reason_zh, report.reason_en)
    if report.status == "skipped":
        raise UsageError(report.reason_zh, report.reason_en)


def _frame(data: object) -> pd.DataFrame | None:
    """``data`` if it is a DataFrame; who has none need not load pandas."""
    import sys

    if "pandas" not in sys.modules:
        return None
    import pandas as pd

    return data if isinstance(data, pd.DataFrame) else None


def _paths(data: object) -> list[Path]:
    if isinstance(data, str | os.PathLike):
        return [Path(data)]
    if isinstance(data, Mapping | bytes) or not isinstance(data, Iterable):
        raise UsageError(
            f"要给路径、路径的列表或 DataFrame，不是 {type(data).__name__}。",
            f"Give a path, paths or a DataFrame, not {type(data).__name__}.",
        )
    return [Path(one) for one in data]


def _words(words: Words) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def _language(lang: str | None) -> str:
    from stuvalid.language import LANGUAGES, language

    chosen = language(()) if lang is None else lang
    if chosen not in LANGUAGES:
        raise UsageError(f"没有语言“{lang}”，可用 zh、en。", f"There is no language {lang!r}; use zh or en.")
    return chosen


def _wording(lang: str | None, *, show_values: bool) -> Wording:
    from stuvalid.report.wording import Wording

    return Wording(_language(lang), show_values=show_values)
