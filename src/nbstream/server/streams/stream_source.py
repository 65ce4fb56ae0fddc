"""Interface of a stream that readers at this worker can read."""

from __future__ import annotations

from typing import Protocol

from .log_feed import LogFeed


class StreamSource(Protocol):
    """A stream that readers at this worker can read: a stream of this worker, or the replica of another one's.

    Attributes:
        id: The stream's id, by which its caller finds it.
        event_prefix: The part of the events' ids before the position. It is different for each stream, also if
            another stream gets the same `id` later.
        caller: The caller who opened the stream.
        start_position: The position where a new reader begins.
        resume_for_seconds: Time for which the stream waits for a reader whose connection was lost.
        feed: The log that is read.
        readers: The number of connections that read the stream at this worker.
    """

    id: str
    event_prefix: str
    caller: str
    start_position: int
    resume_for_seconds: float
    feed: LogFeed
    readers: int

    def now(self) -> float:
        """Return the time on the clock that the log's ops use, in seconds."""

    def attach(self) -> None:
        """Count a reader that has come."""

    def detach(self) -> None:
        """Count a reader that has left."""

    def stop(self) -> None:
        """Stop the running reply for everyone."""

    def handle_command(self, wire: object) -> None:
        """Handle a page's frame.

        Raises:
            ProtocolError: The frame is not a command, or this stream does not take it.
        """
