"""Hook of MkDocs: leaves only the language in the first line of a code block.

The second word of a block such as `sh serve` says how `tests/test_docs.py` runs it. MkDocs takes a line with two
words for text, and GitHub ignores the second word.
"""

from __future__ import annotations

import re
from typing import Any

NAMED_BLOCK = re.compile(r"^```(\w+) \w+$", re.M)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Return the Markdown of a page with the language alone in the first line of each block."""
    return NAMED_BLOCK.sub(r"```\1", markdown)
