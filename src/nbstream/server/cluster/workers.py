"""The other workers: who lives, what runs and was spent there, and what this one has them do.

A worker's sign of life is a key that expires; what it is to do is a Redis Stream that only it reads. Limits hold
over all workers to within what is asked in the two seconds between signs. Dollars that a worker had kept back when
it died stay spent on that day: the safe side.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter, defaultdict
from typing import Any

from ...kernel.event_loop import clock
from ..billing.ledger import Ledger, OtherWorkers
from .redis_store import Store, StoreUnavailableError, dump, load

log = logging.getLogger("nbstream")

BEAT = 2.0
"""Seconds between signs of life."""

VALID = 6.0
"""Seconds for which one holds."""

AGAIN = 0.5
"""Seconds after which Redis is tried again."""

UNREAD = 60
"""Seconds that commands wait for a worker that does not live any more."""

LARGE = 100_000
"""Bytes of a command that is a message with files. It waits with the stops of all others."""

BACKLOG = 16
"""Commands that may wait for a worker before a large one is let go: its page sends it again."""

DAYS = 2 * 86_400
"""Seconds that a day's dollars are kept: until after it is over everywhere."""

WORKERS = "nbstream:workers"


def commands_key(worker: str) -> str:
    """Where a worker's commands are."""
    return f"nbstream:worker:{worker}:commands"


class Workers:
    """One worker among others.

    Args:
        store: What all of them know.

    Attributes:
        name: This worker's name.
        ahead: Seconds by which Redis's clock, which all share, is ahead of this worker's.
        living: The workers that live.
    """

    def __init__(self, store: Store) -> None:
        self.name = secrets.token_urlsafe(12)
        self.ahead = 0.0
        self.living: frozenset[str] = frozenset()
        self._store = store
        self._said: tuple[str, dict[str, float]] = ("", {})
        self._blind_until = 0.0
        self._is_away = False
        self._waiting: asyncio.Queue[tuple[float, str, dict[str, Any]]] = asyncio.Queue()
        self._told = 0
        self._heard: dict[str, int] = {}

    def has_gone(self, worker: str) -> bool:
        """Whether it is known that a worker does not live any more."""
        return worker not in self.living and clock() >= self._blind_until

    def note(self, error: StoreUnavailableError | None) -> None:
        """Redis has not answered, or has."""
        if error is not None:
            # The others' signs may have run out meanwhile, without anybody's having gone.
            self._blind_until = clock() + VALID
        if (error is not None) != self._is_away:
            self._is_away = error is not None
            log.warning("Redis does not answer: %s", error) if error else log.warning("Redis answers again")

    async def beat(self, ledger: Ledger) -> None:
        """Say that this worker lives, what runs and is spent here, and hear the same of the others."""
        day, spent = ledger.day, dict(ledger.spent)
        said = self._said[1] if self._said[0] == day else {}
        news = [
            part
            for caller, dollars in spent.items()
            if said.get(caller) != dollars
            for part in (f"{self.name} {caller}", dollars)
        ]
        sums = f"nbstream:spent:{day}"
        before = clock()
        time, sign, workers, there, *_ = await self._store.run(
            ("TIME",),
            ("SET", _key(self.name), dump({"running": dict(ledger.running)}), "PX", int(VALID * 1000), "GET"),
            ("SMEMBERS", WORKERS),
            ("HGETALL", sums),
            ("SADD", WORKERS, self.name),
            *([("HSET", sums, *news), ("EXPIRE", sums, DAYS)] if news else []),
            together=True,
        )
        self.note(None)
        self.ahead = time[0] + time[1] / 1e6 - (before + clock()) / 2
        self._said = day, spent
        if sign is None:
            # Redis has lost what it had, or this worker was held up: what is missing there means nothing yet.
            self._said = "", {}
            self._blind_until = clock() + VALID
        running = await self._running_at(sorted(name.decode() for name in workers - {self.name.encode()}))
        ledger.others = OtherWorkers(running, _spent_by_others(there, self.name))

    async def _running_at(self, workers: list[str]) -> Counter[str]:
        """Look who lives; gives the replies that run there, by caller."""
        signs = await self._store.run(*(("GET", _key(worker)) for worker in workers)) if workers else []
        says = {worker: load(sign) for worker, sign in zip(workers, signs, strict=True) if sign is not None}
        self.living = frozenset(says)
        if gone := [worker for worker in workers if worker not in says]:
            await self._store.run(("SREM", WORKERS, *gone))
        running: Counter[str] = Counter()
        for each in says.values():
            running.update(each["running"])
        return running

    def tell(self, worker: str, **command: Any) -> None:
        """Have a worker do something, soon or not at all."""
        self._told += 1
        self._waiting.put_nowait((clock() + VALID, worker, {**command, "by": self.name, "number": self._told}))

    async def send(self) -> None:
        """Bring the next command on its way."""
        until, worker, command = await self._waiting.get()
        key, data = commands_key(worker), dump(command)
        while clock() < until:
            try:
                if len(data) > LARGE and (await self._store.run(("XLEN", key)))[0] >= BACKLOG:
                    log.warning("%d bytes are let go of: another worker does not keep up", len(data))
                    return
                await self._store.run(("XADD", key, "*", "data", data), ("EXPIRE", key, UNREAD))
                return
            except StoreUnavailableError as error:
                self.note(error)
                await asyncio.sleep(AGAIN)

    def is_new(self, command: dict[str, Any]) -> bool:
        """Whether a command comes for the first time.

        It is sent again where nobody knew whether it had arrived, and a second stop could hit the next answer.
        """
        if command["number"] <= self._heard.get(command["by"], 0):
            return False
        self._heard[command["by"]] = command["number"]
        return True

    async def leave(self) -> None:
        """This worker ends; what it has told comes first."""
        while not self._waiting.empty():
            await self.send()
        await self._store.run(
            ("DEL", _key(self.name), commands_key(self.name)), ("SREM", WORKERS, self.name), together=True
        )


def _key(worker: str) -> str:
    return f"nbstream:worker:{worker}"


def _spent_by_others(sums: dict[bytes, bytes], me: str) -> dict[str, float]:
    spent: defaultdict[str, float] = defaultdict(float)
    for field, dollars in sums.items():
        worker, _, caller = field.decode().partition(" ")
        if worker != me:
            spent[caller] += float(dollars)
    return dict(spent)
