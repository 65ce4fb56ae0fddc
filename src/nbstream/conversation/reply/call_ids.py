"""Ids of the calls of tools, which no two calls of a conversation may share."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, count

from ...core.turn import Turn


def unique_call_id(turns: Iterable[Turn], given: object) -> str:
    """Return the id of a call, or another one if it is taken: some gateways count from zero in each answer.

    Each call is answered by its id, and the API refuses a conversation in which two calls have the same one.

    Args:
        turns: The conversation.
        given: The id in the API's answer, which some gateways leave out.
    """
    blocks = (block for turn in turns for block in turn.blocks if block.type == "tool_use")
    taken = {str(block.param.get("id")) for block in blocks}
    name = str(given or "call")
    others = (f"{name}_{number}" for number in count(2))
    return next(each for each in chain([name], others) if each not in taken)
