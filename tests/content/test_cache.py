from __future__ import annotations

import threading

import pytest

from nbstream.content.cache import Remembered


def test_what_was_found_of_some_bytes_is_not_looked_for_again() -> None:
    asked: list[bytes] = []
    lengths: Remembered[int | None] = Remembered(2)

    def length(data: bytes) -> int | None:
        return lengths.of(data, lambda: asked.append(data) or (len(data) or None))

    assert [length(data) for data in (b"one", b"", b"one", b"")] == [3, None, 3, None]
    assert asked == [b"one", b""]


def test_the_oldest_makes_room() -> None:
    asked: list[bytes] = []
    lengths: Remembered[int] = Remembered(2)

    def length(data: bytes) -> int:
        return lengths.of(data, lambda: asked.append(data) or len(data))

    assert [length(data) for data in (b"1", b"22", b"333", b"22", b"1")] == [1, 2, 3, 2, 1]
    assert asked == [b"1", b"22", b"333", b"1"]


def test_what_cannot_be_found_is_looked_for_again() -> None:
    answers: list[object] = [ValueError("not now"), "found"]
    remembered: Remembered[object] = Remembered(2)

    def find() -> object:
        answer = answers.pop(0)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    with pytest.raises(ValueError, match="not now"):
        remembered.of(b"a", find)
    assert remembered.of(b"a", find) == "found"
    assert answers == []


def test_one_that_takes_long_holds_up_no_other_thread() -> None:
    remembered: Remembered[str] = Remembered(2)
    begun, go_on = threading.Event(), threading.Event()

    def find() -> str:
        begun.set()
        assert go_on.wait(5)
        return "slow"

    slow = threading.Thread(target=remembered.of, args=(b"slow", find))
    slow.start()
    assert begun.wait(5)
    assert remembered.of(b"fast", lambda: "fast") == "fast"
    go_on.set()
    slow.join(5)
    assert remembered.of(b"slow", lambda: "anew") == "slow"
