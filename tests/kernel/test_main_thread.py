"""The reader's functions on the main thread: served, interrupted, and never a moment too late.

These tests run on the main thread themselves, and what asks for a function runs on a loop of its own.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from nbstream.kernel.event_loop import ThreadLoop
from nbstream.kernel.job import InterruptedCallError, Job, StopState
from nbstream.kernel.main_thread import MainThread

STOPS = 200


@pytest.fixture
def own() -> Iterator[ThreadLoop]:
    own = ThreadLoop()
    yield own
    own.close()


class Desk:
    """A main thread, and a loop from which functions are given to it."""

    def __init__(self, own: ThreadLoop, *, kernel: bool = True) -> None:
        self.woken: list[Callable[[], None]] = []
        self.main = MainThread(self.woken.append if kernel else None)
        self.own = own

    def give(self, function: Callable[[], Any], began: Callable[[], object] = lambda: None) -> Future[Any]:
        """Ask for a function, and wait until it is in line."""
        future = asyncio.run_coroutine_threadsafe(self.main.run(function, began), self.own.loop)
        self.turn()
        return future

    def stop(self, future: Future[Any]) -> None:
        """Cancel it, and wait until that has arrived."""
        self.own.call(future.cancel)
        self.turn()

    def turn(self) -> None:
        """The loop has done what was to be done, and what came of that."""
        for _ in range(3):
            self.own.call(lambda: None)


@pytest.fixture
def desk(own: ThreadLoop) -> Desk:
    return Desk(own)


def fail(error: BaseException) -> Any:
    raise error


def press(*_: object) -> None:
    signal.raise_signal(signal.SIGINT)


def test_a_function_runs_on_the_main_thread_when_that_is_served(desk: Desk) -> None:
    began: list[bool] = []
    given = desk.give(threading.current_thread, lambda: began.append(True))
    assert (given.done(), began) == (False, [])
    [serve] = desk.woken
    serve()
    assert given.result(5) is threading.main_thread()
    assert began == [True]


def test_functions_run_in_the_order_in_which_they_came(desk: Desk) -> None:
    order: list[int] = []
    given = [desk.give(lambda n=n: order.append(n)) for n in range(3)]
    desk.main.run_pending()
    assert [future.result(5) for future in given] == [None] * 3
    assert order == [0, 1, 2]


def test_another_thread_serves_nobody(desk: Desk) -> None:
    given = desk.give(threading.current_thread)
    desk.own.call(desk.main.run_pending)
    assert not given.done()
    desk.main.run_pending()
    given.result(5)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (ValueError("bad"), ValueError),
        (SystemExit(3), RuntimeError),
        (StopIteration(), RuntimeError),
        (asyncio.CancelledError(), RuntimeError),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("kernel", [True, False])
def test_whatever_a_function_raises_ends_it_and_nothing_else(
    own: ThreadLoop, raised: BaseException, expected: type[Exception], kernel: bool
) -> None:
    desk = Desk(own, kernel=kernel)
    given = desk.give(lambda: fail(raised))
    desk.main.run_pending()
    assert isinstance(given.exception(5), expected)


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt()], ids=lambda value: type(value).__name__)
def test_an_async_function_that_exits_does_not_end_the_loop(desk: Desk, raised: BaseException) -> None:
    async def exits() -> None:
        raise raised

    given = asyncio.run_coroutine_threadsafe(desk.main.await_on_cell_loop(exits), desk.own.loop)
    assert isinstance(given.exception(5), RuntimeError)
    desk.own.call(lambda: None)


def test_a_script_that_does_not_wait_has_it_run_on_a_thread(own: ThreadLoop) -> None:
    desk = Desk(own, kernel=False)
    assert desk.give(threading.current_thread).result(5) is not threading.main_thread()
    with desk.main.serving():
        given = desk.give(threading.current_thread)
        desk.main.run_pending(caller_waits=True)
    assert given.result(5) is threading.main_thread()


def test_whoever_waits_on_another_thread_serves_nobody(own: ThreadLoop) -> None:
    desk = Desk(own, kernel=False)

    def wait_there() -> None:
        with desk.main.serving():
            assert desk.give(threading.current_thread).result(5) is not threading.main_thread()

    thread = threading.Thread(target=wait_there)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()


def test_async_functions_run_on_the_loop_that_awaits_and_beside_one_that_is_held_up(desk: Desk) -> None:
    async def where() -> object:
        return asyncio.get_running_loop()

    def ask() -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(desk.main.await_on_cell_loop(where), desk.own.loop)

    async def cell() -> None:
        loop = asyncio.get_running_loop()
        with desk.main.serving(loop):
            assert await asyncio.wrap_future(ask()) is loop
            assert await desk.main.await_on_cell_loop(where) is loop
            # A function in this cell waits for another reply, and the loop stands still meanwhile.
            with desk.main.serving():
                assert ask().result(5) is desk.own.loop

    asyncio.run(cell())
    assert ask().result(5) is desk.own.loop


def test_a_function_that_was_stopped_in_line_does_not_run(desk: Desk) -> None:
    ran: list[int] = []
    given = desk.give(lambda: ran.append(1))
    desk.stop(given)
    desk.main.run_pending()
    assert ran == []


@pytest.mark.parametrize("body", ["time.sleep(60)", "while True: pass"])
def test_a_stop_interrupts_what_runs_and_not_whoever_waits(desk: Desk, body: str) -> None:
    given = desk.give(lambda: exec(body, {"time": time}), lambda: desk.own.post(given.cancel))
    before = time.monotonic()
    desk.main.run_pending(caller_waits=True)
    assert time.monotonic() - before < 1
    assert given.cancelled()


def test_a_stop_that_comes_before_the_first_line_is_not_lost(desk: Desk) -> None:
    ran: list[int] = []
    given = desk.give(lambda: ran.append(1), lambda: desk.stop(given))
    desk.main.run_pending(caller_waits=True)
    assert ran == []


def test_a_function_may_end_in_spite_of_a_stop(desk: Desk) -> None:
    def stubborn() -> None:
        with pytest.raises(KeyboardInterrupt):
            desk.stop(given)

    given = desk.give(stubborn)
    desk.main.run_pending(caller_waits=True)
    assert desk.main._running == []


def test_a_function_with_a_handler_of_its_own_keeps_its_signals(desk: Desk) -> None:
    heard: list[object] = []

    def deaf() -> None:
        signal.signal(signal.SIGINT, lambda *_: None)
        desk.stop(given)
        heard.append(1)

    before = signal.getsignal(signal.SIGINT)
    given = desk.give(deaf)
    desk.main.run_pending(caller_waits=True)
    assert heard == [1]
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_ends_the_function_and_whoever_waits(desk: Desk) -> None:
    given = desk.give(press)
    with pytest.raises(KeyboardInterrupt):
        desk.main.run_pending(caller_waits=True)
    error = given.exception(5)
    assert isinstance(error, InterruptedCallError)
    assert str(error) == "interrupted"


def test_an_interrupt_of_an_idle_kernel_ends_the_function_and_the_loop_goes_on(desk: Desk) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        given = desk.give(press)
        desk.main.run_pending()
    finally:
        signal.signal(signal.SIGINT, before)
    assert isinstance(given.exception(5), InterruptedCallError)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupt_just_beside_a_function_is_not_lost(desk: Desk, when: str) -> None:
    ran: list[int] = []
    given = desk.give(lambda: ran.append(1), press if when == "before" else lambda: None)
    if when == "after":
        [job] = desk.main._jobs
        job.result.add_done_callback(press)
    with pytest.raises(KeyboardInterrupt):
        desk.main.run_pending(caller_waits=True)
    assert ran == ([] if when == "before" else [1])
    assert isinstance(given.exception(5), InterruptedCallError) == (when == "before")


def nested(desk: Desk, inner: Callable[[], Any]) -> Callable[[], Any]:
    """A function that waits for another reply, whose tool is `inner`."""

    def outer() -> Any:
        with desk.main.serving():
            given = desk.give(inner)
            desk.main.run_pending(caller_waits=True)
            return given.result(5)

    return outer


def test_a_function_that_waits_serves_the_functions_of_that_reply(desk: Desk) -> None:
    given = desk.give(nested(desk, lambda: "inner"))
    desk.main.run_pending()
    assert given.result(5) == "inner"


def test_a_loop_that_turns_in_a_function_starts_no_other(desk: Desk) -> None:
    order: list[str] = []

    def outer() -> None:
        desk.give(lambda: order.append("inner"))
        desk.main.run_pending()
        order.append("outer")

    desk.give(outer)
    desk.main.run_pending()
    assert order == ["outer", "inner"]


def test_a_stop_of_a_function_that_waits_ends_what_it_waits_for(desk: Desk) -> None:
    def inner() -> None:
        desk.stop(given)
        time.sleep(60)

    given = desk.give(nested(desk, inner))
    desk.main.run_pending(caller_waits=True)
    assert desk.main._running == []


def test_two_stops_in_one_moment_end_both(desk: Desk) -> None:
    inner_job: list[Job] = []
    reached: list[str] = []

    def inner() -> None:
        inner_job.append(desk.main._running[-1])
        outer_job = desk.main._running[0]
        outer_job.move_stop(StopState.WITHDRAWN)
        desk.main._withdraw(inner_job[0])
        time.sleep(60)

    def outer() -> None:
        with desk.main.serving():
            desk.give(inner)
            desk.main.run_pending(caller_waits=True)
            reached.append("after")

    desk.give(outer)
    desk.main.run_pending(caller_waits=True)
    assert reached == []


STRESS = """
import asyncio, random, signal, sys, threading, time
from nbstream.kernel.main_thread import MainThread
from nbstream.kernel.event_loop import ThreadLoop

own, main, dice = ThreadLoop(), MainThread(None), random.Random(int(sys.argv[1]))
handler = signal.getsignal(signal.SIGINT)
ends = {"whole": 0, "cut": 0}

def work(seconds, sleeps):
    end = time.perf_counter() + seconds
    if sleeps:
        time.sleep(seconds)
    while time.perf_counter() < end:
        pass
    ends["whole"] += 1

async def ask(stop_at, function):
    own.loop.call_later(max(0, stop_at), asyncio.current_task().cancel)
    await main.run(function)

with main.serving():
    for turn in range(int(sys.argv[2])):
        seconds = dice.uniform(0, 0.004)
        stop_at = seconds + dice.uniform(-0.001, 0.001) * dice.random()
        before = sum(ends.values())
        given = asyncio.run_coroutine_threadsafe(ask(stop_at, lambda: work(seconds, turn % 2)), own.loop)
        deadline = time.perf_counter() + 2
        while not given.done():
            main.run_pending(caller_waits=True)
            assert time.perf_counter() < deadline
        ends["cut"] += sum(ends.values()) == before
        assert signal.getsignal(signal.SIGINT) is handler
        assert not main._running and not main._lock.locked()
        # Whatever was on its way would hit here.
        for _ in range(200):
            pass
    time.sleep(0.05)
print(ends["whole"], ends["cut"])
"""


def test_stops_around_a_functions_end_hit_the_function_or_nothing() -> None:
    command = [sys.executable, "-W", "error", "-c", STRESS, "7", str(STOPS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    whole, cut = map(int, done.stdout.split())
    assert whole + cut == STOPS
    # Both were met.
    assert min(whole, cut) > STOPS / 20
