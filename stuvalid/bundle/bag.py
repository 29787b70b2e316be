"""A package as a BagIt bag (RFC 8493), for archives and for tools that know nothing of pupils.

The prescribed tree has to lie on top of what goes to the city, and a bag keeps its content below ``data/``: so a bag
is a wrapper around the tree, ``140106迎泽区-bag/data/140106迎泽区/…``, made when it is asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any, NamedTuple

from stuvalid.bundle.manifest import NAME
from stuvalid.bundle.opening import BAG_DECLARATION, Opened, damage

TREE = "data/"
BAG_INFO, PAYLOAD_MANIFEST, TAG_MANIFEST = "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"
BAG_SUFFIX = "-bag"
PROFILE = "urn:stuvalid:bagit-profile:1"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(.+)")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MOST_TAG_BYTES, _USUAL_TAG_BYTES, _BYTES_A_LINE = 256 << 20, 1 << 20, 2 << 10


def encode_path(path: str) -> str:
    """A path as manifests write it: only line ends and the percent sign are encoded (RFC 8493, 2.1.3)."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decode_path(text: str) -> str:
    """The path a manifest line names."""
    return re.sub("%(0[dD]|0[aA]|25)", lambda found: chr(int(found[1], 16)), text)


def bagged(tree: Path, place: Path) -> Path:
    """Wrap the finished package ``tree`` into a bag in the new folder ``place``; returns the bag.

    The tree is moved, not copied. Files are sorted, so the same package gives the same bag but for its date.
    """
    bag = place / f"{tree.name}{BAG_SUFFIX}"
    (bag / TREE).mkdir(parents=True)
    tree = tree.rename(bag / TREE / tree.name)
    manifest = json.loads((tree / NAME).read_text(encoding="utf-8"))
    hashes = {f"{TREE}{tree.name}/{entry['path']}": (entry["size"], entry["sha256"]) for entry in manifest["outputs"]}
    data = (tree / NAME).read_bytes()
    hashes[f"{TREE}{tree.name}/{NAME}"] = (len(data), hashlib.sha256(data).hexdigest())
    _write_tags(bag, manifest, hashes)
    return bag


def _write_tags(bag: Path, manifest: Mapping[str, Any], hashes: Mapping[str, tuple[int, str]]) -> None:
    info = {
        "Bag-Software-Agent": f"stuvalid {manifest['version']}",
        "BagIt-Profile-Identifier": PROFILE,
        "Bagging-Date": manifest["created"][:10],
        "Contact-Name": manifest["operator"],
        "External-Identifier": manifest["title"],
        "Payload-Oxum": f"{sum(size for size, _ in hashes.values())}.{len(hashes)}",
    }
    tags = {
        BAG_DECLARATION: _DECLARATION,
        BAG_INFO: "".join(f"{key}: {_one_line(value)}\n" for key, value in info.items() if value),
        PAYLOAD_MANIFEST: "".join(f"{digest}  {encode_path(path)}\n" for path, (_, digest) in sorted(hashes.items())),
    }
    lines = []
    for name, text in sorted(tags.items()):
        data = text.encode("utf-8")
        (bag / name).write_bytes(data)
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    (bag / TAG_MANIFEST).write_bytes("".join(lines).encode("utf-8"))


def _one_line(value: str) -> str:
    return " ".join(value.split())


class BagFault(NamedTuple):
    """What is wrong with a file of a bag ('' for the bag as a whole), in both languages."""

    path: str
    zh: str
    en: str


def bag_faults(opened: Opened, hashes: Mapping[str, tuple[int, str]]) -> Iterator[BagFault]:
    """What is wrong with the bag; nothing for a package that is none."""
    if BAG_DECLARATION not in opened.files:
        return
    if _text(opened, BAG_DECLARATION).replace("\r\n", "\n").rstrip("\n") != _DECLARATION.rstrip("\n"):
        yield BagFault(BAG_DECLARATION, "不是 BagIt 1.0 的声明", "it does not declare BagIt 1.0")
    if "fetch.txt" in opened.files:
        yield BagFault("fetch.txt", "包要到别处去取文件，不完整", "the bag is to be completed from elsewhere")
    payload = {name: hashes[name] for name in opened.files if name.startswith(TREE)}
    yield from _listed(opened, hashes, PAYLOAD_MANIFEST, set(payload))
    yield from _listed(opened, hashes, TAG_MANIFEST, {BAG_DECLARATION, BAG_INFO, PAYLOAD_MANIFEST})
    oxum = re.search(r"^Payload-Oxum: *([0-9]+\.[0-9]+) *$", _text(opened, BAG_INFO), re.MULTILINE)
    found = f"{sum(size for size, _ in payload.values())}.{len(payload)}"
    if oxum is not None and oxum[1] != found:
        yield BagFault(BAG_INFO, f"Payload-Oxum 是 {oxum[1]}，实际 {found}", f"Payload-Oxum is {oxum[1]}, not {found}")


def _listed(
    opened: Opened, hashes: Mapping[str, tuple[int, str]], manifest: str, wanted: Set[str]
) -> Iterator[BagFault]:
    """Differences between a manifest and the files it lists or should list."""
    if manifest not in opened.files:
        yield BagFault(manifest, "没有这个文件", "it is missing")
        return
    listed = set()
    for line in _LINE_END.split(_text(opened, manifest)):
        match = _LINE.fullmatch(line)
        if match is None:
            if line.strip():
                yield BagFault(manifest, "有一行读不懂", "a line of it cannot be read")
            continue
        path = unicodedata.normalize("NFC", decode_path(match[2]).removeprefix("./"))
        listed.add(path)
        if path not in hashes:
            yield BagFault(path, f"{manifest} 里有，包里没有", f"{manifest} lists it, the bag does not hold it")
        elif hashes[path][1] != match[1].lower():
            yield BagFault(path, f"哈希与 {manifest} 不符", f"its hash is not that of {manifest}")
    for path in sorted(wanted - listed):
        yield BagFault(path, f"不在 {manifest} 里", f"it is not in {manifest}")


def _text(opened: Opened, name: str) -> str:
    """A tag file; '' if it is missing or cannot be read, for then its hash says so."""
    member = opened.files.get(name)
    if member is None:
        return ""
    most = min(_MOST_TAG_BYTES, _USUAL_TAG_BYTES + _BYTES_A_LINE * len(opened.files))
    try:
        with member.open() as stream:
            return stream.read(min(most, member.size)).decode("utf-8-sig", "replace")
    except damage():
        return ""
