"""Factory of streams: wires a question to its conversation, the operator's tools and its caller's account."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ...conversation.conversation import Conversation
from ...conversation.observer import ConversationObserver
from ...conversation.reply.run import RunInThread
from ...core.block_info import block_info
from ...core.control_characters import escape_controls
from ...core.saved.restored_turns import restore_turns
from ...kernel.event_loop import clock
from ...kernel.function_runner import FunctionRunner
from ...kernel.main_thread import MainThread
from ...tools.approvals import Approve
from ...tools.calls import ToolRunner
from ...tools.toolbox import Toolbox
from ..billing.account import Account
from ..billing.ledger import Ledger
from ..http.request_body import Question
from ..limits import Limits
from .end_hook import EndHook
from .redaction import redacted_block_info, redacted_call_result
from .stream import ServedStream

log = logging.getLogger("nbstream")


class StreamFactory:
    """Makes the streams of one server.

    Args:
        client: The async client, or `None` for the one that the environment describes.
        toolbox: The operator's tools.
        approve: Decides which calls of these tools run.
        limits: The limits of each caller and of all callers together.
        resume_for_seconds: Time for which a running reply without readers goes on, and for which an ended reply is
            kept.
        ledger: The ledger of this worker.
        end_hook: Learns of each reply that has ended.
    """

    def __init__(
        self,
        client: Any,
        toolbox: Toolbox,
        approve: Approve | str | None,
        limits: Limits,
        resume_for_seconds: float,
        ledger: Ledger,
        end_hook: EndHook,
    ) -> None:
        self._client = client
        self._toolbox = toolbox
        self._approve = approve
        self._limits = limits
        self._resume_for_seconds = resume_for_seconds
        self._ledger = ledger
        self._end_hook = end_hook

    def create(
        self,
        question: Question,
        caller: str,
        on_expired: Callable[[ServedStream], None],
        make_room: Callable[[ServedStream, int], None],
        run_in_thread: RunInThread,
    ) -> ServedStream:
        """Make the stream of a question; the other arguments are those of `ServedStream`."""
        return ServedStream(
            question.id,
            caller,
            partial(self._new_conversation, question, caller),
            resume_for_seconds=self._resume_for_seconds,
            is_chat=question.content is None,
            max_message_chars=self._limits.prompt_characters,
            on_expired=on_expired,
            on_reply_ended=partial(self._end_hook.report, caller),
            make_room=make_room,
            question_bytes=question.size_bytes,
            run_in_thread=run_in_thread,
        )

    def _new_conversation(self, question: Question, caller: str, observer: ConversationObserver) -> Conversation:
        account = Account(self._ledger, self._limits, caller, count_tokens=self._count_tokens)
        calls = partial(
            ToolRunner,
            self._toolbox,
            self._approve,
            FunctionRunner(MainThread(None)),
            clock,
            describe=redacted_call_result,
            always_run=set(),
        )
        conversation = Conversation(
            self._client,
            question.request,
            question.history,
            clock,
            open_bill=account.open_bill,
            new_tool_runner=calls if self._toolbox.definitions else lambda *_: None,
            # A stream with a single question does not send the question to its caller, so no preview of an image
            # in it is needed.
            show=redacted_block_info if question.content is None else block_info,
            explain=_log_and_explain,
            observer=observer,
        )
        restore_turns(conversation.transcript, question.turns, clock())
        return conversation

    async def _count_tokens(self, model: str, blocks: Sequence[Mapping[str, Any]]) -> int | None:
        # The module is imported here, because it imports the SDK, which takes a second.
        from ...claude.token_count import count_block_tokens

        return await count_block_tokens(self._client, model, blocks)


def _log_and_explain(error: BaseException) -> str:
    """Log an error for the operator, and return a sentence about it that every caller may read."""
    # The module is imported here, because it imports the SDK, which takes a second.
    from ...claude.failures.errors import explain, explain_to_visitor

    # The sentence quotes the API, whose control characters must not reach the terminal that shows the log.
    log.warning("a reply failed: %s", escape_controls(explain(error)))
    return explain_to_visitor(error)
