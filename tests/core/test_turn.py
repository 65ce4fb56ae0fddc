"""The parts of a conversation, by themselves."""

from __future__ import annotations

import pytest

from nbstream.core.turn import TEXT_FIELD, Block, Reply, Turn


@pytest.mark.parametrize("type_", ["text", "thinking", "server_tool_use"])
def test_a_block_goes_to_the_api_with_its_text_where_the_api_has_it_and_without_what_is_null(type_: str) -> None:
    block = Block(type_, {"citations": None, "signature": "s"}, ["a", "b"])
    text = {TEXT_FIELD[type_]: "ab"} if type_ in TEXT_FIELD else {}
    assert block.to_param() == {"type": type_, "signature": "s", **text}


def test_the_text_of_a_turn_is_that_of_its_blocks_of_a_kind() -> None:
    turn = Turn(
        "t1",
        "assistant",
        "",
        [Block("text", parts=["a"]), Block("thinking", parts=["x"]), Block("text", parts=["b"])],
    )
    assert (turn.text(), turn.text("thinking")) == ("ab", "x")


@pytest.mark.parametrize(
    ("reply", "refused"), [(None, False), (Reply(), False), (Reply(stop_reason="refusal"), True)]
)
def test_a_refused_turn_is_one_that_the_api_refused(reply: Reply | None, refused: bool) -> None:
    assert Turn("t1", "assistant", reply=reply).refused is refused
