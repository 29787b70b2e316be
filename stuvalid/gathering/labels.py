"""What the words beside or above a value mean: a field of the pupil, of a family member, or something beside the record.

The form's own headers go first, then ``labels.toml``. Numbering, stars, brackets and polite words around a label count for nothing.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from stuvalid.forms import Template, templates
from stuvalid.forms.matching import bare_header

_NUMBERED = re.compile(
    r"^(?:(?:Q|第)?\d{1,3}题?[、.．:：)）\-_]|(?:Q\d{1,3}|第\d{1,3}题)|[(（\[【]\d{1,3}[)）\]】][、.]?|\d{1,2}(?=[\u3400-\u9fff])"
    r"|[(（][一二三四五六七八九十]{1,3}[)）][、.]?|[一二三四五六七八九十]{1,3}[、.．])"
)
_KIND_OF_QUESTION = re.compile(r"[\[【(（]?(?:单选|多选|填空|单选题|多选题|填空题|必答|日期题|下拉题)[\]】)）]")
_BRACKETS = re.compile(r"[(（\[【<《{〔].*?[)）\]】>》}〕]|[(（\[【].*$")
_AFTER = re.compile(r"[,，。;；?？!！:：].*$")
_MARKS = re.compile(r"[\s★☆※*＊:：_＿▲△●◆■→↓\u200b\ufeff]+")
_POLITE = re.compile(
    r"^(?:请)?(?:您|你)?(?:正确|如实)?(?:填写|输入|选择|勾选|填|写|提供|上传)?(?:一下)?(?:下)?(?:您|你)?(?:家)?"
)
_WHOSE = re.compile(
    r"^(?:贵)?(?:您|你)?(?:的)?(?:孩子|小孩|子女|学生|儿童|幼儿|宝贝|宝宝|该生|考生|本人|学生本人|学生个人)(?:的)?"
)
_ASKED = re.compile(r"(?:是|为)?(?:什么|多少|哪里|哪个|谁)?(?:呢|吗)?$")
_MEMBER = re.compile(
    r"^(?:学生)?(?:主要)?(?:家庭)?(?:主要)?成员(?:或监护人)?(?:信息|情况)?[(]?(?P<a>[12一二])[)]?"
    r"|^第?(?P<b>[12一二])(?:位|个|名|法定)?(?:家庭)?(?:成员|监护人|家长)"
    r"|^(?:法定)?(?:监护人|家长|联系人)(?:信息)?[(]?(?P<c>[12一二])[)]?"
)
_ANYBODY = re.compile(r"^(?:法定|主要|直系|联系)?(?:监护人|家长)(?!意见|同意|是否|授权|签)")
_JOINT = re.compile(r"^(?:基本)?(?:信息|情况)?[的之\-—–_·.、:：/|]*")
_NUMBER_BEHIND = re.compile(r"^(?P<leaf>.+?)[(]?(?P<who>[12一二])[)]?$")
_WHO_BEHIND = re.compile(r"^(?P<leaf>[^()]+)[(](?P<who>[^()]+)[)]$")
_HEADINGS = tuple(
    map(
        re.compile,
        (
            r"^(?P<who>父亲|母亲|爸爸|妈妈)[(]?(?:监护人|家长)?[12一二]?[)]?(?:基本)?(?:信息|情况|资料)?$",
            r"^(?:学生)?(?:主要)?(?:家庭)?(?:成员|监护人|家长)(?:或监护人)?[12一二]?[(](?P<who>父亲|母亲|爸爸|妈妈|[12一二])[)](?:信息|情况)?$",
            r"^(?:学生)?(?:主要)?(?:家庭)?(?:主要)?(?:成员|监护人)(?:或监护人)?(?:基本)?(?:信息|情况)?[(]?(?P<who>[12一二])[)]?(?:基本)?(?:信息|情况)?$",
        ),
    )
)
_LONGEST = 60


_SAME: tuple[tuple[str, str], ...] = (
    (r"户口[簿本薄]|户口", "户籍"),
    (r"详细|具体", ""),
    (r"家庭(?=现|居住|住址|地址)", "家庭"),
    (r"家庭(?=现)", ""),
    (r"是否(?:为|是|属于|系|属)|是不是", "是否"),
    (r"法定|学生本人|(?<=是否)享有", ""),
    (r"(?<=残疾)(?:儿童|学生|人)(?=$)", ""),
    (r"手机号码|手机号|联系手机|移动电话|联系号码|电话号码|联系方式|手机", "电话"),
    (r"联系电话", "电话"),
    (r"号码", "号"),
    (r"身份证件号|居民身份证号|身份证编号", "身份证号"),
    (r"身份证件|有效证件", "证件"),
    (r"所在地址", "所在地"),
    (r"住址|居住地址", "住址"),
    (r"[/、和与及](?=地区|班级|区域)", ""),
)
"""Wordings that mean the same on both sides, tried last."""


class Meaning(NamedTuple):
    """``key`` of the pupil and ``leaf`` of a member it may be, '' for none; ``who`` the words say: pupil, 1, 2, 父亲 …, 家长, or ''.

    ``beside`` is what else it is: consent, submitted, ignored.
    """

    key: str = ""
    leaf: str = ""
    who: str = ""
    beside: str = ""


@cache
def words() -> Mapping[str, Any]:
    """What ``labels.toml`` says."""
    return tomllib.loads((Path(__file__).parent / "labels.toml").read_text(encoding="utf-8"))


def bare(text: str) -> str:
    """A text without blanks, marks, and the number in front of it."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text))
    plain = _KIND_OF_QUESTION.sub("", plain)
    for _ in range(2):
        plain = _NUMBERED.sub("", plain)
    return bare_header(plain)


@dataclass(slots=True)
class Labels:
    """The words by which the fields of ``form`` are known on papers."""

    form: Template
    pupil: dict[str, str] = field(default_factory=dict)
    member: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)
    known: dict[str, Meaning | None] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    same: tuple[dict[str, str], dict[str, str]] = field(default_factory=lambda: ({}, {}))

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, form: Template) -> Labels:
        labels = cls(form)
        others = [other for other in templates() if other is not form]
        for entry in form.fields:
            labels._add(entry.key, entry.header)
        for entry in form.fields:
            for alias in entry.aliases:
                labels._add(entry.key, alias)
        labels._learn(there=True)
        for other in others:
            for entry in other.fields:
                if form.field(entry.key) is None:
                    labels._add(entry.key, entry.header)
        labels._learn(there=False)
        for kind, texts in words()["beside"].items():
            labels.beside |= {bare(text): kind for text in texts}
        for known, told in zip(labels.same, (labels.pupil, labels.member), strict=True):
            for text, key in told.items():
                known.setdefault(alike(text), key)
        for other in (*others, form):
            labels.titles |= {entry.key: entry.header for entry in other.fields}
        return labels

    def _learn(self, *, there: bool) -> None:
        """Take the words of ``labels.toml`` for the fields that the form has, or for the others."""
        leaves = {key.partition(".")[2] for key in self.form.keys if _is_member(key)}
        for known, part, mine in ((self.pupil, "pupil", set(self.form.keys)), (self.member, "member", leaves)):
            for key, texts in words()[part].items():
                for text in texts if (key in mine) is there else ():
                    known.setdefault(bare(text), key)

    def _add(self, key: str, text: str) -> None:
        plain = bare(text)
        if _is_member(key):
            found = _MEMBER.match(plain)
            leaf = plain[found.end() :] if found else plain
            if found and leaf:
                self.member.setdefault(leaf, key.partition(".")[2])
        else:
            self.pupil.setdefault(plain, key)

    def meaning(self, text: str) -> Meaning | None:
        """What a label means; None where it is none."""
        if not text or len(text) > 4 * _LONGEST:
            return None
        if text not in self.known:
            self.known[text] = self._meaning(text)
        return self.known[text]

    def _meaning(self, text: str) -> Meaning | None:
        label, rest = _at_colon(text)
        if rest and not is_hint(rest) and not rest.startswith(("请", "(", "（", "[", "【", "注")):
            return None  # a value stands behind the label
        plain = bare(label)
        if not plain or plain[0].isdigit():
            return None
        variants = _variants(plain)
        for variant in variants:
            found = self._plainly(variant)
            if found is not None:
                return found
        return next((found for variant in variants if (found := self._alike(variant)) is not None), None)

    def _alike(self, plain: str) -> Meaning | None:
        """What a label means that is worded otherwise."""
        pupil, member = self.same
        text = alike(plain)
        if text in pupil or text in member:
            return Meaning(pupil.get(text, ""), member.get(text, ""))
        who, rest = whose(plain)
        if who and rest and (leaf := member.get(alike(rest))):
            return Meaning(leaf=leaf, who=who)
        return None

    def _plainly(self, plain: str) -> Meaning | None:
        if not plain or len(plain) > _LONGEST:
            return None
        if plain in self.pupil or plain in self.member:
            return Meaning(self.pupil.get(plain, ""), self.member.get(plain, ""))
        if plain in self.beside:
            return Meaning(beside=self.beside[plain])
        if found := self._of_member(plain):
            return found
        mine = _WHOSE.sub("", plain)
        if mine != plain and (key := self.pupil.get(mine)):
            return Meaning(key, who="pupil")
        return None

    def _of_member(self, plain: str) -> Meaning | None:
        """父亲姓名, 姓名(成员1), 姓名1."""
        who, rest = whose(plain)
        if who and rest and (leaf := self.member.get(rest)):
            return Meaning(leaf=leaf, who=who)
        turned, behind = _WHO_BEHIND.match(plain), _NUMBER_BEHIND.match(plain)
        if turned and (leaf := self.member.get(turned["leaf"])):
            who, rest = whose(turned["who"])
            if who and rest in ("", "信息"):
                return Meaning(leaf=leaf, who=who)
        if behind and (leaf := self.member.get(behind["leaf"])):
            return Meaning(leaf=leaf, who=_digit(behind["who"]))
        return None


def _at_colon(text: str) -> tuple[str, str]:
    """A text before and after its first colon; what numbers it (Q1:) counts for nothing."""
    folded = _NUMBERED.sub("", unicodedata.normalize("NFKC", text).strip())
    depth = 0
    for place, char in enumerate(folded):
        depth += (char in "([【<") - (char in ")]】>")
        if char == ":" and depth <= 0:
            before = folded[:place]
            if heading(before):
                continue  # 家庭成员一：姓名
            return before, folded[place + 1 :].strip()
    return folded, ""


def alike(plain: str) -> str:
    """A label with other wordings of the same made one."""
    for pattern, text in _SAME:
        plain = re.sub(pattern, text, plain)
    return plain


def _variants(plain: str) -> list[str]:
    """A label with less and less around it."""
    cut = _BRACKETS.sub("", plain)
    inside = re.sub(r"[()（）\[\]【】]", "", plain)
    after = _AFTER.sub("", cut)
    polite = _POLITE.sub("", after)
    found = [plain, cut, inside, after, polite, _ASKED.sub("", polite)]
    mine = [_WHOSE.sub("", text) for text in (polite, found[-1])]
    return list(dict.fromkeys([*found, *mine]))


def whose(plain: str) -> tuple[str, str]:
    """Whose a label of a member is (1, 2, 父亲, 家长) and the rest of it; '' and all of it where it does not say."""
    found = _MEMBER.match(plain)
    if found:
        return _digit(found["a"] or found["b"] or found["c"]), _JOINT.sub("", plain[found.end() :])
    short = plain.removeprefix("学生").removeprefix("孩子") or plain
    for person in words()["persons"]["words"]:
        if short.startswith(person):
            return person, _JOINT.sub("", short[len(person) :])
    found = _ANYBODY.match(plain)
    if found:
        return "家长", _JOINT.sub("", plain[found.end() :])
    return "", plain


def person_named(text: str) -> str:
    """Whose name stands where a label says no more than who it is: 父亲, 监护人1, 家长; '' for any other text."""
    who, rest = whose(bare(text))
    return who if who and not rest else ""


def heading(text: str) -> str:
    """Whose part of the paper a heading begins: pupil, members, or a member as `whose` names him; '' if it is none."""
    plain = bare(text)
    if not plain or len(plain) > 2 * _LONGEST:
        return ""
    for pattern in _HEADINGS:
        if found := pattern.match(plain):
            return _digit(found["who"])
    who, rest = whose(plain)
    if who and who != "家长" and rest in ("", "信息", "情况", "资料", "基本信息", "基本情况"):
        return who
    for scope in ("pupil", "members"):
        if any(re.fullmatch(pattern, plain) for pattern in words()["headings"][scope]):
            return scope
    return ""


def is_hint(text: str) -> bool:
    """Whether a text in the place of a value was printed there."""
    return _hints().search(text.strip()) is not None


@cache
def _hints() -> re.Pattern[str]:
    return re.compile("|".join(words()["hints"]["patterns"]))


def column_word(text: str) -> str:
    """What stands in a column under this word: hint, value, label, or ''."""
    plain = bare(text)
    return next((kind for kind, texts in words()["columns"].items() if plain in texts), "")


def _is_member(key: str) -> bool:
    return key.partition(".")[0] in ("member1", "member2") and "." in key


def _digit(text: str) -> str:
    return {"一": "1", "二": "2"}.get(text, text)
