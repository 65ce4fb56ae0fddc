"""Fixtures for browser tests: one Chromium and at most two JupyterLabs for each worker of xdist."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from browser.evidence import FAILED, keep_evidence
from browser.lab import CHROMIUM, CHROMIUM_FLAGS, IPYKERNELS, Lab
from browser.lab_session import LabSession, LatencyRecorder, SessionPool
from browser.notebook import PagePool
from claude_server import ClaudeServer, Record
from playwright.sync_api import Browser, sync_playwright
from xdist.scheduler import LoadScopeScheduling


class LabScheduling(LoadScopeScheduling):
    """Scheduling that gives the tests with shared sessions to one worker, and each other test to a free one.

    The groups are recognised by the tests' names, because xdist's own groups (3.8) do nothing under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        shared = re.search(r"test_stopping\w*\.py::\w+\[(?:.*-)?((?:no )?subshells)\b", nodeid)
        return shared[1] if shared else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LabScheduling:
    return LabScheduling(config, log)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab_with(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bool], Lab]]:
    """Start a JupyterLab with or without comms over subshells when a test asks for it first."""
    labs: dict[bool, Lab] = {}

    def start(subshells: bool) -> Lab:
        if subshells not in labs:
            labs[subshells] = Lab(tmp_path_factory.mktemp("lab"), subshells=subshells, kernels=IPYKERNELS)
        return labs[subshells]

    yield start
    # The servers end side by side, because one with the kernels of half the tests takes ten seconds.
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


@pytest.fixture(scope="session")
def sessions(pages: PagePool) -> Iterator[SessionPool]:
    sessions = SessionPool(pages)
    yield sessions
    sessions.close()


@pytest.fixture
def subshells() -> bool:
    """Whether JupyterLab sends comms over subshells."""
    return True


@pytest.fixture
def kernel() -> str:
    """The version of ipykernel."""
    return "7.4"


@pytest.fixture
def session(
    browser: Browser,
    pages: PagePool,
    sessions: SessionPool,
    lab_with: Callable[[bool], Lab],
    claude: ClaudeServer,
    subshells: bool,
    kernel: str,
    request: pytest.FixtureRequest,
) -> Iterator[LabSession]:
    """Open a notebook with the tests' functions in its kernel, or take the one that an earlier test has left."""
    lab = lab_with(subshells)
    has_own_page = request.node.get_closest_marker("own_page") is not None
    has_own_kernel = request.node.get_closest_marker("own_kernel") is not None
    if has_own_page:
        session = LabSession.open(browser, lab, claude, kernel)
    elif has_own_kernel:
        session = LabSession.open_in(pages, lab, claude, kernel)
    else:
        session = sessions.acquire(lab, claude, kernel)
    yield session
    failed = request.node.stash.get(FAILED, False)
    if failed:
        keep_evidence(session.notebook, request.node.name)
    if has_own_page or failed:
        pages.discard(session.notebook)
    elif has_own_kernel:
        pages.release(session.notebook)
    else:
        sessions.release(session)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
        session = getattr(item, "funcargs", {}).get("session")
        if isinstance(session, LabSession) and session.has_lost_cells():
            report.outcome, report.wasxfail = "skipped", f"ipykernel {session.kernel} has lost a cell"
    return report


@pytest.fixture
def record_latency(record_property: Callable[[str, object], None]) -> LatencyRecorder:
    """Record for `benchmarks/stop.py` how long a request outlived the act that ended it."""

    def record_one(way: str, at: float, record: Record) -> float:
        assert record.disconnected_at is not None
        seconds = record.disconnected_at - at
        record_property("stop", json.dumps({"way": way, "seconds": seconds, "sent": record.sent_after(at)}))
        return seconds

    return record_one
