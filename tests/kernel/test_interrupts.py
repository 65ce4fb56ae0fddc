"""SIGINT in a cell and in an idle kernel, with the kernel's own way of setting and restoring handlers."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.events import EventManager, available_events

from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.kernel.interrupts import Interrupts, raising_interrupts, shorten_traceback


class FakeKernel:
    """A kernel without sockets, which sets signal handlers around a cell as ipykernel does.

    See `pre_handler_hook` and `post_handler_hook` there.
    """

    def __init__(self) -> None:
        self.shell = SimpleNamespace(events=EventManager(None, available_events))
        self.io_loop = SimpleNamespace(add_callback=lambda action: self.callbacks.append(action))
        self.callbacks: list[Callable[[], None]] = []
        self.saved_sigint_handler: Any = signal.SIG_IGN

    def run_cell(self, body: Callable[[], None]) -> type[BaseException] | None:
        self.saved_sigint_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        raised = None
        self.shell.events.trigger("pre_execute")
        try:
            body()
        except KeyboardInterrupt as error:
            raised = type(error)
        self.shell.events.trigger("post_execute")
        signal.signal(signal.SIGINT, self.saved_sigint_handler)
        self.turn_loop()
        return raised

    def turn_loop(self) -> None:
        actions, self.callbacks[:] = self.callbacks[:], []
        for action in actions:
            action()


@pytest.fixture
def kernel() -> Iterator[FakeKernel]:
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield FakeKernel()
    signal.signal(signal.SIGINT, previous)


@pytest.fixture
def stops() -> list[str]:
    return []


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_in_the_cell_that_asked_stops_the_reply_and_the_cell(
    kernel: FakeKernel, stops: list[str]
) -> None:
    interrupts = Interrupts(Host(HostKind.NOTEBOOK, kernel))

    def cell() -> None:
        interrupts.watch(stops.append)
        interrupt()

    assert kernel.run_cell(cell) is KeyboardInterrupt
    assert stops == ["interrupt"]


def test_an_interrupt_of_the_idle_kernel_stops_a_reply_in_the_background(
    kernel: FakeKernel, stops: list[str]
) -> None:
    interrupts = Interrupts(Host(HostKind.NOTEBOOK, kernel))
    kernel.run_cell(lambda: interrupts.watch(stops.append))
    interrupt()
    assert stops == ["interrupt"]


def test_an_interrupt_of_another_cell_stops_that_cell_and_the_reply(kernel: FakeKernel, stops: list[str]) -> None:
    interrupts = Interrupts(Host(HostKind.NOTEBOOK, kernel))
    kernel.run_cell(lambda: interrupts.watch(stops.append))
    assert kernel.run_cell(interrupt) is KeyboardInterrupt
    assert stops == ["interrupt"]


def test_after_the_reply_all_handlers_are_restored(kernel: FakeKernel, stops: list[str]) -> None:
    interrupts = Interrupts(Host(HostKind.NOTEBOOK, kernel))
    kernel.run_cell(lambda: interrupts.watch(stops.append))
    interrupts.unwatch(stops.append)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert not any(kernel.shell.events.callbacks[name] for name in ("pre_execute", "post_execute"))
    interrupt()
    assert stops == []


def test_a_reply_that_ends_on_another_thread_during_a_cell_leaves_no_handler(
    kernel: FakeKernel, stops: list[str]
) -> None:
    interrupts = Interrupts(Host(HostKind.NOTEBOOK, kernel))
    kernel.run_cell(lambda: interrupts.watch(stops.append))

    def cell() -> None:
        thread = threading.Thread(target=interrupts.unwatch, args=(stops.append,))
        thread.start()
        thread.join()
        # The kernel's loop turns within an awaiting cell.
        kernel.turn_loop()

    kernel.run_cell(cell)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_second_reply_keeps_the_handler(kernel: FakeKernel, stops: list[str]) -> None:
    interrupts = Interrupts(Host(HostKind.NOTEBOOK, kernel))
    others: list[str] = []
    kernel.run_cell(lambda: (interrupts.watch(stops.append), interrupts.watch(others.append)))
    interrupts.unwatch(stops.append)
    interrupt()
    assert (stops, others) == ([], ["interrupt"])


def test_an_interrupt_raises_while_the_loop_is_blocked(kernel: FakeKernel) -> None:
    heard: list[int] = []
    handler = lambda signum, _: heard.append(signum)  # noqa: E731
    signal.signal(signal.SIGINT, handler)
    with pytest.raises(KeyboardInterrupt), raising_interrupts():
        interrupt()
    # The kernel hears it too, and its handler is back.
    assert heard == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is handler


def test_another_thread_leaves_the_handler_alone(kernel: FakeKernel) -> None:
    before = signal.getsignal(signal.SIGINT)
    found: list[Any] = []

    def block() -> None:
        with raising_interrupts():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=block)
    thread.start()
    thread.join()
    assert found == [before]


def test_a_shortened_error_shows_as_one_line() -> None:
    error = ValueError("long story")
    shorten_traceback(error, "what happened, and what to do")
    assert len(error._render_traceback_()) == 1
    assert "what happened" in error._render_traceback_()[0]


def test_a_shortened_error_names_its_class_once() -> None:
    error = TypeError("no such field")
    for line in ("TypeError: no such field", "no such field"):
        shorten_traceback(error, line)
        assert error._render_traceback_() == ["\x1b[31mTypeError\x1b[39m: no such field"]
