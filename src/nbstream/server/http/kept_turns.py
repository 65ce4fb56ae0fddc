"""Parser of a conversation that a page kept, because an earlier server had it and this one does not.

The turns come from the caller, so they are checked like any other `messages`. The page's end is
`js/src/core/history.ts`.
"""

from __future__ import annotations

from typing import Any

from ...content.blocks import as_messages
from ...core.saved.restored_turns import restore_turns
from ...core.saved.turn_records import RecordedTurn, read_turns
from ...core.transcript import Transcript

MAX_TURNS = 2_000
"""The most turns of a conversation that is taken over. To select a version takes time in proportion to the turns,
and a conversation of this length is far above the context of any model."""


def parse_turns(value: object, *, is_chat: bool) -> tuple[list[RecordedTurn], list[dict[str, Any]]]:
    """Parse the records of turns, whose size was checked before.

    Args:
        value: The field of the body; `None` if it has none.
        is_chat: Whether the body opens a conversation without a question.

    Returns:
        The turns, and the messages that a next request would send of them.

    Raises:
        TypeError, ValueError: The field is not one of a chat, or its records are not those of a conversation.
    """
    if value is None:
        return [], []
    if not is_chat:
        raise ValueError('"turns" go on with a conversation; send them with "chat": true, or send "messages".')
    if isinstance(value, list) and len(value) > MAX_TURNS:
        raise ValueError(f'"turns" has {len(value):,} turns; send {MAX_TURNS:,} or fewer.')
    turns = read_turns(value)
    for recorded in turns:
        if recorded.turn.reply is not None:
            # A container belongs to the operator's account, and a message of the API is not the caller's to write.
            recorded.turn.reply.message, recorded.turn.reply.container = {}, None
    transcript = Transcript()
    restore_turns(transcript, turns, 0.0)
    return turns, as_messages(transcript.messages())
