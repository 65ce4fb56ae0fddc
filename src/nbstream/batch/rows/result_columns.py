"""Columns of a run's results: their names, and the value of each in a row.

An output that is an object has a column for each of its fields. Any other output, and text, has one column,
`answer`. No name of the user's own columns is taken: where one has the name already, the result's column ends in
`_answer`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from ...output.columns import fields_of
from ...output.output_format import OutputFormat

ANSWER = "answer"
SUFFIX = "_answer"


class ResultColumns:
    """The columns of a run's results.

    Args:
        format_: The type that the answers are held to; `None` for text.
        taken: The names of the columns that the rows have already.

    Attributes:
        names: The names of the columns.
    """

    def __init__(self, format_: OutputFormat | None, taken: Iterable[str]) -> None:
        self._fields = fields_of(format_["schema"]) if format_ is not None else []
        used = set(taken)
        self.names: list[str] = []
        for name in self._fields or [ANSWER]:
            free = name
            while free in used:
                free += SUFFIX
            used.add(free)
            self.names.append(free)

    def values(self, result: Any) -> list[Any]:
        """Return the values of one result, in the order of `names`."""
        value = plain_value(result)
        if not self._fields:
            return [value]
        members = value if isinstance(value, Mapping) else {}
        return [members.get(field) for field in self._fields]

    def columns(self, results: Sequence[Any]) -> dict[str, list[Any]]:
        """Return the values of all results by the names of the columns; `None` where a row has no result."""
        empty = [None] * len(self.names)
        rows = [empty if result is None else self.values(result) for result in results]
        return {name: [row[place] for row in rows] for place, name in enumerate(self.names)}


def plain_value(value: Any) -> Any:
    """Return a value as cells of data frames have it: models and dataclasses as dicts, enums as their values."""
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "model_dump"):
        # The schema has the names by which the API answers.
        return plain_value(value.model_dump(by_alias=True))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: plain_value(member) for name, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(member) for member in value]
    return value
