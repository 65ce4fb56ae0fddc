"""The user's message as a value: its content blocks, and their previews for the pages.

A message is converted, checked and described once, in the thread that makes it, because scaling down an image
takes seconds and a thumbnail takes up to 50 ms. The event loop that all replies share only passes the finished
message on.
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
from .attachments import MAX_TITLE_CHARS, file_block, prompt_to_blocks
from .blocks import Content, ContentBlock, Param, as_content_blocks
from .file_type import PDF
from .pdf import PageBudget, count_pages
from .previews import TABLE_PREVIEW, describe
from .tables import is_list_of_records, shorten
from .text_edit import replace_texts

# Sources of these limits: https://platform.claude.com/docs/en/api/overview#request-size-limits and
# https://platform.claude.com/docs/en/build-with-claude/pdf-support as read in November 2026.
MAX_REQUEST_BYTES = 32_000_000
"""The most bytes of a whole request."""

TOO_MANY_PDF_PAGES = 600
"""A request must have fewer PDF pages than this. The API itself allows as many as this. But each PDF page costs at
least 1,500 tokens for its text and more for its image, and this many PDF pages would fill a context of a million
tokens. Models with a context of 200,000 tokens take 100 PDF pages."""

MAX_REQUEST_IMAGES = 600
"""The most images in a request; models with a context of 200,000 tokens take 100."""

PdfPages = dict[str, int]
"""The number of pages of each PDF for which it is known, by the PDF's data in base64. Python keeps the hash of a
string, so a string of megabytes is hashed only once for all look-ups."""


@dataclass(frozen=True)
class UserMessage:
    """A message of the user, ready to be sent and to be shown.

    Attributes:
        blocks: The message's content blocks, as the Messages API takes them.
        previews: For each block, the JSON that pages get beside its text.
        pdf_pages: The number of pages of each PDF in the message for which it is known.
    """

    blocks: Sequence[Param]
    previews: Sequence[Mapping[str, Any]]
    pdf_pages: PdfPages = field(default_factory=dict)

    @classmethod
    def from_prompt(cls, prompt: object, *more: object) -> Self:
        """Make a message from a prompt, and check that it fits into a request.

        Args:
            prompt: Text, a value that `attachments.prompt_to_blocks` knows, or a list of these and of content
                blocks.
            *more: Further parts of the prompt.

        Raises:
            TypeError: A part of the prompt is none of these.
            ValueError: There is nothing to send, or Claude could not take the prompt.
        """
        if more:
            first = prompt if isinstance(prompt, list) and not is_list_of_records(prompt) else [prompt]
            prompt = [*first, *more]
        blocks = as_content_blocks(prompt, prompt_to_blocks)
        return cls._checked(blocks, count_pdf_pages([block.param for block in blocks]), "The prompt")

    @classmethod
    def from_page(cls, text: str, files: Iterable[tuple[str, str]], more: Sequence[ContentBlock] = ()) -> Self:
        """Make a message that was written on the page.

        Args:
            text: The text in the message box; it may be empty if there are files or other blocks.
            files: The name of each file, and its bytes in base64.
            more: Further blocks, which stand between the files and the text.

        Raises:
            ValueError: There is nothing to send, or Claude does not take one of the files.
        """
        decoded = [(name, _decode(name, data)) for name, data in files]
        # A page scales its images down before it sends them, but other clients of a server may not do so.
        images.check_total_pixels((data for _, data in decoded), "The message")
        blocks = [file_block(data, _display_name(name), name) for name, data in decoded]
        if not blocks and not more:
            return cls.from_prompt(text)
        pdf_pages = count_pdf_pages([block.param for block in blocks])
        for (name, _), block in zip(decoded, blocks, strict=True):
            _check_limits([block.param], pdf_pages, _display_name(name))
        blocks += more
        if text.strip():
            blocks.append(ContentBlock({"type": "text", "text": text}))
        return cls._checked(blocks, pdf_pages, "The message")

    def replacing_text_of(self, edited: Sequence[Block], text: str, dropped: Sequence[int] = ()) -> Self:
        """Return the message that an edit makes of an earlier one, whose tables, images and files are kept.

        Args:
            edited: The blocks of the earlier message.
            text: The edited text; see `replace_texts`. The other blocks of this message come first.
            dropped: The indices of the tables, images and files of the earlier message that are not kept.
        """
        files = zip(self.blocks, self.previews, strict=True)
        kept = [(param, data) for param, data in files if param.get("type") != "text"]
        texts = iter(replace_texts([block.text for block in edited if block.is_typed], text))
        for index, block in enumerate(edited):
            if not block.is_typed:
                if index in dropped:
                    continue
                kept.append((block.to_param(), block.data))
            elif (replaced := next(texts)).strip():
                kept.append(({**block.to_param(), "text": replaced}, {}))
        kept += [({"type": "text", "text": rest}, {}) for rest in texts if rest.strip()]
        return type(self)([param for param, _ in kept], [data for _, data in kept], self.pdf_pages)

    @classmethod
    def without_previews(cls, content: Content) -> Self:
        """Make a message from checked content without decoding its attachments.

        This is for a message that no page shows: the previews only name the attachments. The function is fast, so
        it may be called on the event loop.
        """
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        return cls(blocks, [_plain_preview(block) for block in blocks])

    @classmethod
    def _checked(cls, blocks: Sequence[ContentBlock], pdf_pages: PdfPages, where: str) -> Self:
        params = [block.param for block in blocks]
        _check_limits(params, pdf_pages, where)
        return cls(params, _previews(blocks, pdf_pages), pdf_pages)


def pages_of(block: Mapping[str, Any], pdf_pages: PdfPages) -> int | None:
    """Look up the number of pages of the PDF in a document block; return `None` if it is unknown."""
    source = block.get("source")
    data = source.get("data") if isinstance(source, Mapping) else None
    return pdf_pages.get(data) if isinstance(data, str) else None


def count_pdf_pages(content: object) -> PdfPages:
    """Count the pages of all PDFs in checked content. This may take seconds, so call it in a worker thread.

    Args:
        content: Messages, content blocks or lists of these.

    Returns:
        The number of pages by PDF; a PDF whose number of pages is unknown is left out.
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
    """Refuse blocks that are too much for any request.

    The earlier turns are not known here, so only the API can check the whole request.
    """
    size = len(json.dumps(params, ensure_ascii=False, default=str).encode(errors="replace"))
    if size > MAX_REQUEST_BYTES:
        raise ValueError(
            f"{where} has {size:,} bytes as it is sent; a request has {MAX_REQUEST_BYTES:,} at most. Send less."
        )
    # A PDF whose number of pages is unknown is not counted here. The API checks it.
    pages = sum(pages_of(param, pdf_pages) or 0 for param in params)
    if pages >= TOO_MANY_PDF_PAGES:
        raise ValueError(
            f"{where} has {pages:,} pages of PDF; a request takes fewer than {TOO_MANY_PDF_PAGES}, or 100 if the "
            "model's context has 200,000 tokens. Pass some of the pages."
        )
    count = sum(param.get("type") == "image" for param in params)
    if count > MAX_REQUEST_IMAGES:
        raise ValueError(f"{where} has {count:,} images; a request has {MAX_REQUEST_IMAGES} at most. Send fewer.")


def _previews(blocks: Iterable[ContentBlock], pdf_pages: PdfPages) -> list[Mapping[str, Any]]:
    """Describe the blocks of a message for pages; images after the first `MAX_IMAGES` are only named."""
    pictures = 0
    previews: list[Mapping[str, Any]] = []
    for block in blocks:
        is_picture = block.param.get("type") == "image"
        pictures += is_picture
        if block.is_table:
            previews.append(TABLE_PREVIEW)
            continue
        if is_picture and pictures > MAX_IMAGES:
            preview = _plain_preview(block.param)
        else:
            preview = describe(*Block.split(block.param), pages_of(block.param, pdf_pages))
        previews.append({**preview, "name": block.name} if block.name else preview)
    return previews


def _plain_preview(param: Param) -> Mapping[str, Any]:
    type_, rest, text = Block.split(param)
    return block_info(type_, rest, text)
