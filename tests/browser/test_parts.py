"""What comes on first need: colours and formulas, once a page, from the kernel and from nowhere else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from browser.desk import BUSY, Desk, answer, stop_button
from playwright.sync_api import expect

TEXT = """A loop:

```python
for i in range(10):
    print("number", i)  # shown
```

and $e^{i\\pi} + 1 = 0$, or

$$\\int_0^1 \\frac{\\mathbb{R}}{x}\\,dx$$
"""


pytestmark = pytest.mark.own_page


def parts_received(desk: Desk) -> list[str]:
    """The parts that travelled to the page, in order, but for the one that every notebook needs at once."""
    named = [re.search(rb'"kind": ?"asset", ?"asset": ?"(\w+)"', frame) for frame in desk.notebook.received]
    return [part for found in named if found and (part := found[1].decode()) != "save"]


def test_code_has_colours_and_formulas_are_mathml_with_each_part_fetched_once(desk: Desk) -> None:
    requests: list[str] = []
    desk.page.on("request", lambda request: requests.append(request.url))
    plain = desk.run(f"ask({desk.claude.url('plain', text='Nothing to fetch.', rate=None)!r})")
    expect(answer(plain)).to_contain_text("Nothing to fetch.")
    assert parts_received(desk) == []
    for name in ("first", "second"):
        cell = desk.run(f"ask({desk.claude.url(name, text=TEXT, rate=1000)!r})")
        expect(cell.get_by_role("status")).to_contain_text("Done")
        text = answer(cell)
        expect(text.locator(".nbstream-hl-keyword")).to_have_text(["for", "in"])
        expect(text.locator(".nbstream-hl-string")).to_have_text(['"number"'])
        expect(text.locator(".nbstream-hl-comment")).to_have_text(["# shown"])
        expect(text.locator("math")).to_have_count(2)
        expect(text.locator("math[display=block] mfrac mi").first).to_have_text("ℝ")
        assert text.locator("math mfrac").evaluate("node => node.namespaceURI").endswith("MathML")
    assert sorted(parts_received(desk)) == ["code", "math"]
    here = urlsplit(desk.notebook.lab.url).netloc
    assert {urlsplit(url).netloc for url in requests if not url.startswith(("blob:", "data:"))} <= {here}
    assert [line for line in desk.notebook.console if "nbstream" in line] == []


@pytest.mark.parametrize("desk", ["7.4", "6.30"], indirect=True)
@pytest.mark.parametrize("state", BUSY)
def test_colours_come_while_another_cell_keeps_the_kernel_busy(desk: Desk, state: str) -> None:
    url = desk.claude.url(f"busy-{state}", text=TEXT * 40, rate=60)
    cell, _ = desk.start(url, state)
    expect(answer(cell).locator(".nbstream-hl-keyword").first).to_have_text("for", timeout=10_000)
    expect(answer(cell).locator("math").first).to_be_attached(timeout=10_000)
    expect(desk.notebook.cells.nth(desk.notebook.cells.count() - 2).locator(".jp-InputPrompt")).to_have_text(
        "[*]:"
    )
    stop_button(cell).click()
    desk.interrupt()
