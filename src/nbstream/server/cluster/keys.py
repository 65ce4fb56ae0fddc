"""Names of the keys in Redis. Servers with different namespaces may share a Redis, and share nothing in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Keys:
    """The keys of one namespace.

    Attributes:
        namespace: A word that all workers of one server have in common. It contains no braces, because Redis
            Cluster chooses a key's node by the part in braces.
    """

    namespace: str

    @property
    def workers(self) -> str:
        """The key of the set of the workers' names."""
        return self._key("workers")

    def lease(self, worker: str) -> str:
        """Return the key that exists as long as a worker is alive."""
        return self._key(f"worker:{worker}")

    def commands(self, worker: str) -> str:
        """Return the key of the commands to a worker."""
        return self._key(f"worker:{worker}:commands")

    def spending(self, day: str, caller: str) -> str:
        """Return the key of a caller's US dollars of one day. Names of any length give keys of the same length."""
        return self._key(f"spent_usd:{day}:{hashlib.sha256(caller.encode()).hexdigest()}")

    def info(self, stream_id: str) -> str:
        """Return the key of a stream's description."""
        return self._key(f"{{{stream_id}}}:stream")

    def log(self, stream_id: str) -> str:
        """Return the key of a stream's log."""
        return self._key(f"{{{stream_id}}}:log")

    def early_stop(self, stream_id: str) -> str:
        """Return the key that remembers a Stop which arrived before its stream was opened."""
        return self._key(f"{{{stream_id}}}:stopped")

    def _key(self, name: str) -> str:
        return f"nbstream:{self.namespace}:{name}"
