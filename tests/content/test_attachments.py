"""Tests of attachments: images, figures, tables and files become content blocks, or are refused with advice."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib.figure
import pandas
import polars
import pytest
from anthropic.types import DocumentBlockParam, ImageBlockParam, TextBlockParam
from PIL import Image
from pydantic import TypeAdapter

from nbstream.content import attachments
from nbstream.content.attachments import to_blocks
from nbstream.content.file_type import pixel_size
from nbstream.content.message import UserMessage

PDF = b"%PDF-1.4\n1 0 obj\n<</Type /Page>>\nendobj\n%%EOF"


def params(value: object, where: str) -> list[dict[str, Any]]:
    """Convert a value, and return its blocks as the API takes them."""
    return [block.param for block in to_blocks(value, where) or []]


def image_file(form: str = "PNG", size: tuple[int, int] = (3, 2)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form)
    return out.getvalue()


def base64_of(block: dict[str, object]) -> tuple[str, bytes]:
    assert block["source"]["type"] == "base64"
    return block["source"]["media_type"], base64.b64decode(block["source"]["data"])


@pytest.mark.parametrize(("encoding", "said"), [("utf-8", None), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")])
def test_a_text_file_says_the_encoding_that_it_was_read_in(
    tmp_path: Path, encoding: str, said: str | None
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Größe: 5 €", encoding)
    [block] = params(file, "It")
    assert block["source"]["data"] == "Größe: 5 €"
    assert block["title"] == (f"notes.txt (read as {said})" if said else "notes.txt")
    [unnamed] = params(file.read_bytes(), "It")
    assert unnamed.get("title") == (f"Text (read as {said})" if said else None)


@pytest.mark.parametrize("form", ["TIFF", "BMP"])
def test_an_image_that_the_api_does_not_take_is_converted(tmp_path: Path, form: str) -> None:
    file = tmp_path / f"plot.{form.lower()}"
    file.write_bytes(image_file(form))
    for value in (file, file.read_bytes()):
        [block] = params(value, "It")
        kind, data = base64_of(block)
        assert (kind, pixel_size(data)) == ("image/png", (3, 2))
    # Decoders of rare formats are not offered to the visitors of a server.
    with pytest.raises(ValueError, match="of a kind that Claude does not take"):
        attachments.file_block(file.read_bytes(), "It")


@pytest.mark.parametrize("form", ["png", "jpeg", "gif", "webp"])
@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_the_bytes_of_an_image_are_an_image(form: str, kind: type) -> None:
    (block,) = params(kind(image_file(form)), "It")
    assert block["type"] == "image"
    assert base64_of(block) == (f"image/{form}", image_file(form))


def test_a_pillow_image_is_an_image() -> None:
    (block,) = params(Image.new("RGB", (5, 4)), "It")
    assert block["type"] == "image"
    assert pixel_size(base64_of(block)[1]) == (5, 4)


def test_a_figure_and_its_axes_are_the_same_image() -> None:
    figure = matplotlib.figure.Figure(figsize=(3, 2))
    axes = figure.subfigures(1, 2)[0].subplots()
    axes.plot([1, 2])
    (block,) = params(figure, "It")
    assert base64_of(block)[0] == "image/png"
    assert params(axes, "It") == [block]


@pytest.mark.parametrize("library", [pandas, polars])
def test_a_table_is_text(library: object) -> None:
    (block,) = params(library.DataFrame({"a": [1]}), "It")
    assert block["type"] == "text"
    assert block["text"].endswith("| a |\n| --- |\n| 1 |")
    assert [block.is_table for block in to_blocks(library.DataFrame({"a": [1]}), "It") or []] == [True]


def test_the_content_of_a_file_decides_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(image_file())
    (block,) = params(path, "It")
    assert block == {"type": "image", "source": block["source"]}
    assert base64_of(block) == ("image/png", image_file())


def test_a_pdf_and_a_text_are_documents_with_the_names_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(PDF)
    (block,) = params(tmp_path / "report.pdf", "It")
    assert (block["type"], block["title"], base64_of(block)) == (
        "document",
        "report.pdf",
        ("application/pdf", PDF),
    )
    (tmp_path / "notes.md").write_bytes("\ufeff# Größe".encode())
    assert params(tmp_path / "notes.md", "It") == [
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "# Größe"},
            "title": "notes.md",
        }
    ]
    assert "title" not in params(b"Hi", "It")[0]


def test_blocks_have_the_types_of_the_sdk(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    (tmp_path / "a.txt").write_text("Hi")
    sent = UserMessage.from_prompt(
        [image_file(), tmp_path / "a.pdf", tmp_path / "a.txt", pandas.DataFrame({"a": [1]})]
    ).blocks
    kinds = (ImageBlockParam, DocumentBlockParam, DocumentBlockParam, TextBlockParam)
    for block, kind in zip(sent, kinds, strict=True):
        assert TypeAdapter(kind).validate_python(block, strict=True) == block


@pytest.mark.parametrize("value", ["text", 7, None, [1], {"type": "text"}, object()])
def test_other_values_are_not_converted(value: object) -> None:
    assert to_blocks(value, "It") is None


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b" \n", "It is empty"),
        (
            b"MZ\x90\x00\x03",
            "It is 5 bytes of a kind that Claude does not take: images are PNG, JPEG, GIF or WebP",
        ),
        (b"a\0b", "documents PDF or text"),
        (b"\xff\xfea\0\0", "It is 5 bytes of a kind"),
        ("Привет, мир".encode("cp1251"), r"path\.read_text\(encoding=…\)"),
        (PDF + b"trailer <</Encrypt 9 0 R>>", "It is an encrypted PDF"),
    ],
)
def test_other_bytes_are_refused_with_the_accepted_kinds(data: bytes, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        params(data, "It")


def test_a_path_without_a_file_is_refused_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        ValueError, match=r"It is the path .*none\.png, but no such file exists; the kernel is in "
    ):
        params(tmp_path / "none.png", "It")
    with pytest.raises(ValueError, match="It is a directory"):
        params(tmp_path, "It")
    with pytest.raises(ValueError, match="It cannot be read"):
        params(Path("~nobody-of-this-name/x.png"), "It")
    (tmp_path / "large.png").write_bytes(image_file())
    monkeypatch.setattr(attachments, "MAX_FILE_BYTES", 10)
    with pytest.raises(ValueError, match=r"It is a file of \d+ bytes .*; pass a part of it, of at most 10\."):
        params(tmp_path / "large.png", "It")


def test_a_broken_image_that_pillow_opened_is_refused() -> None:
    image = Image.open(io.BytesIO(image_file(size=(200, 200))[:-60]))
    with pytest.raises(ValueError, match="It is an image that cannot be read"):
        params(image, "It")


def test_attachments_import_no_library_of_the_users() -> None:
    code = (
        "import sys; from nbstream.content.attachments import to_blocks; "
        "from nbstream.tools.results import result_of; "
        "to_blocks(3, 'It'); result_of({}); "
        "print(sorted({'PIL', 'matplotlib', 'pandas', 'polars', 'numpy'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
