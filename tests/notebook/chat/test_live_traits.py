"""Traits that follow a chat's replies: their values, their handlers on the main thread, and links."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ipywidgets
import pytest
import traitlets

import nbstream
from nbstream.notebook.services import kernel_services

Ask = Callable[..., nbstream.Chat]
Changes = list[tuple[object, object, object]]


def observed(chat: nbstream.Chat, *names: str) -> Changes:
    """Collect the changes of traits, and check that each handler runs on the main thread."""
    changes: Changes = []

    def handle(change: Any) -> None:
        assert threading.current_thread() is threading.main_thread()
        assert change.owner is chat
        assert getattr(chat, change.name) == change.new
        changes.append((change.name, change.old, change.new))

    chat.observe(handle, names)
    return changes


def test_a_waiting_cell_calls_the_handlers_of_every_change_in_order(ask: Ask) -> None:
    chat = ask()
    changes = observed(chat, "status", "stop_reason")
    chat.ask("And?")
    assert changes == [
        ("status", "done", "waiting"),
        ("stop_reason", "end_turn", None),
        ("status", "waiting", "streaming"),
        ("status", "streaming", "done"),
        ("stop_reason", None, "end_turn"),
    ]


def test_the_cost_is_reported_without_repeating_itself(ask: Ask) -> None:
    chat = ask(model="claude-opus-4-8")
    before = chat.cost
    changes = observed(chat, "cost")
    chat.ask("And?")
    costs = [new for _, _, new in changes]
    assert costs[-1] == chat.cost
    assert [old for _, old, _ in changes] == [before, *costs[:-1]]
    assert len(set(costs)) == len(costs)


def test_a_reply_that_ended_before_the_wait_has_its_changes_reported_by_the_wait(ask: Ask) -> None:
    chat = ask()
    changes = observed(chat, "status")
    chat.ask("And?", wait=False)
    ended = chat._session.conversation.ended
    assert ended is not None
    ended.result(5)
    assert (chat.status, changes) == ("done", [])
    chat.wait()
    assert [new for _, _, new in changes] == ["waiting", "streaming", "done"]


@pytest.mark.anyio
async def test_an_awaiting_cell_calls_the_handlers_too(ask: Ask) -> None:
    chat = ask(wait=False)
    changes = observed(chat, "status")
    await chat
    assert changes[-1] == ("status", "streaming", "done")


def test_an_idle_kernel_calls_the_handlers_from_its_loop(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled: list[Callable[[], None]] = []
    monkeypatch.setattr(kernel_services().main_thread, "_wake", scheduled.append)
    chat = ask()
    scheduled.clear()
    changes = observed(chat, "status")
    chat.ask("And?", wait=False)
    ended = chat._session.conversation.ended
    assert ended is not None
    ended.result(5)
    for run in scheduled:
        run()
    assert [new for _, _, new in changes] == ["waiting", "streaming", "done"]


def test_links_show_the_values_in_other_widgets(ask: Ask) -> None:
    chat = ask()
    label, text = ipywidgets.Label(), ipywidgets.Text()
    one_way = traitlets.dlink((chat, "status"), (label, "value"))
    two_ways = traitlets.link((chat, "status"), (text, "value"))
    assert (label.value, text.value) == ("done", "done")
    seen: list[str] = []
    label.observe(lambda change: seen.append(change.new), "value")
    chat.ask("And?")
    assert seen == ["waiting", "streaming", "done"]
    assert text.value == "done"
    one_way.unlink()
    two_ways.unlink()
    chat.ask("And?")
    assert len(seen) == 3


def test_a_handler_that_fails_does_not_lose_the_changes_after_it(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    chat = ask()

    def fail(change: Any) -> None:
        raise ValueError(change.new)

    chat.observe(fail, "status")
    changes = observed(chat, "stop_reason")
    chat.ask("And?")
    assert [new for _, _, new in changes] == [None, "end_turn"]
    assert "a posted function failed" in caplog.text


def test_a_handler_may_ask_the_next_question_and_wait_for_its_answer(ask: Ask) -> None:
    chat = ask()
    seen: list[str] = []

    def go_on(change: Any) -> None:
        seen.append(change.new)
        if change.new == "done" and seen.count("done") == 1:
            chat.ask("And then?")

    chat.observe(go_on, "status")
    chat.ask("And?")
    assert seen == ["waiting", "streaming", "done"] * 2


@pytest.mark.parametrize("name", ["status", "stop_reason", "cost"])
def test_neither_code_nor_a_page_can_set_them(ask: Ask, name: str) -> None:
    chat = ask()
    before = getattr(chat, name)
    with pytest.raises(traitlets.TraitError, match=f"{name} cannot be set.*dlink"):
        setattr(chat, name, "mine")
    with pytest.raises(traitlets.TraitError, match="cannot be set"):
        chat.set_trait(name, "mine")
    chat.set_state({name: "mine"})
    assert getattr(chat, name) == before
    assert name not in chat.keys
    assert name not in chat.get_state()


def test_the_traits_are_documented_as_properties_are() -> None:
    trait = nbstream.Chat.__dict__["status"]
    assert trait.__doc__.startswith("The state of the latest reply")
    assert trait.default() is None


def test_a_chat_that_nobody_observes_posts_nothing(ask: Ask) -> None:
    chat = ask(wait=False)
    chat.wait()
    assert not kernel_services().main_thread._posted
