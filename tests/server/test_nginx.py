"""The server behind a real nginx, which by default buffers and compresses answers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
from claude_server import ClaudeServer, prose
from server.nginx import Nginx
from server.site import AppServer, set_heartbeat, text_of

STALL_AFTER_TOKENS = 5

Events = Iterator[dict[str, Any]]


@contextmanager
def ask(url: str, **body: Any) -> Iterator[tuple[httpx.Response, Events]]:
    """Ask with a client that accepts compression, as browsers do. Yields the response and its events."""
    with (
        httpx.Client(timeout=20) as client,
        httpx_sse.connect_sse(client, "POST", f"{url}/api/stream", json={"prompt": "Hello", **body}) as source,
    ):
        yield source.response, (event.json() for event in source.iter_sse())


def text_until(events: Events, length: int) -> str:
    text = ""
    while len(text) < length:
        text += next(events).get("text", "")
    return text


def test_text_is_not_held_back_and_leaving_closes_the_request_to_claude(
    claude: ClaudeServer, tmp_path: Path
) -> None:
    text = prose(50)
    upstream = claude.url("nginx-stall", text=text, rate=None, stall_after=STALL_AFTER_TOKENS)
    with AppServer(upstream) as site, Nginx(tmp_path, site.port) as nginx:
        with ask(nginx.url, id="not-held-back-at-all") as (response, events):
            said = "".join(text[:STALL_AFTER_TOKENS])
            assert text_until(events, len(said)) == said
            assert response.headers["content-encoding"] == "gzip"
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert response.headers["cache-control"] == "no-cache, no-transform"
            assert response.headers["x-stream-id"] == "not-held-back-at-all"
            at = time.time()
        record = claude.records_of("nginx-stall")[-1]
        claude.wait_for(lambda: not record.is_open)
        assert record.disconnected_at is not None
        assert record.disconnected_at - at < 1.0


@pytest.mark.parametrize(("heartbeat", "whole"), [(0.2, True), (15.0, False)])
def test_heartbeats_keep_a_silent_stream_open(
    claude: ClaudeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heartbeat: float, whole: bool
) -> None:
    set_heartbeat(monkeypatch, heartbeat)
    text = prose(50)
    upstream = claude.url(f"nginx-silence-{whole}", text=text, rate=None, first=2.0)
    with (
        AppServer(upstream) as site,
        Nginx(tmp_path, site.port, "proxy_read_timeout 1s;") as nginx,
        ask(nginx.url) as (_, events),
    ):
        if whole:
            assert text_of(events) == "".join(text)
        else:
            with pytest.raises((EOFError, httpx.RemoteProtocolError)):
                text_of(events)


def test_a_client_that_comes_back_through_nginx_gets_the_missing_events(
    claude: ClaudeServer, tmp_path: Path
) -> None:
    text = "".join(prose(100))
    upstream = claude.url("nginx-resume", text=text, rate=200)
    with AppServer(upstream, resume_for=30) as site, Nginx(tmp_path, site.port) as nginx:
        url = f"{nginx.url}/api/stream"
        with (
            httpx.Client(timeout=20) as client,
            httpx_sse.connect_sse(client, "POST", url, json={"prompt": "Hello"}) as source,
        ):
            stream = source.response.headers["x-stream-id"]
            event = next(event for event in source.iter_sse() if "text" in event.json())
        headers = {"Last-Event-ID": event.id}
        with (
            httpx.Client(timeout=20) as client,
            httpx_sse.connect_sse(client, "GET", f"{url}/{stream}", headers=headers) as source,
        ):
            rest = text_of(event.json() for event in source.iter_sse())
        assert json.loads(event.data)["text"] + rest == text
    assert len(claude.records_of("nginx-resume")) == 1


@pytest.mark.parametrize(("root_path", "removes_path"), [("", True), ("/chat", True), ("/chat", False)])
def test_below_a_path_the_login_leads_to_the_page_and_its_cookie_is_for_that_path_alone(
    claude: ClaudeServer, tmp_path: Path, root_path: str, removes_path: bool
) -> None:
    upstream = claude.url("nginx-path", text="Yes.", rate=None)
    token = "a-token-of-the-test"
    keep_host = "proxy_set_header Host $http_host;"
    with (
        AppServer(upstream, token=token, root_path=root_path) as site,
        Nginx(tmp_path, site.port, keep_host, path="/chat/", removes_path=removes_path) as nginx,
        httpx.Client(base_url=nginx.url, timeout=20, follow_redirects=True) as client,
    ):
        page = client.get("/chat", params={"token": token})
        assert page.status_code == 200
        assert str(page.url) == f"{nginx.url}/chat/"
        assert all(token not in str(step.headers.get("location", "")) for step in page.history[1:])
        [cookie] = client.cookies.jar
        assert cookie.path.rstrip("/") == "/chat"
        # The page's files and requests have addresses relative to its own.
        for path in re.findall(r'(?:href|src)="(static/[^"]+)"', page.text):
            assert client.get(f"/chat/{path}").status_code == 200
        with httpx_sse.connect_sse(client, "POST", "/chat/api/stream", json={"prompt": "Hello"}) as source:
            assert text_of(event.json() for event in source.iter_sse()) == "Yes."
        assert "cookie" in client.get("/chat/").request.headers
        assert "cookie" not in client.get("/chatter/").request.headers
