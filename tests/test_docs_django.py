"""The guide's app for Django, in a project that Django itself has made, with its own users and sessions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from claude_server import ClaudeServer

ROOT = Path(__file__).parents[1]

LOG_IN = """
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.create_user("ada"))
print(client.cookies["sessionid"].value)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new project whose `asgi.py` is the guide's."""
    folder = tmp_path_factory.mktemp("django")
    [code] = re.findall(
        r"^```python django\n(.*?)^```$", (ROOT / "docs/guides/server.md").read_text(), re.M | re.S
    )
    run("-m", "django", "startproject", "mysite", ".", folder=folder)
    (folder / "mysite" / "asgi.py").write_text(code)
    run("manage.py", "migrate", "--verbosity=0", folder=folder)
    return folder


@pytest.fixture(scope="module")
def site(project: Path, claude: ClaudeServer) -> Iterator[str]:
    """The address of the project, served as the guide says."""
    url = claude.url("django", text="Replicated data types.", rate=None)
    with subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "mysite.asgi:application", "--port", "0"],
        cwd=project,
        env={**os.environ, "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "k"},
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        try:
            lines = iter(server.stderr.readline, "")
            yield next(found[0] for line in lines if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        finally:
            server.terminate()
            server.stderr.read()


def run(*arguments: str, folder: Path) -> str:
    """Run Python in the project, and return its output."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=60).stdout


def ask(site: str, cookies: dict[str, str]) -> httpx.Response:
    """Ask for an answer and read it to its end."""
    return httpx.post(f"{site}/chat/api/stream", json={"prompt": "Hi"}, cookies=cookies, timeout=30)


def test_who_is_logged_in_to_django_gets_an_answer(project: Path, site: str) -> None:
    session = run("manage.py", "shell", "-c", LOG_IN, folder=project).split()[-1]
    answered = ask(site, {"sessionid": session})
    assert (answered.status_code, '"done":true' in answered.text) == (200, True)


@pytest.mark.parametrize("cookies", [{}, {"sessionid": "guessed"}], ids=["without a session", "a guessed one"])
def test_who_is_not_logged_in_is_refused(site: str, cookies: dict[str, str]) -> None:
    assert ask(site, cookies).status_code == 401


def test_the_chat_and_the_rest_of_the_site_are_served_side_by_side(site: str) -> None:
    assert "nbstream" in httpx.get(f"{site}/chat/").text
    assert "Django administration" in httpx.get(f"{site}/admin/login/").text
