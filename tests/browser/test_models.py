"""The menu of models in JupyterLab: the choice is what the next turn is asked of, and it outlives a reload."""

from __future__ import annotations

from browser.lab_session import LabSession, answer
from playwright.sync_api import expect

OPUS, HAIKU = "claude-opus-4-8", "claude-haiku-4-5"


def test_the_chosen_model_answers_next_also_after_a_reload(session: LabSession) -> None:
    url = session.claude.url("models", text="Hi there", rate=None)
    cell = session.run(f"chat = ask({url!r}, models=({OPUS!r}, {HAIKU!r}))")
    expect(answer(cell)).to_have_text("Hi there")
    menu = cell.get_by_role("combobox", name="Model")
    expect(menu).to_have_value(OPUS)
    menu.select_option(HAIKU)
    session.page.keyboard.press("Control+s")
    session.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
    session.notebook.reload()
    chat = session.page.locator(".nbstream").first
    expect(chat.get_by_role("combobox", name="Model")).to_have_value(HAIKU, timeout=30_000)
    box = chat.get_by_role("textbox", name="Message")
    box.fill("And now?")
    box.press("Enter")
    expect(chat.locator("article")).to_have_count(4)
    expect(answer(chat).last).to_have_text("Hi there")
    assert [record.body["model"] for record in session.claude.records_of("models")] == [OPUS, HAIKU]
