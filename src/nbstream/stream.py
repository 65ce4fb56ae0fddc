"""One reply, from its question to exactly one end."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from .core.protocol import Status
from .core.text import Mender
from .core.transcript import RUNNING, TEXT_FIELD, Block, Transcript, Turn

log = logging.getLogger("nbstream")

Aside = Callable[..., Awaitable[Any]]

DRAIN = 1.0
"""Seconds in which a server may close a reply it has finished; a connection that ends well is used again."""


class ReplyRun:
    """Streams one reply from Claude into the transcript. Lives on one loop, and only there.

    Args:
        transcript: Where the reply goes; its latest turn waits for it.
        request: What `messages.create` takes.
        client: The async client, or `None` for the one the environment describes.
        clock: Seconds of a monotonic clock.
        changed: Called after every change of the transcript.
        aside: Runs what takes long without holding up the loop, where it can: the import takes a second, a
            client's certificates 50 ms, and meanwhile a Stop must be heard and other replies go on.
    """

    def __init__(
        self,
        transcript: Transcript,
        request: Mapping[str, Any],
        client: Any,
        clock: Callable[[], float],
        changed: Callable[[], None],
        aside: Aside = asyncio.to_thread,
    ) -> None:
        self.turn: Turn = transcript.turns[-1]
        self.error: BaseException | None = None
        self.message: dict[str, Any] = {}
        self._transcript = transcript
        self._request = request
        self._client = client
        self._clock = clock
        self._changed = changed
        self._aside = aside
        self._task: asyncio.Task[None] | None = None
        self._claude: Any = None
        self._mender = Mender()
        self._block: Block | None = None
        self._feeds: list[Callable[[str | None], None]] = []

    @property
    def running(self) -> bool:
        """The reply has not ended."""
        return self.turn.reply is not None and self.turn.reply.status in RUNNING

    def start(self) -> asyncio.Task[None]:
        """Begin, on the running loop."""
        self._task = asyncio.create_task(self._run(), name=f"nbstream {self.turn.id}")
        return self._task

    def stop(self, reason: str) -> None:
        """End the reply and its request now. The first reason counts; after the end it does nothing."""
        if self.running and self._task is not None:
            # Ended here and not where the cancellation arrives: a task that has not begun yet never hears of it.
            self._end(Status.STOPPED, stop_reason=reason)
            self._task.cancel()

    def subscribe(self, feed: Callable[[str | None], None]) -> None:
        """Give the answer's text until now, then every further piece of it, to `feed`, and `None` at its end."""
        self._feeds.append(feed)
        feed(self.turn.text())
        if not self.running:
            feed(None)

    def unsubscribe(self, feed: Callable[[str | None], None]) -> None:
        """End a subscription."""
        if feed in self._feeds:
            self._feeds.remove(feed)

    async def _run(self) -> None:
        try:
            await self._attempts()
        except asyncio.CancelledError:
            # A cancellation that nobody asked for here is the loop's end, which must go its way.
            if self.running:
                self._end(Status.STOPPED, stop_reason="closed")
                raise
        except Exception as error:
            if self.running:
                log.debug("reply %s failed", self.turn.id, exc_info=True)
                self.error = error
                explain = self._claude.explain if self._claude else repr
                self._end(Status.FAILED, error=explain(error))

    async def _attempts(self) -> None:
        self._claude = claude = await self._aside(_import_claude)
        client = await self._aside(claude.client_for_this_loop, self._client)
        attempt = 0
        while True:
            # What fails before the stream is open the SDK has tried again already.
            async with claude.open_events(client, self._request) as events:
                try:
                    await self._read(events)
                    if not self.running:
                        return
                    raise claude.cut_short()
                except Exception as error:
                    attempt += 1
                    if self._shown() or attempt > client.max_retries or not claude.may_try_again(error):
                        raise
            self._start_over()
            await asyncio.sleep(claude.backoff(attempt))

    async def _read(self, events: Any) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:
                async for event in events:
                    self._take(event)
                    if not self.running:
                        limit.reschedule(loop.time() + DRAIN)
        except Exception:
            if self.running:
                raise

    def _take(self, event: Any) -> None:
        kind = event.type
        if kind == "content_block_delta":
            self._delta(event.delta)
        elif kind == "content_block_start":
            self._open_block(event.content_block)
        elif kind == "content_block_stop":
            self._close_block()
        elif kind == "message_start":
            self.message = event.message.to_dict()
        elif kind == "message_delta":
            self._message_delta(event.to_dict())
        elif kind == "message_stop":
            self._end(Status.DONE, stop_reason=self.message.get("stop_reason"))
        self._changed()

    def _open_block(self, content_block: Any) -> None:
        param = content_block.to_dict()
        type_ = str(param.pop("type"))
        text = param.pop(TEXT_FIELD[type_], "") if type_ in TEXT_FIELD else ""
        self._block = self._transcript.open_block(type_, self._clock(), param)
        self._add_text(text)

    def _delta(self, delta: Any) -> None:
        kind = delta.type
        if kind == "text_delta":
            self._add_text(delta.text)
        elif kind == "thinking_delta":
            self._add_text(delta.thinking)
        elif self._block is not None:
            _merge(self._block.param, delta.to_dict())

    def _add_text(self, piece: str) -> None:
        if text := self._mender.feed(piece):
            self._write(text)

    def _write(self, text: str) -> None:
        if self._block is None:
            self._block = self._transcript.open_block("text", self._clock())
        if self.turn.reply is not None and self.turn.reply.status is Status.WAITING:
            self._move(Status.STREAMING)
        self._transcript.add_text(text)
        if self._feeds and self._block.type == "text":
            for feed in self._feeds:
                feed(text)

    def _close_block(self) -> None:
        if self._block is None:
            return
        if rest := self._mender.flush():
            self._write(rest)
        if "partial_json" in self._block.param:
            _finish_input(self._block.param)
        self._block = None
        self._transcript.close_block(self._clock())

    def _message_delta(self, event: dict[str, Any]) -> None:
        known = {key: value for key, value in event.get("usage", {}).items() if value is not None}
        usage = self.message.setdefault("usage", {})
        usage.update(known)
        self.message.update({key: value for key, value in event.get("delta", {}).items() if value is not None})

    def _shown(self) -> bool:
        return any(block.parts for block in self.turn.blocks)

    def _start_over(self) -> None:
        self.message = {}
        self._block = None
        self._mender = Mender()
        self._transcript.drop_blocks()
        self._changed()

    def _move(self, status: Status, **more: Any) -> None:
        self._transcript.move(status, self._clock(), usage=self.message.get("usage"), **more)

    def _end(self, status: Status, **more: Any) -> None:
        if not self.running:
            return
        self._close_block()
        self._move(status, **more)
        for feed in self._feeds:
            feed(None)
        self._changed()


def _import_claude() -> Any:
    from . import claude

    return claude


def _merge(param: dict[str, Any], delta: dict[str, Any]) -> None:
    """Put a delta that is not text where the finished block has it."""
    kind = delta.pop("type", None)
    if kind == "signature_delta":
        param["signature"] = delta["signature"]
    elif kind == "citations_delta":
        param["citations"] = [*(param.get("citations") or []), delta["citation"]]
    elif kind == "input_json_delta":
        param["partial_json"] = param.get("partial_json", "") + delta["partial_json"]


def _finish_input(param: dict[str, Any]) -> None:
    """The arguments of a call, once they have all come; a call that was cut short is left without."""
    with suppress(ValueError):
        param["input"] = json.loads(param["partial_json"] or "{}")
        del param["partial_json"]
