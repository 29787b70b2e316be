"""A changed file no longer is what was signed: the signature parts go, and the caller is told."""

from __future__ import annotations

from stuvalid.excel.patch.package import Package
from stuvalid.excel.patch.relations import ContentTypes, Relations

_ORIGIN = "digital-signature/origin"
_FOLDER = "_xmlsignatures/"


def drop_signatures(package: Package, types: ContentTypes) -> bool:
    """Remove the package's digital signatures; True when there were any. A VBA project keeps its own."""
    relations = Relations(package, "")
    origins = [relation for relation in relations if relation.kind.endswith(_ORIGIN)]
    parts = [name for name in package.names() if name.lower().startswith(_FOLDER)]
    if not origins and not parts:
        return False
    for relation in origins:
        relations.drop(relation)
    for part in parts:
        types.drop_part(part)
        package.remove(part)
    relations.save()
    return True
