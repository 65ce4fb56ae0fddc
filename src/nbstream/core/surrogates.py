"""Text from JSON, repaired so that it can be written to JSON again."""

from __future__ import annotations


class SurrogateJoiner:
    r"""Joins the two halves of a character that arrived in different pieces of a stream.

    JSON may write one character as two escapes (`\\ud83d\\ude00`), and a stream may be cut between them. Python
    then holds two surrogate code points, which no UTF-8 message can carry. A half whose other half never comes
    becomes U+FFFD, the character with which decoders replace faulty bytes.
    """

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """Add a piece, and return the text that is complete by now."""
        if piece.isascii() and not self._half:
            return piece
        piece = self._half + piece
        self._half = ""
        try:
            piece.encode()
        except UnicodeEncodeError:
            if "\ud800" <= piece[-1] <= "\udbff":
                piece, self._half = piece[:-1], piece[-1]
            return _decode_pairs(piece)
        return piece

    def flush(self) -> str:
        """End a block's text: return U+FFFD if half a character is still held back, and otherwise nothing."""
        half, self._half = self._half, ""
        return _decode_pairs(half)


def join_surrogates(text: str) -> str:
    """Repair a complete text, so that any message can carry it."""
    joiner = SurrogateJoiner()
    return joiner.feed(text) + joiner.flush()


def _decode_pairs(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
