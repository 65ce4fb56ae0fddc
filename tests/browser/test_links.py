"""The link between a page and its kernel is slow, breaks, and comes back; the page is loaded again.

A proxy stands between the browser and JupyterLab. What counts is the whole answer at the end, to the character.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random

import pytest
from browser.desk import Desk, answer, expect_whole
from browser.evidence import FAILED, keep_evidence
from browser.lab import Lab
from browser.proxy import Proxy
from claude_server import ClaudeServer, prose
from playwright.sync_api import Browser, Error, Locator

TOGETHER = 4
"""Chats that stream while the link breaks."""

KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"


@pytest.fixture
def proxy(lab: Lab) -> Iterator[Proxy]:
    with Proxy(lab.port) as proxy:
        yield proxy


@pytest.fixture
def desk(
    browser: Browser, lab: Lab, proxy: Proxy, claude: ClaudeServer, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    """A notebook that is reached through the proxy."""
    desk = Desk.open(browser, lab.through(proxy.url), claude)
    yield desk
    if request.node.stash.get(FAILED, False):
        keep_evidence(desk.notebook, request.node.name)
    desk.notebook.close()


def ask(desk: Desk, name: str, text: list[str], rate: float | None) -> Locator:
    """Ask for a text in the background."""
    url = desk.claude.url(name, text=text, rate=rate)
    return desk.run(f"chats = globals().get('chats', []) + [ask({url!r}, wait=False)]")


def shown_length(cell: Locator) -> int:
    return len(answer(cell).text_content() or "")


def draw_short_pauses(desk: Desk) -> None:
    """JupyterLab draws its pauses by lot; here it draws short ones.

    Before a try up to half a minute for the fifth, here all are as the second; and 10 to 30 s where the server
    does not even say how the kernel is, here 10.
    """
    attempt = "'_reconnectAttempt', { get: () => 1, set() {} }"
    desk.page.evaluate(f"Object.defineProperty({KERNEL}, {attempt})")
    desk.page.evaluate(
        "const wait = setTimeout; setTimeout = (act, ms, ...args) => "
        "wait(act, ms >= 10_000 && ms <= 30_000 ? 10_000 : ms, ...args)"
    )


def test_a_websocket_that_is_away_for_five_seconds_costs_no_character(desk: Desk, proxy: Proxy) -> None:
    text = prose(900, seed=5)
    cell = ask(desk, "five", text, 80)
    desk.reached("five", 200)
    draw_short_pauses(desk)
    proxy.cut(away=5)
    expect_whole(cell, text)


def test_where_jupyterlab_has_given_up_the_answer_comes_back_with_the_network(desk: Desk, proxy: Proxy) -> None:
    text = prose(900, seed=6)
    cell = ask(desk, "given-up", text, 100)
    desk.reached("given-up", 200)
    # At the first failure, where it would try for two minutes.
    desk.page.evaluate(f"{KERNEL}._reconnectLimit = 0")
    proxy.leave()
    desk.page.wait_for_function(f"{KERNEL}.connectionStatus === 'disconnected'")
    desk.reached("given-up", 500)
    # By now all that had come stands on the page.
    before = shown_length(cell)
    proxy.come_back()
    assert shown_length(cell) == before
    desk.page.evaluate(f"{KERNEL}._reconnectLimit = 7")
    desk.page.evaluate("dispatchEvent(new Event('online'))")
    expect_whole(cell, text)
    assert desk.page.evaluate(f"{KERNEL}.connectionStatus") == "connected"


def reload(desk: Desk, proxy: Proxy, random: Random) -> None:
    save(desk)
    desk.notebook.load()


def save(desk: Desk) -> None:
    """Save the notebook; while the link is down JupyterLab refuses, and is asked again."""
    deadline = time.monotonic() + 30
    while True:
        try:
            desk.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
            return
        except Error:
            assert time.monotonic() < deadline
            desk.page.wait_for_timeout(300)


def stall(desk: Desk, proxy: Proxy, random: Random) -> None:
    proxy.freeze()
    desk.page.wait_for_timeout(random.uniform(200, 2_000))
    proxy.freeze(False)


MISHAPS: dict[str, Callable[[Desk, Proxy, Random], None]] = {
    "loaded again": reload,
    "cut": lambda _, proxy, __: proxy.cut(),
    "closed in order": lambda _, proxy, __: proxy.cut(reset=False),
    "away": lambda _, proxy, random: proxy.cut(away=random.uniform(0.5, 3)),
    "stalled": stall,
}
"""What happens to a page or its link. The seeds of the tests bring reloads and cuts."""


@pytest.mark.parametrize("seed", [1, 3, 4])
def test_loaded_again_and_cut_at_random_moments_the_answer_is_exact(desk: Desk, proxy: Proxy, seed: int) -> None:
    random = Random(seed)
    texts = [prose(random.randint(600, 900), seed=seed * 100 + n) for n in range(TOGETHER)]
    cells = [ask(desk, f"random{seed}-{n}", text, random.choice([40, 60, 80])) for n, text in enumerate(texts)]
    for mishap in random.choices(list(MISHAPS), k=2):
        desk.page.wait_for_timeout(random.uniform(0, 2_000))
        MISHAPS[mishap](desk, proxy, random)
    for cell, text in zip(cells, texts, strict=True):
        expect_whole(cell, text)
