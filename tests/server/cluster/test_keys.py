"""Names of the keys in Redis: nothing of one namespace is seen in another."""

from __future__ import annotations

import re

from nbstream.server.cluster.keys import Keys


def names_of(keys: Keys) -> list[str]:
    """Every key of a namespace, for the same worker, caller and stream."""
    stream = "a-name-nobody-guesses"
    return [
        keys.workers,
        keys.lease("w"),
        keys.commands("w"),
        keys.spending("2026-11-30", "ada"),
        keys.info(stream),
        keys.log(stream),
        keys.early_stop(stream),
    ]


def test_every_key_is_one_of_its_namespace() -> None:
    one, other = names_of(Keys("one")), names_of(Keys("other"))
    assert len({*one, *other}) == 14
    assert all(name.startswith("nbstream:one:") for name in one)


def test_the_keys_of_one_stream_are_on_one_node_of_a_redis_cluster() -> None:
    tags = [re.findall("{(.+?)}", name) for name in names_of(Keys("one"))[4:]]
    assert tags == [["a-name-nobody-guesses"]] * 3


def test_a_callers_name_is_not_in_a_key_and_may_have_any_length_and_any_character() -> None:
    names = {Keys("one").spending("2026-11-30", caller) for caller in ("ada", "ada:{x} \n", "x" * 10**6)}
    assert len(names) == 3
    assert {len(name) for name in names} == {len("nbstream:one:spent_usd:2026-11-30:") + 64}
