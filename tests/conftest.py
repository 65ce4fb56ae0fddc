"""Fixtures for all tests: the scripted server, the environment of a kernel, and one set of certificates."""

from __future__ import annotations

import functools
import signal
from collections.abc import Iterator

import comm
import httpcore2
import pytest
from claude_server import ClaudeServer
from counting import paused_coverage
from hypothesis import settings

from nbstream.kernel.event_loop import ThreadLoop

# Benchmarks find slow code. A deadline would fail at random on a machine that other processes use.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that start kernels and programs: the last long test would keep all workers waiting."""
    items.sort(key=lambda item: "uncounted_processes" not in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def claude() -> Iterator[ClaudeServer]:
    """Start the server that speaks the Messages API's stream; each test names its scenarios differently."""
    with ClaudeServer() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def one_tls_context() -> Iterator[None]:
    """Load the certificates of the authorities once, and not for each client of the SDK.

    That takes 25 to 35 ms of a processor, the tests make hundreds of clients, and nbstream copies each of them.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpcore2, "default_ssl_context", functools.cache(httpcore2.default_ssl_context))
        yield


@pytest.fixture(autouse=True)
def same_comms() -> Iterator[None]:
    """Name the test that replaced ipywidgets' comms for all later ones, as the first output in marimo does."""
    yield
    assert comm.create_comm.__module__ != "marimo._plugins.ui._impl.anywidget.comm_provider"


@pytest.fixture
def own() -> Iterator[ThreadLoop]:
    """An event loop on a thread of its own."""
    own = ThreadLoop()
    yield own
    own.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def uncounted() -> Iterator[None]:
    """Pause coverage: other tests run each of these lines."""
    with paused_coverage():
        yield


@pytest.fixture
def uncounted_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes without coverage, which makes `import anthropic` take twice as long there.

    Other tests run the same lines, and coverage counts them there.
    """
    for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def interrupt_handler() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, as in a kernel.

    A process that a shell starts in the background ignores SIGINT.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
