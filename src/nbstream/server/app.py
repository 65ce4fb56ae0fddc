"""ASGI app that streams Claude's answers as server-sent events, and serves the page that shows them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from ..conversation.request.checks import build_defaults, check_request
from ..conversation.request.default_fields import MAX_TOKENS, THINKING
from ..tools.approvals import Approve
from .billing.request_bounds import check_affordable
from .endpoints import ChatEndpoints
from .errors import Refused, error_response
from .http.auth import Authenticator, Authorize
from .http.root_path import RootPath, check_root_path
from .limits import Limits
from .streams.cluster_interface import Cluster, SingleWorker
from .streams.end_hook import OnEnd
from .streams.registry import StreamRegistry


def create_app(
    *,
    client: Any = None,
    model: str | None = None,
    system: Any = None,
    max_tokens: int = MAX_TOKENS,
    thinking: Mapping[str, Any] | bool | str | None = THINKING,
    tools: Iterable[Any] = (),
    approve: Approve | None = None,
    limits: Limits | None = None,
    token: str | None = None,
    authorize: Authorize | None = None,
    allow_origins: Iterable[str] = (),
    allow_headers: Iterable[str] = (),
    root_path: str = "",
    resume_for: float = 0.0,
    redis: str | None = None,
    on_end: OnEnd | None = None,
) -> Starlette:
    """Create an ASGI app that streams Claude's answers as server-sent events, with a chat page at `/`.

    Args:
        client: Any async Anthropic client; by default the one that the environment describes.
        model: The model's name, as for `nbstream.chat`. Callers may also choose one of `limits.models`.
        system: The system prompt. If it is given, callers cannot send one of their own.
        max_tokens: The most tokens that a reply may have, unless its caller sends another limit.
        thinking: As the Messages API takes it, or `True` for the default. `None`, `False` and `"off"` leave the
            field out. The default is changed into a form that the model takes.
        tools: The tools that Claude may call, as for `nbstream.chat`. They run in this process, for every caller.
            A function that is not async runs in a thread. It runs to its end even if its reply is stopped.
        approve: A function of a tool's name and its arguments that decides whether the call may run.
        limits: The limits of this server; see `Limits`.
        token: A secret that callers send as `Authorization: Bearer …`. The user of the page opens the address
            `/?token=…` once instead.
        authorize: A function (sync or async) that gets the request and returns the caller's name, or `None` to
            refuse the request. Without this function and without a token, only this machine is served.
        allow_origins: Origins of other sites whose pages may read the answers, as in `"https://example.com"`. If
            there is an `authorize` function, these pages may send cookies too.
        allow_headers: Headers that these pages may send in addition to those of `streamChat`, as in
            `"traceparent"`.
        root_path: The path below which a proxy serves this app, as in `"/chat"`. It is not needed if the proxy
            removes it from the address; with it, the login cookie is for this path alone under any proxy.
        resume_for: Seconds for which a reply goes on after its reader's connection is lost, and for which the
            reader may come back with `Last-Event-ID`. With 0, a lost connection stops the reply. After the goodbye
            of a closed page, 15 seconds are enough.
        redis: The address of a Redis (6.2 or newer) that several workers share, as in
            `"redis://localhost:6379/0"`. Then each worker can resume or stop the streams of all workers, and the
            limits hold for all together. Servers with different tokens may share a Redis; servers without a token
            need a database each. This needs `pip install nbstream[redis]`.
        on_end: A function (sync or async) of the caller's name, the messages, the usage and the cost. It is called
            for each answer that has ended, complete or not, to store or meter it: the conversation as the Messages
            API takes it, the tokens of this answer, and its estimated US dollars. No reply waits for it: a
            function that is not async runs in a thread, a call is given up after 30 seconds, errors are logged.

    Returns:
        The app, for any ASGI server. The server of `python -m nbstream serve` also drops readers that stall.

    Raises:
        TypeError, ValueError: An argument is not valid. The error names the argument.
    """
    limits = limits or Limits()
    defaults, toolbox = build_defaults(
        client, model=model, system=system, max_tokens=max_tokens, thinking=thinking, tools=tools
    )
    for name in {defaults["model"], *limits.models}:
        check_request({**defaults, "model": name}, client, limits.dollars_per_day)
        check_affordable({**defaults, "model": name}, limits.dollars_per_day)
    _check_options(approve, resume_for)
    root_path = check_root_path(root_path)
    authenticator = Authenticator(token, authorize, allow_origins, allow_headers)
    cluster = _new_cluster(redis, authenticator.namespace)
    streams = StreamRegistry(client, toolbox, approve, limits, resume_for, cluster, on_end)
    app = Starlette(
        routes=ChatEndpoints(authenticator, streams, limits, defaults, client).routes(),
        lifespan=_lifespan_of(streams),
        exception_handlers=dict.fromkeys((Refused, HTTPException, Exception), error_response),
        middleware=[
            *([Middleware(RootPath, root_path)] if root_path else []),
            *authenticator.cors_middleware(),
        ],
    )
    # `run.py` reads these attributes. If callers need no authentication, it listens only on this machine.
    app.state.authenticator = authenticator
    app.state.root_path = root_path
    return app


def _check_options(approve: object, resume_for: object) -> None:
    if isinstance(resume_for, bool) or not isinstance(resume_for, int | float) or not 0 <= resume_for < math.inf:
        raise ValueError(f"resume_for is {resume_for!r}; give a number of seconds, 0 or more.")
    if approve is not None and not callable(approve):
        # `nbstream.chat` also accepts `"ask"`. A server does not, because it would have to ask the callers, and
        # the operator is the one who must approve calls.
        raise TypeError(f"approve is {approve!r:.60}; pass a function of a tool's name and its arguments.")


def _lifespan_of(streams: StreamRegistry) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # Importing the SDK takes a second. It is imported at the start, so that no caller has to wait for it.
        close_clients = await asyncio.to_thread(_import_close_clients)
        await streams.start()
        try:
            yield
        finally:
            await streams.close()
            await close_clients()

    return lifespan


def _import_close_clients() -> Callable[[], Awaitable[None]]:
    from ..claude.client import close_clients

    return close_clients


def _new_cluster(redis: str | None, namespace: str) -> Cluster:
    if redis is None:
        return SingleWorker()
    # This module is imported only if it is used, because the redis package may not be installed.
    from .cluster.redis_cluster import WorkerCluster

    return WorkerCluster(redis, namespace)
