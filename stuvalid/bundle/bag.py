"""A package as a BagIt bag (RFC 8493), for archives and for tools that know nothing of pupils.

The prescribed tree has to lie on top of what goes to the city, and a bag keeps its content below ``data/``: so a bag
is a wrapper around the tree, ``140106迎泽区-bag/data/140106迎泽区/…``, made when it is asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stuvalid.bundle.manifest import NAME
from stuvalid.bundle.opening import Opened

TREE = "data/"
BAG_FILES = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt")
BAG_SUFFIX = "-bag"
PROFILE = "urn:stuvalid:bagit-profile:1"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(.+)")
_MOST_LINES_BYTES = 256 << 20


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
    hashes = {
        f"{TREE}{tree.name}/{entry['path']}": (entry["size"], entry["sha256"])
        for entry in manifest["outputs"]
    }
    data = (tree / NAME).read_bytes()
    hashes[f"{TREE}{tree.name}/{NAME}"] = (len(data), hashlib.sha256(data).hexdigest())
    _write_tags(bag, manifest, hashes)
    return bag


def _write_tags(bag: Path, manifest: Mapping[str, Any], hashes: Mapping[str, tuple[int, str]]) -> None:
    info = {
        "Bag-Software-Agent": f"stuvalid {manifest['version']}", "BagIt-Profile-Identifier": PROFILE,
        "Bagging-Date": manifest["created"][:10], "Contact-Name": manifest["operator"],
        "External-Identifier": manifest["title"], "Payload-Oxum": f"{sum(size for size, _ in hashes.values())}.{len(hashes)}",
    }  # fmt: skip
    tags = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": "".join(f"{key}: {_one_line(value)}\n" for key, value in info.items() if value),
        "manifest-sha256.txt": "".join(f"{digest}  {encode_path(path)}\n" for path, (_, digest) in sorted(hashes.items())),
    }  # fmt: skip
    lines = []
    for name, text in sorted(tags.items()):
        data = text.encode("utf-8")
        (bag / name).write_bytes(data)
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    (bag / "tagmanifest-sha256.txt").write_bytes("".join(lines).encode("utf-8"))


def _one_line(value: str) -> str:
    return " ".join(value.split())


def bag_faults(opened: Opened, hashes: Mapping[str, tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """What is wrong with the bag, in zh and en; nothing for a package that is none."""
    if "bagit.txt" not in opened.files:
        return
    payload = {name for name in opened.files if name.startswith(TREE)}
    listed: set[str] = set()
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        if manifest not in opened.files:
            yield f"没有 {manifest}", f"{manifest} is missing"
            continue
        for digest, path in _entries(opened, manifest):
            listed.add(path)
            found = hashes.get(path)
            if found is None:
                yield f"缺少 {path}", f"{path} is missing"
            elif found[1] != digest.lower():
                yield f"{path} 的哈希不符", f"{path} has another hash"
    for path in sorted(payload - listed):
        yield f"{path} 不在 manifest-sha256.txt 里", f"{path} is not in manifest-sha256.txt"


def _entries(opened: Opened, name: str) -> Iterator[tuple[str, str]]:
    with opened.files[name].open() as stream:
        text = stream.read(_MOST_LINES_BYTES).decode("utf-8", "replace")
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match:
            yield match[1], decode_path(match[2])
