"""What other workers have, as this one asks for it; and nothing of it, where there are none."""

from __future__ import annotations

from typing import Protocol

from ..billing.ledger import Ledger
from .stream import ServedStream, StreamSource


class Cluster(Protocol):
    """The streams of other workers."""

    async def start(self, ledger: Ledger, /) -> None:
        """Begin; what runs and what is spent is told to the others, and what they have is noted there."""

    async def close(self) -> None:
        """Nothing runs here any more."""

    async def find(self, name: str, /) -> StreamSource | None:
        """The stream of this name that runs there, if any does."""

    async def claim(self, name: str, caller: str, /) -> bool:
        """Whether nobody else has a stream of this name, nor has its caller stopped it before it came."""

    def announce(self, served: ServedStream, /) -> None:
        """A stream begins here; the others may read it from now on."""

    def forget(self, name: str, /) -> None:
        """A stream is not here any more, or has not begun although its name was claimed."""

    async def stop_early(self, name: str, caller: str, /) -> None:
        """A stream was stopped that is not there yet."""


class SingleWorker:
    """No other worker."""

    async def start(self, _: Ledger) -> None:
        """Nobody is to be told."""

    async def close(self) -> None:
        """Nobody is to be told."""

    async def find(self, _: str) -> StreamSource | None:
        """Nothing runs elsewhere."""
        return None

    async def claim(self, _: str, __: str) -> bool:
        """Nobody else has anything."""
        return True

    def announce(self, _: ServedStream) -> None:
        """Nobody is to be told."""

    def forget(self, _: str) -> None:
        """Nobody is to be told."""

    async def stop_early(self, _: str, __: str) -> None:
        """Nobody is to be told."""
