"""Three ways to wait for a reply: hold the cell, await it, read it as it comes. Each can be interrupted."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from ..conversation.reply import ReplyRun
from ..kernel.interrupts import shorten
from ..kernel.main_thread import MainThread

TICK = 0.02
"""Seconds between looks at the clock in a waiting cell.

A signal may be delivered to another thread, and then a sleeping main thread hears of it when it wakes.
"""

AWAIT_TICK = 0.1
"""The same in an awaiting cell, where an interrupt is heard only when the kernel's loop turns.

With a quiet loop a cell ended 5.3 s after its interrupt, with one that turns ten times a second 0.1 s.
"""

SETTLE = 1.0
"""Seconds in which an interrupted reply may end, so that the cell's next line sees it ended."""

STOPPED = "the answer was stopped; what came of it is in nbstream.last.text"

Stop = Callable[[str], None]


def block_until_end(
    run: ReplyRun,
    ended: Future[None],
    *,
    stop: Stop,
    call: Callable[..., Any],
    main: MainThread,
    timeout: float | None = None,
    pump: Callable[[], None] | None = None,
    echo: Callable[[str], object] | None = None,
) -> None:
    """Hold the calling thread until a reply has ended.

    Args:
        run: The reply.
        ended: Done when it has ended.
        stop: Stops it, with a reason.
        call: Calls a function on the reply's loop.
        main: What the reply's tools want to run here.
        timeout: Seconds to wait at most.
        pump: Called again and again meanwhile, so that pages can be heard.
        echo: Prints the text as it comes, where no page shows it.

    Raises:
        TimeoutError: The reply goes on.
        KeyboardInterrupt: The kernel was interrupted.
        Exception: The reply's own.
    """
    wake = threading.Event()
    ended.add_done_callback(lambda _: wake.set())
    deadline = None if timeout is None else time.monotonic() + timeout
    heard: deque[str | None] = deque()
    if echo is not None:
        call(run.subscribe, heard.append)
    try:
        with main.served():
            while not wake.wait(TICK if deadline is None else max(0.0, min(TICK, deadline - time.monotonic()))):
                main.serve(waiting=True)
                if pump is not None:
                    with suppress(Exception):
                        pump()
                if echo is not None:
                    _print(heard, echo)
                if deadline is not None and time.monotonic() >= deadline:
                    raise TimeoutError(f"The reply goes on after {timeout} s; chat.stop() ends it.")
    except KeyboardInterrupt as error:
        stop("interrupt")
        wake.wait(SETTLE)
        shorten(error, STOPPED)
        raise
    if echo is not None:
        _print(heard, echo)
    if run.error is not None:
        shorten(run.error, str(run.turn.reply and run.turn.reply.error))
        raise run.error


async def await_end(run: ReplyRun, ended: Future[None], stop: Stop, main: MainThread) -> None:
    """Wait for a reply without blocking the loop. Cancelling this stops the reply."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def wake(_: object) -> None:
        # The waiter's loop may be gone by now.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(done.set)

    waits = run.running
    ended.add_done_callback(wake)
    try:
        with main.served(loop):
            await _ticking(done, main)
        if waits:
            _pass_on(run)
    except asyncio.CancelledError as error:
        stop("interrupt")
        shorten(error, STOPPED)
        raise
    if run.error is not None:
        shorten(run.error, str(run.turn.reply and run.turn.reply.error))
        raise run.error


async def aiter_pieces(
    run: ReplyRun, call: Callable[..., Any], stop: Stop, main: MainThread
) -> AsyncIterator[str]:
    """A reply's text as it comes, from its beginning; what piled up meanwhile comes as one piece."""
    loop = asyncio.get_running_loop()
    heard: deque[str | None] = deque()
    ready = asyncio.Event()

    def hear(piece: str | None) -> None:
        heard.append(piece)
        if len(heard) == 1:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(ready.set)

    waits = run.running
    call(run.subscribe, hear)
    try:
        ended = False
        while not ended:
            # Between the pieces the loop is the reader's.
            with main.served(loop):
                await _ticking(ready, main)
            ready.clear()
            pieces = [heard.popleft() for _ in range(len(heard))]
            ended = None in pieces
            if text := "".join(piece for piece in pieces if piece):
                yield text
        if waits:
            _pass_on(run)
    except asyncio.CancelledError as error:
        stop("interrupt")
        shorten(error, STOPPED)
        raise
    finally:
        call(run.unsubscribe, hear)
    if run.error is not None:
        raise run.error


def _pass_on(run: ReplyRun) -> None:
    # An interrupt that a function of the reply's took is the cell's too, which else would go on as after a stop.
    if run.turn.reply is not None and run.turn.reply.stop_reason == "interrupt":
        raise asyncio.CancelledError


async def _ticking(event: asyncio.Event, main: MainThread) -> None:
    """Wait for an event on a loop that keeps turning."""
    waiter = asyncio.ensure_future(event.wait())
    try:
        while not waiter.done():
            await asyncio.wait({waiter}, timeout=AWAIT_TICK)
            main.serve()
    finally:
        waiter.cancel()


def _print(heard: deque[str | None], echo: Callable[[str], object]) -> None:
    while heard:
        piece = heard.popleft()
        echo("\n" if piece is None else piece)
