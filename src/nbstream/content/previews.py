"""Previews of blocks: small JSON that pages get beside a block's text. Nothing is fetched for a preview."""

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
"""The preview of a text that nbstream made of a data frame: the page renders its Markdown."""

log = logging.getLogger("nbstream")


def describe(type_: str, param: Mapping[str, Any], text: str = "", pdf_pages: int | None = None) -> dict[str, Any]:
    """Describe any block for a page: as `core.block_info` does, with thumbnails of its images.

    Args:
        type_: The API's name for the kind of block.
        param: The block without its type and its text.
        text: Its text, if that is known from the start.
        pdf_pages: The number of pages of the PDF in it, if that is known.
    """
    try:
        if type_ in ("image", "document"):
            return describe_attachment({"type": type_, **param}, pdf_pages)
        content = param.get("content") if type_ == "tool_result" else None
        more = describe_images(content) if isinstance(content, list) else {}
    except Exception:
        # An attachment that is not shown is better than a reply that breaks off.
        log.warning("an attachment could not be shown", exc_info=True)
        more = {}
    return {**block_info(type_, param, text), **more}


def describe_result(blocks: Iterable[ContentBlock]) -> dict[str, Any]:
    """Describe the blocks of a tool's result, beside its text: that it is a table, or its images."""
    blocks = list(blocks)
    if len(blocks) == 1 and blocks[0].is_table:
        return dict(TABLE_PREVIEW)
    try:
        return describe_images([block.param for block in blocks])
    except Exception:
        log.warning("an attachment could not be shown", exc_info=True)
        return {}


def describe_images(params: Iterable[object]) -> dict[str, Any]:
    """Describe the images among content blocks; give an empty dict if there are none."""
    is_image = (param for param in params if isinstance(param, Mapping) and param.get("type") == "image")
    images_ = [describe_attachment(param) for param in is_image]
    return {"images": images_} if images_ else {}


def describe_attachment(block: Mapping[str, Any], pdf_pages: int | None = None) -> dict[str, Any]:
    """Describe an image or document block in JSON of 24 KB at most.

    Returns:
        `kind`, which is the block's type; the known ones of `name`, `media_type`, `size` in bytes, `width` and
        `height` in pixels, `pages`; of an image also `data`, which is itself or a thumbnail in base64, and the
        `media_type` of that.
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
    """Return the bytes in a block's source; `None` if it has none, or they are not base64."""
    data = source.get("data")
    if not isinstance(data, str):
        return None
    if source.get("type") == "text":
        return data.encode(errors="replace")
    try:
        return base64.b64decode(data)
    except ValueError:
        return None
