"""Default fields: the form that a model takes, and those that a server refuses, over real HTTP."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

from nbstream.claude import client as door
from nbstream.content.message import UserMessage
from nbstream.conversation.conversation import Conversation
from nbstream.conversation.request.checks import build_defaults
from nbstream.conversation.request.default_fields import (
    CACHE_CONTROL,
    THINKING,
    DefaultFields,
    fit_thinking,
    lacks_caching,
)
from nbstream.core.ops import Status

PLATFORMS = {
    "AsyncAnthropic": True,
    "AsyncAnthropicAWS": True,
    "AsyncAnthropicFoundry": True,
    "AsyncAnthropicGoogleCloud": True,
    "AsyncAnthropicBedrock": False,
    "AsyncAnthropicBedrockMantle": False,
    "AsyncAnthropicVertex": False,
}


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("subclassed", [False, True])
def test_where_the_platform_refuses_automatic_caching_it_is_left_out(name: str, subclassed: bool) -> None:
    kind = getattr(anthropic, name)
    kind = type("Mine", (kind,), {}) if subclassed else kind
    # The arguments that such a client needs (regions, credentials) do not matter here.
    client = kind.__new__(kind)
    assert lacks_caching(client) is not PLATFORMS[name]


@pytest.mark.parametrize(
    ("model", "thinking"),
    [
        ("claude-opus-4-8", THINKING),
        ("claude-sonnet-5-5", THINKING),
        ("claude-haiku-4-5", {"type": "enabled", "budget_tokens": 10_000}),
        ("claude-opus-4-5-20251101", {"type": "enabled", "budget_tokens": 10_000}),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", {"type": "enabled", "budget_tokens": 10_000}),
        ("a-model-of-another-server", THINKING),
    ],
)
def test_the_default_thinking_is_sent_in_the_kind_that_the_model_takes(model: str, thinking: Any) -> None:
    request, _ = build_defaults(None, model=model)
    assert fit_thinking(request)["thinking"] == thinking
    for_one_message = {**build_defaults(None, model="claude-opus-4-8")[0], "model": model}
    assert fit_thinking(for_one_message)["thinking"] == thinking


def test_a_budget_of_thinking_leaves_half_of_the_tokens_to_the_answer_or_is_left_out() -> None:
    request, _ = build_defaults(None, model="claude-haiku-4-5", max_tokens=4_000)
    assert fit_thinking(request)["thinking"] == {"type": "enabled", "budget_tokens": 2_000}
    assert "thinking" not in fit_thinking({**request, "max_tokens": 2_000})


def test_thinking_of_ones_own_is_sent_as_it_is() -> None:
    own = {"type": "enabled", "budget_tokens": 2_048}
    request, _ = build_defaults(None, model="claude-opus-4-8", thinking=own)
    assert fit_thinking(request)["thinking"] == own


@pytest.mark.parametrize("own", [dict(THINKING), {"type": "enabled", "budget_tokens": 2_048}])
def test_a_value_that_equals_the_default_is_the_callers_all_the_same(own: dict[str, Any]) -> None:
    request, _ = build_defaults(None, model="claude-haiku-4-5", thinking=own, cache_control=dict(CACHE_CONTROL))
    assert fit_thinking(request)["thinking"] == own
    assert not DefaultFields("s", "m").leave_out(request, Exception(), lambda _, sent: set(sent))


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_the_default_thinking_is_left_out_beside_a_field_that_excludes_it(name: str) -> None:
    request, _ = build_defaults(None, model="claude-opus-4-6", extra_body={name: 1})
    assert "thinking" not in fit_thinking(request)


async def answer(url: str, **arguments: Any) -> Conversation:
    """Ask one question in a conversation of its own."""
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    defaults, _ = build_defaults(client, **arguments)
    conversation = Conversation(client, defaults, [], time.monotonic)
    conversation.ask(UserMessage.from_prompt("Hello"), {})
    assert conversation.ended is not None
    await asyncio.wrap_future(conversation.ended)
    await door.close_clients()
    return conversation


def outcome(conversation: Conversation) -> tuple[Status, str]:
    turn = conversation.transcript.turns[-1]
    assert turn.reply is not None
    return turn.reply.status, turn.text()


def sent(claude: ClaudeServer, name: str) -> list[set[str]]:
    """The default fields of each request."""
    return [{"thinking", "cache_control"} & set(record.body) for record in claude.records_of(name)]


THINKING_REFUSED = "adaptive thinking is not supported on this model"
CACHING_REFUSED = "cache_control: Extra inputs are not permitted"


@pytest.mark.anyio
async def test_a_default_that_a_server_refuses_costs_one_refused_request_once(claude: ClaudeServer) -> None:
    url = claude.url("refusing", text="Hi.", rate=None, refused={"thinking": THINKING_REFUSED})
    for _ in range(2):
        assert outcome(await answer(url, model="new-model")) == (Status.DONE, "Hi.")
    assert sent(claude, "refusing") == [{"thinking", "cache_control"}, {"cache_control"}, {"cache_control"}]
    # Another model of the same server is asked anew.
    assert outcome(await answer(url, model="newer-model")) == (Status.DONE, "Hi.")
    assert len(claude.records_of("refusing")) == 5


@pytest.mark.anyio
async def test_every_refused_default_is_left_out(claude: ClaudeServer) -> None:
    refused = {"cache_control": CACHING_REFUSED, "thinking": "thinking: Extra inputs are not permitted"}
    url = claude.url("all", text="Hi.", rate=None, refused=refused)
    assert outcome(await answer(url, model="m")) == (Status.DONE, "Hi.")
    assert sent(claude, "all") == [{"thinking", "cache_control"}, {"thinking"}, set()]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "given",
    [{"thinking": {"type": "adaptive", "display": "summarized"}}, {"cache_control": {"type": "ephemeral"}}],
)
async def test_a_field_that_the_caller_gave_is_never_left_out(claude: ClaudeServer, given: dict[str, Any]) -> None:
    [name] = given
    url = claude.url(f"given-{name}", rate=None, refused={name: f"{name}: Extra inputs are not permitted"})
    assert outcome(await answer(url, model="m", **given))[0] is Status.FAILED
    assert len(claude.records_of(f"given-{name}")) == 1


@pytest.mark.anyio
async def test_a_refusal_is_only_remembered_if_the_request_without_it_is_taken(
    claude: ClaudeServer,
) -> None:
    refused = {"thinking": "thinking is not for you", "max_tokens": "You are out of luck"}
    url = claude.url("luck", rate=None, refused=refused)
    for _ in range(2):
        assert outcome(await answer(url, model="m"))[0] is Status.FAILED
    assert sent(claude, "luck") == [{"thinking", "cache_control"}, {"cache_control"}] * 2


@pytest.mark.anyio
async def test_a_refusal_that_is_about_one_request_is_not_remembered(claude: ClaudeServer) -> None:
    url = claude.url("once", rate=None, refused={"thinking": "thinking may not be enabled beside that"})
    for _ in range(2):
        assert outcome(await answer(url, model="m"))[0] is Status.DONE
    assert sent(claude, "once") == [{"thinking", "cache_control"}, {"cache_control"}] * 2


def test_a_reply_that_begins_with_a_forced_call_has_no_default_thinking_at_all() -> None:
    request, _ = build_defaults(None, model="claude-opus-4-8", tool_choice="any")
    fields = DefaultFields("s", "claude-opus-4-8")
    assert "thinking" not in fields.fit(request)
    assert "thinking" not in fields.fit({**request, "tool_choice": {"type": "auto"}})
    fields.remember()
    assert "thinking" in DefaultFields("s", "claude-opus-4-8").fit({**request, "tool_choice": {"type": "auto"}})
    own, _ = build_defaults(None, model="claude-opus-4-8", tool_choice="any", thinking={"type": "adaptive"})
    assert "thinking" in DefaultFields("s", "m").fit(own)


@pytest.mark.anyio
async def test_a_refusal_as_the_first_event_of_a_stream_counts_too(claude: ClaudeServer) -> None:
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": THINKING_REFUSED}}
    claude.url("taken", text="Hi.", rate=None)
    url = claude.url("as-event", events=[error], rate=None, then="taken")
    assert outcome(await answer(url, model="m")) == (Status.DONE, "Hi.")
    assert sent(claude, "as-event") == [{"thinking", "cache_control"}, {"cache_control"}]
