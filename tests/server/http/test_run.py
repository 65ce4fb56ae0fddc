"""The addresses where a server may listen, its output, and its end."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette

from nbstream.server.http.auth import Authenticator
from nbstream.server.http.run import _page_url, _UvicornServer, bind_socket

TOKEN = "a-token/of the+test".replace(" ", "-")


def app_with(callers: Authenticator | None) -> Starlette:
    app = Starlette()
    if callers is not None:
        app.state.authenticator = callers
    return app


LOCAL_APP = app_with(Authenticator())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1"])
@pytest.mark.parametrize("app", [LOCAL_APP, app_with(None)])
def test_beyond_this_machine_an_app_without_authentication_is_refused(host: str, app: Starlette) -> None:
    with pytest.raises(ValueError, match=r"spends your money.*--token.*authorize=") as caught:
        bind_socket(app, host, 0)
    assert repr(host) in str(caught.value)


@pytest.mark.parametrize("callers", [Authenticator(TOKEN), Authenticator(authorize=lambda _: "ada")])
def test_an_app_with_authentication_may_listen_beyond_this_machine(callers: Authenticator) -> None:
    app = app_with(callers)
    with bind_socket(app, "0.0.0.0", 0) as listening:
        assert listening.getsockname()[0] == "0.0.0.0"
        # A browser on this machine can open this address.
        assert _page_url(app, listening).startswith("http://127.0.0.1:")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_on_this_machine_no_token_is_needed(host: str) -> None:
    with bind_socket(LOCAL_APP, host, 0) as listening:
        name, port = listening.getsockname()[:2]
        assert _page_url(LOCAL_APP, listening) == f"http://{f'[{name}]' if ':' in name else name}:{port}/"


async def started(server: _UvicornServer, listening: socket.socket) -> None:
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup([listening])
    await server.shutdown()


def test_a_collection_of_garbage_passes_over_the_objects_of_the_start() -> None:
    before = gc.get_freeze_count()
    with bind_socket(LOCAL_APP, "127.0.0.1", 0) as listening:
        config = uvicorn.Config(LOCAL_APP, log_config=None)
        asyncio.run(started(_UvicornServer(config, "an address"), listening))
    try:
        assert gc.get_freeze_count() > before + 10_000
    finally:
        gc.unfreeze()


def test_the_token_is_escaped_in_the_printed_address() -> None:
    app = app_with(Authenticator(TOKEN))
    with bind_socket(app, "127.0.0.1", 0) as listening:
        assert httpx2.URL(_page_url(app, listening)).params["token"] == TOKEN
        assert "/of" not in _page_url(app, listening)


def test_a_port_in_use_is_named_with_advice() -> None:
    with bind_socket(LOCAL_APP, "127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"Port {port} of '127.0.0.1' cannot be used .*in use.*0 for any free"):
            bind_socket(LOCAL_APP, "127.0.0.1", port)


def test_a_host_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ValueError, match=r"host is 'nowhere'.*127\.0\.0\.1"):
        bind_socket(LOCAL_APP, "nowhere", 0)


@pytest.mark.anyio
async def test_a_small_frame_is_sent_at_once() -> None:
    """asyncio sets TCP_NODELAY only for sockets that name TCP as their protocol."""
    made: list[asyncio.Protocol] = []
    delays: list[bool] = []

    class DelayProbe(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            option = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            delays.append(not option)
            made.append(self)
            transport.close()

    with bind_socket(LOCAL_APP, "127.0.0.1", 0) as listening:
        server = await asyncio.get_running_loop().create_server(DelayProbe, sock=listening)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await reader.read() == b""
        writer.close()
        server.close()
    assert delays == [False]


PROGRAM = """
import resource
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
import asyncio
from nbstream.server.http.auth import Authenticator
from nbstream.server.http.run import serve

async def text():
    yield "first"
    await asyncio.Event().wait()

app = Starlette(routes=[
    Route("/", lambda request: PlainTextResponse("page")),
    Route("/files", lambda request: PlainTextResponse(str(resource.getrlimit(resource.RLIMIT_NOFILE)[0]))),
    Route("/stream", lambda request: StreamingResponse(text())),
])
app.state.authenticator = Authenticator("a-token-of-this-test")
resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
serve(app, port=0)
"""


@pytest.fixture
def server_process() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in another process, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("nbstream: http://127.0.0.1:"), line + (process.stderr or process.stdout).read()
            yield process, line.removeprefix("nbstream: ").strip()
        finally:
            process.kill()


def test_the_server_prints_its_address_and_on_interrupt_ends_its_streams_silently(
    server_process: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = server_process
    answer = httpx2.get(address)
    assert answer.text == "page"
    assert "server" not in answer.headers
    with httpx2.stream("GET", address.replace("/?", "/stream?")) as response:
        pieces = response.iter_raw()
        assert next(pieces) == b"first"
        process.send_signal(signal.SIGINT)
        with pytest.raises(httpx2.RemoteProtocolError):
            next(pieces)
    output, errors = process.communicate(timeout=10)
    # There is no token in a log and no traceback for a stream, and the server does not wait for streams.
    assert (output, errors, process.returncode) == ("", "", 0)


def test_a_head_of_a_megabyte_is_refused_and_others_are_served(
    server_process: tuple[subprocess.Popen[str], str],
) -> None:
    _, address = server_process
    try:
        status = httpx2.get(address, headers={"X": "y" * 1_000_000}).status_code
    except httpx2.TransportError:
        status = 400
    assert status == 400
    assert httpx2.get(address).text == "page"


def test_the_server_raises_a_low_limit_of_open_files(
    server_process: tuple[subprocess.Popen[str], str],
) -> None:
    _, address = server_process
    assert int(httpx2.get(address.replace("/?", "/files?")).text) >= 4_000
