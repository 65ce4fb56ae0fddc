"""The question about the last error, in JupyterLab."""

from __future__ import annotations

from browser.lab_session import LabSession, answer
from playwright.sync_api import expect

FAIL = """api_key = "a-secret-that-stays-here-1"
import pandas
frame = pandas.DataFrame({"city": ["Oslo"]})
frame["City"]
"""


def test_the_last_failed_cell_is_asked_about(session: LabSession) -> None:
    url = session.claude.url("explain-lab", text="The name is city.", rate=None)
    failed = session.notebook.run(FAIL)
    session.notebook.wait_for_end(failed)
    expect(failed.get_by_text("KeyError").first).to_be_visible()
    session.run("rows = len(frame)")
    client = f"anthropic.AsyncAnthropic(api_key='k', base_url={url!r})"
    cell = session.run(f"chat = nbstream.explain('Why?', client={client})")
    expect(answer(cell)).to_have_text("The name is city.")
    expect(cell.locator("article[data-role=user]")).to_contain_text("KeyError: 'City'")
    sent = session.claude.records_of("explain-lab")[-1].body["messages"][0]["content"]
    assert sent.startswith("Why?\n\nTraceback")
    assert "frame: " not in sent
    assert "- `frame`: pandas.DataFrame, 1 × 1" in sent
    assert 'api_key = "[key removed]"' in sent
    assert "a-secret" not in sent
    assert "frames in pandas left out" in sent
    session.run("del api_key, frame, rows")
