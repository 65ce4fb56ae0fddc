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


@pytest.fixture(autouse=True)
def same_handler() -> Iterator[None]:
    """A test that leaves another handler of interrupts behind would change what the next one sees."""
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before
