"""A worker that is alone."""

from __future__ import annotations

import pytest

from nbstream.server.billing.ledger import Ledger
from nbstream.server.limits import Limits
from nbstream.server.streams.cluster_interface import Cluster, SingleWorker

pytestmark = pytest.mark.anyio


async def test_who_is_alone_has_every_name_and_finds_none() -> None:
    alone: Cluster = SingleWorker()
    await alone.start(Ledger(Limits()))
    assert await alone.claim("a", "ada")
    assert await alone.find("a") is None
    await alone.stop_early("a", "ada")
    alone.forget("a")
    assert await alone.claim("a", "ada")
    await alone.close()
