"""Calls of tools in the real notebook: allowed or refused, run where the variables are, shown, and stopped."""

from __future__ import annotations

import re
from typing import Any

from browser.desk import Desk, answer, stop_button
from playwright.sync_api import Locator, expect

from nbstream.claude.demo import content_events


def scripted(desk: Desk, name: str, *calls: tuple[str, dict[str, Any]], then: str = "That is all.") -> str:
    """A reply that calls tools, and after their results says something."""
    desk.claude.url(f"{name}-then", text=then, rate=None)
    blocks = [{"type": "tool_use", "name": tool, "input": arguments} for tool, arguments in calls]
    return desk.claude.url(name, events=list(content_events(blocks)), rate=None, then=f"{name}-then")


def card(cell: Locator, name: str) -> Locator:
    return cell.locator(".nbstream-call", has_text=name)


def results(desk: Desk, name: str) -> list[dict[str, Any]]:
    """What Claude was told of the calls."""
    desk.claude.wait_for(lambda: len(desk.claude.records_of(name)) > 1)
    return list(desk.claude.records_of(name)[-1].body["messages"][-1]["content"])


def test_the_reader_decides_in_the_card_what_runs(desk: Desk) -> None:
    url = scripted(desk, "tools-ask", ("double", {"n": 21}), ("wipe", {"path": "/"}))
    desk.run(
        "factor = 2\n"
        "def double(n: int) -> int:\n    'Double a number.'\n    return factor * n\n"
        "def wipe(path: str) -> None:\n    'Wipe a path.'\n    raise SystemExit\n"
    )
    cell = desk.notebook.run(f"ask({url!r}, tools=[double, wipe], approve='ask')")
    expect(card(cell, "double").get_by_role("button", name="Run", exact=True)).to_be_visible()
    card(cell, "wipe").get_by_role("button", name="Refuse", exact=True).click()
    expect(card(cell, "wipe").locator("summary")).to_contain_text("Refused")
    card(cell, "double").get_by_role("button", name="Run", exact=True).click()
    expect(card(cell, "double").locator("summary")).to_contain_text("Done")
    expect(answer(cell)).to_have_text("That is all.")
    desk.notebook.done(cell)
    told = {result["content"]: result.get("is_error", False) for result in results(desk, "tools-ask")}
    assert told == {"42": False, "The user refused this call.": True}


def test_a_figure_is_shown_as_one_and_goes_to_claude_as_an_image(desk: Desk) -> None:
    url = scripted(desk, "tools-figure", ("plot", {"values": [1, 4, 9]}))
    desk.run(
        "import matplotlib; matplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
        "def plot(values: list[int]):\n    'Draw values.'\n"
        "    figure, axes = plt.subplots()\n    axes.plot(values)\n    plt.close(figure)\n    return figure"
    )
    cell = desk.run(f"ask({url!r}, tools=[plot])")
    picture = card(cell, "plot").get_by_role("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 100
    [result] = results(desk, "tools-figure")
    assert [block["type"] for block in result["content"]] == ["image"]


def test_stop_ends_a_tool_that_runs_and_the_cell_goes_on(desk: Desk) -> None:
    url = scripted(desk, "tools-stop", ("nap", {"seconds": 60}))
    desk.run("def nap(seconds: int) -> str:\n    'Sleep.'\n    time.sleep(seconds)\n    return 'awake'")
    cell = desk.notebook.run(f"ask({url!r}, tools=[nap]); print('went on')")
    expect(card(cell, "nap").locator("summary")).to_have_text(re.compile("Running"))
    stop_button(cell).click()
    desk.notebook.done(cell)
    expect(cell.get_by_text("went on", exact=True)).to_be_visible()
    expect(card(cell, "nap").locator("summary")).to_contain_text("Stopped")
    assert desk.evaluate("[nbstream.last.status, nbstream.last.stop_reason]") == ["stopped", "user"]
    assert desk.evaluate("[message['role'] for message in nbstream.last.messages]") == ["user"]


def test_searches_sources_and_kinds_that_nobody_knows_are_shown_for_what_they_are(desk: Desk) -> None:
    found = {
        "type": "web_search_result",
        "url": "https://example.org/crdt",
        "title": "On CRDTs",
        "encrypted_content": "x",
    }
    cited = {
        "type": "web_search_result_location",
        "url": "https://example.org/crdt",
        "title": "On CRDTs",
        "cited_text": "Replicas converge.",
        "encrypted_index": "x",
    }
    blocks = [
        {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "crdt"}},
        {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [found]},
        {"type": "text", "text": "Replicas converge", "citations": [cited]},
        {"type": "hologram", "depth": 3},
    ]
    url = desk.claude.url("tools-search", events=list(content_events(blocks)), rate=None)
    cell = desk.run(f"ask({url!r})")
    expect(card(cell, "web_search").locator("summary")).to_contain_text("Done")
    expect(answer(cell)).to_have_text("Replicas converge[1]")
    expect(cell.locator(".nbstream-sources").get_by_role("link", name="On CRDTs")).to_be_visible()
    expect(cell.get_by_text("hologram")).to_be_visible()
    assert desk.evaluate("nbstream.last.text") == "Replicas converge"
