"""Requests that are parsed whole and in pieces of every size, and those that are refused."""

from __future__ import annotations

from collections.abc import Iterator

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.server.http.limited_parser import (
    MAX_FREE_CHUNKS,
    MAX_HEAD_LINES,
    MIN_CHUNK_BYTES,
    LimitedParser,
)

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWER = h11.Response(status_code=200, headers=[("Content-Length", "0")])


def new_parser() -> LimitedParser:
    return LimitedParser(h11.SERVER, 1_000_000)


def parse(parser: LimitedParser, pieces: Iterator[bytes]) -> bytes:
    """Answer each request as a server does, and return the bodies, of which a dot ends each."""
    bodies = b""
    for piece in pieces:
        parser.receive_data(piece)
        while (event := parser.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Data):
                bodies += event.data
            if isinstance(event, h11.EndOfMessage):
                bodies += b"."
                parser.send(ANSWER)
                parser.send(h11.EndOfMessage())
                parser.start_next_cycle()
    return bodies


def split(text: bytes, piece_bytes: int) -> Iterator[bytes]:
    return (text[start : start + piece_bytes] for start in range(0, len(text), piece_bytes))


def is_refused(text: bytes, piece_bytes: int) -> bool:
    try:
        parse(new_parser(), split(text, piece_bytes))
    except h11.RemoteProtocolError:
        return True
    return False


def test_a_body_with_two_lengths_is_refused() -> None:
    body = b"1\r\nx\r\n0\r\n\r\n"
    assert is_refused(CHUNKED.replace(b"Host", b"Content-Length: 3\r\nHost") + body, 2_048)
    assert not is_refused(CHUNKED + body, 2_048)


@pytest.mark.parametrize("piece_bytes", [1, 7, 2_048])
@pytest.mark.parametrize(("lines", "refused"), [(MAX_HEAD_LINES - 2, False), (MAX_HEAD_LINES, True)])
def test_a_head_of_very_many_lines_is_refused(lines: int, refused: bool, piece_bytes: int) -> None:
    headers = b"".join(b"a%d: b\r\n" % number for number in range(lines - 1))
    assert is_refused(GET + headers + b"\r\n", piece_bytes) is refused


@pytest.mark.parametrize("last_chunk", [b"0\r\n", b"00;a=b\r\n", b"1\r\n\n\r\n0 \r\n", b"4\r\n0\r\n\n\r\n0\r\n"])
@pytest.mark.parametrize("piece_bytes", [1, 7, 2_048])
@pytest.mark.parametrize(("lines", "refused"), [(MAX_HEAD_LINES - 2, False), (MAX_HEAD_LINES + 1, True)])
def test_very_many_lines_behind_a_body_are_refused(
    last_chunk: bytes, piece_bytes: int, lines: int, refused: bool
) -> None:
    assert is_refused(CHUNKED + last_chunk + b"a: b\r\n" * lines + b"\r\n", piece_bytes) is refused


def test_very_many_lines_behind_a_body_are_not_parsed() -> None:
    parser = new_parser()
    parser.receive_data(CHUNKED + b"0\r\n" + b"no header\r\n" * (MAX_HEAD_LINES + 1) + b"\r\n")
    parser.next_event()
    with pytest.raises(h11.RemoteProtocolError, match="too many lines"):
        parser.next_event()


@pytest.mark.parametrize("size", [1, MIN_CHUNK_BYTES - 1, MIN_CHUNK_BYTES])
@pytest.mark.parametrize("piece_bytes", [500, 8_192])
def test_a_body_of_very_many_small_chunks_is_refused(size: int, piece_bytes: int) -> None:
    def body(chunks: int) -> bytes:
        return CHUNKED + (b"%x\r\n" % size + b"x" * size + b"\r\n") * chunks

    assert not is_refused(body(MAX_FREE_CHUNKS), piece_bytes)
    assert is_refused(body(100 * MAX_FREE_CHUNKS), piece_bytes) is (size < MIN_CHUNK_BYTES)


@given(
    st.lists(st.lists(st.binary(min_size=1, max_size=9), max_size=4), max_size=40),
    st.integers(1, 300),
)
def test_pipelined_requests_are_parsed_alike_in_pieces_of_every_size(
    bodies: list[list[bytes]], piece_bytes: int
) -> None:
    requests = b"".join(
        CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        for parts in bodies
    )
    assert parse(new_parser(), split(requests, piece_bytes)) == b"".join(
        b"".join(parts) + b"." for parts in bodies
    )


def test_the_lines_of_a_body_do_not_count_in_its_head() -> None:
    body = b"\n" * 1_000
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    assert parse(new_parser(), iter([head + body])) == body + b"."
