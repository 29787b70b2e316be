"""Build stuvalid/codes/equivalents.csv: characters that stand for an ordinary one, by code point.

    python scripts/build_equivalents.py      (asks Perl, whose library brings the Unicode Character Database)

Two sources: EquivalentUnifiedIdeograph (radicals U+2E80 to U+2FD5), and the 80 positions FE50 to FEA0 of GBK, which
old systems kept in the private use area (U+E815 to U+E864) and GB 18030-2005 gave characters.
"""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

OUT = Path(__file__).parent.parent / "stuvalid" / "codes" / "equivalents.csv"
# What GB 18030-2005 and 2022 moved out of the private use area, and Python's codec still leaves there.
MOVED = {
    0xFE51: 0x20087,
    0xFE52: 0x20089,
    0xFE53: 0x200CC,
    0xFE59: 0x9FB4,
    0xFE61: 0x9FB5,
    0xFE66: 0x9FB6,
    0xFE67: 0x9FB7,
    0xFE6C: 0x215D7,
    0xFE6D: 0x9FB8,
    0xFE76: 0x2298F,
    0xFE7E: 0x9FB9,
    0xFE90: 0x9FBA,
    0xFE91: 0x241FE,
    0xFEA0: 0x9FBB,
}
PERL = (
    "use Unicode::UCD 'charprop'; binmode STDOUT, ':utf8'; for my $c (0x2E80..0x2FD5) "
    "{ my $e = charprop($c, 'Equivalent_Unified_Ideograph'); printf '%X %X;', $c, ord $e if $e ne '' }"
)


def main() -> None:
    answer = subprocess.run(["perl", "-e", PERL], capture_output=True, text=True, check=True).stdout
    radicals = [tuple(int(part, 16) for part in pair.split()) for pair in answer.strip(";").split(";")]
    equal = {code: plain for code, plain in radicals if plain >= 0x3400}
    trails = [*range(0x50, 0x7F), *range(0x80, 0xA1)]
    private = {}
    for position, trail in enumerate(trails):
        gbk = 0xFE00 + trail
        plain = MOVED.get(gbk) or ord(gbk.to_bytes(2, "big").decode("gb18030"))
        private[0xE815 + position] = equal.get(plain, plain)
    with OUT.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["code", "plain", "source"])
        for source, pairs in (("EquivalentUnifiedIdeograph", equal), ("GB 18030", private)):
            writer.writerows([f"{code:04X}", chr(plain), source] for code, plain in sorted(pairs.items()))


if __name__ == "__main__":
    main()
