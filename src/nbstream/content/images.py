"""Scaling and encoding of images, to fit the limits of the Messages API and to make thumbnails for the page.

The limits are those of https://platform.claude.com/docs/en/build-with-claude/vision as read in November 2026.
Pillow does the work where it is installed; without it an image within the limits is sent as it is.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .file_type import pixel_size

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_IMAGE_PIXELS = 8_000
"""The most pixels that the API takes on one edge of an image."""

MAX_TOTAL_PIXELS = MAX_IMAGE_PIXELS**2
"""The most pixels that an image may have to be decoded; the API takes no larger image. Scaling down an image of
this size takes 3 s and 900 MB of memory at worst, and a file of 8 kB may contain such an image."""

MAX_IMAGE_BYTES = 5 * 1024 * 1024 // 4 * 3
"""The most bytes of an image. They make 5 MB in base64, which is the limit of Bedrock and Vertex AI and the lowest
of all platforms."""

MAX_EDGE_PIXELS = 2_000
"""Length of the long edge to which larger images are scaled down.

In a request with more than 20 images, the API refuses images that are larger than this. A conversation sends all
of its images again with each message, and it must not fail when it has more than 20. Claude itself sees at most
2,576 pixels on the long edge, and 4,784 patches of 28 × 28 pixels.
"""

MAX_PNG_BYTES = 1024 * 1024
"""The most bytes of an image that is sent without loss, as a PNG. A larger image is probably a photograph and is
sent as a JPEG. A request has room for 22 images of this size."""

JPEG_QUALITIES = (90, 75)
"""JPEG qualities that are tried in this order until the image fits. An image of 2,000 × 2,000 pixels that is all
noise takes 4.5 MB at the first quality and 3.1 MB at the last."""

MAX_THUMBNAIL_BYTES = 16 * 1024
"""The most bytes of a thumbnail. All thumbnails of a conversation are sent again when a page is loaded again."""

THUMBNAILS = ((320, 80), (320, 50), (160, 50))
"""Long edge in pixels and JPEG quality of a thumbnail. The pairs are tried in this order until the thumbnail fits;
with the last pair, an image of noise takes 15 kB."""

LIMITS = f"{MAX_IMAGE_PIXELS:,} pixels on an edge and {MAX_IMAGE_BYTES:,} bytes"


def fit_for_api(data: bytes, kind: str, where: str) -> tuple[str, bytes]:
    """Return the media type and bytes in which an image file can be sent, scaled down if it is too large.

    Args:
        data: The bytes of the file.
        kind: The file's media type.
        where: The name of the image in an error, as the beginning of a sentence.

    Raises:
        ValueError: The image is broken, or it is too large and Pillow is not installed.
    """
    size = pixel_size(data)
    if size is None:
        raise ValueError(
            f"{where} is a broken {kind}: its size in pixels cannot be read. Save it anew, or pass another."
        )
    has_few_bytes = len(data) <= MAX_IMAGE_BYTES
    if has_few_bytes and max(size) <= MAX_EDGE_PIXELS:
        return kind, data
    check_pixels(size, where)
    pillow = load_pillow()
    if pillow is not None:
        return _scale_file(pillow, data, kind, where)
    if has_few_bytes and max(size) <= MAX_IMAGE_PIXELS:
        return kind, data
    raise ValueError(
        f"{where} is an image of {size[0]:,} × {size[1]:,} pixels and {len(data):,} bytes; Claude takes {LIMITS}. "
        "Install pillow, so that it can be scaled down, or pass a smaller one."
    )


def _scale_file(pillow: Any, data: bytes, kind: str, where: str) -> tuple[str, bytes]:
    try:
        with _open(pillow, data) as image:
            return encode(image, where)
    except (OSError, SyntaxError, pillow.DecompressionBombError) as error:
        reason = reason_of(error)
        raise ValueError(
            f"{where} is a broken {kind} or too large to be scaled down ({reason}); Claude takes {LIMITS}."
        ) from error


def reason_of(error: Exception) -> str:
    """Return the text of an error of Pillow, without the file object and its address in memory."""
    return re.sub(r" <.* at 0x\w+>", "", str(error))


def check_pixels(size: Sequence[int], where: str) -> None:
    """Raise `ValueError` if an image of this width and height is too large to be decoded."""
    if math.prod(size) > MAX_TOTAL_PIXELS:
        raise ValueError(
            f"{where} is an image of {size[0]:,} × {size[1]:,} pixels; more than {MAX_TOTAL_PIXELS:,} are not "
            "decoded. Scale it down first."
        )


def check_total_pixels(pictures: Iterable[bytes], where: str) -> None:
    """Refuse images that would together take too long to scale down; images that need no scaling do not count.

    Args:
        pictures: The bytes of the files; files that are not images do not count.
        where: The name of the images in an error, as the beginning of a sentence.

    Raises:
        ValueError: The images have more than `MAX_TOTAL_PIXELS` in all.
    """
    sizes = (pixel_size(data) or (0, 0) for data in pictures)
    total = sum(math.prod(size) for size in sizes if max(size) > MAX_EDGE_PIXELS)
    if total > MAX_TOTAL_PIXELS:
        raise ValueError(
            f"{where} has large pictures of {total:,} pixels in all; {MAX_TOTAL_PIXELS:,} are scaled down at "
            f"once. Send fewer, or scale them to {MAX_EDGE_PIXELS:,} pixels on an edge."
        )


def encode(image: Image, where: str) -> tuple[str, bytes]:
    """Return the media type and bytes in which a Pillow image can be sent.

    Raises:
        ValueError: The image has no pixels.
        OSError: The image cannot be decoded.
    """
    # Telephones write photographs as MPO, which is a JPEG with a second JPEG after it.
    is_photograph = image.format in ("JPEG", "MPO")
    if min(image.size) == 0:
        raise ValueError(f"{where} is an empty image: {image.width} × {image.height} pixels. Leave it out.")
    image = _scale(image, MAX_EDGE_PIXELS)
    if not is_photograph:
        png = _save(image, "PNG")
        if len(png) <= MAX_PNG_BYTES:
            return "image/png", png
    opaque = _flatten(image)
    attempts = (_save(opaque, "JPEG", quality=quality) for quality in JPEG_QUALITIES)
    return "image/jpeg", next(data for data in attempts if len(data) <= MAX_IMAGE_BYTES)


def thumbnail(data: bytes) -> bytes | None:
    """Make a JPEG of `MAX_THUMBNAIL_BYTES` at most, which takes up to 50 ms.

    Returns:
        The JPEG; `None` without Pillow, or if the image cannot be decoded.
    """
    pillow = load_pillow()
    if pillow is None or math.prod(pixel_size(data) or (0, 0)) > MAX_TOTAL_PIXELS:
        return None
    try:
        with _open(pillow, data) as image:
            small = _flatten(_scale(image, THUMBNAILS[0][0]))
    except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError):
        return None
    attempts = (_save(_scale(small, edge), "JPEG", quality=quality) for edge, quality in THUMBNAILS)
    return next(data for data in attempts if len(data) <= MAX_THUMBNAIL_BYTES)


def load_pillow() -> Any | None:
    """Return the module `PIL.Image`, or `None` if Pillow is not installed."""
    try:
        from PIL import Image
    except ImportError:
        return None
    return Image


def _open(pillow: Any, data: bytes) -> Image:
    image: Image = pillow.open(io.BytesIO(data))
    # The size is checked again, because a file may have two headers and Pillow may read another one than
    # `pixel_size` does.
    if math.prod(image.size) > MAX_TOTAL_PIXELS:
        raise pillow.DecompressionBombError(f"it has {image.width:,} × {image.height:,} pixels")
    return image


def _scale(image: Image, edge_pixels: int) -> Image:
    """Turn an image upright, convert it to a mode that PNG can hold, and scale it down to `edge_pixels`."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    # All other metadata is left out, because a colour profile or a comment may be larger than the image.
    image.info = {key: value for key, value in image.info.items() if key == "transparency"}
    image = _to_png_mode(image)
    if max(image.size) > edge_pixels:
        # Scaling takes averages of pixels. The pixels of a palette image are numbers of colours, which have no
        # average, so they are replaced by the colours.
        image = image.convert({"1": "L", "P": "RGBA"}.get(image.mode, image.mode))
        image.thumbnail((edge_pixels, edge_pixels))
    return image


def _to_png_mode(image: Image) -> Image:
    if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        return image
    if image.mode in ("PA", "La", "RGBa"):
        return image.convert("LA" if image.mode == "La" else "RGBA")
    if image.mode == "F" or image.mode.startswith("I"):
        # The pixels of these modes are numbers and not colours. Their range is mapped to the range from black to
        # white, as in a plot.
        low, high = image.convert("F").getextrema()
        spread = high - low if isinstance(low, float) and isinstance(high, float) else math.nan
        scale = 255 / spread if spread > 0 else 0
        return image.convert("F").point(lambda value: (value - low) * scale + 0).convert("L")
    return image.convert("RGB")


def _flatten(image: Image) -> Image:
    """Replace transparent pixels by white, because JPEG has no transparency."""
    from PIL import Image as Images

    if not image.has_transparency_data:
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    image = image.convert("RGBA")
    white = Images.new("RGBA", image.size, "white")
    return Images.alpha_composite(white, image).convert("RGB")


def _save(image: Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()
