"""A Jupyter server that drops control messages of unknown types, as `allowed_message_types` makes it.

Voilà's server is such a one, and so are hardened Jupyter Servers and kernel gateways.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.lab import Lab
from browser.lab_session import LabSession, expect_complete, expect_stopped, stop_button
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser

ALLOWED = (
    *("comm_close", "comm_info_request", "comm_msg", "comm_open", "complete_request", "create_subshell_request"),
    *("delete_subshell_request", "execute_request", "history_request", "input_reply", "inspect_request"),
    *("interrupt_request", "is_complete_request", "kernel_info_request", "list_subshell_request"),
    "shutdown_request",
)
"""The message types of Jupyter's own protocol."""

ABANDON_AFTER_SECONDS = 2

DROPPED = 'Received message of type "nbstream_msg", which is not allowed.'
"""The line that the server logs for each message of ours that it drops."""


@pytest.fixture
def strict_session(browser: Browser, claude: ClaudeServer, tmp_path: Path) -> Iterator[LabSession]:
    options = [f"--MappingKernelManager.allowed_message_types={kind}" for kind in ALLOWED]
    lab = Lab(tmp_path / "lab", options=tuple(options))
    session = LabSession.open(browser, lab, claude)
    yield session
    session.notebook.close()
    lab.close()


def test_where_the_server_drops_control_messages_a_page_is_heard_by_its_comm(strict_session: LabSession) -> None:
    session = strict_session
    session.run(f"nbstream.abandon_after = {ABANDON_AFTER_SECONDS}")
    # Longer than the high mark, so the kernel must hear acknowledgements.
    text = prose(20_000)
    long = session.run(f"ask({session.claude.url('strict-long', text=text, rate=20_000)!r})")
    expect_complete(long, text)

    # Silent for longer than `abandon_after`, with the page in plain sight.
    url = session.claude.url("strict-silent", text=["A ", "B"], gate=asyncio.Event(), gate_after=1)
    silent = session.notebook.run(f"ask({url!r})")
    session.wait_for_deltas("strict-silent")
    session.page.wait_for_timeout(ABANDON_AFTER_SECONDS * 1000 + 1500)
    session.claude.open_gate("strict-silent")
    expect_complete(silent, ["A ", "B"])

    waiting, _ = session.start_reply(session.claude.url("strict-stop", text=prose(5000)), "waiting")
    record = session.wait_for_deltas("strict-stop", 20)
    stop_button(waiting).click()
    at = session.last_input_at()
    session.wait_for_disconnect(record)
    expect_stopped(waiting)
    assert record.disconnected_at is not None
    assert record.disconnected_at - at < 1
    # The page has asked in vain at first, and each probe is answered both ways; no acknowledgement was lost.
    assert 1 <= session.notebook.lab.log().count(DROPPED) <= 25
