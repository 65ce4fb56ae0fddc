"""Previews of blocks: small JSON that pages get beside a block's text. No preview is fetched from the network."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.block_info import block_info
from . import images
from .attachments import MAX_TITLE_CHARS
from .blocks import ContentBlock
from .file_type import PDF, pixel_size
from .tables import shorten

TABLE_PREVIEW: Mapping[str, Any] = {"markdown": True}
"""The preview of a text that nbstream made of a data frame. It tells the page to render the text as Markdown."""

log = logging.getLogger("nbstream")


def describe(type_: str, param: Mapping[str, Any], text: str = "", pdf_pages: int | None = None) -> dict[str, Any]:
    """Describe any block for a page as `core.block_info` does, and add thumbnails of the images in it.

    Args:
        type_: The API's name for the kind of block.
        param: The block without its type and its text.
        text: The block's text, if it is known from the start.
        pdf_pages: The number of pages of the PDF in the block, if it is known.
    """
    try:
        if type_ in ("image", "document"):
            return describe_attachment({"type": type_, **param}, pdf_pages)
        content = param.get("content") if type_ == "tool_result" else None
        more = describe_images(content) if isinstance(content, list) else {}
    except Exception:
        # An error here must not end the reply. The page then shows the block without its attachment.
        log.warning("an attachment could not be shown", exc_info=True)
        more = {}
    return {**block_info(type_, param, text), **more}


def describe_result(blocks: Iterable[ContentBlock]) -> dict[str, Any]:
    """Describe a tool's result, apart from its text: whether the text is a table, and the images in it."""
    blocks = list(blocks)
    if len(blocks) == 1 and blocks[0].is_table:
        return dict(TABLE_PREVIEW)
    try:
        return describe_images([block.param for block in blocks])
    except Exception:
        log.warning("an attachment could not be shown", exc_info=True)
        return {}


def describe_images(params: Iterable[object]) -> dict[str, Any]:
    """Describe the images among content blocks; return an empty dict if there are none."""
    is_image = (param for param in params if isinstance(param, Mapping) and param.get("type") == "image")
    images_ = [describe_attachment(param) for param in is_image]
    return {"images": images_} if images_ else {}


def describe_attachment(block: Mapping[str, Any], pdf_pages: int | None = None) -> dict[str, Any]:
    """Describe an image or document block in JSON of 24 KB at most.

    Returns:
        A dict with `kind`, which is the block's type, and with these keys where they are known: `name`,
        `media_type`, `size` in bytes, `width` and `height` in pixels, and `pages`. For an image there is also
        `data`: the image or its thumbnail in base64, to which `media_type` then refers.
    """
    kind = block.get("type")
    source = block.get("source")
    preview: dict[str, Any] = {"kind": kind}
    if not isinstance(source, Mapping):
        return preview
    name = next((source[key] for key in ("url", "file_id") if isinstance(source.get(key), str)), None)
    if name is not None:
        return {**preview, "name": shorten(name, MAX_TITLE_CHARS)}
    media = source.get("media_type")
    data = _bytes_of(source)
    if isinstance(media, str):
        preview["media_type"] = shorten(media, MAX_TITLE_CHARS)
    if data is not None:
        preview["size"] = len(data)
    if kind == "image":
        return {**preview, **_image_preview(data or b"")}
    title = block.get("title")
    default = "PDF" if media == PDF else "Document"
    preview["name"] = shorten(title, MAX_TITLE_CHARS) if isinstance(title, str) else default
    return preview if pdf_pages is None else {**preview, "pages": pdf_pages}


def _image_preview(data: bytes) -> dict[str, Any]:
    size = pixel_size(data)
    if size is None:
        return {}
    measures = {"width": size[0], "height": size[1]}
    if len(data) <= images.MAX_THUMBNAIL_BYTES and max(size) <= images.MAX_EDGE_PIXELS:
        return {**measures, "data": base64.b64encode(data).decode()}
    thumbnail = images.thumbnail(data)
    if thumbnail is None:
        return measures
    return {**measures, "media_type": "image/jpeg", "data": base64.b64encode(thumbnail).decode()}


def _bytes_of(source: Mapping[str, Any]) -> bytes | None:
    """Return the bytes in the source of a block; `None` if the source has none or they are not valid base64."""
    data = source.get("data")
    if not isinstance(data, str):
        return None
    if source.get("type") == "text":
        return data.encode(errors="replace")
    try:
        return base64.b64decode(data)
    except ValueError:
        return None
