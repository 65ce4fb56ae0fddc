"""Interface to the streams of other workers, and an implementation for a single worker, which shares nothing."""

from __future__ import annotations

from typing import Protocol

from ..billing.ledger import Ledger
from ..billing.spending import SingleSpending, Spending
from .stream import ServedStream
from .stream_source import StreamSource


class Cluster(Protocol):
    """The streams of all workers that serve the same callers."""

    @property
    def spending(self) -> Spending:
        """The US dollars that callers have spent or that are kept back for them, at all workers."""

    async def start(self, ledger: Ledger, /) -> None:
        """Join the other workers.

        Args:
            ledger: This worker's ledger. Its running replies are sent to the other workers, whose numbers are
                written to its attribute `running_elsewhere`.
        """

    async def close(self) -> None:
        """Leave the other workers. Called when no stream runs here any more."""

    async def find(self, stream_id: str, /) -> StreamSource | None:
        """Find a stream by its id at any worker; `None` if no worker has it."""

    async def claim(self, stream_id: str, caller: str, /) -> bool:
        """Reserve an id for a stream that is about to begin here.

        Returns:
            `False` if another stream has the id, or if the caller stopped this stream before it was opened.
        """

    def publish(self, stream: ServedStream, /) -> None:
        """Let the other workers read a stream that has begun here."""

    def forget(self, stream_id: str, /) -> None:
        """Stop publishing a stream that was removed here, or release a claimed id whose stream did not begin."""

    async def stop_pending(self, stream_id: str, caller: str, /) -> None:
        """Stop a stream that has not begun yet. Called if the Stop arrives before the request that opens it."""


class SingleWorker:
    """A cluster of one worker: nothing is shared."""

    def __init__(self) -> None:
        self.spending = SingleSpending()

    async def start(self, _: Ledger) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    async def find(self, _: str) -> StreamSource | None:
        """Return `None`, because there are no other workers."""
        return None

    async def claim(self, _: str, __: str) -> bool:
        """Return `True`, because no other worker can have the id."""
        return True

    def publish(self, _: ServedStream) -> None:
        """Do nothing."""

    def forget(self, _: str) -> None:
        """Do nothing."""

    async def stop_pending(self, _: str, __: str) -> None:
        """Do nothing."""
