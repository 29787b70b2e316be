"""``docProps/app.xml`` lists the sheets once more; the list is kept true, or left out when it was not."""

from __future__ import annotations

from stuvalid.excel.patch.copy import PackageCopy
from stuvalid.excel.patch.markup import Element, Markup, attribute, escape
from stuvalid.excel.patch.relations import Relations


def add_title_first(package: PackageCopy, name: str) -> None:
    """Put a new first sheet into the document properties."""
    relation = Relations(package, "").first("extended-properties")
    part = package.find(relation.target) if relation else None
    if part is None:
        return
    markup = Markup(package.read(part), part)
    pairs = markup.child(markup.root, b"HeadingPairs")
    titles = markup.child(markup.root, b"TitlesOfParts")
    if pairs is None and titles is None:
        return
    if pairs is None or titles is None or not _extend(markup, pairs, titles, name):
        for element in (pairs, titles):
            if element is not None:
                markup.splices.replace(element.start, element.end, b"")
    package.replace(part, markup.render())


def drop_titles(package: PackageCopy) -> None:
    """Leave the list of sheets out: programs write it anew, and a wrong one is worse than none."""
    relation = Relations(package, "").first("extended-properties")
    part = package.find(relation.target) if relation else None
    if part is None:
        return
    markup = Markup(package.read(part), part)
    for name in (b"HeadingPairs", b"TitlesOfParts"):
        element = markup.child(markup.root, name)
        if element is not None:
            markup.splices.replace(element.start, element.end, b"")
    if markup.changed:
        package.replace(part, markup.render())


def _extend(markup: Markup, pairs: Element, titles: Element, name: str) -> bool:
    """Count one more sheet and name it; False when the lists do not fit together as they are."""
    counts = _counts(markup, pairs)
    vector = next(markup.children(titles), None)
    if not counts or vector is None:
        return False
    listed = list(markup.children(vector))
    stated = attribute(markup.tag(vector), b"size")
    if sum(value for _, value in counts) != len(listed) or stated != str(len(listed)) or not listed:
        return False
    first, value = counts[0]
    markup.splices.replace(first.tag_end, first.inner_end, b"%d" % (value + 1))
    markup.retag(vector, size=str(len(listed) + 1))
    kind = listed[0].name
    markup.splices.insert(listed[0].start, b"<%s>%s</%s>" % (kind, escape(name), kind))
    return True


def _counts(markup: Markup, pairs: Element) -> list[tuple[Element, int]]:
    """The number elements of the heading pairs (sheets first) with their values."""
    vector = next(markup.children(pairs), None)
    if vector is None:
        return []
    found = []
    for variant in markup.children(vector):
        for value in markup.children(variant):
            text = markup.xml[value.tag_end : value.inner_end].strip()
            if value.name.rpartition(b":")[2] == b"i4" and text.isdigit():
                found.append((value, int(text)))
    return found
