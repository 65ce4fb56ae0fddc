"""Surrogate halves, however a stream cuts them."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.surrogates import SurrogateJoiner, join_surrogates

ANY = st.text(st.characters(exclude_categories=[]))
"""Any code points, lone surrogates among them: what `json.loads` may give."""


def mend(pieces: list[str]) -> str:
    mender = SurrogateJoiner()
    return "".join([*(mender.feed(piece) for piece in pieces), mender.flush()])


def test_plain_text_passes_as_it_is() -> None:
    assert mend(["Hello", ", ", "wörld"]) == "Hello, wörld"


def test_a_character_in_two_halves_becomes_one() -> None:
    assert mend(["a\ud83d", "\ude00b"]) == "a😀b"


def test_a_half_without_its_other_half_becomes_a_replacement() -> None:
    assert mend(["a\ud83d", "b"]) == "a�b"
    assert mend(["\ude00"]) == "�"
    assert mend(["a\ud83d"]) == "a�"


@given(st.text(), st.lists(st.integers(0, 100)))
def test_text_survives_any_cut_of_its_json_escapes(text: str, cuts: list[int]) -> None:
    halves = "".join(chr(unit) for unit in memoryview(text.encode("utf-16-le")).cast("H"))
    places = sorted({0, len(halves), *(cut % (len(halves) + 1) for cut in cuts)})
    assert mend([halves[a:b] for a, b in pairwise(places)]) == text


@given(ANY)
def test_text_that_is_all_there_is_mended_at_once(text: str) -> None:
    assert join_surrogates(text) == mend([text])


@given(st.lists(ANY))
def test_what_comes_out_can_always_travel(pieces: list[str]) -> None:
    json.dumps(mend(pieces), ensure_ascii=False).encode()


@given(st.lists(ANY))
def test_the_cuts_do_not_matter(pieces: list[str]) -> None:
    assert mend(pieces) == mend(["".join(pieces)])
