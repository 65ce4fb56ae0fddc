"""Subscribers to a text: those that are there from the beginning, and those that come and go."""

from __future__ import annotations

from nbstream.conversation.reply.text_subscribers import TextSubscribers


def test_each_subscriber_gets_the_text_so_far_every_piece_and_the_end() -> None:
    subscribers = TextSubscribers()
    first: list[str | None] = []
    gone: list[str | None] = []
    late: list[str | None] = []
    subscribers.add(first.append, "", has_ended=False)
    subscribers.add(gone.append, "", has_ended=False)
    subscribers.publish("Hel")
    subscribers.remove(gone.append)
    subscribers.remove(gone.append)
    subscribers.publish("lo")
    subscribers.publish(None)
    subscribers.add(late.append, "Hello", has_ended=True)
    assert first == ["", "Hel", "lo", None]
    assert gone == ["", "Hel"]
    assert late == ["Hello", None]
