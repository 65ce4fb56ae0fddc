"""Random lives of a reply: events that a server may send, legal or not, in any order and cut anywhere.

A life is made from its number alone. By hand, `python tests/reply_lives.py 1000000` runs that many.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

from anthropic.types.beta import BetaContentBlockParam, BetaTextCitationParam
from pydantic import TypeAdapter

from nbstream.conversation.reply.builder import ReplyBuilder
from nbstream.core.history import check_history
from nbstream.core.messages import build_messages
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript
from nbstream.core.turn import is_known

SDK_BLOCK: TypeAdapter[Any] = TypeAdapter(BetaContentBlockParam)
SDK_CITATION: TypeAdapter[Any] = TypeAdapter(BetaTextCitationParam)

CITATION = {
    "type": "char_location",
    "cited_text": "so",
    "document_index": 0,
    "document_title": None,
    "start_char_index": 0,
    "end_char_index": 2,
}
STARTS: tuple[dict[str, Any], ...] = (
    {"type": "text", "text": "", "citations": None},
    {"type": "thinking", "thinking": "", "signature": ""},
    {"type": "redacted_thinking", "data": "x"},
    {"type": "tool_use", "id": "call", "name": "add", "input": {}},
    {"type": "tool_use", "id": "call", "name": "add", "input": {"a": 1}},
    {"type": "server_tool_use", "id": "search", "name": "web_search", "input": {}},
    {"type": "web_search_tool_result", "tool_use_id": "search", "content": []},
    {"type": "mcp_tool_use", "id": "mcp", "name": "look", "server_name": "s", "input": {}},
    {"type": "mcp_tool_result", "tool_use_id": "mcp", "content": "found", "is_error": False},
    {"type": "compaction", "content": None},
    {"type": "container_upload", "file_id": "f"},
    {"type": "novelty", "colour": "red"},
)
REASONS = ("end_turn", "max_tokens", "tool_use", "pause_turn", "stop_sequence", "refusal", None, "novelty")


class Life:
    """One life: `run` applies it, and checks it after each of its messages.

    Args:
        number: The number that decides everything that happens.
    """

    def __init__(self, number: int) -> None:
        self._random = Random(number)
        self._transcript = Transcript()
        self._transcript.add_turn("user", "Hello")
        self._transcript.open_reply(0.0)
        self._builder = self._new_builder()
        self._texts = 0
        # The texts that came, in their order.
        self._came: list[str] = []
        self._published = ""

    def run(self) -> None:
        for _ in range(self._random.randint(1, 3)):
            events = self._disturbed(list(self._message()))
            for event in events[: self._random.randint(0, len(events) + 5)]:
                self._builder.apply(deepcopy(event))
                self._note(event)
            self._end_message()
            self._check()

    def _new_builder(self) -> ReplyBuilder:
        self._published = ""
        return ReplyBuilder(self._transcript, lambda: 1.0, "m", on_text=self._publish)

    def _publish(self, text: str) -> None:
        self._published += text

    def _text(self) -> str:
        self._texts += 1
        return f"<{self._texts}>" + self._random.choice(("", " ", "\n", "\n\n", "é", "\ud83d", '{"a":', "}"))

    def _message(self) -> Iterator[dict[str, Any]]:
        random = self._random
        yield {"type": "message_start", "message": {"id": "m", "model": "m", "usage": {"input_tokens": 3}}}
        for index in range(random.randint(0, 4)):
            start = deepcopy(random.choice(STARTS))
            yield {"type": "content_block_start", "index": index, "content_block": start}
            for _ in range(random.randint(0, 3)):
                yield {"type": "content_block_delta", "index": index, "delta": self._delta(start["type"])}
            yield {"type": "content_block_stop", "index": index}
        delta = {"stop_reason": random.choice(REASONS), "container": None}
        yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}}
        yield {"type": "message_stop"}

    def _delta(self, kind: str) -> dict[str, Any]:
        text = self._text()
        deltas: tuple[dict[str, Any], ...] = (
            {"type": "text_delta", "text": text},
            {"type": "thinking_delta", "thinking": text},
            {"type": "input_json_delta", "partial_json": text},
            {"type": "signature_delta", "signature": "s"},
            {"type": "citations_delta", "citation": dict(CITATION)},
            {"type": "compaction_delta", "content": text},
            {"type": "novelty_delta", "text": text},
        )
        own = {"text": (0, 0, 4), "thinking": (1, 1, 3), "compaction": (5,), "novelty": (6, 0)}.get(kind, (2,))
        return deltas[self._random.choice(own) if self._random.random() < 0.8 else self._random.randrange(7)]

    def _disturbed(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Disturb a legal message: leave out, repeat and swap events, and set fields to null."""
        random = self._random
        for _ in range(random.choice((0, 0, 1, 2, 5))):
            at = random.randrange(len(events))
            match random.randrange(5):
                case 0:
                    events.insert(at, deepcopy(events[at]))
                case 1 if len(events) > 1:
                    del events[at]
                case 2:
                    other = random.randrange(len(events))
                    events[at], events[other] = events[other], events[at]
                case 3:
                    events.insert(at, {"type": random.choice(("ping", "novelty", None))})
                case _:
                    self._set_to_null(events[at])
        return events

    def _set_to_null(self, fields: dict[str, Any]) -> None:
        name = self._random.choice(list(fields))
        if isinstance(fields[name], dict) and fields[name] and self._random.random() < 0.8:
            self._set_to_null(fields[name])
        else:
            fields[name] = None

    def _note(self, event: dict[str, Any]) -> None:
        """Note the text of a delta that came."""
        delta = event.get("delta") if event["type"] == "content_block_delta" else None
        if not isinstance(delta, dict):
            return
        fields = {
            "text_delta": "text",
            "thinking_delta": "thinking",
            "input_json_delta": "partial_json",
            "novelty_delta": "text",
        }
        text = delta.get(fields.get(delta["type"] or "", ""))
        if text:
            self._came.append(text[: text.index(">") + 1])

    def _end_message(self) -> None:
        """Go on like a reply: with another attempt, with results, or with a continuation after the end."""
        random, builder, transcript = self._random, self._builder, self._transcript
        turn = transcript.turns[-1]
        match random.randrange(3):
            case 0 if not builder.has_visible_output:
                builder.reset()
            case 1:
                builder.close()
                calls = [block for block in builder.message_blocks if block.type == "tool_use"]
                transcript.add_blocks(
                    {"type": "tool_result", "tool_use_id": str(call.param.get("id")), "content": "3"}
                    for call in calls
                    if random.random() < 0.8
                )
                builder.next_message()
            case _:
                builder.close()
                assert self._published == turn.text(first_block=builder._first_block)
                transcript.transition(random.choice((Status.DONE, Status.STOPPED, Status.FAILED)), 2.0)
                transcript.reopen_reply(3.0, is_continuation=True)
                self._builder = self._new_builder()

    def _check(self) -> None:
        turn = self._transcript.turns[-1]
        kept = "".join(f"{block.text}{block.param}" for block in turn.blocks)
        lost = [text for text in self._came if text not in kept]
        assert not lost, f"lost: {lost}"
        text = "".join(block.text for block in turn.blocks)
        # No half of a character is left, which no message could carry.
        text.encode()
        later = [*self._transcript.turns, *_question().turns]
        for message in build_messages(self._transcript.turns, is_running=True):
            _check_content(message["content"])
        for message in build_messages(self._transcript.turns, is_continuation=True):
            _check_content(message["content"])
        messages = build_messages(later)
        check_history(messages)
        for message in messages:
            _check_content(message["content"])


def _question() -> Transcript:
    transcript = Transcript()
    transcript.add_turn("user", "And?")
    return transcript


def _check_content(content: str | list[dict[str, Any]]) -> None:
    if isinstance(content, str):
        assert content.strip()
        return
    assert content
    for block in content:
        if is_known(block["type"]):
            SDK_BLOCK.validate_python(block)
            for citation in (block.get("citations") or ()) if block["type"] == "text" else ():
                SDK_CITATION.validate_python(citation)


def run_lives(numbers: range) -> None:
    """Run lives by their numbers. An exception gets a note with the number."""
    for number in numbers:
        try:
            Life(number).run()
        except Exception as error:
            error.add_note(f"in Life({number})")
            raise


if __name__ == "__main__":
    run_lives(range(int(sys.argv[1])))
