"""The interceptor at a stand-in for a kernel; real kernels of all generations are in test_listener.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from nbstream.kernel.shell_interceptor import ShellInterceptor


class FakeKernel:
    """A kernel whose messages are dictionaries, with all that it is told."""

    def __init__(self) -> None:
        self.handled: list[Any] = []
        self.published: list[Any] = []
        self.shell_stream = SimpleNamespace(_recv_callback=self.handled.append)
        self.session = SimpleNamespace(
            feed_identities=lambda parts, copy: (copy, parts),
            deserialize=lambda parts, **_: parts[0],
            unpack=lambda content: content,
        )

    def _publish_status(self, status: str, channel: str, parent: Any) -> None:
        self.published.append((status, channel, parent["header"]["msg_type"]))

    def receive(self, message: dict[str, Any]) -> None:
        self.shell_stream._recv_callback([message])


def comm(comm_id: str, method: str = "custom") -> dict[str, Any]:
    content = {"comm_id": comm_id, "data": {"method": method, "content": {"kind": "ack"}}}
    return {"header": {"msg_type": "comm_msg"}, "content": content}


def test_only_messages_of_chats_are_taken_and_others_reach_the_kernel() -> None:
    kernel = FakeKernel()
    taken: list[Any] = []

    def take(comm_id: str, frame: object) -> bool:
        taken.append((comm_id, frame))
        return comm_id == "mine"

    interceptor = ShellInterceptor(kernel, take)
    others: list[dict[str, Any]] = [
        comm("other"),
        comm("mine", "update"),
        {"header": {"msg_type": "execute_request"}},
        {"broken": 1},
    ]
    for message in (comm("mine"), *others):
        kernel.receive(message)
    assert taken == [("mine", {"kind": "ack"}), ("other", {"kind": "ack"})]
    assert kernel.handled == [[message] for message in others]
    assert kernel.published == [("idle", "shell", "comm_msg")]
    interceptor.remove()
    kernel.receive(comm("mine"))
    assert kernel.handled[-1] == [comm("mine")]
    assert len(taken) == 2


def test_an_interceptor_behind_another_one_stays_until_that_one_is_removed() -> None:
    kernel = FakeKernel()
    first = ShellInterceptor(kernel, lambda *_: False)
    second = ShellInterceptor(kernel, lambda *_: False)
    first.remove()
    assert kernel.shell_stream._recv_callback == second._intercept
    second.remove()
    assert kernel.shell_stream._recv_callback == first._intercept


def test_only_the_thread_that_reads_the_channel_polls_it() -> None:
    kernel: Any = FakeKernel()
    flushed: list[int] = []
    kernel.shell_stream.flush = flushed.append
    ShellInterceptor(kernel, lambda *_: False).poll()
    assert len(flushed) == 1
    kernel.shell_channel_thread = object()
    beside = ShellInterceptor(kernel, lambda *_: False)
    beside.poll()
    assert (len(flushed), beside.on_main_thread) == (1, False)
