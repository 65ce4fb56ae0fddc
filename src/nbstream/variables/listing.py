"""List of the variables that a user can send with a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from .value_type import describe_type, inherits, library_of

MAX_LISTED = 50
"""The most variables that are listed. A longer list is not read, it is narrowed by typing."""

_CODE = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, type)
"""The types of values that are code and no data."""


@dataclass(frozen=True)
class Listing:
    """The first variables that were found.

    Attributes:
        names: Their names.
        types: For each name, the type and the shape of the value in words.
        more: The number of further variables.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    more: int


def list_variables(text: str, variables: Mapping[str, object]) -> Listing:
    """List the variables with a text in their names, those first that begin with it. Capitals do not matter.

    No code of the user runs: values are described by `describe_type`.
    """
    wanted = text.casefold()
    found = [
        (not name.casefold().startswith(wanted), name.casefold(), name)
        for name, value in variables.items()
        if wanted in name.casefold() and is_data(value)
    ]
    names = tuple(name for _, _, name in sorted(found)[:MAX_LISTED])
    types = tuple(describe_type(variables[name]) for name in names)
    return Listing(names, types, len(found) - len(names))


def is_data(value: object) -> bool:
    """Tell whether a value is data, and no module, function, class or chat."""
    kind = type(value)
    return library_of(kind) != "nbstream" and not any(inherits(kind, code) for code in _CODE)
