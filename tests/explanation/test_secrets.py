"""Secrets in texts."""

from __future__ import annotations

import time

import pytest

from nbstream.explanation.secrets import kind_of, looks_like_key, redact

SECRET = "Xq9vLm2pTz7R"
"""A value without any form by which it could be recognized."""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"password={SECRET}", "password=[password removed]"),
        (f"password: {SECRET} for bob", "password: [password removed] for bob"),
        (f"db_password='{SECRET} {SECRET}' host=x", "db_password=[password removed] host=x"),
        (f'{{"apiKey": "{SECRET}", "user": "me"}}', '{"apiKey": [key removed], "user": "me"}'),
        (rf"{{\"client_secret\": \"{SECRET} 2\"}}", r"{\"client_secret\": [secret removed]}"),
        (f"--access-token {SECRET}", "--access-token [token removed]"),
        (f"os.environ['API_KEY_2'] = '{SECRET}'", "os.environ['API_KEY_2'] = [key removed]"),
        (f"<password>{SECRET}</password>", "<password>[password removed]"),
        (f'password = "{SECRET} {SECRET}', "password = [password removed]"),
        (f"auth=('me', '{SECRET}')", "auth=[secret removed]"),
        (f"passwords: ['a b', '{SECRET}']", "passwords: [password removed]"),
        (f"Authorization: Bearer {SECRET}", "Authorization: [secret removed] [token removed]"),
        (f"got Bearer {SECRET}.", "got Bearer [token removed]"),
        (f"postgresql://me:{SECRET}@db:5432/x", "postgresql://[login removed]@db:5432/x"),
        (f"https://{SECRET}@sentry.io/1", "https://[login removed]@sentry.io/1"),
        (f"AccountName=x;AccountKey={SECRET}", "AccountName=x;AccountKey=[key removed]"),
        (f"sk-ant-api03-{SECRET}", "[Anthropic key removed]"),
        (f"sk-proj-{SECRET}-{SECRET}", "[API key removed]"),
        ("AKIAIOSFODNN7EXAMPLE", "[AWS key removed]"),
        (f"ghp_{SECRET}{SECRET}", "[GitHub token removed]"),
        (f"github_pat_{SECRET}_{SECRET}", "[GitHub token removed]"),
        (f"glpat-{SECRET}{SECRET}", "[GitLab token removed]"),
        (f"xoxb-{SECRET}", "[Slack token removed]"),
        (f"AIza{SECRET}{SECRET}{SECRET}", "[Google key removed]"),
        (f"hf_{SECRET}{SECRET}", "[Hugging Face token removed]"),
        (f"sk_live_{SECRET}{SECRET}", "[Stripe key removed]"),
        (f"eyJ{SECRET}.{SECRET}.{SECRET}", "[JWT removed]"),
        ("key=0123456789abcdef", "key=[key removed]"),
        ("sig=abcdefabcdefabcd&x=1", "sig=[secret removed]&x=1"),
        (f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY----- x", "[private key removed]\n\n x"),
        (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}", "[private key removed]\n"),
    ],
)  # fmt: skip
def test_a_secret_is_replaced_by_a_mark_that_names_it(text: str, said: str) -> None:
    assert redact(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "the token is wrong, and so is the key",
        "password authentication failed for user bob",
        "KeyError: 'cty'",
        "sort(key=name)",
        "key = 'a column with 16 letters'",
        "ssh://git@host/x.git and https://example.com/a@b",
        "tokens=12 max_tokens=4096",
        "monkey = 3, keyboard: 4",
        "Basic usage, Bearer of news",
        "commit d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("name", "kind"),
    [("DB_PWD", "password"), ("passphrase", "password"), ("jwt", "token"), ("apiKey", "key"), ("auth", "secret")],
)
def test_the_mark_has_the_word_of_the_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_a_key_is_long_and_in_one_word() -> None:
    assert looks_like_key("abcdefabcdefabcd")
    assert looks_like_key("a-long-word-with-1-digit")
    assert not looks_like_key("a-long-word-without-a-digit")
    assert not looks_like_key("two words and 1 digit")


@pytest.mark.parametrize(
    "piece", ["a", "a://", "password", "sk-a-", "-----BEGIN PRIVATE KEY-----", "key='", '\\"', "("]
)
def test_a_long_text_takes_little_time(piece: str) -> None:  # fmt: skip
    begin = time.process_time()
    redact(piece * (40_000 // len(piece)))
    assert time.process_time() - begin < 2
