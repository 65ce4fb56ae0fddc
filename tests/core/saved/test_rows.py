"""The kinds of Markdown on the page, each with several texts, as nbconvert shows them from the notebook's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from renderers import RENDERERS
from shown_text import shown

from nbstream.core.saved.safe_markdown import make_safe

ROWS = json.loads((Path(__file__).parents[2] / "fixtures" / "markdown_rows.json").read_text())
"""Texts and what the page shows of them, which `js/test/core/markdown/rows.test.ts` tests."""


@pytest.mark.parametrize("row", ROWS, ids=[f"{n} {row['kind']}" for n, row in enumerate(ROWS)])
def test_nbconvert_shows_the_saved_text_as_the_page_does(row: dict[str, Any]) -> None:
    saved = shown(RENDERERS["nbconvert"](make_safe(row["text"])))
    assert (saved == row["shown"]) is ("nbconvert" not in row["differs"]), saved
