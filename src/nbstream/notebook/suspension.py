"""Wait for a reply in a browser (Pyodide), where no thread can block; some browsers set the code aside instead."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from concurrent.futures import Future

from ..conversation.reply.run import ReplyRun
from ..core.control_characters import escape_controls
from ..kernel.event_loop import HostLoop
from ..kernel.function_runner import FunctionRunner
from .wait_loop import Stop
from .waiting import await_end, late_sentence

CANNOT_WAIT = (
    "This cell did not wait for the answer, which goes on beside it: in this browser Python waits only with "
    "await. Write await nbstream.chat(…, wait=False), or await chat."
)


def suspend_until_end(
    run: ReplyRun,
    ended: Future[None],
    loop: HostLoop,
    *,
    stop: Stop,
    functions: FunctionRunner,
    timeout_seconds: float | None = None,
    echo: Callable[[str], object] | None = None,
) -> None:
    """Set the caller's code aside until a reply has ended. Where the browser cannot do that, warn and return.

    Args:
        run: The reply.
        ended: A future that is done when the reply has ended and its request is closed.
        loop: The loop of the browser, which goes on meanwhile.
        stop: Stops the reply, with a reason.
        functions: Runs the functions of the reply's tools while the caller waits.
        timeout_seconds: The longest wait; `None` waits as long as it takes.
        echo: Prints the text as it arrives, if no page shows it.

    Raises:
        TimeoutError: The reply is still running after `timeout_seconds`.
        Exception: The reply failed with this exception.
    """
    if loop.can_block:
        loop.block_on(_wait(run, ended, stop, functions, timeout_seconds, echo))
    elif not ended.done():
        warnings.warn(CANNOT_WAIT, RuntimeWarning, stacklevel=2)


async def _wait(
    run: ReplyRun,
    ended: Future[None],
    stop: Stop,
    functions: FunctionRunner,
    timeout_seconds: float | None,
    echo: Callable[[str], object] | None,
) -> None:
    def print_piece(piece: str | None) -> None:
        if echo is not None:
            echo("\n" if piece is None else escape_controls(piece))

    run.subscribe(print_piece)
    waiting = asyncio.ensure_future(await_end(run, ended, stop, functions))
    # After a wait that took too long, the exception of a reply that fails later is taken by no caller.
    waiting.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        await asyncio.wait({waiting}, timeout=timeout_seconds)
    finally:
        run.unsubscribe(print_piece)
    if not waiting.done():
        raise TimeoutError(late_sentence(timeout_seconds))
    waiting.result()
