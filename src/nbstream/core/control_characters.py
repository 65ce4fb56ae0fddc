r"""Control characters made visible, for text that is written to a terminal.

A terminal obeys some characters instead of showing them. With these an answer could set the window's title, put
text into the clipboard, overwrite the lines above it, or show text in another order than it has. The characters
are written as the escapes of a Python string (`\x1b`), and not as Unicode's control pictures: C1 and the direction
controls have no pictures, and a terminal whose encoding is ASCII cannot print them.

The twin for the notebook's file is `js/src/core/control-characters.ts`. Both are tested with
`tests/fixtures/control_characters.json`.
"""

from __future__ import annotations

import re

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f]")
"""C0 without tab and line feed, DEL, C1, and the characters that embed, override, isolate or switch a direction.

The direction marks (U+061C, U+200E, U+200F) stay: Arabic and Hebrew need them, and they turn no letters around.
Emoji and Indic scripts need their joiners, which stay too.
"""


def escape_controls(text: str) -> str:
    """Replace every character that a terminal obeys by its escape; line feeds and tabs stay.

    Each character is replaced by itself, so the pieces of a stream may be converted one by one.
    """
    return _OBEYED.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
