"""Beginning of a value's `repr`, for error texts. A value may come from anybody and have megabytes."""

from __future__ import annotations

import reprlib
from itertools import islice
from typing import Any

MAX_ITEMS = 6
"""Items of a list or an object that are shown."""


class _ShortRepr(reprlib.Repr):
    """Builds no more of a `repr` than is shown: `f"{body!r:.60}"` took 1.1 s of the loop for a body of 10 MB."""

    def __init__(self, max_chars: int) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = max_chars
        self.maxlist = self.maxtuple = self.maxset = self.maxdict = MAX_ITEMS

    def repr_str(self, x: str, _level: int) -> str:
        return repr(x[: self.maxstring])

    def repr_bytes(self, x: bytes, _level: int) -> str:
        return repr(x[: self.maxstring])

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        # The method of `reprlib` sorts the names of all items first.
        if level <= 0:
            return "{...}" if x else "{}"
        pairs = [
            f"{self.repr1(k, level - 1)}: {self.repr1(v, level - 1)}" for k, v in islice(x.items(), MAX_ITEMS)
        ]
        return "{" + ", ".join(pairs + (["..."] if len(x) > MAX_ITEMS else [])) + "}"


def short_repr(value: object, max_chars: int) -> str:
    """Return the first characters of a value's `repr`, without building the rest of it."""
    return _ShortRepr(max_chars).repr(value)[:max_chars]
