"""Chats in a kernel whose page gets comm messages from the main thread alone, as Colab is reported to be.

Colab itself cannot run here. Widget updates from other threads are reported not to show there
(googlecolab/colabtools#3373). So a real ipykernel drops every comm message of another thread, and is taken for
Colab, whose kernel has a shell of the module `google.colab._shell` (`google/colab/_kernel.py` there).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from claude_server import ClaudeServer, prose
from ipykernel_client import Kernel

from nbstream.core.codec import to_wire
from nbstream.core.command_frames import Prompt
from nbstream.core.protocol import Resync

SETUP = """
import asyncio, threading, time
from ipykernel.comm.comm import BaseComm
from nbstream.kernel import host
from nbstream.kernel.host_facts import HostKind

publish = BaseComm.publish_msg
def publish_from_main(*args, **more):
    if threading.current_thread() is threading.main_thread():
        publish(*args, **more)
BaseComm.publish_msg = publish_from_main
host._process_kind = lambda *_: HostKind.COLAB
host._host = None

import anthropic, nbstream
def ask(url, **more):
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0)
    return nbstream.chat("Hello", client=client, **more)
"""

TEXT = prose(100)
WHOLE = "Hello" + "".join(TEXT)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    # Of the tested generations it is the one nearest to Colab's, which is 6.17.
    with Kernel("6.30", tmp_path_factory.mktemp("colab")) as kernel:
        kernel.run(SETUP)
        yield kernel


def frames_until(kernel: Kernel, is_last: Callable[[dict[str, Any], str], bool], text: str = "") -> str:
    """Return `text` and the text of the frames that the kernel publishes, up to the message that is the last."""
    while True:
        message = kernel.client.get_iopub_msg(timeout=30)
        if message["msg_type"] == "comm_msg":
            frame = message["content"]["data"].get("content", {})
            text += "".join(op["text"] for op in frame.get("ops", ()) if op["op"] == "text")
        if is_last(message, text):
            return text


@pytest.mark.parametrize(("way", "code"), [("waiting", "ask({!r})"), ("awaiting", "await ask({!r}, wait=False)")])
def test_a_cell_sends_the_frames_of_its_answer_while_it_runs(
    kernel: Kernel, claude: ClaudeServer, way: str, code: str
) -> None:
    cell = kernel.begin(f"chat = {code.format(claude.url(f'colab-{way}', text=TEXT, rate=100))}")

    def ends(message: dict[str, Any], _: str) -> bool:
        state = message["content"].get("execution_state")
        return message["parent_header"].get("msg_id") == cell and state == "idle"

    during = frames_until(kernel, ends)
    kernel._wait_for_reply(cell, 30)
    # The last frame may leave after the cell, from the idle kernel's loop.
    assert len(during) > len(WHOLE) / 2
    assert during == WHOLE or frames_until(kernel, lambda _, text: text == WHOLE, during)


def test_an_idle_kernel_sends_the_frames_from_its_loop(kernel: Kernel, claude: ClaudeServer) -> None:
    kernel.begin(f"chat = ask({claude.url('colab-idle', text=TEXT, rate=500)!r}, wait=False)")
    assert frames_until(kernel, lambda _, text: text == WHOLE)


def test_an_answer_to_the_message_box_is_put_beside_the_view_in_the_name_of_the_cell(
    kernel: Kernel, claude: ClaudeServer
) -> None:
    url = claude.url("colab-box", text="From the *box*.", rate=None)
    client = f"anthropic.AsyncAnthropic(api_key='k', base_url={url!r}, max_retries=0)"
    cell = kernel.begin(f"chat = nbstream.chat(client={client}); print(chat.model_id)")
    published = kernel.end(cell)
    [model_id] = [m["content"]["text"].strip() for m in published if m["msg_type"] == "stream"]
    [shown] = [m["content"] for m in published if m["msg_type"] == "display_data"]
    kernel.run("'another cell'")
    for frame in (Resync("p", 0), Prompt("p", "k", "Hello")):
        data = {"method": "custom", "content": to_wire(frame)}
        kernel.send("shell", "comm_msg", {"comm_id": model_id, "data": data})
    update = kernel.next_iopub("update_display_data")
    assert update["parent_header"]["msg_id"] == cell
    assert update["content"]["transient"] == shown["transient"]
    data = update["content"]["data"]
    assert data["text/markdown"].endswith("From the *box*.")
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == model_id
