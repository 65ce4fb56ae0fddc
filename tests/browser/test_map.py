"""A run over many rows in JupyterLab: its progress, its rows, Stop, Retry, a reload and the notebook's file."""

from __future__ import annotations

import asyncio
import json
import re

from browser.lab import wait_until
from browser.lab_session import LabSession, stop_button
from playwright.sync_api import Locator, expect

STOP_SECONDS = 1.0
"""The worst time from a Stop to the end of the requests, on a loaded machine."""

RUN = """
client = anthropic.AsyncAnthropic(api_key="sk-secret", base_url={url!r}, max_retries=0)
batch = nbstream.map("Label {{{{row}}}}", [f"text {{n}}" for n in range({rows})], client=client)
"""


def rows_of(cell: Locator) -> Locator:
    return cell.get_by_role("table").get_by_role("row").filter(has=cell.page.get_by_role("cell"))


def expect_ended(cell: Locator, text: str) -> None:
    bar = cell.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuetext", text, timeout=30_000)
    expect(cell.get_by_role("status")).to_contain_text(f"Done · {text}")


def test_rows_are_shown_as_they_come_retried_stopped_saved_and_shown_again(session: LabSession) -> None:
    session.claude.url("good", text=["go", "od"], rate=None)
    url = session.claude.url("one-fails", status=(400, "invalid_request_error"), then="good")
    cell = session.notebook.run(RUN.format(url=url, rows=200))
    expect_ended(cell, "200 of 200 rows, 1 failed")
    table = cell.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["Row", "State", "row", "answer"])
    expect(table).to_have_attribute("aria-rowcount", "201")
    assert rows_of(cell).count() < 40
    # The row that failed is the one whose request came first.
    failed = rows_of(cell).first
    expect(failed).to_contain_text("Scripted invalid_request_error")
    number = failed.get_by_role("cell").first.inner_text()
    expect(rows_of(cell).last).to_contain_text("good")
    session.notebook.wait_for_end(cell)
    cell.get_by_role("button", name=f"Retry row {number}").click()
    expect_ended(cell, "200 of 200 rows")
    expect(rows_of(cell).first.get_by_role("cell")).to_have_text(["0", "Done", "text 0", "good"])
    cell.get_by_role("group", name="Rows of the run").focus()
    session.page.keyboard.press("End")
    expect(rows_of(cell).last.get_by_role("cell")).to_have_text(["199", "Done", "text 199", "good"])
    assert session.evaluate("batch.results == ['good'] * 200")

    url = session.claude.url("endless", gate=asyncio.Event(), gate_after=0)
    stopped = session.notebook.run(RUN.format(url=url, rows=50))
    session.claude.wait_for(lambda: session.claude.records_of("endless"))
    stop_button(stopped).click()
    session.claude.wait_for(lambda: not any(record.is_open for record in session.claude.records_of("endless")))
    for record in session.claude.records_of("endless"):
        assert record.disconnected_at is not None
        assert record.disconnected_at - session.last_input_at() < STOP_SECONDS
    expect(stopped.get_by_role("status")).to_contain_text("Stopped · 0 of 50 rows")
    expect(stop_button(stopped)).to_have_count(0)
    expect(stopped.get_by_role("button", name="Continue")).to_be_visible()

    session.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    wait_until(lambda: not session.page.evaluate("jupyterapp.shell.currentWidget.context.model.dirty"))
    cells = json.loads(session.notebook.path.read_text())["cells"]
    data = [output.get("data", {}) for part in cells for output in part.get("outputs", [])]
    finished, _ = [bundle for bundle in data if "text/markdown" in bundle]
    markdown = "".join(finished["text/markdown"])
    assert re.match(r"200 of 200 rows ·", markdown)
    assert "| 0 | text 0 | good |" in markdown
    session.notebook.reload()
    again = session.page.locator(".jp-NotebookPanel:visible .jp-Cell").filter(has_text="range(200)")
    expect_ended(again, "200 of 200 rows")
    expect(rows_of(again).nth(1).get_by_role("cell")).to_have_text(["1", "Done", "text 1", "good"])
