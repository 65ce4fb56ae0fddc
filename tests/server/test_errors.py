"""Errors become responses: a status, a sentence as JSON, and headers."""

from __future__ import annotations

import json

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from nbstream.server.errors import Refused, error_response


@pytest.mark.anyio
async def test_a_refusal_is_json_with_one_sentence() -> None:
    request = Request({"type": "http", "headers": []})
    response = await error_response(request, Refused(429, "Too many; wait — a moment.", {"Retry-After": "3"}))
    assert response.status_code == 429
    assert json.loads(bytes(response.body)) == {"error": "Too many; wait — a moment."}
    assert response.headers["retry-after"] == "3"
    assert response.headers["content-type"] == "application/json"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (HTTPException(404), 404, "There is nothing at this address; send questions to /api/stream, by POST."),
        (HTTPException(405, headers={"Allow": "GET"}), 405, "This address does not take PUT; it takes GET."),
        (HTTPException(403, "Only members may."), 403, "Only members may."),
        (
            RuntimeError("sk-secret"),
            500,
            "This server has failed; its operator finds the reason in its log.",
        ),
        (Refused(400, "Unknown field: f\ud800."), 400, "Unknown field: f?."),
    ],
)
async def test_any_error_is_json_with_one_sentence(error: Exception, status: int, sentence: str) -> None:
    response = await error_response(Request({"type": "http", "method": "PUT", "headers": []}), error)
    assert (response.status_code, json.loads(bytes(response.body))) == (status, {"error": sentence})
    assert response.headers.get("allow") == ("GET" if status == 405 else None)


def test_a_refusal_reads_as_its_sentence() -> None:
    assert str(Refused(404, "There is no such stream.")) == "There is no such stream."
    assert Refused(404, "There is no such stream.").headers == {}
