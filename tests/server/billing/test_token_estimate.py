"""The estimate of a request's tokens: every text, call and file in it counts."""

from __future__ import annotations

import unicodedata
from random import Random
from typing import Any

import pytest

from nbstream.server.billing.token_estimate import (
    BLOCK_TOKENS,
    IMAGE_TOKENS,
    estimate_tokens,
    is_cached_for_an_hour,
)

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 9000}}


def block_tokens(block: dict[str, Any]) -> int:
    """The tokens of a block beside those of its type's name."""
    return estimate_tokens([block]) - estimate_tokens([block["type"]]) - BLOCK_TOKENS


@pytest.mark.parametrize(
    ("block", "tokens"),
    [
        (IMAGE, IMAGE_TOKENS),
        # The API counts the tokens of files.
        (
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "A" * 900}},
            0,
        ),
        ({"type": "text", "text": "x" * 300}, 301),
        ({"type": "text", "text": "ж" * 300}, 601),
        ({"type": "text", "text": "\x1b" * 300}, 301),
        ({"type": "text", "text": "𒀀" * 300}, 1201),
        # In the form that a tokenizer reads, this character is a phrase of 18 letters.
        ({"type": "text", "text": "\ufdfa" * 300}, 300 * 33 + 1),
        # A block of this kind is refused by the API; until then its bytes are text.
        ({"type": "base64", "data": "x" * 300}, 301),
    ],
)
def test_each_block_has_its_tokens(block: dict[str, Any], tokens: int) -> None:
    assert block_tokens(block) == tokens


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_no_text_has_more_bytes_in_any_form_of_unicode(size: int) -> None:
    random = Random(size)
    letters = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    marks = [char for char in letters if unicodedata.combining(char)]
    for _ in range(20_000):
        text = random.choice(letters) + "".join(random.choice(marks) for _ in range(size - 1))
        most_bytes = max(len(unicodedata.normalize(form, text).encode()) for form in ("NFC", "NFKC"))
        assert estimate_tokens([text]) > most_bytes, ascii(text)


def test_a_call_is_text_as_a_whole() -> None:
    call = {"type": "tool_use", "id": "a", "name": "b", "input": {"file": IMAGE}}
    assert estimate_tokens([call]) == pytest.approx(9000, rel=0.05)


@pytest.mark.parametrize(("ttl", "is_cached"), [("1h", True), ("5m", False)])
def test_a_block_anywhere_may_be_cached_for_an_hour(ttl: str, is_cached: bool) -> None:
    cached = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "ttl": ttl}}
    assert is_cached_for_an_hour([{"role": "user", "content": [cached]}]) is is_cached
    assert is_cached_for_an_hour([{"type": "tool_use", "input": cached}]) is is_cached
