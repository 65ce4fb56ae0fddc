"""Token of a server: its rules, and the texts that are derived from it and do not show it."""

from __future__ import annotations

import hmac
import re
from hmac import compare_digest

MIN_TOKEN_CHARS = 16
"""The shortest token: 64 random bits even in hexadecimal digits. A shorter one could be guessed."""

CALLER_DIGEST_CHARS = 12
"""Hexadecimal digits by which the holders of different tokens are told apart."""

NAMESPACE_CHARS = 16
"""Hexadecimal digits by which servers with different tokens are told apart in a Redis that they share."""

TOKEN_CALLER = "holder of the token"
"""The name of a caller who has the token. All of them count as one caller, because they cannot be told apart."""


class AccessToken:
    """A secret that callers send.

    Args:
        text: The secret.

    Attributes:
        text: The same.
        caller: The name of all who have the token. Servers with other tokens have other callers.
        namespace: A word for what this server keeps in a Redis that other servers may share.
        cookie: The value of the page's cookie. A browser sends a cookie to every port of its host, so other
            servers there see it.

    Raises:
        ValueError: The token cannot be sent in a header, or is too short.
    """

    def __init__(self, text: str) -> None:
        if not re.fullmatch("[!-~]+", text):
            raise ValueError(
                "The token is empty, or has characters that a header cannot carry; use letters and digits, as "
                "secrets.token_urlsafe() returns them."
            )
        if len(text) < MIN_TOKEN_CHARS:
            raise ValueError(
                f"The token has {len(text)} characters, and a short one can be guessed; use at least "
                f"{MIN_TOKEN_CHARS}, as secrets.token_urlsafe() returns them."
            )
        self.text = text
        self.caller = f"{TOKEN_CALLER} {self._derive('caller')[:CALLER_DIGEST_CHARS]}"
        self.namespace = self._derive("redis")[:NAMESPACE_CHARS]
        self.cookie = self._derive("cookie")

    def __repr__(self) -> str:
        return "AccessToken(…)"

    def matches(self, shown: str) -> bool:
        """Whether a text is the token. The comparison takes the same time for every text of its length."""
        return compare_digest(shown.encode(), self.text.encode())

    def matches_cookie(self, value: str) -> bool:
        """Whether a text is the value of the page's cookie."""
        return compare_digest(value.encode(), self.cookie.encode())

    def _derive(self, purpose: str) -> str:
        return hmac.digest(self.text.encode(), f"nbstream {purpose}".encode(), "sha256").hex()
