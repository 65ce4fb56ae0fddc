"""Diagrams that JupyterLab draws of the mermaid code in an answer, when the user asks for one."""

from __future__ import annotations

from browser.lab_session import LabSession, answer
from playwright.sync_api import expect

DIAGRAM = "```mermaid\ngraph TD\n  A[Ask] --> B[Read]\n```\n"
WITH_ADDRESS = '```mermaid\ngraph TD\n  A@{ img: "https://evil.example/x.png" }\n```\n'


def test_a_press_has_jupyterlab_draw_a_diagram_and_nothing_is_loaded_from_elsewhere(session: LabSession) -> None:
    asked: list[str] = []
    session.page.on("request", lambda request: asked.append(request.url))
    cell = session.run(f"ask({session.claude.url('diagram', text=DIAGRAM + WITH_ADDRESS, rate=None)!r});")
    show = answer(cell).get_by_role("button", name="Show diagram")
    expect(show).to_have_count(2)
    expect(answer(cell).locator("img")).to_have_count(0)
    show.first.click()
    drawn = answer(cell).locator(".nbstream-diagram img")
    expect(drawn).to_be_visible(timeout=20_000)
    assert drawn.evaluate("(image) => image.naturalWidth > 0 && image.src.startsWith('data:image/svg+xml')")
    # The name of the pressed button has changed.
    show.click()
    expect(answer(cell)).to_contain_text("This diagram is not drawn")
    expect(drawn).to_have_count(1)
    local = session.notebook.lab.url
    assert [url for url in asked if not url.startswith((local, "data:", "blob:"))] == []
