"""The path below which a proxy serves the server: whether the proxy removes it from the address or not."""

from __future__ import annotations

from typing import Any

import pytest
from server.asgi import Exchange
from server.conftest import NewApp

from nbstream.server.http.root_path import RootPath, check_root_path

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("given", "path"), [("", ""), ("/", ""), ("/chat", "/chat"), ("/a/b-c_d.e~/", "/a/b-c_d.e~")]
)
def test_a_slash_at_the_end_makes_no_difference(given: str, path: str) -> None:
    assert check_root_path(given) == path


@pytest.mark.parametrize(
    "wrong", ["chat", "/chat?x", "//chat", "/a b", "/a//b", "https://a.example/chat", "/\r\nx"]
)
def test_anything_but_a_path_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"root_path is .*as in '/chat'"):
        check_root_path(wrong)


async def inner_path(root_path: str, path: str) -> str:
    """Return the path that the app finds in an address."""
    found: list[Any] = []

    async def app(scope: Any, _: Any, __: Any) -> None:
        found.append(scope)

    async def receive() -> Any:
        raise AssertionError

    async def send(_: Any) -> None:
        raise AssertionError

    await RootPath(app, root_path)({"type": "http", "path": path, "root_path": ""}, receive, send)
    [scope] = found
    assert scope["root_path"] == root_path
    assert scope["path"].startswith(root_path)
    return str(scope["path"][len(root_path) :])


@pytest.mark.parametrize("root_path", ["/chat", "/api", "/static", "/services/chat"])
@pytest.mark.parametrize("path", ["/", "/static/web.js", "/api/stream", "/api/stream/a-name-nobody-guesses"])
async def test_the_apps_path_is_found_whether_the_proxy_removes_the_root_path_or_not(
    root_path: str, path: str
) -> None:
    assert await inner_path(root_path, path) == path
    assert await inner_path(root_path, root_path + path) == path


async def test_other_paths_stay_what_they_are() -> None:
    assert await inner_path("/chat", "/nothing") == "/nothing"
    assert await inner_path("/chat", "/chatter/api/stream") == "/chatter/api/stream"


async def test_the_root_path_alone_leads_to_the_page(new_app: NewApp) -> None:
    app = await new_app("root-path", {}, root_path="/services/chat", token="a-token-of-the-test")
    for path, location in (("/services/chat", "chat/"), ("/services/chat?token=x", "chat/?token=x")):
        async with Exchange(app, "GET", path) as answer:
            assert (answer.status, answer.headers["location"]) == (307, location)
    async with Exchange(app, "GET", "/services/chat/") as answer:
        assert answer.status == 200
    async with Exchange(app, "GET", "/services/chat/?token=a-token-of-the-test") as answer:
        assert (answer.status, answer.headers["location"]) == (303, "./")
        assert "Path=/services/chat/" in answer.headers["set-cookie"]
