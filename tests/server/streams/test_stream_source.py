"""The streams that readers at a worker can read: its own, and the replicas of others."""

from __future__ import annotations

import pytest

from nbstream.server.cluster.replica import ReplicaStream
from nbstream.server.streams.stream import ServedStream
from nbstream.server.streams.stream_source import StreamSource


@pytest.mark.parametrize("kind", [ServedStream, ReplicaStream])
def test_each_kind_of_stream_has_the_methods_of_a_source(kind: type) -> None:
    methods = {name for name in vars(StreamSource) if not name.startswith("_")}
    assert methods == {"now", "attach", "detach", "stop", "handle_command"}
    assert methods <= set(dir(kind))
