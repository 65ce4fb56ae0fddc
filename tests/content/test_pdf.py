"""Tests of PDFs: pages are counted where pypdf can count them within the limits, and are unknown elsewhere."""

from __future__ import annotations

import io
import sys
import zlib

import matplotlib.figure
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_pdf import PdfPages
from PIL import Image
from pypdf import PdfReader, PdfWriter

from nbstream.content import pdf
from nbstream.content.pdf import PageBudget, count_pages, is_encrypted


def pdf_file(pages: int) -> bytes:
    out = io.BytesIO()
    sheets = [Image.new("L", (4, 4)) for _ in range(pages)]
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def plain_pdf(*objects: bytes) -> bytes:
    """Write a PDF of these objects, numbered from 1; the first one is its catalog."""
    data = b"%PDF-1.4\n"
    offsets = []
    for number, text in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n" % number + text + b"\nendobj\n"
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return data + b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def packed_pdf(pages: int, padding: int = 0) -> bytes:
    """Write a PDF whose catalog, page tree and pages are in one object stream, as most programs pack them."""
    kids = b" ".join(b"%d 0 R" % (3 + index) for index in range(pages))
    texts = [CATALOG, b"<</Type /Pages /Kids [" + kids + b"]>>", *[PAGE] * pages]
    head = b" ".join(b"%d %d" % (1 + at, sum(map(len, texts[:at])) + at) for at in range(len(texts))) + b" "
    body = zlib.compress(head + b" ".join(texts) + bytes(padding))
    stream, table = len(texts) + 1, len(texts) + 2
    filters = b"/Filter /FlateDecode /Length %d>>\nstream\n" % len(body)
    data = b"%PDF-1.7\n"
    entries = [(0, 0, 0), *((2, stream, index) for index in range(len(texts))), (1, len(data), 0)]
    data += b"%d 0 obj\n<</Type /ObjStm /N %d /First %d " % (stream, len(texts), len(head))
    data += filters + body + b"\nendstream\nendobj\n"
    start = len(data)
    entries.append((1, start, 0))
    rows = b"".join(kind.to_bytes(1) + place.to_bytes(4) + index.to_bytes(2) for kind, place, index in entries)
    data += b"%d 0 obj\n<</Type /XRef /W [1 4 2] /Size %d /Root 1 0 R /Length %d>>" % (table, table + 1, len(rows))
    return data + b"\nstream\n" + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


CATALOG = b"<</Type /Catalog /Pages 2 0 R>>"
PAGE = b"<</Type /Page /Parent 2 0 R>>"


@given(st.integers(1, 12))
@settings(deadline=None)
def test_the_pages_of_a_real_file_are_counted(count: int) -> None:
    assert count_pages(pdf_file(count)) == count


def test_the_pages_of_figures_are_counted() -> None:
    out = io.BytesIO()
    with PdfPages(out) as book:
        for _ in range(3):
            matplotlib.figure.Figure().savefig(book, format="pdf")
    assert count_pages(out.getvalue()) == 3


def test_the_pages_of_a_changed_file_are_counted_in_its_latest_version() -> None:
    writer = PdfWriter(io.BytesIO(pdf_file(2)), incremental=True)
    writer.add_blank_page(9, 9)
    out = io.BytesIO()
    writer.write(out)
    assert len(PdfReader(io.BytesIO(out.getvalue())).pages) == 3
    assert count_pages(out.getvalue()) == 3


def test_the_claim_of_a_page_tree_is_not_believed() -> None:
    assert count_pages(plain_pdf(CATALOG, b"<</Type /Pages /Count 1 /Kids [3 0 R 3 0 R 4 0 R]>>", PAGE, PAGE)) == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7\n",
        b"%PDF-1.4\n1 0 obj\n<</Type /Page>>\nendobj\n%%EOF",
        pdf_file(2)[:400],
        plain_pdf(CATALOG, b"<</Type /Pages /Kids 7>>"),
        plain_pdf(CATALOG, b"<</Type /Pages /Kids []>>"),
        plain_pdf(CATALOG, b"<</Type /Pages /Kids [2 0 R]>>"),
        plain_pdf(CATALOG, b"<</Type /Pages /Kids [9 0 R]>>"),
        plain_pdf(b"<</Type /Catalog>>"),
    ],
    ids=["empty", "header", "no-table", "cut", "kids", "none", "cycle", "missing", "no-tree"],
)
def test_pages_that_cannot_be_counted_are_unknown(data: bytes) -> None:
    assert count_pages(data) is None


def test_without_pypdf_pages_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdf_file(1)
    assert count_pages(data) == 1
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert count_pages(data) is None


def test_a_page_tree_of_too_many_nodes_is_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    # The root is a node too.
    monkeypatch.setattr(pdf, "MAX_PAGE_TREE_NODES", 12)
    assert count_pages(pdf_file(10)) == 10
    assert count_pages(pdf_file(12)) is None


def test_the_files_of_a_message_share_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGE_TREE_NODES", 12)
    budget = PageBudget()
    assert [count_pages(pdf_file(5), budget) for _ in range(3)] == [5, 5, None]


def test_the_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_COUNT_SECONDS", -1.0)
    assert count_pages(pdf_file(1)) is None


def test_an_array_of_too_many_elements_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_ELEMENTS", 20)
    assert count_pages(pdf_file(10)) == 10
    assert count_pages(pdf_file(30)) is None


def test_the_bytes_that_are_read_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdf_file(5)
    assert count_pages(data) == 5
    monkeypatch.setattr(pdf, "MIN_READ_BYTES", 0)
    monkeypatch.setattr(pdf, "MAX_READ_RATIO", 0)
    assert count_pages(data) is None


def test_reading_nothing_counts_as_work() -> None:
    file = pdf._MeteredFile(b"", PageBudget())
    file._left_bytes = 3
    assert [file.read(), file.read(1), file.readline()] == [b"", b"", b""]
    with pytest.raises(ValueError, match="Too much of the file was read"):
        file.read()


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_of_a_file_with_packed_objects_are_counted(count: int) -> None:
    assert count_pages(packed_pdf(count)) == count


def test_objects_that_unpack_to_too_much_are_unknown() -> None:
    bomb = packed_pdf(1, padding=20_000_000)
    assert len(bomb) < 300_000
    assert count_pages(bomb) is None


def test_an_encrypted_file_is_known() -> None:
    assert is_encrypted(b"%PDF-1.4\ntrailer\n<</Root 1 0 R /Encrypt 9 0 R>>")
    assert is_encrypted(b"%PDF-1.4\ntrailer\n<</Encrypt<</Filter/Standard>>>>")
    assert not is_encrypted(b"%PDF-1.4\n(how to /Encrypt files)")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    count_pages(data)
    count_pages(plain_pdf(CATALOG, data, PAGE))


@pytest.mark.parametrize(
    ("kids", "page"),
    [
        (b"/Kids", b"<</Type /P#61ge /Parent 2 0 R>>"),
        (b"/Kids", b"<</Parent 2 0 R>>"),
        (b"/K#69ds", b"<</T#79pe /#50age /Parent 2 0 R>>"),
    ],
)
def test_pages_count_however_their_names_are_written(kids: bytes, page: bytes) -> None:
    refs = b" ".join(b"%d 0 R" % (3 + index) for index in range(599))
    tree = b"<</Type /Pages /Count 1 " + kids + b" [" + refs + b"]>>"
    assert count_pages(plain_pdf(CATALOG, tree, *[page] * 599)) == 599
