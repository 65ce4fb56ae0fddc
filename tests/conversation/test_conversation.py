"""Turns one after the other, and the messages that each request sends."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer, prose
from observer import RecordingObserver

from nbstream.claude import client as door
from nbstream.claude.usage import total
from nbstream.content.message import UserMessage
from nbstream.conversation.commands import CommandHandler
from nbstream.conversation.conversation import Conversation
from nbstream.conversation.request.default_fields import THINKING
from nbstream.core.command_frames import Command, Continue, Prompt, Retry
from nbstream.core.ops import ReplyStatusChanged, Status

pytestmark = pytest.mark.anyio

DEFAULTS = {"model": "claude-test", "max_tokens": 100}


def talk(url: str, **more: Any) -> Conversation:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    defaults = {**DEFAULTS, **more.pop("defaults", {})}
    return Conversation(client, defaults, more.pop("messages", []), time.monotonic, **more)


async def ended(conversation: Conversation) -> None:
    assert conversation.ended is not None
    await asyncio.wrap_future(conversation.ended)


async def test_each_request_sends_all_earlier_turns(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("turns", text="Hi!", rate=None))
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    await ended(conversation)
    conversation.ask(UserMessage.from_prompt("And in Python?"), {"max_tokens": 7})
    await ended(conversation)
    first, second = (record.body for record in claude.records_of("turns"))
    assert first["messages"] == [{"role": "user", "content": "Hello"}]
    assert second["messages"] == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [{"type": "text", "text": "Hi!"}]},
        {"role": "user", "content": "And in Python?"},
    ]
    assert (first["max_tokens"], second["max_tokens"]) == (100, 7)
    await door.close_clients()


async def test_earlier_turns_come_first(claude: ClaudeServer) -> None:
    before = [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]
    conversation = talk(claude.url("before", rate=None), messages=before)
    assert conversation.status is Status.IDLE
    conversation.ask(UserMessage.from_prompt("C"), {})
    await ended(conversation)
    [record] = claude.records_of("before")
    assert [message["content"] for message in record.body["messages"]] == [
        "A",
        [{"type": "text", "text": "B"}],
        "C",
    ]
    await door.close_clients()


async def test_one_reply_runs_at_a_time(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("busy", text=prose(5000)))
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    run = conversation.run
    with pytest.raises(RuntimeError, match=r"chat\.wait\(\).*chat\.stop\(\)"):
        conversation.ask(UserMessage.from_prompt("And?"), {})
    assert len(conversation.transcript.turns) == 2
    conversation.stop("user")
    await ended(conversation)
    assert run.turn.reply.stop_reason == "user"
    await door.close_clients()


async def test_a_stop_for_an_earlier_turn_does_not_hit_the_next(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("guard", text=prose(20), rate=500))
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    first = conversation.run
    await ended(conversation)
    conversation.ask(UserMessage.from_prompt("And?"), {})
    second = conversation.run
    conversation.stop("user", first.turn.id)
    await ended(conversation)
    assert second.turn.reply.status is Status.DONE
    await door.close_clients()


async def test_the_fields_of_one_message_may_be_written_as_those_of_the_chat(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("fields", rate=None), defaults={"thinking": THINKING, "system": "Be brief"})
    request = {"thinking": False, "cache_control": "1h", "effort": "low", "stream": True, "max_tokens": "7"}
    conversation.validate(request)
    conversation.ask(UserMessage.from_prompt("Hello"), request)
    await ended(conversation)
    conversation.retry()
    await ended(conversation)
    first, again = (record.body for record in claude.records_of("fields"))
    del first["messages"], again["messages"]
    assert first == again
    assert first == {
        "model": "claude-test",
        "max_tokens": 7,
        "system": "Be brief",
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
        "output_config": {"effort": "low"},
        "stream": True,
    }
    with pytest.raises(TypeError, match="budget belongs to the whole chat"):
        conversation.validate({"budget": 1})
    with pytest.raises(TypeError, match="functions belong to the whole chat"):
        conversation.validate({"tools": print})
    await door.close_clients()


async def test_a_budget_is_for_all_replies_together(claude: ClaudeServer) -> None:
    one = (10 * 5 + 10 * 25) / 1e6
    url = claude.url("budget", text=["a"] * 10, rate=None)
    conversation = talk(url, defaults={"model": "claude-opus-4-8"}, budget=2 * one)
    for prompt in ("Hello", "And in Python?"):
        conversation.validate({})
        conversation.ask(UserMessage.from_prompt(prompt), {})
        await ended(conversation)
        assert conversation.status is Status.DONE
    with pytest.raises(
        RuntimeError, match=r"spent its budget: about \$0.0006 of \$0.0006.*messages=chat.messages"
    ):
        conversation.validate({})
    await door.close_clients()


async def test_a_local_model_has_no_cost_and_a_budget_holds_all_the_same(claude: ClaudeServer) -> None:
    url = claude.url("local", text=["a"] * 10, rate=None, answering_model="llama3")
    conversation = talk(url, defaults={"model": "claude-opus-4-8"}, budget=(10 * 5 + 10 * 25) / 1e6)
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    await ended(conversation)
    assert total(conversation.usage_meters) is None
    ops, _ = conversation.transcript.log.read_from(0, conversation.transcript.log.seq)
    reports = [op for op in ops if isinstance(op, ReplyStatusChanged)]
    assert {report.cost for report in reports} == {None}
    with pytest.raises(RuntimeError, match=r"spent its budget: about \$0.0003"):
        conversation.validate({})
    await door.close_clients()


@pytest.mark.parametrize("command", [Prompt("p", "k", "And?"), Retry("p", "k", "t2"), Continue("p", "k", "t2")])
async def test_a_command_from_a_page_with_the_budget_spent_ends_at_once_without_a_request(
    claude: ClaudeServer, command: Command
) -> None:
    url = claude.url(f"command-{command.tag}", text=["a"] * 10, rate=None, stop_reason="max_tokens")
    conversation = talk(url, defaults={"model": "claude-opus-4-8"}, budget=(10 * 5 + 10 * 25) / 1e6)
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    await ended(conversation)
    assert CommandHandler(conversation).handle(command)
    await ended(conversation)
    turn = conversation.transcript.last_reply
    assert turn is not None
    assert turn.reply is not None
    assert (turn.reply.status, turn.reply.stop_reason) == (Status.STOPPED, "budget")
    assert turn.text() == ("" if isinstance(command, Prompt) else "a" * 10)
    assert len(claude.records_of(f"command-{command.tag}")) == 1
    await door.close_clients()


async def test_another_model_within_a_budget_needs_a_price() -> None:
    conversation = talk("http://127.0.0.1:1/none", defaults={"model": "claude-opus-4-8"}, budget=1)
    with pytest.raises(ValueError, match=r"nbstream\.prices\['my-model'\]"):
        conversation.validate({"model": "my-model"})


async def test_a_reply_that_follows_a_stop_at_once_is_the_one_that_runs(claude: ClaudeServer) -> None:
    observer = RecordingObserver()
    conversation = talk(claude.url("overlap", text=prose(5000)), observer=observer)
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    first = conversation.ended
    assert first is not None
    await asyncio.to_thread(claude.wait_for, lambda: claude.records_of("overlap"))
    conversation.stop("user")
    conversation.ask(UserMessage.from_prompt("And?"), {})
    # The first one's request is closed while the second one runs.
    await asyncio.wrap_future(first)
    assert observer.lives() == ["started", "ended", "started"]
    conversation.stop("user")
    await ended(conversation)
    assert observer.lives() == ["started", "ended", "started", "ended"]
    await door.close_clients()


async def test_another_version_of_a_question_sends_the_turns_before_it(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("version", text="Hi!", rate=None))
    for text in ("A", "B"):
        conversation.ask(UserMessage.from_prompt(text), {})
        await ended(conversation)
    question = conversation.transcript.turns[2]
    conversation.ask(UserMessage.from_prompt("C"), {}, question.id)
    await ended(conversation)
    assert [turn.text() for turn in conversation.transcript.turns] == ["A", "Hi!", "C", "Hi!"]
    conversation.select_version(question.id)
    assert [turn.text() for turn in conversation.transcript.turns] == ["A", "Hi!", "B", "Hi!"]
    conversation.regenerate()
    with pytest.raises(RuntimeError, match="still answering"):
        conversation.select_version(question.id)
    await ended(conversation)
    sent = [message["content"] for message in claude.records_of("version")[-1].body["messages"]]
    assert sent == ["A", [{"type": "text", "text": "Hi!"}], "B"]
    await door.close_clients()


async def test_a_reply_continues_from_results_even_without_text(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("from-results", text="Three.", rate=None))
    transcript = conversation.transcript
    transcript.add_turn("user", "Add")
    transcript.open_reply(0.0)
    with pytest.raises(RuntimeError):
        conversation.continue_reply()
    transcript.add_blocks(
        [
            {"type": "tool_use", "id": "a", "name": "add", "input": {}},
            {"type": "tool_result", "tool_use_id": "a", "content": "3"},
        ]
    )
    transcript.transition(Status.STOPPED, 1.0, stop_reason="rounds")
    conversation.continue_reply()
    await ended(conversation)
    [record] = claude.records_of("from-results")
    assert [message["role"] for message in record.body["messages"]] == ["user", "assistant", "user"]
    await door.close_clients()


async def test_a_reply_that_is_not_authorized_shows_the_reason_in_its_place(claude: ClaudeServer) -> None:
    def refuse(request: dict[str, Any]) -> None:
        if request["messages"][-1]["content"] == "No?":
            raise ValueError("Not today.")
        request["max_tokens"] = 7

    observer = RecordingObserver()
    conversation = talk(claude.url("permit", text="Yes.", rate=None), open_bill=refuse, observer=observer)
    conversation.ask(UserMessage.from_prompt("Hi"), {})
    await ended(conversation)
    conversation.ask(UserMessage.from_prompt("No?"), {})
    reply = conversation.transcript.turns[-1].reply
    assert (reply.status, reply.error) == (Status.FAILED, "Not today.")
    assert observer.lives() == ["started", "ended"]
    assert [record.body["max_tokens"] for record in claude.records_of("permit")] == [7]
    await door.close_clients()


async def test_the_end_of_a_stopped_reply_is_reported_once_although_the_next_was_refused(
    claude: ClaudeServer,
) -> None:
    asked: list[object] = []

    def once(request: dict[str, Any]) -> None:
        asked.append(request)
        if len(asked) > 1:
            raise ValueError("Not twice.")

    observer = RecordingObserver()
    conversation = talk(claude.url("permit-twice", text=prose(500)), open_bill=once, observer=observer)
    conversation.ask(UserMessage.from_prompt("Hi"), {})
    conversation.stop("user")
    conversation.retry()
    await ended(conversation)
    assert observer.lives() == ["started", "ended"]
    await door.close_clients()


async def test_a_reply_that_was_stopped_does_not_end_the_one_that_takes_its_place(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("in-its-place", text=prose(500)))
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    await asyncio.to_thread(claude.wait_for, lambda: claude.records_of("in-its-place"))
    first = conversation.ended
    conversation.stop("user")
    conversation.retry()
    await asyncio.wrap_future(first)
    await asyncio.to_thread(claude.wait_for, lambda: len(claude.records_of("in-its-place")) == 2)
    assert conversation.running
    conversation.stop("user")
    await ended(conversation)
    await door.close_clients()


@pytest.mark.parametrize(
    ("status", "kind"), [(400, "invalid_request_error"), (413, "request_too_large"), (529, "overloaded_error")]
)
async def test_a_question_that_the_api_refused_is_left_out_of_later_requests(
    claude: ClaudeServer, status: int, kind: str
) -> None:
    name = f"left-out-{status}"
    conversation = talk(claude.url(name, status=(status, kind), then=f"{name}-later"))
    claude.url(f"{name}-later", text="Fine.", rate=None)
    conversation.ask(UserMessage.from_prompt("What is in this picture?"), {})
    await ended(conversation)
    assert conversation.status is Status.FAILED
    assert conversation.transcript.messages() == []
    with pytest.raises(RuntimeError, match="retry"):
        conversation.continue_reply()
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    await ended(conversation)
    _, later = (record.body for record in claude.records_of(name))
    assert later["messages"] == [{"role": "user", "content": "Hello"}]
    assert conversation.transcript.messages()[0] == {"role": "user", "content": "Hello"}
    await door.close_clients()


async def test_a_retry_sends_a_left_out_question_again_and_counts_it_from_then_on(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("resent", status=(429, "rate_limit_error"), then="resent-later"))
    claude.url("resent-later", text="Fine.", rate=None)
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    await ended(conversation)
    conversation.retry()
    await ended(conversation)
    assert conversation.status is Status.DONE
    question = {"role": "user", "content": "Hello"}
    assert claude.records_of("resent")[1].body["messages"] == [question]
    assert conversation.transcript.messages()[0] == question
    await door.close_clients()


async def test_a_lost_connection_and_a_failure_after_some_text_leave_nothing_out(claude: ClaudeServer) -> None:
    conversation = talk(claude.url("lost", text="Half", rate=None, fault="reset"))
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    await ended(conversation)
    assert conversation.status is Status.FAILED
    assert conversation.transcript.messages() == [{"role": "user", "content": "Hello"}]
    url = claude.url("half-way", text=["Half", "way"], rate=None, fault="error_event", fault_after=1)
    conversation = talk(url)
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    await ended(conversation)
    assert conversation.status is Status.FAILED
    assert len(conversation.transcript.messages()) == 2
    await door.close_clients()
