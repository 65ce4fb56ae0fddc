"""The reader of bodies: one body, one caller's bodies and all bodies have limits of bytes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.requests import Request

from nbstream.server import Limits, Refused
from nbstream.server.http.body_reader import BodyReader

pytestmark = pytest.mark.anyio


def new_request(*chunks: bytes, is_complete: bool = True, **headers: str) -> Request:
    """A request whose body comes in chunks, and goes on if it is not complete."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks) or not is_complete}
        for number, chunk in enumerate(chunks, 1)
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else await asyncio.get_running_loop().create_future()

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive)


async def refusal(bodies: BodyReader, request: Request, caller: str = "ada") -> Refused:
    with pytest.raises(Refused) as caught:
        async with bodies.read(request, caller):
            pytest.fail("the body was read")
    return caught.value


async def test_a_body_is_read_in_any_chunks() -> None:
    async with BodyReader(Limits()).read(new_request(b"ab", b"", b"c"), "ada") as body:
        assert body == b"abc"


@pytest.mark.parametrize("request_", [new_request(b"x" * 11), new_request(b"", content_length="11")])
async def test_a_body_that_is_too_large_is_refused(request_: Request) -> None:
    refused = await refusal(BodyReader(Limits(body_bytes=10)), request_)
    assert refused.status == 413
    assert "larger than 10 bytes" in refused.sentence


async def test_a_body_that_does_not_arrive_in_time_is_refused_and_counts_no_longer() -> None:
    bodies = BodyReader(Limits(body_bytes=10, body_seconds=0.01, bodies_bytes=10))
    for _ in range(3):
        assert (await refusal(bodies, new_request(b"x" * 10, is_complete=False))).status == 408


async def test_the_bytes_of_one_callers_bodies_are_limited() -> None:
    bodies = BodyReader(Limits(body_bytes=25, bodies_bytes_per_caller=20))
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(bodies.read(new_request(b"x" * 10), "ada"))
        refused = await refusal(bodies, new_request(b"x" * 5, b"x"))
        assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
        assert "from you" in refused.sentence
        async with bodies.read(new_request(b"x" * 10), "bob"):
            pass
        async with bodies.read(new_request(b"x" * 5), "ada"):
            pass
    async with bodies.read(new_request(b"x" * 25), "ada"):
        pass
    assert not bodies._bytes_in_flight


async def test_the_bytes_of_all_bodies_are_limited() -> None:
    bodies = BodyReader(Limits(body_bytes=25, bodies_bytes=20))
    async with bodies.read(new_request(b"x" * 20), "ada"):
        refused = await refusal(bodies, new_request(b"x" * 6), "bob")
        assert refused.status == 429
        assert "25 bytes are arriving here" in refused.sentence
    async with bodies.read(new_request(b"x" * 25), "bob"):
        pass
