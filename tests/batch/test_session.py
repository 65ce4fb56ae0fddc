"""The session of a batch: frames with the progress, the messages of pages, and the kernel's services."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.batch.arguments import BatchArguments
from nbstream.batch.session import BatchLink, BatchSession
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.services import KernelServices


def echo(body: dict[str, Any]) -> str:
    return "".join(part["text"] for part in body["messages"][-1]["content"]).upper()


class Listener:
    """Records what a session asks of the listener of pages."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def subscribe(self, address: str, comm_id: str, on_message: Callable[[object], object]) -> Any:
        self.calls.append("subscribe")
        return on_message

    def unsubscribe(self, address: str, comm_id: str) -> None:
        self.calls.append("unsubscribe")

    def acquire(self, *, on_comm: bool = False) -> None:
        self.calls.append(f"acquire {on_comm}")

    def release(self, *, on_comm: bool = False) -> None:
        self.calls.append(f"release {on_comm}")

    def poll(self) -> None:
        self.calls.append("poll")


class Page:
    """A session with a page that records what it gets."""

    def __init__(self, url: str, rows: Any, **more: Any) -> None:
        self.services = KernelServices(Host(HostKind.TERMINAL))
        self.listener = Listener()
        self.services.listener_for_chat = lambda _: self.listener  # type: ignore[assignment, method-assign]
        self.messages: list[dict[str, Any]] = []
        self.progress: list[tuple[float, dict[str, Any]]] = []
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
        arguments = BatchArguments.checked("{{row}}", rows, client=client, model="claude-haiku-4-5", **more)
        link = BatchLink("id", self.messages.append, self._on_progress, lambda: None, lambda: None)
        self.session = BatchSession(self.services, link, arguments)

    def _on_progress(self, progress: dict[str, Any]) -> None:
        self.progress.append((time.monotonic(), progress))

    def start(self) -> None:
        self.session.open_file()
        self.session.start()

    def rest(self) -> None:
        self.session.run.life.is_over.result(10)

    def say(self, **message: Any) -> None:
        self.session.receive(message)

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def close(self) -> None:
        self.session.close()
        self.session.loop.close()  # type: ignore[union-attr]


Open = Callable[..., Page]


@pytest.fixture
def page() -> Iterator[Open]:
    made: list[Page] = []

    def make(*arguments: Any, **more: Any) -> Page:
        made.append(Page(*arguments, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_progress_is_sent_ten_times_a_second_at_most_and_at_the_end(page: Open, claude: ClaudeServer) -> None:
    shown = page(
        claude.url("session", reply=echo, rate=None, first=0.02), [f"r{n}" for n in range(60)], concurrency=2
    )
    shown.start()
    shown.rest()
    times = [at for at, _ in shown.progress]
    assert len(times) <= 2 + 10 * (times[-1] - times[0])
    last = shown.progress[-1][1]
    assert (last["status"], last["done"], last["running"], last["revision"]) == ("done", 60, 0, 120)
    assert shown.listener.calls == ["subscribe", "acquire True", "release True"]


def test_a_silent_run_still_counts_its_seconds(page: Open, claude: ClaudeServer, monkeypatch: Any) -> None:
    monkeypatch.setattr("nbstream.batch.progress_feed.IDLE_INTERVAL_SECONDS", 0.15)
    shown = page(claude.url("session-idle", stall_after=1), ["a"])
    shown.start()
    shown.until(lambda: len(shown.progress) >= 4)
    shown.session.stop("user")
    shown.rest()


def test_pages_get_windows_of_rows(page: Open, claude: ClaudeServer) -> None:
    shown = page(claude.url("session-rows", reply=echo, rate=None), ["a", "b", "c"])
    shown.start()
    shown.rest()
    shown.say(kind="rows", first=1, count=10, only="all")
    shown.until(lambda: shown.messages)
    [answer] = shown.messages
    assert (answer["first"], answer["total"], [row["cells"] for row in answer["rows"]]) == (
        1,
        3,
        [["b", "B"], ["c", "C"]],
    )
    shown.say(kind="rows", first="x", count=None, only="failed")
    shown.until(lambda: len(shown.messages) == 2)
    assert shown.messages[1]["rows"] == []


def test_the_outputs_are_written_once_the_run_is_over_also_after_a_retry(
    page: Open, claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    over: list[bool] = []
    url = claude.url("session-final", status=(400, "invalid_request_error"))
    shown = page(url, ["a"])
    life = shown.session.run.life
    post = property(lambda _: lambda _: over.append(life.is_over.done()))
    monkeypatch.setattr(Host, "call_on_main", post)
    shown.start()
    shown.until(lambda: over)
    claude.url("session-final", reply=echo, rate=None)
    shown.session.retry(None)
    shown.until(lambda: len(over) == 2)
    assert over == [True, True]


def test_pages_stop_and_retry(page: Open, claude: ClaudeServer) -> None:
    claude.url("session-bad", status=(400, "invalid_request_error"))
    claude.url("session-stall", stall_after=1, rate=None)
    url = claude.url(
        "session-acts", choose=lambda body, _: "session-bad" if echo(body) == "A" else "session-stall"
    )
    shown = page(url, ["a", "b", "c"], concurrency=2)
    run = shown.session.run
    shown.start()
    shown.until(lambda: run.results.errors and len(claude.records_of("session-acts")) == 3)
    shown.say(kind="stop")
    shown.rest()
    assert (str(run.life.status), run.life.stop_reason) == ("stopped", "user")
    claude.url("session-bad", reply=echo, rate=None)
    claude.url("session-stall", reply=echo, rate=None)
    shown.say(kind="retry", index=0)
    shown.until(lambda: run.results.values[0] == "A")
    shown.rest()
    # A row that has an answer is not asked again, and there is no row of this number.
    shown.say(kind="retry", index=0)
    shown.say(kind="retry", index=99)
    shown.say(kind="retryAll")
    shown.until(lambda: run.results.values == ["A", "B", "C"])
    shown.rest()
    assert len(claude.records_of("session-acts")) == 6
    assert shown.listener.calls.count("acquire True") == shown.listener.calls.count("release True") == 3


def test_what_is_no_message_does_nothing(page: Open, claude: ClaudeServer) -> None:
    shown = page(claude.url("session-odd", reply=echo, rate=None), ["a"])
    for message in (None, "stop", 3, {}, {"kind": 3}, {"kind": "here"}, {"kind": "goodbye"}):
        shown.session.receive(message)
    shown.start()
    shown.rest()
    assert (shown.messages, str(shown.session.run.life.status)) == ([], "done")


def test_a_retry_while_another_run_has_the_file_is_refused(
    page: Open, claude: ClaudeServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "rows.jsonl"
    claude.url("session-lock", status=(400, "invalid_request_error"))
    url = f"http://127.0.0.1:{claude.port}/session-lock"
    shown = page(url, ["a"], file=file)
    shown.start()
    shown.rest()
    other = page(url, ["a"], file=file)
    other.session.open_file()
    with pytest.raises(BlockingIOError):
        shown.session.retry(None)
    shown.say(kind="retryAll")
    shown.until(lambda: "cannot be asked again" in caplog.text)
    assert str(shown.session.run.life.status) == "done"


def test_a_frame_that_cannot_be_sent_does_no_harm(page: Open, claude: ClaudeServer) -> None:
    shown = page(claude.url("session-frame", reply=echo, rate=None), ["a"])

    def broken(_: object) -> None:
        raise OSError("the channel is closed")

    shown._on_progress = broken  # type: ignore[method-assign, assignment]
    object.__setattr__(shown.session._widget, "set_progress", broken)
    shown.start()
    shown.rest()
    assert shown.session.run.results.values == ["A"]
    shown.session.poll()
    assert shown.listener.calls[-1] == "poll"
