"""Messages of pages in real kernels of all generations, whatever their cells do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.lab import IPYKERNELS
from ipykernel_client import Kernel

from nbstream.kernel import listener as module

SETUP = """
import time, nbstream
from nbstream.kernel import listener as module
from nbstream.kernel.host import current_host

received = []
listener = module.PageListener(current_host())
listener.subscribe("address", "comm-1", lambda frame, via: received.append((time.time(), frame, via)))
"""


IS_INTERCEPTED = (
    "callback = get_ipython().kernel.shell_stream._recv_callback; "
    "print('ShellInterceptor' in getattr(callback, '__qualname__', ''))"
)
"""Code that prints whether the interceptor is installed."""


@pytest.fixture(scope="module", params=IPYKERNELS)
def kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with Kernel(request.param, tmp_path_factory.mktemp("kernel")) as kernel:
        kernel.run(SETUP)
        yield kernel


@pytest.fixture(autouse=True)
def clear_received(kernel: Kernel) -> None:
    kernel.run("received.clear(); listener._control_pages.clear(); listener._comm_pages.clear()")


def send_by_control(kernel: Kernel, frame: object, address: str = "address") -> str:
    return kernel.send("control", module.MESSAGE_TYPE, {"address": address, "frame": frame})


def by_control(kernel: Kernel, frame: object, address: str = "address") -> None:
    """Send a message on the control channel and wait until it is handled."""
    send_by_control(kernel, frame, address)
    kernel.end_control()


def by_comm(kernel: Kernel, frame: object, comm_id: str = "comm-1", method: str = "custom") -> str:
    return kernel.send("shell", "comm_msg", {"comm_id": comm_id, "data": {"method": method, "content": frame}})


def begin_cell(kernel: Kernel, code: str, before: str = "") -> str:
    """Start a cell, and return its id when the code before is done and its own code runs."""
    cell = kernel.begin(f"{before}\nprint('begun', flush=True)\n{code}")
    while kernel.next_iopub("stream")["parent_header"]["msg_id"] != cell:
        pass
    return cell


def wait_in_cell(messages: int, seconds: float = 30, poll: str = "") -> str:
    """Return the code of a cell that waits for messages, and prints the frames that it got meanwhile."""
    return (
        f"end = time.time() + {seconds}\n"
        f"while len(received) < {messages} and time.time() < end: {poll}time.sleep(0.01)\n"
        "print([frame for _, frame, _ in received])"
    )


def end_cell(kernel: Kernel, cell: str) -> str:
    """Wait for the end of a cell, and return what it has printed since it began."""
    return "".join(m["content"]["text"] for m in kernel.end(cell) if m["msg_type"] == "stream")


def test_a_message_on_the_control_channel_arrives_beside_a_cell(kernel: Kernel) -> None:
    cell = begin_cell(kernel, wait_in_cell(1))
    by_control(kernel, {"n": 1})
    assert end_cell(kernel, cell) == "[{'n': 1}]\n"


def test_a_message_to_an_unknown_address_reaches_no_chat(kernel: Kernel) -> None:
    by_control(kernel, {"n": 1}, "elsewhere")
    assert kernel.run("print(received)") == "[]\n"


def test_the_kernel_says_busy_again_while_a_cell_runs(kernel: Kernel, tmp_path: Path) -> None:
    may_end = tmp_path / "may_end"
    cell = begin_cell(
        kernel, f"import pathlib\nwhile not pathlib.Path({str(may_end)!r}).exists(): time.sleep(0.01)"
    )
    kernel.end(send_by_control(kernel, {"n": 1}))
    again = kernel.next_iopub("status")
    assert (again["parent_header"]["msg_id"], again["content"]["execution_state"]) == (cell, "busy")
    may_end.touch()
    kernel.end(cell)
    kernel.end(send_by_control(kernel, {"n": 2}))
    later = kernel.send("control", "kernel_info_request", {})
    states: list[tuple[str, str]] = []
    while (later, "idle") not in states:
        status = kernel.next_iopub("status")
        states.append((status["parent_header"]["msg_id"], status["content"]["execution_state"]))
    assert states == [(later, "busy"), (later, "idle")]


def test_a_comm_message_arrives_beside_a_cell_where_another_thread_reads_it(kernel: Kernel) -> None:
    kernel.run("listener.acquire()")
    # ipykernel 6 reads the comm on the main thread, which the cell occupies.
    in_time = kernel.version != "6.30"
    cell = begin_cell(kernel, wait_in_cell(2, 30 if in_time else 0.5))
    message = by_comm(kernel, {"n": 1})
    if in_time:
        assert kernel.end(message)[-1]["content"] == {"execution_state": "idle"}
        by_comm(kernel, {"n": 2})
    assert end_cell(kernel, cell) == ("[{'n': 1}, {'n': 2}]\n" if in_time else "[]\n")
    kernel.run("listener.release()")
    assert kernel.run("print(received[0][1])") == "{'n': 1}\n"


def test_a_waiting_cell_receives_the_messages_that_the_main_thread_reads(kernel: Kernel) -> None:
    waiting = wait_in_cell(1, poll="listener.poll(); ")
    cell = begin_cell(kernel, f"{waiting}\nlistener.release()", before="listener.acquire()")
    by_comm(kernel, {"n": 1})
    assert end_cell(kernel, cell) == "[{'n': 1}]\n"


def test_other_messages_pass_in_their_order(kernel: Kernel) -> None:
    kernel.run("listener.acquire(); order = []")
    # The first cell takes a while, so that all messages have arrived before its reply is sent.
    cells = [
        kernel.begin(f"time.sleep({0.3 if n == 0 else 0}); order.append({n}); listener.poll()") for n in range(3)
    ]
    by_comm(kernel, {"n": 1}, "another-comm")
    by_comm(kernel, {"n": 1}, method="update")
    cells.append(kernel.begin("order.append(3)"))
    kernel.end(cells[-1])
    assert kernel.run("print(order, received); listener.release()") == "[0, 1, 2, 3] []\n"


def test_once_a_page_uses_the_control_channel_the_shell_stream_is_left_alone(kernel: Kernel) -> None:
    assert kernel.run(f"listener.acquire(); {IS_INTERCEPTED}") == "True\n"
    by_control(kernel, {"n": 1})
    assert kernel.run(IS_INTERCEPTED) == "False\n"
    assert kernel.run(f"listener.release(); listener.acquire(); {IS_INTERCEPTED}; listener.release()") == "False\n"


def test_beside_a_page_on_the_control_channel_the_comm_of_another_page_is_read(kernel: Kernel) -> None:
    by_control(kernel, {"page": "a"})
    kernel.run("listener.acquire()")
    assert kernel.run(IS_INTERCEPTED) == "False\n"
    # The kernel reads this message between two cells, and the widget hands it over.
    kernel.run("listener.receive_from_comm('comm-1', {'page': 'b'})")
    assert kernel.run(IS_INTERCEPTED) == "True\n"
    by_comm(kernel, {"page": "b", "n": 2})
    assert kernel.run("print([(frame['page'], via) for _, frame, via in received])") == (
        "[('a', 'control'), ('b', 'comm'), ('b', 'comm')]\n"
    )
    # A frame that went both ways is of a page that the control channel reaches.
    by_control(kernel, {"page": "b"})
    kernel.run("listener.receive_from_comm('comm-1', {'page': 'b'})")
    assert kernel.run(f"{IS_INTERCEPTED}; listener.release()") == "False\n"


def test_a_page_on_the_comm_that_said_goodbye_needs_it_no_more(kernel: Kernel) -> None:
    by_control(kernel, {"page": "a"})
    kernel.run("listener.receive_from_comm('comm-1', {'page': 'b'})")
    assert kernel.run("print(listener._is_comm_idle)") == "False\n"
    kernel.run("listener.receive_from_comm('comm-1', {'page': 'b', 'kind': 'bye'})")
    assert kernel.run("print(listener._is_comm_idle, listener.receive_from_comm('none', {}))") == "True False\n"


def test_after_the_last_reply_the_shell_stream_is_left_alone(kernel: Kernel) -> None:
    assert kernel.run(f"listener.acquire(); listener.acquire(); listener.release(); {IS_INTERCEPTED}") == "True\n"
    assert kernel.run(f"listener.release(); {IS_INTERCEPTED}") == "False\n"


def test_a_run_whose_pages_may_use_the_comm_keeps_the_shell_stream(kernel: Kernel) -> None:
    by_control(kernel, {"page": "p"})
    assert kernel.run(f"listener.acquire(on_comm=True); {IS_INTERCEPTED}") == "True\n"
    by_control(kernel, {"page": "p"})
    assert kernel.run(f"{IS_INTERCEPTED}; listener.release(on_comm=True)") == "True\n"
    assert kernel.run(f"listener.acquire(); {IS_INTERCEPTED}; listener.release()") == "False\n"
