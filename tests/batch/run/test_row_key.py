"""Keys of rows."""

from __future__ import annotations

from typing import Any

from nbstream.batch.run.row_key import KEY_CHARS, RowKeys
from nbstream.conversation.request.default_fields import THINKING
from nbstream.output.output_format import OutputFormat

TEXT = [{"type": "text", "text": "Hello"}]


def key(*, messages: Any = (), template: str | None = "{{row}}", blocks: Any = TEXT, **request: Any) -> str:
    return RowKeys({"model": "m", **request}, messages, template).key_of(blocks)


def test_a_key_is_the_same_in_every_process() -> None:
    assert key() == "fd99f4157eb68dc45049a230f2872c77"
    assert len(key()) == KEY_CHARS


def test_what_changes_the_answer_changes_the_key() -> None:
    keys = [
        key(),
        key(blocks=[{"type": "text", "text": "hello"}]),
        key(model="n"),
        key(system="Be brief"),
        key(messages=[{"role": "user", "content": "a"}]),
        key(output_config={"format": OutputFormat.of(bool)}),
        key(extra_body={"temperature": 0}),
        key(thinking={"type": "disabled"}),
    ]
    assert len(set(keys)) == len(keys)


def test_neither_limits_nor_marks_nor_the_default_thinking_change_it() -> None:
    assert key() == key(max_tokens=9) == key(timeout=3) == key(cache_control={"type": "ephemeral"})
    assert key() == key(thinking=THINKING) == key(metadata={"user_id": "u"}) == key(template="Other {{row}}")


def test_a_secret_is_no_part_of_it() -> None:
    def server(token: str) -> dict[str, Any]:
        return {"mcp_servers": [{"url": "https://x", "authorization_token": token}]}

    assert key(extra_body=server("one")) == key(extra_body=server("two"))
    assert key() == key(extra_headers={"x-api-key": "sk-ant-secret"}) == key(extra_query={"key": "secret"})
    assert key(extra_body=server("one")) != key()


def test_the_shared_parts_have_a_hash_each() -> None:
    one = RowKeys({"model": "m", "system": "s"}, [], "{{a}}").parts
    other = RowKeys({"model": "m", "system": "t"}, [], "{{b}}").parts
    assert one.keys() == {"model", "system", "prompt"}
    assert one["model"] == other["model"]
    assert one["system"] != other["system"]
    assert one["prompt"] != other["prompt"]
    assert RowKeys({}, [], None).parts == {"prompt": "function"}
