"""Registry of the conversations that this worker serves."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ...content.blocks import Content
from ...content.message import UserMessage
from ...core.protocol import ProtocolError
from ...tools.approvals import Approve
from ...tools.toolbox import Toolbox
from ..billing.ledger import Ledger
from ..errors import Refused
from ..http.request_body import Question
from ..limits import Limits
from .caller_turns import CallerTurns
from .cluster_interface import Cluster, SingleWorker
from .end_hook import EndHook, OnEnd
from .redaction import redacted_block_info
from .retention import room_for_bytes, room_for_stream
from .stream import ServedStream
from .stream_factory import StreamFactory
from .stream_source import StreamSource

EARLY_STOP_SECONDS = 60.0
"""Time for which a Stop is remembered if it arrived before the request that opens its stream."""

MAX_EARLY_STOPS = 100
"""The most Stops that are remembered for one caller."""

CLOSE_TIMEOUT_SECONDS = 2.0
"""When the server shuts down, it waits at most this long until its requests to Claude are closed."""


class StreamRegistry:
    """Opens, finds, stops and removes streams. Use it on one event loop only.

    Args:
        client: The async client, or `None` for the one that the environment describes.
        toolbox: The operator's tools.
        approve: Decides which calls of these tools run.
        limits: The limits of each caller and of all callers together.
        resume_for_seconds: Time for which a running reply without readers goes on, and for which an ended reply is
            kept.
        cluster: The other workers; by default there are none.
        on_end: The operator's function that learns of each answer that has ended.
    """

    def __init__(
        self,
        client: Any,
        toolbox: Toolbox,
        approve: Approve | str | None,
        limits: Limits,
        resume_for_seconds: float,
        cluster: Cluster | None = None,
        on_end: OnEnd | None = None,
    ) -> None:
        self.cluster: Cluster = cluster or SingleWorker()
        self.ledger = Ledger(limits, self.cluster.spending)
        self.streams: dict[str, ServedStream] = {}
        self._limits = limits
        self._end_hook = EndHook(on_end)
        self._factory = StreamFactory(
            client, toolbox, approve, limits, resume_for_seconds, self.ledger, self._end_hook
        )
        # The caller and the id of each stream that was stopped before it was opened.
        self._early_stops: set[tuple[str, str]] = set()
        self._file_turns = CallerTurns("nbstream-files")
        self._is_closed = False

    async def start(self) -> None:
        """Join the other workers."""
        await self.cluster.start(self.ledger)

    async def find(self, stream_id: str, caller: str) -> StreamSource | None:
        """Find a caller's stream; `None` if there is none or it belongs to another caller."""
        found = self.streams.get(stream_id) or await self.cluster.find(stream_id)
        return found if found is not None and found.caller == caller else None

    async def open(self, question: Question, caller: str) -> StreamSource:
        """Open a stream, and ask its question if it has one.

        Raises:
            Refused: A limit is reached, the server is shutting down, or the id is taken.
        """
        # A question that is refused leaves no claim of its id with the other workers.
        self._check_limits(question, caller)
        self._room_for(question, caller)
        if question.content is not None:
            await self.ledger.check_dollars(caller)
        if not await self.cluster.claim(question.id, caller) or question.id in self.streams:
            # If a client sends the same request twice, it gets the same stream both times.
            if (found := await self.find(question.id, caller)) is not None:
                return found
            raise Refused(409, "This id was used by an earlier stream; send another id, or none.")
        try:
            self._check_limits(question, caller)
            removed = self._room_for(question, caller)
        except Refused:
            self.cluster.forget(question.id)
            raise
        for old in removed:
            self._remove(old)
        run_in_thread = partial(self._file_turns.run, caller)
        stream = self._factory.create(question, caller, self._remove, self._make_room_for_message, run_in_thread)
        self.streams[question.id] = stream
        self.cluster.publish(stream)
        if question.content is not None:
            self._ask(stream, question.content)
        if (caller, question.id) in self._early_stops:
            self._early_stops.discard((caller, question.id))
            stream.stop()
        return stream

    async def stop(self, stream_id: str, caller: str) -> None:
        """Stop a stream for all of its readers. If it has not been opened yet, it is stopped once it is open.

        Raises:
            Refused: The caller has stopped too many streams that were never opened.
        """
        found = await self.find(stream_id, caller)
        if found is not None:
            found.stop()
            return
        if sum(early == caller for early, _ in self._early_stops) >= MAX_EARLY_STOPS:
            raise Refused(429, f"You stopped {MAX_EARLY_STOPS} streams that have not begun; begin one first.")
        self._early_stops.add((caller, stream_id))
        asyncio.get_running_loop().call_later(EARLY_STOP_SECONDS, self._early_stops.discard, (caller, stream_id))
        await self.cluster.stop_pending(stream_id, caller)

    async def close(self) -> None:
        """End all streams, and wait until their requests are closed."""
        self._is_closed = True
        ends = [stream.conversation.ended for stream in self.streams.values()]
        for stream in list(self.streams.values()):
            stream.close()
        pending = [asyncio.wrap_future(end) for end in ends if end is not None]
        if pending:
            await asyncio.wait(pending, timeout=CLOSE_TIMEOUT_SECONDS)
        await self._end_hook.close()
        self._file_turns.close()
        await self.cluster.close()

    def _check_limits(self, question: Question, caller: str) -> None:
        if self._is_closed:
            # The server began to shut down while the id was being claimed.
            raise Refused(503, "This server is ending; ask again in a moment.", {"Retry-After": "5"})
        if question.content is not None:
            self.ledger.check_running(caller)

    def _ask(self, stream: ServedStream, content: Content) -> None:
        try:
            stream.ask(UserMessage.without_previews(content))
        except Exception:
            self._remove(stream)
            raise
        # The caller sees all blocks after the question, so these are described with previews and redacted.
        stream.conversation.transcript.describe_block = redacted_block_info
        if not stream.conversation.running:
            # The question was refused, and the stream's log has the reason. A stream is closed when its reply
            # ends. Here no reply runs, so the stream is closed at once.
            asyncio.get_running_loop().call_soon(stream.ended)

    def _room_for(self, question: Question, caller: str) -> list[ServedStream]:
        is_chat = question.content is None
        return room_for_stream(
            self.streams.values(), self._limits, caller, is_chat=is_chat, more_bytes=question.size_bytes
        )

    def _make_room_for_message(self, growing: ServedStream, more_bytes: int) -> None:
        """Make room for a message of a page.

        Raises:
            ProtocolError: There is no room.
        """
        try:
            removed = room_for_bytes(self.streams.values(), self._limits, growing.caller, more_bytes, growing)
        except Refused as refused:
            raise ProtocolError(refused.sentence) from refused
        for stream in removed:
            self._remove(stream)

    def _remove(self, stream: ServedStream) -> None:
        if self.streams.pop(stream.id, None) is not None:
            stream.close()
            self.cluster.forget(stream.id)
