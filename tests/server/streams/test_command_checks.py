"""What a page may want of a conversation."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.content.attachments import REQUEST_BYTES
from nbstream.core.codec import to_wire
from nbstream.core.protocol import Ack, Approve, Command, File, Prompt, ProtocolError, Retry, Stop, Withdraw
from nbstream.server.streams.command_checks import QUEUED, check_size, check_wish, wish_of

WISHES: list[Command] = [Prompt("p", "k", "Hi"), Retry("p", "k", "t2"), Stop("p", "t2"), Approve("p", "c", True)]


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.tag)
def test_a_wish_is_what_a_page_sent(wish: Command) -> None:
    assert wish_of(to_wire(wish)) == wish


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        (None, "a frame is an object"),
        ({"v": 1, "kind": "stop"}, "page"),
        (to_wire(Ack("p", 1)), "a page sends wishes here, and this is 'ack'"),
        (to_wire(Prompt("p", "k" * 65, "Hi")), "the key of a wish has at most 64 characters"),
        (to_wire(Prompt("p" * 65, "k", "Hi")), "the page of a wish has at most 64"),
        (to_wire(Prompt("p", "k", "Hi", edits="t" * 257)), "the instead of a wish has at most 256"),
        (to_wire(Stop("p", "t" * 257)), "the turn of a wish has at most 256"),
        (to_wire(Retry("p", "k", "t" * 257)), "the turn of a wish has at most 256"),
        (to_wire(Approve("p", "c" * 257, True)), "the call of a wish has at most 256"),
    ],
)
def test_another_frame_is_none(wire: Any, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        wish_of(wire)


@pytest.mark.parametrize("wish", [*WISHES, Withdraw("p", "k")], ids=lambda wish: wish.tag)
def test_of_a_stream_that_ends_with_its_answer_only_its_end_and_its_calls_are_a_readers(wish: Command) -> None:
    check_wish(wish, goes_on=True, longest=2, waiting=QUEUED - 1)
    if isinstance(wish, Stop | Approve):
        check_wish(wish, goes_on=False, longest=0, waiting=QUEUED)
    else:
        with pytest.raises(ProtocolError, match=f"'{wish.tag}' would go on; open a chat for it"):
            check_wish(wish, goes_on=False, longest=2, waiting=0)


def test_a_message_weighs_its_text_and_its_files_and_other_wishes_nothing() -> None:
    files = (File("a.txt", "QQ=="),)
    assert check_size(Prompt("p", "k", "Hi", files), 5) == 5 + 2 + 5 + 4
    assert check_size(Retry("p", "k", "t2"), 5) == 5
    with pytest.raises(ProtocolError, match="as large as a request may be; begin another"):
        check_size(Prompt("p", "k", "Hi"), REQUEST_BYTES - 1)


@pytest.mark.parametrize(
    ("longest", "waiting", "said"),
    [(1, 0, "the message has 2 characters, and this server takes 1"), (2, QUEUED, "10 messages wait already")],
)
def test_a_message_that_is_too_much_is_refused(longest: int, waiting: int, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        check_wish(Prompt("p", "k", "Hi"), goes_on=True, longest=longest, waiting=waiting)
