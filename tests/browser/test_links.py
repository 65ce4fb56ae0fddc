"""Answers over a link that is slow, breaks and comes back, and on pages that are loaded again.

A proxy stands between the browser and JupyterLab. At the end the page must show exactly the answer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from random import Random

import pytest
from browser.evidence import FAILED, keep_evidence
from browser.lab import Lab, wait_until
from browser.lab_session import LabSession, answer, expect_complete
from browser.proxy import Proxy
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, Error, Locator, expect

PARALLEL_CHATS = 4
"""Number of chats that stream while the link breaks."""

KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"


@pytest.fixture
def proxy(lab: Lab) -> Iterator[Proxy]:
    with Proxy(lab.port) as proxy:
        yield proxy


@pytest.fixture
def session(
    browser: Browser, lab: Lab, proxy: Proxy, claude: ClaudeServer, request: pytest.FixtureRequest
) -> Iterator[LabSession]:
    """A notebook that is reached through the proxy."""
    session = LabSession.open(browser, lab.through(proxy.url), claude)
    yield session
    if request.node.stash.get(FAILED, False):
        keep_evidence(session.notebook, request.node.name)
    session.notebook.close()


def ask(session: LabSession, name: str, text: list[str], rate: float | None) -> Locator:
    """Ask in the background for an answer with this text."""
    url = session.claude.url(name, text=text, rate=rate)
    return session.run(f"chats = globals().get('chats', []) + [ask({url!r}, wait=False)]")


def shown_length(cell: Locator) -> int:
    return len(answer(cell).text_content() or "")


def wait_for_text(cell: Locator, text: list[str]) -> None:
    """Wait until the page shows the beginning of the answer: what the server has sent may still be on its way."""
    expect(answer(cell)).to_contain_text("".join(text[:10]).strip(), timeout=30_000)


def shorten_reconnect_delays(session: LabSession) -> None:
    """Make JupyterLab choose its shortest pauses, which it otherwise chooses at random.

    Before its fifth attempt to reconnect it waits up to half a minute; here every attempt counts as the second.
    Where the server does not even report the kernel's state it waits 10 to 30 s; here it waits 10 s.
    """
    attempt = "'_reconnectAttempt', { get: () => 1, set() {} }"
    session.page.evaluate(f"Object.defineProperty({KERNEL}, {attempt})")
    session.page.evaluate(
        "const wait = setTimeout; setTimeout = (act, ms, ...args) => "
        "wait(act, ms >= 10_000 && ms <= 30_000 ? 10_000 : ms, ...args)"
    )


def test_a_websocket_that_is_away_for_five_seconds_costs_no_character(session: LabSession, proxy: Proxy) -> None:
    text = prose(900, seed=5)
    cell = ask(session, "five", text, 80)
    session.wait_for_deltas("five", 200)
    shorten_reconnect_delays(session)
    proxy.cut(away_seconds=5)
    expect_complete(cell, text)


def test_where_jupyterlab_has_given_up_the_answer_comes_back_with_the_network(
    session: LabSession, proxy: Proxy
) -> None:
    text = prose(900, seed=6)
    cell = ask(session, "given-up", text, 100)
    wait_for_text(cell, text)
    # JupyterLab gives up at the first failure instead of after two minutes.
    session.page.evaluate(f"{KERNEL}._reconnectLimit = 0")
    proxy.disconnect()
    session.page.wait_for_function(f"{KERNEL}.connectionStatus === 'disconnected'")
    session.wait_for_deltas("given-up", 500)
    # By now the page shows all that it had received.
    before = shown_length(cell)
    proxy.reconnect()
    assert shown_length(cell) == before
    session.page.evaluate(f"{KERNEL}._reconnectLimit = 7")
    session.page.evaluate("dispatchEvent(new Event('online'))")
    expect_complete(cell, text)
    assert session.page.evaluate(f"{KERNEL}.connectionStatus") == "connected"


@pytest.mark.hosts
@pytest.mark.parametrize("status", ["heard", "lost"])
def test_a_kernel_that_dies_while_the_page_is_offline_is_said_at_the_reconnection(
    session: LabSession, proxy: Proxy, status: str
) -> None:
    text = prose(900, seed=7)
    cell = ask(session, f"died-{status}", text, 100)
    wait_for_text(cell, text)
    pid = session.evaluate("__import__('os').getpid()")
    shorten_reconnect_delays(session)
    if status == "lost":
        # The server keeps the kernel's messages for the page only for a while.
        session.page.evaluate(f"Object.defineProperty({KERNEL}, '_updateStatus', {{ value() {{}} }})")
    lab = Lab.at(f"http://127.0.0.1:{proxy.target}", session.notebook.lab.home)
    proxy.disconnect()
    os.kill(pid, 9)
    wait_until(lambda: lab.get("api/kernels")[-1]["execution_state"] in ("idle", "starting"))
    proxy.reconnect()
    expect(cell.get_by_role("status").first).to_contain_text("Stopped · the kernel was restarted", timeout=30_000)
    expect(cell.get_by_role("button", name="Continue here")).to_be_visible()


def reload(session: LabSession, proxy: Proxy, random: Random) -> None:
    save(session)
    session.notebook.load()


def save(session: LabSession) -> None:
    """Save the notebook; while the link is down JupyterLab refuses, and the test tries again."""
    deadline = time.monotonic() + 30
    while True:
        try:
            session.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
            return
        except Error:
            assert time.monotonic() < deadline
            session.page.wait_for_timeout(300)


def stall(session: LabSession, proxy: Proxy, random: Random) -> None:
    proxy.freeze()
    session.page.wait_for_timeout(random.uniform(200, 2_000))
    proxy.freeze(False)


MISHAPS: dict[str, Callable[[LabSession, Proxy, Random], None]] = {
    "loaded again": reload,
    "cut": lambda _, proxy, __: proxy.cut(),
    "closed in order": lambda _, proxy, __: proxy.cut(reset=False),
    "away": lambda _, proxy, random: proxy.cut(away_seconds=random.uniform(0.5, 3)),
    "stalled": stall,
}
"""Mishaps of a page or its link, by name. The seeds of the tests choose reloads and cuts."""


@pytest.mark.parametrize("seed", [1, 3, 4])
def test_loaded_again_and_cut_at_random_moments_the_answer_is_exact(
    session: LabSession, proxy: Proxy, seed: int
) -> None:
    random = Random(seed)
    texts = [prose(random.randint(600, 900), seed=seed * 100 + n) for n in range(PARALLEL_CHATS)]
    cells = [ask(session, f"random{seed}-{n}", text, random.choice([40, 60, 80])) for n, text in enumerate(texts)]
    for mishap in random.choices(list(MISHAPS), k=2):
        session.page.wait_for_timeout(random.uniform(0, 2_000))
        MISHAPS[mishap](session, proxy, random)
    for cell, text in zip(cells, texts, strict=True):
        expect_complete(cell, text)
