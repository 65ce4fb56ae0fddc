"""Turns as a tree: edits and selections of versions keep every turn, and show one path."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.turn import Turn
from nbstream.core.turn_tree import TurnTree


@pytest.fixture
def tree() -> TurnTree:
    made = TurnTree()
    made.add("user", None)
    made.add("assistant", None)
    return made


def test_a_selected_version_comes_back_with_the_turns_that_followed_it_last(tree: TurnTree) -> None:
    question, first = tree.in_sight
    second = tree.add("assistant", question.id)
    follow_up = tree.add("user", None)
    tree.select_version(first.id)
    assert tree.in_sight == [question, first]
    tree.select_version(second.id)
    assert tree.in_sight == [question, second, follow_up]


def test_the_path_to_a_turn_is_known_when_another_version_is_in_sight(tree: TurnTree) -> None:
    question, first = tree.in_sight
    second = tree.add("assistant", question.id)
    assert tree.in_sight == [question, second]
    assert tree.path_to(first.id) == [question, first]
    assert tree.path_to("t99") == []


def test_only_versions_of_turns_in_sight_can_be_selected(tree: TurnTree) -> None:
    question, answer = tree.in_sight
    tree.add("user", question.after)
    for name in ("t99", answer.id):
        with pytest.raises(ValueError, match=name):
            tree.select_version(name)


@given(st.data())
def test_after_any_edits_and_selections_the_turns_in_sight_are_a_path_and_none_is_lost(
    data: st.DataObject,
) -> None:
    tree = TurnTree()
    made: list[Turn] = []
    for _ in range(data.draw(st.integers(1, 12))):
        chosen = data.draw(st.sampled_from(tree.versions)) if tree.versions else None
        if chosen is not None and data.draw(st.booleans()):
            with suppress(ValueError):
                tree.select_version(chosen.id)
                assert chosen in tree.in_sight
        else:
            after = data.draw(st.sampled_from([None, "", *(turn.id for turn in tree.in_sight)]))
            made.append(tree.add(data.draw(st.sampled_from(["user", "assistant"])), after))
            assert tree.in_sight[-1] is made[-1]
        assert tree.versions == made
        assert ["", *(turn.id for turn in tree.in_sight[:-1])] == [turn.after for turn in tree.in_sight]


def test_a_turn_after_the_latest_copies_no_earlier_turn(tree: TurnTree) -> None:
    turns = tree.in_sight
    tree.add("user", None)
    assert tree.in_sight is turns
    assert [turn.id for turn in turns] == ["t1", "t2", "t3"]
