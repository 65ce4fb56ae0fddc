"""What Claude sends, written into the transcript: the SDK's raw events in, blocks and text out."""

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
        transcript: Where the reply goes; its latest turn waits for it.
        clock: Seconds of a monotonic clock.
        replaces: The turn holds an earlier reply. It goes when the new one begins, and not before: the new one
            may never begin.

    Attributes:
        message: The SDK's message so far, without its content.
        bill: What the reply uses.
        on_text: Called with each piece of the answer's text.
    """

    def __init__(self, transcript: Transcript, clock: Callable[[], float], *, replaces: bool = False) -> None:
        self.message: dict[str, Any] = {}
        self.bill = UsageMeter()
        self.on_text: Callable[[str], None] = lambda _: None
        self._transcript = transcript
        self._turn = transcript.turns[-1]
        self._clock = clock
        self._replaces = replaces
        self._first = len(self._turn.blocks)
        self._message_first = self._first
        self._block: Block | None = None
        self._mender = SurrogateJoiner()

    @property
    def shown(self) -> bool:
        """Something of the latest message has reached the reader."""
        return any(block.parts for block in self.message_blocks)

    @property
    def message_blocks(self) -> list[Block]:
        """The blocks that the latest message has brought."""
        return self._turn.blocks[self._message_first :]

    def text(self) -> str:
        """The answer's text that came with this reply, and not with what it goes on from."""
        return "".join(block.text for block in self._turn.blocks[self._first :] if block.type == "text")

    def take(self, event: Any) -> str | None:
        """Write one event.

        Returns:
            Why the message ended, with its last event.
        """
        kind = event.type
        if kind == "content_block_delta":
            self._delta(event.delta)
        elif kind == "content_block_start":
            self._open_block(event.content_block)
        elif kind == "content_block_stop":
            self.close()
        elif kind == "message_start":
            self._begin(event.message.to_dict())
        elif kind == "message_delta":
            self._message_delta(event.to_dict())
        elif kind == "message_stop":
            return str(self.message.get("stop_reason"))
        return None

    def close(self) -> None:
        """Nothing more comes to the open block."""
        if self._block is None:
            return
        if rest := self._mender.flush():
            self._write(rest)
        self._block = None
        self._transcript.close_block(self._clock())

    def start_over(self) -> None:
        """Nothing was shown, and the request is made again."""
        self.close()
        # Empty blocks behind what came before do no harm; what is dropped, is dropped with all of the answer.
        if self._message_first == 0:
            self._transcript.drop_blocks()
        self.next_message()

    def next_message(self) -> None:
        """The same reply goes on in another message."""
        self._transcript.spend(self.bill.usage())
        self.bill.next()
        self.message = {}
        self._message_first = len(self._turn.blocks)

    def _begin(self, message: dict[str, Any]) -> None:
        self.message = message
        if self._turn.reply is not None:
            self._turn.reply.message = message
        self.bill.count(message.get("usage") or {})
        if self._replaces:
            self._replaces = False
            self._first = 0
            self._transcript.drop_blocks()
        self._message_first = len(self._turn.blocks)
        if self._transcript.status is Status.STREAMING:
            # Another message of the same reply: its prompt is paid for anew.
            self._stream()

    def _open_block(self, content_block: Any) -> None:
        type_, param, text = Block.split(content_block.to_dict())
        self._block = self._transcript.open_block(type_, self._clock(), param)
        self._add_text(text)

    def _delta(self, delta: Any) -> None:
        kind = delta.type
        if kind == "text_delta":
            self._add_text(delta.text)
        elif kind == "thinking_delta":
            self._add_text(delta.thinking)
        elif kind == "input_json_delta":
            self._add_text(delta.partial_json)
        elif self._block is not None:
            _merge(self._block.param, delta.to_dict())

    def _add_text(self, piece: str) -> None:
        if text := self._mender.feed(piece):
            self._write(text)

    def _write(self, text: str) -> None:
        if self._block is None:
            self._block = self._transcript.open_block("text", self._clock())
        if self._transcript.status is Status.WAITING:
            self._stream()
        self._transcript.add_text(text)
        self.bill.add(len(text))
        if self._block.type == "text":
            self.on_text(text)

    def _stream(self) -> None:
        """Tell that text comes, and what it costs from here on."""
        self._transcript.move(
            Status.STREAMING,
            self._clock(),
            usage=self.bill.usage(),
            cost=estimate(self.bill),
            rate=rate(self.bill),
        )

    def _message_delta(self, event: dict[str, Any]) -> None:
        known = {key: value for key, value in event.get("usage", {}).items() if value is not None}
        self.message.setdefault("usage", {}).update(known)
        self.bill.count(known)
        self.message.update({key: value for key, value in event.get("delta", {}).items() if value is not None})


def _merge(param: dict[str, Any], delta: dict[str, Any]) -> None:
    """Put a delta that is not text where the finished block has it."""
    kind = delta.pop("type", None)
    if kind == "signature_delta":
        param["signature"] = delta["signature"]
    elif kind == "citations_delta":
        param["citations"] = [*(param.get("citations") or []), delta["citation"]]
