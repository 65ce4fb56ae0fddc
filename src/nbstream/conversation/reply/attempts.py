"""Attempts at one request: after a failure another form or another time, until a message answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from ..request.form import RequestForm
from .builder import ReplyBuilder
from .exchange import Exchange


class Attempts:
    """Sends the requests of one reply, each until it is answered. Use it on one event loop only.

    Args:
        client: The client that sends the requests.
        exchange: Sends one request, and writes the message that answers it.
        builder: Writes the reply; what a failed attempt wrote is removed from it.
        form: Brings a request into the form in which it is sent.
        stall_timeout_seconds: As for `Exchange.run`.
        is_running: Tells whether the reply has not ended yet.
        changed: Called when the attempt that failed has been removed.
    """

    def __init__(
        self,
        client: Any,
        exchange: Exchange,
        builder: ReplyBuilder,
        form: RequestForm,
        stall_timeout_seconds: float | None,
        *,
        is_running: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._client = client
        self._exchange = exchange
        self._builder = builder
        self._form = form
        self._stall_timeout_seconds = stall_timeout_seconds
        self._is_running = is_running
        self._changed = changed
        # All requests of a reply share the retries of its client.
        self._failed = 0

    async def run(self, request: Mapping[str, Any]) -> None:
        """Send a request until a message answers it, or until the reply has ended.

        Raises:
            Exception: The request failed, and another attempt would fail too or would show text twice.
        """
        from ...claude.client import backoff_seconds

        while self._is_running():
            try:
                await self._exchange.run(self._client, request, self._form, self._stall_timeout_seconds)
            except Exception as error:
                if not self._is_running():
                    return
                if not self._builder.has_visible_output and self._form.leave_out(request, error):
                    self._builder.reset()
                    continue
                self._failed += 1
                if self._is_final(error):
                    raise
                self._builder.reset()
                self._changed()
                await asyncio.sleep(backoff_seconds(self._failed))
            else:
                return

    def _is_final(self, error: Exception) -> bool:
        from ...claude.failures import errors

        # If the request failed before the stream was open, the SDK has already retried it.
        return (
            not self._exchange.is_open
            or self._builder.has_visible_output
            or self._failed > self._client.max_retries
            or not errors.is_retryable(error)
        )
