"""Tests of tools in real kernels of all generations: while a cell waits, while it awaits, and after its end."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from browser.lab import IPYKERNELS
from claude_server import ClaudeServer
from ipykernel_client import Kernel

from nbstream.claude.demo import reply_events

SETUP = """
import asyncio, threading, time
from pathlib import Path
import anthropic, nbstream

in_the_notebook = 0

def where() -> str:
    "Say where this runs."
    global in_the_notebook
    in_the_notebook += 1
    return threading.current_thread().name

async def loop() -> str:
    "Say which loop this is."
    return "cell" if asyncio.get_running_loop() is get_ipython().kernel.io_loop.asyncio_loop else "own"

def work(file: str) -> None:
    "Work for long."
    Path(file).touch()
    time.sleep(30)

async def work_async(file: str) -> None:
    "Work for long."
    Path(file).touch()
    await asyncio.sleep(30)

def stop_when_there_is(file):
    while not Path(file).exists():
        time.sleep(0.01)
    nbstream.last.stop()

def ask(url, **more):
    global chat
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    chat = nbstream.chat("Go", tools=[where, loop, work, work_async], client=client, **more)
    return chat

def results():
    return [block.param["content"] for block in chat._session.conversation.transcript.turns[1].blocks
            if block.type == "tool_result"]
"""

NUMBERS = count(1)
SOON_SECONDS = 5.0


@pytest.fixture(scope="module", params=IPYKERNELS)
def kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with Kernel(request.param, tmp_path_factory.mktemp("kernel")) as kernel:
        kernel.run(SETUP)
        yield kernel


class KernelWithTools:
    """A kernel, and a Claude that calls its tools."""

    def __init__(self, kernel: Kernel, claude: ClaudeServer, home: Path) -> None:
        self.kernel = kernel
        self.claude = claude
        self.file = home / "running"
        self.name = f"in-kernel-{next(NUMBERS)}"

    def url(self, *tools: str) -> str:
        blocks: list[Any] = [
            ("tool_use", {"id": tool, "name": tool}, [json.dumps({"file": str(self.file)})])
            if "work" in tool
            else ("tool_use", {"id": tool, "name": tool}, [])
            for tool in tools
        ]
        self.claude.url(f"{self.name}-then", text="Done.", rate=None)
        return self.claude.url(self.name, events=list(reply_events(blocks)), then=f"{self.name}-then", rate=None)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop_when_it_runs(self) -> None:
        """Have a thread of the kernel stop the chat that is used next."""
        self.kernel.run(f"threading.Thread(target=stop_when_there_is, args=({str(self.file)!r},)).start()")

    def wait_for_results(self) -> None:
        """Wait until the results have been sent."""
        names = (self.name, f"{self.name}-then")
        self.wait_until(lambda: sum(len(self.claude.records_of(name)) for name in names) >= 2)

    def wait_for_end(self) -> str:
        """Wait for the reply, and return its status and its stop reason."""
        return self.kernel.run("chat = nbstream.last; chat.wait(); print(chat.status, chat.stop_reason)").strip()

    def check_next_cell(self) -> None:
        """Check that no late interrupt hits the cells that follow."""
        assert self.kernel.run("time.sleep(0.3); print('well')") == "well\n"


@pytest.fixture
def session(kernel: Kernel, claude: ClaudeServer, tmp_path: Path) -> KernelWithTools:
    kernel.run("in_the_notebook = 0")
    return KernelWithTools(kernel, claude, tmp_path)


def test_while_the_cell_waits_functions_run_in_it_and_async_ones_beside_it(session: KernelWithTools) -> None:
    session.kernel.run(f"ask({session.url('where', 'loop')!r});")
    assert (
        session.kernel.run("print(sorted(results()), in_the_notebook, chat.text)")
        == "['MainThread', 'own'] 1 Done.\n"
    )


def test_while_the_cell_awaits_both_kinds_run_in_it(session: KernelWithTools) -> None:
    session.kernel.run(f"await ask({session.url('where', 'loop')!r}, wait=False);")
    assert session.kernel.run("print(sorted(results()), in_the_notebook)") == "['MainThread', 'cell'] 1\n"


def test_after_the_cell_functions_run_in_the_idle_kernel(session: KernelWithTools) -> None:
    session.kernel.run(f"ask({session.url('where', 'loop')!r}, wait=False);")
    session.wait_for_results()
    assert (
        session.kernel.run("chat.wait(); print(sorted(results()), in_the_notebook)") == "['MainThread', 'own'] 1\n"
    )


def test_a_function_waits_for_the_end_of_another_cell(session: KernelWithTools) -> None:
    url = session.url("where")
    printed = session.kernel.run(f"ask({url!r}, wait=False); time.sleep(1); print(in_the_notebook)")
    assert printed == "0\n"
    session.wait_for_results()
    assert session.kernel.run("chat.wait(); print(results())") == "['MainThread']\n"


POOL = """
from concurrent.futures import ThreadPoolExecutor

def ask_there(url):
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    chat = nbstream.chat("Go", tools=[where, loop], client=client)
    return chat.text, sorted(block.param["content"] for block in
                             chat._session.conversation.transcript.turns[1].blocks if block.type == "tool_result")

with ThreadPoolExecutor(2, "pool") as pool:
    print([*pool.map(ask_there, [{0!r}, {1!r}])])
"""


def test_a_cell_that_waits_for_threads_that_ask_gets_their_answers(session: KernelWithTools) -> None:
    other = KernelWithTools(session.kernel, session.claude, session.file.parent)
    printed = session.kernel.run(POOL.format(session.url("where", "loop"), other.url("where", "loop")))
    answers = sorted(ast.literal_eval(printed), key=lambda answer: answer[1][1])
    assert answers == [("Done.", ["own", "pool_0"]), ("Done.", ["own", "pool_1"])]


BUTTON = """
import ipywidgets
button, output = ipywidgets.Button(), ipywidgets.Output()

def press(_):
    if button.tooltip == "in the output":
        with output:
            ask({0!r}, wait=False)
    else:
        ask({0!r}, wait=False)

button.on_click(press)
print(button.model_id)
"""


@pytest.mark.parametrize("place", ["the cell", "in the output"])
def test_a_chat_of_a_button_is_shown_under_the_cell_that_made_the_button(
    session: KernelWithTools, place: str
) -> None:
    kernel = session.kernel
    made = kernel.begin(BUTTON.format(session.url("where")))
    [button] = [m["content"]["text"].strip() for m in kernel.end(made) if m["msg_type"] == "stream"]
    kernel.run(f"button.tooltip = {place!r}")
    data = {"method": "custom", "content": {"event": "click"}}
    click = kernel.send("shell", "comm_msg", {"comm_id": button, "data": data})
    shown = kernel.next_iopub("display_data")
    assert shown["parent_header"]["msg_id"] == (made if place == "the cell" else click)
    assert "application/vnd.jupyter.widget-view+json" in shown["content"]["data"]
    session.wait_for_results()
    kernel.run("chat.wait()")


@pytest.mark.parametrize("tool", ["work", "work_async"])
@pytest.mark.parametrize("how", ["ask({!r});", "await ask({!r}, wait=False);"], ids=["waits", "awaits"])
def test_a_stop_ends_the_tool_and_the_cell_goes_on(session: KernelWithTools, tool: str, how: str) -> None:
    press = f"Path({str(session.file)!r}).exists() or time.sleep(0.01)"
    watch = f"def watch():\n    while not ({press}): pass\n    nbstream.last.stop()\n"
    session.kernel.run(watch + "threading.Thread(target=watch).start()")
    began = time.monotonic()
    printed = session.kernel.run(how.format(session.url(tool)) + " print('went on')")
    assert "went on" in printed
    assert time.monotonic() - began < SOON_SECONDS
    assert session.wait_for_end() == "stopped user"
    session.check_next_cell()


@pytest.mark.parametrize("tool", ["work", "work_async"])
def test_a_stop_ends_the_tool_of_an_idle_kernel(session: KernelWithTools, tool: str) -> None:
    press = f"Path({str(session.file)!r}).exists() or time.sleep(0.01)"
    watch = f"def watch():\n    while not ({press}): pass\n    nbstream.last.stop()\n"
    session.kernel.run(watch + "threading.Thread(target=watch).start()")
    session.kernel.run(f"ask({session.url(tool)!r}, wait=False);")
    session.wait_until(session.file.exists)
    began = time.monotonic()
    assert session.wait_for_end() == "stopped user"
    assert time.monotonic() - began < SOON_SECONDS
    session.check_next_cell()


@pytest.mark.parametrize("tool", ["work", "work_async"])
@pytest.mark.parametrize("how", ["ask({!r});", "await ask({!r}, wait=False);"], ids=["waits", "awaits"])
def test_an_interrupt_of_the_kernel_ends_the_tool_and_the_cell(
    session: KernelWithTools, tool: str, how: str
) -> None:
    cell = session.kernel.begin(how.format(session.url(tool)))
    session.wait_until(session.file.exists)
    began = time.monotonic()
    session.kernel.manager.interrupt_kernel()
    errors = [m["content"]["ename"] for m in session.kernel.end(cell) if m["msg_type"] == "error"]
    assert time.monotonic() - began < SOON_SECONDS
    assert errors == ["KeyboardInterrupt" if how.startswith("ask") else "CancelledError"]
    assert session.wait_for_end() == "stopped interrupt"
    session.check_next_cell()


def test_an_interrupt_of_an_idle_kernel_ends_the_tool(session: KernelWithTools) -> None:
    session.kernel.run(f"ask({session.url('work')!r}, wait=False);")
    session.wait_until(session.file.exists)
    began = time.monotonic()
    session.kernel.manager.interrupt_kernel()
    assert session.wait_for_end() == "stopped interrupt"
    assert time.monotonic() - began < SOON_SECONDS
    session.check_next_cell()
