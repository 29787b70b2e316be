"""What the manifest says of a package: every file written, and what became of every file received."""

from __future__ import annotations

from collections.abc import Sequence

from stuvalid import __version__
from stuvalid.bundle.entries import Entry
from stuvalid.bundle.manifest import InputFile, Manifest, OutputFile, moment
from stuvalid.bundle.options import BundleOptions, BundleResult
from stuvalid.bundle.statistics import SchoolRow
from stuvalid.bundle.versions import digest_of
from stuvalid.findings import Severity

_UNSETTLED = (
    "没有确定归属，按 --allow-errors 留在包外",
    "its owner was never settled; left out as --allow-errors asks",
)


def manifest_of(
    result: BundleResult, written: Sequence[OutputFile], rows: Sequence[SchoolRow], county: str, options: BundleOptions
) -> Manifest:
    """The manifest of a package that was just written."""
    plan, findings = result.plan, result.findings
    errors = findings.count(Severity.ERROR)
    return Manifest(
        title=result.title,
        level=options.level,
        division=county,
        created=moment(),
        operator=options.operator,
        version=__version__,
        rules=__version__,
        allowed_errors=errors,
        counts={
            "schools": len(plan.received),
            "missing_schools": len(result.missing),
            "pupils": sum(row.counts.pupils for row in rows),
            "photos": sum(row.photos for row in rows),
            "errors": errors,
            "warnings": findings.count(Severity.WARNING),
            "received": len(plan.entries),
            "files": len(written),
            "bytes": sum(file.size for file in written),
        },
        outputs=written,
        inputs=[_input(entry) for entry in plan.entries],
    )


def _input(entry: Entry) -> InputFile:
    digest = digest_of(entry)
    if entry.fate == "unclear":
        reason, reason_en = f"{_UNSETTLED[0]}：{entry.zh}", f"{_UNSETTLED[1]}: {entry.en}"
        return InputFile(entry.name, entry.size, digest, "refused", reason, reason_en)
    return InputFile(entry.name, entry.size, digest, entry.fate, entry.zh, entry.en, entry.school, entry.by)
