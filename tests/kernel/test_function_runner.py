"""The functions of one chat, on the main thread and beside it; these tests run on the main thread.

The requests for functions come from a loop on another thread, and the time is a value.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import pytest

from nbstream.kernel.event_loop import ThreadLoop
from nbstream.kernel.function_runner import MAIN_THREAD_TURN_SECONDS, FunctionRunner
from nbstream.kernel.main_thread import MainThread

T = TypeVar("T")


class Desk:
    """A kernel's main thread, and chats on another loop that submit functions to it."""

    def __init__(self, own: ThreadLoop) -> None:
        self.own = own
        self.now = 0.0
        self.main = MainThread(lambda _: None)
        self.chat = self.new_chat()

    def new_chat(self) -> FunctionRunner:
        return FunctionRunner(self.main, lambda: self.now)

    def submit(self, function: Callable[[], Any], chat: FunctionRunner | None = None) -> Future[Any]:
        """Submit a function, and wait until it is queued."""
        future = asyncio.run_coroutine_threadsafe((chat or self.chat).run(function), self.own.loop)
        self.turn_loop()
        return future

    def turn_loop(self) -> None:
        """Let the loop run its callbacks, and the callbacks that these have scheduled."""
        for _ in range(3):
            self.own.call(lambda: None)

    def await_there(self, make: Callable[[], Any], chat: FunctionRunner | None = None) -> Future[Any]:
        """Submit an async function."""
        return asyncio.run_coroutine_threadsafe((chat or self.chat).await_on_cell_loop(make), self.own.loop)


@pytest.fixture
def desk(own: ThreadLoop) -> Desk:
    return Desk(own)


def on_thread(function: Callable[[], T]) -> T:
    """Run a function on another thread, and return its result."""
    future: Future[T] = Future()
    thread = threading.Thread(target=lambda: future.set_result(function()), name="caller")
    thread.start()
    thread.join(5)
    return future.result(0)


def name() -> str:
    return threading.current_thread().name


async def where() -> object:
    return asyncio.get_running_loop()


def test_the_main_thread_runs_a_function_when_it_comes_round(desk: Desk) -> None:
    future = desk.submit(name)
    on_thread(desk.chat.run_pending)
    desk.now = MAIN_THREAD_TURN_SECONDS - 0.01
    on_thread(desk.chat.run_pending)
    assert not future.done()
    desk.chat.run_pending()
    assert future.result(5) == "MainThread"


def test_a_thread_that_waits_runs_the_function_that_a_held_main_thread_leaves(desk: Desk) -> None:
    future = desk.submit(name)
    desk.now = MAIN_THREAD_TURN_SECONDS
    on_thread(desk.chat.run_pending)
    assert future.result(5) == "caller"
    desk.chat.run_pending()
    assert desk.chat._queued_at == {}


def test_a_thread_that_waits_for_one_chat_leaves_the_functions_of_others_alone(desk: Desk) -> None:
    other = desk.new_chat()
    future = desk.submit(name, other)
    desk.now = 100.0
    on_thread(desk.chat.run_pending)
    assert not future.done()
    on_thread(other.run_pending)
    assert future.result(5) == "caller"


def test_an_error_of_a_function_beside_the_main_thread_ends_only_the_function(desk: Desk) -> None:
    future = desk.submit(lambda: 1 / 0)
    desk.now = 100.0
    on_thread(desk.chat.run_pending)
    with pytest.raises(ZeroDivisionError):
        future.result(5)


def test_a_loop_in_another_thread_that_awaits_the_chat_runs_its_functions_too(desk: Desk) -> None:
    future = desk.submit(name)
    desk.now = 100.0

    async def caller() -> None:
        desk.chat.run_pending()

    on_thread(lambda: asyncio.run(caller()))
    assert future.result(5) == "caller"


def test_the_loop_of_all_replies_is_never_blocked_by_a_function(desk: Desk) -> None:
    released = threading.Event()
    future = desk.submit(lambda: (released.wait(5), name())[1])
    desk.now = 100.0

    async def async_tool_that_awaits_the_chat() -> None:
        desk.chat.run_pending()

    asyncio.run_coroutine_threadsafe(async_tool_that_awaits_the_chat(), desk.own.loop).result(5)
    released.set()
    assert future.result(5) not in ("MainThread", "nbstream")


def test_a_stopped_function_is_not_run_by_a_thread_that_waits(desk: Desk) -> None:
    ran: list[int] = []
    future = desk.submit(lambda: ran.append(1))
    desk.own.call(future.cancel)
    desk.turn_loop()
    desk.now = 100.0
    on_thread(desk.chat.run_pending)
    desk.chat.run_pending()
    assert ran == []


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt()], ids=lambda value: type(value).__name__)
def test_an_async_function_that_exits_does_not_end_the_loop(desk: Desk, raised: BaseException) -> None:
    async def exits() -> None:
        raise raised

    assert isinstance(desk.await_there(exits).exception(5), RuntimeError)
    desk.own.call(lambda: None)


def test_async_functions_run_on_the_loop_that_awaits_or_beside_a_blocked_one(desk: Desk) -> None:
    async def cell() -> None:
        loop = asyncio.get_running_loop()
        with desk.chat.serving(loop):
            assert await asyncio.wrap_future(desk.await_there(where)) is loop
            assert await desk.chat.await_on_cell_loop(where) is loop
            # A function in this cell waits for another reply, and the loop stands still meanwhile.
            with desk.new_chat().serving():
                assert desk.await_there(where).result(5) is desk.own.loop

    asyncio.run(cell())
    assert desk.await_there(where).result(5) is desk.own.loop


def test_async_functions_of_two_chats_run_where_each_is_awaited(desk: Desk) -> None:
    other = desk.new_chat()

    async def cell() -> None:
        loop = asyncio.get_running_loop()
        waits, done = threading.Event(), threading.Event()

        def wait_on_thread() -> None:
            with other.serving():
                waits.set()
                done.wait(5)

        thread = threading.Thread(target=wait_on_thread)
        with desk.chat.serving(loop):
            thread.start()
            await asyncio.to_thread(waits.wait, 5)
            assert await asyncio.wrap_future(desk.await_there(where)) is loop
            assert await asyncio.wrap_future(desk.await_there(where, other)) is desk.own.loop
        done.set()
        thread.join(5)

    asyncio.run(cell())
