"""Every kind of Markdown in a saved notebook, as JupyterLab shows it without a kernel."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser.lab_session import LabSession, stop_button
from browser.test_saved import markdown, save
from playwright.sync_api import expect
from shown_text import shown

ROWS = json.loads((Path(__file__).parents[2] / "fixtures" / "markdown_rows.json").read_text())
TARGET = "JupyterLab's marked"

FORMULA = "□"

HTML_WITHOUT_FORMULAS = f"""root => {{
    const copy = root.cloneNode(true);
    for (const formula of copy.querySelectorAll("mjx-container")) formula.replaceWith("{FORMULA}");
    return copy.innerHTML;
}}"""


@pytest.mark.hosts
@pytest.mark.own_kernel
def test_jupyterlab_shows_the_saved_rows_as_the_page_did(session: LabSession) -> None:
    rows = [row for row in ROWS if TARGET not in row["differs"]]
    answer = "\n\n".join(f"###### row {n}\n\n{row['text']}" for n, row in enumerate(rows))
    # JSON over HTTP holds no halves of pairs, and the API replaces them.
    answer = answer.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    cell = session.run(f"ask({session.claude.url('rows', text=answer, rate=None)!r})\nNone")
    expect(stop_button(cell)).to_have_count(0)
    expect(cell.locator(".nbstream math")).not_to_have_count(0)
    assert markdown(save(session)[0]).startswith("###### row 0")
    notebook = json.loads(session.notebook.path.read_text())
    session.notebook.lab.delete(f"api/kernels/{session.kernel_id}")
    notebook["metadata"]["kernelspec"]["name"] = "none-such"
    session.notebook.path.write_text(json.dumps(notebook))
    session.notebook.reload_page()
    output = session.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output.jp-RenderedMarkdown")
    expect(output.locator("h6")).to_have_count(len(rows), timeout=30_000)
    formulas = sum(len(re.findall("[⟨⟪]", row["shown"])) for row in rows)
    expect(output.locator("mjx-container")).to_have_count(formulas, timeout=30_000)
    text = shown(output.evaluate(HTML_WITHOUT_FORMULAS), has_mathjax=False)
    sections = re.split(r"\{h6\}row\d+\{/h6\}", text)[1:]
    for row, section in zip(rows, sections, strict=True):
        expected = re.sub("⟨.*?⟩|⟪.*?⟫", FORMULA, row["shown"].replace("\ud800", "\ufffd"))
        assert section == expected, row["text"]
