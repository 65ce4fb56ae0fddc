"""The outputs of one chat together; `test_containers.py` has them under cells."""

from __future__ import annotations

from typing import Any

from nbstream.api import create_chat
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.outputs.chat_outputs import ChatOutputs


class Other:
    """An output of a widget that holds the chat."""

    def __init__(self) -> None:
        self.shown_in = None
        self.calls: list[str] = []

    def page_connected(self) -> None:
        self.calls.append("page_connected")

    def finalize(self, *, keeps_view: bool) -> None:
        self.calls.append(f"finalize {keeps_view}")


def outputs_in(kind: HostKind, kernel: Any = None) -> tuple[ChatOutputs, Other]:
    conversation = create_chat()._session.conversation
    outputs = ChatOutputs(Host(kind, kernel), "chat", conversation, lambda: None, lambda: None)
    other = Other()
    outputs.others.append(other)  # type: ignore[arg-type]
    return outputs, other


def test_every_output_learns_that_a_page_has_connected_and_that_the_wait_has_ended() -> None:
    outputs, other = outputs_in(HostKind.NOTEBOOK, object())
    outputs.page_connected()
    outputs.finalize()
    outputs.finalize(keeps_view=True)
    assert other.calls == ["page_connected", "finalize False", "finalize True"]


def test_without_cells_nothing_is_shown() -> None:
    outputs, other = outputs_in(HostKind.TERMINAL)
    outputs.show("<Chat>", asked=True)
    outputs.show_link()
    outputs.finalize()
    assert (other.calls, outputs.is_shown) == ([], False)


def test_a_chat_in_a_container_alone_is_shown() -> None:
    outputs, other = outputs_in(HostKind.NOTEBOOK, object())
    assert not outputs.is_shown
    other.shown_in = 3  # type: ignore[assignment]
    assert outputs.is_shown
