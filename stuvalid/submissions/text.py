"""``stuvalid diff`` for a person at a terminal of 80 columns: what is new comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from stuvalid.report.text import Writer
from stuvalid.submissions.changes import Changes, ValueChange, by_severity
from stuvalid.submissions.sides import Entry, Side, Spot

if TYPE_CHECKING:
    from rich.console import Console

    from stuvalid.report.wording import Wording

_WORDS = {"error": ("错误", "error"), "warning": ("警告", "warning"), "info": ("提示", "info")}
_PLURALS = {"errors": ("错误", "errors"), "warnings": ("警告", "warnings"), "infos": ("提示", "infos")}
_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_GRAVEST = ("error", "warning", "info")


def render(changes: Changes, wording: Wording, console: Console, *, per_rule: int, verbose: bool) -> None:
    """Print the changes. At most ``per_rule`` findings of a rule, pupils or values of a field are shown."""
    writer = Writer(console, wording, per_rule, verbose)
    _side(writer, changes.old, "旧", "old")
    _side(writer, changes.new, "新", "new")
    if changes.by == "content":
        writer.say(
            "报告不是在同一台电脑上做的，认不出是哪名学生，按内容比较。",
            "The reports do not tell whose findings they are (made on another computer); compared by content.",
            "yellow",
        )
    _findings(writer, changes.fresh, "新出现的", "New")
    _findings(writer, [entry for _, entry in changes.left], "还没改的", "Left")
    if verbose:
        _findings(writer, changes.mended, "已改好的", "Mended")
        _findings(writer, changes.gone, "随学生一起没有了的", "Gone with their pupils")
    _pupils(writer, changes)
    _values(writer, changes)
    _summary(writer, changes)


def _side(writer: Writer, side: Side, zh: str, en: str) -> None:
    kind_zh, kind_en = ("报告，", "report, ") if side.from_report else ("", "")
    writer.say(
        f"{zh}：{side.name}（{kind_zh}{side.files} 个文件，{side.rows} 名学生）",
        f"{en}: {side.name} ({kind_en}{side.files} files, {side.rows} pupils)",
    )
    if side.unfinished:
        writer.say(
            "其中有文件读不了，或有规则出错，比较不完整。",
            "Some of it could not be checked; the comparison is not complete.",
            "bold red",
            2,
        )


def _findings(writer: Writer, entries: Sequence[Entry], zh: str, en: str) -> None:
    groups: dict[tuple[int, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((_GRAVEST.index(entry["severity"]), entry["rule"]), []).append(entry)
    shown = [(key, group) for key, group in sorted(groups.items()) if key[0] < 2 or writer.verbose]
    if not shown:
        return
    writer.file.write("\n")
    writer.say(f"{zh}：", f"{en}:", "bold")
    for (level, rule), group in shown:
        word = _WORDS[_GRAVEST[level]][writer.wording.lang == "en"]
        title = f"{word} {rule} x{len(group)}  {group[0].get('mend', '')}".rstrip()
        writer.say(title, title, _STYLES[_GRAVEST[level]], 2)
        for entry in group[: writer.per_rule]:
            place = f"{entry['file']} {entry.get('cell') or entry['sheet']}"
            writer.say(f"{place}  {entry['message']}", f"{place}  {entry['message']}", indent=4)
        _rest(writer, len(group))


def _rest(writer: Writer, count: int) -> None:
    rest = count - writer.per_rule
    if rest > 0:
        writer.say(f"…还有 {rest} 处，全部见 --format json", f"... and {rest} more, all with --format json", "dim", 4)


def _pupils(writer: Writer, changes: Changes) -> None:
    for positions, spots, zh, en in (
        (changes.came, changes.new.spots, "新增的学生", "Pupils who came"),
        (changes.vanished, changes.old.spots, "不见了的学生", "Pupils who vanished"),
    ):
        if positions:
            writer.file.write("\n")
            writer.say(f"{zh}（{len(positions)}）：", f"{en} ({len(positions)}):", "bold")
            for position in positions[: writer.per_rule]:
                writer.say(_spot(spots[position], "zh"), _spot(spots[position], "en"), indent=4)
            _rest(writer, len(positions))


def _spot(spot: Spot, lang: str) -> str:
    row = f"row {spot.row}" if lang == "en" else f"第{spot.row}行"
    return f"{spot.name}  {spot.class_name}  {spot.file} {row}".replace("    ", "  ")


def _values(writer: Writer, changes: Changes) -> None:
    headers = changes.headers
    _fields(writer, headers, changes.fields_gone, "没有了的列", "Columns that are gone")
    _fields(writer, headers, changes.fields_added, "多出来的列", "Columns that are new")
    if not changes.values:
        return
    keyed = changes.key_changes
    if keyed:
        pupils = len({change.new_pupil for change in keyed})
        writer.file.write("\n")
        writer.say(
            f"关键数据变更（{pupils} 名学生）：须附证明材料、逐级核准，改后重新查重。",
            f"Key data changed ({pupils} pupils): evidence and approval are needed, and matching for duplicates anew.",
            "bold red",
        )
        _changed(writer, changes, keyed)
    others = [change for change in changes.values if change.field not in changes.key_fields]
    if others:
        writer.file.write("\n")
        writer.say("其他改动：" if keyed else "改动的内容：", "Other changes:" if keyed else "Changed values:", "bold")
        _changed(writer, changes, others)


def _changed(writer: Writer, changes: Changes, values: Sequence[ValueChange]) -> None:
    headers = changes.headers
    for field, count in Counter(change.field for change in values).most_common():
        title = f"{headers.get(field, field)} x{count}" if writer.wording.lang == "zh" else f"{field} x{count}"
        writer.say(title, title, indent=2)
        mine = [change for change in values if change.field == field]
        for change in mine[: writer.per_rule]:
            spot = changes.new.spots[change.new_pupil]
            blank = writer.wording.say("（空）", "(blank)")
            text = f"{change.before or blank} → {change.after or blank}"
            writer.say(
                f"{spot.name}  {spot.file} 第{spot.row}行  {text}",
                f"{spot.name}  {spot.file} row {spot.row}  {text}",
                indent=4,
            )
        _rest(writer, count)


def _fields(writer: Writer, headers: Mapping[str, str], fields: Iterable[str], zh: str, en: str) -> None:
    names = [headers.get(field, field) for field in fields]
    if names:
        writer.file.write("\n")
        writer.say(f"{zh}：{'、'.join(names)}", f"{en}: {', '.join(names)}", "bold")


def _summary(writer: Writer, changes: Changes) -> None:
    left = [entry for _, entry in changes.left]
    writer.file.write("\n")
    if changes.came is not None and changes.vanished is not None and changes.values is not None:
        changed = len({change.new_pupil for change in changes.values})
        writer.say(
            f"学生：{len(changes.pairs) - changed} 名没有改动，{changed} 名有改动，"
            f"新增 {len(changes.came)} 名，不见了 {len(changes.vanished)} 名。",
            f"Pupils: {len(changes.pairs) - changed} unchanged, {changed} changed, "
            f"{len(changes.came)} came, {len(changes.vanished)} vanished.",
        )
    gone_zh, gone_en = _tally(changes.gone)
    mended, fresh, rest = _tally(changes.mended), _tally(changes.fresh), _tally(left)
    style = "bold red" if changes.is_worse or changes.is_unfinished else "bold green"
    writer.say(
        f"改好 {mended[0]}；新出现 {fresh[0]}；还剩 {rest[0]}"
        + (f"；随学生没有了 {gone_zh}" if changes.gone else "")
        + "。",
        f"Mended {mended[1]}; new {fresh[1]}; left {rest[1]}"
        + (f"; gone with their pupils {gone_en}" if changes.gone else "")
        + ".",
        style,
    )


def _tally(entries: Sequence[Entry]) -> tuple[str, str]:
    """How many, and of what level, in both languages."""
    counts = {key: count for key, count in by_severity(entries).items() if count}
    zh = "、".join(f"{count} 个{_PLURALS[key][0]}" for key, count in counts.items())
    en = ", ".join(f"{count} {_PLURALS[key][1]}" for key, count in counts.items())
    return zh or "0 处", en or "0"
