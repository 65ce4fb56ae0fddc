"""Ways to wait for a reply, all interruptible: block the cell, await the reply, or iterate over its text."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from ..conversation.reply.run import ReplyRun
from ..core.control_characters import escape_controls
from ..kernel.function_runner import FunctionRunner
from ..kernel.interrupts import shorten_traceback
from .wait_loop import BLOCK_TICK_SECONDS, Stop, await_done, block_until_done, raise_failure, wait_with_ticks

STOPPED = "the answer was stopped; its text up to there is in nbstream.last.text"


def block_until_end(
    run: ReplyRun,
    ended: Future[None],
    *,
    stop: Stop,
    call: Callable[..., Any],
    functions: FunctionRunner,
    timeout_seconds: float | None = None,
    poll: Callable[[], None] | None = None,
    echo: Callable[[str], object] | None = None,
    must_hold: Callable[[], bool] = lambda: False,
) -> None:
    """Block the calling thread until a reply has ended.

    Args:
        run: The reply.
        ended: A future that is done when the reply has ended and its request is closed.
        stop: Stops the reply, with a reason.
        call: Calls a function on the reply's loop.
        functions: Runs the functions of the reply's tools while the caller waits.
        timeout_seconds: The longest wait; `None` waits as long as it takes.
        poll: Called at every wake-up, to receive the messages of pages.
        echo: Prints the text as it arrives, if no page shows it. Characters that a terminal would obey are printed
            as escapes.
        must_hold: Returns whether to go on blocking after the end, because it is not known yet whether a page
            shows the text.

    Raises:
        TimeoutError: The reply is still running after `timeout_seconds`.
        KeyboardInterrupt: The kernel was interrupted, and the reply has been stopped.
        Exception: The reply failed with this exception.
    """
    pieces: deque[str | None] = deque()
    if echo is not None:
        call(run.subscribe, pieces.append)

    def on_tick() -> None:
        if poll is not None:
            with suppress(Exception):
                poll()
        if echo is not None:
            _print(pieces, echo)

    block_until_done(
        ended,
        stop=stop,
        functions=functions,
        stopped=STOPPED,
        late=late_sentence(timeout_seconds),
        timeout_seconds=timeout_seconds,
        on_tick=on_tick,
    )
    if echo is not None:
        _print(pieces, echo)
    # The last changes of the reply were posted before its end, and the caller's next line may rely on them.
    functions.run_posted()
    while must_hold():
        time.sleep(BLOCK_TICK_SECONDS)
        if poll is not None:
            poll()
    _raise_failure(run)


async def await_end(
    run: ReplyRun,
    ended: Future[None],
    stop: Stop,
    functions: FunctionRunner,
    on_tick: Callable[[], None] = lambda: None,
) -> None:
    """Wait for the end of a reply without blocking the loop.

    Args:
        run: The reply.
        ended: A future that is done when the reply has ended and its request is closed.
        stop: Stops the reply, with a reason; called when the wait is cancelled. An interrupt cancels the wait.
        functions: Runs the functions of the reply's tools while the caller waits.
        on_tick: As for `wait_with_ticks`.

    Raises:
        asyncio.CancelledError: The wait was cancelled, and the reply has been stopped.
        Exception: The reply failed with this exception.
    """
    was_running = run.running
    await await_done(ended, stop=stop, functions=functions, stopped=STOPPED, on_tick=on_tick)
    if was_running:
        _reraise_interrupt(run)
    _raise_failure(run)


async def aiter_text(
    run: ReplyRun,
    call: Callable[..., Any],
    stop: Stop,
    functions: FunctionRunner,
    on_tick: Callable[[], None] = lambda: None,
) -> AsyncIterator[str]:
    """Iterate over a reply's text from its beginning. All text that arrives between two steps comes as one piece.

    Args:
        run: The reply.
        call: Calls a function on the reply's loop.
        stop: Stops the reply, with a reason; called when the iteration is cancelled.
        functions: Runs the functions of the reply's tools while the caller waits.
        on_tick: As for `wait_with_ticks`.

    Raises:
        asyncio.CancelledError: The iteration was cancelled, and the reply has been stopped.
        Exception: The reply failed with this exception.
    """
    loop = asyncio.get_running_loop()
    pieces: deque[str | None] = deque()
    ready = asyncio.Event()

    def receive(piece: str | None) -> None:
        pieces.append(piece)
        if len(pieces) == 1:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(ready.set)

    was_running = run.running
    call(run.subscribe, receive)
    try:
        ended = False
        while not ended:
            # Pending main-thread jobs run only during this wait. While the caller handles a piece of text, the
            # caller's own code keeps the thread busy.
            with functions.serving(loop):
                await wait_with_ticks(ready, functions, on_tick)
            ready.clear()
            batch = [pieces.popleft() for _ in range(len(pieces))]
            ended = None in batch
            if text := "".join(piece for piece in batch if piece):
                yield text
        if was_running:
            _reraise_interrupt(run)
    except asyncio.CancelledError as error:
        stop("interrupt")
        shorten_traceback(error, STOPPED)
        raise
    finally:
        call(run.unsubscribe, receive)
    _raise_failure(run)


def late_sentence(seconds: float | None) -> str:
    """Return the error's sentence of a wait that has taken longer than its caller allows."""
    return f"The reply still runs after {seconds} s; end it with chat.stop()."


def _raise_failure(run: ReplyRun) -> None:
    error = run.error
    if error is not None:
        said = run.turn.reply.error if run.turn.reply is not None else None
        raise_failure(error, said or str(error))


def _reraise_interrupt(run: ReplyRun) -> None:
    # If an interrupt hits a tool's function that runs for the reply, it stops the reply but not the cell. This
    # error ends the cell as well. After a Stop from the page, the cell goes on.
    if run.turn.reply is not None and run.turn.reply.stop_reason == "interrupt":
        error = asyncio.CancelledError()
        shorten_traceback(error, STOPPED)
        raise error


def _print(pieces: deque[str | None], echo: Callable[[str], object]) -> None:
    while pieces:
        piece = pieces.popleft()
        echo("\n" if piece is None else escape_controls(piece))
