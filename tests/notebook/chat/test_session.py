"""The wiring behind a chat, without a widget: stops, commands and outputs reach the right object."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

from nbstream.content.message import UserMessage
from nbstream.core.codec import to_wire
from nbstream.core.command_frames import Prompt, Stop
from nbstream.core.protocol import Frame, Resync
from nbstream.core.variable_frames import ListVariables
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook import page_variables
from nbstream.notebook.chat.arguments import ChatArguments, WidgetLink
from nbstream.notebook.chat.session import ChatSession
from nbstream.notebook.connection import Connection
from nbstream.notebook.services import KernelServices


class Page:
    """A session in a script, and the page's side of it."""

    def __init__(self, services: KernelServices, url: str, *, show: bool = True) -> None:
        self.sent: list[dict[str, Any]] = []
        self.cells: list[str] = []
        self.used = 0
        link = WidgetLink(
            "model", self.sent.append, lambda: None, self.cells.append, self._mark_used, lambda: None
        )
        client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
        arguments = ChatArguments(client, {"model": "m", "max_tokens": 100}, show=show)
        self.session = ChatSession(services, link, arguments)

    def _mark_used(self) -> None:
        self.used += 1

    def send(self, frame: Frame) -> None:
        self.session.connection.receive(to_wire(frame))

    def ask(self, text: str) -> None:
        message = UserMessage.from_prompt(text)
        self.session.begin(lambda: self.session.conversation.ask(message, {}), {}, wait=False)


@pytest.fixture
def services() -> Iterator[KernelServices]:
    made = KernelServices(Host(HostKind.TERMINAL))
    yield made
    made.loop.close()  # type: ignore[union-attr]


def test_a_caller_that_will_wait_serves_functions_from_the_beginning_of_the_reply(
    services: KernelServices, claude: ClaudeServer
) -> None:
    page = Page(services, claude.url("session-serving", rate=None))
    seen: list[list[threading.Thread]] = []
    for wait in (True, False):
        page.session.begin(
            lambda: seen.append([waiter.thread for waiter in services.main_thread.waiters]), {}, wait=wait
        )
    assert seen == [[threading.main_thread()], []]


@pytest.mark.parametrize("way", ["method", "page"])
def test_every_stop_ends_the_reply_in_the_same_way(
    services: KernelServices, claude: ClaudeServer, way: str
) -> None:
    page = Page(services, claude.url(f"session-{way}", text=prose(5000), rate=200))
    page.ask("Hello")
    run = page.session.conversation.run
    assert run is not None
    if way == "method":
        page.session.stop("user")
    else:
        page.send(Stop("p", run.turn.id))
    page.session.waits.wait(5)
    reply = run.turn.reply
    assert reply is not None
    assert (str(reply.status), reply.stop_reason) == ("stopped", "user")


def test_a_stop_for_another_turn_stops_nothing(services: KernelServices, claude: ClaudeServer) -> None:
    page = Page(services, claude.url("session-other", text="Hello.", rate=None))
    page.ask("Hello")
    page.session.stop("user", "another turn")
    page.session.waits.wait(5)
    assert str(page.session.conversation.status) == "done"


def test_a_fast_answer_is_read_as_its_pages_need_it(
    services: KernelServices, claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def slack_seconds(_: Connection) -> float:
        asked.append(threading.current_thread().name)
        return 0.01

    monkeypatch.setattr(Connection, "slack_seconds", slack_seconds)
    page = Page(services, claude.url("session-paced", text=prose(50), rate=500))
    page.ask("Hello")
    page.session.waits.wait(5)
    assert page.session.conversation.transcript.turns[-1].text() == "".join(prose(50))
    assert set(asked) == {"nbstream"}


def test_a_message_from_a_page_makes_the_chat_the_last_one(services: KernelServices, claude: ClaudeServer) -> None:
    page = Page(services, claude.url("session-used", text="Hello.", rate=None))
    page.send(Resync("p", 0))
    page.send(Prompt("p", "k", "Hello"))
    services.loop.call(lambda: None)
    assert page.used == 1
    page.session.waits.wait(5)
    assert str(page.session.conversation.status) == "done"


def test_every_output_of_a_chat_learns_that_a_page_connected(
    services: KernelServices, claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(services, claude.url("session-outputs"))
    connected: list[str] = []
    monkeypatch.setattr(page.session.outputs.own, "page_connected", lambda: connected.append("own"))

    class Row:
        def page_connected(self) -> None:
            connected.append("row")

    page.session.outputs.others.append(Row())  # type: ignore[arg-type]
    page.send(Resync("p", 0))
    services.loop.call(lambda: None)
    assert connected == ["own", "row"]
    assert page.cells == [""]


def test_a_chat_that_is_shown_nowhere_is_not_abandoned_until_a_page_has_shown_it(
    services: KernelServices, claude: ClaudeServer
) -> None:
    page = Page(services, claude.url("session-unshown", text=["word "] * 50, rate=100), show=False)
    page.ask("Hi")
    assert services.loop.call(lambda: page.session.connection._presence) is None
    page.send(Resync("p", 0, views=1))
    assert services.loop.call(lambda: page.session.connection._presence) is not None
    page.session.stop("user")
    page.session.waits.wait(5)


@pytest.mark.parametrize("kind", [HostKind.COLAB, HostKind.VS_CODE])
@pytest.mark.parametrize(("asked_by", "keeps_view"), [("cell", False), ("page", True)])
def test_the_text_of_every_reply_is_left_and_a_chat_whose_user_goes_on_stays_live(
    services: KernelServices,
    claude: ClaudeServer,
    monkeypatch: pytest.MonkeyPatch,
    asked_by: str,
    keeps_view: bool,
    kind: HostKind,
) -> None:
    monkeypatch.setattr(services.host, "_process", kind)
    page = Page(services, claude.url(f"session-left-{asked_by}", text="Hello.", rate=None))
    left: list[bool] = []
    monkeypatch.setattr(page.session.outputs, "finalize", lambda *, keeps_view: left.append(keeps_view))
    if asked_by == "cell":
        page.ask("Hello")
    else:
        page.send(Prompt("p", "k", "Hello"))
        services.loop.call(lambda: None)
    ended = page.session.conversation.ended
    assert ended is not None
    ended.result(5)
    services.loop.call(lambda: None)
    services.main_thread.run_posted()
    assert left == [keeps_view]


FORK = """
import asyncio, os, signal, threading, time
import nbstream

chat = nbstream.chat("Hello", client=nbstream.demo("word " * 2000), wait=False)
while not chat.text:
    time.sleep(0.01)

async def read():
    async for piece in chat:
        pass

async def wait():
    await chat

ways = {
    "ask": lambda: chat.ask("And?"),
    "retry": chat.retry,
    "continue": chat.continue_,
    "wait": chat.wait,
    "timeout": lambda: chat.wait(timeout=60),
    "stop": chat.stop,
    "await": lambda: asyncio.run(wait()),
    "iterate": lambda: asyncio.run(read()),
}
child = os.fork()
if child == 0:
    signal.alarm(20)
    for name, use in ways.items():
        try:
            use()
        except RuntimeError as error:
            assert "nbstream.chat(messages=chat.messages)" in str(error)
            print(name, flush=True)
    assert chat.text.startswith("word")
    assert chat.messages[0]["content"]
    nbstream.chat("Hi", client=nbstream.demo("The child's own.", wait=0))
    chat.close()
    raise SystemExit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert chat.status == "streaming"
chat.stop()
chat._session.conversation.ended.result(10)
print(chat.status)
"""

FORK_DURING_IMPORT = """
import os, signal, sys, time
import nbstream
from nbstream.api import chat

assert "anthropic" not in sys.modules
chat("Hello", wait=False)
while "anthropic" not in sys.modules:
    time.sleep(0.001)
child = os.fork()
if child == 0:
    signal.alarm(50)
    nbstream.chat("Hi", client=nbstream.demo("The child's own.", wait=0))
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


IMPORTS_OF_A_REPLY = """
import sys, threading

free = []

class Recorder:
    def find_spec(self, name, path=None, target=None):
        is_reply = threading.current_thread() is not threading.main_thread()
        if name.startswith("nbstream.") and is_reply and not sdk_import._lock._lock._is_owned():
            free.append(name)

import nbstream
from nbstream.api import chat
from nbstream.claude import sdk_import

assert "anthropic" not in sys.modules
sys.meta_path.insert(0, Recorder())
asked = chat("Hello", wait=False)
try:
    asked.wait(50)
except Exception as error:
    print(type(error).__name__)
print(free)
"""


def run_script(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there are no forks")
@pytest.mark.usefixtures("uncounted_processes")
def test_in_a_forked_child_a_chat_raises_with_advice_and_a_new_one_answers() -> None:
    ways = ["ask", "retry", "continue", "wait", "timeout", "stop", "await", "iterate"]
    assert run_script(FORK).splitlines() == [*ways, "The child's own.", "stopped"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no forks")
@pytest.mark.usefixtures("uncounted_processes")
def test_a_child_that_is_forked_while_the_sdk_is_imported_can_ask() -> None:
    assert run_script(FORK_DURING_IMPORT) == "The child's own.\n"


@pytest.mark.usefixtures("uncounted_processes")
@pytest.mark.parametrize(
    ("key", "error"), [("", "CredentialsError"), ("k", "APIConnectionError")], ids=["no key", "no server"]
)
def test_a_reply_imports_everything_of_its_own_behind_the_lock_that_a_fork_waits_for(
    key: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    assert run_script(IMPORTS_OF_A_REPLY).splitlines()[-2:] == [error, "[]"]


def test_a_variable_goes_with_the_message_and_one_that_is_gone_is_said_at_once(
    services: KernelServices, claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: dict[str, object] = {"total": 42}
    monkeypatch.setattr(page_variables, "notebook_variables", lambda: names)
    page = Page(services, claude.url("session-variables", rate=None))
    page.send(Prompt("p", "k1", "Why?", variables=("total", "gone")))
    claude.wait_for(lambda: page.sent)
    assert page.sent[0]["kind"] == "refusal"
    # The same message with the same key is taken once the variable is there.
    names["gone"] = 1
    page.send(Prompt("p", "k1", "Why?", variables=("total", "gone")))
    claude.wait_for(lambda: claude.records_of("session-variables"))
    content = claude.records_of("session-variables")[-1].body["messages"][0]["content"]
    assert [block["text"] for block in content] == [
        "`total`, int:\n\n```\n42\n```",
        "`gone`, int:\n\n```\n1\n```",
        "Why?",
    ]
    del names["gone"]
    # A repetition of a message that was taken is no new message.
    page.send(Prompt("p", "k1", "Why?", variables=("total", "gone")))
    page.send(ListVariables("p", "k2", ""))
    page.session.waits.wait(10)
    services.main_thread.run_posted()
    refused = [frame for frame in page.sent if frame["kind"] == "refusal"]
    listed = [frame for frame in page.sent if frame["kind"] == "variables"]
    assert (len(refused), [frame["names"] for frame in listed]) == (1, [["total"]])
