"""Tests of the marks of formulas by themselves; their twins on the page have more."""

from __future__ import annotations

import pytest

from nbstream.core.saved.formula_marks import Mark, closer_from, dollars_at, mark_at, reads_as_text


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("$$a", Mark("$$", "$$")),
        ("\\[a", Mark("\\[", "\\]")),
        ("\\begin{align*}a", Mark("\\begin{align*}", "\\end{align*}", is_environment=True)),
        ("$$$a", None),
        ("\\begin{itemize}", None),
    ],
)
def test_mark_of_a_displayed_formula(text: str, mark: Mark | None) -> None:
    assert mark_at(text, 0) == mark


@pytest.mark.parametrize(
    ("text", "closer", "index"),
    [("a \\$$ $$", "$$", 6), ("a \\\\] \\]", "\\]", 6), ("a \\end{CD}", "\\end{CD}", 2), ("a", "$$", -1)],
)
def test_closing_mark_is_not_escaped(text: str, closer: str, index: int) -> None:
    assert closer_from(text, closer, 0) == index


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$a b$.", ("a b", 5)),
        ("$a\\$b$", ("a\\$b", 6)),
        ("$`x`$", ("x", 5)),
        ("$`ls`", None),
        ("$`ls", None),
        ("$ a$", None),
        ("$a $", None),
        ("$a", None),
        ("$", None),
        ("$5 (in US$)", None),
        (f"${'a' * 1_001}$", None),
    ],
)
def test_formula_between_dollar_signs(text: str, found: tuple[str, int] | None) -> None:
    assert dollars_at(text, 0) == found


def test_formula_begins_behind_no_digit() -> None:
    assert dollars_at("5$x$", 1) is None


@pytest.mark.parametrize(
    ("inside", "behind"),
    [
        *(("A", "1:"), ("HOME/", "US"), ("{A}", "{B"), ("HOME", "PA"), ("100 (A", ")"), ("5, not", " ")),
        *(("5 or 6", "."), ("20k in total", " ")),
    ],
)
def test_text_between_dollar_signs(inside: str, behind: str) -> None:
    assert reads_as_text(inside, behind)


@pytest.mark.parametrize(
    ("inside", "behind"),
    [
        ("x", " "),
        ("n", "th"),
        ("f", "(x"),
        ("2 sin x", "."),
        ("3 \\text{ for } y", "."),
        ("[0, 1)", "."),
        ("2x dx", "."),
    ],
)
def test_formula_that_is_no_price(inside: str, behind: str) -> None:
    assert not reads_as_text(inside, behind)
