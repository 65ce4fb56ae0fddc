"""Calls from other threads to nbstream's own loop, and a shutdown that leaves nothing running."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from types import ModuleType
from typing import Any

import pytest

from nbstream.kernel import event_loop as module
from nbstream.kernel.event_loop import DaemonThreadExecutor, HostLoop, ThreadLoop, start_loop


def test_a_call_runs_on_the_loops_thread_and_returns_its_result(own: ThreadLoop) -> None:
    assert own.call(lambda: threading.current_thread().name) == "nbstream"
    assert own.call(lambda: own.call(lambda: "from its own thread")) == "from its own thread"


def test_a_slow_function_does_not_block_the_loop(own: ThreadLoop) -> None:
    released = threading.Event()
    slow = asyncio.run_coroutine_threadsafe(own.run_in_thread(released.wait, 5), own.loop)
    own.call(released.set)
    assert slow.result(5) is True


def test_an_error_of_a_call_is_raised_at_its_caller(own: ThreadLoop) -> None:
    with pytest.raises(ZeroDivisionError):
        own.call(lambda: 1 / 0)


def test_a_posted_function_runs_later(own: ThreadLoop) -> None:
    done = threading.Event()
    own.post(done.set)
    assert done.wait(5)


@pytest.mark.anyio
async def test_a_worker_thread_does_not_hold_up_the_end_of_the_process() -> None:
    loop, executor = asyncio.get_running_loop(), DaemonThreadExecutor()
    assert await loop.run_in_executor(executor, lambda: threading.current_thread().daemon)
    with pytest.raises(ZeroDivisionError):
        await loop.run_in_executor(executor, lambda: 1 / 0)
    assert await loop.run_in_executor(executor, max, 1, 2) == 2


def test_the_loops_slow_functions_run_in_such_threads(own: ThreadLoop) -> None:
    slow = asyncio.run_coroutine_threadsafe(own.run_in_thread(threading.current_thread), own.loop)
    thread = slow.result(5)
    assert (thread.name, thread.daemon) == ("nbstream worker", True)


def test_in_a_forked_child_a_call_raises_and_a_posted_function_is_dropped(
    own: ThreadLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = threading.Event()
    own.check_process()
    with monkeypatch.context() as child:
        child.setattr(module.os, "getpid", lambda: own.pid + 1)
        with pytest.raises(RuntimeError, match="make a new chat"):
            own.call(ran.set)
        own.post(ran.set)
    own.call(lambda: None)
    assert not ran.is_set()


def test_closing_the_loop_cancels_its_tasks_and_waits_for_them(own: ThreadLoop) -> None:
    ended = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    task = own.call(lambda: own.loop.create_task(forever()))
    own.call(lambda: None)
    own.close()
    assert ended.is_set()
    assert task.cancelled()
    assert own.loop.is_closed()
    own.post(ended.clear)
    own.close()


@pytest.mark.anyio
async def test_where_there_are_no_threads_the_running_loop_is_used() -> None:
    here = start_loop(has_threads=False)
    assert isinstance(here, HostLoop)
    assert not here.can_block
    here.check_process()
    here.check_may_block()
    assert here.call(lambda: asyncio.get_running_loop()) is here.loop
    assert await here.run_in_thread(lambda: "done here") == "done here"
    done = asyncio.Event()
    here.post(done.set)
    await done.wait()


@pytest.mark.anyio
@pytest.mark.parametrize("is_promising", [True, False])
async def test_a_browser_with_promise_integration_sets_code_aside(
    monkeypatch: pytest.MonkeyPatch, is_promising: bool
) -> None:
    ffi = ModuleType("pyodide.ffi")
    ffi.can_run_sync = lambda: is_promising  # type: ignore[attr-defined]
    ffi.run_sync = lambda awaitable: f"the result of {awaitable}"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyodide", ModuleType("pyodide"))
    monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)
    here: Any = HostLoop()
    assert here.can_block is is_promising
    if is_promising:
        assert here.block_on("a reply") == "the result of a reply"


# In its development mode Python logs a warning for each step of a task that takes long, as all steps do on a busy
# machine. The function that is registered first is called last.
SCRIPT = """
import atexit, logging
logging.getLogger("asyncio").setLevel("ERROR")
atexit.register(lambda: print("at the end:", chat.status == "done"))
import nbstream
chat = nbstream.chat("Hello", client=nbstream.demo("word " * 100_000), wait=False)
print("at first:", chat.status == "done")
"""


def test_a_process_that_ends_in_mid_answer_exits_quietly_and_before_the_answer_ends() -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", SCRIPT], capture_output=True, text=True
    )
    written = "at first: False\nat the end: False\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, written, "")
