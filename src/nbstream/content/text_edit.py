"""Edit of a message's text on a page, which shows the texts of several blocks as one."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.turn import join_documents


def replace_texts(texts: Sequence[str], edited: str) -> list[str]:
    """Divide an edited text among the texts that it was joined from, so that each stays where it was.

    Args:
        texts: The texts, which a user saw and edited as `join_documents` joins them.
        edited: The edited text.

    Returns:
        As many texts as before, or one if there were none. If the change goes beyond one of them, the first one is
        the whole edited text and the others are empty.
    """
    joined = join_documents(text for text in texts if text)
    start = _same_chars(joined, edited)
    same_end = _same_chars(joined[start:][::-1], edited[start:][::-1])
    changed_end = len(joined) - same_end
    begin = 0
    for index, text in enumerate(texts):
        begin = joined.index(text, begin)
        end = begin + len(text)
        if text and begin <= start and changed_end <= end:
            inserted = edited[start : len(edited) - same_end]
            changed = joined[begin:start] + inserted + joined[changed_end:end]
            return [*texts[:index], changed, *texts[index + 1 :]]
        begin = end
    return [edited, *("" for _ in texts[1:])]


def _same_chars(one: str, other: str) -> int:
    """Count the characters at the beginning that two texts share."""
    shorter = min(len(one), len(other))
    return next((index for index in range(shorter) if one[index] != other[index]), shorter)
