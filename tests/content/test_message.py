"""Tests of user messages: made of prompts or on the page, held to the limits of a request, described for pages."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pandas
import pytest
from PIL import Image

from nbstream.content import images, message
from nbstream.content.attachments import to_blocks
from nbstream.content.message import UserMessage, count_pdf_pages, pages_of
from nbstream.core.block_info import MAX_IMAGES
from nbstream.core.turn import Block


def image_file() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (3, 2), "teal").save(out, "PNG")
    return out.getvalue()


def large_image_file() -> bytes:
    """Write an image that a page gets as a thumbnail only."""
    out = io.BytesIO()
    Image.effect_noise((300, 300), 90).save(out, "PNG")
    return out.getvalue()


def pdf_file(pages: int = 1) -> bytes:
    out = io.BytesIO()
    sheets = [Image.new("L", (4, 4)) for _ in range(pages)]
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def params(value: object) -> list[dict[str, Any]]:
    return [block.param for block in to_blocks(value, "It") or []]


def test_a_prompt_may_be_one_value_or_a_list() -> None:
    table = pandas.DataFrame({"a": [1]})
    assert UserMessage.from_prompt("Hi").blocks == [{"type": "text", "text": "Hi"}]
    assert UserMessage.from_prompt(table).blocks == params(table)
    image = {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}}
    assert UserMessage.from_prompt(["What is this?", table, image_file(), image]).blocks == [
        {"type": "text", "text": "What is this?"},
        *params(table),
        *params(image_file()),
        image,
    ]
    with pytest.raises(ValueError, match="Part 1 of the prompt is empty"):
        UserMessage.from_prompt(["Hi", b""])


def test_each_block_has_its_preview() -> None:
    table = pandas.DataFrame({"a": [1]})
    made = UserMessage.from_prompt(["Hi", table, image_file(), pdf_file(2), params(table)[0]])
    text, of_table, image, pdf, copy = made.previews
    assert text == {}
    assert of_table == {"markdown": True}
    assert (image["kind"], image["width"], image["height"]) == ("image", 3, 2)
    assert (pdf["kind"], pdf["pages"]) == ("document", 2)
    # Only the conversion knows that a text is a table; the same text from elsewhere is text.
    assert copy == {}


def test_a_prompt_about_tables_in_words_is_no_table() -> None:
    said = "pandas DataFrame, 3 rows × 2 columns"
    assert UserMessage.from_prompt(said).previews == [{}]


def test_only_some_pictures_are_decoded_for_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    monkeypatch.setattr(images, "thumbnail", lambda data: decoded.append(len(data)) or b"small")
    made = UserMessage.from_prompt([large_image_file()] * (MAX_IMAGES + 2))
    assert len(made.previews) == len(made.blocks) == MAX_IMAGES + 2
    assert len(decoded) == MAX_IMAGES
    assert "data" in made.previews[MAX_IMAGES - 1]
    assert made.previews[MAX_IMAGES] == {"kind": "image"}


def test_a_message_without_previews_decodes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "thumbnail", lambda _: pytest.fail("decoded"))
    blocks = params(large_image_file())
    made = UserMessage.without_previews([*blocks, {"type": "text", "text": "Look"}])
    assert (made.blocks[:1], made.previews) == (blocks, [{"kind": "image"}, {}])
    assert UserMessage.without_previews("Hi").blocks == [{"type": "text", "text": "Hi"}]


def test_a_message_that_no_request_can_hold_is_refused_with_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="The prompt has 600 pages of PDF; a request takes fewer than 600"):
        UserMessage.from_prompt([pdf_file(300)] * 2)
    with pytest.raises(ValueError, match="The prompt has 601 images; a request has 600 at most"):
        UserMessage.from_prompt([image_file()] * 601)
    monkeypatch.setattr(message, "MAX_REQUEST_BYTES", 1_000)
    with pytest.raises(
        ValueError, match=r"The prompt has 1,\d\d\d bytes as it is sent; a request has 1,000 at most"
    ):
        UserMessage.from_prompt("Größe" * 160)


def test_a_message_of_the_page_has_its_files_first_and_then_its_text() -> None:
    files = [("cat.pdf", encode(image_file())), ("report.pdf", encode(pdf_file()))]
    cat, report, text = UserMessage.from_page("Look", files).blocks
    assert [cat] == params(image_file())
    assert report["title"] == "report.pdf"
    assert text == {"type": "text", "text": "Look"}
    assert UserMessage.from_page(" ", files[:1]).blocks == [cat]


@pytest.mark.parametrize(
    ("name", "data", "advice"),
    [
        ("cat.png", "no base64!", r"cat\.png did not arrive whole"),
        ("cat.png", "é", r"cat\.png did not arrive whole"),
        ("cat.png", "TVqQAAM=", r"cat\.png is 5 bytes of a kind that Claude does not take"),
        ("", "", "The file is empty"),
    ],
)
def test_a_file_from_the_page_may_be_refused(name: str, data: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        UserMessage.from_page("Look", [(name, data)])


def test_a_file_from_the_page_is_held_to_the_limits_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message, "TOO_MANY_PDF_PAGES", 1)
    with pytest.raises(ValueError, match=r"a\.pdf has 1 pages of PDF; a request takes fewer than 1"):
        UserMessage.from_page("", [("a.pdf", encode(pdf_file()))])


def test_large_pictures_of_a_message_are_counted_before_one_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "fit_for_api", lambda *_: pytest.fail("decoded"))
    large = encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + 2 * (5_000).to_bytes(4))
    with pytest.raises(ValueError, match="The message has large pictures of 75,000,000 pixels in all"):
        UserMessage.from_page("Look", [("a.png", large)] * 3)


def test_the_pages_of_a_pdf_are_known_with_its_message_and_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[bytes] = []
    monkeypatch.setattr(message, "count_pages", lambda data, _: counted.append(data) or 3)
    made = UserMessage.from_prompt([pdf_file(), pdf_file(), "Compare"])
    assert counted == [pdf_file()]
    assert [pages_of(block, made.pdf_pages) for block in made.blocks] == [3, 3, None]
    assert [preview.get("pages") for preview in made.previews] == [3, 3, None]


def test_pages_are_counted_wherever_a_pdf_stands_in_a_conversation() -> None:
    one, two = params(pdf_file(1)), params(pdf_file(2))
    result = {"type": "tool_result", "tool_use_id": "t", "content": two}
    counts = count_pdf_pages([{"role": "user", "content": one}, [{"role": "user", "content": [result]}], "Hi"])
    assert counts == {encode(pdf_file(1)): 1, encode(pdf_file(2)): 2}
    assert pages_of(two[0], counts) == 2


@pytest.mark.parametrize(
    "source", [None, {}, {"media_type": "application/pdf"}, {"media_type": "application/pdf", "data": "?"}, 3]
)
def test_pages_of_other_sources_are_unknown(source: object) -> None:
    block = {"type": "document", "source": source}
    assert count_pdf_pages([block]) == {}
    assert pages_of(block, {}) is None
    assert pages_of({"type": "text", "text": "Hi"}, {"Hi": 3}) is None


def test_a_list_of_dicts_is_one_part_of_a_prompt() -> None:
    rows = [{"a": 1}, {"a": 2}]
    for made in (UserMessage.from_prompt(rows, "Sum it."), UserMessage.from_prompt([rows, "Sum it."])):
        table, question = made.blocks
        assert table["text"].startswith("list of dicts, 2 rows × 1 column (a: int)")
        assert question["text"] == "Sum it."
    assert len(UserMessage.from_prompt(rows).blocks) == 1


def blocks_of(message: UserMessage) -> list[Block]:
    made = []
    for param, data in zip(message.blocks, message.previews, strict=True):
        type_, rest, text = Block.split(dict(param))
        made.append(Block(type_, rest, [text] if text else [], True, data))
    return made


def test_an_edit_replaces_the_text_and_keeps_the_table_and_the_picture(tmp_path: Path) -> None:
    picture = tmp_path / "chart.png"
    Image.new("RGB", (4, 3)).save(picture)
    before = UserMessage.from_prompt(["Which region?", pandas.DataFrame({"a": [1]}), picture])
    edited = UserMessage.from_page("Which regions?", []).replacing_text_of(blocks_of(before), "Which regions?")
    assert edited.blocks == [{"type": "text", "text": "Which regions?"}, *before.blocks[1:]]
    assert edited.previews == before.previews
    # A second edit starts from the first one.
    again = UserMessage.from_page("Which?", []).replacing_text_of(blocks_of(edited), "Which?")
    assert again.blocks == [{"type": "text", "text": "Which?"}, *before.blocks[1:]]


def test_an_edit_of_a_message_without_text_adds_the_text_below_its_files() -> None:
    image = Block("image", {"source": {"type": "url", "url": "https://example.com/a.png"}}, data={"kind": "image"})
    edited = UserMessage.from_page("What is it?", []).replacing_text_of([image], "What is it?")
    assert edited.blocks == [image.to_param(), {"type": "text", "text": "What is it?"}]


def test_an_edit_keeps_other_fields_of_the_text_and_takes_new_files() -> None:
    text = Block("text", {"cache_control": {"type": "ephemeral"}}, ["Old"])
    message = UserMessage.from_page("New", [("a.txt", "QQ==")])
    edited = message.replacing_text_of([text], "New")
    assert [block["type"] for block in edited.blocks] == ["document", "text"]
    assert edited.blocks[1] == {"type": "text", "text": "New", "cache_control": {"type": "ephemeral"}}


def test_a_picture_has_the_name_of_its_file_on_pages_and_none_for_the_api(tmp_path: Path) -> None:
    picture = tmp_path / "chart.png"
    picture.write_bytes(image_file())
    of_a_cell = UserMessage.from_prompt([picture, "What is it?"])
    of_a_page = UserMessage.from_page("What is it?", [("chart.png", encode(image_file()))])
    for made in (of_a_cell, of_a_page):
        assert made.previews[0]["name"] == "chart.png"
        assert set(made.blocks[0]) == {"type", "source"}
    many = UserMessage.from_prompt([picture] * (MAX_IMAGES + 1))
    assert [preview["name"] for preview in many.previews] == ["chart.png"] * (MAX_IMAGES + 1)
