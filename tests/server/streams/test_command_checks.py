"""Checks of the commands that pages send."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.content.message import MAX_REQUEST_BYTES
from nbstream.core.codec import to_wire
from nbstream.core.command_frames import Approve, Command, File, Prompt, Retry, Stop, Withdraw
from nbstream.core.protocol import Ack, ProtocolError
from nbstream.server.streams.command_checks import MAX_QUEUED, add_message_size, check_command, parse_command

COMMANDS: list[Command] = [Prompt("p", "k", "Hi"), Retry("p", "k", "t2"), Stop("p", "t2"), Approve("p", "c", True)]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.tag)
def test_a_command_is_read_as_the_page_sent_it(command: Command) -> None:
    assert parse_command(to_wire(command)) == command


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (None, "a frame is an object"),
        ({"v": 1, "kind": "stop"}, "page"),
        (to_wire(Ack("p", 1)), "'ack' is not a command; a page sends only commands to this address"),
        (to_wire(Prompt("p", "k" * 65, "Hi")), "key has 65 characters; give at most 64"),
        (to_wire(Prompt("p" * 65, "k", "Hi")), "page has 65 characters; give at most 64"),
        (to_wire(Prompt("p", "k", "Hi", edits="t" * 257)), "edits has 257 characters; give at most 256"),
        (to_wire(Stop("p", "t" * 257)), "turn has 257 characters; give at most 256"),
        (to_wire(Retry("p", "k", "t" * 257)), "turn has 257 characters; give at most 256"),
        (to_wire(Approve("p", "c" * 257, True)), "call has 257 characters; give at most 256"),
    ],
)
def test_another_frame_is_not_a_command(wire: Any, error: str) -> None:
    with pytest.raises(ProtocolError, match=error):
        parse_command(wire)


@pytest.mark.parametrize("command", [*COMMANDS, Withdraw("p", "k")], ids=lambda command: command.tag)
def test_a_stream_that_ends_with_its_answer_takes_only_stop_and_approve(command: Command) -> None:
    check_command(command, is_chat=True, max_message_chars=2, queued=MAX_QUEUED - 1)
    if isinstance(command, Stop | Approve):
        check_command(command, is_chat=False, max_message_chars=0, queued=MAX_QUEUED)
    else:
        with pytest.raises(ProtocolError, match=f"does not take '{command.tag}'; open a chat for it"):
            check_command(command, is_chat=False, max_message_chars=2, queued=0)


def test_a_message_has_the_size_of_its_text_and_files_and_other_commands_none() -> None:
    files = (File("a.txt", "QQ=="),)
    assert add_message_size(Prompt("p", "k", "Hi", files), 5) == 5 + 2 + 5 + 4
    assert add_message_size(Retry("p", "k", "t2"), 5) == 5
    with pytest.raises(ProtocolError, match="as large as a request may be; begin another"):
        add_message_size(Prompt("p", "k", "Hi"), MAX_REQUEST_BYTES - 1)


@pytest.mark.parametrize(
    ("max_message_chars", "queued", "error"),
    [(1, 0, "the message has 2 characters, and this server takes 1"), (2, MAX_QUEUED, "10 messages wait already")],
)
def test_a_message_that_is_too_long_or_one_too_many_is_refused(
    max_message_chars: int, queued: int, error: str
) -> None:
    with pytest.raises(ProtocolError, match=error):
        check_command(Prompt("p", "k", "Hi"), is_chat=True, max_message_chars=max_message_chars, queued=queued)


def test_a_message_with_variables_is_refused() -> None:
    with pytest.raises(ProtocolError, match="no notebook whose variables could be sent"):
        check_command(Prompt("p", "k", "Hi", variables=("df",)), is_chat=True, max_message_chars=9, queued=0)
    with pytest.raises(ProtocolError, match="'list_variables' is not a command"):
        parse_command({"v": 1, "kind": "list_variables", "page": "p", "key": "k", "text": ""})
