"""A conversation with Claude: its turns, its running reply, and the commands that a caller can give it.

All methods of a conversation must be called on one event loop. This module depends on no widget and no kernel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from ..claude.usage import UsageMeter
from ..content.message import UserMessage
from ..core.block_info import block_info
from ..core.ops import Status
from ..core.transcript import Transcript
from ..core.turn import find_question
from .model_menu import ModelMenu
from .observer import ConversationObserver, NullObserver
from .replies import NewToolRunner, OpenBill, Replies
from .reply.failure import Explain
from .reply.limits import ReplyLimits
from .reply.run import ReplyRun, RunInThread
from .request.caller_fields import merge_fields
from .request.checks import check_request
from .summary import SUMMARY_PROMPT, messages_for_reply, summary_request
from .turn_checks import check_continuable, check_idle, check_summarizable, is_running, require_ended_reply

Show = Callable[[str, Mapping[str, Any], str], Mapping[str, Any]]


class Conversation:
    """Turns with Claude, one at a time.

    Args:
        client: The async client, or `None` for the one that the environment describes.
        defaults: The fields that every request sends: `model`, `max_tokens` and so on.
        messages: Earlier turns, as the Messages API takes them.
        clock: Returns the seconds of a monotonic clock.
        run_in_thread: Runs slow functions without holding up the loop; see `ReplyRun`.
        budget: US dollars that all replies together may cost; `None` for no limit.
        open_bill: Opens the bill of each reply.
        new_tool_runner: Creates the runner of each reply's tools.
        show: Builds the description of a block that is sent to pages; see `Transcript`.
        explain: Explains a failure in one sentence; see `ReplyRun`.
        observer: Learns of every change, and of each reply's beginning and end.
        limits: The limits of each reply; see `ReplyLimits`.
        menu: The models that the user of a page can choose from.
    """

    def __init__(
        self,
        client: Any,
        defaults: Mapping[str, Any],
        messages: Iterable[Mapping[str, Any]],
        clock: Callable[[], float],
        run_in_thread: RunInThread = asyncio.to_thread,
        *,
        budget: float | None = None,
        open_bill: OpenBill = lambda _: None,
        new_tool_runner: NewToolRunner = lambda *_: None,
        show: Show = block_info,
        explain: Explain | None = None,
        observer: ConversationObserver | None = None,
        limits: ReplyLimits | None = None,
        menu: ModelMenu | None = None,
    ) -> None:
        self.transcript = Transcript(show)
        for message in messages:
            self.transcript.add_turn(message["role"], message["content"])
        self.observer: ConversationObserver = observer or NullObserver()
        self._client = client
        self._defaults = defaults
        self._menu = menu or ModelMenu()
        if self._menu.names:
            self.transcript.offer_models(self._menu.names, self._menu.chosen)
        self._request: Mapping[str, Any] = {}
        self._clock = clock
        self._replies = Replies(
            self.transcript,
            client,
            clock,
            self.observer,
            run_in_thread,
            budget=budget,
            open_bill=open_bill,
            new_tool_runner=new_tool_runner,
            explain=explain,
            limits=limits,
        )

    @property
    def defaults(self) -> dict[str, Any]:
        """The fields that the next request sends, unless it was given others."""
        return {**self._defaults, **self._menu.fields}

    def choose_model(self, name: str) -> None:
        """Ask this model of the menu for the next replies.

        Raises:
            ValueError: The menu does not offer the model.
        """
        self._menu.choose(name)
        self.transcript.offer_models(self._menu.names, name)

    @property
    def status(self) -> Status:
        """The state of the latest reply."""
        return self.transcript.status

    @property
    def running(self) -> bool:
        """Whether a reply has been requested and has not ended yet."""
        return is_running(self.transcript)

    @property
    def run(self) -> ReplyRun | None:
        """The latest reply; `None` before the first one."""
        return self._replies.run

    @property
    def ended(self) -> Future[None] | None:
        """A future that is done when the latest reply has ended and its request is closed."""
        return self._replies.ended

    @property
    def usage_meters(self) -> list[UsageMeter]:
        """One meter for each reply, also for those that were replaced, because they cost money too."""
        return self._replies.meters

    def validate(self, request: Mapping[str, Any]) -> None:
        """Refuse an invalid request of a caller in Python. One from a page gets a failed reply with the reason.

        Args:
            request: The fields that this request sends beside or instead of the defaults.

        Raises:
            RuntimeError: The budget is spent.
            TypeError, ValueError: A field of the request is not valid.
        """
        check_request(merge_fields(self.defaults, request), self._client, self._replies.budget)
        self._replies.check_budget()

    def ask(self, message: UserMessage, request: Mapping[str, Any], edits: str | None = None) -> None:
        """Open the next turn and start its reply.

        Args:
            message: The question.
            request: Fields that this request sends beside or instead of the defaults.
            edits: The id of the visible user turn that this message is an edited version of.

        Raises:
            RuntimeError: A reply is running.
        """
        check_idle(self.transcript)
        self.transcript.add_turn("user", message.blocks, self._predecessor(edits), message.previews)
        messages = self.transcript.messages()
        self.transcript.open_reply(self._clock())
        self._request = request
        self._start(messages)

    def retry(self) -> None:
        """Request the latest reply again. The old blocks stay until the new reply begins.

        Raises:
            RuntimeError: A reply is running, or nothing was asked yet.
        """
        require_ended_reply(self.transcript)
        messages = messages_for_reply(self.transcript, self.transcript.turns[:-1])
        self.transcript.reopen_reply(self._clock(), is_continuation=False)
        self._start(messages, replaces=True)

    def continue_reply(self) -> None:
        """Keep the blocks of the latest reply, and have Claude continue it.

        Raises:
            RuntimeError: A reply is running, nothing was asked yet, or the latest reply is complete or has no text
                to continue.
        """
        check_continuable(require_ended_reply(self.transcript))
        self.transcript.reopen_reply(self._clock(), is_continuation=True)
        self._start(messages_for_reply(self.transcript, self.transcript.turns, is_continuation=True))

    def regenerate(self) -> None:
        """Request another answer to the latest question. The present answer is kept as another version.

        Raises:
            RuntimeError: A reply is running, or nothing was asked yet.
        """
        turn = require_ended_reply(self.transcript)
        self.transcript.open_reply(self._clock(), turn.after)
        self._start(messages_for_reply(self.transcript, self.transcript.turns[:-1]))

    def summarize(self) -> None:
        """Begin a new conversation with a summary of the present one, without its latest question and reply.

        The new one is another version of the first turn.

        Raises:
            RuntimeError: A reply is running, or there is nothing before the latest question.
        """
        require_ended_reply(self.transcript)
        turns = self.transcript.turns
        check_summarizable(turns)
        self.transcript.add_turn("user", SUMMARY_PROMPT, "").summarizes = turns[-3].id
        self.transcript.open_reply(self._clock())
        self._request = summary_request(self.defaults)
        self._start(messages_for_reply(self.transcript, self.transcript.turns[:-1]))

    def select_version(self, turn_id: str) -> None:
        """Make another version of a turn the visible one.

        Raises:
            RuntimeError: A reply is running.
            ValueError: No visible turn has such a version.
        """
        check_idle(self.transcript)
        self.transcript.select_version(turn_id)

    def reject(self, text: str, error: str, edits: str | None = None) -> None:
        """Add a question that cannot be sent, followed by a failed reply that gives the reason.

        Args:
            text: The question.
            error: The reason, in one sentence for the page.
            edits: As for `ask`.
        """
        self.transcript.add_turn("user", text, self._predecessor(edits))
        self.transcript.open_reply(self._clock())
        self._replies.reject(error)

    def stop(self, reason: str, turn: str | None = None) -> None:
        """Stop the running reply.

        Args:
            reason: The stop reason that the reply ends with.
            turn: The id of the turn whose reply is to be stopped; `None` for whichever reply is running.
        """
        if self.run is not None and turn in (None, self.run.turn.id):
            self.run.stop(reason)

    def _predecessor(self, turn_id: str | None) -> str | None:
        """Return the id of the turn before the user turn `turn_id`; `None` if that user turn is not visible."""
        turn = find_question(self.transcript.turns, turn_id)
        return None if turn is None else turn.after

    def _start(self, messages: list[dict[str, Any]], *, replaces: bool = False) -> None:
        sent = {**merge_fields(self.defaults, self._request), "messages": messages}
        self._replies.start(sent, replaces=replaces)
