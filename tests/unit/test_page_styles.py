"""The style sheets of the page are loaded with the views that need them and stay: two views must not mean different things by one class."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

STYLES = Path(__file__).parents[2] / "ui" / "src" / "styles"
COMMENT, BLOCK = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"^([^{}@]+)\{", re.MULTILINE)


def test_a_class_is_styled_by_one_file_only() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for file in STYLES.glob("*.css"):
        text = COMMENT.sub("", file.read_text())
        # At the left edge: what stands in a media query only adapts.
        for selectors in BLOCK.findall(text):
            if not selectors.startswith((" ", "\t")):
                for selector in selectors.split(","):
                    if re.fullmatch(r"\.[\w-]+", selector.strip()):
                        homes[selector.strip()].add(file.name)
    assert {name: sorted(files) for name, files in homes.items() if len(files) > 1} == {}
