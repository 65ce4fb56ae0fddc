"""Reader of request bodies. It limits the bytes of all bodies that are in memory at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from ..errors import Refused
from ..limits import Limits


class BodyReader:
    """Reads the bodies of all requests. Lives on one loop.

    Args:
        limits: The limits of one body, of one caller's bodies, and of all bodies together.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        # Bytes of bodies that arrive or are being handled, by caller.
        self._bytes_in_flight: Counter[str] = Counter()

    @asynccontextmanager
    async def read(self, request: Request, caller: str) -> AsyncIterator[bytearray]:
        """Read the body of a caller's request. Its bytes count as in flight until the context ends.

        Raises:
            Refused: The body is larger than `limits.body_bytes`, has not arrived after `limits.body_seconds`, or
                too many bytes of other bodies are in flight.
        """
        limits = self._limits
        too_large = Refused(
            413, f"The body is larger than {limits.body_bytes:,} bytes, which is the most that this server takes."
        )
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > limits.body_bytes:
            raise too_large
        body = bytearray()
        try:
            try:
                async with asyncio.timeout(limits.body_seconds):
                    async for chunk in request.stream():
                        if len(body) + len(chunk) > limits.body_bytes:
                            raise too_large
                        self._check_in_flight(caller, len(chunk))
                        self._bytes_in_flight[caller] += len(chunk)
                        body += chunk
            except (TimeoutError, ClientDisconnect) as error:
                sentence = f"The body did not arrive within {limits.body_seconds:g} s; send the request again."
                raise Refused(408, sentence, {"Connection": "close"}) from error
            # The body is not copied, because a copy would not be counted.
            yield body
        finally:
            self._bytes_in_flight[caller] -= len(body)
            if not self._bytes_in_flight[caller]:
                del self._bytes_in_flight[caller]

    def _check_in_flight(self, caller: str, more_bytes: int) -> None:
        # A single body of the largest size always fits.
        callers_bytes = max(self._limits.bodies_bytes_per_caller, self._limits.body_bytes)
        all_bytes = max(self._limits.bodies_bytes, self._limits.body_bytes)
        if self._bytes_in_flight[caller] + more_bytes > callers_bytes:
            raise Refused(
                429,
                f"Bodies of {callers_bytes:,} bytes are arriving from you, which is the limit; send one after the "
                "other.",
                {"Retry-After": "5"},
            )
        if self._bytes_in_flight.total() + more_bytes > all_bytes:
            raise Refused(
                429,
                f"Bodies of {all_bytes:,} bytes are arriving here, which is the limit; try again in a moment.",
                {"Retry-After": "5"},
            )
