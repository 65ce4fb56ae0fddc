"""Stream of one request to the Messages API: its attempts, and the raw events of its answer."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Protocol

import anthropic
import httpx2
from anthropic import AsyncAnthropic

from . import sdk_internals
from .event_decoder import EventDecoder
from .failures.errors import as_api_error, is_unsent, parse_retry_after
from .read_pace import SlackSeconds, paced
from .whole_answer import BodyRecorder

EventBatches = AsyncIterator[Sequence[Mapping[str, Any]]]
"""The events of an answer: those of one read from the network come together."""

MAX_RETRY_WAIT_SECONDS = 60.0
"""If the API asks to wait no longer than this, the SDK waits and repeats the request by itself. Without this limit
the SDK would wait even a day if the API asked for it. If the API asks for a longer wait, the failure is explained
to the user, who can ask again with a button."""


class AttemptObserver(Protocol):
    """Counts the attempts of a request. The SDK repeats a request by itself, and the API may bill each attempt."""

    def attempt_sent(self) -> None:
        """Count an attempt that is being sent."""

    def attempt_refused(self) -> None:
        """Take the latest attempt back: the API refused it, or it never reached the API."""


class _NullAttemptObserver:
    def attempt_sent(self) -> None:
        pass

    attempt_refused = attempt_sent


@asynccontextmanager
async def open_events(
    client: AsyncAnthropic,
    request: Mapping[str, Any],
    on_activity: Callable[[], None] = lambda: None,
    on_backoff: Callable[[float], None] = lambda _: None,
    attempts: AttemptObserver | None = None,
    before_retry: Callable[[], Awaitable[None]] | None = None,
    slack_seconds: SlackSeconds = lambda: 0.0,
) -> AsyncIterator[EventBatches]:
    """Send a request and yield the events of its reply as they came. Leaving the context closes the connection.

    An event is data and no object of the SDK; `benchmarks/events.py` shows the saving. The SDK's types are made
    once, at the end, for `Chat.message`.

    Args:
        client: The client that sends the request.
        request: The arguments of `messages.create`.
        on_activity: Called when an attempt begins and whenever bytes arrive, also those of pings, which the SDK
            does not pass on.
        on_backoff: Called with the seconds that the SDK waits before another attempt because the API asked for it.
        attempts: Counts the attempts of the SDK that the API may bill.
        before_retry: Called before each attempt after the first. If it raises an error, there is no such attempt.
        slack_seconds: Returns for how many seconds the caller can do without new events.

    Raises:
        APIError: The request failed, or its stream broke off. The exception is one of the SDK's own.
    """
    arguments = as_arguments(client, request)
    hooked = _with_attempt_hooks(client, on_activity, on_backoff, attempts or _NullAttemptObserver(), before_retry)
    sdk_internals.share_platform(client, hooked)
    try:
        stream = await hooked.messages.create(**arguments, stream=True)
    except httpx2.HTTPError as error:
        raise as_api_error(error, _request_of(error, client)) from error
    sdk_internals.share_platform(hooked, client)
    read = _decode if sdk_internals.is_plain_stream(stream) else _read_decoded
    async with stream:
        with paced(stream.response, slack_seconds):
            yield read(stream, on_activity)


async def _decode(stream: Any, on_activity: Callable[[], None]) -> EventBatches:
    """Yield the events of a stream whose body is decoded here, in one generator, which every token passes."""
    response, recorder = stream.response, BodyRecorder()
    decoder, has_found_event = EventDecoder(response), False
    # Without an encoding the bytes need not pass through a decoder.
    is_raw = "content-encoding" not in response.headers and not response.is_stream_consumed
    with _sdk_errors(response, recorder):
        async for chunk in response.aiter_raw() if is_raw else response.aiter_bytes():
            on_activity()
            if not has_found_event:
                recorder.add(chunk)
            events: list[dict[str, Any]] = []
            try:
                decoder.feed(chunk, events)
            finally:
                if events:
                    if not has_found_event:
                        has_found_event = True
                        recorder.found_event()
                    yield events
    if last := list(recorder.events(response)):
        yield last


async def _read_decoded(stream: Any, on_activity: Callable[[], None]) -> EventBatches:
    """Yield the events of a stream that the SDK decodes."""
    response, recorder = stream.response, BodyRecorder()
    _report_bytes(response, on_activity, recorder)
    with _sdk_errors(response, recorder):
        async for event in sdk_internals.plain_events(stream):
            recorder.found_event()
            # A gateway may send anything. A value that is not an object has no kind and is left out.
            if isinstance(event, Mapping):
                yield [event]
    if last := list(recorder.events(response)):
        yield last


@contextmanager
def _sdk_errors(response: httpx2.Response, recorder: BodyRecorder) -> Iterator[None]:
    """Raise errors of the HTTP library and of broken events as the SDK's own."""
    try:
        yield
    except (httpx2.HTTPError, httpx2.StreamError, ValueError) as error:
        # A page in another encoding than UTF-8 fails here, too.
        if not isinstance(error, UnicodeDecodeError) or recorder.has_found_event:
            raise as_api_error(error, response.request) from error


def _with_attempt_hooks(
    client: AsyncAnthropic,
    on_activity: Callable[[], None],
    on_backoff: Callable[[float], None],
    attempts: AttemptObserver,
    before_retry: Callable[[], Awaitable[None]] | None,
) -> AsyncAnthropic:
    """Return a copy of the client that reports each attempt that the SDK makes."""
    has_begun = False

    async def observe(request: Any, call_next: Any) -> Any:
        nonlocal has_begun
        if has_begun and before_retry is not None:
            await before_retry()
        has_begun = True
        on_activity()
        attempts.attempt_sent()
        try:
            response = await call_next(request)
        except Exception as error:
            if is_unsent(error):
                attempts.attempt_refused()
            raise
        if response.status_code >= 400:
            attempts.attempt_refused()
        on_activity()
        seconds = parse_retry_after(response.headers) if response.status_code >= 400 else None
        if seconds is not None and seconds > MAX_RETRY_WAIT_SECONDS:
            response.headers["x-should-retry"] = "false"
        elif seconds:
            on_backoff(seconds)
        return response

    # SDK versions without middleware cannot report attempts. With them the stall timer covers all attempts
    # together, and all attempts count as one.
    if not hasattr(client, "middleware"):
        attempts.attempt_sent()
        if before_retry is not None:
            # The user cannot be asked before another attempt, so there is none.
            return client.with_options(max_retries=0)
        return client
    return client.with_options(middleware=[*client.middleware, observe])


def _report_bytes(response: httpx2.Response, on_activity: Callable[[], None], recorder: BodyRecorder) -> None:
    chunks = response.aiter_bytes

    async def reporting(*size: int) -> AsyncIterator[bytes]:
        async for chunk in chunks(*size):
            on_activity()
            recorder.add(chunk)
            yield chunk

    response.aiter_bytes = reporting  # type: ignore[assignment, method-assign]


def as_arguments(client: AsyncAnthropic, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `messages.create` for a request.

    Fields that only the method for betas takes are sent all the same. The error for any other field names
    `extra_body`, because a field may be newer than the SDK.
    """
    parameters = _parameters_of(client.messages.create)
    unknown = sorted(set(request) - set(parameters))
    if not unknown or any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return dict(request)
    beta = getattr(client, "beta", None)
    of_betas = _parameters_of(beta.messages.create) if beta is not None else {}
    if refused := [name for name in unknown if name not in of_betas]:
        similar = get_close_matches(refused[0], parameters, 1)
        advice = f"did you mean {similar[0]}?" if similar else "check the spelling."
        raise TypeError(
            f"messages.create of anthropic {anthropic.__version__} takes no {', '.join(refused)}; {advice} "
            "A field that the API takes and the SDK does not know goes into extra_body={…}."
        )
    moved = {name: request[name] for name in unknown}
    kept = {name: value for name, value in request.items() if name not in moved}
    return {**kept, "extra_body": {**moved, **(request.get("extra_body") or {})}}


def _parameters_of(create: Any) -> Mapping[str, inspect.Parameter]:
    return _signature_of(getattr(create, "__func__", create)).parameters


@lru_cache(maxsize=8)
def _signature_of(function: Any) -> inspect.Signature:
    """Return a signature, which takes 0.2 ms to make. The methods of a client are the same for each request."""
    return inspect.signature(function)


def _request_of(error: httpx2.HTTPError, client: AsyncAnthropic) -> httpx2.Request:
    try:
        return error.request
    except RuntimeError:
        return httpx2.Request("POST", client.base_url)
