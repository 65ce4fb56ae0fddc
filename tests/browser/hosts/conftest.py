"""Fixtures for the full matrix of hosts: the servers of Jupyter hosts outside of the tests' own environment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser.hosts.jupyter_hosts import hosts_server
from browser.lab import Lab


@pytest.fixture(scope="session")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server with Notebook 7 and nbclassic."""
    lab = hosts_server(tmp_path_factory.mktemp("plain"), collaborative=False)
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server whose JupyterLab shares its documents."""
    lab = hosts_server(tmp_path_factory.mktemp("shared"), collaborative=True)
    yield lab
    lab.close()
