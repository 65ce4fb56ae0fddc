"""Tests of the fences by themselves; `test_safe_markdown.py` tests them in whole texts."""

from __future__ import annotations

from nbstream.core.saved.safe_fences import MAX_FENCE_COLUMN, OPENING, convert_fence, longer_fence


def test_fence_is_longer_than_every_run_inside() -> None:
    assert longer_fence(["a ```` b", "`"]) == "`````"
    assert longer_fence([]) == "```"


def test_fence_too_deep_moves_to_the_margin() -> None:
    lines = [" " * (MAX_FENCE_COLUMN + 1) + "```python", "a", "b"]
    opening = OPENING.match(lines[0])
    assert opening is not None
    assert convert_fence(lines, 1, opening, []) == (["```python", "a", "b", "```"], 3)
