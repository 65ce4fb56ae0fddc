"""The files that a release is made of: one version everywhere, a changelog for users, and the hosted workflow."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import nbstream

ROOT = Path(__file__).parents[1]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
MAX_NEWS_WORDS = 400
"""The most words of the latest version's news, which a user reads in little more than a minute."""


def steps_of(job: str) -> list[str]:
    """Return the commands and actions of a job of the workflow, in their order."""
    return [step.get("run") or step["uses"] for step in WORKFLOW["jobs"][job]["steps"]]


def test_the_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    package = json.loads((ROOT / "js" / "npm" / "package.json").read_text())
    latest = re.search(r"^## (\S+) \(([\d-]+)\)$", CHANGELOG, re.M)
    assert latest is not None
    assert {nbstream.__version__} == {citation["version"], package["version"], latest.group(1)}
    assert citation["date-released"] == latest.group(2)


def test_every_version_in_the_changelog_has_a_date() -> None:
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.M)
    assert headings
    assert [
        heading for heading in headings if not re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)", heading)
    ] == []


def test_the_latest_news_is_short() -> None:
    news = re.split(r"^## .+$", CHANGELOG, flags=re.M)[1]
    assert len(news.split()) <= MAX_NEWS_WORDS


def test_the_workflow_runs_what_everybody_runs() -> None:
    assert "bash .ci/run" in steps_of("test")
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_a_tag_builds_the_files_and_uploads_those_for_pypi_without_a_secret() -> None:
    dist, publish = WORKFLOW["jobs"]["dist"], WORKFLOW["jobs"]["publish"]
    assert dist["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert (dist["needs"], publish["needs"]) == ("test", "dist")
    assert "make dist" in steps_of("dist")
    assert publish["permissions"] == {"id-token": "write"}
    assert steps_of("publish")[-1].startswith("pypa/gh-action-pypi-publish@")
    assert "secrets." not in (ROOT / ".github/workflows/ci.yml").read_text()
    # The other jobs run code of the project and of its dependencies, so they may not publish.
    assert [name for name, job in WORKFLOW["jobs"].items() if "permissions" in job] == ["publish"]


@pytest.mark.parametrize(
    "name", ["SECURITY.md", "CITATION.cff", ".github/ISSUE_TEMPLATE/bug.yml", "CONTRIBUTING.md"]
)
def test_a_file_that_maintainers_expect_is_there(name: str) -> None:
    assert (ROOT / name).read_text().strip()
