"""The pages of a PDF, counted in files as they are written: plain, packed, changed, locked, broken."""

from __future__ import annotations

import io
import zlib

import matplotlib.figure
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_pdf import PdfPages
from PIL import Image

from nbstream.content import pdf
from nbstream.content.pdf import is_locked, pages


def packed(texts: list[bytes], *, flate: bool = True, first: bool = True) -> bytes:
    """A PDF whose objects are in one object stream."""
    head = b" ".join(b"%d %d" % (10 + at, sum(map(len, texts[:at]))) for at in range(len(texts))) + b" "
    data = head + b"".join(texts)
    entries = b"/Type /ObjStm /N %d" % len(texts)
    entries += b" /First %d" % len(head) if first else b""
    entries += b" /Filter /FlateDecode" if flate else b""
    body = zlib.compress(data) if flate else data
    return b"%PDF-1.7\n1 0 obj\n<<" + entries + b">>\nstream\n" + body + b"\nendstream\nendobj\n%%EOF"


@given(st.integers(1, 12))
def test_the_pages_of_a_real_file_are_counted(count: int) -> None:
    out = io.BytesIO()
    sheets = [Image.new("L", (4, 4)) for _ in range(count)]
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    assert pages(out.getvalue()) == count


def test_the_pages_of_figures_are_counted() -> None:
    out = io.BytesIO()
    with PdfPages(out) as book:
        for _ in range(3):
            matplotlib.figure.Figure().savefig(book, format="pdf")
    assert pages(out.getvalue()) == 3


@pytest.mark.parametrize("flate", [True, False])
def test_packed_pages_are_counted(flate: bool) -> None:
    texts = [b"<</Type /Pages /Count 3>>", b"<</Type/Page/A 1>>", b"<</Type /Page>>", b"<</Type /Page>>"]
    assert pages(packed(texts, flate=flate)) == 3


def test_a_page_that_was_changed_counts_once() -> None:
    page = b"5 0 obj\n<</Type /Page>>\nendobj\n"
    assert pages(b"%PDF-1.4\n" + page + b"6 0 obj <</Type /Page>> endobj %%EOF\n" + page + b"%%EOF") == 2


def test_what_is_written_on_a_page_is_not_a_page() -> None:
    written = b"7 0 obj\n<</Length 15>>\nstream\n(/Type /Page) Tj\nendstream\nendobj\n"
    assert pages(b"%PDF-1.4\n5 0 obj\n<</Type /Page>>\nendobj\n" + written) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        packed([b"<</Type /Page>>"], first=False),
        packed([b"<</Type /Page>>"]).replace(b"stream\n", b"stream\nnot zlib", 1),
        packed([b"<</Type /Page>>"], flate=False).replace(b"10 0", b"10 x"),
    ],
)
def test_pages_that_cannot_be_told_are_unknown(data: bytes) -> None:
    assert pages(data) is None


def test_a_file_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "UNPACKED", 1_000)
    assert pages(packed([b"<</Type /Page>>", b" " * 1_000])) is None


def overlapping(entries: int, size: int) -> bytes:
    """A PDF whose objects begin at the beginning and at the end in turn: half of them are all of it."""
    head = b" ".join(b"%d %d" % (at, 0 if at % 2 else size - 1) for at in range(entries)) + b" "
    data = zlib.compress(head + bytes(size))
    text = b"<</Type /ObjStm /First %d /FlateDecode>>" % len(head)
    return b"%PDF-1.7\n1 0 obj\n" + text + b"\nstream\n" + data + b"\nendstream\nendobj\n"


def test_each_unpacked_byte_belongs_to_one_object() -> None:
    looked = sum(len(text) for _, text in pdf._objects(overlapping(1_000, 90_000)))
    # 500 times all of it: 45 million.
    assert 0 < looked <= 90_000


def test_packed_pages_may_be_named_in_any_order() -> None:
    whole = packed([b"<</Type /Page>>", b"<</Type /Page>>"], flate=False)
    assert pages(whole.replace(b"10 0 11 15", b"11 15 10 0")) == 2
    assert pages(whole.replace(b"10 0 11 15", b"10 0 11 -1")) is None


def test_a_small_file_is_not_unpacked_to_a_thousand_times_its_size() -> None:
    bomb = overlapping(2, 10_000_000)
    room = pdf.SMALL + pdf.RATIO * len(bomb)
    unpacked, left = pdf._inflated(memoryview(zlib.compress(bytes(10_000_000))), room)
    assert left <= 0
    assert len(unpacked) <= room < 1_000_000
    assert pages(bomb) is None


def test_what_is_read_to_unpack_objects_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that hold nothing are read, and each object of many reads all of them."""
    monkeypatch.setattr(pdf, "UNPACKED", 20_000)
    empty = b"\x78\x9c" + b"\x00\x00\x00\xff\xff" * 5_000
    assert pdf._inflated(memoryview(empty), pdf.UNPACKED)[1] <= 0
    assert pages(b"%PDF-1.7\n1 0 obj <</Type /ObjStm /First 0 /FlateDecode>>\nstream\n" + empty) is None


@pytest.mark.parametrize("data", [b"1 0 obj <</Type /Page>> " * 11, packed([b"<</Type /Page>>"] * 11)])
def test_of_too_many_objects_the_pages_are_unknown(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pages(data) is not None
    monkeypatch.setattr(pdf, "OBJECTS", 10)
    assert pages(data) is None


def test_a_locked_file_is_known() -> None:
    assert is_locked(b"%PDF-1.4\ntrailer\n<</Root 1 0 R /Encrypt 9 0 R>>")
    assert is_locked(b"%PDF-1.4\ntrailer\n<</Encrypt<</Filter/Standard>>>>")
    assert not is_locked(b"%PDF-1.4\n(how to /Encrypt files)")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    pages(data)
    pages(packed([data, b"<</Type /Page>>"], flate=False))
