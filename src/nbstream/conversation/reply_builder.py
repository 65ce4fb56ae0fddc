"""Builder of a reply: turns the SDK's raw events into blocks and text in the transcript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..claude.usage import UsageMeter, estimate, rate
from ..core.ops import Status
from ..core.surrogates import SurrogateJoiner
from ..core.transcript import Transcript
from ..core.turn import Block


class ReplyBuilder:
    """Writes one reply into the latest turn.

    Args:
        transcript: The transcript, whose latest turn waits for the reply.
        clock: Returns the seconds of a monotonic clock.
        model: The model that is asked.
        on_text: Called with each piece of the answer's text.
        replaces: Whether the turn holds an earlier reply. The earlier reply is removed when the new one begins
            and not before, because the new one may never begin.

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
    ) -> None:
        self.message: dict[str, Any] = {}
        self.meter = UsageMeter(model)
        self._on_text = on_text
        self._transcript = transcript
        self._turn = transcript.turns[-1]
        self._clock = clock
        self._replaces = replaces
        self._first_block = len(self._turn.blocks)
        self._message_first_block = self._first_block
        self._block: Block | None = None
        self._surrogates = SurrogateJoiner()

    @property
    def has_visible_output(self) -> bool:
        """Whether any part of the latest message has reached the page."""
        return any(block.parts for block in self.message_blocks)

    @property
    def message_blocks(self) -> list[Block]:
        """The blocks of the latest message."""
        return self._turn.blocks[self._message_first_block :]

    def text(self) -> str:
        """Return the text of this reply, without the text of an earlier reply that it continues."""
        return "".join(block.text for block in self._turn.blocks[self._first_block :] if block.type == "text")

    def apply(self, event: Any) -> str | None:
        """Write one event to the turn.

        Returns:
            The message's stop reason if this is the message's last event, else `None`.
        """
        match event.type:
            case "content_block_delta":
                self._apply_delta(event.delta)
            case "content_block_start":
                self._open_block(event.content_block)
            case "content_block_stop":
                self.close()
            case "message_start":
                self._begin_message(event.message.to_dict())
            case "message_delta":
                self._apply_message_delta(event.to_dict())
            case "message_stop":
                return str(self.message.get("stop_reason"))
        return None

    def close(self) -> None:
        """Close the open block."""
        if self._block is None:
            return
        if rest := self._surrogates.flush():
            self._write(rest)
        self._block = None
        self._transcript.close_block(self._clock())

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
        self._message_first_block = len(self._turn.blocks)

    def _begin_message(self, message: dict[str, Any]) -> None:
        self.message = message
        if self._turn.reply is not None:
            self._turn.reply.message = message
        self.meter.record(message.get("usage") or {})
        if self._replaces:
            self._replaces = False
            self._first_block = 0
            self._transcript.drop_blocks()
        self._message_first_block = len(self._turn.blocks)
        if self._transcript.status is Status.STREAMING:
            # Each further message of the reply comes from a new request, whose prompt adds to the cost.
            self._report_streaming()

    def _open_block(self, content_block: Any) -> None:
        type_, param, text = Block.split(content_block.to_dict())
        self.meter.add_block(type_)
        self._block = self._transcript.open_block(type_, self._clock(), param)
        self._add_text(text)

    def _apply_delta(self, delta: Any) -> None:
        match getattr(delta, "type", None):
            case "text_delta":
                self._add_text(delta.text)
            case "thinking_delta":
                self._add_text(delta.thinking)
            case "input_json_delta":
                self._add_text(delta.partial_json)
            case str() if self._block is not None:
                _merge(self._block.param, delta.to_dict())

    def _add_text(self, piece: str | None) -> None:
        # Some gateways between here and the API send null in place of an empty text.
        if piece and (text := self._surrogates.feed(piece)):
            self._write(text)

    def _write(self, text: str) -> None:
        if self._block is None:
            self._block = self._transcript.open_block("text", self._clock())
        if self._transcript.status is Status.WAITING:
            self._report_streaming()
        self._transcript.add_text(text)
        self.meter.add_text(text)
        if self._block.type == "text":
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

    def _apply_message_delta(self, event: dict[str, Any]) -> None:
        known = _without_null(event.get("usage"))
        self.message["usage"] = {**(self.message.get("usage") or {}), **known}
        self.message.update(_without_null(event.get("delta")))
        self.meter.record(known, is_complete=self.message.get("stop_reason") is not None)


def _without_null(fields: dict[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (fields or {}).items() if value is not None}


def _merge(param: dict[str, Any], delta: dict[str, Any]) -> None:
    """Merge a signature or a citation into the block's parameters, in the form that the finished block has."""
    kind = delta.pop("type", None)
    if kind == "signature_delta":
        param["signature"] = delta["signature"]
    elif kind == "citations_delta":
        param["citations"] = [*(param.get("citations") or []), delta["citation"]]
