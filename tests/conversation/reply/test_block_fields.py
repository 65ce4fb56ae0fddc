"""Fields of blocks that come in deltas, of known and of unknown kinds."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.conversation.reply.block_fields import complete_fields, merge_delta


@pytest.mark.parametrize(
    ("param", "delta", "merged", "text"),
    [
        ({}, {"type": "signature_delta", "signature": "s"}, {"signature": "s"}, ""),
        ({"citations": None}, {"type": "citations_delta", "citation": 1}, {"citations": [1]}, ""),
        ({"content": ""}, {"type": "compaction_delta", "content": "So far"}, {"content": "So far"}, "So far"),
        ({"content": ""}, {"type": "compaction_delta", "content": None}, {"content": None}, ""),
        (
            {"content": None},
            {"type": "compaction_delta", "content": "S", "encrypted_content": "x"},
            {"content": "S", "encrypted_content": "x"},
            "S",
        ),
        ({"verse": "a"}, {"type": "verse_delta", "verse": "b"}, {"verse": "ab"}, "b"),
        ({"lines": [1]}, {"type": "line_delta", "lines": [2]}, {"lines": [1, 2]}, ""),
        (
            {"size": 1, "verse": "a"},
            {"type": "size_delta", "size": 2, "verse": None},
            {"size": 2, "verse": "a"},
            "",
        ),
    ],
)
def test_a_delta_adds_to_its_block(param: Any, delta: Any, merged: Any, text: str) -> None:
    assert merge_delta(param, delta) == text
    assert param == merged


@pytest.mark.parametrize(
    ("param", "completed"),
    [
        ({"partial_json": '{"a": 1}'}, {"input": {"a": 1}}),
        ({"input": {}, "partial_json": "[1]"}, {"input": [1]}),
        ({"partial_json": '{"a": '}, {"partial_json": '{"a": '}),
        ({"verse": "a"}, {"verse": "a"}),
    ],
)
def test_pieces_of_json_become_the_input_of_their_block(param: Any, completed: Any) -> None:
    complete_fields(param)
    assert param == completed
