"""Waits for a reply of a chat: without one, and where nobody may wait."""

from __future__ import annotations

import pytest

import nbstream
from nbstream.notebook.services import kernel_services


def test_without_a_reply_there_is_nothing_to_wait_for() -> None:
    waits = nbstream.chat(client=nbstream.demo())._session.waits
    waits.wait()
    with pytest.raises(RuntimeError, match="Nothing was asked yet"):
        waits.aiter_text()


def test_a_blocking_wait_on_the_loop_of_replies_is_refused() -> None:
    waits = nbstream.chat(client=nbstream.demo())._session.waits
    with pytest.raises(RuntimeError, match=r"await nbstream\.chat"):
        kernel_services().loop.call(waits.wait)
