"""`nbstream.chat`: defaults, what it refuses, and what it sends."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

import nbstream


def sent(claude: ClaudeServer, name: str, **arguments: Any) -> dict[str, Any]:
    url = claude.url(name, text="Hi", rate=None)
    nbstream.chat("Hello", client=anthropic.AsyncAnthropic(api_key="k", base_url=url), **arguments)
    return claude.records_of(name)[-1].body


def test_the_defaults_are_the_contracts(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBSTREAM_MODEL", raising=False)
    assert sent(claude, "defaults") == {
        "model": "claude-opus-4-8",
        "max_tokens": 64_000,
        "thinking": {"type": "adaptive", "display": "summarized"},
        "cache_control": {"type": "ephemeral"},
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
    }


def test_the_environment_may_name_the_model_and_an_argument_outdoes_it(
    claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBSTREAM_MODEL", "claude-haiku-5-5")
    assert sent(claude, "env")["model"] == "claude-haiku-5-5"
    assert sent(claude, "env", model="claude-opus-5-5")["model"] == "claude-opus-5-5"


def test_thinking_none_leaves_the_field_out(claude: ClaudeServer) -> None:
    assert "thinking" not in sent(claude, "no-thinking", thinking=None)


def test_caching_can_be_had_otherwise_and_not_at_all(claude: ClaudeServer) -> None:
    assert "cache_control" not in sent(claude, "no-cache", cache_control=None)
    hour = {"type": "ephemeral", "ttl": "1h"}
    assert sent(claude, "cached-hour", cache_control=hour)["cache_control"] == hour


def test_a_client_that_cannot_cache_sends_no_such_field_unless_the_reader_says_so(claude: ClaudeServer) -> None:
    class AsyncAnthropicVertexLike(anthropic.AsyncAnthropic):
        pass

    client = AsyncAnthropicVertexLike(api_key="k", base_url=claude.url("vertex", text="Hi", rate=None))
    nbstream.chat("Hello", client=client)
    nbstream.chat("Hello", client=client, cache_control={"type": "ephemeral", "ttl": "1h"})
    without, with_it = claude.records_of("vertex")
    assert "cache_control" not in without.body
    assert with_it.body["cache_control"]["ttl"] == "1h"


def test_everything_else_goes_to_the_api(claude: ClaudeServer) -> None:
    body = sent(
        claude,
        "all-the-rest",
        system="Be brief",
        max_tokens=9,
        stop_sequences=["END"],
        extra_body={"temperature": 0.1},
        messages=[{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}],
    )
    assert (body["system"], body["max_tokens"], body["stop_sequences"]) == ("Be brief", 9, ["END"])
    assert body["temperature"] == 0.1
    assert len(body["messages"]) == 3


def test_a_turn_of_the_system_is_sent_with_the_earlier_turns(claude: ClaudeServer) -> None:
    earlier = [{"role": "user", "content": "A"}, {"role": "system", "content": "Be brief"}]
    body = sent(claude, "system-turn", messages=earlier)
    assert body["messages"] == [*earlier, {"role": "user", "content": "Hello"}]
    assert nbstream.last is not None
    assert nbstream.last.messages[:2] == earlier
    assert "**System**" in nbstream.last.to_markdown()


def test_fields_may_be_written_as_in_other_places(claude: ClaudeServer) -> None:
    def lookup() -> str:
        "Look it up."
        return "found"

    more = {"betas": ["b"], "temperature": 0.2, "cache_control": "1h", "stop_sequences": "END"}
    body = sent(claude, "slips", model="claude-opus-4-6", stream=True, tools=lookup, tool_choice=lookup, **more)
    assert body["tool_choice"] == {"type": "tool", "name": "lookup"}
    assert [tool["name"] for tool in body["tools"]] == ["lookup"]
    assert (body["temperature"], body["stop_sequences"]) == (0.2, ["END"])
    assert body["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    # The API takes no thinking beside a temperature.
    assert "thinking" not in body
    assert claude.records_of("slips")[0].headers["anthropic-beta"] == "b"


def test_without_a_key_the_error_says_where_to_put_one(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE", "ANTHROPIC_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(anthropic.CredentialsError, match=r"ANTHROPIC_API_KEY.*nbstream\.demo\(\)"):
        nbstream.chat("Hello")
    assert nbstream.last is not None
    assert nbstream.last.status == "failed"


@pytest.mark.parametrize(
    ("client", "advice"),
    [
        (anthropic.Anthropic(api_key="k"), "AsyncAnthropic"),
        ("sk-secret-key", "async Anthropic client"),
        (object(), "async Anthropic client"),
    ],
)
def test_a_client_that_cannot_stream_is_refused_before_anything_is_shown(client: object, advice: str) -> None:
    before = nbstream.last
    with pytest.raises(TypeError, match=advice) as caught:
        nbstream.chat("Hello", client=client)
    assert "sk-secret" not in str(caught.value)
    assert nbstream.last is before


CALL = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
CALLED = [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": [CALL]}]


@pytest.mark.parametrize(
    "arguments",
    [
        {"prompt": ""},
        {"prompt": 3},
        {"prompt": "Hi", "messages": ["Hi"]},
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "user", "content": {"type": "text", "text": "Hi"}}]},
        {"messages": [{"role": "user", "content": []}]},
        {"prompt": "Hi", "messages": CALLED},
        {"model": "claude-opus-48"},
        {"max_tokens": 0},
        {"system": ""},
        {"budget": 0},
    ],
    ids=repr,
)
def test_what_cannot_be_sent_is_refused_before_anything_is_shown(arguments: dict[str, Any]) -> None:
    before = nbstream.last
    with pytest.raises((TypeError, ValueError)):
        nbstream.chat(**arguments)
    assert nbstream.last is before


def test_the_prompt_may_bring_the_result_of_the_last_call() -> None:
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "4"}
    chat = nbstream.chat([result], messages=CALLED, client=nbstream.demo("Four.", wait=0))
    assert chat.text == "Four."


def test_a_conversation_goes_on_in_another_chat(claude: ClaudeServer) -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}}
    url = claude.url("carried", text="A cat.", rate=None, thinking=["Hm."])
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url)
    first = nbstream.chat(["What is this?", image], client=client)
    second = nbstream.chat("Sure?", messages=first.messages, client=client)
    assert second.messages[:2] == first.messages
    assert claude.records_of("carried")[-1].body["messages"] == second.messages[:3]
    assert nbstream.chat(messages=second.messages).messages == second.messages


def test_what_is_asked_later_is_checked_too() -> None:
    chat = nbstream.chat("Hi", client=nbstream.demo("Hello.", wait=0))
    for request in ({"max_tokens": 0}, {"model": "claude-opus-48"}, {"system": " "}):
        with pytest.raises(ValueError):
            chat.ask("And?", **request)
    assert len(chat.messages) == 2


def test_the_signature_is_the_contracts() -> None:
    parameters = inspect.signature(nbstream.chat).parameters
    assert list(parameters) == [
        "prompt",
        "model",
        "models",
        "system",
        "max_tokens",
        "thinking",
        "effort",
        "output",
        "tools",
        "approve",
        "max_rounds",
        "messages",
        "file",
        "cache_control",
        "client",
        "stall_timeout",
        "wait",
        "show",
        "budget",
        "suggestions",
        "request",
    ]
    assert parameters["prompt"].default is None
    assert parameters["wait"].default is True
    assert parameters["request"].kind is inspect.Parameter.VAR_KEYWORD


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nbstream"):
        nbstream.nothing  # noqa: B018


def test_suggestions_go_to_the_page_as_they_are() -> None:
    chat = nbstream.chat(client=nbstream.demo(), suggestions=("What is in df?", "Plot it"))
    assert chat.get_state()["_suggestions"] == ["What is in df?", "Plot it"]
    assert nbstream.chat(client=nbstream.demo()).get_state()["_suggestions"] == []


@pytest.mark.parametrize(
    ("suggestions", "error", "said"),
    [
        ("Plot it", TypeError, r"suggestions is str: 'Plot it'; pass a list of texts"),
        ({"Plot it": 1}, TypeError, r"suggestions is dict: .*; pass a list of texts"),
        (7, TypeError, r"suggestions is int: 7; pass a list of texts"),
        (["Plot it", 7], TypeError, r"suggestions\[1\] is 7; give the text of a message"),
        (["Plot it", " "], ValueError, r"suggestions\[1\] is blank; give the text of a message"),
    ],
)
def test_a_suggestion_that_could_not_be_sent_is_refused(
    suggestions: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        nbstream.chat(client=nbstream.demo(), suggestions=suggestions)


def test_an_abandon_after_that_cannot_be_is_told_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(nbstream, "abandon_after", "soon")
    monkeypatch.setattr("nbstream.api.Chat", lambda *args, **_: made.append(args))
    with pytest.raises(ValueError, match=r"abandon_after is 'soon'"):
        nbstream.chat("Hi", client=nbstream.demo())
    assert made == []


def test_a_first_answer_does_not_wait_for_the_code_that_writes_its_text() -> None:
    loaded = "import sys, nbstream; nbstream.chat; print(*(m for m in sys.modules if 'nbstream' in m))"
    names = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert "nbstream.notebook.chat.widget" in names
    assert "safe_markdown" not in names
