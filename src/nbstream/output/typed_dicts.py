"""`typing.TypedDict` in the form that pydantic takes.

Before Python 3.12, pydantic takes only the `TypedDict` of typing_extensions: that of `typing` does not know which
of its fields a base class has made optional.
"""

from __future__ import annotations

import sys
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict


def readable_by_pydantic(wanted: Any) -> Any:
    """Return a type in which each `typing.TypedDict` is one of typing_extensions with the same fields."""
    if sys.version_info >= (3, 12):
        return wanted
    import typing_extensions as extensions

    if is_typeddict(wanted) and type(wanted).__module__ == "typing":
        hints = get_type_hints(wanted, include_extras=True)
        make: Any = extensions.TypedDict
        made = make(wanted.__name__, {name: _field(hint, name, wanted) for name, hint in hints.items()})
        made.__doc__ = wanted.__doc__
        return made
    arguments = get_args(wanted)
    origin = get_origin(wanted)
    if origin in (list, tuple, dict, set, frozenset) and arguments:
        return origin[tuple(readable_by_pydantic(argument) for argument in arguments)]
    return wanted


def _field(hint: Any, name: str, owner: Any) -> Any:
    import typing_extensions as extensions

    # `__required_keys__` does not see the mark in an annotation that is text (PEP 563).
    mark = getattr(get_origin(hint), "_name", None)
    is_marked = mark in ("Required", "NotRequired")
    is_required = mark == "Required" if is_marked else name in owner.__required_keys__
    form: Any = extensions.Required if is_required else extensions.NotRequired
    return form[readable_by_pydantic(get_args(hint)[0] if is_marked else hint)]
