"""The notebook's variables in the message box, in JupyterLab."""

from __future__ import annotations

from browser.lab_session import LabSession, answer
from playwright.sync_api import expect

MAKE = """import pandas
frame_of_cities = pandas.DataFrame({"city": ["Oslo", "Lima"], "celsius": [5.7, 19.2]})
frame_of_names = pandas.DataFrame({"name": ["Ada"]})
"""


def test_a_frame_is_chosen_by_keyboard_and_goes_with_the_message(session: LabSession) -> None:
    url = session.claude.url("variables", text="Hi there", rate=None)
    session.run(MAKE)
    cell = session.run(f"chat = ask({url!r})")
    expect(answer(cell)).to_have_text("Hi there")
    box = cell.get_by_role("textbox", name="Message")
    variables = cell.get_by_role("combobox", name="Variables")
    options = cell.get_by_role("option")
    box.click()
    keyboard = session.page.keyboard
    keyboard.type("Is @frame_of")
    expect(variables).to_be_visible()
    expect(options).to_have_text(
        ["frame_of_citiespandas.DataFrame, 2 × 2", "frame_of_namespandas.DataFrame, 1 × 1"]
    )
    keyboard.press("ArrowDown")
    expect(cell.get_by_role("option", selected=True)).to_contain_text("frame_of_names")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    expect(variables).to_have_count(0)
    expect(box).to_have_value("Is frame_of_cities ")
    chips = cell.get_by_role("list", name="Attached files").get_by_role("listitem")
    expect(chips).to_have_text(["frame_of_citiespandas.DataFrame, 2 × 2×"])
    # Looking sends nothing to Claude.
    assert len(session.claude.records_of("variables")) == 1
    keyboard.type("colder? @fram")
    expect(variables).to_be_visible()
    keyboard.press("Escape")
    expect(variables).to_have_count(0)
    expect(box).to_be_focused()
    for _ in range(len("@fram")):
        keyboard.press("Backspace")
    keyboard.press("Enter")
    expect(cell.locator("article")).to_have_count(4)
    session.claude.wait_for(lambda: len(session.claude.records_of("variables")) == 2)
    table, text = session.claude.records_of("variables")[-1].body["messages"][-1]["content"]
    assert table["text"].startswith("pandas DataFrame, 2 rows × 2 columns (city: ")
    assert "| Oslo | 5.7 |" in table["text"]
    assert text["text"] == "Is frame_of_cities colder? "
    expect(cell.get_by_role("table")).to_contain_text("Oslo")

    # A variable that is gone when the message is sent: the message comes back with the reason.
    keyboard.type("And @frame_of_n")
    cell.get_by_role("option", name="frame_of_names").click()
    session.run("del frame_of_names")
    box.click()
    keyboard.press("Enter")
    expect(cell.get_by_role("alert")).to_contain_text("There is no variable frame_of_names any more")
    expect(box).to_have_value("And frame_of_names ")
    expect(chips).to_have_count(1)
    chips.get_by_role("button", name="Remove frame_of_names").click()
    box.press("Enter")
    expect(cell.locator("article")).to_have_count(6)
    assert session.claude.records_of("variables")[-1].body["messages"][-1]["content"] == "And frame_of_names "
    session.run("del frame_of_cities")
