"""Words that make a sentence hard to read, in the package, the page, the documentation and the notebooks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "src" / "nbstream").rglob("*.py"))
TEXTS = [
    *MODULES,
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "notebooks").glob("*.ipynb"),
    *sorted(path for suffix in ("ts", "css") for path in (ROOT / "js" / "src").rglob(f"*.{suffix}")),
    *(path for path in (ROOT / "js").rglob("*.md") if "node_modules" not in path.parts),
]

PEOPLE_WITHOUT_A_NAME = re.compile(r"\b(?:[Nn]obody|[Ss]omebody|[Ww]hoever|[Ee]verybody)\b")
"""A sentence names the person: the user, a caller, the operator. `FileWriter.NOBODY` is a name in the code."""

MAX_README_WORDS = 900
MAX_WHATS_PER_100_LINES = 1.0
"""Clauses with "what" stand for a noun that the reader has to guess. h11 has 0.4, httpx 0.02."""


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_text_names_its_people(path: Path) -> None:
    assert PEOPLE_WITHOUT_A_NAME.findall(path.read_text()) == []


def test_few_clauses_stand_for_a_noun() -> None:
    sources = [path.read_text() for path in MODULES]
    lines = sum(source.count("\n") for source in sources)
    whats = sum(len(re.findall(r"\bwhat\b", source, re.I)) for source in sources)
    assert whats / lines * 100 <= MAX_WHATS_PER_100_LINES


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= MAX_README_WORDS
