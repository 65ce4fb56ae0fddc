"""A single worker, without a cluster."""

from __future__ import annotations

import pytest

from nbstream.server.billing.ledger import Ledger
from nbstream.server.limits import Limits
from nbstream.server.streams.cluster_interface import Cluster, SingleWorker

pytestmark = pytest.mark.anyio


async def test_a_single_worker_is_granted_every_id_and_finds_no_stream() -> None:
    cluster: Cluster = SingleWorker()
    await cluster.start(Ledger(Limits()))
    assert await cluster.claim("a", "ada")
    assert await cluster.find("a") is None
    await cluster.stop_pending("a", "ada")
    cluster.forget("a")
    assert await cluster.claim("a", "ada")
    await cluster.close()
