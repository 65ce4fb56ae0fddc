"""Tests of previews: the JSON that pages get of an attachment is small for any block."""

from __future__ import annotations

import base64
import io
import json
import random
import sys
from typing import Any

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nbstream.content.attachments import to_blocks
from nbstream.content.blocks import ContentBlock
from nbstream.content.file_type import pixel_size
from nbstream.content.previews import describe, describe_attachment, describe_result

MOST = 24 * 1024


def noise(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), random.Random(5).randbytes(width * height * 3)).save(out, "PNG")
    return out.getvalue()


def param(data: bytes) -> dict[str, Any]:
    """Make the content block of a file, as the API takes it."""
    [block] = to_blocks(data, "It") or []
    return block.param


def test_a_small_image_is_shown_itself() -> None:
    data = noise(20, 10)
    assert describe_attachment(param(data)) == {
        "kind": "image",
        "media_type": "image/png",
        "size": len(data),
        "width": 20,
        "height": 10,
        "data": base64.b64encode(data).decode(),
    }


def test_a_large_image_is_shown_as_a_thumbnail() -> None:
    data = noise(600, 300)
    shown = describe_attachment(param(data))
    assert (shown["size"], shown["width"], shown["height"]) == (len(data), 600, 300)
    assert shown["media_type"] == "image/jpeg"
    width, height = pixel_size(base64.b64decode(shown["data"]))
    assert (width, height) == (320, 160)
    assert len(json.dumps(shown)) <= MOST


def test_without_pillow_a_large_image_has_no_thumbnail(monkeypatch: pytest.MonkeyPatch) -> None:
    block = param(noise(600, 300))
    monkeypatch.setitem(sys.modules, "PIL", None)
    shown = describe_attachment(block)
    assert shown == {
        "kind": "image",
        "media_type": "image/png",
        "size": shown["size"],
        "width": 600,
        "height": 300,
    }


def test_documents_are_described_by_name_size_and_pages() -> None:
    pdf = b"%PDF-1.4\n1 0 obj <</Type /Page>> endobj"
    block = param(pdf)
    known = {"kind": "document", "media_type": "application/pdf", "size": len(pdf)}
    assert describe_attachment(block) == {**known, "name": "PDF"}
    assert describe_attachment(block, 1) == {**known, "name": "PDF", "pages": 1}
    assert describe_attachment({**block, "title": "report.pdf"}, 1) == {**known, "name": "report.pdf", "pages": 1}
    assert describe_attachment(param("Größe".encode())) == {
        "kind": "document",
        "media_type": "text/plain",
        "size": 7,
        "name": "Document",
    }


@pytest.mark.parametrize("kind", ["image", "document"])
def test_nothing_is_fetched(kind: str) -> None:
    url = {"type": "url", "url": "https://example.org/a"}
    assert describe_attachment({"type": kind, "source": url}) == {"kind": kind, "name": "https://example.org/a"}
    file = {"type": "file", "file_id": "file_1"}
    assert describe_attachment({"type": kind, "source": file}) == {"kind": kind, "name": "file_1"}


@settings(deadline=None)
@given(
    st.sampled_from(["image", "document"]),
    st.none() | st.fixed_dictionaries({}, optional={
        "type": st.sampled_from(["base64", "text", "url", "file", "content", 3]),
        "media_type": st.text() | st.integers() | st.sampled_from(["image/png", "application/pdf"]),
        "data": st.text() | st.integers() | st.sampled_from(["", "\ud800" * 3, "iVBORw0KGgo=", "x" * 99_999]),
        "url": st.text() | st.integers() | st.just("data:" + "\U0001f600" * 99_999),
    }),
    st.none() | st.text() | st.just("\U0001f600" * 9_999),
)  # fmt: skip
def test_the_preview_of_any_block_is_small(kind: str, source: object, title: object) -> None:
    shown = describe_attachment({"type": kind, "source": source, "title": title})
    assert shown["kind"] == kind
    assert len(json.dumps(shown)) <= MOST


def test_a_table_is_known_by_its_flag_and_not_by_its_text() -> None:
    [table] = to_blocks(pandas.DataFrame({"a": [1]}), "It") or []
    assert describe_result([table]) == {"markdown": True}
    assert describe_result([ContentBlock(table.param)]) == {}
    assert describe_result([table, ContentBlock({"type": "text", "text": "drawn"})]) == {}
    assert describe("text", {}, table.param["text"]) == {}
    assert describe("text", {}, "Hello") == {}


def test_a_result_is_shown_with_its_pictures() -> None:
    image = param(noise(20, 10))
    result = describe("tool_result", {"tool_use_id": "t", "content": [image, {"type": "text", "text": "drawn"}]})
    assert (result["call"], result["text"]) == ("t", "drawn")
    assert [picture["media_type"] for picture in result["images"]] == ["image/png"]
    assert describe_result([ContentBlock(image)]) == {"images": result["images"]}


def test_an_attachment_that_cannot_be_shown_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> dict[str, object]:
        raise ZeroDivisionError

    monkeypatch.setattr("nbstream.content.previews.describe_attachment", fail)
    assert describe("image", {"source": {}}) == {"kind": "image"}
    assert describe_result([ContentBlock({"type": "image", "source": {}})]) == {}
