"""From paths to 问题学籍: reading in workers, matching, findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stuvalid.check.conductor import findings_of, read_sources
from stuvalid.check.run import CheckOptions, FileResult
from stuvalid.duplicates.keysets import KeyGleaner
from stuvalid.duplicates.parties import Owners
from stuvalid.errors import UsageError
from stuvalid.findings import FileReport, Finding, Findings, NotChecked, Place, Severity
from stuvalid.pupils.schools import SchoolList
from stuvalid.received.walk import NotRead, Source, receiving
from stuvalid.workspace import private_folder

if TYPE_CHECKING:
    from stuvalid.duplicates.people import Gathering
    from stuvalid.duplicates.results import Problems
    from stuvalid.pupils.versions import Replaced
    from stuvalid.rules.registry import Rule

Progress = Callable[[int, int], None]
_WITHIN_SHEET = "DUP003"
_COPY, _SUPERSEDED = "DUP009", "DUP011"
_PARQUET = b"PAR1"
_QUIET = ("DUP003",)
"""Where no rule is asked for: an empty selection would mean all."""


@dataclass(frozen=True, slots=True)
class DuplicateOptions:
    """What to compare and how. ``schools`` is the official list, ``county`` the division of all others.

    ``check`` says how the workbooks are read (form, password, workers) and which of the rules on 问题学籍 are asked;
    ``secret`` is needed where hashes are read or made.
    """

    schools: SchoolList = field(default_factory=SchoolList)
    county: str = ""
    secret: bytes = b""
    check: CheckOptions = field(default_factory=CheckOptions)


@dataclass(slots=True)
class Run:
    """What a run brought: the problems, what was passed over, the fingerprint of the secret if any."""

    problems: Problems
    ignored: list[NotRead]
    fingerprint: str = ""


def chosen_rules(
    select: tuple[str, ...] = (), ignore: tuple[str, ...] = (), severities: tuple[tuple[str, Severity], ...] = ()
) -> dict[str, Rule]:
    """The rules on 问题学籍 that are selected, by id. UsageError when none is."""
    from stuvalid.duplicates.collisions import MATCHED
    from stuvalid.duplicates.results import WRONG_NUMBER
    from stuvalid.rules.registry import selected_rules

    ours = {*WRONG_NUMBER, *MATCHED, _WITHIN_SHEET, _COPY, _SUPERSEDED}
    found = {known.id: known for known in selected_rules(select, ignore, severities) if known.id in ours}
    if not found:
        raise UsageError(
            "没有选中任何查重规则。",
            "No rule on duplicates is selected.",
            mend_zh=f"可选：{'、'.join(sorted(ours))}。",
            mend_en=f"Choose among {', '.join(sorted(ours))}.",
        )
    return found


@contextmanager
def find_duplicates(
    paths: Sequence[Path],
    against: Sequence[Path] = (),
    options: DuplicateOptions | None = None,
    *,
    progress: Progress | None = None,
) -> Iterator[Run]:
    """Find the 问题学籍 among the pupils below ``paths``, and between them and the earlier ones below ``against``.

    Paths are workbooks, folders, zips and files of hashed keys. What work lists show of pupils is kept in a
    private folder that goes when the block ends. Raises UsageError when there is nothing to compare or hashes
    and secrets do not fit together.
    """
    options = options or DuplicateOptions()
    rules = chosen_rules(options.check.select, options.check.ignore, options.check.severities)
    with private_folder() as work:
        present = _sorted(paths, options.check.password, work / "received")
        earlier = _sorted(against, options.check.password, work / "earlier")
        yield _run(present, earlier, rules, options, str(work), progress)


@contextmanager
def resolve_matches(
    matches: Path, paths: Sequence[Path], options: DuplicateOptions | None = None, *, progress: Progress | None = None
) -> Iterator[Run]:
    """Find the pupils below ``paths`` that a list of matches (`write_matches`) speaks of.

    Raises UsageError when the list is none, or none of its files is below ``paths``.
    """
    options = options or DuplicateOptions()
    rules = chosen_rules(options.check.select, options.check.ignore, options.check.severities)
    with private_folder() as work:
        present = _sorted(paths, options.check.password, work / "received")
        yield _resolve(matches, present, rules, options, str(work), progress)


def is_mixed(paths: Sequence[Path]) -> bool:
    """Whether there are both files of hashed keys and others, so that the secret is needed."""
    return len({path.is_file() and _is_keys_file(path) for path in paths}) > 1


@dataclass(slots=True)
class _Inputs:
    """Workbooks and files of keys named by one argument list."""

    sources: list[Source]
    keys: list[Path]
    ignored: list[NotRead]
    not_checked: list[NotChecked]


def _sorted(paths: Sequence[Path], password: str | None, scratch: Path) -> _Inputs:
    with receiving(paths, password=password, scratch=scratch) as reception:
        keys = [item.path for item in reception.items if item.kind == "keys" and item.path is not None]
        sources = [item for item in reception.of_kind("workbook") if item.kind != "keys"]
        return _Inputs(sources, keys, reception.passed_over("workbook", "keys"), reception.not_read("workbook", "keys"))


def _is_keys_file(path: Path) -> bool:
    """Whether a file is Parquet by its first bytes."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(_PARQUET)) == _PARQUET
    except OSError:
        return False


def _run(
    present: _Inputs,
    earlier: _Inputs,
    rules: Mapping[str, Rule],
    options: DuplicateOptions,
    spool: str,
    progress: Progress | None,
) -> Run:
    _need_something(present)
    fingerprint = _fingerprint(present, earlier, options)
    check = _check_options(rules, options, spool)
    sources = present.sources + earlier.sources
    results = read_sources(sources, check, progress=progress) if sources else []
    # The libraries of matching come after the workers: what a process holds when it forks, each worker holds too.
    from stuvalid.duplicates.people import Gathering
    from stuvalid.duplicates.results import problems

    now, before = results[: len(present.sources)], results[len(present.sources) :]
    owners = _owners(results, options)
    superseded = _settle_versions(present.sources, now, owners)
    gathering = Gathering(owners)
    gathering.add_workbooks(now, earlier=False)
    gathering.add_workbooks(before, earlier=True)
    findings = _findings(now, before, check, rules)
    _tell_versions(findings, superseded, rules)
    findings.not_checked += present.not_checked + earlier.not_checked
    _add_hashed(gathering, present.keys, findings, earlier=False)
    _add_hashed(gathering, earlier.keys, findings, earlier=True)
    return Run(problems(gathering.people(), findings, rules), present.ignored + earlier.ignored, fingerprint)


def _resolve(
    matches: Path,
    present: _Inputs,
    rules: Mapping[str, Rule],
    options: DuplicateOptions,
    spool: str,
    progress: Progress | None,
) -> Run:
    _need_something(present)
    check = replace(options.check, select=_QUIET, ignore=(), severities=(), glean=KeyGleaner(spool))
    results = read_sources(present.sources, check, progress=progress)
    from stuvalid.duplicates.matches import read_matches, resolve
    from stuvalid.duplicates.people import Gathering
    from stuvalid.duplicates.results import matched

    wanted = [match for match in read_matches(matches) if match.rule in rules]
    gathering = Gathering(_owners(results, options))
    gathering.add_workbooks(results, earlier=False)
    found = resolve(wanted, gathering.people(), gathering.owners)
    if wanted and not found:
        raise UsageError(
            "比对结果里没有这些工作簿中的学生。",
            "None of the matches is in these workbooks.",
            mend_zh="请给出生成密文时的同一批文件；文件改动过，指纹就不同了。",
            mend_en="Give the very files the keys were made of; a changed file has another fingerprint.",
        )
    for result in results:
        result.blocks.clear()
    return Run(matched(gathering.people(), findings_of(results, check), rules, found), present.ignored)


def _owners(results: Sequence[FileResult], options: DuplicateOptions) -> Owners:
    owners = Owners(options.schools, options.county)
    owners.learn({result.report.path: result.gleaned for result in results})
    return owners


def _settle_versions(sources: Sequence[Source], results: Sequence[FileResult], owners: Owners) -> dict[str, Replaced]:
    """Copies and older versions of a school's lists: their pupils are taken out, as a package leaves them out.

    Returns by path what takes whose place.
    """
    from stuvalid.pupils.versions import Version, keys_of_book, settle

    schools: dict[str, list[Version]] = {}
    first: dict[str, str] = {}
    for source, result in zip(sources, results, strict=True):
        if result.gleaned:
            report = result.report
            # The very same bytes are a copy wherever they lie, whoever sent them.
            school = first.setdefault(report.sha256, owners.of_whole_file(report.path) or report.path)
            spools = [keys.spool for keys in result.gleaned]
            version = Version(report.path, source.modified, report.sha256, keys_of_book(result.keys), spools)
            schools.setdefault(school, []).append(version)
    replaced = {one.gone.name: one for versions in schools.values() if len(versions) > 1 for one in settle(versions)[0]}
    for result in results:
        if result.report.path in replaced:
            result.blocks.clear()
            result.gleaned.clear()
            result.report.rows = 0
    return replaced


def _tell_versions(findings: Findings, replaced: Mapping[str, Replaced], rules: Mapping[str, Rule]) -> None:
    for report in findings.files:
        one = replaced.get(report.path)
        rule = rules.get(_COPY if one and one.kind == "copy" else _SUPERSEDED)
        if one is not None and rule is not None:
            params = {"reason": one.zh, "reason_en": one.en, "count": str(len(one.gone.keys))}
            place = Place(report.path)
            findings.add(Finding(rule.id, rule.severity, place, params=params, related=(Place(one.kept.name),)))


def _add_hashed(gathering: Gathering, paths: Sequence[Path], findings: Findings, *, earlier: bool) -> None:
    from stuvalid.duplicates.keyfile import read_keys

    for path in paths:
        keys = read_keys(path)
        gathering.add_hashed(str(path), keys, file=-1 if earlier else len(findings.files), earlier=earlier)
        if not earlier:
            report = FileReport(
                str(path),
                sha256=Source(path.name, path).sha256(),
                template="keys",
                sheet="keys",
                rows=len(keys.rows),
                format="parquet",
            )
            findings.files.append(report)


def _need_something(present: _Inputs) -> None:
    if not present.sources and not present.keys:
        raise UsageError(
            "没有找到可以查重的工作簿或密文文件。",
            "There is neither a workbook nor a file of keys to compare.",
            mend_zh="请给出工作簿、文件夹、zip，或 --keys 生成的 .parquet。",
            mend_en="Give workbooks, folders, zip archives, or .parquet files made with --keys.",
        )


def _fingerprint(present: _Inputs, earlier: _Inputs, options: DuplicateOptions) -> str:
    """The fingerprint of the one secret that all hashes are made with, '' where nothing is hashed."""
    paths = list(dict.fromkeys([*present.keys, *earlier.keys]))
    if paths and not options.secret and (present.sources or earlier.sources):
        raise UsageError(
            "工作簿要与密文比对，需要同一个密钥。",
            "Comparing workbooks with keys needs the secret the keys were made with.",
            mend_zh="请加 --secret-file 密钥文件。",
            mend_en="Add --secret-file FILE.",
        )
    if not paths and not options.secret:
        return ""
    from stuvalid.duplicates.hashing import Hasher
    from stuvalid.duplicates.keyfile import agree_on_secret

    return agree_on_secret(paths, Hasher(options.secret).fingerprint if options.secret else "")


def _check_options(rules: Mapping[str, Rule], options: DuplicateOptions, spool: str) -> CheckOptions:
    """Only the rules on numbers and on one sheet run where it is read; the others need all pupils."""
    from stuvalid.duplicates.results import WRONG_NUMBER

    local = tuple(name for name in rules if name in WRONG_NUMBER or name == _WITHIN_SHEET)
    return replace(
        options.check,
        select=local or _QUIET,
        ignore=(),
        severities=tuple((name, rules[name].severity) for name in local),
        glean=KeyGleaner(spool, options.secret),
    )


def _findings(
    now: Sequence[FileResult], before: Sequence[FileResult], check: CheckOptions, rules: Mapping[str, Rule]
) -> Findings:
    """What the present workbooks showed by themselves; of earlier ones only that they could not be read."""
    from stuvalid.duplicates.results import is_wrong_number

    for result in now:
        result.blocks = [
            block
            for block in result.blocks
            if block.rule in rules and (is_wrong_number(block) or block.rule == _WITHIN_SHEET)
        ]
    findings = findings_of(now, check)
    findings.files.extend(result.report for result in before if result.report.status == "unreadable")
    return findings
