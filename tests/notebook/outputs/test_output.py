"""The kernel leaves the text in an output; `test_headless.py` has whole runs."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace
from typing import Any

import IPython
import IPython.display
import pytest

from nbstream.core.saved.saved_notes import UNFINISHED
from nbstream.core.saved.saved_output import saved_turns, to_output
from nbstream.core.transcript import Transcript
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.outputs import output as module
from nbstream.notebook.outputs.output import Output
from nbstream.notebook.outputs.place import Place


class Screen:
    """A kernel with a running cell, and the outputs that IPython was asked to show."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: list[dict[str, Any]] = []
        self.updated: list[tuple[str, dict[str, Any]]] = []
        self.names: list[str] = []
        self.cell = {"cellId": "cell-1"}
        self.request = {"allow_stdin": True}
        self.saved: bool | None = None
        self.transcript = Transcript()
        shell = SimpleNamespace(execution_count=1)
        self.is_last_value = False
        monkeypatch.setattr(module, "is_last_value", lambda: self.is_last_value)
        monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
        monkeypatch.setattr(IPython.display, "display", self._display)
        monkeypatch.setattr(IPython.display, "update_display", self._update)
        self.shell = shell
        self.sent: list[dict[str, Any]] = []
        self.header: dict[str, str] = {}
        kernel = SimpleNamespace(
            get_parent=lambda _: {"header": self.header, "metadata": self.cell, "content": self.request},
            session=SimpleNamespace(send=self._send),
            iopub_socket="iopub",
        )
        view = {"view": "chat"}
        self.output = Output(
            Host(HostKind.NOTEBOOK, kernel),
            {"chat": "name"},
            lambda empty, whole: to_output(saved_turns(self.transcript.turns), empty, is_plain_whole=whole),
            lambda: (view, {}),
            lambda: self.saved,
        )

    def _display(self, data: dict[str, Any], display_id: str, **_: Any) -> None:
        self.shown.append(data)
        self.names.append(display_id)

    def _send(self, _: str, kind: str, content: dict[str, Any], **more: Any) -> None:
        self.sent.append({"kind": kind, "content": content, **more})
        if kind == "update_display_data":
            self._update(content["data"], content["transient"]["display_id"])

    def _update(self, data: dict[str, Any], display_id: str, **_: Any) -> None:
        self.updated.append((display_id, data))

    def say(self, text: str) -> None:
        self.transcript.add_turn("user", "Hi")
        self.transcript.add_turn("assistant", text)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    return Screen(monkeypatch)


def test_the_bundle_says_that_nothing_was_said_yet(screen: Screen) -> None:
    screen.output.show("<Chat>", asked=True)
    assert screen.shown == [
        {
            "view": "chat",
            "text/markdown": "*Claude is writing this answer.*",
            "text/plain": "<Chat>",
        }
    ]
    assert screen.output.cell == "cell-1"


def test_a_console_gets_the_whole_answer_as_plain_text(screen: Screen) -> None:
    answer = "One line.\n\nAnother line. " * 20
    screen.say(answer)
    screen.output.show("<Chat>")
    assert "\n" not in screen.shown[0]["text/plain"]
    screen.cell = {}
    screen.output.show("<Chat>")
    assert screen.shown[1]["text/plain"] == answer.strip("\n")


def test_as_the_last_value_of_its_own_cell_it_is_not_shown_again(screen: Screen) -> None:
    screen.output.show("<Chat>")
    screen.is_last_value = True
    screen.output.show("<Chat>")
    assert len(screen.shown) == 1
    screen.shell.execution_count = 2
    screen.output.show("<Chat>")
    assert len(screen.shown) == 2


def test_the_number_of_the_cell_is_the_one_that_the_notebook_shows(screen: Screen) -> None:
    screen.output.show("<Chat>")
    assert (screen.output.shown_in, screen.output.cell_number) == (1, 1)
    screen.shell.execution_count = 8
    screen.shell.history_manager = SimpleNamespace(input_hist_parsed=["", *"1234567"])
    screen.output.show("<Chat>")
    assert (screen.output.shown_in, screen.output.cell_number) == (8, 7)


def test_a_page_that_writes_the_file_keeps_its_view(screen: Screen) -> None:
    screen.output.show("<Chat>")
    screen.saved = True
    screen.output.finalize()
    assert screen.updated == []


@pytest.mark.parametrize("nobody", ["no page", "a page that does not write"])
def test_without_a_page_that_writes_the_file_the_text_replaces_the_view(screen: Screen, nobody: str) -> None:
    screen.output.show("<Chat>")
    screen.shell.execution_count = 2
    screen.output.show("<Chat>")
    screen.say("Hello <b>")
    if nobody == "no page":
        screen.cell, screen.request = {}, {"allow_stdin": False}
    else:
        screen.saved = False
    screen.output.finalize()
    (first, data), (second, again) = screen.updated
    assert [first, second] == screen.names
    assert data == {"text/markdown": "Hello &lt;b>", "text/plain": "Hello <b>"}
    assert "above" in again["text/markdown"]


def test_a_chat_of_a_button_is_shown_under_the_cell_that_ran_last(screen: Screen) -> None:
    screen.header = {"msg_type": "execute_request", "msg_id": "cell"}
    screen.output.show("<Chat>")
    screen.header, screen.cell = {"msg_type": "comm_msg", "msg_id": "click"}, {}
    screen.output.show("<Chat>", asked=True)
    assert len(screen.shown) == 1
    sent, hidden = screen.sent
    assert hidden["content"]["transient"] == {"display_id": screen.names[0]}
    assert (sent["parent"]["header"]["msg_id"], screen.output.cell) == ("cell", "cell-1")
    assert sent["content"]["data"]["view"] == "chat"
    assert sent["content"]["transient"]["display_id"] != screen.names[0]


def test_a_chat_without_any_cell_warns_that_it_is_shown_nowhere(screen: Screen) -> None:
    screen.header = {"msg_type": "comm_msg"}
    with pytest.warns(UserWarning, match=r"No page shows this chat.*with output: nbstream\.chat"):
        screen.output.show("<Chat>")
    assert screen.shown == screen.sent == []


def test_a_headless_run_shows_no_view(screen: Screen) -> None:
    screen.cell, screen.request = {}, {"allow_stdin": False}
    screen.output.show("<Chat>", asked=True)
    assert set(screen.shown[0]) == {"text/markdown", "text/plain"}
    # The file may keep this text, so it is true when the file is read.
    assert screen.shown[0]["text/markdown"] == f"*{UNFINISHED}*"


@pytest.mark.parametrize("saves", [True, False])
def test_a_page_that_connects_after_the_end_decides_who_writes_the_file(screen: Screen, saves: bool) -> None:
    screen.output.show("<Chat>")
    screen.say("Hello")
    screen.output.finalize()
    screen.output.page_connected()
    assert screen.updated == []
    screen.saved = saves
    screen.output.page_connected()
    screen.output.page_connected()
    assert len(screen.updated) == (0 if saves else 1)


def test_an_output_may_keep_its_view_beside_the_text(screen: Screen) -> None:
    kept = Output(
        screen.output._host,
        {"batch": "name"},
        lambda *_: {"text/markdown": "rows", "text/plain": "rows"},
        lambda: ({"view": "batch"}, {}),
        lambda: False,
        keeps_view=True,
    )
    kept.show("<Batch>")
    kept.finalize()
    text = {"text/markdown": "rows", "text/plain": "rows"}
    assert [data for _, data in screen.updated] == [{"view": "batch", **text}]
    screen.cell, screen.request = {}, {"allow_stdin": False}
    kept.finalize()
    assert screen.updated[-1][1] == text


def test_a_reply_from_the_message_box_leaves_its_text_beside_the_view(screen: Screen) -> None:
    screen.saved = False
    screen.header = {"msg_type": "execute_request", "msg_id": "cell"}
    screen.output.show("<Chat>")
    screen.shell.execution_count = 2
    screen.header = {"msg_type": "execute_request", "msg_id": "later"}
    screen.output.show("<Chat>")
    # The main thread handles another message meanwhile.
    screen.header, screen.cell = {"msg_type": "comm_msg", "msg_id": "scroll"}, {}
    screen.say("From the box")
    screen.output.finalize(keeps_view=True)
    (_, data), (_, again) = screen.updated
    assert data == {"view": "chat", "text/markdown": "From the box", "text/plain": "From the box"}
    assert (again["view"], "above" in again["text/markdown"]) == ("chat", True)
    assert [message["parent"]["header"]["msg_id"] for message in screen.sent] == ["cell", "later"]


def test_a_view_that_a_text_has_replaced_does_not_come_back(screen: Screen) -> None:
    screen.saved = False
    screen.output.show("<Chat>")
    screen.output.finalize()
    screen.shell.execution_count = 2
    screen.output.show("<Chat>")
    screen.output.finalize(keeps_view=True)
    assert ["view" in data for _, data in screen.updated] == [False, False, True]


def test_in_vs_code_every_text_stands_beside_the_view(screen: Screen) -> None:
    screen.cell = {"cellId": "vscode-notebook-cell:/home/me/a.ipynb#W0sZmlsZQ%3D%3D"}
    screen.output.show("<Chat>")
    screen.say("Hello")
    # No page has to say who writes the file.
    screen.output.finalize()
    [(_, data)] = screen.updated
    assert data == {"view": "chat", "text/markdown": "Hello", "text/plain": "Hello"}


def test_an_output_that_is_shown_while_a_page_hides_others_is_not_forgotten(screen: Screen) -> None:
    """The main thread shows outputs, and the loop hides others when a page connects."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for count in range(1, 300):
            screen.shell.execution_count = count
            screen.output._places = [Place(-count, "", "", {}, 0) for _ in range(50)]
            hiding = threading.Thread(
                target=screen.output.hide_once_saved, args=(-count,), kwargs={"is_saved": True}
            )
            hiding.start()
            screen.output.show("<Chat>")
            screen.cell = {}
            screen.output.show("<Chat>")
            hiding.join()
            assert [place.display_id for place in screen.output._places] == screen.names[-1:]
    finally:
        sys.setswitchinterval(interval)
