"""A real nginx before a server, with nginx's default buffering, and compression of everything."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

NGINX_CONF = """\
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  gzip on; gzip_types *; gzip_proxied any;
  server {{
    listen 127.0.0.1:{port};
    location {path} {{ proxy_pass http://127.0.0.1:{target}{removed}; {directives} }}
  }}
}}
"""

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
"""Debian installs nginx in /usr/sbin, which is not on the PATH of users."""


class Nginx:
    """An nginx before a port; use it as a context manager.

    Args:
        folder: A folder for its configuration and its files.
        target: The port of the server behind it.
        directives: Further directives of its location.
        path: The path below which it serves the server.
        removes_path: Whether it removes that path from the address.
    """

    def __init__(
        self, folder: Path, target: int, directives: str = "", *, path: str = "/", removes_path: bool = False
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"path": path, "removed": "/" if removes_path else "", "directives": directives}
        (folder / "nginx.conf").write_text(NGINX_CONF.format(port=self.port, target=target, **settings))

    def __enter__(self) -> Self:
        program = shutil.which("nginx", path=PATH)
        assert program is not None, "nginx is missing; `make services` installs it"
        command = [program, "-p", str(self._folder), "-c", "nginx.conf", "-e", "error.log"]
        self._process = subprocess.Popen(command)
        deadline = time.monotonic() + 20
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "error.log").read_text()
            assert time.monotonic() < deadline, "nginx did not start in time"
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _answers(self) -> bool:
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0
