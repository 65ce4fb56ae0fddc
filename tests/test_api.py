"""`nbstream.chat`: defaults, what it refuses, and what it sends."""

from __future__ import annotations

import inspect
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer

import nbstream
from nbstream import api


def sent(claude: ClaudeServer, name: str, **arguments: Any) -> dict[str, Any]:
    url = claude.url(name, text="Hi", rate=None)
    nbstream.chat("Hello", client=anthropic.AsyncAnthropic(api_key="k", base_url=url), **arguments)
    return claude.of(name)[-1].body


def test_the_defaults_are_the_contracts(claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBSTREAM_MODEL", raising=False)
    assert sent(claude, "defaults") == {
        "model": "claude-opus-4-8",
        "max_tokens": 64_000,
        "thinking": {"type": "adaptive", "display": "summarized"},
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


def test_everything_else_goes_to_the_api(claude: ClaudeServer) -> None:
    body = sent(
        claude,
        "rest",
        system="Be brief",
        max_tokens=9,
        stop_sequences=["END"],
        extra_body={"temperature": 0.1},
        messages=[{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}],
    )
    assert (body["system"], body["max_tokens"], body["stop_sequences"]) == ("Be brief", 9, ["END"])
    assert body["temperature"] == 0.1
    assert len(body["messages"]) == 3


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


@pytest.mark.parametrize("arguments", [{"prompt": ""}, {"prompt": 3}, {"prompt": "Hi", "messages": ["Hi"]}])
def test_what_cannot_be_sent_is_refused_before_anything_is_shown(arguments: dict[str, Any]) -> None:
    before = nbstream.last
    with pytest.raises((TypeError, ValueError)):
        nbstream.chat(**arguments)
    assert nbstream.last is before


def test_the_signature_is_the_contracts() -> None:
    parameters = inspect.signature(api.chat).parameters
    assert list(parameters) == [
        "prompt",
        "model",
        "system",
        "max_tokens",
        "thinking",
        "tools",
        "approve",
        "messages",
        "client",
        "wait",
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
        ("Plot it", TypeError, r"suggestions is 'Plot it'; pass a list of texts"),
        (7, TypeError, r"suggestions is 7; pass a list of texts"),
        (["Plot it", 7], TypeError, r"suggestions\[1\] is 7; each is a text"),
        (["Plot it", " "], ValueError, r"suggestions\[1\] is blank; write the message"),
    ],
)
def test_a_suggestion_that_could_not_be_sent_is_refused(
    suggestions: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        nbstream.chat(client=nbstream.demo(), suggestions=suggestions)
