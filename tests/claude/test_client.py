"""The door to the SDK: clients, sentences for the reader, and the SDK's own figures."""

from __future__ import annotations

import asyncio
import gc

import anthropic
import httpx2
import pytest

from nbstream.claude import client as claude

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
    assert claude.explain(caught.value) == said


async def test_the_environments_client_is_made_once_and_anew_when_the_key_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-1")
    first = claude.client_for_this_loop(None)
    assert claude.client_for_this_loop(None) is first
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-2")
    assert claude.client_for_this_loop(None) is not first
    await claude.close_clients()
    assert first.is_closed()


async def test_a_readers_client_is_not_used_from_two_loops() -> None:
    readers = anthropic.AsyncAnthropic(api_key="sk-1", base_url="http://127.0.0.1:9/x", max_retries=7, timeout=5)
    ours = claude.client_for_this_loop(readers)
    assert ours._client is not readers._client
    assert (ours.api_key, ours.base_url, ours.max_retries, ours.timeout) == (
        readers.api_key,
        readers.base_url,
        readers.max_retries,
        readers.timeout,
    )
    assert claude.client_for_this_loop(readers) is ours
    await claude.close_clients()
    assert ours.is_closed()
    assert not readers.is_closed()
    await readers.close()


async def test_what_was_opened_for_a_readers_client_is_closed_with_it() -> None:
    readers = anthropic.AsyncAnthropic(api_key="sk-1", base_url="http://127.0.0.1:9/x")
    ours = claude.client_for_this_loop(readers, asyncio.get_running_loop())
    await readers.close()
    del readers
    gc.collect()
    async with asyncio.timeout(5):
        while not ours.is_closed():  # noqa: ASYNC110  its closing is nobody's event
            await asyncio.sleep(0)
    assert ours not in claude._clients.values()


async def test_a_client_with_its_own_http_client_is_used_as_it_is_and_left_open() -> None:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: httpx2.Response(200)))
    readers = anthropic.AsyncAnthropic(api_key="sk-1", http_client=http)
    assert claude.client_for_this_loop(readers) is readers
    await claude.close_clients()
    assert not readers.is_closed()
    await readers.close()


def test_the_backoff_is_the_sdks_half_a_second_doubled_up_to_eight() -> None:
    for attempt, seconds in enumerate([0.5, 1, 2, 4, 8, 8], start=1):
        assert 0.75 * seconds <= claude.backoff(attempt) <= seconds


def test_partial_messages_and_usage_are_the_sdks_types() -> None:
    message = claude.as_message(
        {"role": "assistant", "content": [{"type": "text", "text": "Hi"}], "stop_reason": None}
    )
    assert isinstance(message, anthropic.types.Message)
    assert message.content[0].text == "Hi"
    assert claude.as_usage({"output_tokens": 3}).input_tokens == 0
