"""Tests of a client with an HTTP client of one's own, which a cell and nbstream use on two loops."""

from __future__ import annotations

import asyncio
import copy
import ssl
from typing import Any

import anthropic
import httpx2
import pytest
from claude_server import ClaudeServer

import nbstream
from nbstream.claude import sdk_internals
from nbstream.claude.http_client import copy_client, with_own_connections

pytestmark = pytest.mark.anyio

QUESTION: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}


class Recorder(httpx2.AsyncBaseTransport):
    """A transport of a user's own around another one."""

    def __init__(self, wrapped: httpx2.AsyncBaseTransport) -> None:
        self.wrapped = wrapped
        self.paths: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.paths.append(request.url.path)
        return await self.wrapped.handle_async_request(request)

    async def aclose(self) -> None:
        await self.wrapped.aclose()


def test_the_copy_of_a_client_loads_no_certificates_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    def certificates_of(client: anthropic.AsyncAnthropic | None) -> ssl.SSLContext | None:
        return sdk_internals.ssl_context_of(sdk_internals.http_client_of(client))

    monkeypatch.setattr("httpcore2.default_ssl_context", lambda **_: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    client = anthropic.AsyncAnthropic(api_key="k")
    assert certificates_of(client) is not None
    assert certificates_of(copy_client(client)) is certificates_of(client)
    with monkeypatch.context() as without_private_name:
        without_private_name.setattr(sdk_internals, "ssl_context_of", lambda _: None)
        copied = copy_client(client)
    assert certificates_of(copied) not in (None, certificates_of(client))


@pytest.mark.parametrize("kind", ["plain", "sdk", "wrapped", "mounted"])
async def test_a_client_that_was_used_in_a_cell_works_in_both_places(kind: str, claude: ClaudeServer) -> None:
    transport = httpx2.AsyncHTTPTransport()
    recorder = Recorder(transport)
    http_client = {
        "plain": lambda: httpx2.AsyncClient(headers={"x-mine": "1"}),
        "sdk": anthropic.DefaultAsyncHttpxClient,
        "wrapped": lambda: httpx2.AsyncClient(transport=recorder),
        "mounted": lambda: httpx2.AsyncClient(mounts={"http://": transport}),
    }[kind]()
    url = claude.url(f"own-http-{kind}", text="Hello.", rate=None)
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0, http_client=http_client)

    async def ask_in_the_cell() -> int:
        async with client.messages.stream(**QUESTION) as stream:
            return len(await stream.get_final_text())

    assert await ask_in_the_cell() == 6
    chat = nbstream.chat("Hi", client=client, wait=False)
    await chat
    assert (chat.status, chat.text) == ("done", "Hello.")
    assert await ask_in_the_cell() == 6
    await chat.ask("And?", wait=False)
    assert chat.status == "done"
    headers = [record.headers.get("x-mine") for record in claude.records_of(f"own-http-{kind}")]
    assert headers == ["1" if kind == "plain" else None] * 4
    # The copy of a user's transport shares everything but its connections.
    assert recorder.paths == (["/own-http-wrapped/v1/messages"] * 4 if kind == "wrapped" else [])
    await client.close()
    chat.close()


async def test_a_copy_keeps_proxies_certificates_and_hooks_and_leaves_the_users_client_open() -> None:
    async def hook(request: httpx2.Request) -> None: ...

    context = ssl.create_default_context()
    users = httpx2.AsyncClient(proxy="http://127.0.0.1:9", verify=context, event_hooks={"request": [hook]})
    own = with_own_connections(users)
    assert own is not None
    assert own.event_hooks == users.event_hooks
    [proxied], [users_proxied] = own._mounts.values(), users._mounts.values()
    assert proxied._pool is not users_proxied._pool
    assert proxied._pool._proxy is users_proxied._pool._proxy
    assert own._transport._pool._ssl_context is context
    await own.aclose()
    assert not users.is_closed
    await users.aclose()
    assert with_own_connections(users) is None


async def test_a_transport_without_connections_is_used_as_it_is() -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200))
    async with httpx2.AsyncClient(transport=Recorder(transport)) as users:
        assert with_own_connections(users) is None
        unknown = copy.copy(users)
        del unknown._mounts
        assert with_own_connections(unknown) is None
    await asyncio.sleep(0)
