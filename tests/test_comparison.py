"""Several models side by side, without a kernel; how a row stands in a notebook is `test_output.py`'s."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref
from types import SimpleNamespace
from typing import Any

import anthropic
import pytest
from claude_server import BY_MODEL, ClaudeServer, prose

import nbstream
from nbstream.comparison import Comparison
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.chat.reply_waits import ReplyWaits

OPUS, HAIKU = "claude-opus-4-8", "claude-haiku-4-5"
BROKEN = "claude-broken"


@pytest.fixture
def client(claude: ClaudeServer) -> anthropic.AsyncAnthropic:
    claude.url(OPUS, text="Opus.", rate=None)
    claude.url(HAIKU, text="Haiku.", rate=None)
    claude.url(BROKEN, status=(400, "invalid_request_error"))
    url = claude.url(BY_MODEL)
    return anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)


def texts(comparison: Comparison) -> list[str]:
    return [chat.text for chat in comparison.chats.values()]


def slow(claude: ClaudeServer) -> list[str]:
    for name in ("slow-1", "slow-2"):
        claude.url(name, text=prose(5000), rate=50)
    return ["slow-1", "slow-2"]


def test_each_model_answers_the_same_prompt_in_a_chat_of_its_own(
    client: Any, claude: ClaudeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]
    tool = {"type": "web_search_20250305", "name": "web_search"}
    once = {"messages": iter(before), "tools": iter([tool])}
    made = nbstream.compare("Hello", [OPUS, HAIKU], client=client, system="Be brief", **once)
    assert texts(made) == ["Opus.", "Haiku."]
    assert [chat.status for chat in made.chats.values()] == ["done", "done"]
    for name in (OPUS, HAIKU):
        body = claude.records_of(name)[-1].body
        assert (body["model"], body["system"], len(body["messages"])) == (name, "Be brief", 3)
        assert body["tools"] == [tool]
    assert capsys.readouterr().out == f"{OPUS}:\nOpus.\n{HAIKU}:\nHaiku.\n"
    assert repr(made) == f"<nbstream.Comparison {OPUS} done, {HAIKU} done>"
    made.chats[HAIKU].ask("And?")
    assert [len(chat.messages) for chat in made.chats.values()] == [4, 6]


def test_the_table_has_each_models_figures(client: Any, claude: ClaudeServer) -> None:
    claude.url("claude-unknown", text="Hi there.", rate=None)
    made = nbstream.compare("Hello", [OPUS, "claude-unknown"], client=client)
    opus, unknown = made.table()
    assert list(opus) == ["model", "seconds", "tokens", "cost", "stop_reason"]
    assert (opus["model"], opus["stop_reason"], unknown["model"]) == (OPUS, "end_turn", "claude-unknown")
    assert opus["tokens"] > 0
    assert opus["seconds"] > 0
    assert opus["cost"] > 0
    assert unknown["cost"] is None


def test_one_that_fails_does_not_stop_the_others(client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    made = nbstream.compare("Hello", [BROKEN, OPUS], client=client)
    assert [chat.status for chat in made.chats.values()] == ["failed", "done"]
    assert made.chats[OPUS].text == "Opus."
    assert made.table()[0]["stop_reason"] is None
    assert "BadRequestError" in capsys.readouterr().out


def test_if_all_fail_the_first_failure_is_raised(client: Any) -> None:
    with pytest.raises(anthropic.BadRequestError):
        nbstream.compare("Hello", [BROKEN], client=client)


def test_stop_stops_all_and_the_table_can_be_read_meanwhile(client: Any, claude: ClaudeServer) -> None:
    made = nbstream.compare("Hello", slow(claude), client=client, wait=False)
    with pytest.raises(TimeoutError, match="still runs"):
        made.wait(0.01)
    assert [row["stop_reason"] for row in made.table()] == [None, None]
    assert all(row["seconds"] > 0 for row in made.table())
    made.stop()
    made.wait()
    assert [row["stop_reason"] for row in made.table()] == ["user", "user"]


def test_an_interrupt_stops_all(client: Any, claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    made = nbstream.compare("Hello", slow(claude), client=client, wait=False)

    def interrupted(self: ReplyWaits, timeout: float | None, heading: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ReplyWaits, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            made.wait()
    made.wait()
    assert [row["stop_reason"] for row in made.table()] == ["interrupt", "interrupt"]


def test_closing_closes_the_chats_and_the_row_with_its_box(
    client: Any, claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = nbstream.compare("Hello", slow(claude), client=client, wait=False)
    Screen(made, monkeypatch)
    made.close()
    made.wait()
    assert [row["stop_reason"] for row in made.table()] == ["closed", "closed"]
    assert made._box is not None
    assert [widget.comm for widget in (*made.chats.values(), made._row, made._box)] == [None] * 4


@pytest.mark.anyio
async def test_awaiting_chats_that_cannot_be_awaited_raises_their_error(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = nbstream.compare("Hello", [OPUS, HAIKU], client=client)

    async def refuse(_: object) -> None:
        raise RuntimeError("This process is a fork.")

    # In a forked process, every wait for a chat of its parent fails so.
    monkeypatch.setattr(ReplyWaits, "wait_async", refuse)
    with pytest.raises(RuntimeError, match="fork"):
        await made


@pytest.mark.anyio
async def test_it_can_be_awaited_and_a_cancelled_wait_stops_all(client: Any, claude: ClaudeServer) -> None:
    made = nbstream.compare("Hello", [BROKEN, OPUS], client=client, wait=False)
    assert await made is made
    assert made.chats[OPUS].text == "Opus."
    made = nbstream.compare("Hello", slow(claude), client=client, wait=False)
    waiting = asyncio.ensure_future(made._wait_for_all())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await made
    assert [row["stop_reason"] for row in made.table()] == ["interrupt", "interrupt"]


@pytest.mark.parametrize(
    ("prompt", "arguments", "error", "words"),
    [
        (None, {"models": [OPUS]}, TypeError, "needs a prompt"),
        ("Hi", {"models": OPUS}, TypeError, r"models is str: .*; pass a list of names"),
        ("Hi", {"models": None}, TypeError, r"models is None; pass a list of names"),
        ("Hi", {"models": []}, ValueError, "models is empty"),
        ("Hi", {"models": [OPUS, OPUS]}, ValueError, "twice"),
        ("Hi", {"models": [OPUS], "model": OPUS}, TypeError, "no model="),
        ("Hi", {"models": [OPUS, "claude-opus-48"]}, ValueError, "did you mean"),
        ("Hi", {"models": [OPUS, "my-model"], "budget": 1}, ValueError, "price"),
        (" ", {"models": [OPUS]}, ValueError, "prompt is empty"),
    ],
)
def test_what_cannot_be_asked_of_all_is_asked_of_none(
    prompt: Any, arguments: dict[str, Any], error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(nbstream.Chat, "ask", lambda *_, **__: asked.append(1))
    with pytest.raises(error, match=words):
        nbstream.compare(prompt, client=nbstream.demo(), **arguments)
    assert asked == []


def test_a_budget_is_for_each_of_them(client: Any, claude: ClaudeServer) -> None:
    claude.url(OPUS, text=["x" * 40] * 1000, rate=None, stall_after=100)
    made = nbstream.compare("Hello", [OPUS, HAIKU], client=client, budget=0.01)
    assert [row["stop_reason"] for row in made.table()] == ["budget", "end_turn"]


class Screen:
    """What an output was asked to show."""

    def __init__(self, made: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
        import IPython
        import IPython.display

        self.shown: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.updated: list[dict[str, Any]] = []
        shell = SimpleNamespace(execution_count=1)
        monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
        monkeypatch.setattr(IPython.display, "display", self._display)
        monkeypatch.setattr(IPython.display, "update_display", lambda data, **_: self.updated.append(data))
        parent = {"metadata": {"cellId": "c"}, "content": {"allow_stdin": True}}
        # The comparison was made in a script; from now on it stands in a notebook.
        made._host = Host(HostKind.NOTEBOOK, SimpleNamespace(get_parent=lambda _: parent))
        made._make_row(made._host)

    def _display(self, data: dict[str, Any], metadata: dict[str, Any], **_: Any) -> None:
        self.shown.append((data, metadata))


def test_a_script_that_drops_a_comparison_does_not_keep_it(client: Any) -> None:
    made = weakref.ref(nbstream.compare("Hello", [OPUS, HAIKU], client=client))
    gc.collect()
    assert made() is None


def test_in_a_notebook_it_is_one_output_with_all_answers_for_the_file(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = nbstream.compare("Hello", [OPUS, HAIKU], client=client)
    screen = Screen(made, monkeypatch)
    made._ipython_display_()
    assert made._row is not None
    [(data, metadata)] = screen.shown
    assert data["text/markdown"] == f"**{OPUS}**\n\nOpus.\n\n**{HAIKU}**\n\nHaiku."
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == made._row.model_id
    row = {chat.model_id: name for name, chat in made.chats.items()}
    assert metadata == {"nbstream": {"chat": made._row.model_id, "row": row}}
    made.wait()
    assert screen.updated == []
    # A page is heard, and says that it does not write the file.
    chat = made.chats[HAIKU]
    monkeypatch.setattr(type(chat._session.connection), "saved_by_page", property(lambda _: False))
    chat._session._on_page_connected()
    assert [data["text/markdown"] for data in screen.updated] == [data["text/markdown"]]


def widgets_of(row: Any, kind: str) -> list[Any]:
    """Return the widgets of a kind within a row, in their order."""
    children = getattr(row, "children", ())
    found = [row] if type(row).__name__ == kind else []
    return found + [widget for child in children for widget in widgets_of(child, kind)]


def test_each_chat_has_its_name_as_a_heading_and_the_question_stands_once(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = nbstream.compare("Is 1 < 2?", [OPUS, HAIKU], client=client)
    Screen(made, monkeypatch)
    assert [html.value for html in widgets_of(made._row, "HTML")] == [
        "<p>Is 1 &lt; 2?</p>",
        f"<h4>{OPUS}</h4>",
        f"<h4>{HAIKU}</h4>",
    ]
    assert [box._chats[1][0] for box in widgets_of(made._row, "ComparisonBox")] == [
        f"anywidget:{made.chats[HAIKU].model_id}"
    ]
    for chat in made.chats.values():
        [question, _] = chat._session.conversation.transcript.turns
        assert question.blocks[0].text == "Is 1 < 2?"


MARIMO_ROW = """
import nbstream
from nbstream.kernel import host

shown = []
host._host = host.Host(host.HostKind.MARIMO)
host.append_output = shown.append
models = ["claude-opus-4-8", "claude-haiku-4-5"]
comparison = nbstream.compare("Hello", models, client=nbstream.demo("Hi.", wait=0))
assert shown == [comparison]
row = comparison._display_().text
assert row == comparison._display_().text
assert all(shown in row for shown in ["Hello", *models])
"""


def test_in_marimo_the_row_is_one_output_of_the_cell() -> None:
    # marimo replaces `comm.create_comm` and more for its whole process, which must not be that of other tests.
    subprocess.run([sys.executable, "-c", MARIMO_ROW], check=True, timeout=60)
