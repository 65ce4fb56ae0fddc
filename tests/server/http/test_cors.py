"""Pages of other sites: which of them, with which headers and with whose cookies."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nbstream.server.http.auth import Authenticator
from nbstream.server.http.cors import check_headers, check_origins

pytestmark = pytest.mark.anyio

FRIEND = "https://friend.example"


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example", "example.com", "https://a.example/", "https://A.example"]
)
def test_a_wrong_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="scheme, host and port"):
        check_origins([origin])


@pytest.mark.parametrize("header", ["*", "a b", "", "a:b", 7])
def test_a_wrong_header_is_refused(header: Any) -> None:
    with pytest.raises(ValueError, match="by its name"):
        check_headers([header])


def test_a_string_in_place_of_a_list_is_refused() -> None:
    with pytest.raises(TypeError, match="pass a list"):
        check_origins("https://a.example")
    with pytest.raises(TypeError, match="pass a list"):
        check_headers("traceparent")


async def send(
    callers: Authenticator, origin: str, *headers: str
) -> tuple[httpx2.Response, httpx2.Response | None]:
    """Send a preflight that asks for headers, and if it succeeds a request with a cookie."""

    async def post(request: Request) -> Response:
        return Response(await callers.authenticate(request))

    app = Starlette(routes=[Route("/", post, methods=["POST"])], middleware=callers.cors_middleware())
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ", ".join(["authorization", "content-type", "last-event-id", *headers]),
    }
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        response = await client.options("/", headers=asked)
        if not response.is_success:
            return response, None
        return response, await client.post("/", headers={"Origin": origin, "Cookie": "session=ada"}, json={})


async def test_the_preflight_of_an_allowed_origin_is_answered_and_its_page_reads_the_answer() -> None:
    preflight, answer = await send(Authenticator(allow_origins=[FRIEND]), FRIEND)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == FRIEND
    assert preflight.headers["access-control-allow-methods"] == "GET, POST, DELETE"
    assert "access-control-allow-credentials" not in preflight.headers
    assert answer is not None
    assert answer.text == "this machine"
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert answer.headers["access-control-expose-headers"] == "X-Stream-Id"


@pytest.mark.parametrize("origins", [(), (FRIEND,)])
async def test_the_preflight_of_another_origin_is_refused(origins: tuple[str, ...]) -> None:
    preflight, _ = await send(Authenticator(allow_origins=origins), "https://evil.example")
    assert preflight.is_client_error
    assert "access-control-allow-origin" not in preflight.headers


async def test_a_page_may_send_the_headers_that_the_operator_names_and_no_others() -> None:
    callers = Authenticator(allow_origins=[FRIEND], allow_headers=["traceparent", "X-Tenant"])
    preflight, answer = await send(callers, FRIEND, "traceparent", "x-tenant")
    assert preflight.status_code == 200
    assert answer is not None
    assert (await send(callers, FRIEND, "x-other"))[0].is_client_error
    assert (await send(Authenticator(allow_origins=[FRIEND]), FRIEND, "traceparent"))[0].is_client_error


async def test_a_page_may_send_the_operators_own_cookie_where_the_operator_checks_it() -> None:
    callers = Authenticator(authorize=lambda request: request.cookies.get("session"), allow_origins=[FRIEND])
    preflight, answer = await send(callers, FRIEND)
    assert answer is not None
    for response in (preflight, answer):
        assert response.headers["access-control-allow-credentials"] == "true"
        assert response.headers["access-control-allow-origin"] == FRIEND
    assert answer.text == "ada"
    preflight, _ = await send(callers, "https://evil.example")
    assert "access-control-allow-origin" not in preflight.headers
