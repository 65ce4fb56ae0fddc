"""The operator's function for answers that have ended: called aside, and never in the way of a reply."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose

from nbstream.claude import client as door
from nbstream.claude.demo import reply_events
from nbstream.server import Limits
from nbstream.server.http.request_body import Question
from nbstream.server.streams import end_hook as module
from nbstream.server.streams.end_hook import EndHook
from nbstream.server.streams.registry import StreamRegistry
from nbstream.tools.toolbox import Toolbox

pytestmark = pytest.mark.anyio

REQUEST = {"model": "claude-opus-4-8", "max_tokens": 1000}
Call = tuple[str, list[dict[str, Any]], dict[str, Any], float | None]


class Operator:
    """An operator who notes every call.

    Attributes:
        calls: The arguments of each call.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def on_end(self, *call: Any) -> None:
        self.calls.append(call)  # type: ignore[arg-type]


def new_registry(url: str, on_end: Any, tools: Any = (), **limits: Any) -> StreamRegistry:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return StreamRegistry(client, Toolbox(tools), None, Limits(**limits), 0.0, None, on_end)


async def ask(registry: StreamRegistry, name: str = "a", *, chat: bool = False) -> Any:
    """Ask, and wait for the end of the reply unless the stream is a chat."""
    stream: Any = await registry.open(Question(name, [], None if chat else "Hi", REQUEST), "ada")
    stream.attach()
    if not chat:
        await asyncio.wrap_future(stream.conversation.ended)
    return stream


async def close(registry: StreamRegistry) -> None:
    await registry.close()
    await door.close_clients()


async def test_each_answer_is_reported_with_its_conversation_its_tokens_and_its_cost(claude: ClaudeServer) -> None:
    operator = Operator()
    registry = new_registry(claude.url("hook", text=["Ye", "s."], rate=None), operator.on_end)
    stream = await ask(registry, chat=True)
    for key in ("k1", "k2"):
        stream.handle_command({"v": 1, "kind": "prompt", "page": "p", "key": key, "text": f"{key}?"})
        await asyncio.wrap_future(stream.conversation.ended)
    await close(registry)
    answer = {"role": "assistant", "content": [{"type": "text", "text": "Yes."}]}
    first = [{"role": "user", "content": "k1?"}, answer]
    assert [(caller, messages) for caller, messages, _, _ in operator.calls] == [
        ("ada", first),
        ("ada", [*first, {"role": "user", "content": "k2?"}, answer]),
    ]
    for _, _, usage, cost in operator.calls:
        assert (usage["input_tokens"], usage["output_tokens"]) == (10, 2)
        assert cost == pytest.approx(10 * 5e-6 + 2 * 25e-6)


async def test_the_requests_of_one_answer_are_reported_together(claude: ClaudeServer) -> None:
    async def add() -> str:
        """Add."""
        return "5"

    operator = Operator()
    events = [*reply_events([("tool_use", {"name": "add"}, ["{}"])])]
    url = claude.url("hook-tools", events=events, then="hook-tools-then")
    claude.url("hook-tools-then", text="Five.", rate=None)
    registry = new_registry(url, operator.on_end, [add])
    await ask(registry)
    await close(registry)
    [(_, messages, usage, cost)] = operator.calls
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant"]
    assert usage["input_tokens"] == 20
    assert cost is not None


async def test_an_answer_that_was_stopped_is_reported_also_if_another_version_is_in_sight(
    claude: ClaudeServer,
) -> None:
    operator = Operator()
    url = claude.url("hook-stop", text="One", rate=None, then="hook-stop-then")
    claude.url("hook-stop-then", text=["Two", " and more"], gate=asyncio.Event(), gate_after=1, rate=None)
    registry = new_registry(url, operator.on_end)
    stream = await ask(registry, chat=True)
    stream.handle_command({"v": 1, "kind": "prompt", "page": "p", "key": "k1", "text": "Hi"})
    await asyncio.wrap_future(stream.conversation.ended)
    first = stream.conversation.transcript.turns[-1].id
    stream.handle_command({"v": 1, "kind": "regenerate", "page": "p", "key": "k2", "turn": first})
    async with asyncio.timeout(10):
        while stream.conversation.transcript.turns[-1].text() != "Two":
            await stream.feed.wait_beyond(stream.feed.log.seq, 1)
    turn = stream.conversation.transcript.turns[-1].id
    stream.handle_command({"v": 1, "kind": "stop", "page": "p", "turn": turn})
    stream.handle_command({"v": 1, "kind": "select_version", "page": "p", "key": "k3", "turn": first})
    await asyncio.wrap_future(stream.conversation.ended)
    claude.open_gate("hook-stop-then")
    await close(registry)
    assert [messages[-1]["content"][0]["text"] for _, messages, _, _ in operator.calls] == ["One", "Two"]


async def test_what_was_never_sent_to_claude_is_not_reported(claude: ClaudeServer) -> None:
    operator = Operator()
    registry = new_registry(claude.url("hook-refused"), operator.on_end, dollars_per_day=1e-9)
    await ask(registry)
    await close(registry)
    assert operator.calls == []
    assert claude.records_of("hook-refused") == []


def report(hook: EndHook, number: int = 0) -> None:
    """Have a hook called without a conversation."""
    hook._waiting.append(("ada", [{"number": number}], {}, None))
    hook._start_next()


@pytest.mark.parametrize("error", [ValueError("sk-1"), SystemExit(3), StopIteration(), TimeoutError()])
@pytest.mark.parametrize("is_async", [True, False])
async def test_a_function_that_fails_is_logged_and_called_for_the_next_answer(
    caplog: pytest.LogCaptureFixture, error: BaseException, is_async: bool
) -> None:
    calls: list[Any] = []

    def fail(*call: Any) -> None:
        calls.append(call)
        raise error

    async def fail_later(*call: Any) -> None:
        fail(*call)

    hook = EndHook(fail_later if is_async else fail)
    for number in range(2):
        report(hook, number)
    await hook.close()
    assert len(calls) == 2
    assert caplog.text.count("on_end failed") == 2


async def test_a_function_that_blocks_holds_up_no_reply(claude: ClaudeServer) -> None:
    goes_on = threading.Event()
    called: list[str] = []

    def block(caller: str, *_: Any) -> None:
        called.append(caller)
        assert goes_on.wait(10)

    registry = new_registry(claude.url("hook-block", text=prose(20), rate=None), block, streams_per_caller=1)
    for number in range(12):
        stream = await ask(registry, f"n{number}")
        assert stream.conversation.transcript.turns[-1].text() == "".join(prose(20))
    assert len(called) <= module.MAX_RUNNING_CALLS
    goes_on.set()
    await close(registry)
    assert called == ["ada"] * 12


async def run_at_once(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


async def test_calls_are_bounded_in_time_and_number(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CALL_TIMEOUT_SECONDS", 0.01)
    monkeypatch.setattr(module, "CLOSE_TIMEOUT_SECONDS", 0.01)
    # A call whose time is over before its thread has begun does not hang.
    monkeypatch.setattr(module.asyncio, "to_thread", run_at_once)
    goes_on = threading.Event()

    def hang(*_: Any) -> None:
        goes_on.wait(10)

    hook = EndHook(hang)
    for number in range(module.MAX_RUNNING_CALLS + 3):
        report(hook, number)
    given_up = asyncio.Semaphore(0)
    with monkeypatch.context() as patched:
        patched.setattr(module.log, "warning", lambda *_: given_up.release())
        async with asyncio.timeout(5):
            for _ in range(module.MAX_RUNNING_CALLS):
                await given_up.acquire()
    # The threads still hang, so there are no more of them.
    assert len(hook._waiting) == 3
    await hook.close()
    assert "not done with 11 answers" in caplog.text
    goes_on.set()


async def test_beyond_a_number_of_waiting_answers_further_ones_are_not_reported(
    claude: ClaudeServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_CALLS", 0)
    operator = Operator()
    registry = new_registry(claude.url("hook-many", text="Yes.", rate=None), operator.on_end)
    await ask(registry)
    await close(registry)
    assert operator.calls == []
    assert "does not keep up" in caplog.text


async def test_the_function_gets_a_copy_that_it_may_change(claude: ClaudeServer) -> None:
    done = asyncio.Event()

    async def spoil(_: str, messages: Any, __: Any, ___: Any) -> None:
        messages[0]["content"] = "spoiled"
        messages[-1]["content"][0].clear()
        messages.clear()
        done.set()

    registry = new_registry(claude.url("hook-copy", text="Yes.", rate=None), spoil)
    stream = await ask(registry, chat=True)
    for key in ("k1", "k2"):
        stream.handle_command({"v": 1, "kind": "prompt", "page": "p", "key": key, "text": "Hi"})
        await asyncio.wrap_future(stream.conversation.ended)
        await done.wait()
    sent = claude.records_of("hook-copy")[-1].body["messages"]
    assert [message["content"] for message in sent[::2]] == ["Hi", "Hi"]
    assert sent[1]["content"][0]["text"] == "Yes."
    await close(registry)


async def test_any_callable_may_be_the_function() -> None:
    calls: list[str] = []

    class Store:
        async def __call__(self, caller: str, *_: Any) -> None:
            calls.append(f"object {caller}")

    async def store(kind: str, caller: str, *_: Any) -> None:
        calls.append(f"{kind} {caller}")

    for function in (Store(), partial(store, "partial"), lambda *call: store("lambda", *call)):
        hook = EndHook(function)
        report(hook)
        await hook.close()
    assert calls == ["object ada", "partial ada", "lambda ada"]
    with pytest.raises(TypeError, match="on_end is 'print'; pass a function"):
        EndHook("print")  # type: ignore[arg-type]


async def test_an_end_without_a_function_is_not_reported(claude: ClaudeServer) -> None:
    registry = new_registry(claude.url("hook-none", text="Yes.", rate=None), None)
    await ask(registry)
    assert registry._end_hook._waiting == deque()
    await close(registry)
