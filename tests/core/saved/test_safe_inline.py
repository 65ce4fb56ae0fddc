"""Tests of the inline rules by themselves; `test_safe_markdown.py` tests them in whole texts."""

from __future__ import annotations

from nbstream.core.saved.safe_inline import escape_active, escape_url


def test_code_span_with_active_text_is_an_element() -> None:
    assert escape_active("`<b>` `a`", has_math=True) == "<code>&#60;b&#62;</code> `a`"


def test_addresses_have_no_mark_of_a_formula_or_substitution() -> None:
    assert escape_url("https://x.y/$a{{b") == "https://x.y/%24a%7B%7Bb"
