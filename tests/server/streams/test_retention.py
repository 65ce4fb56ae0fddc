"""Streams that are kept: which of them make room, for whom, and where there is none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.server import Limits, Refused
from nbstream.server.streams.retention import MAX_ENDED_STREAMS, room_for_bytes, room_for_stream


def new_stream(
    name: str,
    caller: str = "ada",
    *,
    kept_bytes: int = 0,
    is_chat: bool = False,
    is_running: bool = False,
    has_readers: bool = False,
    is_empty: bool = False,
    unread_since: float = 0.0,
) -> Any:
    """Return all of a stream that the rules look at."""
    return SimpleNamespace(
        name=name,
        caller=caller,
        kept_bytes=kept_bytes,
        is_chat=is_chat,
        has_readers=has_readers,
        unread_since=unread_since,
        has_request=is_running,
        feed=SimpleNamespace(log=SimpleNamespace(seq=0 if is_empty else 9)),
    )


def names(streams: list[Any]) -> list[str]:
    return [stream.name for stream in streams]


LIMITS = Limits(body_bytes=10, kept_bytes_per_caller=100, kept_bytes=150, chats_per_caller=2)


def test_a_new_chat_replaces_the_one_that_is_empty_or_unread_for_longest() -> None:
    old = new_stream("old", is_chat=True, unread_since=1.0)
    new = new_stream("new", is_chat=True, unread_since=2.0)
    empty = new_stream("empty", is_chat=True, unread_since=3.0, is_empty=True)
    read = new_stream("read", is_chat=True, has_readers=True)
    others = new_stream("others", "eve", is_chat=True)
    for streams, removed in (
        ([read, others], []),
        ([new, old, others], ["old"]),
        ([old, new, empty], ["empty"]),
        ([read, new], ["new"]),
    ):
        assert names(room_for_stream(streams, LIMITS, "ada", is_chat=True)) == removed
    with pytest.raises(Refused, match="2 conversations of yours are open"):
        room_for_stream([read, read], LIMITS, "ada", is_chat=True)


def test_ended_answers_make_room_and_running_ones_do_not_count() -> None:
    running = [new_stream("running", is_running=True)] * MAX_ENDED_STREAMS
    assert room_for_stream(running, LIMITS, "ada", is_chat=False) == []
    ended = [new_stream(f"n{number}", unread_since=number) for number in range(MAX_ENDED_STREAMS)]
    assert names(room_for_stream([*running, *reversed(ended)], LIMITS, "ada", is_chat=False)) == ["n0"]
    read = [new_stream("read", has_readers=True)] * MAX_ENDED_STREAMS
    with pytest.raises(Refused, match=f"{MAX_ENDED_STREAMS} answers of yours have ended"):
        room_for_stream(read, LIMITS, "ada", is_chat=False)


def test_idle_streams_of_the_caller_make_room_for_bytes_and_no_others() -> None:
    old = new_stream("old", kept_bytes=30, unread_since=1.0)
    new = new_stream("new", kept_bytes=30, unread_since=2.0)
    running = new_stream("running", kept_bytes=20, is_running=True)
    read = new_stream("read", kept_bytes=20, has_readers=True)
    streams = [new, old, running, read]
    for more, removed in ((0, []), (1, ["old"]), (30, ["old"]), (31, ["old", "new"]), (60, ["old", "new"])):
        assert names(room_for_bytes(streams, LIMITS, "ada", more)) == removed
    with pytest.raises(Refused, match="have 100 bytes, which is the limit") as caught:
        room_for_bytes(streams, LIMITS, "ada", 61)
    assert caught.value.status == 429
    assert names(room_for_bytes(streams, LIMITS, "ada", 10, growing=old)) == ["new"]


def test_the_bytes_of_all_callers_are_limited_and_another_callers_streams_stay() -> None:
    others = [new_stream("a", "bob", kept_bytes=70), new_stream("b", "eve", kept_bytes=70)]
    mine = new_stream("mine", kept_bytes=10)
    assert room_for_bytes([*others, mine], LIMITS, "ada", 0) == []
    assert names(room_for_bytes([*others, mine], LIMITS, "ada", 10)) == ["mine"]
    with pytest.raises(Refused, match="Questions of 150 bytes are kept here") as caught:
        room_for_bytes([*others, mine], LIMITS, "ada", 11)
    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "5"})


def test_a_single_body_of_the_largest_size_always_fits() -> None:
    limits = Limits(body_bytes=500, kept_bytes_per_caller=1, kept_bytes=1)
    assert room_for_stream([], limits, "ada", is_chat=False, more_bytes=500) == []


@given(st.lists(st.tuples(st.sampled_from(["ada", "eve"]), st.integers(0, 60), st.booleans(), st.booleans())))
def test_what_is_kept_never_passes_a_limit(opened: list[tuple[str, int, bool, bool]]) -> None:
    streams: list[Any] = []
    for number, (caller, size, is_running, has_readers) in enumerate(opened):
        try:
            removed = room_for_stream(streams, LIMITS, caller, is_chat=False, more_bytes=size)
        except Refused:
            continue
        assert all(stream.caller == caller and not stream.has_readers for stream in removed)
        streams = [stream for stream in streams if stream not in removed]
        made = new_stream(str(number), caller, kept_bytes=size, is_running=is_running, has_readers=has_readers)
        streams.append(made)
        assert sum(stream.kept_bytes for stream in streams) <= 150
        for each in ("ada", "eve"):
            assert sum(stream.kept_bytes for stream in streams if stream.caller == each) <= 100
