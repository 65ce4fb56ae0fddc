"""Form in which the requests of one reply are sent.

It has what the answers before it handed over, and only the defaults that the model and the server take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ...core.transcript import Transcript
from .container import forget_containers, with_container
from .default_fields import DefaultFields, NamedFields


class RequestForm:
    """Brings the requests of one reply into the form in which they are sent.

    Args:
        transcript: The conversation.
        server: The address of the server.
        model: The name of the model.
        named_fields: Finds the fields that a failure names as the reason of a refusal.
        is_lasting: Tells whether the server will never take these fields for the model.
        now: Returns the time, with its time zone.
    """

    def __init__(
        self,
        transcript: Transcript,
        server: str,
        model: str,
        named_fields: NamedFields,
        is_lasting: Callable[[Exception], bool],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transcript = transcript
        self._default_fields = DefaultFields(server, model)
        self._named_fields = named_fields
        self._is_lasting = is_lasting
        self._now = now

    def apply(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request as it is sent."""
        return self._default_fields.fit(self._with_container(request))

    def leave_out(self, request: Mapping[str, Any], error: Exception) -> bool:
        """Leave out what an error names and no caller gave, and return whether there is any such field.

        Args:
            request: The request, as it was passed to `apply`.
            error: The failure of the request.
        """
        is_handed_over = self._with_container(request).get("container") is not request.get("container")
        if is_handed_over and self._named_fields(error, ["container"]):
            forget_containers(self._transcript.turns)
            return True
        lasting = self._is_lasting(error)
        return self._default_fields.leave_out(request, error, self._named_fields, is_lasting=lasting)

    def accepted(self) -> None:
        """Remember what was left out, because the server took a request."""
        self._default_fields.remember()

    def _with_container(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return with_container(request, self._transcript.turns, self._now())
