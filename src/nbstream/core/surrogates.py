"""Text as it comes out of JSON, made fit to go into JSON again."""

from __future__ import annotations


class SurrogateJoiner:
    r"""Joins surrogate halves that arrived in different pieces.

    JSON may write one character as two escapes (`\\ud83d\\ude00`), and a stream may cut between them; Python
    then holds two code points that no UTF-8 message can carry. A half that never meets its other half becomes
    U+FFFD, as a decoder would have made it.
    """

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """The text that is whole by now."""
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
        """What is left at the end of a block."""
        half, self._half = self._half, ""
        return _decode_pairs(half)


def join_surrogates(text: str) -> str:
    """Text that is all there, fit for any message."""
    joiner = SurrogateJoiner()
    return joiner.feed(text) + joiner.flush()


def _decode_pairs(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
