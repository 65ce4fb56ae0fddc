"""Frames about variables. Their JSON is tested in `test_codec.py`."""

from __future__ import annotations

from typing import get_args

from nbstream.core.protocol import Frame
from nbstream.core.variable_frames import ListVariables, Refusal, Variables


def test_they_are_frames() -> None:
    assert {ListVariables, Refusal, Variables} <= set(get_args(Frame))
