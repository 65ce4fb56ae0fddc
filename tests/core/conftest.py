"""Fixtures for the tests of the model."""

from __future__ import annotations

import pytest

from nbstream.core.transcript import Transcript


@pytest.fixture
def transcript() -> Transcript:
    """A conversation in which a first question waits for its reply."""
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    transcript.open_reply(1.0)
    return transcript
