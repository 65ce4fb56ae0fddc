"""Settings that hold for all chats of a kernel."""

from __future__ import annotations

import pytest

import nbstream
from nbstream.notebook.settings import abandon_after


def test_half_a_minute_is_the_default() -> None:
    assert abandon_after() == 30.0


@pytest.mark.parametrize("seconds", [None, 5, 0.5])
def test_a_user_may_set_another_time_or_none(seconds: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nbstream, "abandon_after", seconds)
    assert abandon_after() == seconds


@pytest.mark.parametrize("seconds", [0, -1, "30", True, float("nan")])
def test_a_value_that_is_no_time_is_refused_with_advice(seconds: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nbstream, "abandon_after", seconds)
    with pytest.raises(ValueError, match=r"abandon_after is .*above 0, or None"):
        abandon_after()
