"""The names in the failing line with the types of their values, and the versions of the packages involved."""

from __future__ import annotations

import ast
import importlib.metadata
import linecache
import sys
import warnings
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from ..variables.value_type import describe_type, library_of
from .traceback_text import Place

MAX_NAMES = 40
"""The most names of a line that are described."""

_UNKNOWN = object()


def names_in(place: Place) -> dict[str, Any]:
    """Return the names in the expression that failed, with their values. A value may be the module's `UNKNOWN`."""
    frame, tree = place.frame, _parsed(place.filename)
    if frame is None or tree is None:
        return {}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and _is_inside(node, place)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    names = list(dict.fromkeys(node.id for node in nodes))[:MAX_NAMES]
    spaces = [space for space in (frame.f_locals, frame.f_globals) if _is_plain(space)]
    return {name: next((space[name] for space in spaces if name in space), _UNKNOWN) for name in names}


def describe_names(names: dict[str, Any], builtins: Iterable[str]) -> Iterator[str]:
    """Write a line for each name: its type and shape, never its value. Python's own functions are left out."""
    known = set(builtins)
    for name, value in names.items():
        if value is not _UNKNOWN:
            yield f"- `{name}`: {describe_type(value)}"
        elif name not in known:
            yield f"- `{name}`: not defined"


def imported_packages(filename: str) -> Iterator[str]:
    """Return the top packages that a source imports."""
    tree = _parsed(filename)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def packages_of(values: Iterable[Any]) -> Iterator[str]:
    """Return the top packages of modules and of the types of other values."""
    for value in values:
        if value is _UNKNOWN:
            continue
        if type(value) is ModuleType:
            name = ModuleType.__getattribute__(value, "__dict__").get("__name__")
            yield name.partition(".")[0] if type(name) is str else ""
        else:
            yield library_of(type(value))


def versions_of(packages: Iterable[str]) -> Iterator[str]:
    """Write the name and the version of each package that has a version, sorted by name."""
    for package in sorted(set(packages) - {"", "__main__"} - sys.stdlib_module_names, key=str.lower):
        module = sys.modules.get(package)
        version = None if module is None else vars(module).get("__version__")
        if type(version) is not str:
            try:
                version = importlib.metadata.version(package)
            except (importlib.metadata.PackageNotFoundError, ValueError):
                continue
        yield f"{package} {version}"


def _parsed(filename: str) -> ast.Module | None:
    source = "".join(linecache.getlines(filename))
    try:
        # The warnings were shown when the code was compiled first.
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(source) if source else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_inside(node: ast.Name, place: Place) -> bool:
    """Tell whether a name is read in the failing expression; a name that it sets has no value yet."""
    return place.first_line <= node.lineno <= place.last_line and isinstance(node.ctx, ast.Load)


def _is_plain(space: object) -> bool:
    """Tell whether the variables of a frame can be read without the user's code: `exec` takes any mapping."""
    return type(space) is dict or type(space).__name__ == "FrameLocalsProxy"
