"""Signal handler that stops running replies when the kernel is interrupted, and short tracebacks.

The kernel ignores SIGINT while it is idle, and while a cell runs SIGINT only interrupts the cell. So while a reply
runs, nbstream installs a handler of its own, which stops the replies and then calls the handler that was installed
before. The kernel installs its handler again at the start of each cell and restores the earlier handler after the
cell, so nbstream installs its handler again both times.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .host import Host

StopCallback = Callable[[str], None]


class Interrupts:
    """Stops running replies when the kernel is interrupted."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._stops: set[StopCallback] = set()

    def watch(self, stop: StopCallback) -> None:
        """Have an interrupt call `stop("interrupt")`, in the main thread's signal handler."""
        first = not self._stops
        self._stops.add(stop)
        if first:
            if (events := self._host.events) is not None:
                events.register("pre_execute", self._install)
                events.register("post_execute", self._install_after_cell)
            self._run_on_main(self._install)

    def unwatch(self, stop: StopCallback) -> None:
        """Remove a reply's `stop` when the reply has ended."""
        self._stops.discard(stop)
        if not self._stops:
            self._run_on_main(self._uninstall)

    def _run_on_main(self, action: Callable[[], None]) -> None:
        if threading.current_thread() is threading.main_thread():
            action()
        else:
            self._call_on_main(action)

    def _install(self) -> None:
        current = signal.getsignal(signal.SIGINT)
        if self._stops and not isinstance(current, _Handler):
            signal.signal(signal.SIGINT, _Handler(self._stops, current))

    def _install_after_cell(self) -> None:
        # After the cell, the kernel restores the handler from before the cell. A callback on the loop runs after
        # that, and installs nbstream's handler again.
        self._call_on_main(self._install)

    def _call_on_main(self, action: Callable[[], None]) -> None:
        if (call := self._host.call_on_main) is not None:
            call(action)

    def _uninstall(self) -> None:
        if self._stops:
            return
        events = self._host.events
        for name, callback in (("pre_execute", self._install), ("post_execute", self._install_after_cell)):
            if events is not None and callback in events.callbacks[name]:
                events.unregister(name, callback)
        handler = signal.getsignal(signal.SIGINT)
        if isinstance(handler, _Handler):
            signal.signal(signal.SIGINT, handler.previous)
        kernel = self._host.kernel
        saved = getattr(kernel, "saved_sigint_handler", None)
        if isinstance(saved, _Handler):
            kernel.saved_sigint_handler = saved.previous


class _Handler:
    def __init__(self, stops: set[StopCallback], previous: Any) -> None:
        self._stops = stops
        self.previous = previous

    def __call__(self, signum: int, frame: Any) -> None:
        for stop in list(self._stops):
            stop("interrupt")
        if callable(self.previous):
            self.previous(signum, frame)


@contextmanager
def raising_interrupts() -> Iterator[None]:
    """Have an interrupt raise `KeyboardInterrupt` while a cell that awaits blocks the main thread.

    During such a cell, ipykernel's handler only has the loop cancel the cell, which a blocked loop cannot do. On
    another thread, where no interrupt arrives, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(signum: int, frame: Any) -> None:
        if callable(before):
            before(signum, frame)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def shorten_traceback(error: BaseException, line: str) -> None:
    """Make IPython show an exception as one line instead of two dozen of nbstream's own frames.

    Args:
        error: The exception.
        line: The line, which may begin with the name of the exception's class.
    """
    name = type(error).__name__
    text = line.removeprefix(f"{name}: ")
    error._render_traceback_ = lambda: [f"\x1b[31m{name}\x1b[39m: {text}"]  # type: ignore[attr-defined]
