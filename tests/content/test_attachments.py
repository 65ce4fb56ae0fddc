"""What a reader has in a notebook becomes content blocks, or is refused before anything is sent."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from pathlib import Path

import matplotlib.figure
import pandas
import polars
import pytest
from anthropic.types import DocumentBlockParam, ImageBlockParam, TextBlockParam
from PIL import Image
from pydantic import TypeAdapter

from nbstream.content import attachments
from nbstream.content import images as pictures
from nbstream.content.attachments import as_blocks, as_prompt, from_page, of_message, pages_of
from nbstream.content.cache import Remembered
from nbstream.content.file_type import pixels

PDF = b"%PDF-1.4\n1 0 obj\n<</Type /Page>>\nendobj\n%%EOF"


def saved(form: str = "PNG", size: tuple[int, int] = (3, 2)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form)
    return out.getvalue()


def base64_of(block: dict[str, object]) -> tuple[str, bytes]:
    assert block["source"]["type"] == "base64"
    return block["source"]["media_type"], base64.b64decode(block["source"]["data"])


@pytest.mark.parametrize("form", ["png", "jpeg", "gif", "webp"])
@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_the_bytes_of_an_image_are_an_image(form: str, kind: type) -> None:
    (block,) = as_blocks(kind(saved(form)), "It")
    assert block["type"] == "image"
    assert base64_of(block) == (f"image/{form}", saved(form))


def test_a_pillow_image_is_an_image() -> None:
    (block,) = as_blocks(Image.new("RGB", (5, 4)), "It")
    assert block["type"] == "image"
    assert pixels(base64_of(block)[1]) == (5, 4)


def test_a_figure_and_its_axes_are_the_same_image() -> None:
    figure = matplotlib.figure.Figure(figsize=(3, 2))
    axes = figure.subfigures(1, 2)[0].subplots()
    axes.plot([1, 2])
    (block,) = as_blocks(figure, "It")
    assert base64_of(block)[0] == "image/png"
    assert as_blocks(axes, "It") == [block]


@pytest.mark.parametrize("library", [pandas, polars])
def test_a_table_is_text(library: object) -> None:
    (block,) = as_blocks(library.DataFrame({"a": [1]}), "It")
    assert block["type"] == "text"
    assert block["text"].endswith("| a |\n| --- |\n| 1 |")


def test_a_file_is_told_by_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(saved())
    (block,) = as_blocks(path, "It")
    assert block == {"type": "image", "source": block["source"]}
    assert base64_of(block) == ("image/png", saved())


def test_a_pdf_and_a_text_are_documents_with_the_names_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(PDF)
    (block,) = as_blocks(tmp_path / "report.pdf", "It")
    assert (block["type"], block["title"], base64_of(block)) == (
        "document",
        "report.pdf",
        ("application/pdf", PDF),
    )
    (tmp_path / "notes.md").write_bytes("\ufeff# Größe".encode())
    assert as_blocks(tmp_path / "notes.md", "It") == [
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "# Größe"},
            "title": "notes.md",
        }
    ]
    assert "title" not in as_blocks(b"Hi", "It")[0]


def test_blocks_are_what_the_sdk_says_the_api_takes(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    (tmp_path / "a.txt").write_text("Hi")
    sent = as_prompt([saved(), tmp_path / "a.pdf", tmp_path / "a.txt", pandas.DataFrame({"a": [1]})])
    kinds = (ImageBlockParam, DocumentBlockParam, DocumentBlockParam, TextBlockParam)
    for block, kind in zip(sent, kinds, strict=True):
        assert TypeAdapter(kind).validate_python(block, strict=True) == block


@pytest.mark.parametrize("value", ["text", 7, None, [1], {"type": "text"}, object()])
def test_anything_else_is_left_to_others(value: object) -> None:
    assert as_blocks(value, "It") is None


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b" \n", "It is empty"),
        (
            b"MZ\x90\x00\x03",
            "It is 5 bytes of a kind that Claude does not take: images are PNG, JPEG, GIF or WebP",
        ),
        (b"a\0b", "documents PDF or UTF-8 text"),
        (b"\xff\xfea\0", "It is 4 bytes of a kind"),
        (PDF + b"trailer <</Encrypt 9 0 R>>", "It is an encrypted PDF"),
    ],
)
def test_other_bytes_are_refused_with_what_is_accepted(data: bytes, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        as_blocks(data, "It")


def test_a_path_without_a_file_is_refused_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"It is the path .*none\.png, where no file is; the kernel is in "):
        as_blocks(tmp_path / "none.png", "It")
    with pytest.raises(ValueError, match="It is a directory"):
        as_blocks(tmp_path, "It")
    with pytest.raises(ValueError, match="It cannot be read"):
        as_blocks(Path("~nobody-of-this-name/x.png"), "It")
    (tmp_path / "large.png").write_bytes(saved())
    monkeypatch.setattr(attachments, "FILE_BYTES", 10)
    with pytest.raises(ValueError, match=r"It is a file of \d+ bytes .*; the most is 10\."):
        as_blocks(tmp_path / "large.png", "It")


def test_a_broken_image_that_pillow_opened_is_refused() -> None:
    image = Image.open(io.BytesIO(saved(size=(200, 200))[:-60]))
    with pytest.raises(ValueError, match="It is an image that cannot be read"):
        as_blocks(image, "It")


def test_a_prompt_may_be_one_thing_or_many() -> None:
    table = pandas.DataFrame({"a": [1]})
    told = as_blocks(table, "It")
    assert as_prompt("Hi") == "Hi"
    assert as_prompt(table) == told
    image = {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}}
    assert as_prompt(["What is this?", table, saved(), image]) == [
        {"type": "text", "text": "What is this?"},
        *told,
        *as_blocks(saved(), "It"),
        image,
    ]
    with pytest.raises(ValueError, match="Part 1 of the prompt is empty"):
        as_prompt(["Hi", b""])


def test_what_no_request_can_hold_is_refused_with_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="The prompt has 600 pages of PDF; a request takes fewer than 600"):
        as_prompt([b"%PDF-1.4\n" + b"".join(b"%d 0 obj <</Type /Page>> endobj\n" % at for at in range(300))] * 2)
    with pytest.raises(ValueError, match="The prompt has 601 images; a request has 600 at most"):
        as_prompt([saved()] * 601)
    monkeypatch.setattr(attachments, "REQUEST_BYTES", 1_000)
    with pytest.raises(
        ValueError, match=r"The prompt has 1,\d\d\d bytes as it is sent; a request has 1,000 at most"
    ):
        as_prompt("Größe" * 160)


def test_a_file_from_the_page_is_taken_by_what_is_in_it() -> None:
    assert from_page("cat.pdf", base64.b64encode(saved()).decode()) == as_blocks(saved(), "It")
    (block,) = from_page("report.pdf", base64.b64encode(PDF).decode())
    assert block["title"] == "report.pdf"


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
        from_page(name, data)


def test_a_file_from_the_page_is_held_to_the_limits_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "PAGES", 1)
    with pytest.raises(ValueError, match=r"a\.pdf has 1 pages of PDF; a request takes fewer than 1"):
        from_page("a.pdf", base64.b64encode(PDF).decode())


def test_large_pictures_of_a_message_are_counted_before_one_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "fitted", lambda *_: pytest.fail("decoded"))
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + 2 * (5_000).to_bytes(4)).decode()
    with pytest.raises(ValueError, match="The message has large pictures of 75,000,000 pixels in all"):
        of_message("Look", [("a.png", large)] * 3)


def test_pages_are_known_of_a_pdf_that_is_in_its_block() -> None:
    assert pages_of(as_blocks(PDF, "It")[0]) == 1
    for source in (None, {}, {"media_type": "application/pdf"}, {"media_type": "application/pdf", "data": "?"}):
        assert pages_of({"type": "document", "source": source}) is None
    assert pages_of({"type": "text", "text": "Hi"}) is None


def test_the_pages_of_a_file_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[bytes] = []

    def count(data: bytes) -> int:
        counted.append(data)
        return 3

    monkeypatch.setattr(attachments, "_counted", Remembered(2))
    monkeypatch.setattr(attachments.pdf, "pages", count)
    files = [base64.b64encode(PDF + bytes([number])).decode() for number in range(3)]

    def pages(file: str) -> int | None:
        source = {"type": "base64", "media_type": "application/pdf", "data": file}
        return pages_of({"type": "document", "source": source})

    assert [pages(file) for file in [*files[:2], *files[:2]]] == [3] * 4
    assert len(counted) == 2
    # Only so many are remembered.
    assert [pages(file) for file in (files[2], files[0])] == [3, 3]
    assert len(counted) == 4


def test_attachments_import_no_library_of_the_readers() -> None:
    code = (
        "import sys; from nbstream.content.attachments import as_blocks; "
        "from nbstream.tools.results import result_of; "
        "as_blocks(3, 'It'); result_of({}); "
        "print(sorted({'PIL', 'matplotlib', 'pandas', 'polars', 'numpy'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
