"""Tools in real kernels of all generations: while a cell waits, while it awaits, and after it has ended."""

from __future__ import annotations

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
    return [block.param["content"] for block in chat._conversation.transcript.turns[1].blocks
            if block.type == "tool_result"]
"""

NUMBERS = count(1)
SOON = 5.0


@pytest.fixture(scope="module", params=IPYKERNELS)
def kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with Kernel(request.param, tmp_path_factory.mktemp("kernel")) as kernel:
        kernel.run(SETUP)
        yield kernel


class Room:
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

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop_when_it_runs(self) -> None:
        """Have a thread of the kernel stop the chat that is used next."""
        self.kernel.run(f"threading.Thread(target=stop_when_there_is, args=({str(self.file)!r},)).start()")

    def answered(self) -> None:
        """The results have been sent."""
        self.until(lambda: len(self.claude.of(f"{self.name}-then")) + len(self.claude.of(self.name)) >= 2)

    def told(self) -> str:
        return self.kernel.run("chat = nbstream.last; chat.wait(); print(chat.status, chat.stop_reason)").strip()

    def still_well(self) -> None:
        """Nothing that was on its way hits the cells after it."""
        assert self.kernel.run("time.sleep(0.3); print('well')") == "well\n"


@pytest.fixture
def room(kernel: Kernel, claude: ClaudeServer, tmp_path: Path) -> Room:
    kernel.run("in_the_notebook = 0")
    return Room(kernel, claude, tmp_path)


def test_while_the_cell_waits_functions_run_in_it_and_async_ones_beside_it(room: Room) -> None:
    room.kernel.run(f"ask({room.url('where', 'loop')!r});")
    assert (
        room.kernel.run("print(sorted(results()), in_the_notebook, chat.text)")
        == "['MainThread', 'own'] 1 Done.\n"
    )


def test_while_the_cell_awaits_both_kinds_run_in_it(room: Room) -> None:
    room.kernel.run(f"await ask({room.url('where', 'loop')!r}, wait=False);")
    assert room.kernel.run("print(sorted(results()), in_the_notebook)") == "['MainThread', 'cell'] 1\n"


def test_after_the_cell_functions_run_in_the_idle_kernel(room: Room) -> None:
    room.kernel.run(f"ask({room.url('where', 'loop')!r}, wait=False);")
    room.answered()
    assert room.kernel.run("chat.wait(); print(sorted(results()), in_the_notebook)") == "['MainThread', 'own'] 1\n"


def test_a_function_waits_for_the_end_of_another_cell(room: Room) -> None:
    url = room.url("where")
    printed = room.kernel.run(f"ask({url!r}, wait=False); time.sleep(1); print(in_the_notebook)")
    assert printed == "0\n"
    room.answered()
    assert room.kernel.run("chat.wait(); print(results())") == "['MainThread']\n"


@pytest.mark.parametrize("tool", ["work", "work_async"])
@pytest.mark.parametrize("how", ["ask({!r});", "await ask({!r}, wait=False);"], ids=["waits", "awaits"])
def test_a_stop_ends_what_runs_and_the_cell_goes_on(room: Room, tool: str, how: str) -> None:
    press = f"Path({str(room.file)!r}).exists() or time.sleep(0.01)"
    watch = f"def watch():\n    while not ({press}): pass\n    nbstream.last.stop()\n"
    room.kernel.run(watch + "threading.Thread(target=watch).start()")
    began = time.monotonic()
    printed = room.kernel.run(how.format(room.url(tool)) + " print('went on')")
    assert "went on" in printed
    assert time.monotonic() - began < SOON
    assert room.told() == "stopped user"
    room.still_well()


@pytest.mark.parametrize("tool", ["work", "work_async"])
def test_a_stop_ends_what_runs_in_an_idle_kernel(room: Room, tool: str) -> None:
    press = f"Path({str(room.file)!r}).exists() or time.sleep(0.01)"
    watch = f"def watch():\n    while not ({press}): pass\n    nbstream.last.stop()\n"
    room.kernel.run(watch + "threading.Thread(target=watch).start()")
    room.kernel.run(f"ask({room.url(tool)!r}, wait=False);")
    room.until(room.file.exists)
    began = time.monotonic()
    assert room.told() == "stopped user"
    assert time.monotonic() - began < SOON
    room.still_well()


@pytest.mark.parametrize("tool", ["work", "work_async"])
@pytest.mark.parametrize("how", ["ask({!r});", "await ask({!r}, wait=False);"], ids=["waits", "awaits"])
def test_an_interrupt_of_the_kernel_ends_what_runs_and_the_cell(room: Room, tool: str, how: str) -> None:
    cell = room.kernel.begin(how.format(room.url(tool)))
    room.until(room.file.exists)
    began = time.monotonic()
    room.kernel.manager.interrupt_kernel()
    errors = [m["content"]["ename"] for m in room.kernel.end(cell) if m["msg_type"] == "error"]
    assert time.monotonic() - began < SOON
    assert errors == ["KeyboardInterrupt" if how.startswith("ask") else "CancelledError"]
    assert room.told() == "stopped interrupt"
    room.still_well()


def test_an_interrupt_of_an_idle_kernel_ends_what_runs(room: Room) -> None:
    room.kernel.run(f"ask({room.url('work')!r}, wait=False);")
    room.until(room.file.exists)
    began = time.monotonic()
    room.kernel.manager.interrupt_kernel()
    assert room.told() == "stopped interrupt"
    assert time.monotonic() - began < SOON
    room.still_well()
