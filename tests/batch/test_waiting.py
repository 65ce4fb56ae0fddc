"""Ways to wait for a run. `test_map.py` has those of plain Python."""

from __future__ import annotations

import asyncio
import warnings
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from nbstream.batch import waiting
from nbstream.batch.run.state import RunLife
from nbstream.kernel.event_loop import HostLoop
from nbstream.kernel.function_runner import FunctionRunner
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.kernel.main_thread import MainThread


class Session:
    """A session as the waits see it."""

    def __init__(self, loop: Any, kind: HostKind = HostKind.HEADLESS) -> None:
        self.loop = loop
        self.run: Any = SimpleNamespace(life=RunLife())
        self.functions = FunctionRunner(MainThread(None))
        self.host = Host(kind)
        self.calls: list[str] = []
        self.output = SimpleNamespace(show=lambda *_, **__: self.calls.append("show"))

    def stop(self, reason: str) -> None:
        self.calls.append(f"stop {reason}")
        self.run.life.is_over.set_result(None)

    def summary(self) -> str:
        return "1 of 2 rows"

    def finalize(self) -> None:
        self.calls.append("finalize")

    def poll(self) -> None:
        self.calls.append("poll")
        raise ZeroDivisionError


class Loop:
    def check_process(self) -> None: ...

    def check_may_block(self) -> None: ...


def test_a_timeout_leaves_the_run_running() -> None:
    session: Any = Session(Loop())
    with pytest.raises(TimeoutError, match=r"not ended after 0.05 s.*batch\.stop"):
        waiting.block(session, 0.05)
    assert "poll" in session.calls
    assert session.calls[-1] == "finalize"


def test_a_failed_run_is_raised_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    session: Any = Session(Loop(), HostKind.TERMINAL)
    session.run.life.error = ValueError("no \x1b key")
    session.run.life.is_over.set_result(None)
    with pytest.raises(ValueError, match="no") as caught:
        waiting.block(session)
    assert caught.value._render_traceback_() == ["\x1b[31mValueError\x1b[39m: no \\x1b key"]  # type: ignore[attr-defined]
    # Plain Python writes the exception's own text.
    assert str(caught.value) == "no \\x1b key"
    assert capsys.readouterr().out == "1 of 2 rows\n"


def test_a_console_prints_the_end_where_no_page_greets(
    capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("nbstream.notebook.outputs.console.PAGE_SECONDS", 0.05)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    session: Any = Session(Loop(), HostKind.CONSOLE)
    session.run.life.is_over.set_result(None)
    waiting.block(session)
    assert capsys.readouterr().out == "1 of 2 rows\n"


class Browser(HostLoop):
    """The loop of a browser, with and without a way to set code aside."""

    def __init__(self, *, can_block: bool) -> None:
        self._can_block = can_block

    @property
    def can_block(self) -> bool:
        return self._can_block

    def block_on(self, awaitable: Any) -> Any:
        return asyncio.run(_awaited(awaitable))


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def test_a_browser_that_cannot_wait_says_what_to_write() -> None:
    session: Any = Session(Browser(can_block=False))
    with pytest.warns(RuntimeWarning, match="await batch"):
        waiting.block(session)
    session.run.life.is_over.set_result(None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        waiting.block(session)


def test_a_browser_that_can_wait_does() -> None:
    session: Any = Session(Browser(can_block=True))
    with pytest.raises(TimeoutError, match="not ended"):
        waiting.block(session, 0.01)
    session.run.life.is_over = Future()
    session.run.life.is_over.set_result(None)
    waiting.block(session)
    assert session.calls == ["finalize", "finalize"]
