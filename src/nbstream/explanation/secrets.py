"""Secrets in a text: keys, tokens and passwords, replaced by a mark that names their kind.

A text may be a message, a comment or a string of any language. `source_secrets.py` reads Python source, in which a
value without quotes is code.
"""

from __future__ import annotations

import re

_MARK = re.compile(r"\[[A-Za-z ]+ removed\]")
_QUOTES = re.compile(r"""^(?i:[rbuf]{0,2})\\*["'`]+|\\*["'`]+[,;)\]}>]*$""")
"""The quotes at both ends of a string."""

_STRONG = (
    r"pass(?:words?|wds?|phrases?|code)|pwd|secrets?|secret[_-]?id|credentials?|token|jwt|api[_-]?keys?|"
    r"(?:access|account|private|signing|encryption|master|shared|secret|storage|subscription)[_-]?keys?|"
    r"(?<![A-Za-z])auth|authorization"
)
_WEAK = r"keys?|sig|signature|salt|cookies?|session(?:[_-]?id)?|pin|dsn"


def _ending_in(words: str) -> str:
    """Return a pattern of the ends of names, such as of `db_password`, `myToken` and `API_KEY_2`."""
    return rf"(?i:{words})(?:[_-]?\d+|[_-](?i:value|text|string|prod|dev|test))?"


SECRET_NAME = re.compile(rf"{_ending_in(_STRONG)}$")
"""Finds the end of a name whose value is a secret, whatever the value is."""

KEY_NAME = re.compile(rf"{_ending_in(_WEAK)}$")
"""Finds the end of a name whose value is a secret if it looks like one; see `looks_like_key`."""

_KEY_VALUE = re.compile(r"[0-9A-Fa-f]{16,}|(?=\D*\d)[A-Za-z0-9+/=_.~:%-]{16,}")

_ANNOTATION = r":\s*[A-Za-z_][\w.]*(?:\[[^\]\n]*\])?(?:\s*\|\s*[\w.]+)*\s*="
_ASSIGNED = rf"""(?:\\*["'`])?\]?(?:\s*(?:{_ANNOTATION}|=>|:=|==|!=|=|:)\s*|>)"""
_QUOTED = (
    r"""(?i:[rbuf]{0,2})(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`\n]*`"""
    r"""|\\+["'][^\n]*?\\+["'])"""
)
_UNCLOSED = r"""(?i:[rbuf]{0,2})\\*["'`][^\n]*"""
_GROUP = r"\([^()\n]*\)|\[[^\[\]\n]*\]|\{[^{}\n]*\}"
_BARE = r"\S+"

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|.*)",
    re.DOTALL,
)

_TOKENS = (
    ("Anthropic key", r"sk-ant-[A-Za-z0-9_-]{6,}"),
    ("API key", r"\bsk-[A-Za-z0-9_-]{16,}"),
    ("AWS key", r"\b(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{12,}"),
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,})"),
    ("GitLab token", r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w-]{16,}"),
    ("Slack token", r"\bxox[a-z]-[\w-]{8,}|\bxapp-[\w-]{8,}|hooks\.slack\.com/services/[\w/]+"),
    ("Google key", r"\bAIza[\w-]{30,}|\bya29\.[\w-]{16,}|\bGOCSPX-[\w-]{16,}"),
    ("Stripe key", r"\b(?:[rsp]k|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}"),
    ("Hugging Face token", r"\b(?:hf|api_org)_[A-Za-z0-9]{16,}"),
    ("package index token", r"\bpypi-[\w-]{16,}|\bnpm_[A-Za-z0-9]{16,}"),
    ("SendGrid key", r"\bSG\.[\w-]{12,}\.[\w-]{12,}"),
    ("Twilio key", r"\b(?:SK|AC)[0-9a-f]{32}\b"),
    ("Databricks token", r"\bdapi[0-9a-f]{32}"),
    ("DigitalOcean token", r"\bdo[a-z]_v1_[a-f0-9]{32,}"),
    ("Telegram token", r"\b\d{8,10}:[\w-]{35}\b"),
    ("JWT", r"\beyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)*"),
)

_NAMED_TOKEN = re.compile("|".join(f"(?P<k{index}>{pattern})" for index, (_, pattern) in enumerate(_TOKENS)))

_AUTH_SCHEME = re.compile(r"\b(?P<keep>(?i:bearer|basic|apikey|digest)\s+)(?P<value>[\w.~+/=:-]{8,})")
_URL_LOGIN = re.compile(r"(?P<keep>\b[A-Za-z][A-Za-z0-9+.-]{0,30}://)(?P<login>[^\s\"'`<>]{1,500})@")
MIN_URL_LOGIN_CHARS = 12
"""The shortest login of an address that counts as a secret without a password; `git@` is none."""

_STRONG_VALUE = re.compile(
    rf"(?P<keep>{_ending_in(_STRONG)}{_ASSIGNED}|--[\w-]*{_ending_in(_STRONG)}\s+)"
    rf"(?P<value>{_QUOTED}|{_UNCLOSED}|{_GROUP}|{_BARE})",
    re.DOTALL,
)
_WEAK_VALUE = re.compile(rf"(?P<keep>{_ending_in(_WEAK)}{_ASSIGNED})(?P<value>{_QUOTED}|[^\s&;,]+)", re.DOTALL)


def mark(kind: str, removed: str) -> str:
    """Return the mark of a removed secret, with as many line breaks as the secret: lines keep their numbers."""
    return f"[{kind} removed]" + "\n" * removed.count("\n")


def redact(text: str) -> str:
    """Replace the secrets in a text by marks such as `[password removed]`. Line breaks are kept."""
    text = redact_tokens(text)
    text = _STRONG_VALUE.sub(lambda match: match["keep"] + _mark_value(match), text)
    return _WEAK_VALUE.sub(_replace_weak, text)


def redact_tokens(text: str) -> str:
    """Replace the secrets that can be told by their form alone, and not by the name that stands before them."""
    text = _PRIVATE_KEY.sub(lambda match: mark("private key", match[0]), text)
    text = _URL_LOGIN.sub(_replace_login, text)
    text = _NAMED_TOKEN.sub(lambda match: mark(_TOKENS[int((match.lastgroup or "k0")[1:])][0], match[0]), text)
    return _AUTH_SCHEME.sub(lambda match: match["keep"] + mark("token", match["value"]), text)


def looks_like_key(value: str) -> bool:
    """Tell whether a text looks like a key: long, in one word, with a digit."""
    return _KEY_VALUE.fullmatch(value) is not None


def kind_of(name: str) -> str:
    """Return the word for a secret that has this name, for its mark."""
    name = name.lower()
    if "pass" in name or "pwd" in name:
        return "password"
    return "token" if "token" in name or "jwt" in name else "key" if "key" in name else "secret"


def _mark_value(match: re.Match[str]) -> str:
    if _MARK.fullmatch(match["value"]):
        # Another pattern has recognized the secret by its form and replaced it already.
        return match["value"]
    return mark(kind_of(match["keep"]), match["value"])


def _replace_weak(match: re.Match[str]) -> str:
    value = _QUOTES.sub("", match["value"]).rstrip(",;)]}>")
    return match["keep"] + _mark_value(match) if looks_like_key(value) else match[0]


def _replace_login(match: re.Match[str]) -> str:
    login = match["login"]
    # A user's name alone, as in `ssh://git@host`, is not a secret. A long one is a token.
    if ":" not in login and ("/" in login or len(login) < MIN_URL_LOGIN_CHARS):
        return match[0]
    return f"{match['keep']}{mark('login', login)}@"
