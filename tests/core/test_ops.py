"""The words of the log; how they travel is in test_wire.py, what a page makes of them in the page's own tests."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest

from nbstream.core.ops import CALL_STATES, CallState, Op, TextAdded


def test_each_op_has_a_name_of_its_own() -> None:
    tags = [op.tag for op in get_args(Op)]
    assert len(set(tags)) == len(tags)


def test_no_op_has_a_field_that_its_frame_has_already() -> None:
    assert not any(field.name == "op" for op in get_args(Op) for field in fields(op))


def test_what_was_told_is_not_changed_any_more() -> None:
    with pytest.raises(FrozenInstanceError):
        TextAdded("a").text = "b"  # type: ignore[misc]


def test_the_states_of_a_call_are_the_same_for_types_and_for_checks() -> None:
    assert get_args(CallState) == CALL_STATES
