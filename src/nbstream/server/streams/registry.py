"""Every conversation that this worker serves, by its name."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ...conversation.conversation import Conversation
from ...core.block_info import shown
from ...kernel.event_loop import clock
from ...kernel.main_thread import main_thread
from ...tools.calls import Approve, ToolRunner
from ...tools.toolbox import Toolbox
from ..billing.account import Account, count_pages
from ..billing.ledger import Ledger
from ..errors import Refused
from ..http.request_body import Question
from ..limits import Limits
from .cluster_interface import Cluster, SingleWorker
from .redaction import show
from .stream import ServedStream, StreamSource

log = logging.getLogger("nbstream")

EARLY = 60.0
"""Seconds for which a stop is remembered that came before its stream: it overtakes it by seconds."""

EARLY_STOPS = 100
"""The most of them that one caller may have."""

KEPT = 32
"""The most streams of one caller that are kept although they have ended, for readers who come back."""

CLOSING = 2.0
"""Seconds that the end of the server waits for requests to be closed."""


class Streams:
    """Makes, finds, stops and forgets streams. Lives on one loop.

    Args:
        client: The async client, or `None` for the one the environment describes.
        toolbox: The operator's tools.
        approve: Decides which calls of them run.
        limits: What a caller may have.
        resume_for: Seconds for which a reply goes on without a reader, and is kept when it has ended.
        elsewhere: The streams of other workers.
    """

    def __init__(
        self,
        client: Any,
        toolbox: Toolbox,
        approve: Approve | str | None,
        limits: Limits,
        resume_for: float,
        elsewhere: Cluster | None = None,
    ) -> None:
        self.ledger = Ledger(limits)
        self.elsewhere: Cluster = elsewhere or SingleWorker()
        self.served: dict[str, ServedStream] = {}
        self._client = client
        self._toolbox = toolbox
        self._approve = approve
        self._limits = limits
        self._resume_for = resume_for
        # Callers, and names of streams that were stopped before they came.
        self._stopped: set[tuple[str, str]] = set()
        # One after the other: to scale down a picture may take 900 MB of memory.
        self._files = ThreadPoolExecutor(1, "nbstream-files")
        self._is_closed = False

    async def start(self) -> None:
        """Begin to share what is served here with other workers."""
        await self.elsewhere.start(self.ledger)

    async def find(self, name: str, caller: str) -> StreamSource | None:
        """A caller's stream; what is not theirs is not there."""
        found = self.served.get(name) or await self.elsewhere.find(name)
        return found if found is not None and found.caller == caller else None

    async def open(self, question: Question, caller: str) -> StreamSource:
        """Begin a stream; where a question is asked, its reply begins too.

        Raises:
            Refused: A limit is reached, or the name is another caller's.
        """
        if question.content is not None and self._limits.dollars_per_day is not None:
            await asyncio.to_thread(count_pages, [question.history, question.content])
        if not await self.elsewhere.claim(question.id, caller) or question.id in self.served:
            # A request that was sent twice: both may be answered by the same stream.
            if (found := await self.find(question.id, caller)) is not None:
                return found
            raise Refused(409, "A stream of this id was there before; send another id, or none.")
        try:
            if self._is_closed:
                # It has ended while the name was claimed.
                raise Refused(503, "This server is ending; ask again in a moment.", {"Retry-After": "5"})
            if question.content is not None:
                self.ledger.check(caller)
            self._make_room(caller, goes_on=question.content is None)
        except Refused:
            self.elsewhere.forget(question.id)
            raise
        served = self._make(question, caller)
        self.served[question.id] = served
        self.elsewhere.announce(served)
        if question.content is not None:
            try:
                served.ask(question.content)
            except Exception:
                self._forget(served)
                raise
            # From here on its caller reads.
            served.conversation.transcript.show = show
            if not served.conversation.running:
                # It may not begin, as its reader is told. No reply ends, so the stream would stay open.
                asyncio.get_running_loop().call_soon(served.ended)
        if (caller, question.id) in self._stopped:
            self._stopped.discard((caller, question.id))
            served.stop()
        return served

    async def stop(self, name: str, caller: str) -> None:
        """Stop a stream for everyone; one that is not there yet will not begin."""
        found = await self.find(name, caller)
        if found is not None:
            found.stop()
            return
        if sum(early == caller for early, _ in self._stopped) >= EARLY_STOPS:
            raise Refused(429, f"{EARLY_STOPS} streams were stopped that are not there; ask for one first.")
        self._stopped.add((caller, name))
        asyncio.get_running_loop().call_later(EARLY, self._stopped.discard, (caller, name))
        await self.elsewhere.stop_early(name, caller)

    async def close(self) -> None:
        """End all of them, and wait until their requests are closed."""
        self._is_closed = True
        ends = [served.conversation.ended for served in self.served.values()]
        for served in list(self.served.values()):
            served.close()
        waiting = [asyncio.wrap_future(end) for end in ends if end is not None]
        if waiting:
            await asyncio.wait(waiting, timeout=CLOSING)
        self._files.shutdown(wait=False, cancel_futures=True)
        await self.elsewhere.close()

    def _make(self, question: Question, caller: str) -> ServedStream:
        goes_on = question.content is None
        account = Account(self.ledger, self._limits, caller)
        calls = partial(ToolRunner, self._toolbox, self._approve, main_thread(None), clock)
        conversation = Conversation(
            self._client,
            question.request,
            question.history,
            clock,
            permit=account.permit,
            permit_more=account.permit_more,
            new_calls=calls if self._toolbox.definitions else lambda *_: None,
            # Whoever asks once is shown nothing of what they sent, and no picture in it is decoded.
            show=show if goes_on else shown,
            explain=_explain,
        )
        served = ServedStream(
            question.id,
            caller,
            conversation,
            resume_for=self._resume_for,
            goes_on=goes_on,
            longest=self._limits.prompt_characters,
            forget=self._forget,
            aside=partial(asyncio.get_running_loop().run_in_executor, self._files),
        )

        def ended() -> None:
            account.settle(conversation)
            served.ended()

        conversation.on_end = ended
        return served

    def _make_room(self, caller: str, *, goes_on: bool) -> None:
        """Have an empty one, or that which nobody has read for longest, go for another, where there are too many.

        Raises:
            Refused: All that there may be are read.
        """
        kept = [
            served
            for served in self.served.values()
            if served.caller == caller
            and served.goes_on is goes_on
            and (goes_on or not served.conversation.running)
        ]
        if len(kept) < (self._limits.chats_per_caller if goes_on else KEPT):
            return
        unread = [served for served in kept if not served.is_read]
        if unread:
            # Of one in which nothing was said, a page that rests is not told: it begins another without a word.
            self._forget(min(unread, key=lambda served: (bool(served.growing.log.seq), served.left_at)))
        elif goes_on:
            raise Refused(429, f"{len(kept)} conversations of yours are open, which is all that may; close one.")
        elif len(kept) >= max(KEPT, self._limits.streams_per_caller):
            # So many may end at once. Readers that take a byte now and then would keep any number.
            raise Refused(
                429,
                f"{len(kept)} answers of yours have ended and are still being read; read them to their end.",
                {"Retry-After": "5"},
            )

    def _forget(self, served: ServedStream) -> None:
        if self.served.pop(served.id, None) is not None:
            served.close()
            self.elsewhere.forget(served.id)


def _explain(error: BaseException) -> str:
    """What its reader is told of a failure; the rest is for the operator."""
    # Late: importing the SDK takes a second.
    from ...claude.errors import explain, explain_outside

    log.warning("a reply failed: %s", explain(error))
    return explain_outside(error)
