"""Error of a reply that has no output of the type that was asked for."""

from __future__ import annotations

from collections.abc import Mapping

MAX_FIELDS = 5
"""The number of faulty fields that an error's sentence names. `OutputError.fields` has all of them."""


class OutputError(ValueError):
    """A reply has ended, and its text is not what `output=` asked for.

    The chat keeps the text in `chat.text`; `chat.retry()` asks again, and `chat.continue_()` goes on where the
    answer broke off.

    Attributes:
        fields: For each field that does not fit, the reason. The name is a path such as `cities[2].people`, and
            empty for the whole answer. The mapping is empty if the answer is not complete.
    """

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields: Mapping[str, str] = dict(fields or {})

    @property
    def is_misfit(self) -> bool:
        """Whether the answer is complete and does not fit. Otherwise it has broken off, or was declined."""
        return bool(self.fields)

    @classmethod
    def misfit(cls, name: str, fields: Mapping[str, str]) -> OutputError:
        """Make the error of a complete answer that does not fit.

        Args:
            name: The name of the type.
            fields: As the attribute.
        """
        named = [f"{field or 'the answer'}: {reason}" for field, reason in list(fields.items())[:MAX_FIELDS]]
        rest = len(fields) - MAX_FIELDS
        more = f"; and {rest} more" if rest > 0 else ""
        return cls(f"The answer does not fit {name}: {'; '.join(named)}{more}.", fields)


def field_path(location: tuple[object, ...]) -> str:
    """Return the path of a field: `("cities", 2, "people")` becomes `cities[2].people`."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path
