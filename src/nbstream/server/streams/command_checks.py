"""Checks of the commands that pages send over HTTP. A stream's owner and its replicas make the same checks."""

from __future__ import annotations

from typing import get_args

from ...content.message import MAX_REQUEST_BYTES
from ...core.codec import from_wire
from ...core.command_frames import Approve, Command, Prompt, Stop
from ...core.protocol import Bye, ProtocolError

MAX_QUEUED = 10
"""The most messages of one conversation that may wait for the end of a reply."""

MAX_NAME_CHARS = {"key": 64, "page": 64, "turn": 256, "edits": 256, "call": 256, "model": 256}
"""The most characters of each identifier in a command. An identifier that a page creates has eight characters. The
id of a call comes from the Messages API, or from a server that is used in its place. Before this limit existed, a
Stop with an identifier of ten megabytes was forwarded to the stream's owner each time that it was sent."""


def parse_command(wire: object) -> Command | Bye:
    """Parse a page's frame into a command, or into the page's goodbye.

    Raises:
        ProtocolError: The data is not a frame, the frame is not a command, or an identifier in it is too long.
    """
    frame = from_wire(wire)
    if not isinstance(frame, get_args(Command | Bye)):
        raise ProtocolError(f"{frame.tag!r} is not a command; a page sends only commands to this address")
    command: Command | Bye = frame
    for name, max_chars in MAX_NAME_CHARS.items():
        chars = len(getattr(command, name, None) or "")
        if chars > max_chars:
            raise ProtocolError(f"{name} has {chars:,} characters; give at most {max_chars}")
    return command


def add_message_size(command: Command, chars: int) -> int:
    """Add a command's size to the size of a conversation. The limit is the largest request that the API takes.

    Args:
        command: A command that was not received before.
        chars: The size of the conversation's messages so far, in characters of text and files.

    Returns:
        The size with this command. Only a `Prompt` adds any characters.

    Raises:
        ProtocolError: The conversation would be larger than a request may be.
    """
    if not isinstance(command, Prompt):
        return chars
    chars += len(command.text) + sum(len(file.name) + len(file.data) for file in command.files)
    if chars > MAX_REQUEST_BYTES:
        raise ProtocolError("this conversation is as large as a request may be; begin another")
    return chars


def check_command(command: Command, is_chat: bool, max_message_chars: int, queued: int) -> None:
    """Check whether a conversation takes a command.

    Args:
        command: A command that was not received before.
        is_chat: Whether the conversation can be continued after its first answer.
        max_message_chars: The longest text of one message.
        queued: The number of messages that wait in the conversation.

    Raises:
        ProtocolError: The command would continue a conversation that ends with its first answer, the text of its
            message is too long, or too many messages wait.
    """
    if not is_chat and not isinstance(command, Stop | Approve):
        raise ProtocolError(
            f"this stream ends with its answer and does not take {command.tag!r}; open a chat for it"
        )
    if isinstance(command, Prompt):
        if command.variables:
            raise ProtocolError("this server has no notebook whose variables could be sent; leave them out")
        if len(command.text) > max_message_chars:
            raise ProtocolError(
                f"the message has {len(command.text):,} characters, and this server takes {max_message_chars:,}; "
                "shorten it"
            )
        if queued >= MAX_QUEUED:
            raise ProtocolError(f"{MAX_QUEUED} messages wait already; send this one when they have been answered")
