"""Structured output and conversations of files in JupyterLab."""

from __future__ import annotations

import asyncio
import json

from browser.lab_session import LabSession, answer
from playwright.sync_api import expect

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
