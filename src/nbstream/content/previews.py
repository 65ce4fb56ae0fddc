"""What a page is shown of an attachment: small, and with nothing fetched for it."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from typing import Any

from ..core.block_info import shown
from . import images as pictures
from .attachments import TITLE, pages_of
from .blocks import Content
from .cache import Remembered
from .file_type import PDF, pixels
from .tables import clipped, is_told

REMEMBERED = 600
"""Thumbnails that are kept, of 16 kB at most: as many as a message may have pictures."""

_made: Remembered[bytes | None] = Remembered(REMEMBERED)

log = logging.getLogger("nbstream")


def show(type_: str, param: Mapping[str, Any], text: str = "") -> dict[str, Any]:
    """What a page is shown of any block; `core.shown` with what only files and pictures tell.

    Args:
        type_: The API's name for the kind of block.
        param: The block without its type and its text.
        text: Its text, if that is known from the start.
    """
    if type_ == "text" and is_told(text):
        return {"markdown": True}
    try:
        if type_ in ("image", "document"):
            return preview({"type": type_, **param})
        more = _result(param.get("content")) if type_ == "tool_result" else {}
    except Exception:
        # A page that shows too little is better than an answer that breaks off.
        log.warning("an attachment could not be shown", exc_info=True)
        more = {}
    return {**shown(type_, param), **more}


def prepare(content: Content) -> Content:
    """Make what takes long to show of a message or a result, in the thread where that was made.

    A thumbnail takes up to 50 ms. Later, on the loop of all replies, it is only looked up.

    Returns:
        The content, as it is.
    """
    if not isinstance(content, str):
        for block in filter(_is_image, content):
            show("image", block)
    return content


def _result(content: object) -> dict[str, Any]:
    parts = content if isinstance(content, list) else []
    if len(parts) == 1 and is_told(str(parts[0].get("text"))):
        return {"markdown": True}
    images = [preview(part) for part in parts if _is_image(part)]
    return {"images": images} if images else {}


def _is_image(part: object) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "image"


def preview(block: Mapping[str, Any]) -> dict[str, Any]:
    """What a page is shown of an image or document block: JSON, of 24 KB at most.

    Returns:
        `kind`, which is the block's type; what is known of `name`, `media_type`, `size` in bytes, `width` and
        `height`, `pages`; of an image also `data`, itself or a thumbnail in base64, with the `media_type` of that.
    """
    kind = block.get("type")
    source = block.get("source")
    said: dict[str, Any] = {"kind": kind}
    if not isinstance(source, Mapping):
        return said
    named = next((source[key] for key in ("url", "file_id") if isinstance(source.get(key), str)), None)
    if named is not None:
        return {**said, "name": clipped(named, TITLE)}
    media = source.get("media_type")
    data = _data(source)
    if isinstance(media, str):
        said["media_type"] = clipped(media, TITLE)
    if data is not None:
        said["size"] = len(data)
    if kind == "image":
        return {**said, **_seen(data or b"")}
    pages = pages_of(block)
    title = block.get("title")
    said["name"] = clipped(title, TITLE) if isinstance(title, str) else "PDF" if media == PDF else "Document"
    return said if pages is None else {**said, "pages": pages}


def _seen(data: bytes) -> dict[str, Any]:
    size = pixels(data)
    if size is None:
        return {}
    measures = {"width": size[0], "height": size[1]}
    if len(data) <= pictures.THUMBNAIL_BYTES and max(size) <= pictures.EDGE:
        return {**measures, "data": base64.b64encode(data).decode()}
    small = _made.of(data, lambda: pictures.thumbnail(data))
    if small is None:
        return measures
    return {**measures, "media_type": "image/jpeg", "data": base64.b64encode(small).decode()}


def _data(source: Mapping[str, Any]) -> bytes | None:
    """The bytes in a block; `None` if it has none that can be told."""
    data = source.get("data")
    if not isinstance(data, str):
        return None
    if source.get("type") == "text":
        return data.encode(errors="replace")
    try:
        return base64.b64decode(data)
    except ValueError:
        return None
