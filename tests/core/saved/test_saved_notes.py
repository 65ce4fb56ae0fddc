"""The table of the texts in saved notebooks, and its twin on the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nbstream.core.saved import saved_notes

TWIN = Path(__file__).parents[3] / "js" / "src" / "core" / "saved" / "saved-notes.ts"
TEXTS = {name: value for name, value in vars(saved_notes).items() if name.isupper()}
ON_THE_PAGE = {name for name in TEXTS if f"export const {name} =" in TWIN.read_text()}


@pytest.mark.parametrize("name", sorted(ON_THE_PAGE))
def test_the_text_of_the_page_is_the_same(name: str) -> None:
    value = TEXTS[name]
    text = re.sub(r"\{(\w+)\}", r"${\1}", value) if isinstance(value, str) else value
    form = re.sub(r'"(\w+)":', r"\1:", json.dumps(text, ensure_ascii=False)).replace("{", "{ ").replace("}", " }")
    [twin] = re.findall(rf"export const {name} = (?:\(.*\) => )?(.*?)(?: as const)?;", TWIN.read_text())
    assert twin.replace("`", '"') in (form, json.dumps(text, ensure_ascii=False))


def test_each_text_but_those_of_the_kernel_is_written_by_the_page_too() -> None:
    assert set(TEXTS) - ON_THE_PAGE == {"WRITING", "SILENT", "UNFINISHED_IN_FILE"}
