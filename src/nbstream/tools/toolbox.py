"""The tools of a chat: functions of the notebook, the SDK's tool objects, and definitions for the API.

The SDK makes schemas from functions and checks arguments. For that it needs a function's types and docstring; the
errors of this module name the parts that a function lacks.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from ..content.blocks import as_list
from .callables import as_function

ACCEPTED = (
    "a tool is a Python function, a partial or a callable object with types and a docstring, one of the SDK's "
    "tool objects (beta_tool, beta_async_tool, MCP helpers), or a definition as the Messages API takes it ({…})"
)

MAX_NAME_CHARS = 128
"""The most characters of a tool's name. The API answers a longer name, and one with other characters, with "String
should match pattern '^[a-zA-Z0-9_-]{1,128}$'"."""

MAX_KEPT_TOOLS = 64
"""Functions whose tools are kept for later chats."""

_NAME = re.compile(f"[a-zA-Z0-9_-]{{1,{MAX_NAME_CHARS}}}")

Tool: TypeAlias = Any
"""A tool object like those of the SDK, with `name`, `to_dict()` and `call(input)`."""


class Toolbox:
    """The tools that Claude may call.

    Args:
        tools: Functions, tool objects and definitions.

    Attributes:
        definitions: The definitions of the tools, as a request has them.

    Raises:
        TypeError: An item is not a tool, or is a function without a docstring or types.
        ValueError: Two tools have the same name.
    """

    def __init__(self, tools: Iterable[object] = ()) -> None:
        self.definitions: list[dict[str, Any]] = []
        self._tools: dict[str, Tool] = {}
        self._definition_names: set[str] = set()
        for tool in as_list(tools, "tools", "a list, as in tools=[lookup]"):
            self._add(tool)

    def handles(self, name: str) -> bool:
        """Tell whether a call of this name is answered here: by a function, or by an error if no tool has it."""
        return bool(self._tools) and name not in self._definition_names

    def get(self, name: str) -> Tool | None:
        """Return the tool of this name that runs here; `None` if there is none."""
        return self._tools.get(name)

    def _add(self, tool: Any) -> None:
        if isinstance(tool, Mapping):
            name = str(tool.get("name", ""))
            if tool.get("type", "custom") == "custom":
                _check_name(name)
            self._check_unique(name)
            self.definitions.append(dict(tool))
            self._definition_names.add(name)
            return
        if not _is_tool_object(tool):
            function = as_function(tool)
            if function is None:
                raise TypeError(f"tools has {type(tool).__name__}: {tool!r:.60}; {ACCEPTED}.")
            tool = _as_tool(function)
        definition = dict(tool.to_dict())
        name = str(getattr(tool, "name", "") or definition.get("name", ""))
        _check_name(name)
        self._check_unique(name)
        self._tools[name] = tool
        self.definitions.append(definition)

    def _check_unique(self, name: str) -> None:
        # Some definitions have no name, such as the toolset of an MCP server.
        if name and (name in self._tools or name in self._definition_names):
            raise ValueError(
                f"Two tools are called {name!r}; Claude calls tools by name, so rename one. A partial has a name "
                f'of its own after partial.__name__ = "…".'
            )


def _is_tool_object(tool: object) -> bool:
    return not inspect.isclass(tool) and hasattr(tool, "to_dict") and callable(getattr(tool, "call", None))


def _check_name(name: str) -> None:
    """Refuse a name that the API does not take."""
    if name and not _NAME.fullmatch(name):
        raise ValueError(
            f"A tool is called {name!r:.200}, and the API takes names of at most {MAX_NAME_CHARS} characters: "
            "letters from a to z, digits, underscores and hyphens. Rename it, or give it a name for Claude with "
            'anthropic.beta_tool(function, name="…").'
        )


def _as_tool(function: Callable[..., Any]) -> Tool:
    _check_function(function)
    annotations = inspect.get_annotations(function)
    # A type that is given as text may be another one at each look.
    is_kept = not any(isinstance(annotation, str) for annotation in annotations.values())
    make = _kept_tool if is_kept else _new_tool
    try:
        return make(function, function.__name__, function.__doc__, str(annotations))
    except Exception as error:
        raise TypeError(
            f"The tool {function.__name__} has a parameter that Claude cannot pass as JSON; annotate each as "
            f"str, int, float, bool, list, dict or a pydantic model. ({str(error).splitlines()[0]})"
        ) from error


def _new_tool(function: Callable[..., Any], *_: object) -> Tool:
    from ..claude.client import as_tool

    return as_tool(function)


# Python never frees a tool that pydantic has made (38 objects), so each function has one for all chats. The
# further arguments tell whether the function has changed.
_kept_tool = lru_cache(MAX_KEPT_TOOLS)(_new_tool)


def _check_function(function: Callable[..., Any]) -> None:
    """Refuse a function that does not tell Claude its purpose and its arguments."""
    name = getattr(function, "__name__", "?")
    if name == "<lambda>":
        raise TypeError("A lambda has no name, types or docstring; write the tool with def.")
    if not (function.__doc__ or "").strip():
        raise TypeError(
            f"The tool {name} has no docstring; describe in it the tool's purpose and when to call it."
        )
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            raise TypeError(f"The tool {name} takes {parameter}; Claude passes arguments by name, so name each.")
        if parameter.annotation is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            raise TypeError(
                f"The tool {name} has no type for its parameter {parameter.name!r}; annotate it "
                f"({parameter.name}: int), so that Claude knows the values to pass."
            )
