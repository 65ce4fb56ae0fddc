"""`nbstream.explain` over real HTTP: which exception it asks about, and that no secret leaves the kernel."""

from __future__ import annotations

import json
import string
import sys
import uuid
from pathlib import Path
from typing import Any

import anthropic
import pytest
from claude_server import ClaudeServer
from hypothesis import given, settings
from hypothesis import strategies as st

import nbstream
from nbstream.explanation import explain as module
from nbstream.tools import last_failure

from .failing import cell, failed, run


@pytest.fixture(autouse=True)
def nothing_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_explained", None)
    monkeypatch.setattr(last_failure, "_last", None)
    for name in ("last_exc", "last_value"):
        monkeypatch.delattr(sys, name, raising=False)


def show(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make an exception the one that Python's prompt or IPython has shown last."""
    monkeypatch.setattr(sys, "last_value", error, raising=False)
    monkeypatch.setattr(sys, "last_exc", error, raising=False)


@pytest.fixture
def client(claude: ClaudeServer) -> anthropic.AsyncAnthropic:
    url = claude.url("explain", text="Because.", rate=None)
    return anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)


def asked(claude: ClaudeServer) -> str:
    """The text of the last question that the server saw."""
    return str(claude.records_of("explain")[-1].body["messages"][-1]["content"])


def test_the_last_shown_exception_is_sent_and_the_answer_printed(
    claude: ClaudeServer,
    client: anthropic.AsyncAnthropic,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with failed("limit = 0\n1 / limit") as error:
        show(monkeypatch, error)
        chat = nbstream.explain(client=client, system="Be brief", max_tokens=7)
    assert chat.text == "Because."
    assert nbstream.last is chat
    assert capsys.readouterr().out == "Because.\n"
    body = claude.records_of("explain")[-1].body
    assert (body["system"], body["max_tokens"]) == ("Be brief", 7)
    assert asked(claude).startswith("Explain this error, and say how to mend it.\n")
    assert "ZeroDivisionError: division by zero" in asked(claude)
    assert "- `limit`: int" in asked(claude)
    # The question is the message that the user has sent, so it can be read.
    assert chat.messages[0]["content"] == asked(claude)


def test_a_question_of_the_users_own_is_sent_as_it_is(
    claude: ClaudeServer, client: anthropic.AsyncAnthropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(monkeypatch, ValueError("x"))
    nbstream.explain("Why, with token=abc?", client=client)
    assert asked(claude).startswith("Why, with token=abc?\n\nTraceback")


def test_in_an_except_block_it_is_the_exception_that_is_handled(
    claude: ClaudeServer, client: anthropic.AsyncAnthropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(monkeypatch, ValueError("shown before"))
    try:
        raise KeyError("handled")
    except KeyError:
        nbstream.explain(client=client)
    assert "KeyError: 'handled'" in asked(claude)
    nbstream.explain(client=client)
    assert "ValueError: shown before" in asked(claude)


def test_without_an_exception_it_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match=r"no exception in this kernel yet.* Run the cell that fails"):
        nbstream.explain()
    with pytest.raises(TypeError, match=r"question is a KeyError; .*nbstream.chat\(\[error"):
        nbstream.explain(KeyError("x"))  # type: ignore[arg-type]


def test_a_failure_of_explain_itself_is_not_what_the_next_call_asks_about(
    claude: ClaudeServer, client: anthropic.AsyncAnthropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError) as nothing_yet:
        nbstream.explain()
    show(monkeypatch, nothing_yet.value)
    with pytest.raises(RuntimeError, match="no exception in this kernel yet"):
        nbstream.explain()
    show(monkeypatch, ValueError("of the user"))
    refused = claude.url("explain-refused", status=(400, "invalid_request_error"))
    with pytest.raises(anthropic.BadRequestError) as failure:
        nbstream.explain(client=anthropic.AsyncAnthropic(api_key="k", base_url=refused))
    show(monkeypatch, failure.value)
    nbstream.explain(client=client)
    assert "ValueError: of the user" in asked(claude)


def test_a_tools_exception_is_the_last_one_until_a_cell_fails(
    claude: ClaudeServer, client: anthropic.AsyncAnthropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lookup(city: str) -> float:
        """The temperature of a city."""
        return {"Bern": 5.0}[city]

    show(monkeypatch, ValueError("shown before"))
    call = {"type": "tool_use", "id": "1", "name": "lookup", "input": {"city": "Oslo"}}
    claude_of_demo = nbstream.demo([call], "Unknown.", wait=0)
    assert nbstream.chat("How cold?", tools=[lookup], client=claude_of_demo).text == "Unknown."
    nbstream.explain(client=client)
    assert "KeyError: 'Oslo'" in asked(claude)
    assert "test_explain.py" in asked(claude)
    assert "- `city`: str, 4 characters" in asked(claude)
    show(monkeypatch, ValueError("shown after"))
    nbstream.explain(client=client)
    assert "ValueError: shown after" in asked(claude)


WORDS = st.text(string.ascii_letters + string.digits, min_size=20, max_size=40).filter(
    lambda text: len(set(text)) > 9
)

TOKENS = st.one_of(
    WORDS.map("sk-ant-api03-{}".format),
    WORDS.map("sk-proj-{}".format),
    st.text(string.ascii_uppercase + string.digits, min_size=16, max_size=16).map("AKIA{}".format),
    WORDS.map("ghp_{}".format),
    WORDS.map("github_pat_11{}".format),
    WORDS.map("xoxb-{}".format),
    WORDS.map("hf_{}".format),
    st.tuples(WORDS, WORDS, WORDS).map(lambda parts: "eyJ" + ".".join(parts)),
)
"""Secrets that are known by their form, wherever they stand."""

NAMES = st.sampled_from(
    [
        "password",
        "DB_PASSWORD",
        "api_key",
        "apiKey",
        "access_token",
        "clientSecret",
        "SECRET_KEY",
        "pwd",
        "passphrase",
    ]
)

KEY_NAMES = st.sampled_from(["key", "my_key", "signature", "salt"])

HEX = st.text("0123456789abcdef", min_size=32, max_size=64).filter(lambda text: len(set(text)) > 5)


@st.composite
def secrets(draw: st.DrawFn) -> tuple[str, str]:
    """A secret, and a text without quotes and braces in which it stands as people write it."""
    secret = draw(WORDS)
    name = draw(NAMES)
    form = draw(
        st.sampled_from(
            [
                "{name}={secret}",
                "{name}: {secret}",
                "--{name} {secret}",
                "postgresql://admin:{secret}@db.example.com:5432/x",
                "https://{secret}@sentry.example.com/1",
                "Authorization: Bearer {secret}",
                "-----BEGIN RSA PRIVATE KEY-----\\n{secret}\\n-----END RSA PRIVATE KEY-----",
                "TOKEN",
                "HEX",
            ]
        )
    )
    if form == "TOKEN":
        secret = draw(TOKENS)
        return secret, f"see {secret} there"
    if form == "HEX":
        secret = draw(HEX)
        return secret, f"{draw(KEY_NAMES)}={secret}"
    return secret, form.format(name=name, secret=secret)


@st.composite
def sources(draw: st.DrawFn) -> tuple[list[str], str]:
    """Secrets, and lines of Python in which they stand."""
    found, lines = [], []
    for _ in range(draw(st.integers(1, 3))):
        value, name = draw(WORDS), draw(NAMES)
        inner, text = draw(secrets())
        found += [value, inner]
        lines += [
            draw(
                st.sampled_from(
                    [
                        f"{name} = {value!r}",
                        f"{name}: str = '{value}'",
                        f"settings = {{'user': 'me', '{name}': '{value}'}}",
                        f"settings = dict(user='me', {name}='{value}', host='x')",
                        f"import os; os.environ['{name}'] = '{value}'",
                        f"user, {name} = 'me', '{value}'",
                        f"{name} = str(\n    '{value}'\n)",
                        f"{name} = '''\n{value}'''",
                    ]
                )
            ),
            draw(st.sampled_from([f"text = '{text}'", f"# {text}", f"text = 'x'  # {text}", f'text = f"{text}"'])),
        ]
    return found, "\n".join(lines)


FAILURES = st.sampled_from(
    [
        "raise ValueError(hidden) from OSError(other)",
        "error = ValueError(hidden); error.add_note(other); raise error",
        "raise ExceptionGroup(hidden, [ValueError(other), KeyError(hidden)])",
        "import beside; beside.fail(hidden, other)",
        "beside.fail(hidden, 'x'",
    ]
)


@settings(max_examples=25)
@given(in_cell=sources(), in_module=sources(), hidden=secrets(), other=secrets(), failure=FAILURES)
def test_no_secret_reaches_the_request(
    tmp_path_factory: pytest.TempPathFactory,
    claude: ClaudeServer,
    in_cell: tuple[list[str], str],
    in_module: tuple[list[str], str],
    hidden: tuple[str, str],
    other: tuple[str, str],
    failure: str,
) -> None:
    folder = tmp_path_factory.mktemp("beside")
    beside = f"beside_{uuid.uuid4().hex}"
    Path(folder, f"{beside}.py").write_text(
        f"{in_module[1]}\ndef fail(hidden, other):\n    {in_module[1].replace(chr(10), chr(10) + '    ')}\n"
        "    raise ValueError(hidden) from OSError(other)\n"
    )
    url = claude.url("explain", text="Because.", rate=None)
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    names: dict[str, Any] = {"__name__": "__main__", "hidden": hidden[1], "other": other[1]}
    with pytest.MonkeyPatch.context() as patch, cell(f"{in_cell[1]}\n{failure.replace('beside', beside)}") as name:
        patch.syspath_prepend(folder)
        show(patch, run(in_cell[1] + "\n" + failure.replace("beside", beside), name, names))
        nbstream.explain(client=client)
        sys.modules.pop(beside, None)
    sent = json.dumps(claude.records_of("explain")[-1].body)
    for secret in (*in_cell[0], *in_module[0], hidden[0], other[0]):
        assert secret not in sent
    assert "Versions: Python" in sent
