"""How parts point at each other: relationships and content types, read and extended in place."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from stuvalid.excel.patch.copy import PackageCopy
from stuvalid.excel.patch.markup import Element, Markup, attributes, escape_attribute

_RELATIONS_NAMESPACE = b"http://schemas.openxmlformats.org/package/2006/relationships"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_MAIN_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The namespaces of the file at hand: Transitional (nearly every file) or Strict Open XML."""

    strict: bool

    @property
    def main(self) -> bytes:
        return (_MAIN_STRICT if self.strict else _MAIN).encode()

    @property
    def relations(self) -> bytes:
        """Namespace of ``r:id`` attributes."""
        return (_STRICT if self.strict else _TRANSITIONAL).encode()

    def kind(self, name: str) -> str:
        """The relationship type called ``name`` (``comments``, ``worksheet`` …)."""
        return f"{_STRICT if self.strict else _TRANSITIONAL}/{name}"


@dataclass(frozen=True, slots=True)
class Relation:
    id: str
    kind: str
    target: str  # part name; for an external target what is written
    element: Element

    def is_a(self, name: str) -> bool:
        return self.kind.rpartition("/")[2] == name


class Relations:
    """The relationships of one part (``""`` for the package itself); saved with ``save``."""

    def __init__(self, package: PackageCopy, owner: str) -> None:
        self._package = package
        self._owner = owner
        folder, _, name = owner.rpartition("/")
        path = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        self._part = package.find(path)
        self._path = self._part or path
        empty = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="%s"/>'
        data = package.read(self._part) if self._part else empty % _RELATIONS_NAMESPACE
        self._markup = Markup(data, self._path)
        self._items = list(self._parse())
        self._ids = {item.id for item in self._items}
        self._additions: list[bytes] = []

    def __iter__(self) -> Iterator[Relation]:
        return iter(self._items)

    def by_id(self, identifier: str) -> Relation | None:
        return next((item for item in self._items if item.id == identifier), None)

    def first(self, name: str) -> Relation | None:
        """The first relationship whose type ends in ``name``, in either dialect."""
        return next((item for item in self._items if item.is_a(name)), None)

    def add(self, kind: str, part: str) -> str:
        """Relate to ``part``; returns the new id."""
        count = len(self._ids) + 1
        while f"rId{count}" in self._ids:
            count += 1
        identifier = f"rId{count}"
        self._ids.add(identifier)
        target = posixpath.relpath(part, posixpath.dirname(self._owner) or ".")
        self._additions.append(
            b'<%sRelationship Id="%s" Type="%s" Target="%s"/>'
            % (self._markup.prefix, identifier.encode(), kind.encode(), escape_attribute(target))
        )
        return identifier

    def drop(self, relation: Relation) -> None:
        self._markup.splices.replace(relation.element.start, relation.element.end, b"")
        self._items.remove(relation)

    def save(self) -> None:
        if self._additions:
            self._markup.append_inside(self._markup.root, b"".join(self._additions))
            self._additions = []
        if self._markup.changed:
            self._package.add(self._path, self._markup.render())

    def _parse(self) -> Iterator[Relation]:
        folder = posixpath.dirname(self._owner)
        for element in self._markup.children(self._markup.root):
            if element.name != b"Relationship":
                continue
            given = attributes(self._markup.tag(element))
            target = given.get("Target", "").replace("\\", "/")
            if given.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                if self._package.find(target) is None:
                    target = unquote(target)
            yield Relation(given.get("Id", ""), given.get("Type", ""), target, element)


class ContentTypes:
    """``[Content_Types].xml``."""

    _PART = "[Content_Types].xml"

    def __init__(self, package: PackageCopy) -> None:
        self._package = package
        self._markup = Markup(package.read(self._PART), self._PART)
        self._additions: list[bytes] = []
        self._entries = [
            (element, attributes(self._markup.tag(element))) for element in self._markup.children(self._markup.root)
        ]
        self._extensions = {
            given.get("Extension", "").lower() for element, given in self._entries if element.name == b"Default"
        }

    def add_extension(self, extension: str, content_type: str) -> None:
        """A default for every part of that extension, unless there is one."""
        if extension in self._extensions:
            return
        self._extensions.add(extension)
        # Defaults first: some readers stop looking for them at the first Override.
        self._markup.splices.insert(
            self._markup.root.tag_end,
            b'<%sDefault Extension="%s" ContentType="%s"/>'
            % (self._markup.prefix, extension.encode(), content_type.encode()),
        )

    def add_part(self, part: str, content_type: str) -> None:
        """A type for the part; one that a part of this name left behind goes."""
        self.drop_part(part)
        self._additions.append(
            b'<%sOverride PartName="%s" ContentType="%s"/>'
            % (self._markup.prefix, escape_attribute("/" + part), content_type.encode())
        )

    def drop_part(self, part: str) -> None:
        for element, given in self._entries:
            if given.get("PartName", "").lower().lstrip("/") == part.lower():
                self._markup.splices.replace(element.start, element.end, b"")

    def save(self) -> None:
        if self._additions:
            self._markup.append_inside(self._markup.root, b"".join(self._additions))
            self._additions = []
        if self._markup.changed:
            self._package.replace(self._PART, self._markup.render())
