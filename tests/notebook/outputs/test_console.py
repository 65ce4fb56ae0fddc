"""An answer in a console, with time forced, and in a real kernel as `jupyter console` drives it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from claude_server import ClaudeServer
from ipykernel_client import Kernel

from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.outputs import console
from nbstream.notebook.outputs.console import NOTEBOOK_PAGE_SECONDS, PAGE_SECONDS, ConsolePrinter


class Front:
    """A front end that sends no cell ids, with a clock."""

    def __init__(self, session: str = "s") -> None:
        header = {"msg_type": "execute_request", "session": session}
        request = {"header": header, "metadata": {}, "content": {"allow_stdin": True}}
        self.host = Host(HostKind.NOTEBOOK, SimpleNamespace(get_parent=lambda _: request))
        self.now = 100.0
        self.seen: list[str] = []

    def printer(self) -> ConsolePrinter:
        return ConsolePrinter(self.host, self.seen.append, lambda: self.seen.clear(), lambda: self.now)


@pytest.fixture(autouse=True)
def _forget_front_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_silent_front_ends", set())
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


def test_the_text_is_printed_once_no_page_has_greeted_in_time() -> None:
    front = Front()
    printer = front.printer()
    printer.print("One ")
    front.now += PAGE_SECONDS - 0.1
    printer.print("two ")
    assert (front.seen, printer.is_open) == ([], True)
    front.now += 0.1
    printer.tick()
    printer.print("three")
    assert ("".join(front.seen), printer.is_open) == ("One two three", False)


def test_the_next_answer_of_a_console_is_printed_at_once() -> None:
    front = Front()
    printer = front.printer()
    front.now += PAGE_SECONDS
    printer.tick()
    following = front.printer()
    following.print("Now.")
    assert front.seen == ["Now."]
    other = Front("another")
    other.printer().print("Later.")
    assert other.seen == []


def test_where_a_page_has_greeted_nothing_is_printed() -> None:
    front = Front()
    printer = front.printer()
    printer.print("One ")
    front.host.page_greeted()
    front.now += 60
    printer.print("two")
    assert (front.seen, printer.is_open) == ([], False)


def test_a_page_that_greets_late_has_no_printed_text_beside_the_widget() -> None:
    front = Front()
    printer = front.printer()
    front.now += PAGE_SECONDS
    printer.print("One ")
    assert front.seen == ["One "]
    front.host.page_greeted()
    printer.print("two")
    printer.print("three")
    assert front.seen == []


def test_a_kernel_that_a_server_started_for_a_notebook_waits_longer_for_its_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    front = Front()
    printer = front.printer()
    front.now += PAGE_SECONDS
    printer.print("One")
    assert front.seen == []
    front.now += NOTEBOOK_PAGE_SECONDS - PAGE_SECONDS
    printer.tick()
    assert front.seen == ["One"]


SETUP = """
import anthropic, nbstream
def ask(url, **more):
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return nbstream.chat("Hello", client=client, **more)
"""


def terminal_text(messages: list[dict[str, Any]]) -> str:
    """Return the text that `jupyter console` shows; see `handle_iopub` of its `ptshell.py`."""
    shown = ""
    for message in messages:
        content = message["content"]
        if message["msg_type"] == "stream":
            shown += content["text"]
        elif message["msg_type"] in ("display_data", "execute_result") and "text/plain" in content["data"]:
            shown += content["data"]["text/plain"] + "\n"
    return shown


@pytest.mark.usefixtures("uncounted_processes")
def test_a_console_shows_each_answer_once(claude: ClaudeServer, tmp_path: Path) -> None:
    text = "One line.\n\nAnother line."
    url = claude.url("console", text=text, rate=None)
    with Kernel("7.4", tmp_path) as kernel:
        kernel.metadata = {}
        kernel.run(SETUP)
        assert terminal_text(kernel.end(kernel.begin(f"chat = ask({url!r})"))) == text + "\n"
        assert terminal_text(kernel.end(kernel.begin(f"ask({url!r})"))) == text + "\n"
        again = terminal_text(kernel.end(kernel.begin("chat")))
        assert again == text + "\n"
        kernel.run(f"client = anthropic.AsyncAnthropic(api_key='k', base_url={url!r})")
        row = terminal_text(kernel.end(kernel.begin("row = nbstream.compare('Hi', ['a', 'b'], client=client)")))
        assert row == f"a:\n{text}\nb:\n{text}\n"
