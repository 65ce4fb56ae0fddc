"""The token: what may be one, and what is derived from it."""

from __future__ import annotations

import pytest

from nbstream.server.http.access_token import AccessToken
from nbstream.server.http.auth import SHARED_NAMESPACE, Authenticator

TOKEN = "a-token-of-the-test"


@pytest.mark.parametrize("token", ["", "with space", "line\nbreak", "é"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_printed(token: str) -> None:
    with pytest.raises(ValueError, match="token_urlsafe") as caught:
        AccessToken(token)
    assert not token or token not in str(caught.value)


def test_a_token_that_is_too_short_is_refused_and_not_printed() -> None:
    with pytest.raises(ValueError, match=r"has 15 characters.*at least 16") as caught:
        AccessToken("fifteen-letters")
    assert "fifteen" not in str(caught.value)
    AccessToken("sixteen--letters")


def test_only_the_token_itself_matches() -> None:
    token = AccessToken(TOKEN)
    assert token.matches(TOKEN)
    assert token.matches_cookie(token.cookie)
    for wrong in ("", TOKEN + "x", TOKEN[:-1], token.cookie, "é"):
        assert not token.matches(wrong)
    for wrong in ("", TOKEN, token.caller, token.namespace):
        assert not token.matches_cookie(wrong)


def test_nothing_that_is_derived_from_a_token_shows_it_or_is_that_of_another_token() -> None:
    one, other, same = AccessToken(TOKEN), AccessToken(TOKEN + "2"), AccessToken(TOKEN)
    for name in ("caller", "namespace", "cookie"):
        assert getattr(one, name) == getattr(same, name) != getattr(other, name)
    derived = {one.caller.split()[-1], one.namespace, one.cookie}
    assert not any(text in longer for text in derived for longer in derived - {text})
    assert TOKEN not in f"{one!r} {one.caller} {one.namespace} {one.cookie}"


def test_servers_with_other_tokens_have_other_namespaces_and_those_without_share_one() -> None:
    assert Authenticator(TOKEN).namespace == AccessToken(TOKEN).namespace != SHARED_NAMESPACE
    assert Authenticator().namespace == Authenticator(authorize=lambda _: "ada").namespace == SHARED_NAMESPACE
