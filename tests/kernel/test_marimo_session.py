"""Tests of a session of marimo, with marimo's own queues and commands, and a context with the kernel's members.

`tests/browser/test_marimo.py` runs the real kernel with a real page.
"""

from __future__ import annotations

import asyncio
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from marimo._runtime.commands import ModelCommand, ModelCustomMessage, UpdateUIElementCommand
from marimo._runtime.kernel_lifecycle import make_control_enqueuer
from marimo._runtime.utils.set_ui_element_request_manager import SetUIElementRequestManager

from nbstream.kernel import marimo_session
from nbstream.kernel.marimo_session import MarimoSession, append_output, running_context

pytestmark = pytest.mark.anyio


class Kernel:
    """The queues of marimo's kernel, and its context (`KernelRuntimeContext`)."""

    def __init__(self) -> None:
        self.control: queue.Queue[Any] = queue.Queue()
        self.batches: queue.Queue[Any] = queue.Queue()
        self.disposed: list[Any] = []
        self.enqueue = make_control_enqueuer(self.control, self.batches)
        self.context = SimpleNamespace(
            _kernel=SimpleNamespace(enqueue_control_request=self.enqueue),
            active_scheduler=None,
            cell_lifecycle_registry=SimpleNamespace(add=self.disposed.append),
        )

    def handle_one(self) -> list[Any]:
        """Take a command as `listen_messages` in marimo's `kernel_lifecycle.py` does."""
        return SetUIElementRequestManager(self.batches).process_request(self.control.get_nowait())


def message(content: str, model: str = "chat") -> ModelCommand:
    return ModelCommand(model_id=model, message=ModelCustomMessage(content=content), buffers=[])  # type: ignore[arg-type]


def slider(value: int) -> UpdateUIElementCommand:
    return UpdateUIElementCommand(object_ids=["slider"], values=[value])  # type: ignore[list-item]


@pytest.fixture
def heard() -> Iterator[list[object]]:
    heard: list[object] = []
    session = MarimoSession(None)
    session.subscribe("", "chat", heard.append)
    yield heard
    session.unsubscribe("", "chat")
    assert "chat" not in marimo_session._callbacks


async def test_a_chats_messages_are_taken_early_and_all_others_left_in_order(heard: list[object]) -> None:
    kernel = Kernel()
    session = MarimoSession(kernel.context)
    for command in (slider(1), message("stop"), slider(2), message("else", "another widget"), slider(3)):
        kernel.enqueue(command)
    session.poll()
    assert heard == ["stop"]
    kernel.enqueue(slider(4))
    session.poll()
    merged = kernel.handle_one()
    assert [getattr(command, "values", None) for command in merged] == [[2], None, [4]]
    assert merged[1].message.content == "else"
    assert kernel.batches.empty()
    # A second chat of the session reads the same queue.
    MarimoSession(kernel.context)
    kernel.enqueue(message("again"))
    session.poll()
    assert heard == ["stop", "again"]


async def test_another_thread_takes_nothing(heard: list[object]) -> None:
    kernel = Kernel()
    session = MarimoSession(kernel.context)
    kernel.enqueue(message("stop"))
    with ThreadPoolExecutor() as pool:
        pool.submit(session.poll).result()
    assert heard == []
    assert not session.was_listening(1.0)


async def test_while_a_reply_runs_the_kernels_loop_looks_for_messages(
    heard: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marimo_session, "POLL_SECONDS", 0.001)
    kernel = Kernel()
    session = MarimoSession(kernel.context)
    arrived = asyncio.Event()
    session.subscribe("", "chat", lambda frame: (heard.append(frame), arrived.set()))
    for _ in range(2):
        session.acquire()
    kernel.enqueue(message("stop"))
    await arrived.wait()
    assert session.was_listening(1.0)
    for _ in range(2):
        session.release()
    assert heard == ["stop"]


@pytest.mark.parametrize(
    "kernel",
    [
        SimpleNamespace(),
        SimpleNamespace(enqueue_control_request=lambda _: None),
        SimpleNamespace(enqueue_control_request=SimpleNamespace()),
    ],
)
async def test_with_another_marimo_messages_are_expected_between_the_cells_alone(kernel: Any) -> None:
    context = SimpleNamespace(_kernel=kernel, active_scheduler=object())
    session = MarimoSession(context)
    session.poll()
    assert not session.was_listening(1.0)
    context.active_scheduler = None
    session.poll()
    assert session.was_listening(1.0)
    session.on_cell_disposed(lambda: None)


def test_the_silence_counts_when_the_session_is_over() -> None:
    async def make() -> MarimoSession:
        return MarimoSession(Kernel().context)

    session = asyncio.run(make())
    assert session.was_listening(1.0)
    session.acquire()
    session.release()


def test_a_chat_hears_that_its_cell_is_run_again() -> None:
    kernel = Kernel()
    ended = threading.Event()
    session = MarimoSession(kernel.context)
    session.on_cell_disposed(ended.set)
    [item] = kernel.disposed
    item.create(kernel.context)
    assert not ended.is_set()
    assert item.dispose(context=kernel.context, deletion=False)
    assert ended.is_set()
    # A thread without a loop cannot be polled.
    session.acquire()
    session.release()


ROW = """
from nbstream.kernel.marimo_session import make_row

columns = {"claude-opus-4-8": "the first", "claude-haiku-4-5": "the second"}
text = make_row(columns, "Is 1 < 2?", "the box").text
parts = ["Is 1 &lt; 2?", *[part for column in columns.items() for part in column], "the box"]
places = [text.index(part) for part in parts]
assert places == sorted(places)
assert "1 &lt; 2" not in make_row(columns, "", "the box").text
"""


def test_a_row_shows_the_question_and_each_widget_under_its_label() -> None:
    # With its first output marimo replaces `comm.create_comm`, and the chats of later tests had its comms.
    subprocess.run([sys.executable, "-c", ROW], check=True, timeout=60)


def test_outside_of_marimo_there_is_no_session_and_nothing_is_shown() -> None:
    assert running_context() is None
    append_output("text")
