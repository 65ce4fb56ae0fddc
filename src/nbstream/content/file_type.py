"""The media type of a file and the size of an image, read from the first bytes.

A file's name may be wrong, and data that is held as bytes has no name.
"""

from __future__ import annotations

PDF = "application/pdf"

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
)

_NOT_FRAME_CODES = (0xC4, 0xC8, 0xCC)
"""The JPEG markers from 0xC0 to 0xCF that do not begin a frame, so that no image size follows: DHT, JPG and
DAC."""

_LENGTHLESS_CODES = (0x01, *range(0xD0, 0xD8))
"""The JPEG markers that have no segment after them, and so no length: TEM and RST0 to RST7."""


def media_type(data: bytes) -> str | None:
    """Return the media type of an image or a PDF; `None` for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


def pixel_size(data: bytes) -> tuple[int, int] | None:
    """Read the width and height of an image from its header; return `None` if the header has none."""
    readers = {
        "image/png": _png_size,
        "image/jpeg": _jpeg_size,
        "image/gif": _gif_size,
        "image/webp": _webp_size,
    }
    kind = media_type(data)
    width, height = readers[kind](data) if kind in readers else (0, 0)
    return (width, height) if width and height else None


def _png_size(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _gif_size(data: bytes) -> tuple[int, int]:
    return _little_endian(data, 6, 8), _little_endian(data, 8, 10)


def _webp_size(data: bytes) -> tuple[int, int]:
    chunk = data[12:16]
    if chunk == b"VP8X":
        return _little_endian(data, 24, 27) + 1, _little_endian(data, 27, 30) + 1
    if chunk == b"VP8L":
        bits = _little_endian(data, 21, 25)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little_endian(data, 26, 28) & 0x3FFF, _little_endian(data, 28, 30) & 0x3FFF


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walk through the segments of a JPEG to its first frame, which has the size."""
    offset = 2
    while offset + 9 <= len(data) and data[offset] == 0xFF:
        marker = data[offset + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NOT_FRAME_CODES:
            height, width = data[offset + 5 : offset + 7], data[offset + 7 : offset + 9]
            return int.from_bytes(width), int.from_bytes(height)
        if marker == 0xFF:
            # This 0xFF is a fill byte before the marker.
            offset += 1
        elif marker in _LENGTHLESS_CODES:
            offset += 2
        else:
            offset += 2 + int.from_bytes(data[offset + 2 : offset + 4])
    return 0, 0


def _little_endian(data: bytes, start: int, end: int) -> int:
    return int.from_bytes(data[start:end], "little")
