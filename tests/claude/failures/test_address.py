"""Addresses in words: what stands there, what to change, and never a secret."""

from __future__ import annotations

import httpx2
import pytest

from nbstream.claude.failures.address import MAX_QUOTED_CHARS, address_advice, address_of, describe_body, has_slip


def test_an_address_is_named_without_its_secrets() -> None:
    url = httpx2.URL("https://me:sk-7@gateway.example:8443/llm/v1/messages?key=sk-8#sk-9")
    assert address_of(url) == "https://gateway.example:8443/llm/v1/messages"


@pytest.mark.parametrize(
    ("base", "right"),
    [
        ("https://api.anthropic.com/v1", "https://api.anthropic.com"),
        ("http://localhost:11434/v1/", "http://localhost:11434"),
        ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com"),
        ("https://gateway.example/llm/v1/chat/completions", "https://gateway.example/llm"),
    ],
)
def test_a_path_that_the_sdk_adds_is_taken_off(base: str, right: str) -> None:
    url = httpx2.URL(f"{base.rstrip('/')}/v1/messages")
    assert has_slip(url)
    assert address_advice(url) == f"The SDK adds /v1/messages by itself: write base_url='{right}'."


def test_at_a_wrong_address_the_right_kind_of_address_is_named() -> None:
    url = httpx2.URL("https://example.org/v1/messages")
    assert not has_slip(url)
    assert (
        address_advice(url) == "Check base_url: a server of the Messages API answers at base_url + '/v1/messages'."
    )


@pytest.mark.parametrize(
    ("body", "media_type", "words"),
    [
        (b"", "", "nothing"),
        (b" \n", "text/html", "nothing"),
        (b"<!DOCTYPE html><html><head><title>\n Sign  in</title>", "", 'a web page ("Sign in")'),
        (b"<!-- x --><HTML>", "", "a web page"),
        (b"Hello <b>you</b>", "text/html; charset=utf-8", "a web page"),
        (b"data: {}\n\n", "text/event-stream", "a stream whose events have no names, as OpenAI's have"),
        (b"upstream\r\nconnect error", "text/plain", 'text ("upstream connect error")'),
        (b"\x1b[31mred", "", 'text ("[31mred")'),
        (b"\xff\xfe\x00", "image/png", "data of another kind"),
        (b"x" * 500, "", f'text ("{"x" * MAX_QUOTED_CHARS}…")'),
    ],
)
def test_a_body_is_described_in_a_few_words(body: bytes, media_type: str, words: str) -> None:
    assert describe_body(body, media_type) == words
