"""Calls that wait for the user's decision in a console: the questions, and a real kernel that asks for input."""

from __future__ import annotations

from collections.abc import Iterator
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


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel whose front end draws no widgets."""
    with Kernel("7.4", tmp_path_factory.mktemp("console")) as kernel:
        kernel.metadata = {}
        kernel.run(
            "import anthropic, nbstream\n"
            "def double(n: int) -> int:\n    'Double a number.'\n    return 2 * n\n"
            "def ask(**more):\n"
            "    client = anthropic.AsyncAnthropic(api_key='k', base_url=url, max_retries=0)\n"
            "    return nbstream.chat('Twice 21?', tools=[double], approve='ask', client=client, **more)"
        )
        yield kernel


@pytest.fixture
def scenario(claude: ClaudeServer, kernel: Kernel, tmp_path: Path) -> str:
    """Have the server ask for a call and answer its result, and return the scenario's name."""
    name = tmp_path.name
    calls = [{"type": "tool_use", "id": "toolu_1", "name": "double", "input": {"n": 21}}]
    claude.url("console-asked", text="That is 42.", rate=None)
    kernel.run(f"url = {claude.url(name, events=list(content_events(calls)), rate=None, then='console-asked')!r}")
    return name


@pytest.mark.parametrize(
    "code",
    [
        "chat = await ask(wait=False)\nprint(chat.text)",
        "async for piece in ask(wait=False): print(piece, end='')",
        "print(ask(show=False).text)",
        "chat = ask()",
    ],
)
def test_a_console_asks_in_the_cell_and_goes_on_with_the_answer(
    claude: ClaudeServer, kernel: Kernel, scenario: str, code: str
) -> None:
    cell = kernel.begin(code)
    question = kernel.client.get_stdin_msg(timeout=30)
    assert TOOL + '{"n": 21}?' in question["content"]["prompt"]
    kernel.client.input("y")
    published = kernel.end(cell)
    assert "That is 42." in "".join(m["content"]["text"] for m in published if m["msg_type"] == "stream")
    sent = claude.records_of(scenario)[-1].body["messages"][-1]["content"]
    assert [(part["type"], part["content"]) for part in sent] == [("tool_result", "42")]


@pytest.mark.parametrize("code", ["await ask(wait=False)", "ask()"])
@pytest.mark.usefixtures("scenario")
def test_an_interrupt_at_the_question_ends_the_cell_and_the_reply(kernel: Kernel, code: str) -> None:
    cell = kernel.begin(code)
    kernel.client.get_stdin_msg(timeout=30)
    kernel.manager.interrupt_kernel()
    published = kernel.end(cell)
    [error] = [m["content"] for m in published if m["msg_type"] == "error"]
    assert error["ename"] in ("CancelledError", "KeyboardInterrupt")
    assert len(error["traceback"]) == 1
    assert kernel.run("print(nbstream.last.stop_reason)") == "interrupt\n"
