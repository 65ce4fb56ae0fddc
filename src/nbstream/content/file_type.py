"""What a file is, told by its first bytes: a name may lie, and what is held as bytes has none."""

from __future__ import annotations

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
PDF = "application/pdf"

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
)

_NO_FRAME = (0xC4, 0xC8, 0xCC)
"""Markers of JPEG among those of its frames that tell no size."""

_ALONE = (0x01, *range(0xD0, 0xD8))
"""Markers of JPEG that nothing belongs to."""


def media_type(data: bytes) -> str | None:
    """The media type of an image or a PDF; `None` for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def pixels(data: bytes) -> tuple[int, int] | None:
    """Width and height of an image, as its header has them; `None` if it has none."""
    measure = {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/webp": _webp}
    kind = media_type(data)
    width, height = measure[kind](data) if kind in measure else (0, 0)
    return (width, height) if width and height else None


def _png(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _gif(data: bytes) -> tuple[int, int]:
    return _little(data, 6, 8), _little(data, 8, 10)


def _webp(data: bytes) -> tuple[int, int]:
    form = data[12:16]
    if form == b"VP8X":
        return _little(data, 24, 27) + 1, _little(data, 27, 30) + 1
    if form == b"VP8L":
        bits = _little(data, 21, 25)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(data, 26, 28) & 0x3FFF, _little(data, 28, 30) & 0x3FFF


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0, 0


def _little(data: bytes, start: int, end: int) -> int:
    return int.from_bytes(data[start:end], "little")
