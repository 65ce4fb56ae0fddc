"""Code that fails as a notebook's cell does, for the tests of the question."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

_numbers = count(1)


@contextmanager
def cell(source: str) -> Iterator[str]:
    """Give a source to `linecache` as IPython does with that of a cell, and yield its name."""
    name = f"/tmp/ipykernel_0/{next(_numbers)}.py"
    linecache.cache[name] = (len(source), None, [line + "\n" for line in source.splitlines()], name)
    try:
        yield name
    finally:
        del linecache.cache[name]


def run(source: str, name: str, names: dict[str, Any] | None = None) -> BaseException:
    """Run the source of a cell, and return the exception with which it fails."""
    try:
        exec(compile(source, name, "exec"), {"__name__": "__main__"} if names is None else names)
    except BaseException as error:
        # The first frame is the one of this function.
        return error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    raise AssertionError("the cell did not fail")


@contextmanager
def failed(source: str, names: dict[str, Any] | None = None) -> Iterator[BaseException]:
    """Run a source as a cell, and yield the exception with which it fails."""
    with cell(source) as name:
        yield run(source, name, names)
