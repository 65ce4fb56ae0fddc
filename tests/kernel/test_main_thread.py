"""The user's functions on the main thread: run, interrupted, and never interrupted too late.

These tests run on the main thread themselves. The requests for functions come from a loop on another thread.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any

import pytest

from nbstream.kernel.event_loop import ThreadLoop
from nbstream.kernel.job import InterruptedCallError, Job, StopState
from nbstream.kernel.main_thread import MainThread, Waiter

STOPS = 200


class Desk:
    """A main thread, and a loop that submits functions to it."""

    def __init__(self, own: ThreadLoop, *, kernel: bool = True) -> None:
        self.wakes: list[Callable[[], None]] = []
        self.main = MainThread(self.wakes.append if kernel else None)
        self.own = own

    def submit(self, function: Callable[[], Any], on_start: Callable[[], object] = lambda: None) -> Future[Any]:
        """Submit a function, and wait until it is queued."""
        future = asyncio.run_coroutine_threadsafe(self.main.run(Job(function, on_start)), self.own.loop)
        self.turn_loop()
        return future

    def stop(self, future: Future[Any]) -> None:
        """Cancel a function, and wait until the cancellation has arrived."""
        self.own.call(future.cancel)
        self.turn_loop()

    def turn_loop(self) -> None:
        """Let the loop run its callbacks, and the callbacks that these have scheduled."""
        for _ in range(3):
            self.own.call(lambda: None)


@pytest.fixture
def desk(own: ThreadLoop) -> Desk:
    return Desk(own)


def serving(desk: Desk) -> AbstractContextManager[None]:
    """Wait for a reply on the calling thread."""
    return desk.main.serving(Waiter(threading.current_thread()))


def fail(error: BaseException) -> Any:
    raise error


def interrupt(*_: object) -> None:
    signal.raise_signal(signal.SIGINT)


def test_a_function_runs_when_the_main_thread_runs_pending_functions(desk: Desk) -> None:
    began: list[bool] = []
    future = desk.submit(threading.current_thread, lambda: began.append(True))
    assert (future.done(), began) == (False, [])
    [run_pending] = desk.wakes
    run_pending()
    assert future.result(5) is threading.main_thread()
    assert began == [True]


def test_functions_run_in_the_order_of_their_submission(desk: Desk) -> None:
    order: list[int] = []
    futures = [desk.submit(lambda n=n: order.append(n)) for n in range(3)]
    desk.main.run_pending()
    assert [future.result(5) for future in futures] == [None] * 3
    assert order == [0, 1, 2]


def test_another_thread_runs_no_pending_function(desk: Desk) -> None:
    future = desk.submit(threading.current_thread)
    desk.own.call(desk.main.run_pending)
    assert not future.done()
    desk.main.run_pending()
    future.result(5)


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
def test_any_error_of_a_function_ends_only_the_function(
    own: ThreadLoop, raised: BaseException, expected: type[Exception], kernel: bool
) -> None:
    desk = Desk(own, kernel=kernel)
    future = desk.submit(lambda: fail(raised))
    desk.main.run_pending()
    assert isinstance(future.exception(5), expected)


def test_in_a_script_that_does_not_wait_a_function_runs_on_a_thread(own: ThreadLoop) -> None:
    desk = Desk(own, kernel=False)
    assert desk.submit(threading.current_thread).result(5) is not threading.main_thread()
    with serving(desk):
        future = desk.submit(threading.current_thread)
        desk.main.run_pending(caller_waits=True)
    assert future.result(5) is threading.main_thread()


def test_in_a_script_a_function_runs_on_a_thread_when_the_wait_ends_before_it(own: ThreadLoop) -> None:
    desk = Desk(own, kernel=False)
    with serving(desk):
        future = desk.submit(threading.current_thread)
        assert not future.done()
    assert future.result(5) is not threading.main_thread()


def test_posted_functions_run_on_the_main_thread_in_their_order(caplog: pytest.LogCaptureFixture) -> None:
    woken: list[Callable[[], None]] = []
    main = MainThread(woken.append)
    called: list[object] = []

    def post() -> None:
        main.post(lambda: called.append(threading.current_thread()))
        main.post(lambda: fail(ValueError("bad")))
        main.post(lambda: called.append("last"))
        main.run_posted()

    poster = threading.Thread(target=post)
    poster.start()
    poster.join()
    assert (called, len(woken)) == ([], 3)
    # A cell that waits gets ahead of the kernel's loop.
    main.run_pending(caller_waits=True)
    assert called == [threading.main_thread(), "last"]
    assert "a posted function failed" in caplog.text
    woken[0]()
    assert len(called) == 2
    MainThread(None).post(lambda: called.append("never"))
    assert len(called) == 2


def test_a_job_is_taken_back_only_from_the_queue(desk: Desk) -> None:
    desk.submit(lambda: "there")
    [job] = desk.main._jobs
    assert desk.main.take_back(job)
    assert not desk.main.take_back(job)
    desk.main.run_pending()
    assert not job.result.done()
    job.result.set_result(None)


def test_a_wait_on_another_thread_runs_no_pending_function(own: ThreadLoop) -> None:
    desk = Desk(own, kernel=False)

    def wait_there() -> None:
        with serving(desk):
            assert desk.submit(threading.current_thread).result(5) is not threading.main_thread()

    thread = threading.Thread(target=wait_there)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()


def test_a_function_that_is_stopped_in_the_queue_does_not_run(desk: Desk) -> None:
    ran: list[int] = []
    future = desk.submit(lambda: ran.append(1))
    desk.stop(future)
    desk.main.run_pending()
    assert ran == []


@pytest.mark.parametrize("body", ["time.sleep(60)", "while True: pass"])
def test_a_stop_interrupts_the_function_and_not_the_caller_that_waits(desk: Desk, body: str) -> None:
    future = desk.submit(lambda: exec(body, {"time": time}), lambda: desk.own.post(future.cancel))
    before = time.monotonic()
    desk.main.run_pending(caller_waits=True)
    assert time.monotonic() - before < 5
    assert future.cancelled()


def test_a_stop_before_the_first_line_is_not_lost(desk: Desk) -> None:
    ran: list[int] = []
    future = desk.submit(lambda: ran.append(1), lambda: desk.stop(future))
    desk.main.run_pending(caller_waits=True)
    assert ran == []


def test_a_function_may_ignore_a_stop(desk: Desk) -> None:
    def stubborn() -> None:
        with pytest.raises(KeyboardInterrupt):
            desk.stop(future)

    future = desk.submit(stubborn)
    desk.main.run_pending(caller_waits=True)
    assert desk.main._running == []


def test_a_function_with_a_handler_of_its_own_keeps_its_signals(desk: Desk) -> None:
    finished: list[object] = []

    def ignore_signals() -> None:
        signal.signal(signal.SIGINT, lambda *_: None)
        desk.stop(future)
        finished.append(1)

    before = signal.getsignal(signal.SIGINT)
    future = desk.submit(ignore_signals)
    desk.main.run_pending(caller_waits=True)
    assert finished == [1]
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_ends_the_function_and_the_caller_that_waits(desk: Desk) -> None:
    future = desk.submit(interrupt)
    with pytest.raises(KeyboardInterrupt):
        desk.main.run_pending(caller_waits=True)
    error = future.exception(5)
    assert isinstance(error, InterruptedCallError)
    assert str(error) == "interrupted"


def test_an_interrupt_of_an_idle_kernel_ends_the_function_and_the_loop_goes_on(desk: Desk) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        future = desk.submit(interrupt)
        desk.main.run_pending()
    finally:
        signal.signal(signal.SIGINT, before)
    assert isinstance(future.exception(5), InterruptedCallError)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupt_just_before_or_after_a_function_is_not_lost(desk: Desk, when: str) -> None:
    ran: list[int] = []
    future = desk.submit(lambda: ran.append(1), interrupt if when == "before" else lambda: None)
    if when == "after":
        [job] = desk.main._jobs
        job.result.add_done_callback(interrupt)
    with pytest.raises(KeyboardInterrupt):
        desk.main.run_pending(caller_waits=True)
    assert ran == ([] if when == "before" else [1])
    assert isinstance(future.exception(5), InterruptedCallError) == (when == "before")


def nested(desk: Desk, inner: Callable[[], Any]) -> Callable[[], Any]:
    """A function that waits for another reply, whose tool is `inner`."""

    def outer() -> Any:
        with serving(desk):
            future = desk.submit(inner)
            desk.main.run_pending(caller_waits=True)
            return future.result(5)

    return outer


def test_a_function_that_waits_for_a_reply_runs_the_functions_of_that_reply(desk: Desk) -> None:
    future = desk.submit(nested(desk, lambda: "inner"))
    desk.main.run_pending()
    assert future.result(5) == "inner"


def test_a_loop_that_turns_inside_a_function_starts_no_other_function(desk: Desk) -> None:
    order: list[str] = []

    def outer() -> None:
        desk.submit(lambda: order.append("inner"))
        desk.main.run_pending()
        order.append("outer")

    desk.submit(outer)
    desk.main.run_pending()
    assert order == ["outer", "inner"]


def test_a_stop_of_a_function_that_waits_ends_the_inner_function_too(desk: Desk) -> None:
    def inner() -> None:
        desk.stop(future)
        time.sleep(60)

    future = desk.submit(nested(desk, inner))
    desk.main.run_pending(caller_waits=True)
    assert desk.main._running == []


def test_two_stops_at_the_same_moment_end_both_functions(desk: Desk) -> None:
    inner_job: list[Job] = []
    reached: list[str] = []

    def inner() -> None:
        inner_job.append(desk.main._running[-1])
        outer_job = desk.main._running[0]
        outer_job.move_stop(StopState.WITHDRAWN)
        desk.main._withdraw(inner_job[0])
        time.sleep(60)

    def outer() -> None:
        with serving(desk):
            desk.submit(inner)
            desk.main.run_pending(caller_waits=True)
            reached.append("after")

    desk.submit(outer)
    desk.main.run_pending(caller_waits=True)
    assert reached == []


STRESS = """
import asyncio, random, signal, sys, threading, time
from nbstream.kernel.job import Job
from nbstream.kernel.main_thread import MainThread, Waiter
from nbstream.kernel.event_loop import ThreadLoop

own, main, dice = ThreadLoop(), MainThread(None), random.Random(int(sys.argv[1]))
handler = signal.getsignal(signal.SIGINT)
ends = {"complete": 0, "stopped": 0}

def work(seconds, sleeps):
    end = time.perf_counter() + seconds
    if sleeps:
        time.sleep(seconds)
    while time.perf_counter() < end:
        pass
    ends["complete"] += 1

async def ask(stop_at, function):
    own.loop.call_later(max(0, stop_at), asyncio.current_task().cancel)
    await main.run(Job(function))

with main.serving(Waiter(threading.main_thread())):
    for turn in range(int(sys.argv[2])):
        seconds = dice.uniform(0, 0.004)
        stop_at = seconds + dice.uniform(-0.001, 0.001) * dice.random()
        before = sum(ends.values())
        future = asyncio.run_coroutine_threadsafe(ask(stop_at, lambda: work(seconds, turn % 2)), own.loop)
        deadline = time.perf_counter() + 20
        while not future.done():
            main.run_pending(caller_waits=True)
            assert time.perf_counter() < deadline
        assert future.cancelled() or future.exception() is None
        ends["stopped"] += sum(ends.values()) == before
        assert signal.getsignal(signal.SIGINT) is handler
        assert not main._running and not main._lock.locked()
        # A late signal would arrive here.
        for _ in range(200):
            pass
    time.sleep(0.05)
print(ends["complete"], ends["stopped"])
"""


def test_stops_around_the_end_of_a_function_hit_only_that_function() -> None:
    command = [sys.executable, "-W", "error", "-c", STRESS, "7", str(STOPS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    complete, stopped = map(int, done.stdout.split())
    assert complete + stopped == STOPS
    # Both cases have occurred.
    assert min(complete, stopped) > STOPS / 20
