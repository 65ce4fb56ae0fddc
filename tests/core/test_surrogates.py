"""Halves of characters, wherever a stream is cut."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.surrogates import SurrogateJoiner, join_surrogates

ANY = st.text(st.characters(exclude_categories=[]))
"""Any code points, including lone surrogates, which `json.loads` can return."""


def join(pieces: list[str]) -> str:
    joiner = SurrogateJoiner()
    return "".join([*(joiner.feed(piece) for piece in pieces), joiner.flush()])


def test_plain_text_is_unchanged() -> None:
    assert join(["Hello", ", ", "wörld"]) == "Hello, wörld"


def test_a_character_in_two_halves_becomes_one() -> None:
    assert join(["a\ud83d", "\ude00b"]) == "a😀b"


def test_a_half_without_its_other_half_becomes_a_replacement() -> None:
    assert join(["a\ud83d", "b"]) == "a�b"
    assert join(["\ude00"]) == "�"
    assert join(["a\ud83d"]) == "a�"


@given(st.text(), st.lists(st.integers(0, 100)))
def test_text_survives_any_cut_of_its_json_escapes(text: str, cuts: list[int]) -> None:
    halves = "".join(chr(unit) for unit in memoryview(text.encode("utf-16-le")).cast("H"))
    positions = sorted({0, len(halves), *(cut % (len(halves) + 1) for cut in cuts)})
    assert join([halves[a:b] for a, b in pairwise(positions)]) == text


@given(ANY)
def test_a_complete_text_is_repaired_in_one_call(text: str) -> None:
    assert join_surrogates(text) == join([text])


@given(st.lists(ANY))
def test_the_result_can_always_be_encoded(pieces: list[str]) -> None:
    json.dumps(join(pieces), ensure_ascii=False).encode()


@given(st.lists(ANY))
def test_the_cuts_do_not_matter(pieces: list[str]) -> None:
    assert join(pieces) == join(["".join(pieces)])
