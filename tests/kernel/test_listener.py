"""Messages of pages in real kernels of all generations, whatever their cells do."""

from __future__ import annotations

import time
from collections.abc import Iterator

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


def by_control(kernel: Kernel, frame: object, address: str = "address") -> None:
    kernel.send("control", module.MESSAGE_TYPE, {"address": address, "frame": frame})


def by_comm(kernel: Kernel, frame: object, comm_id: str = "comm-1", method: str = "custom") -> str:
    return kernel.send("shell", "comm_msg", {"comm_id": comm_id, "data": {"method": method, "content": frame}})


def test_a_message_on_the_control_channel_arrives_beside_a_cell(kernel: Kernel) -> None:
    cell = kernel.begin("started = time.time(); time.sleep(1)")
    time.sleep(0.2)
    by_control(kernel, {"n": 1})
    kernel.end(cell)
    assert kernel.run("print(received[0][1], received[0][0] - started < 0.9)") == "{'n': 1} True\n"


def test_a_message_to_an_unknown_address_reaches_no_chat(kernel: Kernel) -> None:
    by_control(kernel, {"n": 1}, "elsewhere")
    time.sleep(0.1)
    assert kernel.run("print(received)") == "[]\n"


def test_the_kernel_says_busy_again_while_a_cell_runs(kernel: Kernel) -> None:
    cell = kernel.begin("time.sleep(0.8)")
    time.sleep(0.2)
    by_control(kernel, {"n": 1})
    states = kernel.statuses(0.4)
    kernel.end(cell)
    assert states[-2:] == ["idle", "busy"]
    by_control(kernel, {"n": 2})
    assert kernel.statuses(0.4)[-1] == "idle"


def test_a_comm_message_arrives_beside_a_cell_where_another_thread_reads_it(kernel: Kernel) -> None:
    kernel.run("listener.acquire()")
    cell = kernel.begin("started = time.time(); time.sleep(1)")
    time.sleep(0.2)
    message = by_comm(kernel, {"n": 1})
    ends = [kernel.end(message), kernel.end(cell)] if kernel.version != "6.30" else [kernel.end(cell)]
    kernel.run("listener.release()")
    assert ends[0][-1]["content"] == {"execution_state": "idle"}
    # ipykernel 6 reads the comm on the main thread, which the cell occupies.
    in_time = kernel.version != "6.30"
    assert kernel.run("print(received[0][1], received[0][0] - started < 0.9)") == f"{{'n': 1}} {in_time}\n"


def test_a_waiting_cell_receives_the_messages_that_the_main_thread_reads(kernel: Kernel) -> None:
    cell = kernel.begin(
        "listener.acquire()\n"
        "end = time.time() + 5\n"
        "while not received and time.time() < end: listener.poll(); time.sleep(0.01)\n"
        "listener.release(); print(time.time() < end)"
    )
    time.sleep(0.2)
    by_comm(kernel, {"n": 1})
    assert [m["content"]["text"] for m in kernel.end(cell) if m["msg_type"] == "stream"] == ["True\n"]


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
    time.sleep(0.1)
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
    kernel.run("time.sleep(0.1)")
    assert kernel.run("print([(frame['page'], via) for _, frame, via in received])") == (
        "[('a', 'control'), ('b', 'comm'), ('b', 'comm')]\n"
    )
    # A frame that went both ways is of a page that the control channel reaches.
    by_control(kernel, {"page": "b"})
    time.sleep(0.1)
    kernel.run("listener.receive_from_comm('comm-1', {'page': 'b'})")
    assert kernel.run(f"{IS_INTERCEPTED}; listener.release()") == "False\n"


def test_a_page_on_the_comm_that_said_goodbye_needs_it_no_more(kernel: Kernel) -> None:
    by_control(kernel, {"page": "a"})
    time.sleep(0.1)
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
