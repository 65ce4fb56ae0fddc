"""What must be known of a PDF before it is sent: how many pages it has, and whether it is locked."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

UNPACKED = 64_000_000
"""Bytes that are read and written in all to unpack objects: a small file shall not fill the kernel's memory."""

RATIO = 50
"""The same for each byte of the file: text packs to a tenth or so, a bomb to a thousandth."""

SMALL = 100_000
"""The same for any file: of a few bytes no ratio can be told."""

OBJECTS = 200_000
"""The most objects that are looked at: 300 for each page of the longest that a request takes."""

PIECE = 8_192
"""Bytes of packed objects that are read at once: what follows them is copied by each read."""

# Each repetition is bounded: a file of nothing but digits must not take long.
_OBJECT = re.compile(rb"(?<!\d)(\d{1,10})\s{1,8}\d{1,5}\s{1,8}obj\b")
_PAGE = re.compile(rb"/Type\s{0,8}/Page(?![A-Za-z0-9])")
_PACKED = re.compile(rb"/Type\s{0,8}/ObjStm\b")
_FIRST = re.compile(rb"/First\s{1,8}(\d{1,10})")
_STREAM = re.compile(rb"\bstream\r?\n")
_LOCK = re.compile(rb"/Encrypt\s{0,8}(?:\d{1,10}\s{1,8}\d{1,5}\s{1,8}R\b|<<)")


def is_locked(data: bytes) -> bool:
    """Whether a PDF is encrypted, with or without a password to open it."""
    return _LOCK.search(data) is not None


def pages(data: bytes) -> int | None:
    """How many pages a PDF has; `None` if that cannot be told."""
    try:
        objects = _few(_objects(data))
        # By number: a file that was changed has the same page twice.
        found = {number for number, text in objects if _PAGE.search(text)}
    except (ValueError, zlib.error):
        return None
    return len(found) or None


def _objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The objects of a file, each with its number; also those that are packed into streams."""
    heads = list(_few(_OBJECT.finditer(data)))
    room = min(UNPACKED, SMALL + RATIO * len(data))
    for head, end in zip(heads, [*(next_.start() for next_ in heads[1:]), len(data)], strict=True):
        body = data[head.end() : end]
        stream = _STREAM.search(body)
        text = body[: stream.start()] if stream else body
        if stream and _PACKED.search(text):
            # All of it to the file's end: what looks like an object's head may be in the packed bytes.
            packed = memoryview(data)[head.end() + stream.end() :]
            unpacked, room = (
                _inflated(packed, room) if b"/FlateDecode" in text else (bytes(packed), room - len(packed))
            )
            if room <= 0:
                raise ValueError("The objects unpack to too much.")
            yield from _unpacked(unpacked, text)
        else:
            yield int(head[1]), text


def _inflated(packed: memoryview, room: int) -> tuple[bytes, int]:
    """What is packed at the beginning of this, and the room that is left."""
    unpacker = zlib.decompressobj()
    unpacked = bytearray()
    for at in range(0, len(packed), PIECE):
        piece = packed[at : at + PIECE]
        more = unpacker.decompress(piece, room)
        unpacked += more
        # What is read counts, too: it may unpack to nothing, and the next objects may begin within it.
        room -= len(piece) - len(unpacker.unused_data) + len(more)
        if unpacker.eof or room <= 0:
            break
    return bytes(unpacked), room


def _unpacked(data: bytes, text: bytes) -> Iterator[tuple[int, bytes]]:
    first = _FIRST.search(text)
    if first is None:
        raise ValueError("The packed objects have no beginning.")
    start = int(first[1])
    # What is not split is no number, which ends it.
    numbers = [int(number) for number in data[:start].split(None, 2 * OBJECTS)]
    # By their places: each byte belongs to one object, whatever the file says.
    entries = sorted(zip(numbers[1::2], numbers[::2], strict=False))
    if entries and entries[0][0] < 0:
        raise ValueError("A packed object begins before all of them.")
    ends = [*(offset for offset, _ in entries[1:]), len(data)]
    for (offset, number), end in zip(entries, ends, strict=False):
        yield number, data[start + offset : start + end]


def _few(found: Iterable[T]) -> Iterator[T]:
    for count, one in enumerate(found):
        if count == OBJECTS:
            raise ValueError("There are too many objects.")
        yield one
