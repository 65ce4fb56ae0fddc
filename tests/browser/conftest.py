"""Fixtures for the real thing. Labs, browsers and notebooks live for a session of one worker."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from browser.desk import Desk, Measure
from browser.evidence import FAILED, keep_evidence
from browser.lab import CHROMIUM, CHROMIUM_FLAGS, IPYKERNELS, Lab
from browser.notebook import PagePool
from claude_server import ClaudeServer, Record
from playwright.sync_api import Browser, sync_playwright
from xdist.scheduler import LoadScopeScheduling


class ByLab(LoadScopeScheduling):
    """Gives the tests that share a JupyterLab and its desks to one worker, each other test to whoever is free.

    By their names, as xdist's own groups (3.8) do nothing under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        shared = re.search(r"test_stopping\w*\.py::\w+\[(?:.*-)?((?:no )?subshells)\b", nodeid)
        return shared[1] if shared else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByLab:
    return ByLab(config, log)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab_with(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bool], Lab]]:
    """A JupyterLab with or without comms over subshells, started when first asked for."""
    labs: dict[bool, Lab] = {}

    def start(subshells: bool) -> Lab:
        if subshells not in labs:
            labs[subshells] = Lab(tmp_path_factory.mktemp("lab"), subshells=subshells, kernels=IPYKERNELS)
        return labs[subshells]

    yield start
    # Side by side: one with the kernels of half the tests takes ten seconds.
    with ThreadPoolExecutor() as pool:
        list(pool.map(Lab.close, labs.values()))


@pytest.fixture(scope="session")
def lab(lab_with: Callable[[bool], Lab]) -> Lab:
    return lab_with(True)


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Iterator[PagePool]:
    pages = PagePool(browser)
    yield pages
    pages.close()


@pytest.fixture
def desk(
    browser: Browser, pages: PagePool, lab: Lab, claude: ClaudeServer, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    """A notebook with what tests need in its kernel; the kernel is the newest, or an indirect parameter.

    It is opened in a page that other tests have used, unless the test is marked `own_page`.
    """
    kernel = getattr(request, "param", "7.4")
    if own := request.node.get_closest_marker("own_page"):
        desk = Desk.open(browser, lab, claude, kernel)
    else:
        desk = Desk.open_in(pages, lab, claude, kernel)
    yield desk
    failed = request.node.stash.get(FAILED, False)
    if failed:
        keep_evidence(desk.notebook, request.node.name)
    if own or failed:
        desk.notebook.close()
    else:
        pages.release(desk.notebook)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def measure(record_property: Callable[[str, object], None]) -> Measure:
    """Notes how long a request outlived what ended it, for `benchmarks/stop.py`."""

    def note(way: str, at: float, record: Record) -> float:
        assert record.disconnected_at is not None
        seconds = record.disconnected_at - at
        record_property("stop", json.dumps({"way": way, "seconds": seconds, "sent": record.sent_after(at)}))
        return seconds

    return note
