"""What came in: one `Source` a file, one `NotRead` a thing that is not read, and the account of both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from stuvalid.errors import UnreadableFile
from stuvalid.findings import NotChecked, Place
from stuvalid.received.kinds import UNREAD, Kind

_MOST_BYTES = 512 << 20
_MOST_MANIFEST_BYTES = 64 << 20
MANIFEST, PHOTO_LOG = "manifest.json", "处理记录.json"


@dataclass(slots=True)
class Source:
    """One received file: ``name`` as shown and written everywhere, archives counting as folders; its bytes or ``path``.

    ``modified`` is in seconds since the epoch. ``archive`` names the innermost archive it came in, '' for none.
    ``named`` when the user named it outright; then it is tried whatever its ``kind``. ``copy_of`` is the SHA-256 of the
    workbook that this is an untouched copy of, made by `fix` or `check --annotate`.
    """

    name: str
    path: Path | None = None
    data: bytes | None = None
    size: int = 0
    kind: Kind = "workbook"
    modified: float = 0.0
    archive: str = ""
    named: bool = False
    digest: str = ""
    copy_of: str = ""

    def read(self) -> bytes:
        """The whole content. Raises UnreadableFile with the reason ``not-found``, ``corrupt`` or ``too-large``."""
        if self.data is not None:
            return self.data
        if self.path is None:
            raise UnreadableFile("没有可读的内容。", "There is nothing to read.", reason="not-found")
        try:
            with self.path.open("rb") as stream:
                data = stream.read(_MOST_BYTES + 1)
        except OSError as error:
            raise UnreadableFile(
                f"读不了这个文件（{type(error).__name__}）。",
                f"This file cannot be read ({type(error).__name__}).",
                reason="not-found" if isinstance(error, FileNotFoundError) else "corrupt",
                mend_zh="检查文件是否存在、是否被占用、是否完整。",
                mend_en="Check that it exists, is whole and is not in use.",
            ) from error
        if len(data) > _MOST_BYTES:
            raise UnreadableFile("这个文件超过512 MB。", "This file exceeds 512 MB.", reason="too-large")
        return data

    def sha256(self, data: bytes | None = None) -> str:
        """The SHA-256 of its bytes, computed once; ``data`` are those bytes where they have just been read."""
        if not self.digest:
            if data is None and self.path is not None:
                with self.path.open("rb") as stream:
                    self.digest = hashlib.file_digest(stream, "sha256").hexdigest()
            else:
                self.digest = hashlib.sha256(self.read() if data is None else data).hexdigest()
        return self.digest


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file that is not read: ``kind`` is a key of `UNREAD`, zh and en say why in few words.

    ``path`` is None where there are no bytes to hash, ``archive`` the innermost archive it came in, '' for none.
    ``passed_over`` when nothing is lost by it.
    """

    name: str
    size: int
    kind: str
    zh: str
    en: str
    path: Path | None = None
    archive: str = ""

    @property
    def passed_over(self) -> bool:
        return not UNREAD[self.kind].loses


@dataclass(slots=True)
class Reception:
    """Everything that came in, in the order of names. ``paths`` are the files on the disk that it came from."""

    items: list[Source] = field(default_factory=list)
    refused: list[NotRead] = field(default_factory=list)

    def of_kind(self, *kinds: Kind) -> list[Source]:
        """The files of these kinds, and whatever was named outright."""
        return [item for item in self.items if item.kind in kinds or item.named]

    def passed_over(self, *kinds: Kind) -> list[NotRead]:
        """What a command that reads files of these kinds does not read, one by one."""
        others = [item for item in self.items if item.kind not in kinds and not item.named]
        return self.refused + [
            NotRead(item.name, item.size, item.kind, *UNREAD[item.kind][:2], item.path, item.archive) for item in others
        ]

    def not_read(self, *kinds: Kind) -> list[NotChecked]:
        """The account of `passed_over`, one entry a kind of thing."""
        found: dict[str, list[str]] = {}
        for entry in self.passed_over(*kinds):
            if not UNREAD[entry.kind].silent:
                found.setdefault(entry.kind, []).append(entry.name)
        return [
            NotChecked(
                kind,
                UNREAD[kind].account_zh,
                UNREAD[kind].account_en,
                len(names),
                tuple(Place(name) for name in names[:10]),
                UNREAD[kind].loses,
            )
            for kind, names in found.items()
        ]

    def set_own_aside(self, roots: set[str]) -> None:
        """Pass over what this program made of files that are here, too: copies, packages, repaired pictures.

        Without their originals they are what there is, and are read. ``roots`` are the folders that were named.
        """
        if any(item.copy_of and not item.named for item in self.items):
            originals = {item.sha256() for item in self.items if item.kind == "workbook" and not item.copy_of}
            self._set_aside(lambda item: not item.named and item.copy_of in originals)
        manifests = {
            item.name.rpartition("/")[0]: item for item in self.items if item.name.rpartition("/")[2] == MANIFEST
        }
        packages = tuple(f"{place}/" for place in manifests if place)
        for place, item in manifests.items():
            if place and place not in roots and self._holds_inputs(item, packages):
                self._set_aside(lambda other, place=place: other.name.startswith(f"{place}/"))
        logs = [entry for entry in self.refused if entry.kind == "own" and entry.name.rpartition("/")[2] == PHOTO_LOG]
        for entry in logs:
            place = entry.name.rpartition("/")[0]
            if place and place not in roots and self._holds_sources(entry, place):
                self._set_aside(lambda other, place=place: other.kind == "photo" and other.name.startswith(f"{place}/"))

    def _set_aside(self, chosen: Callable[..., bool]) -> None:
        words = UNREAD["own"]
        aside = [item for item in self.items if chosen(item)]
        gone = set(map(id, aside))
        self.items = [item for item in self.items if id(item) not in gone]
        self.refused += [
            NotRead(item.name, item.size, "own", words.zh, words.en, item.path, item.archive) for item in aside
        ]

    def _holds_inputs(self, manifest: Source, packages: tuple[str, ...]) -> bool:
        """Whether a file that went into the package of this manifest lies outside of all packages."""
        try:
            inputs = json.loads(manifest.read()[:_MOST_MANIFEST_BYTES])["inputs"]
            known = {(entry["size"], entry["sha256"]) for entry in inputs}
        except (UnreadableFile, ValueError, LookupError, TypeError, RecursionError):
            return False
        sizes = {size for size, _ in known}
        outside = (item for item in self.items if not item.name.startswith(packages) and item.size in sizes)
        return any((item.size, item.sha256()) in known for item in outside)

    def _holds_sources(self, log: NotRead, place: str) -> bool:
        """Whether a picture that the repaired ones at ``place`` were made of lies outside of it."""
        try:
            document = json.loads(log.path.read_bytes()) if log.path is not None else {}
            sources = {str(entry["source"]) for entry in document["photos"]}
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return False
        leaves = {source.rpartition("/")[2] for source in sources}
        outside = (item.name for item in self.items if not item.name.startswith(f"{place}/"))
        likely = [name for name in outside if name.rpartition("/")[2] in leaves]
        return any(name == source or name.endswith(f"/{source}") for name in likely[:10] for source in sources)
