"""Fixtures of the tests of runs on pytest's own loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from nbstream.claude.client import close_clients


@pytest.fixture
async def closed_clients() -> AsyncIterator[None]:
    """Close the connections of the test's loop when the test has ended."""
    yield
    await close_clients()
