"""What a page may want of a conversation, wherever it is heard."""

from __future__ import annotations

from typing import get_args

from ...content.attachments import REQUEST_BYTES
from ...core.codec import from_wire
from ...core.protocol import Approve, Command, Prompt, ProtocolError, Stop

QUEUED = 10
"""Messages that may wait for the end of a reply."""

NAMES = {"key": 64, "page": 64, "turn": 256, "edits": 256, "call": 256}
"""Characters of what a wish names. Those that a page makes have eight; a call's is of whoever answers as Claude.
Unbounded, a stop of ten megabytes went to the stream's own worker as often as it was sent."""


def wish_of(wire: object) -> Command:
    """What a page's frame wants.

    Raises:
        ProtocolError: It is none, or not what a reader can want of a conversation.
    """
    frame = from_wire(wire)
    if not isinstance(frame, get_args(Command)):
        raise ProtocolError(f"a page sends wishes here, and this is {frame.tag!r}")
    wish: Command = frame
    for name, most in NAMES.items():
        if len(getattr(wish, name, None) or "") > most:
            raise ProtocolError(f"the {name} of a wish has at most {most} characters")
    return wish


def check_size(wish: Command, said: int) -> int:
    """Refuse what would make a conversation larger than a request may be.

    Args:
        wish: What a page wants that was not heard before.
        said: What was said there, in characters of text and of files.

    Returns:
        What is said with it.

    Raises:
        ProtocolError: It is too much.
    """
    if not isinstance(wish, Prompt):
        return said
    said += len(wish.text) + sum(len(file.name) + len(file.data) for file in wish.files)
    if said > REQUEST_BYTES:
        raise ProtocolError("this conversation is as large as a request may be; begin another")
    return said


def check_wish(wish: Command, goes_on: bool, longest: int, waiting: int) -> None:
    """Refuse what cannot be wished of a conversation, at whichever worker it is heard.

    Args:
        wish: What a page wants that was not heard before.
        goes_on: The conversation does not end with its answer.
        longest: The characters that one message may have.
        waiting: How many messages wait in it.

    Raises:
        ProtocolError: What is wanted is not possible there, or too much.
    """
    if not goes_on and not isinstance(wish, Stop | Approve):
        raise ProtocolError(f"this stream ends with its answer, and {wish.tag!r} would go on; open a chat for it")
    if isinstance(wish, Prompt):
        if len(wish.text) > longest:
            raise ProtocolError(
                f"the message has {len(wish.text):,} characters, and this server takes {longest:,}"
            )
        if waiting >= QUEUED:
            raise ProtocolError(f"{QUEUED} messages wait already; send this one when they have been answered")
