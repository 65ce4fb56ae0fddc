"""The user's message as a value: its content blocks, and their previews for the pages.

A message is converted, checked and described in one pass, in the thread of its maker: to scale down a picture
takes seconds, and a thumbnail up to 50 ms. After that the loop of all replies only passes the message on.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ..core.block_info import MAX_IMAGES, block_info
from ..core.turn import Block
from . import images
from .attachments import MAX_TITLE_CHARS, file_block, to_blocks
from .blocks import Content, ContentBlock, Param, as_content_blocks
from .file_type import PDF
from .pdf import PageBudget, count_pages
from .previews import TABLE_PREVIEW, describe
from .tables import shorten

# These limits: https://platform.claude.com/docs/en/api/overview#request-size-limits and
# https://platform.claude.com/docs/en/build-with-claude/pdf-support as read in November 2026.
MAX_REQUEST_BYTES = 32_000_000
"""The most bytes of a request, everything in it counted."""

TOO_MANY_PDF_PAGES = 600
"""A request takes fewer pages of PDF than this. The API counts up to here, but a page is 1,500 tokens of text or
more and an image beside it, so that these would fill a context of a million; models with a context of 200,000 take
100 pages."""

MAX_REQUEST_IMAGES = 600
"""The most images in a request; models with a context of 200,000 tokens take 100."""

PdfPages = dict[str, int]
"""The known numbers of pages of PDFs, by their data in base64. Python keeps the hash of a text with the text, so a
look-up of megabytes is free."""


@dataclass(frozen=True)
class UserMessage:
    """A message of the user, ready to be sent and to be shown.

    Attributes:
        blocks: Its content blocks, as the Messages API takes them.
        previews: For each block, the JSON that pages get beside its text.
        pdf_pages: The pages of those PDFs in it whose number is known.
    """

    blocks: Sequence[Param]
    previews: Sequence[Mapping[str, Any]]
    pdf_pages: PdfPages = field(default_factory=dict)

    @classmethod
    def from_prompt(cls, prompt: object) -> Self:
        """Make the message of a prompt, checked against the size of a request.

        Args:
            prompt: Text, a value that `attachments.to_blocks` knows, or a list of these and of content blocks.

        Raises:
            TypeError: Something in it is none of these.
            ValueError: There is nothing to send, or Claude could not take it.
        """
        blocks = as_content_blocks(prompt, to_blocks)
        return cls._checked(blocks, count_pdf_pages([block.param for block in blocks]), "The prompt")

    @classmethod
    def from_page(cls, text: str, files: Iterable[tuple[str, str]]) -> Self:
        """Make a message that was written on the page.

        Args:
            text: The text in the message box; it may be empty beside files.
            files: The name of each file, and its bytes in base64.

        Raises:
            ValueError: There is nothing to send, or Claude does not take one of the files.
        """
        decoded = [(name, _decode(name, data)) for name, data in files]
        # A page scales its pictures down itself; other clients of the server may not.
        images.check_total_pixels((data for _, data in decoded), "The message")
        blocks = [file_block(data, _display_name(name), name) for name, data in decoded]
        if not blocks:
            return cls.from_prompt(text)
        pdf_pages = count_pdf_pages([block.param for block in blocks])
        for (name, _), block in zip(decoded, blocks, strict=True):
            _check_limits([block.param], pdf_pages, _display_name(name))
        if text.strip():
            blocks.append(ContentBlock({"type": "text", "text": text}))
        return cls._checked(blocks, pdf_pages, "The message")

    @classmethod
    def without_previews(cls, content: Content) -> Self:
        """Make a message of checked content whose attachments are named to pages and not decoded.

        It is for a message that no page shows. It takes no time, so it may be called on the loop.
        """
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        return cls(blocks, [_plain_preview(block) for block in blocks])

    @classmethod
    def _checked(cls, blocks: Sequence[ContentBlock], pdf_pages: PdfPages, where: str) -> Self:
        params = [block.param for block in blocks]
        _check_limits(params, pdf_pages, where)
        return cls(params, _previews(blocks, pdf_pages), pdf_pages)


def pages_of(block: Mapping[str, Any], pdf_pages: PdfPages) -> int | None:
    """Look up the pages of the PDF in a document block; `None` if they are unknown."""
    source = block.get("source")
    data = source.get("data") if isinstance(source, Mapping) else None
    return pdf_pages.get(data) if isinstance(data, str) else None


def count_pdf_pages(content: object) -> PdfPages:
    """Count the pages of the PDFs anywhere in checked content. It may take seconds: call it in a thread.

    Args:
        content: Messages, content blocks or lists of these.

    Returns:
        The known numbers; a PDF whose number is unknown is not in it.
    """
    counts: PdfPages = {}
    budget = PageBudget()
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            data = item.get("data")
            if item.get("media_type") == PDF and isinstance(data, str) and data not in counts:
                if (pages := _count_encoded(data, budget)) is not None:
                    counts[data] = pages
            else:
                waiting += item.values()
        elif isinstance(item, list | tuple):
            waiting += item
    return counts


def _count_encoded(data: str, budget: PageBudget) -> int | None:
    try:
        return count_pages(base64.b64decode(data), budget)
    except ValueError:
        return None


def _decode(name: str, data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{_display_name(name)} did not arrive whole ({error}); drop it again.") from error


def _display_name(name: str) -> str:
    return shorten(name, MAX_TITLE_CHARS) or "The file"


def _check_limits(params: Sequence[Param], pdf_pages: PdfPages, where: str) -> None:
    """Refuse blocks that no request can hold. Earlier turns are not known here; the API answers for the whole."""
    size = len(json.dumps(params, ensure_ascii=False, default=str).encode(errors="replace"))
    if size > MAX_REQUEST_BYTES:
        raise ValueError(f"{where} has {size:,} bytes as it is sent; a request has {MAX_REQUEST_BYTES:,} at most.")
    # A PDF whose pages are unknown passes; the API answers for it.
    pages = sum(pages_of(param, pdf_pages) or 0 for param in params)
    if pages >= TOO_MANY_PDF_PAGES:
        raise ValueError(
            f"{where} has {pages:,} pages of PDF; a request takes fewer than {TOO_MANY_PDF_PAGES}, and 100 of "
            "models with a context of 200,000 tokens. Pass a part of it."
        )
    count = sum(param.get("type") == "image" for param in params)
    if count > MAX_REQUEST_IMAGES:
        raise ValueError(f"{where} has {count:,} images; a request has {MAX_REQUEST_IMAGES} at most. Send fewer.")


def _previews(blocks: Iterable[ContentBlock], pdf_pages: PdfPages) -> list[Mapping[str, Any]]:
    """Describe the blocks of a message; pictures beyond the number that a page decodes are only named."""
    pictures = 0
    previews: list[Mapping[str, Any]] = []
    for block in blocks:
        is_picture = block.param.get("type") == "image"
        pictures += is_picture
        if block.is_table:
            previews.append(TABLE_PREVIEW)
        elif is_picture and pictures > MAX_IMAGES:
            previews.append(_plain_preview(block.param))
        else:
            previews.append(describe(*Block.split(block.param), pages_of(block.param, pdf_pages)))
    return previews


def _plain_preview(param: Param) -> Mapping[str, Any]:
    type_, rest, text = Block.split(param)
    return block_info(type_, rest, text)
