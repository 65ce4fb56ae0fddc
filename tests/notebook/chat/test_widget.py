"""The chat as a widget: its members, its synced state, and messages from pages. No kernel is needed."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

import nbstream
from nbstream.claude.usage import UsageMeter
from nbstream.content.message import UserMessage
from nbstream.core.codec import to_wire
from nbstream.core.command_frames import File, Prompt, Stop
from nbstream.core.ops import Status
from nbstream.core.protocol import Ack, Frame, Resync
from nbstream.notebook.chat import widget as widget_module
from nbstream.notebook.chat.session import ChatSession

TEXT = "".join(prose(60))
Ask = Callable[..., nbstream.Chat]


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_finished_answer_has_all_its_members(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    chat = ask(thinking=["Hm."])
    assert chat.text == TEXT
    assert chat.thinking == "Hm."
    assert (chat.status, chat.stop_reason, chat.error) == ("done", "end_turn", None)
    assert isinstance(chat.message, anthropic.types.Message)
    assert [block.type for block in chat.message.content] == ["thinking", "text"]
    assert [message["role"] for message in chat.messages] == ["user", "assistant"]
    assert (chat.usage.input_tokens, chat.usage.output_tokens) == (10, 61)
    assert chat.to_markdown().startswith("**You**\n\nHello\n\n**Claude**\n\n")
    assert repr(chat) == f"<nbstream.Chat done, {len(TEXT)} characters>"
    assert capsys.readouterr().out == TEXT + "\n"


def test_a_chat_that_is_not_shown_prints_nothing(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    chat = ask(show=False)
    assert (chat.text, chat.status) == (TEXT, "done")
    assert capsys.readouterr().out == ""


def test_an_empty_conversation_has_them_too(ask: Ask) -> None:
    chat = ask(None)
    assert (chat.text, chat.thinking, chat.message, chat.messages) == ("", "", None, [])
    assert (chat.status, chat.stop_reason, chat.error) == ("idle", None, None)
    assert chat.usage.output_tokens == 0
    assert chat.wait() is chat
    assert nbstream.last is chat


def test_the_next_turn_goes_on_in_the_same_chat(ask: Ask, claude: ClaudeServer) -> None:
    chat = ask(name="next")
    assert chat.ask("And in Python?", max_tokens=5) is chat
    assert len(chat.messages) == 4
    assert claude.records_of("next")[-1].body["max_tokens"] == 5


def test_asking_while_it_answers_is_refused_with_advice(ask: Ask) -> None:
    chat = ask(wait=False, text=prose(5000), rate=50)
    with pytest.raises(RuntimeError, match=r"chat\.stop\(\)"):
        chat.ask("And?")
    chat.stop()
    chat.wait()
    assert (chat.status, chat.stop_reason) == ("stopped", "user")


def test_a_chat_with_a_budget_stops_there_and_takes_no_more(ask: Ask, claude: ClaudeServer) -> None:
    chat = ask(text=["x" * 40] * 1000, rate=None, model="claude-opus-4-8", budget=0.01, stall_after=100)
    assert (chat.status, chat.stop_reason, chat.error) == ("stopped", "budget", None)
    assert chat.cost == pytest.approx(0.01, abs=0.0005)
    for more in (lambda: chat.ask("And?"), chat.retry, chat.continue_):
        with pytest.raises(RuntimeError, match="spent its budget"):
            more()
    assert len(chat.messages) == 2


@pytest.mark.parametrize("prompt", ["", None, 7, []])
def test_a_prompt_that_cannot_be_sent_is_refused_and_nothing_changes(ask: Ask, prompt: object) -> None:
    chat = ask()
    with pytest.raises((TypeError, ValueError)):
        chat.ask(prompt)
    assert len(chat.messages) == 2


def test_a_failed_answer_raises_and_stays_readable(ask: Ask) -> None:
    with pytest.raises(anthropic.APIConnectionError):
        ask(fault="early_end", fault_after=5)
    chat = nbstream.last
    assert chat is not None
    assert chat.status == "failed"
    assert isinstance(chat.error, anthropic.APIConnectionError)
    assert TEXT.startswith(chat.text)
    assert chat.text


def test_close_stops_the_answer_and_may_be_called_again(ask: Ask) -> None:
    chat = ask(wait=False, text=prose(5000), rate=50)
    chat.close()
    chat.wait()
    assert (chat.status, chat.stop_reason) == ("stopped", "closed")
    chat.close()
    assert chat.comm is None


def test_a_partial_message_is_the_sdks_message(ask: Ask) -> None:
    chat = ask(wait=False, stall_after=5, rate=None)
    until(lambda: len(chat.text) >= len("".join(prose(60)[:5])))
    chat.stop()
    chat.wait()
    assert chat.message.stop_reason is None
    assert chat.message.content[0].text == chat.text


@pytest.mark.anyio
async def test_a_chat_can_be_awaited_and_read_piece_by_piece(ask: Ask) -> None:
    chat = ask(wait=False, rate=500)
    assert "".join([piece async for piece in chat]) == TEXT
    assert await chat is chat
    with pytest.raises(RuntimeError, match="async for"):
        aiter(ask(None))


@pytest.mark.anyio
async def test_where_nothing_can_block_the_same_turn_runs_on_the_running_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as pyodide:
        pyodide.setattr("nbstream.notebook.services._services", None)
        pyodide.setattr("nbstream.kernel.host._host", None)
        pyodide.setattr("nbstream.kernel.host.sys.platform", "emscripten")
        # nbstream starts no thread here; threads of the SDK itself are not simulated.
        pyodide.setattr("nbstream.kernel.event_loop.ThreadLoop", lambda: 1 / 0)
        with pytest.warns(RuntimeWarning, match="await chat"):
            chat = nbstream.chat("Hello", client=nbstream.demo(TEXT, tokens_per_second=500, wait=0))
        assert chat.status == "waiting"
        assert "".join([piece async for piece in chat]) == TEXT
        await chat
        assert chat.status == "done"
        chat.wait()


class Page:
    """The page's end of a chat's comm."""

    def __init__(self, chat: nbstream.Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chat = chat
        self.sent: list[dict[str, Any]] = []
        monkeypatch.setattr(chat._session.connection, "_send", self.sent.append)

    def say(self, frame: Frame) -> None:
        self.chat._handle_custom_msg(to_wire(frame), [])

    def text(self) -> str:
        return "".join(op.get("text", "") for frame in self.sent for op in frame.get("ops", []))


def test_a_page_gets_the_conversation_and_its_stop_is_heard(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = ask(wait=False, text=prose(5000), rate=200)
    page = Page(chat, monkeypatch)
    page.say(Resync("p", 0))
    until(lambda: "the" in page.text())
    page.say(Stop("p", "t9"))
    page.say(Stop("p", "t2"))
    chat.wait()
    assert chat.stop_reason == "user"


def test_a_message_from_a_page_is_the_next_turn(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = ask(None)
    other = ask(None, name="other")
    assert nbstream.last is other
    page = Page(chat, monkeypatch)
    page.say(Prompt("p", "k1", "Hello from the box"))
    until(lambda: chat.status == "done")
    page.say(Prompt("p", "k1", "Hello from the box"))
    page.say(Prompt("p", "k2", "  "))
    assert chat.messages[0] == {"role": "user", "content": "Hello from the box"}
    assert len(chat.messages) == 2
    assert nbstream.last is chat


def test_a_stop_from_code_is_in_time_for_a_message_whose_files_are_read(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = ask(None, name="early-stop")
    reading, may_go_on = threading.Event(), threading.Event()

    def read(prompt: Prompt, _: object) -> UserMessage:
        reading.set()
        assert may_go_on.wait(5)
        return UserMessage.from_prompt(prompt.text)

    chat._session.commands._messages.message_of = read
    Page(chat, monkeypatch).say(Prompt("p", "k1", "Look", (File("a.txt", "QQ=="),)))
    assert reading.wait(5)
    chat.stop()
    may_go_on.set()
    until(lambda: chat._session.commands._reading is None)
    chat.ask("Another")
    # The message waits, and follows the next reply that finishes.
    until(lambda: len(chat.messages) == 4 and chat.status == "done")
    assert [message["content"] for message in chat.messages[::2]] == ["Another", "Look"]


def test_a_chat_that_nobody_shows_any_more_stops(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbstream.notebook.view_count.NO_VIEW_SECONDS", 0.05)
    chat = ask(wait=False, text=prose(5000), rate=50)
    page = Page(chat, monkeypatch)
    page.say(Resync("p", 0, views=1))
    page.say(Ack("p", 0, views=0))
    chat.wait()
    assert (chat.status, chat.stop_reason) == ("stopped", "closed")


def test_a_chat_that_is_dropped_while_it_answers_lives_until_its_end(ask: Ask, claude: ClaudeServer) -> None:
    chat = weakref.ref(ask(wait=False, name="dropped-running", text=prose(30), rate=100))
    ask(None)
    gc.collect()
    running = chat()
    assert running is not None
    ended = running._session.conversation.ended
    del running
    gc.collect()
    assert ended is not None
    ended.result(10)
    assert claude.records_of("dropped-running")[-1].disconnected_at is None

    def is_freed() -> bool:
        gc.collect()
        return chat() is None

    until(is_freed)


def reading(text: str = "Hello") -> nbstream.Chat:
    return nbstream.chat(messages=[{"role": "user", "content": text}])


def test_before_the_first_question_all_members_are_empty() -> None:
    chat = reading()
    assert (chat.text, chat.thinking, chat.message, chat.error) == ("", "", None, None)
    assert (chat.status, chat.stop_reason) == ("idle", None)
    assert chat.messages == [{"role": "user", "content": "Hello"}]
    assert chat.to_markdown() == "**You**\n\nHello\n"


def test_status_stop_reason_and_usage_come_from_the_transcript() -> None:
    chat = reading()
    transcript = chat._session.conversation.transcript
    transcript.open_reply(0.0)
    assert (chat.status, chat.stop_reason) == ("waiting", None)
    transcript.transition(Status.STOPPED, 1.0, stop_reason="user", usage={"input_tokens": 7})
    assert (chat.status, chat.stop_reason) == ("stopped", "user")
    assert (chat.usage.input_tokens, chat.usage.output_tokens) == (7, 0)


def test_the_cost_is_that_of_all_replies_and_usage_has_the_sdks_fields() -> None:
    chat = reading()
    assert chat.cost == 0
    bill = UsageMeter("claude-opus-4-8")
    bill.record({"input_tokens": 1_000_000})
    chat._session.conversation.usage_meters.extend([bill, bill])
    assert chat.cost == pytest.approx(10)
    chat._session.conversation.usage_meters.append(UsageMeter("claude-demo"))
    assert chat.cost is None
    transcript = chat._session.conversation.transcript
    for _ in range(2):
        transcript.open_reply(0.0)
        searches = {"web_search_requests": 2, "web_fetch_requests": 0}
        transcript.transition(Status.DONE, 1.0, usage={"input_tokens": 7, "server_tool_use": searches})
    assert (chat.usage.input_tokens, chat.usage.server_tool_use.web_search_requests) == (14, 4)


def test_several_parts_may_be_several_arguments(ask: Ask, claude: ClaudeServer) -> None:
    chat = ask(name="parts")
    chat.ask("One", "two")
    chat.ask(["Three"], "four", max_tokens=5)
    sent = [record.body for record in claude.records_of("parts")[1:]]
    texts = [[block["text"] for block in body["messages"][-1]["content"]] for body in sent]
    assert texts == [["One", "two"], ["Three", "four"]]
    assert sent[1]["max_tokens"] == 5


def test_an_exception_is_sent_as_its_traceback(ask: Ask, claude: ClaudeServer) -> None:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as caught:
        error = caught
    ask([error, "Why?"], name="exception")
    content = claude.records_of("exception")[-1].body["messages"][0]["content"]
    assert content[0]["text"].startswith("Traceback (most recent call last):")
    assert content[0]["text"].endswith("ZeroDivisionError: division by zero")


def test_a_chat_says_how_it_is_read_piece_by_piece(ask: Ask) -> None:
    with pytest.raises(TypeError, match=r"async for piece in chat; chat\.text"):
        list(ask(None))  # type: ignore[call-overload]


def test_a_frame_may_be_sent_before_the_chat_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []

    class EagerSession(ChatSession):
        def __init__(self, services: Any, widget: Any, arguments: Any) -> None:
            # The page has the widget already, and another thread answers it.
            widget.send({"kind": "update"})
            super().__init__(services, widget, arguments)

    monkeypatch.setattr(widget_module, "ChatSession", EagerSession)
    monkeypatch.setattr(nbstream.Chat, "send", lambda _, frame: sent.append(frame))
    nbstream.chat(client=nbstream.demo())
    assert sent == [{"kind": "update"}]
