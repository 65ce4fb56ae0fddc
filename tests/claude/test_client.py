"""Tests of the SDK's clients: made, copied and closed; and of the SDK's own figures and types."""

from __future__ import annotations

import asyncio
import gc
import math
from typing import Any

import anthropic
import httpx2
import pytest

from nbstream.claude import client as claude
from nbstream.claude.failures import errors

pytestmark = pytest.mark.anyio

REQUEST = httpx2.Request("POST", "https://api.example/v1/messages")


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE", "ANTHROPIC_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


async def test_without_a_key_one_line_says_where_to_put_it() -> None:
    with pytest.raises(anthropic.CredentialsError) as caught:
        claude.client_for_this_loop(None)
    said = str(caught.value)
    assert "ANTHROPIC_API_KEY" in said
    assert "nbstream.demo()" in said
    assert "\n" not in said
    assert errors.explain(caught.value) == said


async def test_the_environments_client_is_made_once_and_again_when_the_key_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-1")
    first = claude.client_for_this_loop(None)
    assert claude.client_for_this_loop(None) is first
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-2")
    assert claude.client_for_this_loop(None) is not first
    await claude.close_clients()
    assert first.is_closed()


async def test_a_users_client_is_not_used_from_two_loops() -> None:
    users = anthropic.AsyncAnthropic(api_key="sk-1", base_url="http://127.0.0.1:9/x", max_retries=7, timeout=5)
    ours = claude.client_for_this_loop(users)
    assert ours._client is not users._client
    assert (ours.api_key, ours.base_url, ours.max_retries, ours.timeout) == (
        users.api_key,
        users.base_url,
        users.max_retries,
        users.timeout,
    )
    assert claude.client_for_this_loop(users) is ours
    await claude.close_clients()
    assert ours.is_closed()
    assert not users.is_closed()
    await users.close()


async def test_connections_for_a_users_client_are_closed_with_it() -> None:
    users = anthropic.AsyncAnthropic(api_key="sk-1", base_url="http://127.0.0.1:9/x")
    ours = claude.client_for_this_loop(users, asyncio.get_running_loop())
    await users.close()
    del users
    gc.collect()
    async with asyncio.timeout(5):
        while not ours.is_closed():  # noqa: ASYNC110  no event reports that a client was closed
            await asyncio.sleep(0)
    assert ours not in claude._clients.values()


async def test_a_client_with_its_own_http_client_is_used_as_it_is_and_left_open() -> None:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: httpx2.Response(200)))
    users = anthropic.AsyncAnthropic(api_key="sk-1", http_client=http)
    assert claude.client_for_this_loop(users) is users
    await claude.close_clients()
    assert not users.is_closed()
    await users.close()


def test_the_backoff_doubles_from_half_a_second_up_to_eight() -> None:
    for attempt, seconds in enumerate([0.5, 1, 2, 4, 8, 8], start=1):
        assert 0.75 * seconds <= claude.backoff_seconds(attempt) <= seconds


def test_partial_messages_and_usage_are_the_sdks_types() -> None:
    message = claude.as_message(
        {"role": "assistant", "content": [{"type": "text", "text": "Hi"}], "stop_reason": None}
    )
    assert isinstance(message, anthropic.types.Message)
    assert message.content[0].text == "Hi"
    assert claude.as_usage({"output_tokens": 3}).input_tokens == 0


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({}, None),
        ({"base_url": "https://api.anthropic.com", "timeout": 5}, None),
        ({"base_url": "https://gateway.example/v1"}, 600.0),
        ({"base_url": "http://127.0.0.1:8080", "timeout": 30}, 30.0),
        ({"base_url": "http://127.0.0.1:8080", "timeout": httpx2.Timeout(5, read=90)}, 90.0),
        ({"base_url": "http://127.0.0.1:8080", "timeout": None}, math.inf),
    ],
)
def test_away_from_the_claude_api_the_clients_own_read_timeout_counts(
    options: dict[str, Any], seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    assert claude.read_timeout_seconds(anthropic.AsyncAnthropic(api_key="k", **options)) == seconds


async def test_a_client_for_many_requests_repeats_none(monkeypatch: pytest.MonkeyPatch) -> None:
    users = anthropic.AsyncAnthropic(api_key="k", max_retries=4)
    many, attempts = claude.client_for_many(users)
    assert (many.max_retries, attempts, many.api_key, users.max_retries) == (0, 5, "k", 4)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-many")
    assert claude.client_for_many(None)[0].api_key == "sk-many"
