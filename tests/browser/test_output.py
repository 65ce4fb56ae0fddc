"""Structured output and conversations of files in JupyterLab."""

from __future__ import annotations

import asyncio
import json

from browser.lab_session import LabSession, answer
from playwright.sync_api import expect

FOLDER_IS_GONE = "__import__('shutil').rmtree('kept')"

CITIES = json.dumps([{"name": "Lima", "people": 10_092_000}, {"name": "Cusco", "people": 428_500}])

TYPES = "import pydantic\nclass City(pydantic.BaseModel):\n    name: str\n    people: int\n"


def test_rows_are_shown_as_they_come_and_the_conversation_goes_on_from_its_file(session: LabSession) -> None:
    # The answer waits in the middle of its second row.
    cut = CITIES.index("Cus") + 3
    text = [CITIES[:cut], CITIES[cut:]]
    url = session.claude.url("output", text=text, rate=None, gate=asyncio.Event(), gate_after=1)
    session.run(TYPES)
    cell = session.notebook.run(f"chat = ask({url!r}, output=list[City], file='output.json')")
    table = answer(cell).get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["name", "people"])
    expect(table.get_by_role("cell")).to_have_text(["Lima", "10092000", "Cus", ""])
    session.claude.open_gate("output")
    session.notebook.wait_for_end(cell)
    expect(table.get_by_role("cell")).to_have_text(["Lima", "10092000", "Cusco", "428500"])
    expect(answer(cell)).not_to_contain_text("{")
    cell.get_by_role("button", name="Show JSON").click()
    expect(cell.locator("code")).to_contain_text('"people": 428500')
    assert session.evaluate("[city.people for city in chat.output]") == [10_092_000, 428_500]
    session.run("chat.close()")
    again = session.run("loaded = nbstream.load('output.json')")
    expect(answer(again).get_by_role("table").get_by_role("cell").first).to_have_text("Lima")
    expect(again.get_by_role("status")).to_contain_text("Done")
    expect(again.get_by_role("textbox", name="Message")).to_be_visible()
    assert session.evaluate("loaded.output[1]['name']") == "Cusco"
    session.run("pathlib.Path('output.json').unlink()")


def test_a_file_that_cannot_be_written_is_said_on_the_page_until_it_is_written(session: LabSession) -> None:
    url = session.claude.url("kept", text="Hello.", rate=None)
    session.run("pathlib.Path('kept').mkdir()")
    cell = session.run(f"chat = ask({url!r}, file='kept/chat.json')")
    expect(answer(cell)).to_have_text("Hello.")
    expect(cell.get_by_role("alert")).to_have_count(0)
    session.run(FOLDER_IS_GONE)
    box = cell.get_by_role("textbox", name="Message")
    box.fill("And then?")
    box.press("Enter")
    expect(cell.get_by_role("alert")).to_contain_text("kept/chat.json could not be written")
    expect(cell.get_by_role("alert")).to_contain_text('chat.save("other.json")')
    expect(answer(cell)).to_have_count(2)
    session.run("pathlib.Path('kept').mkdir()")
    box.fill("Once more")
    box.press("Enter")
    expect(answer(cell)).to_have_count(3)
    expect(cell.get_by_role("alert")).to_have_count(0)
    assert session.evaluate("len(json.loads(pathlib.Path('kept/chat.json').read_text())['messages'])") == 6
    session.run(f"chat.close(); {FOLDER_IS_GONE}")
