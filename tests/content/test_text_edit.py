"""An edit of several texts that a page shows as one."""

from __future__ import annotations

import pytest

from nbstream.content.text_edit import replace_texts


@pytest.mark.parametrize(
    ("texts", "edited", "divided"),
    [
        ([], "New", ["New"]),
        (["Old"], "New", ["New"]),
        (["One", "Two"], "One\n\nTwo", ["One", "Two"]),
        (["One", "Two"], "Ones\n\nTwo", ["Ones", "Two"]),
        (["One", "Two"], "One\n\nTo", ["One", "To"]),
        (["One", "", "Two"], "One\n\nTwo!", ["One", "", "Two!"]),
        (["One", "Two"], "Ones\n\nTo", ["Ones\n\nTo", ""]),
        (["One", "Two"], "One", ["One", ""]),
        (["", ""], "New", ["New", ""]),
        (["aa", "aa"], "aa\n\naaa", ["aa", "aaa"]),
    ],
)
def test_an_edited_text_is_divided_among_the_texts_that_it_was_joined_from(
    texts: list[str], edited: str, divided: list[str]
) -> None:
    assert replace_texts(texts, edited) == divided
