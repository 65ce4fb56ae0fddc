"""Requests that are refused before anything is sent, requests that pass, and the default fields."""

from __future__ import annotations

import re
from typing import Any

import anthropic
import pytest

import nbstream
from nbstream.conversation.reply.limits import ReplyLimits
from nbstream.conversation.request import checks as defaults
from nbstream.conversation.request.checks import check_request

OPUS = {"model": "claude-opus-4-8", "max_tokens": 100}


@pytest.mark.parametrize("budget", [None, 1, 0.001])
def test_a_budget_in_dollars_passes(budget: float | None) -> None:
    check_request(OPUS, budget=budget)


@pytest.mark.parametrize(
    ("budget", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (float("inf"), ValueError),
        (float("nan"), ValueError),
        (True, TypeError),
        ("1", TypeError),
    ],
)
def test_a_value_that_is_no_budget_is_refused(budget: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"budget is .*US dollars"):
        check_request(OPUS, budget=budget)


def test_a_budget_without_a_price_is_refused_with_the_line_that_adds_one(monkeypatch: pytest.MonkeyPatch) -> None:
    check_request({**OPUS, "model": "my-model"})
    with pytest.raises(ValueError, match=r"nbstream\.prices\['my-model'\] = nbstream\.Price.*leave budget out"):
        check_request({**OPUS, "model": "my-model"}, budget=1)
    with pytest.raises(ValueError, match=r"speed='fast'.*leave speed out"):
        check_request({**OPUS, "speed": "fast"}, budget=1)
    monkeypatch.setitem(nbstream.prices, "my-model", nbstream.Price(1, 1))
    check_request({**OPUS, "model": "my-model"}, budget=1)


def test_a_misspelt_model_is_refused_with_the_right_name() -> None:
    for client in (None, anthropic.AsyncAnthropic(api_key="k"), nbstream.demo()):
        with pytest.raises(ValueError, match=r"no model 'claude-opus-48'; did you mean 'claude-opus-4-8'\?"):
            check_request({**OPUS, "model": "claude-opus-48"}, client)
        check_request({**OPUS, "model": "claude-opus-9"}, client)


def test_model_names_are_not_checked_away_from_the_claude_api(monkeypatch: pytest.MonkeyPatch) -> None:
    slip = {**OPUS, "model": "claude-opus-48"}
    check_request(slip, anthropic.AsyncAnthropic(api_key="k", base_url="https://models.example.org"))
    check_request(slip, anthropic.AsyncAnthropicFoundry(api_key="k", resource="mine"))
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://models.example.org")
    check_request(slip)


@pytest.mark.parametrize(
    ("request_", "error", "words"),
    [
        ({"model": 3}, TypeError, "model is 3"),
        ({"model": " "}, ValueError, "give its name"),
        ({"max_tokens": None}, TypeError, "max_tokens is None"),
        ({"max_tokens": True}, TypeError, "max_tokens is True"),
        ({"max_tokens": 1e3}, TypeError, "max_tokens is 1000.0"),
        ({"max_tokens": 0}, ValueError, "1 or more"),
        ({"max_tokens": 128_001}, ValueError, "128,001, and a reply of claude-opus-4-8 has at most 128,000"),
        ({"model": "claude-haiku-4-5", "max_tokens": 64_001}, ValueError, "at most 64,000"),
        ({"system": ""}, ValueError, "leave system out"),
        ({"system": []}, ValueError, "leave system out"),
        ({"system": [{"type": "text", "text": " "}]}, ValueError, "leave system out"),
        ({"system": 3}, TypeError, "system is 3; give text"),
        ({"system": ["Be brief"]}, TypeError, "list of text blocks"),
    ],
)
def test_a_field_that_cannot_be_right_is_refused(
    request_: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=re.escape(words)):
        check_request({**OPUS, **request_})


@pytest.mark.parametrize(
    "request_",
    [
        {"max_tokens": 128_000},
        {"max_tokens": 300_000, "extra_headers": {"anthropic-beta": "output-300k-2026-03-24"}},
        {"model": "my-model", "max_tokens": 10**6},
        {"system": "Be brief"},
        {"system": [{"type": "text", "text": "Be brief", "cache_control": {"type": "ephemeral"}}]},
    ],
)
def test_a_field_that_may_be_right_passes(request_: dict[str, Any]) -> None:
    check_request({**OPUS, **request_})


@pytest.mark.parametrize("tools", [print, {"name": "web_search"}, "web_search"])
def test_a_value_that_is_no_list_of_definitions_is_refused(tools: Any) -> None:
    with pytest.raises(TypeError, match=r"^tools is .*; pass a list of definitions"):
        check_request({**OPUS, "tools": tools})


def test_functions_belong_to_the_chat_and_not_to_one_message() -> None:
    check_request({**OPUS, "tools": [{"type": "web_search_20260209", "name": "web_search"}]})
    with pytest.raises(TypeError, match=r"functions belong to the whole chat: nbstream\.chat"):
        check_request({**OPUS, "tools": [print]})


def test_given_fields_replace_the_defaults() -> None:
    sent, toolbox = defaults.build_defaults(
        None, model="m", system="Be brief", max_tokens=9, thinking=None, cache_control=None, service_tier="auto"
    )
    assert sent == {"model": "m", "max_tokens": 9, "service_tier": "auto", "system": "Be brief"}
    assert not toolbox.definitions


def test_effort_stands_beside_the_rest_of_the_output_config() -> None:
    request, _ = defaults.build_defaults(None, effort="low", output_config={"format": {}})
    assert request["output_config"] == {"format": {}, "effort": "low"}
    assert "output_config" not in defaults.build_defaults(None)[0]
    with pytest.raises(ValueError, match="effort is 'loud'; give one of low, medium"):
        defaults.build_defaults(None, effort="loud")


def test_the_limits_of_replies_are_the_users_or_the_defaults() -> None:
    assert defaults.reply_limits(50, None) == ReplyLimits()
    assert defaults.reply_limits(3, 5) == ReplyLimits(3, 5.0)


@pytest.mark.parametrize(
    ("rounds", "timeout", "error", "words"),
    [
        (0, None, ValueError, "max_rounds is 0; give 1 or more"),
        (2.5, None, TypeError, "max_rounds is 2.5; give the most requests"),
        (True, None, TypeError, "max_rounds is True"),
        (5, 0, ValueError, "stall_timeout is 0; give seconds above 0"),
        (5, "long", TypeError, "stall_timeout is 'long'; give seconds"),
        (5, float("nan"), ValueError, "stall_timeout is nan"),
    ],
)
def test_a_limit_that_cannot_be_kept_is_refused(
    rounds: Any, timeout: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        defaults.reply_limits(rounds, timeout)
