"""Tests of the toolbox: the values that are tools, and the advice for others. Calls are in test_calls.py."""

from __future__ import annotations

import functools
from typing import Any

import anthropic
import numpy
import pytest
from anthropic.lib.tools import ToolError

from nbstream.claude.client import tool_error_content
from nbstream.tools.toolbox import Toolbox


def add(a: int, b: int = 1) -> int:
    """Add two numbers.

    Args:
        a: One of them.
    """
    return a + b


async def nap(seconds: float) -> None:
    """Sleep."""


class Desk:
    def look(self, what: str) -> str:
        """Look for something."""
        return what


DEFINITION: dict[str, Any] = {"name": "look", "description": "Look.", "input_schema": {"type": "object"}}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
TOOLSET = {"type": "mcp_toolset", "mcp_server_name": "sums"}


def test_a_function_is_defined_by_its_types_and_its_docstring() -> None:
    [definition] = Toolbox([add]).definitions
    assert (definition["name"], definition["description"]) == ("add", "Add two numbers.")
    schema = definition["input_schema"]
    assert {name: each["type"] for name, each in schema["properties"].items()} == {"a": "integer", "b": "integer"}
    assert schema["properties"]["a"]["description"] == "One of them."
    assert schema["required"] == ["a"]


def test_a_function_has_one_tool_for_all_chats_until_it_changes() -> None:
    def look(what) -> str:  # type: ignore[no-untyped-def]
        """Look for something."""
        return str(what)

    look.__annotations__ = {"what": str, "return": str}
    first = Toolbox([look])
    assert Toolbox([look]).get("look") is first.get("look")
    assert Toolbox([Desk().look]).get("look") is not first.get("look")
    look.__annotations__["what"] = int
    assert Toolbox([look]).definitions[0]["input_schema"]["properties"]["what"]["type"] == "integer"
    look.__doc__ = "Search."
    assert Toolbox([look]).definitions[0]["description"] == "Search."
    # A type that is named may be another one when it is looked up again.
    assert Toolbox([add]).get("add") is not Toolbox([add]).get("add")


def test_functions_methods_objects_of_the_sdk_and_definitions_are_tools() -> None:
    made = anthropic.beta_tool(add, name="sum")
    box = Toolbox([add, nap, Desk().look, made, SEARCH, TOOLSET, TOOLSET])
    assert [each.get("name") for each in box.definitions] == [
        "add",
        "nap",
        "look",
        "sum",
        "web_search",
        None,
        None,
    ]
    assert box.get("sum") is made
    assert box.get("web_search") is box.get("?") is None


def test_a_tool_without_a_function_is_not_handled_here() -> None:
    box = Toolbox([add, SEARCH])
    assert [box.handles(name) for name in ("add", "web_search", "unknown")] == [True, False, True]
    assert not Toolbox([SEARCH]).handles("unknown")
    assert Toolbox().definitions == []


def test_a_definition_is_copied() -> None:
    box = Toolbox([DEFINITION])
    assert box.definitions == [DEFINITION]
    assert box.definitions[0] is not DEFINITION


def no_docstring(a: int) -> int:
    return a


def blank(a: int) -> int:
    """ """
    return a


def untyped(a) -> int:  # type: ignore[no-untyped-def]
    """Say."""
    return int(a)


def starred(*numbers: int) -> int:
    """Add."""
    return sum(numbers)


def by_place(a: int, /) -> int:
    """Say."""
    return a


def framed(table: Desk) -> int:
    """Count."""
    return 1


class SilentDesk:
    def __call__(self, a: int) -> int:
        return a


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (lambda a: a, "lambda has no name"),
        (no_docstring, "no_docstring has no docstring"),
        (blank, "blank has no docstring"),
        (untyped, r"untyped has no type for its parameter 'a'; annotate it \(a: int\)"),
        (starred, r"starred takes \*numbers"),
        (by_place, r"by_place takes a: "),
        (framed, "framed has a parameter that Claude cannot pass as JSON"),
        (functools.partial(no_docstring, 1), "no_docstring has no docstring"),
        (functools.partial(untyped), "untyped has no type for its parameter 'a'"),
        (functools.cache(blank), "blank has no docstring"),
        (SilentDesk(), "SilentDesk has no docstring"),
        (Desk, "tools has type: .*; a tool is a Python function"),
        (len, "len takes obj"),
        (numpy.sin, "sin takes x"),
        (max, "tools has builtin.*; a tool is a Python function"),
        ("add", "tools has str: 'add'; a tool is a Python function"),
        (None, "tools has NoneType"),
    ],
    ids=lambda value: f"{type(value).__name__} {getattr(value, '__name__', None) or str(value)[:12]}",
)
def test_a_function_that_says_too_little_is_refused_with_advice(tool: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        Toolbox([tool])


@pytest.mark.parametrize("one", [add, DEFINITION, "look", b"bytes", None])
def test_a_value_that_is_no_list_of_tools_is_refused_with_an_example(one: Any) -> None:
    with pytest.raises(TypeError, match=r"^tools is .*; pass a list, as in tools=\[lookup\]\.$"):
        Toolbox(one)


@pytest.mark.parametrize("twice", [[add, add], [Desk().look, DEFINITION], [DEFINITION, DEFINITION]])
def test_two_tools_of_one_name_are_refused(twice: list[Any]) -> None:
    with pytest.raises(ValueError, match="Two tools are called"):
        Toolbox(twice)


def größe(a: int) -> int:
    """Measure."""
    return a


@pytest.mark.parametrize(
    "tool",
    [
        größe,
        anthropic.beta_tool(add, name="sums.add"),
        {**DEFINITION, "name": "look up"},
        {**DEFINITION, "type": "custom", "name": "x" * 129},
    ],
    ids=["function", "tool object", "definition", "long"],
)
def test_a_name_that_the_api_refuses_is_refused_with_advice(tool: Any) -> None:
    with pytest.raises(ValueError, match=r"A tool is called '.*anthropic\.beta_tool"):
        Toolbox([tool])


def test_two_partials_of_one_function_are_two_tools_with_names_of_their_own() -> None:
    one, two = functools.partial(add, b=1), functools.partial(add, b=2)
    with pytest.raises(ValueError, match=r"partial\.__name__ = "):
        Toolbox([one, two])
    one.__name__, two.__name__ = "add_one", "add_two"  # type: ignore[attr-defined]
    box = Toolbox([one, two])
    assert [each["name"] for each in box.definitions] == ["add_one", "add_two"]
    assert [box.get(name).call({"a": 5}) for name in ("add_one", "add_two")] == [6, 7]


def test_the_content_of_the_sdks_tool_error_is_for_claude() -> None:
    assert tool_error_content(ToolError("try 7")) == "try 7"
    assert tool_error_content(ValueError("bad")) is None
