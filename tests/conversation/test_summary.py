"""A new conversation that begins with a summary of one that has become too long."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

import nbstream
from nbstream.conversation.summary import SUMMARY_PROMPT, summary_request
from nbstream.core.command_frames import Retry, Summarize
from nbstream.core.saved.restored_turns import restore_turns
from nbstream.core.saved.turn_records import read_turns, record_turns
from nbstream.core.transcript import Transcript

TOO_LONG = {"stream": "prompt is too long: 210000 tokens > 200000 maximum"}
"""A field that every request has, and the API's message; see `claude_server.Scenario.refused`."""


def test_one_press_begins_a_new_conversation_with_the_summary(claude: ClaudeServer) -> None:
    url = claude.url("summary", text="Yes.", rate=None)
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    chat = nbstream.chat("One?", client=client, model="claude-haiku-4-5")
    cost = chat.cost
    claude.url("summary", refused=TOO_LONG)
    with pytest.raises(anthropic.BadRequestError):
        chat.ask("Two?")
    talk = chat._session.conversation
    failed = talk.transcript.turns[-1]
    assert failed.reply is not None
    assert (failed.reply.cause, failed.reply.is_left_out) == ("context_full", True)
    assert "go on in a new chat" in str(failed.reply.error)
    claude.url("summary", text="In short: yes.", rate=None)
    handle, call = chat._session.commands.handle, chat._session._loop.call
    call(handle, Summarize("p", "k1", failed.id))
    chat.wait()
    assert (chat.text, len(chat.messages)) == ("In short: yes.", 2)
    assert cost is not None
    assert chat.cost is not None
    assert chat.cost > cost
    chat.ask("Three?")
    bodies = [record.body for record in claude.records_of("summary")]
    asked = [[text_of(message) for message in body["messages"]] for body in bodies]
    assert asked[2] == ["One?", "Yes.", SUMMARY_PROMPT]
    assert asked[3] == [SUMMARY_PROMPT, "In short: yes.", "Three?"]
    assert (bodies[2]["max_tokens"], bodies[3]["max_tokens"]) == (8_000, 64_000)
    # The old conversation stays as another version, and Retry asks for the summary of it again.
    call(talk.select_version, "t1")
    assert chat.messages[0]["content"] == "One?"
    call(talk.select_version, "t5")
    restored = Transcript()
    restore_turns(restored, read_turns(json.loads(json.dumps(record_turns(talk.transcript)))), 1.0)
    assert [turn.summarizes for turn in restored.tree.versions if turn.summarizes] == ["t2"]


def test_a_summary_that_is_asked_for_again_has_the_old_conversation_before_it(claude: ClaudeServer) -> None:
    url = claude.url("summary-retry", text="Yes.", rate=None)
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    chat = nbstream.chat("One?", client=client)
    chat.ask("Two?")
    handle, call = chat._session.commands.handle, chat._session._loop.call
    call(handle, Summarize("p", "k1", "t4"))
    chat.wait()
    call(handle, Retry("p", "k2", chat._session.conversation.transcript.turns[-1].id))
    chat.wait()
    bodies = [record.body for record in claude.records_of("summary-retry")]
    assert bodies[3]["messages"] == bodies[2]["messages"]
    assert [text_of(message) for message in bodies[3]["messages"]] == ["One?", "Yes.", SUMMARY_PROMPT]


def test_a_first_question_that_is_too_long_has_nothing_to_summarize(claude: ClaudeServer) -> None:
    url = claude.url("summary-first", refused=TOO_LONG)
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    with pytest.raises(anthropic.BadRequestError):
        nbstream.chat("One?", client=client)
    chat = nbstream.last
    assert chat is not None
    talk = chat._session.conversation
    assert talk.transcript.turns[-1].reply is not None
    assert talk.transcript.turns[-1].reply.cause is None
    with pytest.raises(RuntimeError, match="nothing to summarize"):
        chat._session._loop.call(talk.summarize)


def test_an_answer_that_fills_the_window_offers_the_summary_too(claude: ClaudeServer) -> None:
    url = claude.url("summary-full", text="Yes.", rate=None)
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    chat = nbstream.chat("One?", client=client)
    claude.url("summary-full", text="Ye", rate=None, stop_reason="model_context_window_exceeded")
    chat.ask("Two?")
    reply = chat._session.conversation.transcript.turns[-1].reply
    assert reply is not None
    assert reply.cause == "context_full"


def test_a_summary_is_a_text_without_calls() -> None:
    assert summary_request({"max_tokens": 100}) == {"max_tokens": 100}
    full: dict[str, Any] = {"max_tokens": 64_000, "tools": [{}], "output_config": {"format": {}, "effort": "low"}}
    assert summary_request(full) == {
        "max_tokens": 8_000,
        "tool_choice": "none",
        "output_config": {"effort": "low"},
    }
    assert summary_request({"max_tokens": 1, "output_config": {"format": {}}})["output_config"] is None


def text_of(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)
