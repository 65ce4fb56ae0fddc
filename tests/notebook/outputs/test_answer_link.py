"""Tests of the line under a later cell; `test_headless.py` has one in a real kernel."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import IPython
import IPython.display
import pytest

from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.outputs.answer_link import AnswerLink


def shown(count: int, number: int) -> list[Any]:
    """The outputs of a chat: one that a cell shows, and one that was never shown."""
    return [SimpleNamespace(shown_in=count, cell_number=number), SimpleNamespace(shown_in=None)]


class Screen:
    """A kernel with a running cell, and what its cells show."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: dict[str, dict[str, str]] = {}
        self.shell = SimpleNamespace(execution_count=5)
        self.header = {"msg_type": "execute_request"}
        monkeypatch.setattr(IPython, "get_ipython", lambda: self.shell)
        monkeypatch.setattr(IPython.display, "display", self._display)
        monkeypatch.setattr(IPython.display, "update_display", self._display)
        kernel = SimpleNamespace(get_parent=lambda _: {"header": self.header})
        self.link = AnswerLink(Host(HostKind.NOTEBOOK, kernel), "abc")

    def _display(self, data: dict[str, str], display_id: str, **_: Any) -> None:
        self.shown[display_id] = data

    @property
    def lines(self) -> list[str]:
        return [data["text/plain"] for data in self.shown.values()]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    return Screen(monkeypatch)


def test_a_later_cell_leads_to_the_chat(screen: Screen) -> None:
    screen.link.show(shown(4, 3))
    [data] = screen.shown.values()
    assert data["text/plain"] == "The answer is in the chat under cell 3."
    assert data["text/markdown"] == "The answer is in [the chat under cell 3](#nbstream-abc)."


def test_no_line_is_needed_in_the_cell_that_shows_the_chat_or_without_one(screen: Screen) -> None:
    screen.link.show([])
    screen.link.show([SimpleNamespace(shown_in=None)])
    screen.link.show(shown(5, 4))
    screen.link.reply_ended(ValueError("no"))
    screen.link.hide()
    assert screen.shown == {}


def test_neither_a_buttons_callback_nor_a_script_shows_a_line(screen: Screen) -> None:
    screen.header = {"msg_type": "comm_msg"}
    screen.link.show(shown(4, 3))
    AnswerLink(Host(HostKind.TERMINAL), "abc").show(shown(4, 3))
    assert screen.shown == {}


def test_a_failure_is_told_there_in_few_words(screen: Screen) -> None:
    screen.link.show(shown(4, 3))
    screen.link.reply_ended(ValueError("a long story with a key"))
    assert screen.lines == ["The answer failed (ValueError); the reason is in the chat under cell 3."]


def test_a_later_reply_does_not_change_the_line(screen: Screen) -> None:
    screen.link.show(shown(4, 3))
    screen.link.reply_ended(None)
    screen.link.reply_ended(ValueError("asked on the page"))
    assert screen.lines == ["The answer is in the chat under cell 3."]


def test_the_line_goes_when_the_same_cell_shows_the_chat(screen: Screen) -> None:
    screen.link.show(shown(4, 3))
    screen.shell.execution_count = 6
    screen.link.hide()
    assert screen.lines == ["The answer is in the chat under cell 3."]
    screen.shell.execution_count = 5
    screen.link.hide()
    assert screen.lines == [""]
    screen.link.reply_ended(ValueError("late"))
    assert screen.lines == [""]
