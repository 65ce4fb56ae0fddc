"""Assets, the code for colours and formulas: fetched once a page, on first need, and from the kernel alone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from browser.lab_session import BUSY_CELLS, LabSession, answer, stop_button
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


def assets_received(session: LabSession) -> list[str]:
    """Return the names of the assets that the page received, in order, without those that it always needs."""
    named = [re.search(rb'"kind": ?"asset", ?"asset": ?"(\w+)"', frame) for frame in session.notebook.received]
    return [name for found in named if found and (name := found[1].decode()) not in ("move", "save")]


def test_code_has_colours_and_formulas_are_mathml_with_each_asset_fetched_once(session: LabSession) -> None:
    requests: list[str] = []
    session.page.on("request", lambda request: requests.append(request.url))
    plain = session.run(f"ask({session.claude.url('plain', text='Nothing to fetch.', rate=None)!r})")
    expect(answer(plain)).to_contain_text("Nothing to fetch.")
    assert assets_received(session) == []
    for name in ("first", "second"):
        cell = session.run(f"ask({session.claude.url(name, text=TEXT, rate=1000)!r})")
        expect(cell.get_by_role("status")).to_contain_text("Done")
        text = answer(cell)
        expect(text.locator(".nbstream-hl-keyword")).to_have_text(["for", "in"])
        expect(text.locator(".nbstream-hl-string")).to_have_text(['"number"'])
        expect(text.locator(".nbstream-hl-comment")).to_have_text(["# shown"])
        expect(text.locator("math")).to_have_count(2)
        expect(text.locator("math[display=block] mfrac mi").first).to_have_text("ℝ")
        assert text.locator("math mfrac").evaluate("node => node.namespaceURI").endswith("MathML")
    assert sorted(assets_received(session)) == ["code", "math"]
    here = urlsplit(session.notebook.lab.url).netloc
    assert {urlsplit(url).netloc for url in requests if not url.startswith(("blob:", "data:"))} <= {here}
    assert [line for line in session.notebook.console if "nbstream" in line] == []


@pytest.mark.parametrize("kernel", ["7.4", "6.30"])
@pytest.mark.parametrize("state", BUSY_CELLS)
def test_colours_come_while_another_cell_keeps_the_kernel_busy(
    session: LabSession, kernel: str, state: str
) -> None:
    url = session.claude.url(f"busy-{state}", text=TEXT * 40, rate=60)
    cell, _ = session.start_reply(url, state)
    expect(answer(cell).locator(".nbstream-hl-keyword").first).to_have_text("for", timeout=10_000)
    expect(answer(cell).locator("math").first).to_be_attached(timeout=10_000)
    expect(session.notebook.cells.nth(session.notebook.cells.count() - 2).locator(".jp-InputPrompt")).to_have_text(
        "[*]:"
    )
    stop_button(cell).click()
    session.interrupt()
