"""Fixtures for all tests: the scripted server, and a loop for async ones."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from claude_server import ClaudeServer
from hypothesis import settings

# What is slow is shown by a benchmark; on a machine that others use, a deadline fails at random.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def claude() -> Iterator[ClaudeServer]:
    """The server that speaks the Messages API's stream; scenarios are told apart by their names."""
    with ClaudeServer() as server:
        yield server


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def uncounted_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes without coverage, which makes `import anthropic` take twice as long there.

    The lines that they run are counted where other tests run them.
    """
    for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def a_keyboard() -> Iterator[None]:
    """Interrupts as a kernel has them: what a shell starts in the background ignores them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
