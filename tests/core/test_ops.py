"""The ops of the log. Their JSON is tested in test_codec.py, and their effect in the tests of the page."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest

from nbstream.core.ops import CALL_STATES, CallState, Op, TextAdded


def test_each_op_has_a_tag_of_its_own() -> None:
    tags = [op.tag for op in get_args(Op)]
    assert len(set(tags)) == len(tags)


def test_no_op_has_a_field_named_like_the_tag() -> None:
    assert not any(field.name == "op" for op in get_args(Op) for field in fields(op))


def test_an_op_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        TextAdded("a").text = "b"  # type: ignore[misc]


def test_the_type_and_the_list_of_call_states_agree() -> None:
    assert get_args(CallState) == CALL_STATES
