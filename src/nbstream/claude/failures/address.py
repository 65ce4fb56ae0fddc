"""Addresses of servers: what answered at one, and what to change in `base_url`."""

from __future__ import annotations

import re

import httpx2

MESSAGES_PATH = "/v1/messages"
"""The path that the SDK adds to the address of a server."""

MAX_QUOTED_CHARS = 80
"""The most characters of a web page's title, or of a text, that an error quotes. They are enough to recognize a
login page."""

_SLIP = re.compile(r"/(v1|v1/messages|v1/chat/completions|chat/completions)/?$")
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


def address_of(url: httpx2.URL) -> str:
    """Return an address without a name, a password or parameters, which may be secrets."""
    port = "" if url.port is None else f":{url.port}"
    return f"{url.scheme}://{url.host}{port}{url.path}"


def has_slip(url: httpx2.URL) -> bool:
    """Return whether `base_url` ends in a path that the SDK adds by itself."""
    return _SLIP.search(_base(url)) is not None


def address_advice(url: httpx2.URL) -> str:
    """Return a sentence on what to change in `base_url`, after nothing was found at the address of a request."""
    base = _base(url)
    if (slip := _SLIP.search(base)) is not None:
        return f"The SDK adds {MESSAGES_PATH} by itself: write base_url={base[: slip.start()]!r}."
    return f"Check base_url: a server of the Messages API answers at base_url + {MESSAGES_PATH!r}."


def describe_body(body: bytes, media_type: str = "") -> str:
    """Describe a body that is no answer of the Messages API, in a few words without markup."""
    if not body.strip():
        return "nothing"
    if _HTML.match(body) or "html" in media_type.lower():
        title = _TITLE.search(body)
        words = quote(title[1].decode("utf-8", "replace")) if title is not None else ""
        return f"a web page ({words})" if words else "a web page"
    if re.match(rb"\s*data:", body):
        return "a stream whose events have no names, as OpenAI's have"
    words = quote(body.decode("utf-8", "replace"))
    return f"text ({words})" if words and "\ufffd" not in words else "data of another kind"


def quote(text: str) -> str:
    """Return a text in quotation marks, as one short line that can be printed; empty if nothing is left of it."""
    words = " ".join(text.split())
    printable = "".join(char for char in words if char.isprintable())
    cut = printable if len(printable) <= MAX_QUOTED_CHARS else f"{printable[:MAX_QUOTED_CHARS]}…"
    return f'"{cut}"' if cut else ""


def _base(url: httpx2.URL) -> str:
    return address_of(url).removesuffix(MESSAGES_PATH)
