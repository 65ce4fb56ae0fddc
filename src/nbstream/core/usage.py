"""The API's counts of what a request used, added up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def added(before: Mapping[str, Any], usage: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of two requests, those inside of counts too; what is no count is the later one's."""
    total = {**before, **usage}
    for name, value in before.items():
        other = usage.get(name)
        if other is None:
            total[name] = value
        elif isinstance(value, Mapping) and isinstance(other, Mapping):
            total[name] = added(value, other)
        elif isinstance(value, int) and isinstance(other, int):
            total[name] = value + other
    return total
