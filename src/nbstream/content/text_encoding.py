"""Encodings of text files: UTF-8, UTF-16, UTF-32, Shift-JIS and Windows-1252, recognised by the bytes.

Any bytes can be read as Windows-1252, and many as Shift-JIS. So these two are only accepted for text that looks
like text of their languages, and the reader is told the encoding. The caller has to decode everything else.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

MAX_SAMPLE_CHARS = 100_000
"""The most characters of a text that are looked at to recognise its encoding."""

KNOWN = "UTF-8, UTF-16, Shift-JIS and Windows-1252"

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", ""),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
"""Marks at the beginning of a file, with Python's name of the encoding and the name for people. The order matters:
the mark of UTF-32 begins with that of UTF-16."""

_CONTROL_CHARACTERS = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
_KANA = re.compile("[\u3041-\u30ff]")
_HALFWIDTH_KANA = re.compile("[\uff61-\uff9f]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_FOREIGN_RUN = re.compile("[^\x00-\x7f\xa0–—…•·]{4}")
"""Four characters in a row that are not in ASCII: a word of another alphabet that was read as Windows-1252.
Spaces, dashes and dots do not count, because they are repeated in Western text too."""
_RARE_IN_WESTERN_TEXT = re.compile("[‚ƒ†‡ˆ‰‹˜›]")

MIN_KANA_PERCENT = 20
"""Share of kana among the characters beyond ASCII from which a text counts as Japanese. Prose has 50 % or more."""

MAX_RARE_PERCENT = 20
"""Share of rare characters among those beyond ASCII up to which a reading is believed."""


def decode(data: bytes) -> tuple[str, str] | None:
    """Decode a text file.

    Returns:
        The text, and the name of its encoding, which is empty for UTF-8. `None` if the encoding is not recognised
        or the file is not text.
    """
    for mark, codec, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(data, codec, name)
    text = _decode_as(data, "utf-8", "")
    if text is not None:
        return text
    if b"\0" in data:
        return _decode_utf16_without_mark(data)
    if _CONTROL_CHARACTERS.search(data):
        return None
    return _decode_japanese(data) or _decode_western(data)


def _decode_as(data: bytes, codec: str, name: str) -> tuple[str, str] | None:
    with suppress(UnicodeDecodeError):
        text = data.decode(codec)
        return None if "\0" in text else (text, name)
    return None


def _decode_utf16_without_mark(data: bytes) -> tuple[str, str] | None:
    """Decode UTF-16 that is mostly ASCII: one byte of each pair is then zero, always the same one."""
    zeros = (data[0::2].count(0), data[1::2].count(0))
    if len(data) % 2 or min(zeros) or max(zeros) < len(data) / 4:
        return None
    decoded = _decode_as(data, "utf-16-be" if zeros[0] else "utf-16-le", "UTF-16")
    return None if decoded is None or _CONTROL_CHARACTERS.search(decoded[0].encode()) else decoded


def _decode_japanese(data: bytes) -> tuple[str, str] | None:
    decoded = _decode_as(data, "cp932", "Shift-JIS")
    if decoded is None:
        return None
    sample = decoded[0][:MAX_SAMPLE_CHARS]
    count = len(_NOT_ASCII.findall(sample))
    has_kana = len(_KANA.findall(sample)) * 100 >= count * MIN_KANA_PERCENT
    # Chinese text in another encoding is read as a row of halfwidth kana, which Japanese text hardly has.
    return decoded if has_kana and _is_rare(_HALFWIDTH_KANA, sample, count) else None


def _decode_western(data: bytes) -> tuple[str, str] | None:
    decoded = _decode_as(data, "cp1252", "Windows-1252")
    if decoded is None:
        return None
    sample = decoded[0][:MAX_SAMPLE_CHARS]
    count = len(_NOT_ASCII.findall(sample))
    is_foreign = _FOREIGN_RUN.search(sample) is not None or not _is_rare(_RARE_IN_WESTERN_TEXT, sample, count)
    return None if is_foreign else decoded


def _is_rare(characters: re.Pattern[str], sample: str, count: int) -> bool:
    return len(characters.findall(sample)) * 100 <= count * MAX_RARE_PERCENT
