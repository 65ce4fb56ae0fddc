"""What must be known of a PDF before it is sent: how many pages it has, and whether it is locked."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

UNPACKED = 64_000_000
"""Bytes that packed objects may unpack to in all: a small file shall not fill the kernel's memory."""

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
        # By number: a file that was changed has the same page twice.
        found = {number for number, text in _objects(data) if _PAGE.search(text)}
    except (ValueError, zlib.error):
        return None
    return len(found) or None


def _objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The objects of a file, each with its number; also those that are packed into streams."""
    heads = list(_OBJECT.finditer(data))
    room = UNPACKED
    for head, end in zip(heads, [*(next_.start() for next_ in heads[1:]), len(data)], strict=True):
        body = data[head.end() : end]
        stream = _STREAM.search(body)
        text = body[: stream.start()] if stream else body
        if stream and _PACKED.search(text):
            # All of it to the file's end: what looks like an object's head may be in the packed bytes.
            packed = memoryview(data)[head.end() + stream.end() :]
            unpacked = zlib.decompressobj().decompress(packed, room) if b"/FlateDecode" in text else bytes(packed)
            room -= len(unpacked)
            if room <= 0:
                raise ValueError("The objects unpack to too much.")
            yield from _unpacked(unpacked, text)
        else:
            yield int(head[1]), text


def _unpacked(data: bytes, text: bytes) -> Iterator[tuple[int, bytes]]:
    first = _FIRST.search(text)
    if first is None:
        raise ValueError("The packed objects have no beginning.")
    start = int(first[1])
    numbers = [int(number) for number in data[:start].split()]
    ends = [*numbers[3::2], len(data)]
    for number, offset, end in zip(numbers[::2], numbers[1::2], ends, strict=False):
        yield number, data[start + offset : start + end]
