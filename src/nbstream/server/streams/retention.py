"""Rules for the streams that are kept in memory: which of them make room for a new stream, or for more bytes."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import Refused
from ..limits import Limits
from .stream import ServedStream

MAX_ENDED_STREAMS = 32
"""The most ended streams of one caller that are kept for readers who connect again."""


def room_for_stream(
    streams: Collection[ServedStream], limits: Limits, caller: str, *, is_chat: bool, more_bytes: int = 0
) -> list[ServedStream]:
    """Choose the streams that are removed before a new one begins.

    Empty streams without readers are removed first, and then the streams that have had no reader for longest.

    Args:
        streams: All streams of this worker.
        limits: The server's limits.
        caller: The caller of the new stream. Only streams of this caller make room.
        is_chat: Whether the new stream is a conversation that a page continues.
        more_bytes: Bytes of its question.

    Raises:
        Refused: There is no room, because all of the caller's streams have readers.
    """
    kept = [
        stream
        for stream in streams
        if stream.caller == caller and stream.is_chat is is_chat and (is_chat or not stream.has_request)
    ]
    removed = []
    if len(kept) >= (limits.chats_per_caller if is_chat else MAX_ENDED_STREAMS):
        unread = _in_order_of_removal(kept)
        if unread:
            removed.append(unread[0])
        elif is_chat:
            raise Refused(429, f"{len(kept)} conversations of yours are open, which is the limit; close one.")
        elif len(kept) >= max(MAX_ENDED_STREAMS, limits.streams_per_caller):
            # The limit is at least the number of replies that may run, because all of these can end at the same
            # time. Without a limit, readers that accept a byte now and then could keep any number of streams in
            # memory.
            raise Refused(
                429,
                f"{len(kept)} answers of yours have ended and are still being read; read them to their end.",
                {"Retry-After": "5"},
            )
    rest = [stream for stream in streams if stream not in removed] if removed else streams
    return removed + room_for_bytes(rest, limits, caller, more_bytes)


def room_for_bytes(
    streams: Collection[ServedStream],
    limits: Limits,
    caller: str,
    more_bytes: int,
    growing: ServedStream | None = None,
) -> list[ServedStream]:
    """Choose the streams that are removed before more bytes are kept.

    Args:
        streams: All streams of this worker.
        limits: The server's limits.
        caller: The caller whose bytes they are. Only streams of this caller make room.
        more_bytes: The bytes.
        growing: The stream that the bytes belong to; it is not removed.

    Raises:
        Refused: There is no room.
    """
    # A single body of the largest size always fits.
    callers_limit = max(limits.kept_bytes_per_caller, limits.body_bytes)
    limit = max(limits.kept_bytes, limits.body_bytes)
    mine = [stream for stream in streams if stream.caller == caller]
    callers_bytes = sum(stream.kept_bytes for stream in mine) + more_bytes
    all_bytes = sum(stream.kept_bytes for stream in streams) + more_bytes
    if callers_bytes <= callers_limit and all_bytes <= limit:
        return []
    removed = []
    idle = [stream for stream in mine if stream is not growing and not stream.has_request]
    for stream in _in_order_of_removal(idle):
        if callers_bytes <= callers_limit and all_bytes <= limit:
            break
        removed.append(stream)
        callers_bytes -= stream.kept_bytes
        all_bytes -= stream.kept_bytes
    if callers_bytes > callers_limit:
        raise Refused(
            429,
            f"Your questions in open conversations have {callers_limit:,} bytes, which is the limit; close one of "
            "them.",
            {"Retry-After": "5"},
        )
    if all_bytes > limit:
        raise Refused(
            429,
            f"Questions of {limit:,} bytes are kept here, which is the limit; try again in a moment.",
            {"Retry-After": "5"},
        )
    return removed


def _in_order_of_removal(streams: Collection[ServedStream]) -> list[ServedStream]:
    # If a page needs its empty conversation again, it silently opens a new one.
    unread = [stream for stream in streams if not stream.has_readers]
    return sorted(unread, key=lambda stream: (bool(stream.feed.log.seq), stream.unread_since))
