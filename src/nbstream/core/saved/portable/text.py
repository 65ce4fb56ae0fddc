"""Escapes for comparisons, tildes, and characters that turn or hide the text beside them."""

from __future__ import annotations

import re

from .code import PREFIX, rewrite_between

# Every pattern must be fast on text of any length: a repeated part excludes the first character of the next part.
_NUMBER = r"[ \t]*[-+\u2212~\u2248]?[$€£¥]?[0-9]"
_COMPARISON = re.compile(rf"^({PREFIX}(?:[-*+]|[0-9]{{1,9}}[.)])[ \t]+)>(?==|{_NUMBER})")

# Emoji of flags contain hidden letters. Marks of direction have a use beside letters from right to left.
_FLAG = "(?P<flag>\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f)"
_HIDDEN_SET = "\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\U000e0000-\U000e007f"
_HIDDEN = re.compile(f"{_FLAG}|[{_HIDDEN_SET}]")
_HIDDEN_OR_DIRECTION = re.compile(f"{_FLAG}|[{_HIDDEN_SET}\u061c\u200e\u200f]")
# Some programs cannot write halves of pairs.
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")
_RIGHT_TO_LEFT = re.compile("[\u05d0-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")

# Some renderers take any two dollar signs for a formula, and show what is in it as it is.
_TILDES = re.compile(r"(?P<kept>\$\$[^$\n]+\$\$|\$[^$\n]+\$|https?://[^\s<>()\[\]]*|\\.|~~+)|~")
_SINGLE_TILDE = re.compile("(?<!~)~(?!~)")


def write_hidden(text: str) -> str:
    """Write the numbers of characters that turn or hide the text beside them. The page marks the same."""
    text = _NO_CHARACTER.sub("\ufffd", text)
    is_direction_hidden = not _RIGHT_TO_LEFT.search(text)
    return (_HIDDEN_OR_DIRECTION if is_direction_hidden else _HIDDEN).sub(_number, text)


def _number(found: re.Match[str]) -> str:
    return found[0] if found["flag"] else f"‹U+{ord(found[0]):04X}›"


def write_comparison(line: str) -> str:
    """Escape the sign of a comparison at the beginning of an item, which would be a quote's."""
    return _COMPARISON.sub(r"\1\\>", line)


def write_tildes(text: str) -> str:
    """Escape single tildes, two of which strike through on GitHub and in JupyterLab."""
    if len(_SINGLE_TILDE.findall(text)) < 2:
        return text
    return rewrite_between(text, lambda piece: _TILDES.sub(lambda found: found["kept"] or r"\~", piece))
