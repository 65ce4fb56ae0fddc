"""Calls of tools, from Claude's stream to the request that brings their results: the real SDK over real HTTP.

Where the tests run is the main thread, as a cell or a script does.
"""

from __future__ import annotations

import asyncio
import functools
import json
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from typing import Any

import anthropic
import pytest
from anthropic.lib.tools import ToolError
from claude_server import ClaudeServer
from PIL import Image

import nbstream
from nbstream.claude.demo import reply_events
from nbstream.core.command_frames import Approve
from nbstream.core.ops import CALL_STATES, CallStatusChanged
from nbstream.core.transcript import Transcript
from nbstream.kernel.function_runner import FunctionRunner
from nbstream.kernel.main_thread import MainThread
from nbstream.tools.call_result import MAX_ERROR_CHARS, REFUSED_TEXT, CallResult
from nbstream.tools.calls import CALL_TRANSITIONS, IllegalCallTransitionError, ToolRunner
from nbstream.tools.toolbox import Toolbox

NUMBERS = count(1)

Called = tuple[str, dict[str, Any] | str]


def scenario(claude: ClaudeServer, *called: Called, gate: asyncio.Event | None = None) -> str:
    """Return the URL of a Claude that calls tools, `c1`, `c2`, …, and answers "Done." to their results.

    Args:
        claude: The server.
        *called: The tools and their arguments.
        gate: An event that the calls wait for; see `open_gate_when_waiting`.
    """
    name = f"calls-{next(NUMBERS)}"
    blocks: list[Any] = [("text", ["Let me ", "see. "])]
    for number, (tool, arguments) in enumerate(called, 1):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        blocks.append(("tool_use", {"id": f"c{number}", "name": tool}, [text[:3], text[3:]]))
    claude.url(f"{name}-then", text="Done.", rate=None)
    events = list(reply_events(blocks))
    return claude.url(name, events=events, then=f"{name}-then", rate=None, gate=gate, gate_after=1)


def open_gate_when_waiting(claude: ClaudeServer, made: nbstream.Chat, url: str) -> None:
    """Let the calls come once the main thread waits for the reply: before that, they would run on a thread."""
    main_thread = made._session._services.main_thread

    def open_gate() -> None:
        claude.wait_for(lambda: main_thread.waiters)
        claude.open_gate(url.rsplit("/", 1)[1])

    threading.Thread(target=open_gate, daemon=True).start()


@pytest.fixture(autouse=True)
def discard_output(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Discard the answer that a script prints."""
    yield
    capsys.readouterr()


def chat(url: str, *tools: Any, **more: Any) -> nbstream.Chat:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return nbstream.chat("Go", tools=tools, client=client, **more)


def results(made: nbstream.Chat) -> dict[str, Any]:
    """Return the content of the results by the ids of their calls; an error is a pair with the word "error"."""
    blocks = [block for turn in made._session.conversation.transcript.turns for block in turn.blocks]
    return {
        block.param["tool_use_id"]: ("error", block.param["content"])
        if block.param.get("is_error")
        else block.param["content"]
        for block in blocks
        if block.type == "tool_result"
    }


def call_states(made: nbstream.Chat) -> list[tuple[str, str]]:
    log = made._session.conversation.transcript.log
    return [(op.call, op.state) for op in log.read_from(0, log.seq)[0] if isinstance(op, CallStatusChanged)]


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def where() -> str:
    """Say on which thread this runs."""
    return "main" if threading.current_thread() is threading.main_thread() else "beside"


async def where_async() -> str:
    """Say on which thread this runs."""
    return where()


def raising(error: BaseException) -> Callable[[], Any]:
    def boom() -> str:
        """Fail."""
        raise error

    return boom


def test_several_calls_are_answered_and_the_reply_goes_on_with_their_results(claude: ClaudeServer) -> None:
    url = scenario(
        claude, ("add", {"a": 1, "b": 2}), ("where", {}), ("where_async", {}), ("add", {"a": 3, "b": 4})
    )
    made = chat(url, add, where, where_async)
    assert results(made) == {"c1": "3", "c2": "main", "c3": "beside", "c4": "7"}
    assert (made.status, made.stop_reason, made.text) == ("done", "end_turn", "Let me see. \n\nDone.")
    [first, second] = [record for record in claude.records if record.scenario == url.rsplit("/", 1)[-1]]
    assert [tool["name"] for tool in first.body["tools"]] == ["add", "where", "where_async"]
    assert [message["role"] for message in second.body["messages"]] == ["user", "assistant", "user"]
    assert second.body["messages"] == made.messages[:3]
    assert made.usage.input_tokens == 20


def test_a_page_gets_each_state_of_a_call(claude: ClaudeServer) -> None:
    made = chat(scenario(claude, ("add", {"a": 1, "b": 2}), ("where_async", {}), ("boom", {})), add, where_async,
                raising(ValueError("bad")))  # fmt: skip
    states = call_states(made)
    assert [state for call, state in states if call == "c1"] == ["queued", "running", "done"]
    assert [state for call, state in states if call == "c2"] == ["running", "done"]
    assert [state for call, state in states if call == "c3"] == ["queued", "running", "failed"]


@pytest.mark.anyio
async def test_in_an_awaiting_cell_both_kinds_run_on_its_thread_and_async_ones_on_its_loop(
    claude: ClaudeServer,
) -> None:
    async def loop() -> str:
        """Say which loop this is."""
        return str(id(asyncio.get_running_loop()))

    url = scenario(claude, ("where", {}), ("loop", {}), gate=asyncio.Event())
    made = chat(url, where, loop, wait=False)
    open_gate_when_waiting(claude, made, url)
    await made
    assert results(made) == {"c1": "main", "c2": str(id(asyncio.get_running_loop()))}


def test_a_script_that_does_not_wait_has_its_tools_run_on_threads(claude: ClaudeServer) -> None:
    made = chat(scenario(claude, ("where", {}), ("where_async", {})), where, where_async, wait=False)
    claude.wait_for(lambda: made.status == "done")
    assert results(made) == {"c1": "beside", "c2": "beside"}


def test_the_items_of_generators_are_sent_and_callables_are_called(claude: ClaudeServer) -> None:
    def rows() -> Iterator[int]:
        """List the rows."""
        yield from (1, 2)

    async def rows_async() -> AsyncIterator[str]:
        """List the rows."""
        yield "one"
        await asyncio.sleep(0)
        yield "two"

    async def lazy_rows() -> Iterator[int]:
        """List the rows."""
        return map(abs, [-1, -2])

    def broken() -> Iterator[int]:
        """List the rows."""
        yield 1
        raise KeyError("row 2")

    called: list[Called] = [(name, {}) for name in ("rows", "rows_async", "lazy_rows", "broken")]
    url = scenario(claude, *called, ("add", {"a": 4}))
    made = chat(url, rows, rows_async, lazy_rows, broken, functools.partial(add, b=3))
    assert results(made) == {
        "c1": "[1, 2]",
        "c2": '["one", "two"]',
        "c3": "[1, 2]",
        "c4": ("error", "KeyError: 'row 2'"),
        "c5": "7",
    }


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("bad thing"), "ValueError: bad thing"),
        (ValueError("x" * 9_999), "ValueError: " + "x" * (MAX_ERROR_CHARS - 12) + "…"),
        (ValueError("half a pair: \ud83d"), "ValueError: half a pair: �"),
        (SystemExit(3), "RuntimeError: SystemExit(3)"),
        (StopIteration(), "RuntimeError: StopIteration()"),
        (MuteError(), "MuteError"),
        (ToolError("try 7"), "try 7"),
        (ToolError([{"type": "text", "text": "try 7"}]), [{"type": "text", "text": "try 7"}]),
        (ToolError(""), "ToolError: "),
        (ToolError([{"type": "text", "text": " "}]), "ToolError:  "),
    ],
    ids=["short", "long", "surrogate", "exit", "stop", "mute", "tool", "blocks", "empty", "blank"],
)
def test_claude_gets_an_exception_in_short_and_the_reply_goes_on(
    claude: ClaudeServer, error: BaseException, told: object
) -> None:
    made = chat(scenario(claude, ("boom", {})), raising(error))
    assert results(made) == {"c1": ("error", told)}
    assert made.text == "Let me see. \n\nDone."


def test_a_result_with_a_picture_that_cannot_be_drawn_is_an_error_of_texts(claude: ClaudeServer) -> None:
    def draw() -> list[Any]:
        """Draw."""
        return [Image.new("L", (2, 2)), b"MZ\x90\x00\x03", "and words"]

    def fail() -> None:
        """Fail, and show where."""
        picture = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
        raise ToolError([picture, {"type": "text", "text": "try 7"}])

    made = chat(scenario(claude, ("draw", {}), ("fail", {})), draw, fail)
    drawn, failed = (results(made)[call] for call in ("c1", "c2"))
    assert (drawn[0], [block["type"] for block in drawn[1]]) == ("error", ["text", "text"])
    assert "a kind that Claude does not take" in drawn[1][0]["text"]
    assert failed == ("error", [{"type": "text", "text": "try 7"}])
    assert ("c1", "failed") in call_states(made)


def test_the_log_shows_the_controls_in_the_name_of_a_call(
    claude: ClaudeServer, caplog: pytest.LogCaptureFixture
) -> None:
    def look() -> str:
        """Look."""
        return "here"

    with caplog.at_level("DEBUG", "nbstream"):
        chat(scenario(claude, ("\x1b]0;a\x07\x9b31m", {})), look)
    [said] = [message for message in caplog.messages if message.startswith("tool ")]
    assert said == "tool '\\x1b]0;a\\x07\\x9b31m' failed"
    assert "\x1b" not in caplog.text


def test_async_tools_fail_as_others_do(claude: ClaudeServer) -> None:
    async def exits() -> None:
        """Exit."""
        sys.exit(3)

    async def cancels() -> None:
        """Cancel something of its own."""
        task = asyncio.ensure_future(asyncio.sleep(60))
        task.cancel()
        await task

    made = chat(scenario(claude, ("exits", {}), ("cancels", {})), exits, cancels)
    assert results(made) == {
        "c1": ("error", "RuntimeError: SystemExit(3)"),
        "c2": ("error", "The call was cancelled."),
    }
    assert made.status == "done"


@pytest.mark.parametrize(
    ("called", "told"),
    [
        (("add", {"a": "many", "b": 2}), "valid integer"),
        (("add", {"a": 1}), "b"),
        (("add", '{"a": '), "not a JSON object"),
        (("add", "[1]"), "not a JSON object"),
        (("subtract", {}), "no tool named 'subtract'"),
    ],
    ids=["wrong", "missing", "broken", "list", "unknown"],
)
def test_claude_learns_why_a_call_cannot_be_made(claude: ClaudeServer, called: Called, told: str) -> None:
    made = chat(scenario(claude, called), add)
    [(kind, text)] = results(made).values()
    assert kind == "error"
    assert told in text
    assert made.status == "done"


def test_a_function_decides_which_calls_run(claude: ClaudeServer) -> None:
    def small(name: str, arguments: Any) -> bool:
        return name == "add" and arguments["a"] < 2

    async def slowly(name: str, arguments: Any) -> bool:
        await asyncio.sleep(0)
        return small(name, arguments)

    def later(name: str, arguments: Any) -> Any:
        return slowly(name, arguments)

    def broken(name: str, arguments: Any) -> bool:
        raise ValueError("no idea")

    for approve in (small, slowly, later):
        made = chat(scenario(claude, ("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4})), add, approve=approve)
        assert results(made) == {"c1": "3", "c2": ("error", REFUSED_TEXT)}
        assert ("c2", "refused") in call_states(made)
    made = chat(scenario(claude, ("add", {"a": 1, "b": 2})), add, approve=broken)
    assert results(made) == {"c1": ("error", "ValueError: no idea")}


def test_the_user_decides_by_buttons(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbstream.api.validate_approve", lambda approve: approve)
    url = scenario(claude, ("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4}))
    made = chat(url, add, approve="ask", wait=False)
    claude.wait_for(lambda: call_states(made) == [("c1", "asking"), ("c2", "asking")])
    for call, run in (("c9", True), ("c1", False), ("c1", True), ("c2", True)):
        made._session._loop.call(made._session.commands.handle, Approve("p", call, run))
    made.wait()
    assert results(made) == {"c1": ("error", REFUSED_TEXT), "c2": "7"}


def test_always_run_asks_no_more_about_this_tool_in_this_chat(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbstream.api.validate_approve", lambda approve: approve)
    both = ("add", {"a": 1, "b": 2}), ("where", {}), ("add", {"a": 3, "b": 4})
    url = scenario(claude, *both)
    made = chat(url, add, where, approve="ask", wait=False)
    claude.wait_for(lambda: len(call_states(made)) == 3)
    handle = made._session.commands.handle
    made._session._loop.call(handle, Approve("p", "c1", True, always=True))
    claude.wait_for(lambda: ("c3", "queued") in call_states(made))
    made._session._loop.call(handle, Approve("p", "c2", False, always=True))
    made.wait()
    assert {call: type(result) for call, result in results(made).items()} == {"c1": str, "c2": tuple, "c3": str}
    # A later reply of this chat asks about the other tool alone.
    name = url.rsplit("/", 1)[1]
    claude.scenarios[f"{name}-then"] = claude.scenarios[name]
    before = len(call_states(made))
    made.ask("Again", wait=False)
    claude.wait_for(lambda: len({call for call, _ in call_states(made)[before:]}) == 3)
    made.stop()
    made.wait()
    assert [state for _, state in call_states(made)[before:]].count("asking") == 1


def test_a_stop_while_the_user_is_asked_ends_the_reply(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbstream.api.validate_approve", lambda approve: approve)
    made = chat(scenario(claude, ("add", {"a": 1, "b": 2})), add, approve="ask", wait=False)
    claude.wait_for(lambda: call_states(made) == [("c1", "asking")])
    made.stop()
    made.wait()
    assert call_states(made)[-1] == ("c1", "stopped")
    made._session._loop.call(made._session.commands.handle, Approve("p", "c1", True))
    assert (made.status, results(made)) == ("stopped", {})


@pytest.mark.parametrize("body", ["time.sleep(60)", "while True: pass"])
def test_a_stop_interrupts_a_tool_on_the_main_thread_and_the_cell_goes_on(claude: ClaudeServer, body: str) -> None:
    def work() -> None:
        """Work for long."""
        claude.wait_for(lambda: "c1" in results(made))
        made.stop()
        exec(body, {"time": time})

    url = scenario(claude, ("add", {"a": 1, "b": 2}), ("work", {}), gate=asyncio.Event())
    made = chat(url, add, work, wait=False)
    open_gate_when_waiting(claude, made, url)
    began = time.monotonic()
    made.wait()
    assert time.monotonic() - began < 5
    assert (made.status, made.stop_reason) == ("stopped", "user")
    assert call_states(made)[-1] == ("c2", "stopped")
    assert [message["role"] for message in made.messages] == ["user", "assistant", "user"]


def test_a_stop_cancels_an_async_tool(claude: ClaudeServer) -> None:
    ended: list[str] = []

    async def work() -> None:
        """Work for long."""
        try:
            made.stop()
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    url = scenario(claude, ("work", {}), gate=asyncio.Event())
    made = chat(url, work, wait=False)
    open_gate_when_waiting(claude, made, url)
    made.wait()
    assert (made.status, ended) == ("stopped", ["cancelled"])


def test_an_interrupt_while_a_tool_runs_stops_the_reply_and_the_cell(claude: ClaudeServer) -> None:
    def work() -> None:
        """Be interrupted."""
        raise KeyboardInterrupt

    url = scenario(claude, ("work", {}), gate=asyncio.Event())
    made = chat(url, work, wait=False)
    open_gate_when_waiting(claude, made, url)
    with pytest.raises(KeyboardInterrupt):
        made.wait()
    assert (made.status, made.stop_reason) == ("stopped", "interrupt")


def test_a_loop_of_calls_ends_clearly_and_can_go_on(claude: ClaudeServer) -> None:
    name = f"rounds-{next(NUMBERS)}"
    blocks = [("tool_use", {"id": "c", "name": "where"}, [])]
    made = chat(claude.url(name, events=list(reply_events(blocks)), rate=None), where, max_rounds=3)
    assert (made.status, made.stop_reason) == ("stopped", "rounds")
    assert len(claude.records_of(name)) == 3
    claude.scenarios[name].events = list(reply_events([("text", ["Done."])]))
    made.continue_()
    assert (made.status, made.text) == ("done", "Done.")
    sent = claude.records_of(name)[-1].body["messages"]
    assert [message["role"] for message in sent] == ["user", *["assistant", "user"] * 3]
    assert sent[-1]["content"][0]["type"] == "tool_result"


def test_a_definition_without_a_function_leaves_its_calls_to_the_user(claude: ClaudeServer) -> None:
    definition = {"name": "look", "description": "Look.", "input_schema": {"type": "object"}}
    for tools in ([definition], [definition, add]):
        made = chat(scenario(claude, ("look", {}), ("add", {"a": 1, "b": 2})), *tools)
        assert (made.status, made.stop_reason) == ("done", "tool_use")
        assert results(made) == {}
        answers = [{"type": "tool_result", "tool_use_id": name, "content": "Seen."} for name in ("c1", "c2")]
        made.ask(answers)
        assert [message["role"] for message in made.messages] == ["user", "assistant", "user", "assistant"]
        assert [block["type"] for block in made.messages[1]["content"]] == ["text", "tool_use", "tool_use"]


@pytest.mark.parametrize("inner_tool", [where, where_async])
def test_a_tool_may_wait_for_a_chat_of_its_own(claude: ClaudeServer, inner_tool: Any) -> None:
    inner_url = scenario(claude, (inner_tool.__name__, {}))
    inner: list[nbstream.Chat] = []

    def delegate() -> str:
        """Ask another."""
        inner.append(chat(inner_url, inner_tool))
        return inner[0].text

    made = chat(scenario(claude, ("delegate", {})), delegate)
    assert results(made) == {"c1": "Let me see. \n\nDone."}
    assert results(inner[0]) == {"c1": "main" if inner_tool is where else "beside"}


@pytest.mark.anyio
async def test_a_tool_of_an_awaiting_cell_may_wait_for_a_chat_of_its_own(claude: ClaudeServer) -> None:
    inner_url = scenario(claude, ("where_async", {}))

    def delegate() -> str:
        """Ask another."""
        return chat(inner_url, where_async).text

    url = scenario(claude, ("delegate", {}), gate=asyncio.Event())
    made = chat(url, delegate, wait=False)
    open_gate_when_waiting(claude, made, url)
    await made
    assert results(made) == {"c1": "Let me see. \n\nDone."}


def test_an_async_tool_that_waits_for_a_chat_is_advised_to_await_it(claude: ClaudeServer) -> None:
    inner_url = scenario(claude, ("where", {}))

    async def waits() -> str:
        """Hold the loop."""
        return chat(inner_url, where).text

    async def awaits() -> str:
        """Await."""
        return (await chat(inner_url, where, wait=False)).text

    made = chat(scenario(claude, ("waits", {}), ("awaits", {})), waits, awaits)
    kind, text = results(made)["c1"]
    assert kind == "error"
    assert "await nbstream.chat(…, wait=False)" in text
    assert results(made)["c2"] == "Let me see. \n\nDone."


def test_a_result_of_a_stopped_call_is_ignored(claude: ClaudeServer) -> None:
    reached = threading.Event()

    def stubborn() -> str:
        """Go on after a stop."""
        try:
            made.stop()
            time.sleep(60)
        except KeyboardInterrupt:
            reached.set()
        return "late"

    url = scenario(claude, ("stubborn", {}), gate=asyncio.Event())
    made = chat(url, stubborn, wait=False)
    open_gate_when_waiting(claude, made, url)
    made.wait()
    assert reached.wait(5)
    assert results(made) == {}
    made.ask("And?")
    assert (made.text, results(made)) == ("Done.", {})


def test_the_table_of_transitions_has_each_state_and_no_way_from_an_end() -> None:
    assert set(CALL_TRANSITIONS) == {None, *CALL_STATES}
    for state in ("done", "failed", "refused", "stopped"):
        assert CALL_TRANSITIONS[state] == frozenset()
    assert all({"failed", "stopped"} <= CALL_TRANSITIONS[state] for state in (None, "asking", "queued", "running"))


def runner_with_call() -> tuple[ToolRunner, Transcript]:
    transcript = Transcript()
    transcript.open_turn("assistant")
    runner = ToolRunner(
        Toolbox(), None, FunctionRunner(MainThread(None)), time.monotonic, transcript, lambda: None
    )
    runner._states = {"c1": None}
    return runner, transcript


def test_an_illegal_change_of_state_is_an_error_and_a_late_one_is_ignored() -> None:
    runner, transcript = runner_with_call()
    with pytest.raises(IllegalCallTransitionError, match="call c1: None → done"):
        runner._set_state("c1", "done")
    runner._set_state("c1", "running")
    runner.stop()
    runner._set_state("c1", "done")
    runner._finish(CallResult("c1", "done", "late"))
    states = [
        op.state for op in transcript.log.read_from(0, transcript.log.seq)[0] if isinstance(op, CallStatusChanged)
    ]
    assert states == ["running", "stopped"]
    assert transcript.turns[-1].blocks == []


@pytest.mark.parametrize(
    ("choice", "then"),
    [
        ({"type": "tool", "name": "add"}, {"type": "auto"}),
        ({"type": "any", "disable_parallel_tool_use": True}, {"type": "auto", "disable_parallel_tool_use": True}),
        ({"type": "auto"}, {"type": "auto"}),
        ({"type": "none"}, {"type": "none"}),
    ],
)
def test_a_forced_tool_is_forced_in_the_first_request_only(
    claude: ClaudeServer, choice: dict[str, Any], then: dict[str, Any]
) -> None:
    url = scenario(claude, ("add", {"a": 1, "b": 2}))
    made = chat(url, add, tool_choice=choice)
    assert made.status == "done"
    name = url.rsplit("/", 1)[1]
    sent = [record.body["tool_choice"] for record in claude.records_of(name)]
    assert sent == [choice, then]


def test_calls_with_one_id_have_a_result_each_in_one_answer_and_in_the_next(claude: ClaudeServer) -> None:
    name = f"calls-{next(NUMBERS)}"
    calls = [("tool_use", {"id": "call_0", "name": "add"}, [json.dumps({"a": n, "b": n})]) for n in (1, 2)]
    claude.url(f"{name}-end", text="Done.", rate=None)
    claude.url(f"{name}-again", events=list(reply_events(calls[:1])), rate=None)
    made = chat(
        claude.url(name, events=list(reply_events(calls)), then=f"{name}-again", rate=None), add, max_rounds=2
    )
    assert results(made) == {"call_0": "2", "call_0_2": "4", "call_0_3": "2"}
    *_, last = claude.records_of(name)
    assert [block["tool_use_id"] for block in last.body["messages"][2]["content"]] == ["call_0", "call_0_2"]


def test_code_that_calls_a_function_gets_the_result_in_its_container(claude: ClaudeServer) -> None:
    name = f"calls-{next(NUMBERS)}"
    code = {"id": "s1", "name": "code_execution"}
    call = {"id": "c1", "name": "add", "caller": {"type": "code_execution_20260120", "tool_id": "s1"}}
    events = list(
        reply_events([("server_tool_use", code, ['{"code": "…"}']), ("tool_use", call, ['{"a": 1, "b": 2}'])])
    )
    events[-2]["delta"]["container"] = {"id": "container_1", "expires_at": "2999-01-01T00:00:00Z"}
    ran = {"type": "code_execution_tool_result", "tool_use_id": "s1", "content": {"stdout": "3"}}
    start, *_, end, stop = reply_events([("text", ["Done."])])
    result = [
        {"type": "content_block_start", "index": 0, "content_block": ran},
        {"type": "content_block_stop", "index": 0},
    ]
    claude.url(f"{name}-then", events=[start, *result, end, stop], rate=None)
    url = claude.url(name, events=events, then=f"{name}-then", rate=None)
    made = chat(url, add, {"type": "code_execution_20260120", "name": "code_execution"})
    made.ask("And?")
    first, second, third = claude.records_of(name)
    assert "container" not in first.body
    assert second.body["container"] == third.body["container"] == "container_1"
    for record in (second, third):
        _, asked, given, *_ = record.body["messages"]
        assert [block["type"] for block in asked["content"]] == ["server_tool_use", "tool_use"]
        assert asked["content"][1]["caller"] == call["caller"]
        assert [block["content"] for block in given["content"]] == ["3"]
    assert third.body["messages"][3] == {"role": "assistant", "content": [ran]}


ENDING_SCRIPT = """
import threading, time
import anthropic, nbstream

class Slow:
    def __repr__(self):
        is_read.set()
        time.sleep(300)
        return "slow"

async def tool() -> object:
    "Return a value that takes long to read."
    return Slow()

is_read = threading.Event()
client = anthropic.AsyncAnthropic(api_key="k", base_url={url!r}, max_retries=0)
chat = nbstream.chat("Go", tools=[tool], client=client, wait=False)
is_read.wait()
print(chat.status)
"""


@pytest.mark.usefixtures("uncounted_processes")
def test_a_script_can_end_while_a_result_is_read(claude: ClaudeServer) -> None:
    script = ENDING_SCRIPT.format(url=scenario(claude, ("tool", {})))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "streaming\n", "")


def test_a_result_that_the_api_refuses_leaves_its_question_out_of_later_requests(claude: ClaudeServer) -> None:
    url = scenario(claude, ("add", {"a": 1, "b": 2}))
    name = url.rsplit("/", 1)[1]
    claude.url(f"{name}-then", status=(400, "invalid_request_error"))
    with pytest.raises(anthropic.BadRequestError):
        chat(url, add)
    assert nbstream.last is not None
    assert nbstream.last.messages == []
    # The text that came stays in sight.
    assert nbstream.last.text == "Let me see. "
    claude.url(f"{name}-then", text="Fine.", rate=None)
    nbstream.last.ask("Hello")
    assert claude.records_of(name)[-1].body["messages"] == [{"role": "user", "content": "Hello"}]
