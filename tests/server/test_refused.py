"""A refusal is an answer: its status, a sentence as JSON, and the headers that go with it."""

from __future__ import annotations

import json

import pytest
from starlette.requests import Request

from nbstream.server.refused import Refused, answer


@pytest.mark.anyio
async def test_a_refusal_is_json_with_one_sentence() -> None:
    request = Request({"type": "http", "headers": []})
    response = await answer(request, Refused(429, "Too many; wait — a moment.", {"Retry-After": "3"}))
    assert response.status_code == 429
    assert json.loads(bytes(response.body)) == {"error": "Too many; wait — a moment."}
    assert response.headers["retry-after"] == "3"
    assert response.headers["content-type"] == "application/json"


def test_a_refusal_reads_as_its_sentence() -> None:
    assert str(Refused(404, "There is no such stream.")) == "There is no such stream."
    assert Refused(404, "There is no such stream.").headers == {}
