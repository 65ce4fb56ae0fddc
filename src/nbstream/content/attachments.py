"""Conversion of images, figures, tables and files into content blocks of the Messages API.

This module imports neither Pillow nor Matplotlib, pandas or polars to recognise their values: a caller that passes
such a value has imported its library already.
"""

from __future__ import annotations

import base64
import io
import traceback
from pathlib import Path
from typing import Any

from . import arrays, foreign_tables, image_formats, images, pdf, tables, text_encoding
from .blocks import ContentBlock, Param
from .file_type import PDF, media_type
from .tables import shorten

MAX_FILE_BYTES = 128_000_000
"""The largest file that is read. Only an image may be larger than a request, because it is scaled down."""

MAX_TITLE_CHARS = 200
"""Length to which the title of a document is cut."""

KINDS = "images are PNG, JPEG, GIF or WebP, documents PDF or text"


def to_blocks(value: Any, where: str) -> list[ContentBlock] | None:
    """Make the content blocks of an image, a figure, a table, bytes or a file; return `None` for anything else.

    Args:
        value: A Pillow image, a NumPy array of pixels, a Matplotlib figure or axes, a data frame or series of
            pandas or polars, a table of another library (see `foreign_tables`), `bytes`, a `Path`, or an
            exception, which goes as its traceback.
        where: The name of the value in an error, as the beginning of a sentence.

    Raises:
        ValueError: Claude takes nothing of this kind or size, or the file does not exist.
    """
    if isinstance(value, BaseException):
        return [ContentBlock({"type": "text", "text": "".join(traceback.format_exception(value)).rstrip()})]
    if isinstance(value, bytes | bytearray):
        return [_any_file_block(bytes(value), where)]
    if isinstance(value, Path):
        return [_any_file_block(_read(value, where), f"{where} ({value.name})", value.name)]
    if arrays.is_picture(value):
        return [_image_block(*arrays.encode(value, where))]
    if figures := arrays.figures_of(value):
        return [_figure_block(figure, where) for figure in figures]
    text = tables.as_markdown(value)
    if text is not None:
        return [ContentBlock({"type": "text", "text": text}, is_table=True)]
    if _is_a(value, "PIL.Image", "Image"):
        try:
            return [_image_block(*images.encode(value, where))]
        except OSError as error:
            raise ValueError(f"{where} is an image that cannot be read: {error}") from error
    if _is_a(value, "matplotlib.axes", "Axes"):
        # `axes.figure` may be a subfigure. The `figure` of a subfigure is the whole figure.
        value = value.figure.figure
    if _is_a(value, "matplotlib.figure", "Figure"):
        return [_figure_block(value, where)]
    text = foreign_tables.as_markdown(value)
    return None if text is None else [ContentBlock({"type": "text", "text": text}, is_table=True)]


def prompt_to_blocks(value: Any, where: str) -> list[ContentBlock] | None:
    """Make the content blocks of a part of a prompt. It takes more than a tool's result, where dicts are data.

    Args:
        value: As for `to_blocks`, or a list of dicts, which goes as a table.
        where: As for `to_blocks`.

    Raises:
        ValueError: As for `to_blocks`, or the value is an array that may be a picture or numbers.
    """
    if tables.is_list_of_records(value):
        return [ContentBlock({"type": "text", "text": tables.records_as_markdown(value)}, is_table=True)]
    blocks = to_blocks(value, where)
    if blocks is None and arrays.is_array(value):
        raise ValueError(arrays.describe_ambiguity(value, where))
    return blocks


def is_attachment(value: object) -> bool:
    """Tell whether `to_blocks` takes values of this kind, without reading or converting the value."""
    pictures = (("PIL.Image", "Image"), ("matplotlib.axes", "Axes"), ("matplotlib.figure", "Figure"))
    return (
        isinstance(value, bytes | bytearray | Path)
        or tables.is_table(value)
        or foreign_tables.is_table(value)
        or arrays.is_picture(value)
        or bool(arrays.figures_of(value))
        or any(_is_a(value, module, name) for module, name in pictures)
    )


def file_block(data: bytes, where: str, name: str = "") -> ContentBlock:
    """Make the content block of a file. Its first bytes decide its kind, because a name may be wrong.

    Args:
        data: The file's bytes.
        where: The name of the file in an error, as the beginning of a sentence.
        name: The title that a document gets, and the name of an image; by default they get none.

    Raises:
        ValueError: Claude takes no file of this kind or size.
    """
    kind = media_type(data)
    title = {"title": shorten(name, MAX_TITLE_CHARS)} if name else {}
    if kind == PDF:
        if pdf.is_encrypted(data):
            raise ValueError(
                f"{where} is an encrypted PDF, which Claude does not take. Save it without a password first."
            )
        return ContentBlock({"type": "document", "source": _base64_source(PDF, data), **title})
    if kind is not None:
        return _image_block(*images.fit_for_api(data, kind, where), name)
    if not data.strip():
        raise ValueError(f"{where} is empty; leave it out.")
    decoded = text_encoding.decode(data)
    if decoded is None:
        raise ValueError(
            f"{where} is {len(data):,} bytes of a kind that Claude does not take: {KINDS}. A text in another "
            f"encoding than {text_encoding.KNOWN} goes as path.read_text(encoding=…)."
        )
    text, encoding = decoded
    if encoding:
        title = {"title": f"{shorten(name, MAX_TITLE_CHARS) or 'Text'} (read as {encoding})"}
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return ContentBlock({"type": "document", "source": source, **title})


def _any_file_block(data: bytes, where: str, name: str = "") -> ContentBlock:
    """Make the content block of a file of the kernel's owner, of which more kinds are taken than of a page's."""
    format_ = image_formats.format_of(data)
    if format_ is not None:
        return _image_block(*image_formats.convert(data, format_, where), name)
    return file_block(data, where, name)


def _figure_block(figure: Any, where: str) -> ContentBlock:
    drawing = io.BytesIO()
    # Notebooks show a figure with the same options.
    figure.savefig(drawing, format="png", bbox_inches="tight")
    return _image_block(*images.fit_for_api(drawing.getvalue(), "image/png", where))


def _read(path: Path, where: str) -> bytes:
    try:
        file = path.expanduser()
        if file.is_dir():
            raise ValueError(f"{where} is a directory ({path}); pass files in it one by one.")
        if not file.is_file():
            raise ValueError(
                f"{where} is the path {path}, but no such file exists; the kernel is in {Path.cwd()}."
            )
        size = file.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ValueError(
                f"{where} is a file of {size:,} bytes ({path}); pass a part of it, of at most {MAX_FILE_BYTES:,}."
            )
        return file.read_bytes()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{where} cannot be read ({path}): {error}.") from error


def _is_a(value: object, module: str, name: str) -> bool:
    class_ = tables.imported(module, name)
    return class_ is not None and isinstance(value, class_)


def _image_block(kind: str, data: bytes, name: str = "") -> ContentBlock:
    return ContentBlock(
        {"type": "image", "source": _base64_source(kind, data)}, name=shorten(name, MAX_TITLE_CHARS)
    )


def _base64_source(kind: str, data: bytes) -> Param:
    return {"type": "base64", "media_type": kind, "data": base64.b64encode(data).decode()}
