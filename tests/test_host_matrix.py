"""The table of `make hosts`: cells that tests record, and cells that are missing."""

from __future__ import annotations

import json
from pathlib import Path

from browser.hosts import matrix


def test_the_table_has_a_row_for_each_host_and_marks_the_cells_that_are_missing(tmp_path: Path) -> None:
    matrix.record("nbclassic", "Stop, ms", "77", tmp_path)
    matrix.record("Voilà", "streams", "yes", tmp_path)
    rows = matrix.write_table(tmp_path).splitlines()
    assert len(rows) == 2 + len(matrix.HOSTS)
    [classic] = [row for row in rows if row.startswith("| nbclassic")]
    assert classic.split(" | ")[1:4] == ["not measured", "77", "not measured"]
    [voila] = [row for row in rows if row.startswith("| Voilà")]
    assert voila.split(" | ")[5] == "a new page has a new kernel"
    assert json.loads((tmp_path / "matrix.json").read_text())["nbclassic"] == {"Stop, ms": "77"}
