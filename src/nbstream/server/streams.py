"""Every conversation that this worker serves, by its name."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from functools import partial
from typing import Any

from ..attachments import of_message
from ..calls import Approve, Calls
from ..conversation import Conversation
from ..core.content import Content
from ..core.prices import cost_of, price_of
from ..core.protocol import Prompt
from ..core.shown import shown
from ..main_thread import main_thread
from ..previews import show
from ..pricing import prices, total
from ..runner import clock
from ..tools import Toolbox
from .elsewhere import Alone, Elsewhere
from .ledger import Ledger
from .limits import Limits
from .question import Question
from .refused import Refused
from .served import Readable, Served

log = logging.getLogger("nbstream")

STOPPED_KEPT = 1_000
"""Names of streams that were stopped before they came: a stop that overtakes its question is by seconds early."""

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
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.ledger = Ledger(limits)
        self.elsewhere: Elsewhere = elsewhere or Alone()
        self.served: dict[str, Served] = {}
        self._client = client
        self._toolbox = toolbox
        self._approve = approve
        self._limits = limits
        self._resume_for = resume_for
        self._stopped: OrderedDict[str, None] = OrderedDict()

    async def start(self) -> None:
        """Begin to share what is served here with other workers."""
        await self.elsewhere.start(self.ledger)

    async def find(self, name: str, caller: str) -> Readable | None:
        """A caller's stream; what is not theirs is not there."""
        found = self.served.get(name) or await self.elsewhere.find(name)
        return found if found is not None and found.caller == caller else None

    async def open(self, question: Question, caller: str) -> Readable:
        """Begin a stream; where a question is asked, its reply begins too.

        Raises:
            Refused: A limit is reached, or the name is another caller's.
        """
        if not await self.elsewhere.claim(question.id, caller) or question.id in self.served:
            # A request that was sent twice: both may be answered by the same stream.
            if (found := await self.find(question.id, caller)) is not None:
                return found
            raise Refused(409, "A stream of this id was there before; send another id, or none.")
        try:
            if question.content is not None:
                self.ledger.check(caller)
            else:
                self._make_room(caller)
        except Refused:
            self.elsewhere.forget(question.id)
            raise
        served = self._make(question, caller)
        self.served[question.id] = served
        self.elsewhere.announce(served)
        if question.content is not None:
            served.ask(question.content)
            # From here on its caller reads.
            served.conversation.transcript.show = show
        if question.id in self._stopped:
            del self._stopped[question.id]
            served.stop()
        return served

    async def stop(self, name: str, caller: str) -> None:
        """Stop a stream for everyone; one that is not there yet will not begin."""
        found = await self.find(name, caller)
        if found is not None:
            found.stop()
            return
        self._stopped[name] = None
        if len(self._stopped) > STOPPED_KEPT:
            self._stopped.popitem(last=False)
        await self.elsewhere.stop_early(name, caller)

    async def close(self) -> None:
        """End all of them, and wait until their requests are closed."""
        ends = [served.conversation.ended for served in self.served.values()]
        for served in list(self.served.values()):
            served.close()
        waiting = [asyncio.wrap_future(end) for end in ends if end is not None]
        if waiting:
            await asyncio.wait(waiting, timeout=CLOSING)
        await self.elsewhere.close()

    def _make(self, question: Question, caller: str) -> Served:
        goes_on = question.content is None
        account = _Account(self.ledger, caller, question.request)
        calls = partial(Calls, self._toolbox, self._approve, main_thread(None), clock)
        conversation = Conversation(
            self._client,
            question.request,
            question.history,
            clock,
            left=account.reserve,
            new_calls=calls if self._toolbox.definitions else lambda *_: None,
            # Whoever asks once is shown nothing of what they sent, and no picture in it is decoded.
            show=show if goes_on else shown,
            explain=_explain,
        )
        served = Served(
            question.id,
            caller,
            conversation,
            resume_for=self._resume_for,
            goes_on=goes_on,
            content_of=partial(self._content_of, caller),
            forget=self._forget,
        )

        def ended() -> None:
            account.settle(conversation)
            served.ended()

        conversation.on_end = ended
        return served

    def _content_of(self, caller: str, prompt: Prompt) -> Content:
        try:
            self.ledger.check(caller)
        except Refused as refused:
            raise ValueError(refused.sentence) from refused
        characters = len(prompt.text)
        if characters > self._limits.prompt_characters:
            raise ValueError(
                f"The message has {characters:,} characters, and this server takes "
                f"{self._limits.prompt_characters:,}; send less at once."
            )
        return of_message(prompt.text, [(file.name, file.data) for file in prompt.files])

    def _make_room(self, caller: str) -> None:
        """Have the oldest conversation that nobody reads go for another.

        Raises:
            Refused: All that there may be are read.
        """
        chats = [served for served in self.served.values() if served.goes_on and served.caller == caller]
        if len(chats) < self._limits.chats_per_caller:
            return
        for served in chats:
            if not served.is_read:
                self._forget(served)
                return
        raise Refused(429, f"{len(chats)} conversations of yours are open, which is all that may; close one.")

    def _forget(self, served: Served) -> None:
        if self.served.pop(served.id, None) is not None:
            served.close()
            self.elsewhere.forget(served.id)


class _Account:
    """What the replies of one conversation reserve and cost, one after the other."""

    def __init__(self, ledger: Ledger, caller: str, request: dict[str, Any]) -> None:
        self._ledger = ledger
        self._caller = caller
        self._most = _most(request)
        self._reserved = 0.0
        self._billed = 0.0

    def reserve(self) -> float | None:
        """A reply begins; gives the US dollars that it may cost."""
        limited = self._ledger.left(self._caller) is not None
        self._reserved = self._ledger.begin(self._caller, self._most)
        return self._reserved if limited else None

    def settle(self, conversation: Conversation) -> None:
        """The latest reply has ended."""
        cost = (total(conversation.bills) or 0.0) - self._billed
        self._billed += cost
        self._ledger.end(self._caller, self._reserved, cost)


def _explain(error: BaseException) -> str:
    """What its reader is told of a failure; the rest is for the operator."""
    # Late: importing the SDK takes a second.
    from ..errors import explain, explain_outside

    log.warning("a reply failed: %s", explain(error))
    return explain_outside(error)


def _most(request: dict[str, Any]) -> float:
    """About the most that a reply costs, in US dollars: all the tokens that it may have, at the model's price."""
    usage = {"input_tokens": 0, "output_tokens": request["max_tokens"]}
    return cost_of(usage, price_of(str(request["model"]), prices)) or 0.0
