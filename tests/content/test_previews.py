"""What a page is shown of an attachment is small, whatever the block holds."""

from __future__ import annotations

import base64
import io
import json
import random
import sys

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nbstream.content.attachments import as_blocks
from nbstream.content.cache import Remembered
from nbstream.content.file_type import pixels
from nbstream.content.previews import prepare, preview, show

MOST = 24 * 1024


def noise(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), random.Random(5).randbytes(width * height * 3)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(autouse=True)
def nothing_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbstream.content.previews._made", Remembered(2))


def test_a_small_image_is_shown_itself() -> None:
    data = noise(20, 10)
    (block,) = as_blocks(data, "It")
    assert preview(block) == {
        "kind": "image",
        "media_type": "image/png",
        "size": len(data),
        "width": 20,
        "height": 10,
        "data": base64.b64encode(data).decode(),
    }


def test_a_large_image_is_shown_as_a_thumbnail() -> None:
    data = noise(600, 300)
    shown = preview(as_blocks(data, "It")[0])
    assert (shown["size"], shown["width"], shown["height"]) == (len(data), 600, 300)
    assert shown["media_type"] == "image/jpeg"
    width, height = pixels(base64.b64decode(shown["data"]))
    assert (width, height) == (320, 160)
    assert len(json.dumps(shown)) <= MOST


def test_without_pillow_a_large_image_is_told_only(monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = as_blocks(noise(600, 300), "It")
    monkeypatch.setitem(sys.modules, "PIL", None)
    shown = preview(block)
    assert shown == {
        "kind": "image",
        "media_type": "image/png",
        "size": shown["size"],
        "width": 600,
        "height": 300,
    }


def test_documents_are_told_by_name_and_size() -> None:
    pdf = b"%PDF-1.4\n1 0 obj <</Type /Page>> endobj"
    (block,) = as_blocks(pdf, "It")
    told = {"kind": "document", "media_type": "application/pdf", "size": len(pdf), "pages": 1}
    assert preview(block) == {**told, "name": "PDF"}
    assert preview({**block, "title": "report.pdf"}) == {**told, "name": "report.pdf"}
    assert preview(as_blocks("Größe".encode(), "It")[0]) == {
        "kind": "document",
        "media_type": "text/plain",
        "size": 7,
        "name": "Document",
    }


@pytest.mark.parametrize("kind", ["image", "document"])
def test_nothing_is_fetched(kind: str) -> None:
    url = {"type": "url", "url": "https://example.org/a"}
    assert preview({"type": kind, "source": url}) == {"kind": kind, "name": "https://example.org/a"}
    file = {"type": "file", "file_id": "file_1"}
    assert preview({"type": kind, "source": file}) == {"kind": kind, "name": "file_1"}


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
def test_any_block_is_told_in_few_bytes(kind: str, source: object, title: object) -> None:
    shown = preview({"type": kind, "source": source, "title": title})
    assert shown["kind"] == kind
    assert len(json.dumps(shown)) <= MOST


def test_a_table_in_a_question_is_shown_as_one_and_a_result_with_its_pictures() -> None:
    [block] = as_blocks(pandas.DataFrame({"a": [1]}), "It") or []
    assert show("text", {}, block["text"]) == {"markdown": True}
    assert show("text", {}, "Hello") == {}
    [image] = as_blocks(noise(20, 10), "It") or []
    result = show("tool_result", {"tool_use_id": "t", "content": [image, {"type": "text", "text": "drawn"}]})
    assert (result["call"], result["text"]) == ("t", "drawn")
    assert [picture["media_type"] for picture in result["images"]] == ["image/png"]


def test_an_attachment_that_cannot_be_shown_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> dict[str, object]:
        raise ZeroDivisionError

    monkeypatch.setattr("nbstream.content.previews.preview", fail)
    assert show("image", {"source": {}}) == {"kind": "image"}


def test_a_thumbnail_is_made_with_its_message_and_only_looked_up_later(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr("nbstream.content.images.thumbnail", lambda data: made.append(len(data)) or b"small")
    blocks = [block for width in (601, 602, 603) for block in as_blocks(noise(width, 300), "It") or []]
    sizes = [len(base64.b64decode(block["source"]["data"])) for block in blocks]
    assert prepare("text") == "text"
    assert prepare([{"type": "text", "text": "What is it?"}, *blocks[:2]])[1:] == blocks[:2]
    for block in blocks[:2]:
        assert show("image", block)["data"] == base64.b64encode(b"small").decode()
    assert made == sizes[:2]
    # The oldest makes room.
    prepare(blocks[2:])
    show("image", blocks[0])
    assert made == [*sizes, sizes[0]]
