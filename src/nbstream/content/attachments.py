"""What a reader has in a notebook, or drops on the page, made into content blocks of the Messages API.

Pictures, figures, tables and files. No library is imported for it: whoever passes a library's object has it.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import images as pictures
from . import pdf, tables
from .blocks import Content, as_content
from .cache import Remembered
from .file_type import PDF, media_type
from .tables import clipped

Block = dict[str, Any]

# These limits: https://platform.claude.com/docs/en/api/overview#request-size-limits and
# https://platform.claude.com/docs/en/build-with-claude/pdf-support as read in November 2026.
REQUEST_BYTES = 32_000_000
"""The most bytes of a request, everything in it counted."""

PAGES = 600
"""So many pages of PDF are too many. The API counts up to here, but a page is 1,500 tokens of text or more and an
image beside it, so that these would fill a context of a million; models with one of 200,000 take 100 pages."""

IMAGES = 600
"""The most images in a request; models with a context of 200,000 tokens take 100."""

FILE_BYTES = 128_000_000
"""The largest file that is read. Only an image may be larger than a request, as it is scaled down."""

COUNTED = 1_000
"""Files whose pages are remembered. They are asked for four times as a message is made, shown and sent, and again
with each question that follows; to count those of 7 MB takes 120 ms, and to tell the file by its bytes 10."""

_counted: Remembered[int | None] = Remembered(COUNTED)

TITLE = 200
"""Characters of a document's title."""

KINDS = "images are PNG, JPEG, GIF or WebP, documents PDF or UTF-8 text"


def as_prompt(prompt: object) -> Content:
    """The content of a user's message, checked against what a request can hold.

    Args:
        prompt: Text, something that `as_blocks` knows, or a list of these and of content blocks.

    Raises:
        TypeError: Something in it is none of these.
        ValueError: There is nothing to send, or Claude could not take it.
    """
    return _checked(as_content(prompt, as_blocks), "The prompt")


def as_blocks(value: Any, where: str) -> list[Block] | None:
    """The content blocks of an image, a figure, a table, bytes or a file; `None` for anything else.

    Args:
        value: A Pillow image, a Matplotlib figure or axes, a data frame or series of pandas or polars, `bytes`, or
            a `Path`.
        where: What it is called in an error, as the beginning of a sentence.

    Raises:
        ValueError: Claude takes none of its kind or size, or there is no such file.
    """
    if isinstance(value, bytes | bytearray):
        return [_of_bytes(bytes(value), where)]
    if isinstance(value, Path):
        return [_of_bytes(_read(value, where), f"{where} ({value.name})", value.name)]
    text = tables.as_markdown(value)
    if text is not None:
        return [{"type": "text", "text": text}]
    if _is_a(value, "PIL.Image", "Image"):
        try:
            return [_image(*pictures.encoded(value, where))]
        except OSError as error:
            raise ValueError(f"{where} is an image that cannot be read: {error}") from error
    if _is_a(value, "matplotlib.axes", "Axes"):
        # Of axes in a part of a figure, it is that part.
        value = value.figure.figure
    if _is_a(value, "matplotlib.figure", "Figure"):
        drawn = io.BytesIO()
        # As notebooks show it.
        value.savefig(drawn, format="png", bbox_inches="tight")
        return [_image(*pictures.fitted(drawn.getvalue(), "image/png", where))]
    return None


def from_page(name: str, data: str) -> list[Block]:
    """The content blocks of a file that was pasted or dropped on the page.

    Args:
        name: What it is called there; its kind is told by what is in it.
        data: Its bytes in base64.

    Raises:
        ValueError: It is no file that Claude takes.
    """
    return _of_file(name, _arrived(name, data))


def of_message(text: str, files: Iterable[tuple[str, str]]) -> Content:
    """The content of a message that was written on the page.

    Args:
        text: What was written; it may be empty beside files.
        files: The name of each file, and its bytes in base64.

    Raises:
        ValueError: There is nothing to send, or a file is none that Claude takes.
    """
    arrived = [(name, _arrived(name, data)) for name, data in files]
    # The page scales them down itself; what sends others may be no page.
    pictures.check_work((content for _, content in arrived), "The message")
    blocks = [block for file in arrived for block in _of_file(*file)]
    if not blocks:
        return as_prompt(text)
    said = [{"type": "text", "text": text}] if text.strip() else []
    return _checked([*blocks, *said], "The message")


def pages_of(block: Mapping[str, Any]) -> int | None:
    """The pages of a PDF that is in its block; `None` if they are not known, or it is something else."""
    source = block.get("source")
    if block.get("type") != "document" or not isinstance(source, Mapping) or source.get("media_type") != PDF:
        return None
    data = source.get("data")
    if not isinstance(data, str):
        return None
    return _counted.of(data.encode(errors="replace"), lambda: _count(data))


def _count(data: str) -> int | None:
    try:
        return pdf.pages(base64.b64decode(data))
    except ValueError:
        return None


def _arrived(name: str, data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{_called(name)} did not arrive whole ({error}); drop it again.") from error


def _of_file(name: str, content: bytes) -> list[Block]:
    blocks = [_of_bytes(content, _called(name), name)]
    _checked(blocks, _called(name))
    return blocks


def _called(name: str) -> str:
    return clipped(name, TITLE) or "The file"


def _of_bytes(data: bytes, where: str, name: str = "") -> Block:
    kind = media_type(data)
    title = {"title": clipped(name, TITLE)} if name else {}
    if kind == PDF:
        if pdf.is_locked(data):
            raise ValueError(f"{where} is an encrypted PDF; Claude takes them without encryption or a password.")
        return {"type": "document", "source": _base64(PDF, data), **title}
    if kind is not None:
        return _image(*pictures.fitted(data, kind, where))
    if not data.strip():
        raise ValueError(f"{where} is empty; leave it out.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"{where} is {len(data):,} bytes of a kind that Claude does not take: {KINDS}.")
    return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}, **title}


def _read(path: Path, where: str) -> bytes:
    try:
        place = path.expanduser()
        if place.is_dir():
            raise ValueError(f"{where} is a directory ({path}); pass the files in it that matter.")
        if not place.is_file():
            raise ValueError(f"{where} is the path {path}, where no file is; the kernel is in {Path.cwd()}.")
        size = place.stat().st_size
        if size > FILE_BYTES:
            raise ValueError(f"{where} is a file of {size:,} bytes ({path}); the most is {FILE_BYTES:,}.")
        return place.read_bytes()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{where} cannot be read ({path}): {error}.") from error


def _checked(content: Content, where: str) -> Content:
    """`content`, if a request can hold it. Earlier turns are not known here; the API answers for the whole."""
    size = len(json.dumps(content, ensure_ascii=False, default=str).encode(errors="replace"))
    if size > REQUEST_BYTES:
        raise ValueError(f"{where} has {size:,} bytes as it is sent; a request has {REQUEST_BYTES:,} at most.")
    blocks = [] if isinstance(content, str) else content
    pages = sum(pages_of(block) or 0 for block in blocks)
    if pages >= PAGES:
        raise ValueError(
            f"{where} has {pages:,} pages of PDF; a request takes fewer than {PAGES}, and 100 of models with a "
            "context of 200,000 tokens. Pass a part of it."
        )
    images = sum(block.get("type") == "image" for block in blocks)
    if images > IMAGES:
        raise ValueError(f"{where} has {images:,} images; a request has {IMAGES} at most.")
    return content


def _is_a(value: object, module: str, name: str) -> bool:
    kind = tables.loaded(module, name)
    return kind is not None and isinstance(value, kind)


def _image(kind: str, data: bytes) -> Block:
    return {"type": "image", "source": _base64(kind, data)}


def _base64(kind: str, data: bytes) -> Block:
    return {"type": "base64", "media_type": kind, "data": base64.b64encode(data).decode()}
