"""The limits of connections, with a clock that the test advances, and over real sockets."""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from nbstream.server.http import connection_limits as module
from nbstream.server.http.connection_limits import (
    HEAD_BYTES,
    HEAD_SECONDS,
    LINGER_BYTES,
    LINGER_SECONDS,
    PIECE_BYTES,
    READ_BYTES,
    STALL_SECONDS,
    LimitedProtocol,
)
from nbstream.server.http.limited_parser import MAX_HEAD_LINES

pytestmark = pytest.mark.anyio

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def ok_app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def streaming_app(scope: Any, receive: Any, send: Any) -> None:
    """Begin an answer, and let it run until the reader is gone."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


async def silent_app(scope: Any, receive: Any, send: Any) -> None:
    """Send nothing while there is a reader."""
    while (await receive())["type"] != "http.disconnect":
        pass


def new_config(app: Any) -> Config:
    config = Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        http=LimitedProtocol,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )
    config.load()
    return config


class FakeLoop:
    """A loop whose time the test advances. Tasks run on the real loop."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.create_task = asyncio.get_running_loop().create_task

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, then: Callable[[], None]) -> Any:
        timer = (self.now + delay, then)
        self.due.append(timer)
        return type("Timer", (), {"cancel": lambda _: timer in self.due and self.due.remove(timer)})()

    def advance(self, seconds: float) -> None:
        until = self.now + seconds
        while due := sorted((timer for timer in self.due if timer[0] <= until), key=lambda timer: timer[0]):
            self.due.remove(due[0])
            self.now = due[0][0]
            due[0][1]()
        self.now = until


class FakeTransport:
    """A transport that records what is written."""

    def __init__(self) -> None:
        self.is_closed = False
        self.written = b""
        self.has_eof = False
        self.waiting = 0
        self.high: int | None = None
        self.connection: object = None

    def set_write_buffer_limits(self, high: int) -> None:
        self.high = high

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, name: str) -> Any:
        return self.connection if name == "socket" else None

    def is_closing(self) -> bool:
        return self.is_closed

    def write(self, data: bytes) -> None:
        self.written += data

    def abort(self) -> None:
        self.is_closed = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.has_eof = True

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...

    close = abort


class FakeConnection:
    """A `LimitedProtocol` on a fake loop and a fake transport."""

    def __init__(self, app: Any = ok_app) -> None:
        self.loop = FakeLoop()
        self.transport = FakeTransport()
        self.protocol = LimitedProtocol(new_config(app), ServerState(), {}, _loop=self.loop)  # type: ignore[arg-type]
        self.protocol.connection_made(self.transport)  # type: ignore[arg-type]

    async def receive(self, data: bytes) -> None:
        self.protocol.data_received(data)
        await run_tasks()

    @property
    def is_closed(self) -> bool:
        return self.transport.is_closed


async def run_tasks() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_connection_that_sends_nothing_is_closed() -> None:
    line = FakeConnection()
    line.loop.advance(HEAD_SECONDS - 0.1)
    assert not line.is_closed
    line.loop.advance(0.1)
    assert line.is_closed


async def test_a_head_that_trickles_is_closed_however_steadily() -> None:
    line = FakeConnection()
    for byte in (GET * 10)[:9]:
        await line.receive(bytes([byte]))
        line.loop.advance(HEAD_SECONDS / 10)
    assert not line.is_closed
    line.loop.advance(HEAD_SECONDS / 10)
    assert line.is_closed
    assert line.transport.written == b""


async def test_on_a_kept_connection_the_clock_begins_with_the_next_heads_first_byte() -> None:
    line = FakeConnection()
    line.protocol.timeout_keep_alive = 1_000
    await line.receive(GET)
    assert line.transport.written.endswith(b"ok")
    line.loop.advance(HEAD_SECONDS * 2)
    await line.receive(b"G")
    line.loop.advance(HEAD_SECONDS - 0.1)
    assert not line.is_closed
    line.loop.advance(0.1)
    assert line.is_closed


async def test_no_timer_runs_while_the_app_handles_a_request() -> None:
    line = FakeConnection(silent_app)
    await line.receive(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
    for _ in range(20):
        await line.receive(b"x")
        line.loop.advance(HEAD_SECONDS)
    assert not line.is_closed
    line.protocol.connection_lost(None)
    await run_tasks()


async def test_a_body_that_trickles_on_after_its_answer_is_closed() -> None:
    line = FakeConnection()
    await line.receive(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
    assert line.transport.written.endswith(b"ok")
    assert line.transport.has_eof
    for _ in range(10):
        assert not line.is_closed
        await line.receive(b"x")
        line.loop.advance(LINGER_SECONDS / 10)
    line.loop.advance(0.1)
    assert line.is_closed


async def test_the_rest_of_a_body_is_not_parsed_once_its_answer_is_out(monkeypatch: pytest.MonkeyPatch) -> None:
    line = FakeConnection()
    await line.receive(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert line.transport.written.endswith(b"ok")
    monkeypatch.setattr(line.protocol.conn, "receive_data", lambda _: pytest.fail("the body was parsed"))
    sent_bytes = 0
    while not line.is_closed:
        await line.receive(b"1\r\nx\r\n" * 1_000)
        sent_bytes += 6_000
    assert sent_bytes <= LINGER_BYTES + 6_000


async def test_a_reader_that_takes_nothing_is_dropped() -> None:
    line = FakeConnection(streaming_app)
    assert line.transport.high == 0
    line.transport.waiting = 100
    await line.receive(GET)
    line.protocol.pause_writing()
    line.loop.advance(STALL_SECONDS - 0.1)
    assert not line.is_closed
    line.loop.advance(0.1)
    assert line.is_closed
    line.protocol.connection_lost(None)
    await run_tasks()


async def test_a_reader_that_takes_a_little_is_not_dropped_until_it_takes_nothing() -> None:
    line = FakeConnection(streaming_app)
    await line.receive(GET)
    line.transport.waiting = 1_000
    line.protocol.pause_writing()
    for _ in range(20):
        line.loop.advance(STALL_SECONDS * 0.9)
        line.transport.waiting -= 1
    assert not line.is_closed
    line.loop.advance(STALL_SECONDS * 1.3)
    assert line.is_closed
    line.protocol.connection_lost(None)
    await run_tasks()


async def test_bytes_that_the_system_delivers_count_as_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    line = FakeConnection(streaming_app)
    await line.receive(GET)
    queued = 1_000
    monkeypatch.setattr(module.fcntl, "ioctl", lambda *_: queued.to_bytes(4, sys.byteorder))
    line.transport.connection = object()
    line.transport.waiting = 1_000
    line.protocol.pause_writing()
    for _ in range(5):
        line.loop.advance(STALL_SECONDS * 0.9)
        queued -= 1
    assert not line.is_closed
    line.loop.advance(STALL_SECONDS * 1.3)
    assert line.is_closed
    line.transport.connection = None
    line.protocol.connection_lost(None)
    await run_tasks()


async def test_the_stall_timer_starts_anew_after_a_reader_has_taken_everything() -> None:
    line = FakeConnection(streaming_app)
    await line.receive(GET)
    for _ in range(3):
        line.transport.waiting = 1_000
        line.protocol.pause_writing()
        line.loop.advance(STALL_SECONDS * 0.9)
        line.protocol.resume_writing()
        line.loop.advance(STALL_SECONDS * 3)
    assert not line.is_closed
    line.protocol.connection_lost(None)
    await run_tasks()


async def test_a_closed_connection_has_no_timers() -> None:
    line = FakeConnection(streaming_app)
    line.protocol.pause_writing()
    line.protocol.connection_lost(None)
    assert line.loop.due == []


@pytest.mark.parametrize(("app", "ends"), [(streaming_app, True), (silent_app, False)])
async def test_on_shutdown_streams_are_closed_and_short_answers_may_finish(app: Any, ends: bool) -> None:
    line = FakeConnection(app)
    await line.receive(GET)
    line.protocol.shutdown()
    assert line.is_closed == ends
    line.protocol.connection_lost(None)
    await run_tasks()


@pytest.mark.parametrize("app", [ok_app, streaming_app, silent_app])
async def test_garbage_in_a_body_closes_the_connection_before_and_after_the_answer(app: Any) -> None:
    line = FakeConnection(app)
    await line.receive(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    said = line.transport.written
    await line.receive(b"no chunk\r\n")
    if app is ok_app:
        # The answer is out, so the rest of the body is not looked at.
        line.loop.advance(LINGER_SECONDS)
    assert line.is_closed
    assert line.transport.written == said
    line.protocol.connection_lost(None)
    await run_tasks()


# Over real sockets.


@asynccontextmanager
async def serve_app(app: Any = ok_app) -> AsyncIterator[tuple[Any, list[LimitedProtocol], list[Any]]]:
    """Serve an app. Yields the address, the connections, and the errors that the loop reports."""
    loop = asyncio.get_running_loop()
    connections: list[LimitedProtocol] = []
    loop_errors: list[Any] = []
    loop.set_exception_handler(lambda _, context: loop_errors.append(context))
    config, state = new_config(app), ServerState()

    def make() -> LimitedProtocol:
        connections.append(LimitedProtocol(config, state, {}))
        return connections[-1]

    server = await loop.create_server(make, "127.0.0.1", 0, backlog=512)
    try:
        yield server.sockets[0].getsockname(), connections, loop_errors
    finally:
        server.close()
        for connection in connections:
            connection.transport.abort()
        await server.wait_closed()
        await run_tasks()
        loop.set_exception_handler(None)


async def with_timeout(wait: Awaitable[Any], seconds: float = 10.0) -> Any:
    async with asyncio.timeout(seconds):
        return await wait


async def send_and_read(address: Any, *says: bytes) -> bytes:
    """Send data, which the server may cut off, and read the whole response."""
    reader, writer = await asyncio.open_connection(*address)
    answer = b""
    try:
        for data in says:
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass
    try:
        while data := await with_timeout(reader.read(65_536)):
            answer += data
    except ConnectionError:
        pass
    writer.transport.abort()
    return answer


async def test_clients_are_served_while_others_hold_half_heads_open_and_those_are_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "HEAD_SECONDS", 1.0)
    async with serve_app() as (address, connections, loop_errors):
        slow = [await asyncio.open_connection(*address) for _ in range(200)]
        for _, writer in slow:
            writer.write(GET[:-2])
        # Connections are accepted in their order, so all slow ones are accepted once this one is.
        await send_and_read(address, GET)
        assert len(connections) == 201
        monkeypatch.undo()
        for _ in range(19):
            assert (await send_and_read(address, GET)).startswith(b"HTTP/1.1 200 ")
        for reader, writer in slow:
            assert await with_timeout(reader.read()) == b""
            writer.transport.abort()
        assert len(connections) == 220
        assert all(connection.transport.is_closing() for connection in connections)
        assert loop_errors == []


async def test_connections_that_wait_for_a_request_make_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 20)
    async with serve_app() as (address, connections, loop_errors):
        idle = [await asyncio.open_connection(*address) for _ in range(100)]
        await send_and_read(address, GET)
        assert sum(not connection.transport.is_closing() for connection in connections) <= 20
        assert loop_errors == []
        for _, writer in idle:
            writer.transport.abort()


@pytest.mark.parametrize("size", [HEAD_BYTES + PIECE_BYTES, 200_000, 1_000_000])
async def test_a_head_that_is_too_large_is_refused_and_the_server_lives(size: int) -> None:
    head = GET[:-2] + b"X: " + b"y" * size + b"\r\n\r\n"
    async with serve_app() as (address, _, loop_errors):
        assert (await send_and_read(address, head))[:12] in (b"", b"HTTP/1.1 400")
        assert (await send_and_read(address, GET)).startswith(b"HTTP/1.1 200 ")
        assert loop_errors == []


async def test_a_large_head_that_is_not_too_large_is_served() -> None:
    head = GET[:-2] + b"Cookie: " + b"y" * (HEAD_BYTES - 200) + b"\r\n\r\n"
    async with serve_app() as (address, _, _loop_errors):
        assert (await send_and_read(address, head)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(("lines", "status"), [(MAX_HEAD_LINES - 1, b"200"), (MAX_HEAD_LINES + 1, b"400")])
@pytest.mark.parametrize("pause", [False, True])
async def test_a_head_of_very_many_lines_is_refused(lines: int, status: bytes, pause: bool) -> None:
    headers = b"".join(b"a%d: b\r\n" % number for number in range(lines - 2))
    line = FakeConnection()
    for part in [GET[:-2], headers, b"\r\n"] if pause else [GET[:-2] + headers + b"\r\n"]:
        await line.receive(part)
    assert line.transport.written.startswith(b"HTTP/1.1 " + status)


async def test_only_a_few_bytes_are_read_before_other_connections_get_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []
    taken = LimitedProtocol.data_received

    def take(self: LimitedProtocol, data: bytes) -> None:
        read.append(len(data))
        taken(self, data)

    monkeypatch.setattr(LimitedProtocol, "data_received", take)
    chunked = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serve_app() as (address, _, _loop_errors):
        # A small chunk costs as much as a large one.
        chunks = (b"40\r\n" + b"x" * 64 + b"\r\n") * 2_000
        assert (await send_and_read(address, chunked + chunks)).startswith(b"HTTP/1.1 200 ")
    assert max(read) <= READ_BYTES


@pytest.mark.parametrize("app", [ok_app, streaming_app])
async def test_garbage_is_refused_and_the_server_lives(app: Any) -> None:
    dice = random.Random(6)
    chunked = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serve_app(app) as (address, _, loop_errors):
        for each in range(60):
            start = dice.choice([b"", GET, GET[: dice.randrange(len(GET))], chunked, chunked + b"3\r\nabc\r\n"])
            await send_and_read(address, start, dice.randbytes(dice.randrange(1, 3_000)) + b"\r\n\r\n")
            assert loop_errors == [], each
        assert (await send_and_read(address, GET)).startswith(b"HTTP/1.1 200 ")


async def test_a_reader_that_takes_nothing_is_dropped_and_costs_little_until_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "STALL_SECONDS", 0.4)
    handed = 0
    left = asyncio.Event()

    async def talk(scope: Any, receive: Any, send: Any) -> None:
        nonlocal handed
        await send({"type": "http.response.start", "status": 200, "headers": []})
        listening = asyncio.ensure_future(receive_all(receive))
        while not listening.done():
            await send({"type": "http.response.body", "body": b"x" * 1_000, "more_body": True})
            handed += 1_000
            await asyncio.sleep(0)
        left.set()

    async def receive_all(receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serve_app(talk) as (address, connections, _):
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, address)
            await loop.sock_sendall(client, GET)
            await with_timeout(left.wait())
        [connection] = connections
        assert connection.transport.is_closing()
        # Bytes on their way, in the system's buffer and in asyncio's. With uvicorn alone they were 3,900,000.
        assert handed < 300_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports them")
def test_the_system_reports_bytes_that_it_has_not_delivered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as reader:
        reader.connect(listening.getsockname())
        connection, _ = listening.accept()
        with connection:
            assert module._unsent_bytes(connection) == 0
            connection.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    connection.send(bytes(65_536))
            assert module._unsent_bytes(connection) > 0


def test_small_frames_are_sent_at_once_on_any_listening_socket() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as connection,
    ):
        assert not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        module._limit_buffers(connection)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
