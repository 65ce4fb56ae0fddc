"""Token counts that the API makes before a request is sent. They are free, and have a rate limit of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from .client import client_for_this_loop

COUNT_TIMEOUT_SECONDS = 20.0
"""Time within which the API must have counted. The whole documents are sent, and a reply waits for the count."""


async def count_block_tokens(client: Any, model: str, blocks: Sequence[Mapping[str, Any]]) -> int | None:
    """Ask the API for the number of tokens of content blocks.

    Args:
        client: The async client, or `None` for the one that the environment describes.
        model: The model that will read the blocks.
        blocks: Blocks of a user's message.

    Returns:
        The number; `None` if the API, or another server in its place, does not count these blocks.
    """
    try:
        ours = await asyncio.to_thread(client_for_this_loop, client, asyncio.get_running_loop())
        messages: Any = [{"role": "user", "content": [*blocks, {"type": "text", "text": "."}]}]
        counted = await ours.messages.count_tokens(model=model, messages=messages, timeout=COUNT_TIMEOUT_SECONDS)
    except Exception:
        # Whatever the reason is, such as a server without this endpoint, its caller has to do without a count.
        return None
    return counted.input_tokens if isinstance(counted.input_tokens, int) else None
