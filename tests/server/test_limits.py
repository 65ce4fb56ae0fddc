"""The limits of a server: numbers above 0, each with a name."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.server import Limits


def test_limits_that_are_not_given_have_defaults() -> None:
    limits = Limits(models=["a", "b"])
    assert limits.models == {"a", "b"}
    assert limits.dollars_per_day is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"streams": 0}, "streams is 0; give a number above 0"),
        ({"dollars_per_day": -1.0}, "dollars_per_day is -1.0"),
        ({"body_bytes": float("nan")}, "body_bytes is nan"),
        ({"max_tokens": "many"}, "max_tokens is 'many'; give a number"),
        ({"streams": True}, "streams is True"),
        ({"models": "a"}, r"models=\['a'\]"),
    ],
)
def test_a_wrong_limit_is_refused_with_its_name(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises((TypeError, ValueError), match=sentence):
        Limits(**wrong)
