"""Tool calls in JupyterLab: allowed or refused, run in the user's kernel, shown, and stopped."""

from __future__ import annotations

import re
from typing import Any

from browser.lab_session import LabSession, answer, stop_button
from playwright.sync_api import Locator, expect

from nbstream.claude.demo import content_events


def tool_scenario(
    session: LabSession, name: str, *calls: tuple[str, dict[str, Any]], then: str = "That is all."
) -> str:
    """Add a scenario whose reply calls tools and, after their results, gives a text; return its URL."""
    session.claude.url(f"{name}-then", text=then, rate=None)
    blocks = [{"type": "tool_use", "name": tool, "input": arguments} for tool, arguments in calls]
    return session.claude.url(name, events=list(content_events(blocks)), rate=None, then=f"{name}-then")


def card(cell: Locator, name: str) -> Locator:
    return cell.locator(".nbstream-call", has_text=name)


def results(session: LabSession, name: str) -> list[dict[str, Any]]:
    """Return the results of the calls as Claude got them."""
    session.claude.wait_for(lambda: len(session.claude.records_of(name)) > 1)
    return list(session.claude.records_of(name)[-1].body["messages"][-1]["content"])


def test_the_user_decides_in_the_card_which_call_runs(session: LabSession) -> None:
    url = tool_scenario(session, "tools-ask", ("double", {"n": 21}), ("wipe", {"path": "/"}))
    session.run(
        "factor = 2\n"
        "def double(n: int) -> int:\n    'Double a number.'\n    return factor * n\n"
        "def wipe(path: str) -> None:\n    'Wipe a path.'\n    raise SystemExit\n"
    )
    cell = session.notebook.run(f"ask({url!r}, tools=[double, wipe], approve='ask')")
    expect(card(cell, "double").get_by_role("button", name="Run", exact=True)).to_be_visible()
    card(cell, "wipe").get_by_role("button", name="Refuse", exact=True).click()
    expect(card(cell, "wipe").locator("summary")).to_contain_text("You refused this")
    card(cell, "double").get_by_role("button", name="Run", exact=True).click()
    expect(card(cell, "double").locator("summary")).to_contain_text("double(n=21) → 42")
    expect(answer(cell)).to_have_text("That is all.")
    session.notebook.wait_for_end(cell)
    got = {result["content"]: result.get("is_error", False) for result in results(session, "tools-ask")}
    assert got == {"42": False, "The user refused this call.": True}


def test_a_figure_is_shown_as_one_and_goes_to_claude_as_an_image(session: LabSession) -> None:
    url = tool_scenario(session, "tools-figure", ("plot", {"values": [1, 4, 9]}))
    session.run(
        "import matplotlib; matplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
        "def plot(values: list[int]):\n    'Draw values.'\n"
        "    figure, axes = plt.subplots()\n    axes.plot(values)\n    plt.close(figure)\n    return figure"
    )
    cell = session.run(f"ask({url!r}, tools=[plot])")
    picture = card(cell, "plot").get_by_role("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 100
    [result] = results(session, "tools-figure")
    assert [block["type"] for block in result["content"]] == ["image"]


def test_stop_ends_a_tool_that_runs_and_the_cell_goes_on(session: LabSession) -> None:
    url = tool_scenario(session, "tools-stop", ("nap", {"seconds": 60}))
    session.run("def nap(seconds: int) -> str:\n    'Sleep.'\n    time.sleep(seconds)\n    return 'awake'")
    cell = session.notebook.run(f"ask({url!r}, tools=[nap]); print('went on')")
    expect(card(cell, "nap").locator("summary")).to_have_text(re.compile("Running"))
    stop_button(cell).click()
    session.notebook.wait_for_end(cell)
    expect(cell.get_by_text("went on", exact=True)).to_be_visible()
    expect(card(cell, "nap").locator("summary")).to_contain_text("Stopped")
    assert session.evaluate("[nbstream.last.status, nbstream.last.stop_reason]") == ["stopped", "user"]
    assert session.evaluate("[message['role'] for message in nbstream.last.messages]") == ["user"]


def test_searches_sources_and_unknown_blocks_are_shown(session: LabSession) -> None:
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
    url = session.claude.url("tools-search", events=list(content_events(blocks)), rate=None)
    cell = session.run(f"ask({url!r})")
    expect(card(cell, "web_search").locator("summary")).to_contain_text('web_search(query="crdt") → 1 source')
    expect(answer(cell)).to_have_text("Replicas converge[1]")
    expect(cell.locator(".nbstream-sources").get_by_role("link", name="On CRDTs")).to_be_visible()
    expect(cell.get_by_text("hologram")).to_be_visible()
    assert session.evaluate("nbstream.last.text") == "Replicas converge"
