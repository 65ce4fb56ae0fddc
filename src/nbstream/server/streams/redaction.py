"""What a reader elsewhere is shown of a block: no word of what went wrong inside the operator's tools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...content import previews
from ...tools.calls import REFUSED

KIND = re.compile(r"[A-Z]\w*(?:Error|Exception)(?=:|$)")
"""An exception's name where `Calls` puts it: at the beginning of what Claude is told."""


def show(type_: str, param: Mapping[str, Any], text: str = "") -> dict[str, Any]:
    """As `previews.show`, and of a call that failed only that it did, and the exception's kind.

    Claude is told the rest, to mend the call; it may name files, hosts and queries that are the operator's alone.

    Args:
        type_: The API's name for the kind of block.
        param: The block without its type and its text.
        text: Its text, if that is known from the start.
    """
    if type_.endswith("tool_result") and param.get("is_error") and param.get("content") != REFUSED:
        kind = KIND.match(str(param.get("content")))
        param = {**param, "content": f"The tool failed: {kind.group()}." if kind else "The tool failed."}
    return previews.show(type_, param, text)
