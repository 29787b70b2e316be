"""Reading the notice, and what a guardian's answer means."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stuvalid.errors import UsageError
from stuvalid.files import never_write

Answer = Literal["given", "refused", "unclear", ""]
MATTERS = ("purpose", "way", "range", "place", "term", "refusal", "complaint", "deletion")
"""What a notice must tell, in this order: 儿童个人信息网络保护规定 10, 个人信息保护法 17."""

_CONSENT = ("label", "agree", "refuse", "text", "signature", "date")
_SCHOOL = ("school", "contact", "place", "term")
_YES = re.compile(
    r"^(?:我|本人|已阅读并|已阅读,|知晓并)?(?:完全)?(?:同意|授权|知情同意|是|愿意)(?:上述|以上|授权|采集|处理|填报|提交)?.*$"
)
_NO = re.compile(r"不同意|拒绝|不授权|不愿意|^否$|^不$|反对")


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice: its ``items`` as (key, heading, text), and the words of the consent by what they are (see ``notice.toml``)."""

    version: str
    source: str
    title: str
    lead: str
    items: tuple[tuple[str, str, str], ...]
    consent: Mapping[str, str]

    @property
    def reference(self) -> str:
        """What a paper names it by, so that it is known later what was agreed to."""
        return f"告知书版本 {self.version}"

    @property
    def choices(self) -> tuple[str, str]:
        """To agree and to refuse; no paper offers the one without the other."""
        return self.consent["agree"], self.consent["refuse"]


def read_notice(path: Path | None = None, school: str = "") -> Notice:
    """The notice in this file, or ours; ``school`` is the school's name where it is known. Raises UsageError."""
    place = path or Path(__file__).parent / "notice.toml"
    try:
        data = tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _refused(place, "读不了", "cannot be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused(place, f"不是正确的 TOML（{error}）", f"is no valid TOML ({error})") from None
    if path is not None:
        never_write(path)
    texts = _texts(data.get("school"), _SCHOOL, place, "school")
    if school:
        texts["school"] = school
    notice = data.get("notice")
    head = _texts(notice, ("title", "lead"), place, "notice")
    items = notice.get("item") if isinstance(notice, dict) else None
    found = [_texts(item, ("key", "heading", "text"), place, "notice.item") for item in items or ()]
    lacking = [matter for matter in MATTERS if not any(item["key"] == matter for item in found)]
    if lacking:
        raise _refused(place, f"没有写这几项：{'、'.join(lacking)}", f"says nothing of {', '.join(lacking)}")
    consent = _texts(data.get("consent"), _CONSENT, place, "consent")
    top = _texts(data, ("version", "source"), place, "")
    return Notice(
        top["version"],
        top["source"],
        head["title"],
        _filled(head["lead"], texts),
        tuple((item["key"], item["heading"], _filled(item["text"], texts)) for item in found),
        consent,
    )


def _texts(table: Any, keys: tuple[str, ...], place: Path, where: str) -> dict[str, str]:
    found = {key: table.get(key) for key in keys} if isinstance(table, dict) else {}
    for key in keys:
        if not isinstance(found.get(key), str) or not str(found[key]).strip():
            name = f"{where}.{key}" if where else key
            raise _refused(place, f"缺少 {name}", f"lacks {name}")
    return {key: str(text) for key, text in found.items()}


def _filled(text: str, texts: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: texts.get(found[1], found[0]), text)


def _refused(path: Path, zh: str, en: str) -> UsageError:
    return UsageError(
        f"告知书“{path.name}”{zh}。",
        f"The notice '{path.name}' {en}.",
        mend_zh="照 docs/collect.md 里的例子写全各项。",
        mend_en="See the example in docs/collect.md.",
    )


def said(text: str) -> Answer:
    """What a guardian's answer means: 同意, ☑ 不同意, 是; '' where nothing was written, ``unclear`` where it is neither."""
    plain = re.sub(r"[\s。.!！]+", "", unicodedata.normalize("NFKC", text))
    if not plain:
        return ""
    if _NO.search(plain):
        return "refused"
    if _YES.match(plain) or plain in ("√", "☑", "✓", "✔", "Y", "y", "yes", "YES", "1"):
        return "given"
    return "unclear"
