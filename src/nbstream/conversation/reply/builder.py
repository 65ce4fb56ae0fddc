"""Builder of a reply: turns the events of the API's stream into blocks and text in the transcript."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from ...claude.usage import UsageMeter, estimate, rate
from ...core.ops import Status
from ...core.surrogates import SurrogateJoiner
from ...core.transcript import Transcript
from ...core.turn import TEXT_FIELD, Block, is_call, is_known, missing_line_ends
from .block_fields import PARTIAL_JSON, complete_fields, merge_delta
from .call_ids import unique_call_id

log = logging.getLogger("nbstream")

_TEXT_DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": PARTIAL_JSON}
"""The field that has the text of a delta, by the type of the delta."""

KNOWN_DELTAS = frozenset({*_TEXT_DELTAS, "signature_delta", "citations_delta", "compaction_delta"})


class ReplyBuilder:
    """Writes one reply into the latest turn.

    Args:
        transcript: The transcript, whose latest turn waits for the reply.
        clock: Returns the seconds of a monotonic clock.
        model: The model that is asked.
        on_text: Called with each piece of the answer's text, and with the blank lines between its documents.
        replaces: Whether the turn holds an earlier reply. The earlier reply is removed when the new one begins
            and not before, because the new one may never begin.
        text_data: The data that pages get beside each text; by default the transcript describes it.

    Attributes:
        message: The SDK's message so far, without its content.
        meter: The tokens and costs of the reply.
    """

    def __init__(
        self,
        transcript: Transcript,
        clock: Callable[[], float],
        model: str = "",
        *,
        on_text: Callable[[str], None] = lambda _: None,
        replaces: bool = False,
        text_data: Mapping[str, Any] | None = None,
    ) -> None:
        self.message: dict[str, Any] = {}
        self.meter = UsageMeter(model)
        self._on_text = on_text
        self._transcript = transcript
        self._turn = transcript.turns[-1]
        self._clock = clock
        self._replaces = replaces
        self._text_data = text_data
        self._first_block = len(self._turn.blocks)
        self._message_first_block = self._first_block
        self._block: Block | None = None
        # The arguments that came whole with the event that began the open call.
        self._start_arguments = ""
        # Whether text has come for a block of a known kind that has no text.
        self._has_merged_text = False
        self._surrogates = SurrogateJoiner()
        # The block whose text was published last, the start of that block's document, and the text's end.
        self._published_block: Block | None = None
        self._published_document = -1
        self._published_tail = ""

    @property
    def has_visible_output(self) -> bool:
        """Whether anything of the latest message has reached the page, or text has come that no page shows."""
        return self._has_merged_text or any(block.parts for block in self.message_blocks)

    @property
    def message_blocks(self) -> list[Block]:
        """The blocks of the latest message."""
        return self._turn.blocks[self._message_first_block :]

    def text(self) -> str:
        """Return the text of this reply, without the text of an earlier reply that it continues."""
        return self._turn.text(first_block=self._first_block)

    def apply(self, event: Mapping[str, Any]) -> str | None:
        """Write one event to the turn. Any of its fields may be `None`, because some gateways send null.

        Returns:
            The message's stop reason if this is the message's last event, else `None`.
        """
        match event.get("type"):
            case "content_block_delta":
                self._apply_delta(_fields(event, "delta"))
            case "content_block_start":
                self._open_block(_fields(event, "content_block"))
            case "content_block_stop":
                self.close(is_complete=True)
            case "message_start":
                self._begin_message(_fields(event, "message"))
            case "message_delta":
                self._apply_message_delta(_fields(event, "delta"), _fields(event, "usage"))
            case "message_stop":
                self.close(is_complete=True)
                return str(self.message.get("stop_reason"))
            case other:
                log.info("ignored an event of the unknown kind %.60r", other)
        return None

    def close(self, *, is_complete: bool = False) -> None:
        """Close the open block, which has broken off unless `is_complete`."""
        if self._block is None:
            return
        arguments, self._start_arguments = self._start_arguments, ""
        self._add_text(arguments)
        if is_complete:
            complete_fields(self._block.param)
        if rest := self._surrogates.flush():
            self._write(rest)
        self._block = None
        self._transcript.close_block(self._clock(), is_complete=is_complete)

    def reset(self) -> None:
        """Discard a failed attempt that has shown nothing on the page, before the same request is sent again."""
        self.close()
        # `drop_blocks` removes all blocks of the turn. It is not called if the reply has earlier messages. In that
        # case the empty blocks of the failed attempt stay, which does no harm.
        if self._message_first_block == 0:
            self._transcript.drop_blocks()
        self.next_message()

    def next_message(self) -> None:
        """Prepare for the next message of the same reply."""
        self._transcript.add_usage(self.meter.usage())
        self.meter.next_request()
        self.message = {}
        self._has_merged_text = False
        self._message_first_block = len(self._turn.blocks)

    def _begin_message(self, message: dict[str, Any]) -> None:
        self.message = message
        if self._turn.reply is not None:
            self._turn.reply.message = message
        self._note_container(message)
        self.meter.begin_answer(message.get("model"))
        self.meter.record(message.get("usage") or {})
        if self._replaces:
            self._replaces = False
            self._first_block = 0
            self._transcript.drop_blocks()
        self._message_first_block = len(self._turn.blocks)
        if self._transcript.status is Status.STREAMING:
            # Each further message of the reply comes from a new request, whose prompt adds to the cost.
            self._report_streaming()

    def _note_container(self, message: dict[str, Any]) -> None:
        container = message.get("container")
        if self._turn.reply is not None and isinstance(container, Mapping) and container.get("id"):
            self._turn.reply.container = container

    def _open_block(self, content: dict[str, Any]) -> None:
        # Some gateways send no event at the end of a block.
        self.close(is_complete=True)
        type_, param, text = Block.split({**content, "type": content.get("type") or "text"})
        if not is_known(type_):
            log.info("Claude sent a block of the unknown kind %.60r; it is sent back as it came", type_)
        if type_ == "tool_use":
            param["id"] = unique_call_id(self._transcript.turns, param.get("id"))
        self.meter.add_block(type_)
        self._block = self._begin_block(type_, param)
        if is_call(type_):
            self._start_arguments = text
        else:
            self._add_text(text)

    def _begin_block(self, type_: str, param: dict[str, Any]) -> Block:
        now = self._clock()
        if type_ == "text" and self._text_data:
            return self._transcript.append_block(Block(type_, param), now, self._text_data)
        return self._transcript.open_block(type_, now, param)

    def _apply_delta(self, delta: dict[str, Any]) -> None:
        block, type_ = self._block, str(delta.get("type"))
        field = _TEXT_DELTAS.get(type_)
        if field is not None and (block is None or block.type in TEXT_FIELD or is_call(block.type)):
            self._add_text(delta.get(field))
        elif block is None:
            # Some gateways send no event at the beginning of a block.
            self._add_text(merge_delta({}, delta))
        elif delta:
            if type_ not in KNOWN_DELTAS:
                log.info("Claude sent a delta of the unknown kind %.60r; it is kept as it came", type_)
            text = merge_delta(block.param, delta)
            if not is_known(block.type):
                self._add_text(text)
            elif text:
                self._has_merged_text = True

    def _add_text(self, piece: str | None) -> None:
        # Some gateways between here and the API send null in place of an empty text.
        if piece and (text := self._surrogates.feed(piece)):
            self._write(text)

    def _write(self, text: str) -> None:
        # Arguments that come in deltas replace those of the event that began the call.
        self._start_arguments = ""
        if self._block is None:
            self._block = self._begin_block("text", {})
        if self._turn.reply is not None and self._turn.reply.status is Status.WAITING:
            self._report_streaming()
        self._transcript.add_text(text)
        self.meter.add_text(text)
        if self._block.type == "text":
            self._publish(self._block, text)

    def _publish(self, block: Block, text: str) -> None:
        if block is not self._published_block:
            document = self._turn.document_start(len(self._turn.blocks) - 1)
            if document != self._published_document:
                text = missing_line_ends(self._published_tail) + text
            self._published_block, self._published_document = block, document
        self._published_tail = (self._published_tail + text)[-2:]
        self._on_text(text)

    def _report_streaming(self) -> None:
        """Report that the reply is streaming, with its cost so far and the price of further text."""
        self._transcript.transition(
            Status.STREAMING,
            self._clock(),
            usage=self.meter.usage(),
            cost=estimate(self.meter),
            rate=rate(self.meter),
        )

    def _apply_message_delta(self, delta: dict[str, Any], usage: dict[str, Any]) -> None:
        known = _without_null(usage)
        self.message["usage"] = {**(self.message.get("usage") or {}), **known}
        self.message.update(_without_null(delta))
        self._note_container(self.message)
        self.meter.record(known, is_complete=self.message.get("stop_reason") is not None)


def _fields(event: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _without_null(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
