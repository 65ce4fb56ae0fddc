"""Registry of the workers that share a Redis: which of them are alive, their figures, and commands between them.

Each worker has a lease, which is a key that expires, and a Redis Stream of commands, which only this worker reads.
The limits of running replies apply to all workers together. They can be exceeded by replies that begin at
different workers between two heartbeats, which is a time of two seconds.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from ...kernel.event_loop import clock
from ..billing.ledger import Ledger
from .redis_store import RedisStore, StoreUnavailableError, from_json, to_json

log = logging.getLogger("nbstream")

HEARTBEAT_SECONDS = 2.0
"""Time between two heartbeats."""

LEASE_SECONDS = 6.0
"""Time without a heartbeat after which a worker counts as dead."""

RETRY_SECONDS = 0.5
"""Pause after a failed command, before Redis is tried again."""

COMMAND_TTL_SECONDS = 60
"""Time after which Redis deletes the commands to a worker that does not read them, because it has died."""

LARGE_COMMAND_BYTES = 100_000
"""Size above which a command counts as large. Such a command is a message with files. It delays the commands that
are sent after it, and among them may be Stops of other streams."""

MAX_BACKLOG = 16
"""If this many commands wait for a worker, further large commands to it are dropped. The page that sent a dropped
command sends it again."""

MAX_SMALL_BACKLOG = 1_000
"""Commands that may wait for a worker before any further one is dropped: with the large ones, they take no
more than a few dozen megabytes of Redis."""


class Action(StrEnum):
    """The kinds of commands between workers.

    Attributes:
        READ: These streams have readers at the sender. The information is valid for `LEASE_SECONDS`.
        LEAVE: These streams have no readers at the sender any more.
        STOP: The receiver is to stop a stream.
        PAGE_COMMAND: The receiver is to handle a command that a page sent to the sender.
        WAKE: A worker sends this to itself, to end its blocking read.
    """

    READ = "read"
    LEAVE = "leave"
    STOP = "stop"
    PAGE_COMMAND = "page_command"
    WAKE = "wake"


class Workers:
    """The other workers, as one worker sees them.

    Args:
        store: The Redis that all workers share.

    Attributes:
        name: This worker's name.
        clock_offset: Seconds by which Redis' clock, which all workers share, is ahead of this worker's.
        live_workers: Names of the other workers that are alive.
        figures_uncertain_until: Until this time, figures of other workers may be missing, because Redis has lost
            its data and they may not have sent them again.
    """

    def __init__(self, store: RedisStore) -> None:
        self.name = secrets.token_urlsafe(12)
        self.clock_offset = 0.0
        self.live_workers: frozenset[str] = frozenset()
        self.figures_uncertain_until = 0.0
        self._store = store
        # Until this time, a worker without a lease may still be alive.
        self._uncertain_until = 0.0
        self._is_unavailable = False
        self._has_had_lease = False
        self._run_id = ""
        self._process = os.getpid()
        # The commands that are not sent yet, each as the time at which it expires, its receiver and its data.
        self._outgoing: asyncio.Queue[tuple[float, str, dict[str, Any]]] = asyncio.Queue()
        self._enqueued = 0
        # The number of the latest command received from each sender.
        self._latest_numbers: dict[str, int] = {}

    def _rename_in_fork(self) -> None:
        """Take a new name if this process is a child of the one in which the name was chosen.

        A server that loads the app before it forks its workers would give all of them one name.
        """
        if os.getpid() != self._process:
            self._process = os.getpid()
            self.name = secrets.token_urlsafe(12)

    async def check_run(self) -> bool:
        """Check whether Redis was started again: then its latest data may be missing, and the leases still there.

        Returns:
            Whether it was.
        """
        run_id, before = await self._store.read_run_id(), self._run_id
        self._run_id = run_id
        is_new = run_id != before and before != ""
        if is_new:
            self.figures_uncertain_until = self._uncertain_until = clock() + LEASE_SECONDS
        return is_new

    def is_dead(self, worker: str) -> bool:
        """Whether another worker is known to be dead."""
        return worker not in self.live_workers and clock() >= self._uncertain_until

    def record_outage(self, error: StoreUnavailableError | None) -> None:
        """Record whether Redis answered, and log it if that has changed.

        Args:
            error: The failure; `None` if Redis answered.
        """
        if error is not None:
            # Leases of live workers may have expired during the outage.
            self._uncertain_until = clock() + LEASE_SECONDS
        if (error is not None) != self._is_unavailable:
            self._is_unavailable = error is not None
            log.warning("Redis does not answer: %s", error) if error else log.warning("Redis answers again")

    async def heartbeat(self, ledger: Ledger) -> bool:
        """Renew this worker's lease, publish its figures, and read the other workers' figures into the ledger.

        Each heartbeat publishes all figures and not only their changes. So a heartbeat that is sent twice counts
        once, and if Redis loses its data, the next heartbeat restores the figures.

        Returns:
            Whether Redis was started again, or has lost this worker's lease and perhaps all of its other data.
        """
        self._rename_in_fork()
        lease = to_json({"running": ledger.running})
        keys, before = self._store.keys, clock()
        time, old_lease, names, _ = await self._store.execute(
            ("TIME",),
            ("SET", keys.lease(self.name), lease, "PX", int(LEASE_SECONDS * 1000), "GET"),
            ("SMEMBERS", keys.workers),
            ("SADD", keys.workers, self.name),
            atomic=True,
        )
        self.record_outage(None)
        self.clock_offset = time[0] + time[1] / 1e6 - (before + clock()) / 2
        if old_lease is None:
            # This worker's own lease was missing, because Redis has lost its data or this worker was suspended.
            # For the same reason, leases of live workers may be missing.
            self._uncertain_until = clock() + LEASE_SECONDS
        is_lost = old_lease is None and self._has_had_lease
        if is_lost:
            self.figures_uncertain_until = self._uncertain_until
        self._has_had_lease = True
        is_lost = await self.check_run() or is_lost
        leases = await self._read_leases({name.decode() for name in names} - {self.name})
        self.live_workers = frozenset(leases)
        ledger.running_elsewhere = _sum_by_caller(lease["running"] for lease in leases.values())
        return is_lost

    async def _read_leases(self, workers: set[str]) -> dict[str, dict[str, Any]]:
        """Return the leases of live workers by name, and remove dead workers from the registry."""
        if not workers:
            return {}
        found = await self._store.execute(*(("GET", self._store.keys.lease(worker)) for worker in workers))
        leases = {
            worker: from_json(lease) for worker, lease in zip(workers, found, strict=True) if lease is not None
        }
        if dead := workers - leases.keys():
            await self._store.execute(("SREM", self._store.keys.workers, *dead))
        return leases

    def enqueue(self, worker: str, action: Action, **data: Any) -> None:
        """Queue a command for `send_next`. It is dropped if it cannot be sent within `LEASE_SECONDS`."""
        self._enqueued += 1
        command = {"action": action, "by": self.name, "number": self._enqueued, **data}
        self._outgoing.put_nowait((clock() + LEASE_SECONDS, worker, command))

    async def send_next(self) -> None:
        """Wait for the next enqueued command and send it."""
        expires_at, worker, command = await self._outgoing.get()
        key, data = self._store.keys.commands(worker), to_json(command)
        while clock() < expires_at:
            try:
                [backlog] = await self._store.execute(("XLEN", key))
                if backlog >= (MAX_BACKLOG if len(data) > LARGE_COMMAND_BYTES else MAX_SMALL_BACKLOG):
                    log.warning("a command of %d bytes is dropped: its worker does not keep up", len(data))
                    return
                await self._store.execute(("XADD", key, "*", "data", data), ("EXPIRE", key, COMMAND_TTL_SECONDS))
                return
            except StoreUnavailableError as error:
                self.record_outage(error)
                await asyncio.sleep(RETRY_SECONDS)

    def accept_once(self, command: Mapping[str, Any]) -> bool:
        """Record a received command. Return `False` if it was received before, so that it is handled only once.

        A sender that does not know whether its command arrived sends it again. If a Stop were handled twice, the
        second one could stop the next reply.
        """
        if command["number"] <= self._latest_numbers.get(command["by"], 0):
            return False
        self._latest_numbers[command["by"]] = command["number"]
        return True

    async def unregister(self) -> None:
        """Send the commands that still wait, and remove this worker from the registry."""
        while not self._outgoing.empty():
            await self.send_next()
        keys = self._store.keys
        await self._store.execute(
            ("DEL", keys.lease(self.name), keys.commands(self.name)),
            ("SREM", keys.workers, self.name),
            atomic=True,
        )


def _sum_by_caller(reports: Iterable[Mapping[str, Any]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for report in reports:
        total.update(report)
    return total
