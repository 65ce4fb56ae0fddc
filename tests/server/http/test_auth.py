"""Authentication by token, by the operator's own check, or from this machine alone."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from starlette.requests import Request

from nbstream.server.errors import Refused
from nbstream.server.http.auth import Authenticator, is_loopback

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-test"
CALLER = "holder of the token c33cf58c9ca1"


def new_request(
    method: str = "GET",
    *,
    client: str | None = "127.0.0.1",
    host: str = "localhost:8000",
    query: str = "",
    scheme: str = "http",
    root: str = "",
    **headers: str,
) -> Request:
    named = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request(
        {
            "type": "http",
            "method": method,
            "scheme": scheme,
            "path": f"{root}/",
            "root_path": root,
            "query_string": query.encode(),
            "client": (client, 50_000) if client else None,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items()],
        }
    )


async def refusal(callers: Authenticator, request: Request) -> Refused:
    with pytest.raises(Refused) as caught:
        await callers.authenticate(request)
    assert TOKEN not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("client", "host"),
    [
        ("127.0.0.1", "localhost:8000"),
        ("127.0.0.1", "LOCALHOST"),
        ("127.3.2.1", "127.0.0.1:8000"),
        ("::1", "[::1]:8000"),
        ("::ffff:127.0.0.1", "localhost"),
    ],
)
async def test_without_a_token_this_machine_is_served(client: str, host: str) -> None:
    assert await Authenticator().authenticate(new_request(client=client, host=host)) == "this machine"


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"client": "192.168.1.7"}, id="another machine"),
        pytest.param({"client": "::ffff:192.168.1.7"}, id="another machine in IPv6"),
        pytest.param({"client": None}, id="a socket file, as proxies use"),
        pytest.param({"host": "evil.example:8000"}, id="another name with this address"),
        pytest.param({"host": "localhost.evil.example"}, id="a name that begins like ours"),
        pytest.param({"host": ""}, id="no name"),
        pytest.param({"host": "localhost:port"}, id="a port that is not a number"),
        pytest.param({"host": "[::1"}, id="half an address"),
        pytest.param({"x_forwarded_for": "127.0.0.1"}, id="a proxy"),
        pytest.param({"x_forwarded_proto": "https"}, id="a proxy that names the scheme"),
        pytest.param({"x_real_ip": "127.0.0.1"}, id="a proxy with nginx's usual header"),
        pytest.param({"forwarded": "for=127.0.0.1"}, id="a proxy with the standard header"),
        pytest.param({"via": "1.1 somebody"}, id="a proxy with a Via header"),
    ],
)
async def test_without_a_token_everyone_else_is_refused_with_advice(request_: dict[str, Any]) -> None:
    refused = await refusal(Authenticator(), new_request(**request_))
    assert refused.status == 403
    assert "--token" in refused.sentence
    assert "authorize=" in refused.sentence


async def test_a_caller_with_the_token_is_served_from_anywhere() -> None:
    callers = Authenticator(TOKEN)
    request = new_request(client="192.0.2.7", host="nbstream.example", x_forwarded_for="192.0.2.7")
    assert (await refusal(callers, request)).headers == {"WWW-Authenticate": "Bearer"}
    for scheme in ("Bearer", "bearer", "BEARER "):
        shown = new_request(client="192.0.2.7", host="nbstream.example", authorization=f"{scheme} {TOKEN}")
        assert await callers.authenticate(shown) == CALLER


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": "Bearer é\xff"},
        {"cookie": "nbstream-8000="},
        {"cookie": "nbstream-8000=another"},
        {"cookie": f"nbstream-9000={TOKEN}"},
        {"cookie": f"nbstream-8000={TOKEN}"},
        {"authorization": "Bearer another", "cookie": f"nbstream-8000={TOKEN}"},
        {"query": f"token={TOKEN}"},
    ],
)
async def test_anything_but_the_token_is_refused(shown: dict[str, str]) -> None:
    refused = await refusal(Authenticator(TOKEN), new_request(**shown))
    assert refused.status == 401
    assert "Authorization: Bearer" in refused.sentence


async def test_the_pages_address_with_the_token_gives_a_cookie_that_scripts_and_other_sites_cannot_use() -> None:
    callers = Authenticator(TOKEN)
    response = callers.login(new_request(query=f"token={TOKEN}"))
    assert response is not None
    assert (response.status_code, response.headers["location"]) == (303, "./")
    assert response.headers["cache-control"] == "no-store"
    cookie = response.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    # The browser takes the folder of the page's address, also where a proxy has removed a part of it.
    assert "Path" not in cookie
    assert "Secure" not in cookie
    # Every server on this host sees the cookie.
    assert TOKEN not in cookie
    assert await callers.authenticate(new_request(cookie=cookie.split(";")[0])) == CALLER
    # A proxy's own login may stand beside the cookie.
    assert (
        await callers.authenticate(new_request(cookie=cookie.split(";")[0], authorization="Basic eDp5")) == CALLER
    )


async def test_any_token_that_fits_a_header_gives_a_cookie() -> None:
    token = "".join(map(chr, range(0x21, 0x7F)))
    callers = Authenticator(token)
    response = callers.login(new_request(query=httpx2.QueryParams({"token": token}).__str__()))
    assert response is not None
    cookie = response.headers["set-cookie"].rsplit("; HttpOnly", 1)[0]
    assert (await callers.authenticate(new_request(cookie=cookie))).startswith("holder of the token ")


async def test_holders_of_other_tokens_are_other_callers_also_where_servers_share_a_redis() -> None:
    names = [
        await Authenticator(token).authenticate(new_request(authorization=f"Bearer {token}"))
        for token in (TOKEN, TOKEN + "2", TOKEN)
    ]
    assert names[0] == names[2] != names[1]
    assert not any(TOKEN in name for name in names)


def test_over_https_the_cookie_is_for_https_and_a_mounted_page_keeps_its_path() -> None:
    response = Authenticator(TOKEN).login(
        new_request(query=f"token={TOKEN}", scheme="https", host="a.example", root="/chat")
    )
    assert response is not None
    assert response.headers["location"] == "./"
    assert response.headers["set-cookie"].startswith("nbstream-443=")
    assert "; Path=/chat/" in response.headers["set-cookie"]
    assert "; Secure" in response.headers["set-cookie"]


def test_a_wrong_token_in_the_address_is_refused_and_without_one_nobody_logs_in() -> None:
    with pytest.raises(Refused) as caught:
        Authenticator(TOKEN).login(new_request(query="token=another"))
    assert caught.value.status == 401
    assert "another" not in caught.value.sentence
    assert Authenticator(TOKEN).login(new_request()) is None
    assert Authenticator().login(new_request(query="token=x")) is None


async def test_the_operators_own_check_may_be_sync_or_async() -> None:
    async def later(request: Request) -> str | None:
        return request.headers.get("x-user")

    for callers in (
        Authenticator(authorize=lambda request: request.headers.get("x-user")),
        Authenticator(authorize=later),
    ):
        assert callers.requires_auth
        assert await callers.authenticate(new_request(client=None, host="a.example", x_user="ada")) == "ada"
        assert (await refusal(callers, new_request())).status == 401


@pytest.mark.parametrize("said", [True, "", 7])
async def test_a_check_that_returns_no_name_is_an_error(said: Any) -> None:
    with pytest.raises(TypeError, match="return the caller's name"):
        await Authenticator(authorize=lambda _: said).authenticate(new_request())


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("https://nbstream.example", "nbstream.example"),
        ("https://nbstream.example", "NBstream.example:443"),
        ("http://nbstream.example", "nbstream.example:80"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://friend.example", "nbstream.example"),
    ],
)
async def test_the_servers_own_page_and_allowed_origins_may_send_requests(origin: str, host: str) -> None:
    callers = Authenticator(TOKEN, allow_origins=["https://friend.example"])
    assert await callers.authenticate(new_request(host=host, origin=origin, authorization=f"Bearer {TOKEN}"))


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:9000",
        "http://localhost",
        "https://friend.example.evil.example",
        "http://friend.example",
        "null",
        "",
        "http://",
        "http://[",
        "http://localhost:port",
    ],
)
async def test_pages_of_other_origins_are_refused_even_with_the_token(origin: str) -> None:
    callers = Authenticator(TOKEN, allow_origins=["https://friend.example"])
    refused = await refusal(callers, new_request(origin=origin, authorization=f"Bearer {TOKEN}"))
    assert refused.status == 403
    assert "allow_origins" in refused.sentence
    assert (await refusal(Authenticator(), new_request(origin=origin))).status == 403


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
async def test_a_post_of_json_is_accepted(kind: str) -> None:
    assert await Authenticator().authenticate(new_request("POST", content_type=kind))


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "text/plain; application/json"]
)
async def test_a_post_of_another_type_is_refused_because_a_form_of_another_site_could_send_it(kind: str) -> None:
    assert (await refusal(Authenticator(), new_request("POST", content_type=kind))).status == 415


def test_a_token_and_a_check_together_are_refused() -> None:
    with pytest.raises(ValueError, match="not both"):
        Authenticator(TOKEN, lambda _: "ada")


def test_names_and_addresses_of_this_machine_are_known() -> None:
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"]))
    assert not any(map(is_loopback, ["", "0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example"]))


async def test_of_several_cookies_of_one_name_any_may_be_the_servers_own() -> None:
    callers = Authenticator(TOKEN)
    response = callers.login(new_request(query=f"token={TOKEN}"))
    assert response is not None
    mine = response.headers["set-cookie"].split(";")[0]
    for cookies in (f"nbstream-8000=another; {mine}", f"{mine};nbstream-8000=another", f"a=b; {mine}; c"):
        assert await callers.authenticate(new_request(cookie=cookies)) == CALLER
    assert (await refusal(callers, new_request(cookie=f"x{mine}; nbstream-8000"))).status == 401
