"""Tests of other callables as tools: their name, docstring and types, and that they are called."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import pytest

from nbstream.tools.callables import as_function
from nbstream.tools.toolbox import Toolbox

SCALE = "Scale a number."


def scale(number: int, factor: int = 2, *, unit: str = "m") -> str:
    """Scale a number.

    Args:
        number: The number to scale.
    """
    return f"{number * factor} {unit}"


async def nap(seconds: float, reason: str) -> str:
    """Sleep."""
    return f"{seconds} {reason}"


class Lookup:
    """A table."""

    def __call__(self, city: str) -> str:
        """Look a city up."""
        return city.upper()


class Silent:
    """Look up without words."""

    __name__ = "silent_lookup"

    async def __call__(self, city: str) -> str:
        return city.lower()


class Desk:
    @functools.lru_cache  # noqa: B019  what users do
    def look(self, what: str) -> str:
        """Look for something."""
        return f"found {what}"


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **arguments: Any) -> Any:
        return function(*args, **arguments)

    return call


def defined(tool: object) -> tuple[str, str, list[str]]:
    """Return the name, the description and the properties of a tool."""
    [definition] = Toolbox([tool]).definitions
    return definition["name"], definition["description"], list(definition["input_schema"]["properties"])


def called(tool: object, **arguments: Any) -> Any:
    box = Toolbox([tool])
    result = box.get(box.definitions[0]["name"]).call(arguments)
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


@pytest.mark.parametrize(
    ("tool", "definition", "arguments", "result"),
    [
        (functools.cache(scale), ("scale", SCALE, ["number", "factor", "unit"]), {"number": 3}, "6 m"),
        (functools.partial(scale, factor=10), ("scale", SCALE, ["number", "unit"]), {"number": 3}, "30 m"),
        (functools.partial(scale, 7), ("scale", SCALE, ["factor", "unit"]), {"factor": 3}, "21 m"),
        (functools.partial(functools.cache(scale), unit="km"), ("scale", SCALE, ["number", "factor"]),
         {"number": 1}, "2 km"),
        (functools.partial(nap, reason="tired"), ("nap", "Sleep.", ["seconds"]), {"seconds": 1}, "1.0 tired"),
        (Lookup(), ("Lookup", "Look a city up.", ["city"]), {"city": "Oslo"}, "OSLO"),
        (functools.partial(Lookup()), ("Lookup", "Look a city up.", ["city"]), {"city": "Oslo"}, "OSLO"),
        (Silent(), ("silent_lookup", "Look up without words.", ["city"]), {"city": "Oslo"}, "oslo"),
        (logged(scale), ("scale", SCALE, ["number", "factor", "unit"]), {"number": 3}, "6 m"),
        (Desk().look, ("look", "Look for something.", ["what"]), {"what": "it"}, "found it"),
        (functools.partial(Desk().look), ("look", "Look for something.", ["what"]), {"what": "it"}, "found it"),
    ],
    ids=["cache", "partial", "partial by place", "partial of a cache", "async partial", "object",
         "partial of an object", "async object", "decorated", "cached method", "partial of a cached method"],
)  # fmt: skip
def test_a_callable_is_defined_like_the_function_in_it(
    tool: object, definition: tuple[str, str, list[str]], arguments: dict[str, Any], result: str
) -> None:
    assert defined(tool) == definition
    assert called(tool, **arguments) == result


def test_arguments_are_checked_by_their_types() -> None:
    with pytest.raises(ValueError, match="Invalid arguments for function scale"):
        called(functools.partial(scale, factor=10), number="three")


def test_the_values_that_a_partial_has_set_are_not_sent() -> None:
    secret = object()

    def query(connection: object, sql: str) -> str:
        """Query."""
        assert connection is secret
        return sql

    tool = functools.partial(query, connection=secret)
    assert defined(tool) == ("query", "Query.", ["sql"])
    assert called(tool, sql="select 1") == "select 1"


def test_a_partial_may_have_a_name_and_a_docstring_of_its_own() -> None:
    tool = functools.partial(scale, factor=10)
    tool.__name__, tool.__doc__ = "by_ten", "Multiply by ten."  # type: ignore[attr-defined]
    assert defined(tool) == ("by_ten", "Multiply by ten.", ["number", "unit"])


@pytest.mark.parametrize("value", [Lookup, 3, "scale", None, dict], ids=repr)
def test_anything_else_is_no_function(value: object) -> None:
    assert as_function(value) is None
