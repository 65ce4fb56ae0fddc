"""The mark at the end of what all requests of a run share."""

from __future__ import annotations

from nbstream.batch.run.cached_prefix import has_shared_prefix, with_cached_prefix

MARK = {"type": "ephemeral"}
TOOLS = [{"name": "a", "input_schema": {}}, {"name": "b", "input_schema": {}}]


def test_the_system_prompt_is_marked_at_its_end() -> None:
    fields, _ = with_cached_prefix({"system": "Be brief", "tools": TOOLS}, [], MARK)
    assert fields["system"] == [{"type": "text", "text": "Be brief", "cache_control": MARK}]
    assert fields["tools"] == TOOLS
    blocks = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    fields, _ = with_cached_prefix({"system": blocks}, [], MARK)
    assert fields["system"] == [blocks[0], {**blocks[1], "cache_control": MARK}]
    assert "cache_control" not in blocks[1]


def test_without_a_system_prompt_the_last_tool_is_marked() -> None:
    fields, _ = with_cached_prefix({"tools": TOOLS}, [], MARK)
    assert fields["tools"] == [TOOLS[0], {**TOOLS[1], "cache_control": MARK}]


def test_examples_before_the_rows_are_marked_and_nothing_else() -> None:
    examples = [{"role": "user", "content": "1+1"}, {"role": "assistant", "content": "2"}]
    fields, messages = with_cached_prefix({"system": "Be brief"}, examples, MARK)
    assert fields == {"system": "Be brief"}
    assert messages[0] == examples[0]
    assert messages[1]["content"] == [{"type": "text", "text": "2", "cache_control": MARK}]
    assert examples[1]["content"] == "2"


def test_a_mark_of_the_users_stays() -> None:
    system = [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    assert with_cached_prefix({"system": system}, [], MARK)[0]["system"] == system


def test_nothing_is_marked_where_nothing_is_shared_or_cached() -> None:
    assert with_cached_prefix({"model": "m"}, [], MARK) == ({"model": "m"}, [])
    assert with_cached_prefix({"system": "s"}, [], None) == ({"system": "s"}, [])


def test_a_schema_is_shared_too() -> None:
    assert has_shared_prefix({"output_config": {"format": {"type": "json_schema"}}}, [])
    assert has_shared_prefix({"system": "s"}, [])
    assert not has_shared_prefix({"output_config": {"effort": "low"}}, [])
