"""Widgets that hold chats; `test_calls_in_kernels.py` and the browser have them in real hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import IPython
import IPython.display
import ipywidgets
import pytest
import traitlets
from IPython.core.formatters import DisplayFormatter

import nbstream
from nbstream.api import create_chat
from nbstream.kernel import cells
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.outputs import containers as module
from nbstream.notebook.outputs import output as output_module
from nbstream.notebook.outputs.chat_outputs import ChatOutputs
from nbstream.notebook.outputs.containers import MAX_ITEMS, Containers, chats_within

VIEW = "application/vnd.jupyter.widget-view+json"


class Notebook:
    """A kernel with IPython's own formatter, and the outputs that it shows, by their display id."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.outputs: dict[str, dict[str, Any]] = {}
        self.callbacks: dict[str, Callable[..., None]] = {}
        self.message = {"header": {"msg_type": "execute_request", "msg_id": "m1"}, "metadata": {"cellId": "c"}}
        events = SimpleNamespace(register=self.callbacks.__setitem__)
        self.shell = SimpleNamespace(execution_count=1, display_formatter=DisplayFormatter(), events=events)
        kernel = SimpleNamespace(get_parent=lambda _: self.message, shell=self.shell)
        self.host = Host(HostKind.NOTEBOOK, kernel)
        self.is_last_value = False
        monkeypatch.setattr(cells, "_cells", None)
        monkeypatch.setattr(module, "_containers", None)
        monkeypatch.setattr(IPython, "get_ipython", lambda: self.shell)
        kernel.session, kernel.iopub_socket = SimpleNamespace(send=self._send), "iopub"
        monkeypatch.setattr(IPython.display, "display", self._publish)
        monkeypatch.setattr(IPython.display, "update_display", self._publish)
        monkeypatch.setattr(output_module, "is_last_value", lambda: self.is_last_value)
        module.watch_containers(self.host)
        module.watch_containers(self.host)

    def _send(self, _: str, kind: str, content: dict[str, Any], **__: Any) -> None:
        assert kind == "update_display_data"
        self._publish(content["data"], content["transient"]["display_id"], content["metadata"])

    def _publish(self, data: dict[str, Any], display_id: str, metadata: Any = None, **_: Any) -> None:
        self.outputs[display_id] = {**data, "metadata": metadata}

    def chat(self, text: str = "") -> nbstream.Chat:
        made = create_chat()
        session = made._session
        if text:
            session.conversation.transcript.add_turn("user", "Hi")
            session.conversation.transcript.add_turn("assistant", text)
        # The chat belongs to no kernel, and its outputs to this one.
        bundle = lambda: ({VIEW: {"model_id": made.model_id}}, {})  # noqa: E731
        saved = lambda: session.connection.saved_by_page  # noqa: E731
        session.outputs = ChatOutputs(self.host, made.model_id, session.conversation, bundle, saved)
        return made

    def display(self, item: object) -> dict[str, Any]:
        """Display an object as IPython does; return the data that is left for IPython to show."""
        return dict(self.shell.display_formatter.format(item)[0])

    def end_cell(self) -> None:
        self.callbacks["post_run_cell"]()
        self.shell.execution_count += 1

    @property
    def views(self) -> list[str]:
        """The ids of the models that the outputs show live."""
        return [output[VIEW]["model_id"] for output in self.outputs.values() if VIEW in output]

    @property
    def texts(self) -> list[str]:
        return [text for output in self.outputs.values() if (text := output.get("text/markdown"))]


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    yield Notebook(monkeypatch)
    ipywidgets.Widget.close_all()


@pytest.mark.parametrize("container", [ipywidgets.VBox, ipywidgets.Tab, ipywidgets.Accordion, ipywidgets.GridBox])
def test_a_chat_in_a_container_of_the_same_cell_is_moved_there(notebook: Notebook, container: type) -> None:
    chat = notebook.chat("The answer.")
    chat.show()
    assert notebook.views == [chat.model_id]
    box = container([ipywidgets.HTML("x"), chat])
    assert notebook.display(box) == {}
    assert notebook.views == [box.model_id]
    assert notebook.texts == ["The answer."]
    shown = list(notebook.outputs.values())[-1]
    assert shown["metadata"]["nbstream"] == {"chat": box.model_id, "row": {chat.model_id: ""}}
    notebook.is_last_value = True
    notebook.display(box)
    assert notebook.views == [box.model_id]


def test_in_a_later_cell_it_is_shown_in_both_places(notebook: Notebook) -> None:
    chat = notebook.chat("The answer.")
    chat.show()
    notebook.end_cell()
    box = ipywidgets.VBox([ipywidgets.HBox([chat])])
    notebook.display(box)
    assert notebook.views == [chat.model_id, box.model_id]
    assert len(chat._session.outputs.others) == 1
    notebook.end_cell()
    notebook.display(box)
    assert len(chat._session.outputs.others) == 1


def test_a_chat_that_is_displayed_again_in_its_cell_is_moved(notebook: Notebook) -> None:
    chat = notebook.chat()
    chat.show()
    notebook.display(chat)
    assert notebook.views == [chat.model_id]
    assert len(notebook.outputs) == 2


def test_a_late_page_gets_the_chat_in_place_of_all_that_the_cell_shows(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared: list[bool] = []
    monkeypatch.setattr(IPython.display, "clear_output", lambda wait: cleared.append(wait))
    chat = notebook.chat()
    chat.show(asked=True)
    chat._session.outputs.show_again("<Chat>")
    assert cleared == [True]
    assert notebook.views == [chat.model_id]


def test_several_chats_of_a_container_are_all_in_its_text(notebook: Notebook) -> None:
    chats = [notebook.chat("One."), notebook.chat("Two.")]
    notebook.display(ipywidgets.VBox(chats))
    assert notebook.texts == ["---\n\nOne.\n\n---\n\nTwo."]


def test_a_widget_without_a_chat_is_displayed_as_ever(notebook: Notebook) -> None:
    slider = ipywidgets.IntSlider()
    assert notebook.display(slider)[VIEW]["model_id"] == slider.model_id

    class OwnDisplay(ipywidgets.HBox):
        shown = 0

        def _ipython_display_(self) -> None:
            OwnDisplay.shown += 1

    assert notebook.display(OwnDisplay()) == {}
    assert OwnDisplay.shown == 1
    assert notebook.outputs == {}


@pytest.mark.parametrize("greets", ["before", "after"])
@pytest.mark.parametrize("is_saved", [True, False])
def test_a_chat_that_joins_a_displayed_container_is_moved_at_the_end_of_the_cell(
    notebook: Notebook, is_saved: bool, greets: str
) -> None:
    tab = ipywidgets.Tab()
    notebook.display(tab)
    notebook.display(ipywidgets.HTML())
    chat = notebook.chat("The answer.")
    saves = chat._session.connection._saves
    if greets == "before":
        saves["page"] = is_saved
    chat.show()
    tab.children = [chat]
    # IPython 8 counts on before it reports the end.
    notebook.shell.execution_count += 1
    notebook.end_cell()
    saves["page"] = is_saved
    chat._session.outputs.page_connected()
    # Only a page can write the text of a container that was displayed before.
    assert notebook.views == ([] if is_saved else [chat.model_id])


def test_what_interact_displays_again_is_shown_once(notebook: Notebook) -> None:
    out = ipywidgets.Output()
    chat = notebook.chat("The answer.")
    out.msg_id = "m1"
    chat.show()
    notebook.display(chat)
    out.msg_id = ""
    assert notebook.views == [chat.model_id]
    notebook.display(ipywidgets.VBox([ipywidgets.IntSlider(), out]))
    assert notebook.texts == ["The answer.", "The answer."]
    # The slider is moved, and the function's value is displayed again.
    notebook.message = {"header": {"msg_type": "comm_msg", "msg_id": "m2"}}
    out.msg_id = "m2"
    notebook.display(chat)
    assert notebook.views.count(chat.model_id) == 2


def test_within_an_output_widget_the_chat_leaves_its_first_place_when_the_cell_ends(notebook: Notebook) -> None:
    chat = notebook.chat()
    chat.show()
    out = ipywidgets.Output()
    out.msg_id = "m1"
    notebook.display(chat)
    assert notebook.views == [chat.model_id] * 2
    notebook.end_cell()
    assert notebook.views == [chat.model_id]
    assert list(chats_within(out)) == [chat]


def test_the_text_is_left_when_all_chats_of_a_container_have_ended(notebook: Notebook) -> None:
    running = create_chat()
    one, other = notebook.chat("One."), notebook.chat("Two.")
    notebook.display(ipywidgets.VBox([one, other]))
    for chat in (one, other):
        chat._session.connection._saves["page"] = False
    one._session.outputs.finalize()
    assert notebook.views == []
    assert notebook.texts == ["---\n\nOne.\n\n---\n\nTwo."]
    assert not running._session.outputs.is_shown
    assert one._session.outputs.is_shown


def test_in_vs_code_a_late_child_is_seen_once_and_its_text_is_in_the_output_of_the_box(notebook: Notebook) -> None:
    notebook.message["metadata"] = {"cellId": "vscode-notebook-cell:/home/me/a.ipynb#W0sZmlsZQ%3D%3D"}
    box, slider = ipywidgets.VBox(), ipywidgets.IntSlider()
    assert notebook.display(box) == {}
    assert VIEW in notebook.display(slider)
    chat = notebook.chat("The answer.")
    chat.show()
    box.children = [chat]
    assert notebook.views == [box.model_id, chat.model_id]
    notebook.end_cell()
    assert notebook.views == [box.model_id]
    assert notebook.texts == ["The answer."]
    chat._session.conversation.transcript.add_turn("user", "And?")
    chat._session.conversation.transcript.add_turn("assistant", "More.")
    notebook.end_cell()
    notebook.message = {"header": {"msg_type": "comm_msg", "msg_id": "m2"}}
    chat._session.outputs.finalize(keeps_view=True)
    assert ["More." in text for text in notebook.texts] == [True]
    assert notebook.views == [box.model_id]
    # A box without a chat stays as it is.
    empty = ipywidgets.HBox()
    notebook.message = {
        "header": {"msg_type": "execute_request"},
        "metadata": {"cellId": "vscode-notebook-cell:x"},
    }
    notebook.display(empty)
    notebook.end_cell()
    assert set(list(notebook.outputs.values())[-1]) == {VIEW, "text/plain", "metadata"}


def test_the_search_for_chats_ends_in_any_widget(notebook: Notebook) -> None:
    chat = notebook.chat()
    inner = ipywidgets.VBox([chat])
    outer = ipywidgets.VBox([inner, inner, chat])
    inner.children = [outer, *inner.children]
    assert list(chats_within(outer)) == [chat]

    class Plot(ipywidgets.Widget):
        parts = traitlets.Any().tag(sync=True, to_json=lambda *_: None)

    plot = Plot()
    plot.parts = [0.5] * MAX_ITEMS + [chat]
    assert list(chats_within(plot)) == []
    plot.parts = {"card": [{"chat": [chat]}]}
    assert list(chats_within(plot)) == [chat]
    plot.parts = [[[[[[chat]]]]]]
    assert list(chats_within(plot)) == []


def test_a_host_without_a_formatter_or_cells_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_containers", None)
    module.watch_containers(Host(HostKind.TERMINAL))
    assert module._containers is None
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    Containers(Host(HostKind.TERMINAL)).register()
