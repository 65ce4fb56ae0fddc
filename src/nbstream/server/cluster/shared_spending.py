"""US dollars of all workers that share a Redis: kept back by one script, so no two workers spend the same dollar.

Redis has a hash for each day and caller, with one field for each worker: all that this worker has spent and keeps
back. A worker writes its whole figure and not a change of it, with a number that grows. So a figure that is sent
twice counts once, and one that is late never replaces a later one. The figure of a worker that has died stays, so
what it kept back counts as spent on that day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ...kernel.event_loop import clock
from ..billing.spending import TOLERANCE_USD, DailyFigures
from ..errors import Refused
from .redis_store import RedisStore, StoreUnavailableError
from .workers import Workers

SPENT_TTL_SECONDS = 2 * 86_400
"""Time for which a day's spending is kept. After two days the day is over in every time zone."""

PUBLISH_SCRIPT = """
local elsewhere = 0
local number = -1
local fields = redis.call('HGETALL', KEYS[1])
for at = 1, #fields, 2 do
  local sent, usd = string.match(fields[at + 1], '^(%d+) (.+)$')
  if fields[at] == ARGV[1] then number = tonumber(sent) else elsewhere = elsewhere + tonumber(usd) end
end
local known = string.format('%.17g', elsewhere)
if ARGV[4] ~= '' then
  if redis.call('EXISTS', KEYS[2]) == 0 then return {'lost', known} end
  if elsewhere + tonumber(ARGV[3]) > tonumber(ARGV[4]) then return {'refused', known} end
end
if number < tonumber(ARGV[2]) and (number >= 0 or tonumber(ARGV[3]) > 0) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
  redis.call('EXPIRE', KEYS[1], ARGV[5])
end
return {'written', known}
"""
"""Script that writes a worker's figure, unless the sum of all workers would exceed a limit. It returns the outcome
and the sum of the other workers. A worker whose lease is missing keeps nothing back: Redis may have lost its data,
and with it the figures of the others. Redis rounds the numbers that scripts return, so the sum is a text."""

STORE_UNAVAILABLE = "The servers cannot reach the store they share; try again in a moment."


class SharedSpending:
    """The US dollars of all workers, as one of them sees them. Implements `Spending`; lives on one loop.

    Args:
        store: The Redis that all workers share.
        workers: The registry of the workers.
    """

    def __init__(self, store: RedisStore, workers: Workers) -> None:
        self._store = store
        self._workers = workers
        self._own = DailyFigures()
        self._elsewhere = DailyFigures()
        # The days and callers whose figure in Redis may differ from this worker's own.
        self._changed: dict[tuple[str, str], None] = {}
        self._has_changes = asyncio.Event()
        # One figure is sent at a time, so that each one contains the ones before.
        self._turn = asyncio.Lock()
        self._sent = 0

    def of_this_worker(self, day: str) -> Mapping[str, float]:
        """Return the US dollars of this worker alone, by caller."""
        return self._own.days.get(day, {})

    def known_usd(self, day: str, caller: str) -> float:
        """Return a caller's US dollars; those at other workers as they were last seen."""
        return self._own.get(day, caller) + self._elsewhere.get(day, caller)

    async def refresh(self, day: str, caller: str) -> None:
        """Learn a caller's US dollars at the other workers.

        Raises:
            Refused: Redis does not answer.
        """
        async with self._turn:
            await self._send_or_refuse(day, caller, self._own.get(day, caller))

    async def reserve(self, day: str, caller: str, usd: float, limit_usd: float) -> bool:
        """Keep back US dollars, unless the sum of all workers would exceed the limit.

        Raises:
            Refused: Redis does not answer, or has lost its data and the others may not have sent theirs again.
        """
        async with self._turn:
            total_usd = self._own.get(day, caller) + usd
            # If this call is cancelled, or the answer is lost, Redis may have the sum or not.
            self._note_change(day, caller)
            outcome = await self._send_or_refuse(day, caller, total_usd, limit_usd + TOLERANCE_USD)
            if await self._was_restarted() or outcome == "lost" or clock() < self._workers.figures_uncertain_until:
                raise Refused(503, STORE_UNAVAILABLE, {"Retry-After": "5"})
            if outcome == "written":
                self._own.set(day, caller, self._own.get(day, caller) + usd)
                if self._own.get(day, caller) == total_usd:
                    self._changed.pop((day, caller), None)
            return outcome == "written"

    def change(self, day: str, caller: str, usd: float) -> None:
        """Add to the US dollars of this worker. The new figure is sent by `publish_next`."""
        self._own.set(day, caller, max(0.0, self._own.get(day, caller) + usd))
        self._note_change(day, caller)

    def publish_again(self) -> None:
        """Have all figures sent again, because Redis has lost its data."""
        for day, figures in self._own.days.items():
            for caller in figures:
                self._note_change(day, caller)

    async def publish_next(self) -> None:
        """Wait until figures have changed, and send them."""
        await self._has_changes.wait()
        await self.publish_changes()

    async def publish_changes(self) -> None:
        """Send the figures that have changed."""
        while self._changed:
            day, caller = next(iter(self._changed))
            async with self._turn:
                usd = self._own.get(day, caller)
                await self._send(day, caller, usd)
                if self._own.get(day, caller) == usd:
                    self._changed.pop((day, caller), None)
        self._has_changes.clear()

    def _note_change(self, day: str, caller: str) -> None:
        self._changed[day, caller] = None
        self._has_changes.set()

    async def _was_restarted(self) -> bool:
        """Check after a script whether Redis that ran it may lack the latest figures of this and other workers."""
        try:
            is_new = await self._workers.check_run()
        except StoreUnavailableError as error:
            self._workers.record_outage(error)
            return True
        if is_new:
            self.publish_again()
        return is_new

    async def _send_or_refuse(self, day: str, caller: str, usd: float, limit_usd: float | None = None) -> str:
        try:
            return await self._send(day, caller, usd, limit_usd)
        except StoreUnavailableError as error:
            self._workers.record_outage(error)
            raise Refused(503, STORE_UNAVAILABLE, {"Retry-After": "5"}) from None

    async def _send(self, day: str, caller: str, usd: float, limit_usd: float | None = None) -> str:
        """Send the figure of this worker, and return what the script did with it."""
        self._sent += 1
        keys = (self._store.keys.spending(day, caller), self._store.keys.lease(self._workers.name))
        limit = "" if limit_usd is None else repr(limit_usd)
        arguments = (self._workers.name, self._sent, repr(usd), limit, SPENT_TTL_SECONDS)
        [(outcome, elsewhere)] = await self._store.execute(("EVAL", PUBLISH_SCRIPT, len(keys), *keys, *arguments))
        self._elsewhere.set(day, caller, float(elsewhere))
        return str(outcome.decode())
