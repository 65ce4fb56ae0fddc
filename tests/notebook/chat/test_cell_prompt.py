"""Tests of the mark of a message whose text stands in the cell that sends it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

import nbstream
from nbstream.content.message import UserMessage
from nbstream.kernel.host import Host
from nbstream.kernel.host_facts import HostKind
from nbstream.notebook.chat.cell_prompt import (
    MAX_SHOWN_CHARS,
    is_in_code,
    is_marked,
    mark_if_in_cell,
    mark_in_cell,
    shown_text,
)

CELL = {"header": {"msg_type": "execute_request"}, "metadata": {"cellId": "c1"}}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("nbstream.chat('Explain CRDTs')", True),
        ('%load_ext nbstream\nchat = nbstream.chat("""Explain CRDTs""", wait=False)', True),
        ("!pip list\nnbstream.chat('Explain CRDTs')", True),
        ("%%chat --model claude-haiku-4-5\nExplain CRDTs\n", True),
        ("%%time\nnbstream.chat('Explain CRDTs')", True),
        ("%%time\nnbstream.chat(question)  # Explain CRDTs", False),
        ("ask(['Explain CRDTs'], wait=False)", True),
        ("nbstream.chat(prompt='Explain CRDTs')", True),
        ("for topic in ['Explain CRDTs', 'Explain clocks']:\n    nbstream.chat(topic, wait=False)", False),
        ("nbstream.chat(question)", False),
        ("name = 'CRDTs'\nnbstream.chat(f'Explain {name}')", False),
        ("# Explain CRDTs\nnbstream.chat(question)", False),
        ("nbstream.chat('Explain CRDTs' 'and Lamport clocks')", False),
        ("nbstream.chat('Explain CRDTs'", False),
        ("a = '\\d'; nbstream.chat('Explain CRDTs')", True),
        ("%%chat\nExplain {{topic}}", False),
        ("", False),
    ],
)
def test_a_prompt_is_found_in_a_cell_only_word_for_word(code: str, found: bool) -> None:
    assert is_in_code("Explain CRDTs", code) is found


def host(code: str) -> Host:
    return cast(Host, SimpleNamespace(cell_code=code))


def message_of(prompt: Any, code: str = "") -> UserMessage:
    return mark_if_in_cell(UserMessage.from_prompt(prompt), prompt, host(code))


@pytest.mark.parametrize("prompt", ["Explain CRDTs", ["Explain CRDTs"]])
def test_pages_learn_that_the_cell_shows_the_message(prompt: Any) -> None:
    message = message_of(prompt, "nbstream.chat('Explain CRDTs')")
    assert [preview.get("in_cell") for preview in message.previews] == [True]
    assert message.blocks == [{"type": "text", "text": "Explain CRDTs"}]


@pytest.mark.parametrize(
    ("prompt", "code"),
    [
        ("Explain CRDTs", "nbstream.chat(question)"),
        (["Explain CRDTs", "and more"], "nbstream.chat(['Explain CRDTs', 'and more'])"),
    ],
)
def test_a_message_that_the_cell_does_not_show_as_it_is_has_no_mark(prompt: Any, code: str) -> None:
    assert not any("in_cell" in preview for preview in message_of(prompt, code).previews)


@pytest.mark.parametrize(
    ("process", "shown"),
    [(HostKind.NOTEBOOK, True), (HostKind.PYODIDE, True), (HostKind.COLAB, True), (HostKind.VOILA, False)],
)
def test_the_code_counts_only_where_the_page_shows_it(process: HostKind, shown: bool) -> None:
    request = {**CELL, "content": {"code": "nbstream.chat('Hi')"}}
    kernel = SimpleNamespace(get_parent=lambda *_: request, shell=None)
    assert Host(process, kernel).cell_code == ("nbstream.chat('Hi')" if shown else "")


def test_without_a_kernel_there_is_no_code() -> None:
    assert Host(HostKind.TERMINAL).cell_code == ""


def test_a_message_with_other_parts_is_named_by_them() -> None:
    message = message_of(["Read", {"type": "image", "source": {"type": "url", "url": "https://a.b/c.png"}}])
    assert shown_text(message) == "Read · https://a.b/c.png"
    assert not is_marked(message)
    assert is_marked(mark_in_cell(message))


def questions(chat: nbstream.Chat) -> list[bool]:
    """Return for each of the user's messages whether pages leave it out."""
    turns = chat._session.conversation.transcript.turns
    return [bool(turn.blocks[0].data.get("in_cell")) for turn in turns if turn.role == "user"]


def test_only_a_question_that_begins_its_chat_stands_right_below_its_cell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Host, "cell_code", "nbstream.chat('Hi')")
    client = nbstream.demo("Hello.", tokens_per_second=100_000, wait=0)
    earlier = [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]
    file = tmp_path / "talk.json"
    assert questions(nbstream.chat("Hi", client=client, file=file)) == [True]
    assert questions(nbstream.chat("Hi", client=client, messages=earlier)) == [False, False]
    assert questions(nbstream.chat("Hi", client=client, show=False)) == [False]
    # The first question was asked in another cell, perhaps of another notebook.
    assert questions(nbstream.chat("Hi", client=client, file=file)) == [False, False]
    assert questions(nbstream.load(file, client=client)) == [False, False]


def test_a_table_is_named_by_its_kind_and_size_and_a_long_text_is_cut() -> None:
    rows = pd.DataFrame({"city": ["Oslo", "Lima"]})
    assert shown_text(message_of([rows, "Why?"])) == "pandas DataFrame, 2 rows × 1 column · Why?"
    assert len(shown_text(message_of("Read this. " * 1_000))) <= MAX_SHOWN_CHARS
