"""Authentication of callers. Every authenticated caller can spend the operator's money."""

from __future__ import annotations

import inspect
import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Iterator
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..errors import Refused
from .access_token import AccessToken
from .cors import check_headers, check_origins, cors_middleware

Authorize = Callable[[Request], str | Awaitable[str | None] | None]
"""The operator's own check of a request. It returns the caller's name, or `None` to refuse the request."""

PROXY_HEADERS = {"forwarded", "via", "x-real-ip"}
"""Headers that show that a proxy has forwarded a request. So do all headers that begin with `x-forwarded-`."""

LOCAL_CALLER = "this machine"
"""The name of callers on this machine, who cannot be told apart. Network addresses are not used as names, because
a laptop that changes its network gets another address, and its user must still find the answer."""

SHARED_NAMESPACE = "shared"
"""The namespace in Redis of all servers without a token. A database of its own separates such servers."""

TOKEN_NOT_SET = (
    "This server has no token, so it answers only its own machine, at the address localhost and without a proxy. "
    "To serve others, start it with --token (or NBSTREAM_TOKEN), or pass token= or authorize= to create_app."
)
TOKEN_REQUIRED = (
    "This server requires its token: send it as `Authorization: Bearer …`, or open the page at the address that "
    "the server printed when it started."
)


class Authenticator:
    """Determines the caller of a request, and refuses callers whom the operator does not serve.

    Args:
        token: A secret that callers send. All callers who have it count as one.
        authorize: The operator's own check, instead of a token.
        allow_origins: Origins of other sites whose pages may send requests.
        allow_headers: Headers that these requests may have in addition to those of `streamChat`.

    Attributes:
        token: The token, or `None`.
        namespace: A word for what this server keeps in a Redis that servers with other tokens may share.

    Raises:
        TypeError, ValueError: The token cannot be sent in a header, both a token and `authorize` are given, or
            there is a text that is not an origin or not the name of a header.
    """

    def __init__(
        self,
        token: str | None = None,
        authorize: Authorize | None = None,
        allow_origins: Iterable[str] = (),
        allow_headers: Iterable[str] = (),
    ) -> None:
        if token is not None and authorize is not None:
            raise ValueError("Pass token or authorize, not both; an authorize function can check a token itself.")
        self.token = None if token is None else AccessToken(token)
        self.namespace = SHARED_NAMESPACE if self.token is None else self.token.namespace
        self._authorize = authorize
        self._origins = check_origins(allow_origins)
        self._headers = check_headers(allow_headers)

    @property
    def requires_auth(self) -> bool:
        """Whether callers must identify themselves. If they need not, only this machine may be served."""
        return self.token is not None or self._authorize is not None

    def cors_middleware(self) -> list[Middleware]:
        """Return the middleware that lets pages of `allow_origins` send requests and read answers."""
        # The operator's own check may read a cookie. The cookie of the token is never sent by other sites' pages.
        return cors_middleware(self._origins, self._headers, has_cookies=self._authorize is not None)

    async def authenticate(self, request: Request) -> str:
        """Return the caller's name.

        Raises:
            Refused: The caller is not served. The error says what to do.
        """
        self._check_origin(request)
        name = await self._caller_name(request)
        # Only JSON is accepted, because a form on a page of another site can send other types without a preflight
        # request.
        if request.method == "POST" and _media_type(request) != "application/json":
            raise Refused(415, "Send JSON, with the header Content-Type: application/json.")
        return name

    async def _caller_name(self, request: Request) -> str:
        if self._authorize is not None:
            returned = self._authorize(request)
            name = await returned if inspect.isawaitable(returned) else returned
            if name is None:
                raise Refused(401, "This server does not know you; ask its operator how to identify yourself.")
            if not isinstance(name, str) or not name:
                raise TypeError(f"authorize returned {name!r}; return the caller's name, or None to refuse.")
            return name
        if self.token is None:
            _require_local_request(request)
            return LOCAL_CALLER
        if not _is_shown(request, self.token):
            raise Refused(401, TOKEN_REQUIRED, {"WWW-Authenticate": "Bearer"})
        return self.token.caller

    def login(self, request: Request) -> Response | None:
        """Answer `GET /?token=…` with a cookie and a redirect to the page's address without the token.

        Returns:
            The response; `None` if this server has no token or the address contains none.

        Raises:
            Refused: The token is wrong.
        """
        if self.token is None or (shown := request.query_params.get("token")) is None:
            return None
        if not self.token.matches(shown):
            raise Refused(401, TOKEN_REQUIRED)
        # The address is relative, because a proxy may serve the page below a path that this server does not know.
        response = RedirectResponse("./", 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        root_path = request.scope.get("root_path", "")
        response.set_cookie(
            _cookie_name(request),
            self.token.cookie,
            # Without a path, the cookie is for the folder of the page's address, as the browser sees it.
            path=f"{root_path}/" if root_path else None,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    def _check_origin(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin is None or origin in self._origins:
            return
        scheme, _, netloc = origin.partition("://")
        page = _host_and_port(netloc, scheme)
        # The default port depends on the page's scheme and not on that of this request, because a proxy may use
        # https with the page and http with this server.
        if page is not None and page == _host_and_port(request.headers.get("host", ""), scheme):
            return
        raise Refused(
            403,
            "Pages of this origin may not send requests here. The server's operator can add it to allow_origins. "
            "A proxy must pass on the Host header as it came (nginx: proxy_set_header Host $http_host).",
        )


def is_loopback(host: str) -> bool:
    """Whether a host's name or address always means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _require_local_request(request: Request) -> None:
    """Refuse a request that may not come from this machine.

    The client's address alone does not prove where a request comes from. A site can give its own host name the
    address of this machine (DNS rebinding), so the Host header must name this machine. A proxy on this machine
    forwards requests from other machines, so there must be no header that proxies add.
    """
    client = request.client.host if request.client else ""
    host = _host_and_port(request.headers.get("host", ""), "http")
    is_forwarded = any(name in PROXY_HEADERS or name.startswith("x-forwarded-") for name in request.headers)
    if is_forwarded or not is_loopback(client) or host is None or not is_loopback(host[0]):
        raise Refused(403, TOKEN_NOT_SET)


def _host_and_port(netloc: str, scheme: str) -> tuple[str, int] | None:
    """Split a text into a host and a port; `None` if the text is not valid.

    If the text has no port, the port is the default one of the scheme.
    """
    try:
        parts = urlsplit(f"//{netloc}")
        port = parts.port or (443 if scheme == "https" else 80)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None


def _is_shown(request: Request, token: AccessToken) -> bool:
    """Whether a request has the token in its header, or else the value derived from it in its cookie."""
    if shown := _bearer_token(request):
        return token.matches(shown)
    # Of servers below several paths of one host, a browser sends cookies of the same name.
    return any(token.matches_cookie(value) for value in _cookies(request, _cookie_name(request)))


def _cookies(request: Request, name: str) -> Iterator[str]:
    for pair in "; ".join(request.headers.getlist("cookie")).split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            yield value


def _bearer_token(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _cookie_name(request: Request) -> str:
    """Return the cookie's name. It contains the port, because a browser shares cookies among a host's ports."""
    address = _host_and_port(request.headers.get("host", ""), request.url.scheme)
    return f"nbstream-{address[1] if address else ''}"


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
