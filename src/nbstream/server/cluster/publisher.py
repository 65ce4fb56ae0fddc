"""Publisher of this worker's streams, and receiver of the commands that other workers send to them.

Each log is published as a Redis Stream, one entry per batch of ops. The id of an entry is the log position at the
batch's end. A batch is appended only if the last entry in Redis is the batch before it. So a batch that is sent
twice, because the first answer from Redis was lost, is stored only once. If Redis has lost its data, the whole log
is sent again from its beginning.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, assert_never

from ...core.codec import op_to_wire
from ...core.protocol import ProtocolError
from ...kernel.event_loop import clock
from ..streams.stream import ServedStream
from .keys import Keys
from .redis_store import RedisCommand, RedisStore, to_json
from .workers import LEASE_SECONDS, Action, Workers

RETENTION_SECONDS = 60
"""Time for which Redis keeps a published stream after the stream has ended or its worker has died."""

RENEW_SECONDS = 20.0
"""Time after which the publication of a stream that has not grown is renewed, so that Redis does not expire it."""

CLAIM_TIMEOUT_SECONDS = 2.0
"""The longest time between the claim of an id and the beginning of its stream. A stream that has not begun after
this time is taken never to begin."""

BATCH_CHARS = 65_536
"""The largest size of one batch. Each character of text and each op that is not text counts as one."""

APPEND_SCRIPT = """
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
local top = last[1] and last[1][1] or '0-0'
if top == ARGV[1] and top ~= ARGV[2] then
  local added = redis.pcall('XADD', KEYS[2], ARGV[2], 'data', ARGV[3])
  if type(added) == 'string' then top = added end
end
redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return top
"""
"""Script that appends a batch if the log in Redis ends with the batch before it. It returns the id of the log's
last entry. `pcall` catches the error of one stream, which would otherwise fail every stream in the same round
trip."""


class StreamPublisher:
    """Publishes the log of one stream.

    Args:
        stream: The stream.
        workers: The registry of the workers. It knows this worker's name and its clock offset.

    Attributes:
        is_forgotten: The stream was removed from this worker. When its whole log is published, this object is
            dropped.
    """

    def __init__(self, stream: ServedStream, workers: Workers) -> None:
        self.stream = stream
        self.is_forgotten = False
        self._workers = workers
        self._last_entry = "0-0"
        self._renew_at = 0.0
        # The other workers at which the stream has readers. Each is mapped to the time at which its latest message
        # about the readers expires.
        self._remote_readers: dict[str, float] = {}

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to publish.

        That is the case if the whole log is in Redis, or if another stream of the same id has published more than
        this one. Two streams get the same id if Redis loses the first one's claim.
        """
        seq = self.stream.feed.log.seq
        return self._last_entry == self._entry_id(seq) or _position(self._last_entry) > seq

    @property
    def is_due(self) -> bool:
        """Whether there is a batch to send, or the publication would soon expire."""
        return not self.is_complete or clock() >= self._renew_at

    def next_batch(self, names: Keys) -> RedisCommand:
        """Return the Redis command that appends the next batch and renews the publication."""
        stream, position = self.stream, _position(self._last_entry)
        ops, after = stream.feed.log.read_from(position, BATCH_CHARS)
        entry_id = self._entry_id(after)
        batch = {"from": position, "ops": [op_to_wire(op) for op in ops], "ended": entry_id.endswith("-1")}
        info = {
            "owner": self._workers.name,
            "event_prefix": stream.event_prefix,
            "caller": stream.caller,
            "start_position": stream.start_position,
            "resume_for_seconds": stream.resume_for_seconds,
            "is_chat": stream.is_chat,
            "max_message_chars": stream.max_message_chars,
            "clock_offset": self._workers.clock_offset,
        }
        keys = (names.info(stream.id), names.log(stream.id))
        arguments = (self._last_entry, entry_id, to_json(batch), to_json(info), RETENTION_SECONDS)
        return ("EVAL", APPEND_SCRIPT, len(keys), *keys, *arguments)

    def confirm(self, last_entry: str) -> None:
        """Record the id of the last entry that Redis has. Called after a batch was sent."""
        self._last_entry = last_entry
        self._renew_at = clock() + RENEW_SECONDS

    def note_readers(self, worker: str, until: float) -> None:
        """Record that the stream has readers at another worker. The record expires at the time `until`."""
        self._remote_readers[worker] = until
        self.expire_readers()

    def expire_readers(self) -> None:
        """Drop the record of readers at each worker that has not reported them again in time."""
        now = clock()
        self._remote_readers = {worker: until for worker, until in self._remote_readers.items() if until > now}
        self.stream.set_remote_readers(bool(self._remote_readers))

    def _entry_id(self, position: int) -> str:
        """Return the id of the entry that ends at a position. Its second part is 1 at the log's end, else 0."""
        feed = self.stream.feed
        return f"{position}-{int(feed.is_closed and position == feed.log.seq)}"


class Publisher:
    """Publishes the logs of all streams of this worker.

    Args:
        store: The Redis that all workers share.
        workers: The registry of the workers.
    """

    def __init__(self, store: RedisStore, workers: Workers) -> None:
        self._store = store
        self._workers = workers
        self._publishers: dict[str, StreamPublisher] = {}
        # The Stops for streams whose id is claimed but which have not begun yet. Each stream id is mapped to the
        # caller who stopped the stream.
        self._early_stops: dict[str, str] = {}

    @property
    def is_complete(self) -> bool:
        """Whether the logs of all streams are published."""
        return all(publisher.is_complete for publisher in self._publishers.values())

    def find(self, stream_id: str) -> ServedStream | None:
        """Find a stream that runs at this worker."""
        publisher = self._publishers.get(stream_id)
        return None if publisher is None or publisher.is_forgotten else publisher.stream

    def add(self, stream: ServedStream) -> None:
        """Begin to publish a stream."""
        self._publishers[stream.id] = StreamPublisher(stream, self._workers)
        if self._early_stops.pop(stream.id, None) == stream.caller:
            # The stop runs in the loop's next iteration, because the question is asked only after this call, and
            # until then there is no reply to stop.
            asyncio.get_running_loop().call_soon(stream.stop)

    def forget(self, stream_id: str) -> bool:
        """Stop publishing a stream when its whole log is published. Return `False` if the stream never began."""
        if (publisher := self._publishers.get(stream_id)) is None:
            return False
        publisher.is_forgotten = True
        return True

    async def publish(self) -> None:
        """Send the next batch of every stream that has one."""
        due = [publisher for publisher in self._publishers.values() if publisher.is_due]
        if due:
            last_entries = await self._store.execute(
                *(publisher.next_batch(self._store.keys) for publisher in due)
            )
            for publisher, last_entry in zip(due, last_entries, strict=True):
                publisher.confirm(last_entry.decode())
        for publisher in list(self._publishers.values()):
            if publisher.is_forgotten and publisher.is_complete:
                del self._publishers[publisher.stream.id]

    def handle_command(self, command: dict[str, Any]) -> None:
        """Handle a command from another worker.

        Raises:
            ValueError: The command's action is unknown to this version.
        """
        action = Action(command["action"])
        match action:
            case Action.READ:
                self._note_readers(command, clock() + LEASE_SECONDS)
            case Action.LEAVE:
                self._note_readers(command, 0.0)
            case Action.STOP:
                self._stop(command["id"], command["caller"])
            case Action.PAGE_COMMAND:
                stream = self.find(command["id"])
                if stream is not None and stream.caller == command["caller"]:
                    # An invalid frame is the mistake of one page. It must not keep other commands from being
                    # handled.
                    with suppress(ProtocolError):
                        stream.handle_command(command["frame"])
            case Action.WAKE:
                pass
            case _:
                assert_never(action)

    async def expire_readers(self) -> None:
        """Drop the records of readers at workers that have not reported them again in time.

        If Redis is unavailable for long, no worker can report its readers, so all records are dropped.
        """
        for publisher in list(self._publishers.values()):
            publisher.expire_readers()

    def _note_readers(self, command: dict[str, Any], until: float) -> None:
        for stream_id in command["ids"]:
            if (publisher := self._publishers.get(stream_id)) is not None:
                publisher.note_readers(command["by"], until)

    def _stop(self, stream_id: str, caller: str) -> None:
        stream = self.find(stream_id)
        if stream is None:
            self._early_stops[stream_id] = caller
            asyncio.get_running_loop().call_later(CLAIM_TIMEOUT_SECONDS, self._early_stops.pop, stream_id, None)
        elif stream.caller == caller:
            stream.stop()


def _position(entry_id: str) -> int:
    return int(entry_id.split("-")[0])
