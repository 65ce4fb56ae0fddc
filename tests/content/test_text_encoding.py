"""Tests of the encodings of text files: what is recognised, and what is left to the caller."""

from __future__ import annotations

import random

import pytest

from nbstream.content.text_encoding import decode

WESTERN = "Die Größe der Öfen: 12 €, “très cher”, señor Þór – café"
JAPANESE = "東京の天気は晴れです。カタカナも漢字もあります。"


@pytest.mark.parametrize(
    ("data", "text", "name"),
    [
        (WESTERN.encode(), WESTERN, ""),
        (WESTERN.encode("utf-8-sig"), WESTERN, ""),
        (b"", "", ""),
        (WESTERN.encode("utf-16"), WESTERN, "UTF-16"),
        (b"\xfe\xff" + JAPANESE.encode("utf-16-be"), JAPANESE, "UTF-16"),
        (WESTERN.encode("utf-32"), WESTERN, "UTF-32"),
        ("a,b\n1,2\n".encode("utf-16-le"), "a,b\n1,2\n", "UTF-16"),
        ("a,é\n1,2\n".encode("utf-16-be"), "a,é\n1,2\n", "UTF-16"),
        (WESTERN.encode("cp1252"), WESTERN, "Windows-1252"),
        ("naïve créée Þýski".encode("cp1252"), "naïve créée Þýski", "Windows-1252"),
        (JAPANESE.encode("cp932"), JAPANESE, "Shift-JIS"),
        ("id,name\r\n1,りんご\r\n".encode("cp932"), "id,name\r\n1,りんご\r\n", "Shift-JIS"),
    ],
)
def test_a_text_is_read_in_its_encoding(data: bytes, text: str, name: str) -> None:
    assert decode(data) == (text, name)


@pytest.mark.parametrize(
    "data",
    [
        "Привет, как дела?".encode("cp1251"),
        "Привет, как дела?".encode("koi8-r"),
        "今天天气很好，我们去公园吧".encode("gb18030"),
        JAPANESE.encode("euc-jp"),
        "안녕하세요 세계".encode("euc-kr"),
        b"\xff\xfea",
        b"a\0b",
        b"\x00\x01\x02\x03",
        b"MZ\x90\x00\x03",
        b"text\x07\xe9",
        b"\x81\x8d\x8f",
        random.Random(3).randbytes(500),
    ],
    ids=str,
)
def test_everything_else_is_left_to_the_caller(data: bytes) -> None:
    assert decode(data) is None
