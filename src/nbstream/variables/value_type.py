"""Type and shape of a value as a short text, found without running the user's code.

Properties, `__len__`, `__repr__` and even `__class__` of a class may be the user's code and may take minutes. So
sizes are read by the functions of Python's own classes, and shapes only of classes of the libraries named here.
This module imports none of these libraries, because a notebook with such a value has imported its library already.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

SHAPED_LIBRARIES = frozenset(
    [
        "numpy",
        "pandas",
        "geopandas",
        "polars",
        "pyarrow",
        "torch",
        "jax",
        "jaxlib",
        "tensorflow",
        "scipy",
        "xarray",
    ]
)
"""Libraries whose classes have a `shape` that is known without a computation."""

_TYPE_PARAMETERS = re.compile(r"[\[({].*", re.DOTALL)
"""The part of a data type's text that may hold values and names, such as the categories of polars' `Enum`."""

MAX_DIMENSIONS = 8
"""The most numbers of a shape that are shown."""

_SIZES: tuple[tuple[type, Callable[[Any], int], str], ...] = (
    (str, str.__len__, "character"),
    (bytes, bytes.__len__, "byte"),
    (bytearray, bytearray.__len__, "byte"),
    (list, list.__len__, "item"),
    (tuple, tuple.__len__, "item"),
    (set, set.__len__, "item"),
    (frozenset, frozenset.__len__, "item"),
    (deque, deque.__len__, "item"),
    (dict, dict.__len__, "key"),
)


def describe_type(value: object) -> str:
    """Return the type of a value, and its size or shape if it has one, as in `pandas.DataFrame, 3 × 2`."""
    kind = type(value)
    if inherits(kind, type):
        return f"class {type_name(value)}"
    if kind is ModuleType:
        # The name may have been replaced by a value of any type.
        name = ModuleType.__getattribute__(value, "__dict__").get("__name__")
        return f"module {name}" if type(name) is str else "module"
    if kind is FunctionType:
        code = value.__code__  # type: ignore[attr-defined]
        return f"function of ({', '.join(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])})"
    return ", ".join([type_name(kind), *_details(value, kind)])


def type_name(kind: Any) -> str:
    """Return the name of a class after its library's: `pandas.DataFrame` for `pandas.core.frame.DataFrame`."""
    name = type.__dict__["__qualname__"].__get__(kind)
    library = library_of(kind)
    return name if library in ("", "builtins", "__main__") else f"{library}.{name}"


def library_of(kind: Any) -> str:
    """Return the name of the top module that a class was defined in; empty if it does not say so."""
    module = type.__dict__["__module__"].__get__(kind)
    return module.partition(".")[0] if type(module) is str else ""


def inherits(kind: type, base: type) -> bool:
    """Tell whether a class is `base` or inherits from it. `isinstance` may run code of the value's class."""
    return any(each is base for each in bases_of(kind))


def bases_of(kind: type) -> tuple[type, ...]:
    """Return a class and all that it inherits from, in the order in which Python looks up attributes."""
    return type.__dict__["__mro__"].__get__(kind)  # type: ignore[no-any-return]


def _details(value: Any, kind: type) -> Iterator[str]:
    for base, length_of, unit in _SIZES:
        if inherits(kind, base):
            count = length_of(value)
            yield f"{count:,} {unit if count == 1 else unit + 's'}"
            return
    if kind is range:
        yield f"{len(value):,} items"
    elif _is_of(kind, {"PIL"}):
        yield from _picture_size(value)
    elif _is_of(kind, SHAPED_LIBRARIES):
        yield from _shape(value, kind)


def _is_of(kind: type, libraries: frozenset[str] | set[str]) -> bool:
    """Tell whether a class and all its bases are of these libraries, which have been imported."""
    others = [base for base in bases_of(kind) if base is not object and library_of(base) not in _PLAIN]
    return bool(others) and all(library_of(base) in libraries and _is_defined(base) for base in others)


_PLAIN = frozenset({"builtins", "abc", "typing", "collections", "types", "enum"})
"""Modules of Python whose classes have no `shape` of their own."""


def _is_defined(kind: type) -> bool:
    """Tell whether the module that a class names really has it; a user's class may name any module."""
    module = sys.modules.get(type.__dict__["__module__"].__get__(kind))
    return module is not None and vars(module).get(kind.__name__) is kind


def _shape(value: Any, kind: type) -> Iterator[str]:
    has_shape, has_dtype = (any(name in vars(base) for base in bases_of(kind)) for name in ("shape", "dtype"))
    if not has_shape:
        return
    try:
        numbers = [int(number) for number in tuple(value.shape)]
        more = [_TYPE_PARAMETERS.sub("", str(value.dtype)) or "structured"] if has_dtype else []
        if library_of(kind) == "torch":
            more.append(f"on {value.device}")
    except Exception:
        # The shape of a tensor may be unknown, and a library may have changed.
        return
    if not numbers and more[:1] == [kind.__name__]:
        return
    counts = [f"{number:,}" for number in numbers[:MAX_DIMENSIONS]]
    if len(counts) == 1:
        yield f"{counts[0]} value" if numbers == [1] else f"{counts[0]} values"
    else:
        yield " × ".join(counts) or "scalar"
    yield from more


def _picture_size(value: Any) -> Iterator[str]:
    try:
        width, height = value.size
        yield f"{int(width):,} × {int(height):,} pixels"
    except Exception:
        return
