"""Comparison of several models in JupyterLab: in one row, in the saved file, and again after a reload."""

from __future__ import annotations

from browser.lab_session import LabSession, answer
from browser.test_saved import markdown, save
from claude_server import BY_MODEL
from playwright.sync_api import expect

MODELS = ("claude-opus-4-8", "claude-haiku-4-5")


def test_the_answers_stand_in_a_row_in_the_file_and_again_after_a_reload(session: LabSession) -> None:
    for model in MODELS:
        session.claude.url(model, text=f"I am **{model}**.", rate=400)
    url = session.claude.url(BY_MODEL)
    cell = session.run(
        f"client = anthropic.AsyncAnthropic(api_key='sk-secret', base_url={url!r})\n"
        f"both = nbstream.compare('Who are you?', models={MODELS!r}, client=client)"
    )
    expect(answer(cell)).to_have_text([f"I am {model}." for model in MODELS])
    first, second = (chat.bounding_box() for chat in cell.locator(".nbstream").all())
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] < second["x"]
    expect(cell.get_by_role("status").first).to_contain_text("Done")

    # The cell has the question, so no bubble repeats it. Each name is a heading.
    for model in MODELS:
        expect(cell.get_by_role("heading", name=model)).to_be_visible()
    assert all(
        bubble.evaluate("(node) => node.getBoundingClientRect().height") <= 30
        for bubble in cell.locator("[data-role=user]").all()
    )

    [output] = save(session)
    for model in MODELS:
        assert f"**{model}**\n\nI am **{model}**." in markdown(output)

    session.notebook.load()
    expect(answer(session.page)).to_have_text([f"I am {model}." for model in MODELS], timeout=30_000)
    expect(session.page.get_by_role("textbox", name="Message")).to_have_count(2)
