"""Who asks, and may they? Whoever passes here spends the operator's money."""

from __future__ import annotations

import inspect
import ipaddress
import re
from collections.abc import Awaitable, Callable, Iterable
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..errors import Refused

Authorize = Callable[[Request], str | Awaitable[str | None] | None]
"""What an operator's own check looks like: the caller's name, or `None` to refuse."""

FORWARDED = {"forwarded", "via", "x-real-ip"}
"""What proxies add to a request, beside what begins with `x-forwarded-`."""

HOLDER = "holder of the token"
THIS_MACHINE = "this machine"
"""Callers' names where there is nothing to tell them apart by. Not addresses: a laptop that changes its network
comes back with another one, and shall find its answer."""

NEEDS_TOKEN = (
    "This server has no token, so it answers only its own machine, asked for as localhost and without a proxy. "
    "To serve others, start it with --token (or NBSTREAM_TOKEN), or pass token= or authorize= to create_app."
)
SHOW_TOKEN = (
    "This server asks for its token: send it as `Authorization: Bearer …`, or open the page by the address that "
    "the server printed when it started."
)


class Authenticator:
    """Tells who asks, and refuses whom the operator does not serve.

    Args:
        token: What callers show; all who have it are one caller.
        authorize: The operator's own check, instead of a token.
        allow_origins: Other sites whose pages may ask.

    Attributes:
        token: As passed.

    Raises:
        TypeError, ValueError: A token that no header can carry, both ways at once, or what is no origin.
    """

    def __init__(
        self, token: str | None = None, authorize: Authorize | None = None, allow_origins: Iterable[str] = ()
    ) -> None:
        if token is not None and authorize is not None:
            raise ValueError("Pass token or authorize, not both: authorize can compare a token of its own.")
        if token is not None and not re.fullmatch("[!-~]+", token):
            raise ValueError(
                "The token is empty, or has characters that a header cannot carry; use letters and digits, as "
                "secrets.token_urlsafe() makes them."
            )
        self.token = token
        self._authorize = authorize
        self._origins = _origins(allow_origins)

    @property
    def are_asked(self) -> bool:
        """Whether a stranger is told from a caller, so that others than this machine may be served."""
        return self.token is not None or self._authorize is not None

    def cors(self) -> list[Middleware]:
        """What lets the pages of `allow_origins` ask and read; nothing where there are none."""
        if not self._origins:
            return []
        return [
            Middleware(
                CORSMiddleware,
                allow_origins=self._origins,
                allow_methods=["GET", "POST", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
                expose_headers=["X-Stream-Id"],
            )
        ]

    async def name_of(self, request: Request) -> str:
        """The caller's name.

        Raises:
            Refused: They are not served; the sentence says what to do.
        """
        self._check_origin(request)
        name = await self._name_of(request)
        # A form of another site can send any other type without asking the server first.
        if request.method == "POST" and _media_type(request) != "application/json":
            raise Refused(415, "Send JSON, with the header Content-Type: application/json.")
        return name

    async def _name_of(self, request: Request) -> str:
        if self._authorize is not None:
            said = self._authorize(request)
            name = await said if inspect.isawaitable(said) else said
            if name is None:
                raise Refused(401, "This server does not know you; ask its operator what to send.")
            if not isinstance(name, str) or not name:
                raise TypeError(f"authorize returned {name!r}; return the caller's name, or None to refuse.")
            return name
        if self.token is None:
            _check_that_it_is_this_machine(request)
            return THIS_MACHINE
        if not self._is_token(_bearer(request) or request.cookies.get(_cookie(request), "")):
            raise Refused(401, SHOW_TOKEN, {"WWW-Authenticate": "Bearer"})
        return HOLDER

    def entry(self, request: Request) -> Response | None:
        """The answer to `GET /?token=…`: a cookie, and the page's address without the token.

        Returns:
            `None` where no token is asked for or none is shown.

        Raises:
            Refused: It is another token.
        """
        if self.token is None or (shown := request.query_params.get("token")) is None:
            return None
        if not self._is_token(shown):
            raise Refused(401, SHOW_TOKEN)
        response = RedirectResponse(
            f"{request.scope.get('root_path', '')}/",
            303,
            {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
        )
        secure = request.url.scheme == "https"
        response.set_cookie(_cookie(request), self.token, httponly=True, samesite="strict", secure=secure)
        return response

    def _is_token(self, shown: str) -> bool:
        return self.token is not None and compare_digest(shown.encode(), self.token.encode())

    def _check_origin(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin is None or origin in self._origins:
            return
        scheme, _, netloc = origin.partition("://")
        page = _place(netloc, scheme)
        # A proxy speaks https with the page and http with us; the name is the same.
        if page is not None and page == _place(request.headers.get("host", ""), scheme):
            return
        raise Refused(
            403,
            "Pages of this origin may not ask here. The server's operator can name it in allow_origins; a proxy "
            "in front must pass the Host header on as it came (nginx: proxy_set_header Host $http_host).",
        )


def is_loopback(host: str) -> bool:
    """Whether a name or an address means this machine and can mean no other."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _origins(origins: Iterable[str]) -> frozenset[str]:
    if isinstance(origins, str):
        raise TypeError(f"allow_origins is {origins!r}; pass a list, as in allow_origins=[{origins!r}].")
    found = frozenset(origins)
    for origin in found:
        if not re.fullmatch(r"https?://[^/*?#@\sA-Z]+", origin):
            raise ValueError(
                f"allow_origins has {origin!r}; name each site as browsers do, as in 'https://example.com' or "
                "'http://localhost:5173': scheme, host and port in small letters, no path, no *."
            )
    return found


def _check_that_it_is_this_machine(request: Request) -> None:
    """The client's address alone is not enough.

    A page of any site can give its own name this machine's address (DNS rebinding), and is then found out by the
    Host header. A proxy on this machine asks for strangers.
    """
    client = request.client.host if request.client else ""
    host = _place(request.headers.get("host", ""), "http")
    is_forwarded = any(name in FORWARDED or name.startswith("x-forwarded-") for name in request.headers)
    if is_forwarded or not is_loopback(client) or host is None or not is_loopback(host[0]):
        raise Refused(403, NEEDS_TOKEN)


def _place(netloc: str, scheme: str) -> tuple[str, int] | None:
    """Host and port; the scheme's own port is often left out. `None` for what is no host and port."""
    try:
        parts = urlsplit(f"//{netloc}")
        port = parts.port or (443 if scheme == "https" else 80)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None


def _bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _cookie(request: Request) -> str:
    """The cookie's name. Browsers share cookies between the ports of a host, and so would two servers."""
    place = _place(request.headers.get("host", ""), request.url.scheme)
    return f"nbstream-{place[1] if place else ''}"


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
