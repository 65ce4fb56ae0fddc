"""Calls that wait for the user's decision in a console: the questions, and a real kernel that asks for input."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from claude_server import ClaudeServer
from ipykernel_client import Kernel

from nbstream.claude.demo import content_events
from nbstream.notebook.outputs.console_approval import ConsoleApproval

TOOL = "May double run with "


def block(call: str, arguments: str) -> Any:
    return SimpleNamespace(param={"id": call, "name": "double"}, text=arguments)


class Console:
    """A reply with calls, and the answers that a user types."""

    def __init__(self, *answers: str | Exception) -> None:
        turn = SimpleNamespace(
            calls=[("a", "queued", 0.0), ("a", "asking", 1.0), ("b", "asking", 1.0), ("b", "done", 2.0)],
            blocks=[SimpleNamespace(param={}, text="Hello"), block("a", '{"n":\n"\x1b[2J"}')],
        )
        self.answers = list(answers)
        self.questions: list[str] = []
        self.decided: list[tuple[str, bool]] = []
        self.printed: list[str] = []
        self.approval = ConsoleApproval(
            SimpleNamespace(turn=turn),  # type: ignore[arg-type]
            lambda call, may_run: self.decided.append((call, may_run)),
            self.read,
            self.printed.append,
        )

    def read(self, question: str) -> str:
        self.questions.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(("answer", "may_run"), [(" Yes\n", True), ("y", True), ("no", False), ("", False)])
def test_the_user_is_asked_once_about_each_call_that_waits(answer: str, may_run: bool) -> None:
    console = Console(answer)
    console.approval.tick()
    console.approval.tick()
    assert console.decided == [("a", may_run)]
    [question] = console.questions
    assert question.startswith(f"\n{TOOL}")
    assert question.endswith("? [y/n] ")
    # A terminal would obey the character.
    assert "\x1b" not in question


def test_a_front_end_that_takes_no_input_refuses_with_advice() -> None:
    console = Console(RuntimeError("no stdin"))
    console.approval.tick()
    assert console.decided == [("a", False)]
    assert "cannot ask (no stdin). Pass a function as approve" in console.printed[0]


def test_a_console_asks_in_the_waiting_cell_and_goes_on_with_the_answer(
    claude: ClaudeServer, tmp_path: Path
) -> None:
    calls = [{"type": "tool_use", "id": "toolu_1", "name": "double", "input": {"n": 21}}]
    url = claude.url("console-ask", events=list(content_events(calls)), rate=None, then="console-asked")
    claude.url("console-asked", text="That is 42.", rate=None)
    code = (
        "import anthropic, nbstream\n"
        "def double(n: int) -> int:\n    'Double a number.'\n    return 2 * n\n"
        f"client = anthropic.AsyncAnthropic(api_key='k', base_url={url!r}, max_retries=0)\n"
        "chat = nbstream.chat('Twice 21?', tools=[double], approve='ask', client=client)"
    )
    with Kernel("7.4", tmp_path) as kernel:
        kernel.metadata = {}
        cell = kernel.begin(code)
        question = kernel.client.get_stdin_msg(timeout=30)
        assert TOOL + '{"n": 21}?' in question["content"]["prompt"]
        kernel.client.input("y")
        published = kernel.end(cell)
    assert "That is 42." in "".join(m["content"]["text"] for m in published if m["msg_type"] == "stream")
    sent = claude.records_of("console-ask")[-1].body["messages"][-1]["content"]
    assert [(part["type"], part["content"]) for part in sent] == [("tool_result", "42")]
