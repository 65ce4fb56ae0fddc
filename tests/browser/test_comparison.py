"""Comparison of several models in JupyterLab: in one row, in the saved file, and again after a reload."""

from __future__ import annotations

from browser.lab_session import LabSession, answer, stop_button
from browser.test_saved import markdown, save
from claude_server import BY_MODEL, prose
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
    expect(session.page.get_by_role("textbox", name="Message", exact=True)).to_have_count(2)
    expect(session.page.get_by_role("textbox", name="Message to all models")).to_be_visible()


def test_one_box_asks_all_models_and_one_stop_stops_them(session: LabSession) -> None:
    models = ("answers-1", "answers-2")
    for model in models:
        session.claude.url(model, text=f"I am **{model}**.", rate=None, then=f"{model}-second")
        session.claude.url(f"{model}-second", text=prose(20_000), rate=50)
    url = session.claude.url(BY_MODEL)
    cell = session.run(
        f"client = anthropic.AsyncAnthropic(api_key='sk-secret', base_url={url!r})\n"
        f"both = nbstream.compare('Who are you?', models={models!r}, client=client)"
    )
    box = cell.get_by_role("textbox", name="Message to all models")
    box.fill("And who else?")
    # Enter sends, and the focus stays, so that Escape stops all.
    box.press("Enter")
    session.claude.wait_for(lambda: all(len(session.claude.records_of(model)) == 2 for model in models))
    records = [session.wait_for_deltas(model, 3) for model in models]
    for record in records:
        assert record.body["messages"][-1]["content"] == "And who else?"
    expect(stop_button(cell)).to_have_count(2)
    expect(cell.get_by_role("button", name="Stop all")).to_be_visible()
    box.press("Escape")
    for record in records:
        session.wait_for_disconnect(record)
    expect(cell.get_by_role("status")).to_contain_text(["Stopped", "Stopped"])
    expect(cell.get_by_role("button", name="Stop all")).to_have_count(0)
