"""The observer of a conversation: one is enough, and none is needed."""

from __future__ import annotations

import inspect

import pytest
from observer import RecordingObserver

from nbstream.conversation.observer import ConversationObserver, NullObserver

METHODS = [name for name, _ in inspect.getmembers(ConversationObserver, inspect.isfunction) if name[0] != "_"]
EVENTS = [name for name in METHODS if name != "slack_seconds"]


@pytest.mark.parametrize("event", EVENTS)
def test_the_null_observer_takes_every_event(event: str) -> None:
    observer: ConversationObserver = NullObserver()
    assert getattr(observer, event)() is None


def test_the_null_observer_gets_each_piece_of_text_at_once() -> None:
    observer: ConversationObserver = NullObserver()
    assert observer.slack_seconds() == 0.0


def test_the_tests_observer_takes_every_event() -> None:
    observer = RecordingObserver()
    for event in EVENTS:
        getattr(observer, event)()
    assert observer.events == EVENTS
