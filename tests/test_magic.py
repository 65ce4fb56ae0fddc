"""`%%chat` and `%explain` in IPython's own shell, without a kernel."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import anthropic
import pandas
import pytest
from claude_server import ClaudeServer, prose
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import nbstream
from nbstream.explanation import explain
from nbstream.tools import last_failure


@pytest.fixture(scope="module")
def ipython() -> InteractiveShell:
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.run_line_magic("load_ext", "nbstream")
    return shell


@pytest.fixture
def names(ipython: InteractiveShell, claude: ClaudeServer) -> dict[str, Any]:
    """The shell's variables, with a client to talk to."""
    ipython.reset()
    url = claude.url("magic", text="Hi!", rate=None)
    ipython.user_ns["mine"] = anthropic.AsyncAnthropic(api_key="k", base_url=url)
    return ipython.user_ns


Run = Callable[[str, str], None]


@pytest.fixture
def run(ipython: InteractiveShell, names: dict[str, Any]) -> Run:
    def run(line: str, cell: str) -> None:
        assert ipython.run_cell_magic("chat", line, cell) is None

    return run


def test_the_text_is_sent_and_the_chat_is_in_its_variable(
    run: Run, names: dict[str, Any], claude: ClaudeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--client mine", "Hello\n")
    assert names["chat"].text == "Hi!"
    assert claude.records_of("magic")[-1].body["messages"] == [{"role": "user", "content": "Hello"}]
    assert capsys.readouterr().out == "Hi!\n"
    assert nbstream.last is names["chat"]


def test_the_same_name_goes_on_and_another_one_does_not(run: Run, names: dict[str, Any]) -> None:
    run("talk --client mine", "Hello")
    talk = names["talk"]
    run("talk", "And?")
    assert names["talk"] is talk
    assert len(talk.messages) == 4
    run("other --client mine", "Hello")
    assert len(names["other"].messages) == 2
    assert "chat" not in names


def test_options_are_sent_with_this_question(run: Run, claude: ClaudeServer) -> None:
    run('talk --client mine --model claude-haiku-4-5 --system "Be brief" --max-tokens 7', "Hello")
    body = claude.records_of("magic")[-1].body
    assert (body["model"], body["system"], body["max_tokens"]) == ("claude-haiku-4-5", "Be brief", 7)
    run("talk --max-tokens 9", "And?")
    body = claude.records_of("magic")[-1].body
    assert (body["model"], body["system"], body["max_tokens"]) == ("claude-haiku-4-5", "Be brief", 9)


def test_expressions_are_filled_in_from_the_notebook(
    run: Run, names: dict[str, Any], claude: ClaudeServer
) -> None:
    names.update(total=1234.5, style="brief", rows=[1, 2])
    run('--client mine --system "Be {style}"', 'Sum {{total:,.1f}} of {{len(rows)}}: {"a": 1} and `{{rows}}`')
    body = claude.records_of("magic")[-1].body
    assert body["messages"][0]["content"] == 'Sum 1,234.5 of 2: {"a": 1} and `{{rows}}`'
    assert names["chat"].messages[0]["content"] == body["messages"][0]["content"]
    assert body["system"] == "Be brief"


@pytest.mark.parametrize(
    ("line", "text"), [("", 'Is {{missing("\x1b]0;owned\x07")}} so?'), ("--output \x1b[2J", "Hello")]
)
def test_an_error_that_quotes_the_cell_cannot_command_the_terminal(run: Run, line: str, text: str) -> None:
    with pytest.raises(UsageError, match=r"\\x1b") as caught:
        run(f"--client mine {line}", text)
    assert "\x1b" not in str(caught.value)


def test_a_table_alone_on_its_line_is_sent_as_a_table(
    run: Run, names: dict[str, Any], claude: ClaudeServer
) -> None:
    names["df"] = pandas.DataFrame({"city": ["Bern"]})
    run("--client mine", "Look:\n{{df}}\nAnything odd?\n")
    content = claude.records_of("magic")[-1].body["messages"][0]["content"]
    before, table, after = (block["text"] for block in content)
    assert (before, after) == ("Look:", "Anything odd?")
    assert table.startswith("pandas DataFrame, 1 row × 1 column (city: ")
    assert table.endswith("| Bern |")


def test_without_waiting_the_answer_goes_on_behind_the_cell(
    run: Run, names: dict[str, Any], claude: ClaudeServer
) -> None:
    url = claude.url("magic-behind", text=prose(5000), rate=50)
    names["slow"] = anthropic.AsyncAnthropic(api_key="k", base_url=url)
    run("talk --client slow --no-wait", "Hello")
    talk = names["talk"]
    assert talk.status in ("waiting", "streaming")
    with pytest.raises(RuntimeError, match="still answering"):
        run("talk", "And?")
    talk.stop()
    talk.wait()


def test_a_failed_answer_is_in_the_variable_too(run: Run, names: dict[str, Any], claude: ClaudeServer) -> None:
    url = claude.url("magic-fails", status=(400, "invalid_request_error"))
    names["broken"] = anthropic.AsyncAnthropic(api_key="k", base_url=url)
    with pytest.raises(anthropic.BadRequestError):
        run("talk --client broken", "Hello")
    assert names["talk"].status == "failed"


@pytest.mark.parametrize(
    ("line", "cell", "words"),
    [
        ("--model", "Hi", r"--model: expected one argument.*usage: %%chat"),
        ("--modell x", "Hi", r"unrecognized arguments: --modell.*usage: %%chat"),
        ("--max-tokens many", "Hi", "invalid int value"),
        ("a b", "Hi", "unrecognized arguments: b"),
        ('"open', "Hi", "No closing quotation"),
        ("1st", "Hi", "'1st' cannot be a variable's name"),
        ("class", "Hi", "'class' cannot be a variable's name"),
        ("number", "Hi", "number is a 'int' and not a chat; choose another name"),
        ("--client nobody", "Hi", "there is no variable of that name"),
        ("talk --client mine", "Hi", "talk has its client already"),
        ("--client mine", "{{missing}}", r"\{\{missing\}\} .*NameError.*between backticks"),
    ],
)
def test_a_line_or_a_text_that_cannot_be_is_refused_in_one_line(
    run: Run, names: dict[str, Any], claude: ClaudeServer, line: str, cell: str, words: str
) -> None:
    names["number"] = 3
    names["talk"] = nbstream.chat(client=names["mine"])
    before = len(claude.records_of("magic"))
    with pytest.raises(UsageError, match=f"(?s){words}"):
        run(line, cell)
    assert len(claude.records_of("magic")) == before
    assert "chat" not in names


@pytest.mark.parametrize(("line", "cell"), [("--client mine", " \n"), ("--client mine --max-tokens 0", "Hi")])
def test_what_chat_refuses_leaves_no_variable(run: Run, names: dict[str, Any], line: str, cell: str) -> None:
    with pytest.raises(ValueError):
        run(line, cell)
    assert "chat" not in names


def test_its_help_says_how_braces_are_read(ipython: InteractiveShell) -> None:
    text = ipython.find_cell_magic("chat").__doc__
    assert "--max-tokens" in text
    assert "Single braces, code and formulas stay as they are" in " ".join(text.split())


def test_an_output_may_be_any_type_that_the_notebook_knows(
    run: Run, names: dict[str, Any], claude: ClaudeServer
) -> None:
    names["mine"] = anthropic.AsyncAnthropic(
        api_key="k", base_url=claude.url("magic-output", text="[1]", rate=None)
    )
    names["Number"] = int
    run("--client mine --output list[Number]", "Numbers?")
    assert names["chat"].output == [1]
    run("--output list[int]", "More?")
    assert names["chat"].output == [1]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--output Missing", "--output Missing: NameError: name 'Missing' is not defined"),
        ("--output list[", r"--output list\[: SyntaxError"),
    ],
)
def test_an_output_that_is_no_type_is_refused_in_one_line(run: Run, line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run(line, "Hello")


def test_explain_asks_about_the_last_cell_that_failed(
    ipython: InteractiveShell, names: dict[str, Any], claude: ClaudeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", claude.url("magic-explain", text="Hi!", rate=None))
    hidden = names["hidden"] = "a value"
    ipython.run_cell("limit = 0\n1 / limit")
    ipython.run_cell("later = 'a cell that works'")
    assert ipython.run_line_magic("explain", "Why {hidden}? ") is None
    asked = claude.records_of("magic-explain")[-1].body["messages"][0]["content"]
    # IPython does not fill in the braces: values are not sent.
    assert asked.startswith("Why {hidden}?\n\nTraceback")
    assert hidden not in asked
    assert "limit = 0\n1 / limit\n```" in asked
    assert "- `limit`: int" in asked
    assert "ZeroDivisionError" in asked
    ipython.run_cell("x = (")
    ipython.run_line_magic("explain", "")
    asked = claude.records_of("magic-explain")[-1].body["messages"][0]["content"]
    assert asked.startswith("Explain this error")
    assert "SyntaxError" in asked


def test_explain_without_an_error_is_refused_in_one_line(
    ipython: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((explain, "_explained"), (last_failure, "_last")):
        monkeypatch.setattr(module, name, None)
    for name in ("last_exc", "last_value"):
        monkeypatch.delattr(sys, name, raising=False)
    with pytest.raises(UsageError, match="%explain: There has been no exception in this kernel yet"):
        ipython.run_line_magic("explain", "")
