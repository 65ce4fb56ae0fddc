"""Conversion of images in formats that the API does not take: TIFF and BMP files.

Only files that the owner of the kernel passes are converted here, and never those of a page, because decoders of
rare formats are a target of attacks.
"""

from __future__ import annotations

import io
import warnings

from . import images

_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_BMP_HEADER_BYTES = (12, 40, 52, 56, 64, 108, 124)
"""The sizes that the second header of a BMP may have. A text that begins with "BM" has another number there."""


def format_of(data: bytes) -> str | None:
    """Return the name of the format of an image that can be converted; `None` for anything else."""
    if data.startswith(_TIFF_MAGIC):
        return "TIFF"
    is_bmp = data[:2] == b"BM" and data[6:10] == b"\0\0\0\0"
    return "BMP" if is_bmp and int.from_bytes(data[14:18], "little") in _BMP_HEADER_BYTES else None


def convert(data: bytes, format_: str, where: str) -> tuple[str, bytes]:
    """Return the media type and bytes in which an image can be sent.

    Args:
        data: The bytes of the file.
        format_: The name of its format.
        where: The name of the image in an error, as the beginning of a sentence.

    Raises:
        ValueError: The image is broken or too large, it has several pictures, or Pillow is not installed.
    """
    pillow = images.load_pillow()
    if pillow is None:
        raise ValueError(
            f"{where} is a {format_} image, which Claude does not take. Install pillow (pip install "
            '"nbstream[images]"), so that it can be converted, or pass it as a PNG.'
        )
    try:
        # Pillow warns of each fault of a damaged file, before it raises an error or in place of one.
        with (
            warnings.catch_warnings(action="ignore"),
            pillow.open(io.BytesIO(data), formats=[format_]) as image,
        ):
            images.check_pixels(image.size, where)
            frames = getattr(image, "n_frames", 1)
            if frames == 1:
                return images.encode(image, where)
    except (OSError, SyntaxError, pillow.DecompressionBombError) as error:
        raise ValueError(
            f"{where} is a {format_} image that cannot be read ({images.reason_of(error)})."
        ) from error
    raise ValueError(
        f"{where} is a {format_} file with {frames:,} pictures; pass those that you mean as Pillow images, as in "
        "image = PIL.Image.open(path); image.seek(3)."
    )
