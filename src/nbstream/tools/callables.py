"""Plain functions made of other callables: partials, cached functions, decorated methods and callable objects.

The SDK makes a tool's schema from a function with a name, a docstring and types. Other callables have these on the
object that they wrap, and the SDK does not look there.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def as_function(value: object) -> Callable[..., Any] | None:
    """Return a plain function that calls `value`; return `None` if `value` cannot be called or has no signature.

    A class is no tool: calling it makes an object, of which Claude would only get the `repr`.
    """
    if inspect.isfunction(value) or (inspect.ismethod(value) and inspect.isfunction(value.__func__)):
        return value
    if not callable(value) or inspect.isclass(value):
        return None
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    # Arguments that a partial has set belong to the notebook: Claude must not see them, and cannot replace them.
    bound = value.keywords if isinstance(value, functools.partial) else {}
    hints = _type_hints(value)
    parameters = [
        parameter.replace(annotation=hints.get(name, parameter.annotation))
        for name, parameter in signature.parameters.items()
        if name not in bound
    ]
    function = _calling_function(value)
    function.__name__ = function.__qualname__ = _name_of(value)
    function.__doc__ = _docstring_of(value)
    function.__module__ = getattr(_source_of(value), "__module__", None) or function.__module__
    function.__annotations__ = {
        parameter.name: parameter.annotation
        for parameter in parameters
        if parameter.annotation is not parameter.empty
    }
    function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return function


def _calling_function(value: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(type(value).__call__):

        async def call_async(*args: Any, **arguments: Any) -> Any:
            return await value(*args, **arguments)

        return call_async

    def call(*args: Any, **arguments: Any) -> Any:
        return value(*args, **arguments)

    return call


def _source_of(value: object) -> object:
    """Return the function or method whose code runs when `value` is called."""
    if isinstance(value, functools.partial):
        return _source_of(value.func)
    inner = inspect.unwrap(value) if callable(value) else value
    if inspect.isroutine(inner):
        return inner
    return type(inner).__call__ if inner is value else _source_of(inner)


def _type_hints(value: object) -> dict[str, Any]:
    """Return the types of the parameters, with annotations that are text turned into types where possible."""
    with suppress(Exception):
        return typing.get_type_hints(_source_of(value), include_extras=True)
    return {}


def _name_of(value: object) -> str:
    """Return the name that the object itself has, or that of the function in it, or that of its class."""
    own = getattr(value, "__name__", None)
    if isinstance(own, str):
        return own
    return _name_of(value.func) if isinstance(value, functools.partial) else type(value).__name__


def _docstring_of(value: object) -> str | None:
    # The class of a partial has a docstring too, which says nothing about this partial.
    own = vars(value).get("__doc__") if hasattr(value, "__dict__") else None
    if isinstance(own, str):
        return own
    if isinstance(value, functools.partial):
        return _docstring_of(value.func)
    source = _source_of(value)
    return getattr(source, "__doc__", None) or (None if source is value else type(value).__doc__)
