"""Pages of other sites that may send requests here (cross-origin resource sharing)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

OWN_HEADERS = ("Authorization", "Content-Type", "Last-Event-ID")
"""The headers that the requests of `streamChat` have."""


def check_origins(origins: Iterable[str]) -> frozenset[str]:
    """Return origins as a set.

    Raises:
        TypeError, ValueError: A text is not an origin.
    """
    if isinstance(origins, str):
        raise TypeError(f"allow_origins is {origins!r}; pass a list, as in allow_origins=[{origins!r}].")
    checked = frozenset(origins)
    for origin in checked:
        if not re.fullmatch(r"https?://[^/*?#@\sA-Z]+", origin):
            raise ValueError(
                f"allow_origins has {origin!r}; write each origin as browsers do, as in 'https://example.com' or "
                "'http://localhost:5173': scheme, host and port in lower case, no path, no *."
            )
    return checked


def check_headers(headers: Iterable[str]) -> list[str]:
    """Return names of headers in a fixed order, without repetitions.

    Raises:
        TypeError, ValueError: A text is not the name of a header.
    """
    if isinstance(headers, str):
        raise TypeError(f"allow_headers is {headers!r}; pass a list, as in allow_headers=[{headers!r}].")
    checked = sorted({*headers}, key=str)
    for name in checked:
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9!#$%&'+.^_`|~-]+", name):
            raise ValueError(
                f"allow_headers has {name!r:.80}; give each header that the page sends by its name, as in "
                "'traceparent', and no *."
            )
    return checked


def cors_middleware(origins: Iterable[str], headers: Iterable[str], *, has_cookies: bool) -> list[Middleware]:
    """Return the middleware that lets pages of other origins send requests and read answers.

    Args:
        origins: The origins; if there are none, no middleware is needed.
        headers: Headers that their requests may have in addition to those of `streamChat`.
        has_cookies: Whether their requests may have cookies.
    """
    origins = sorted(origins)
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=[*OWN_HEADERS, *headers],
            allow_credentials=has_cookies,
            expose_headers=["X-Stream-Id"],
        )
    ]
