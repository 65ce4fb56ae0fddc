"""The model of a chat's widget: its synced state, its comm, its page's code and its end."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import time
import weakref
from collections.abc import Callable

import pytest
from claude_server import prose

import nbstream
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.services import kernel_services

TEXT = "".join(prose(60))
Ask = Callable[..., nbstream.Chat]


def test_where_widgets_end_with_their_cells_a_chat_has_the_pages_code_and_styles_for_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[object] = []
    monkeypatch.setattr("nbstream.kernel.host._host", Host(HostKind.MARIMO))
    monkeypatch.setattr("nbstream.kernel.host.append_output", shown.append)
    chat, other = nbstream.chat(client=nbstream.demo()), nbstream.chat(client=nbstream.demo())
    assert shown == [chat, other]
    assert chat._bundle != other._bundle
    assert ".nbstream" in chat._css
    code = chat._own_page_code
    assert code is not None
    assert chat._bundle == f"anywidget:{code.model_id}"
    chat.close()
    assert code.comm is None
    other.close()


def test_no_key_and_no_answer_stands_in_the_synced_state(ask: Ask) -> None:
    state = json.dumps(ask().get_state(drop_defaults=True), default=repr)
    assert "sk-secret" not in state
    assert TEXT[:20] not in state


def test_chats_share_one_bundle_and_one_layout(ask: Ask) -> None:
    first, second = ask(None), ask(None)
    assert first._bundle == second._bundle
    assert first.layout is second.layout
    assert len(first._esm) < 1000


def test_the_bundle_is_made_anew_after_all_widgets_were_closed(ask: Ask) -> None:
    import ipywidgets

    first = ask(None)
    ipywidgets.Widget.close_all()
    second = ask(None)
    assert second._bundle != first._bundle
    assert kernel_services().page_code_for_chat().comm is not None


def test_a_closed_chat_is_forgotten_with_all_it_opened(ask: Ask) -> None:
    chats = []
    for _ in range(2):
        chat = ask(name="forgotten")
        chat.close()
        chats.append(weakref.ref(chat))
    del chat
    gc.collect()
    # The chat that was used last stays as `nbstream.last`.
    assert [made() is None for made in chats] == [True, False]


@pytest.mark.parametrize("prompt", [None, "Hello"])
def test_a_script_that_drops_its_chats_does_not_keep_them(
    ask: Ask, prompt: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    from ipywidgets.widgets.widget import _instances

    ask(prompt, name="dropped")
    registered = len(_instances)
    chats = [weakref.ref(ask(prompt, name="dropped")) for _ in range(5)]

    def are_freed() -> bool:
        gc.collect()
        # The chat that was used last stays as `nbstream.last`.
        return [made() is None for made in chats] == [True, True, True, True, False]

    deadline = time.monotonic() + 5
    while not are_freed():
        assert time.monotonic() < deadline
        time.sleep(0.002)
    assert len(_instances) == registered
    capsys.readouterr()


def test_a_widget_of_a_script_can_still_hold_a_chat(ask: Ask) -> None:
    import ipywidgets
    from ipywidgets.widgets.widget import _instances

    chat = ask(None)
    assert chat.comm is None
    box = ipywidgets.VBox([chat])
    assert box.get_state("children") == {"children": [f"IPY_MODEL_{chat.model_id}"]}
    assert chat.comm is not None
    registered = chat.model_id
    box.close()
    chat.close()
    assert chat.comm is None
    assert registered not in _instances


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_chat_says_why_it_cannot_be_copied(ask: Ask, way: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match=r"cannot be copied or pickled.*chat\.messages.*chat\.save"):
        way(ask(None))
