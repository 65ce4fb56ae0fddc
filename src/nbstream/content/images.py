"""Pictures made to fit: into what the Messages API takes, and into a thumbnail for the page.

The limits are those of https://platform.claude.com/docs/en/build-with-claude/vision as read in November 2026.
Pillow does the work where the reader has it; without it a picture within the limits goes as it is.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .file_type import pixels

if TYPE_CHECKING:
    from PIL.Image import Image

IMAGE_PIXELS = 8_000
"""The most that a picture may have on an edge."""

PIXELS = IMAGE_PIXELS**2
"""The most that a picture may have in all to be decoded: the API takes none that is larger. To scale one down
takes 3 s and 900 MB of memory at worst, and 8 kB may hold it."""

IMAGE_BYTES = 5 * 1024 * 1024 // 4 * 3
"""The most bytes of a picture: 5 MB in base64 on Bedrock and Vertex AI, whose limits are the lowest."""

EDGE = 2_000
"""Pixels of the long edge to which larger pictures are scaled.

A request with more than 20 pictures may have none that is larger, and a conversation sends all of its pictures
again; one that grows past 20 shall not fail. Claude sees at most 2,576 on the long edge, 4,784 patches of 28 × 28.
"""

PNG_BYTES = 1024 * 1024
"""What a picture without losses may take: a larger one is a photograph. A request has room for 22 of these."""

QUALITIES = (90, 75)
"""Of JPEG, until it fits: 2,000 × 2,000 pixels of mere noise take 4.5 MB at the first, 3.1 MB at the last."""

THUMBNAIL_BYTES = 16 * 1024
"""What a page is sent of a picture: it travels again with each reload."""

THUMBNAILS = ((320, 80), (320, 50), (160, 50))
"""Long edge and quality of thumbnails, until one fits: of mere noise the last does, with 15 kB."""

LIMITS = f"{IMAGE_PIXELS:,} pixels on an edge and {IMAGE_BYTES:,} bytes"


def fitted(data: bytes, kind: str, where: str) -> tuple[str, bytes]:
    """The media type and bytes of an image file as it can be sent; scaled down if it has to be.

    Raises:
        ValueError: It is broken, or too large and Pillow is not there.
    """
    size = pixels(data)
    if size is None:
        raise ValueError(f"{where} is a broken {kind}: its size in pixels cannot be read.")
    small = len(data) <= IMAGE_BYTES
    if small and max(size) <= EDGE:
        return kind, data
    if math.prod(size) > PIXELS:
        raise ValueError(
            f"{where} is an image of {size[0]:,} × {size[1]:,} pixels; more than {PIXELS:,} are not decoded. "
            "Scale it down first."
        )
    pillow = _pillow()
    if pillow is not None:
        try:
            with _opened(pillow, data) as image:
                return encoded(image, where)
        except (OSError, SyntaxError, pillow.DecompressionBombError) as error:
            # Pillow names what it was given, with its place in memory.
            why = re.sub(r" <.* at 0x\w+>", "", str(error))
            raise ValueError(
                f"{where} is a broken {kind} or too large to be scaled down ({why}); Claude takes {LIMITS}."
            ) from error
    if small and max(size) <= IMAGE_PIXELS:
        return kind, data
    raise ValueError(
        f"{where} is an image of {size[0]:,} × {size[1]:,} pixels and {len(data):,} bytes; Claude takes {LIMITS}. "
        "Install pillow, with which it is scaled down, or pass a smaller one."
    )


def check_work(pictures: Iterable[bytes], where: str) -> None:
    """Refuse pictures that take too long to be scaled down together.

    Raises:
        ValueError: They have more than `PIXELS` in all, those not counted that go as they are.
    """
    sizes = (pixels(data) or (0, 0) for data in pictures)
    work = sum(math.prod(size) for size in sizes if max(size) > EDGE)
    if work > PIXELS:
        raise ValueError(
            f"{where} has large pictures of {work:,} pixels in all; {PIXELS:,} are scaled down at once. Send "
            f"fewer, or such of {EDGE:,} pixels on an edge."
        )


def encoded(image: Image, where: str) -> tuple[str, bytes]:
    """The media type and bytes of a Pillow image as it can be sent."""
    # MPO is what telephones write: a JPEG with another behind it.
    photograph = image.format in ("JPEG", "MPO")
    if min(image.size) == 0:
        raise ValueError(f"{where} is an empty image: {image.width} × {image.height} pixels.")
    image = _scaled(image, EDGE)
    if not photograph:
        png = _saved(image, "PNG")
        if len(png) <= PNG_BYTES:
            return "image/png", png
    flat = _flat(image)
    tries = (_saved(flat, "JPEG", quality=quality) for quality in QUALITIES)
    return "image/jpeg", next(data for data in tries if len(data) <= IMAGE_BYTES)


def thumbnail(data: bytes) -> bytes | None:
    """A JPEG of `THUMBNAIL_BYTES` at most; `None` without Pillow, or if it cannot be made."""
    pillow = _pillow()
    if pillow is None or math.prod(pixels(data) or (0, 0)) > PIXELS:
        return None
    try:
        with _opened(pillow, data) as image:
            small = _flat(_scaled(image, THUMBNAILS[0][0]))
    except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError):
        return None
    tries = (_saved(_scaled(small, edge), "JPEG", quality=quality) for edge, quality in THUMBNAILS)
    return next(data for data in tries if len(data) <= THUMBNAIL_BYTES)


def _pillow() -> Any | None:
    try:
        from PIL import Image
    except ImportError:
        return None
    return Image


def _opened(pillow: Any, data: bytes) -> Image:
    image: Image = pillow.open(io.BytesIO(data))
    # Again: a file may have two headers, and what decodes it take the other.
    if math.prod(image.size) > PIXELS:
        raise pillow.DecompressionBombError(f"it has {image.width:,} × {image.height:,} pixels")
    return image


def _scaled(image: Image, edge: int) -> Image:
    """Upright, in a mode that PNG can hold, and no longer than `edge`."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    # What else a file says (a profile, a comment) may be larger than the picture.
    image.info = {key: value for key, value in image.info.items() if key == "transparency"}
    image = _plain(image)
    if max(image.size) > edge:
        # Between the colours of a palette there are none.
        image = image.convert({"1": "L", "P": "RGBA"}.get(image.mode, image.mode))
        image.thumbnail((edge, edge))
    return image


def _plain(image: Image) -> Image:
    if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        return image
    if image.mode in ("PA", "La", "RGBa"):
        return image.convert("LA" if image.mode == "La" else "RGBA")
    if image.mode == "F" or image.mode.startswith("I"):
        # Numbers and no colours: their range becomes that from black to white, as in a plot.
        low, high = image.convert("F").getextrema()
        spread = high - low if isinstance(low, float) and isinstance(high, float) else math.nan
        scale = 255 / spread if spread > 0 else 0
        return image.convert("F").point(lambda value: (value - low) * scale + 0).convert("L")
    return image.convert("RGB")


def _flat(image: Image) -> Image:
    """Without transparency, which JPEG has not: what was transparent is white."""
    from PIL import Image as Images

    if not image.has_transparency_data:
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    image = image.convert("RGBA")
    white = Images.new("RGBA", image.size, "white")
    return Images.alpha_composite(white, image).convert("RGB")


def _saved(image: Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()
