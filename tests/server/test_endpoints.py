"""The endpoints: streams are opened, read, left, resumed, stopped and refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from claude_server import ClaudeServer, prose
from server.asgi import Exchange, text_of
from server.conftest import NewApp

from nbstream.claude.demo import reply_events
from nbstream.server import Limits, create_app

pytestmark = pytest.mark.anyio

ASK = {"prompt": "Hi"}
ID = "a-name-nobody-guesses"


def ask(app: Any, body: Any = ASK, **more: Any) -> Exchange:
    return Exchange(app, "POST", "/api/stream", body, **more)


async def wait_until_closed(claude: ClaudeServer, name: str) -> None:
    """Wait until the latest request of a scenario is closed."""
    await asyncio.to_thread(claude.wait_for, lambda: not claude.records_of(name)[-1].is_open, 5)


async def test_an_answer_can_be_read_from_three_shapes_of_events(claude: ClaudeServer, new_app: NewApp) -> None:
    text = ["Hello", " wörld", "\r\n", "😀"]
    app = await new_app("app-plain", {"text": text, "thinking": ["Hm."], "rate": None})
    async with ask(app) as exchange:
        events = await exchange.events()
    assert exchange.status == 200
    assert exchange.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert exchange.headers["cache-control"] == "no-cache, no-transform"
    assert exchange.headers["x-accel-buffering"] == "no"
    assert exchange.headers["connection"] == "keep-alive"
    assert text_of(events) == "".join(text)
    assert text_of(events, "thinking") == "Hm."
    [done] = [data for _, data in events if "done" in data]
    assert (done["done"], done["stop_reason"], done["usage"]["output_tokens"]) == (True, "end_turn", 5)
    assert "said" not in {key for _, data in events for key in data}
    stream = exchange.headers["x-stream-id"]
    places = [int(name.rpartition("-")[2]) for name, _ in events]
    assert all(name.startswith(f"{stream}-") for name, _ in events)
    assert places == sorted(places)
    assert events[0][1].keys() == {"stream", "now", "resume_for"}
    sent = claude.records_of("app-plain")[-1].body
    assert (sent["max_tokens"], sent["thinking"]["type"], sent["stream"]) == (64_000, "adaptive", True)


async def test_the_whole_conversation_is_sent_to_claude(claude: ClaudeServer, new_app: NewApp) -> None:
    app = await new_app("app-turns", {"text": "C", "rate": None})
    answer = {"role": "assistant", "content": [{"type": "text", "text": "B"}]}
    turns = [{"role": "user", "content": "A"}, answer, {"role": "user", "content": "C?"}]
    async with ask(app, {"messages": turns, "system": "Be brief", "max_tokens": 9}) as exchange:
        assert text_of(await exchange.events()) == "C"
    sent = claude.records_of("app-turns")[-1].body
    assert (sent["messages"], sent["system"], sent["max_tokens"]) == (turns, "Be brief", 9)


async def test_a_failure_is_an_error_without_details_of_the_account(new_app: NewApp) -> None:
    app = await new_app("app-401", {"status": (401, "authentication_error")})
    async with ask(app) as exchange:
        name, error = (await exchange.events())[-1]
    assert error["error"].startswith("Claude refused the request; this server's operator")
    assert "Scripted" not in error["error"]
    assert error["status"] == "failed"
    assert name.startswith(exchange.headers["x-stream-id"])


@pytest.mark.parametrize("scenario", [{"first": 60.0}, {"headless": True, "first": 60.0}, {"stall_after": 3}, {}])
async def test_a_reader_who_leaves_closes_the_request_to_claude(
    claude: ClaudeServer, new_app: NewApp, scenario: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name = f"app-leave-{'-'.join(scenario)}"
    app = await new_app(name, {"text": prose(1000), **scenario})
    async with ask(app) as exchange:
        await asyncio.to_thread(claude.wait_for, lambda: claude.records_of(name))
        if "first" not in scenario:
            await exchange.event_with("text")
    await wait_until_closed(claude, name)
    async with Exchange(app, "GET", f"/api/stream/{exchange.headers['x-stream-id']}") as again:
        assert again.status == 404


async def test_delete_stops_the_stream_for_all_readers_and_never_the_next_answer(
    claude: ClaudeServer, new_app: NewApp
) -> None:
    app = await new_app("app-delete", {"text": prose(1000)})
    async with ask(app, {**ASK, "id": ID}) as exchange, Exchange(app, "GET", f"/api/stream/{ID}") as other:
        await exchange.event_with("text")
        for _ in range(2):
            async with Exchange(app, "DELETE", f"/api/stream/{ID}") as stop:
                assert stop.status == 204
        for reader in (exchange, other):
            _, done = await reader.event_with("done")
            assert (done["status"], done["stop_reason"]) == ("stopped", "user")
    await wait_until_closed(claude, "app-delete")
    async with ask(app) as following:
        await following.event_with("text")
        async with Exchange(app, "DELETE", f"/api/stream/{ID}") as late:
            assert late.status == 204
        await following.event_with("text")


async def test_a_stop_that_arrives_before_its_question_stops_it(claude: ClaudeServer, new_app: NewApp) -> None:
    app = await new_app("app-overtaken", {"text": prose(1000)})
    async with Exchange(app, "DELETE", f"/api/stream/{ID}") as stop:
        assert stop.status == 204
    async with ask(app, {**ASK, "id": ID}) as exchange:
        assert (await exchange.event_with("done"))[1]["stop_reason"] == "user"
    assert not [record for record in claude.records_of("app-overtaken") if record.is_open]


async def test_a_reader_who_comes_back_gets_exactly_the_missing_events(
    claude: ClaudeServer, new_app: NewApp
) -> None:
    text = prose(120)
    app = await new_app("app-resume", {"text": text, "rate": 200}, resume_for=30)
    read, last = "", {}
    body = {**ASK, "id": ID}
    while True:
        async with ask(app, body, **last) as exchange:
            assert exchange.status == 200
            first = await exchange.event()
            assert first is not None
            assert first[1]["resume_for"] == 30
            name, data = await exchange.event_with("text") if len(read) < 300 else (None, {})
            if name is None:
                read += text_of(await exchange.events())
                break
            read += data["text"]
            last = {"last_event_id": name}
    assert read == "".join(text)
    assert len(claude.records_of("app-resume")) == 1
    # The stream has ended, and is kept for a reader who lost its end.
    async with Exchange(app, "GET", f"/api/stream/{ID}") as again:
        assert text_of(await again.events()) == "".join(text)


async def test_resuming_an_answer_that_is_gone_does_not_ask_claude_again(
    claude: ClaudeServer, new_app: NewApp
) -> None:
    app = await new_app("app-gone", {"text": "Hello", "rate": None})
    async with ask(app, {**ASK, "id": ID}, last_event_id=f"{ID}-9") as exchange:
        assert exchange.status == 410
        assert "ask again" in (await exchange.json())["error"]
    assert not claude.records_of("app-gone")


async def test_last_event_id_must_be_an_id_of_the_stream(new_app: NewApp) -> None:
    app = await new_app("app-place", {"text": "Hello", "rate": None}, resume_for=30)
    async with ask(app, {**ASK, "id": ID}) as exchange:
        await exchange.events()
    for wrong in ("7", f"{ID}-", f"{ID}-x", f"{ID}-99999", f"other-{ID}-1", f"{ID}-²"):
        async with Exchange(app, "GET", f"/api/stream/{ID}", last_event_id=wrong) as again:
            assert again.status == 410
            assert "not here any more" in (await again.json())["error"]


async def test_an_event_id_of_an_earlier_stream_with_the_same_id_is_refused(new_app: NewApp) -> None:
    app = await new_app("app-stem", {"text": "Hello", "rate": None})
    names = []
    for _ in range(2):
        async with ask(app, {**ASK, "id": ID}) as exchange:
            names.append((await exchange.event_with("text"))[0])
            async with Exchange(app, "GET", f"/api/stream/{ID}", last_event_id=names[0]) as again:
                assert again.status == (200 if len(names) == 1 else 410)
    assert names[0].rpartition("-")[2] == names[1].rpartition("-")[2]


async def test_a_plain_event_source_on_an_answer_that_it_has_stops_asking(new_app: NewApp) -> None:
    app = await new_app("app-event-source", {"text": "Hello", "rate": None}, resume_for=30)
    async with ask(app, {**ASK, "id": ID}) as exchange:
        events = await exchange.events()
    last, before = events[-1][0], events[-2][0]
    async with Exchange(app, "GET", f"/api/stream/{ID}", last_event_id=last) as again:
        assert (again.status, await again.body()) == (204, b"")
    async with Exchange(app, "GET", f"/api/stream/{ID}", last_event_id=before) as again:
        assert (again.status, len(await again.events())) == (200, 2)
    # A client that asks by POST reads the stream's description, and one without an event reads it all.
    async with ask(app, {**ASK, "id": ID}, last_event_id=last) as again:
        assert (again.status, len(await again.events())) == (200, 1)
    async with Exchange(app, "GET", f"/api/stream/{ID}") as again:
        assert text_of(await again.events()) == "Hello"


async def test_a_plain_event_source_goes_on_while_the_answer_does(new_app: NewApp) -> None:
    app = await new_app("app-event-source-on", {"text": prose(500)}, resume_for=30)
    async with ask(app, {**ASK, "id": ID}) as exchange:
        last, _ = await exchange.event_with("text")
        async with Exchange(app, "GET", f"/api/stream/{ID}", last_event_id=last) as again:
            assert again.status == 200
            await again.event_with("text")


async def test_a_page_continues_its_conversation_with_commands(claude: ClaudeServer, new_app: NewApp) -> None:
    app = await new_app("app-chat", {"text": "Yes.", "rate": None})
    prompt = {"v": 1, "kind": "prompt", "page": "p", "key": "k1", "text": "One?"}
    async with ask(app, {"chat": True, "id": ID}) as page:
        for key, text in [("k1", "One?"), ("k1", "One?"), ("k2", "Two?")]:
            async with Exchange(app, "POST", f"/api/stream/{ID}", {**prompt, "key": key, "text": text}) as answer:
                assert answer.status == 204
            if key == "k2" or not claude.records_of("app-chat"):
                await page.event_with("done")
        for wrong, said in [
            ({"v": 1, "kind": "ack", "page": "p", "seq": 1}, "is not a command"),
            (5, "object"),
            (b"{", "JSON"),
            (b'{"v": 1, "kind": "stop", "page": ' + b"[" * 900 + b"]" * 900 + b', "turn": "t"}', "not str"),
        ]:
            async with Exchange(app, "POST", f"/api/stream/{ID}", wrong) as refused:
                assert refused.status == 400
                assert said in (await refused.json())["error"]
    assert [len(record.body["messages"]) for record in claude.records_of("app-chat")] == [1, 3]
    # The page is reloaded, and its conversation is still there.
    async with ask(app, {"chat": True, "id": ID}) as page:
        assert [await page.event_with("said") for _ in range(2)][-1][1] == {"said": "Two?"}


async def test_requests_that_cannot_be_served_are_refused_with_a_sentence(new_app: NewApp) -> None:
    app = await new_app("app-refused", {"text": "Yes."}, limits=Limits(body_bytes=100))
    cases = [
        (ask(app, {"promt": "Hi"}), 400),
        (ask(app, {"prompt": "x" * 200}), 413),
        (ask(app, b"x" * 200, content_length="7"), 413),
        (ask(app, b"", content_length="999999999"), 413),
        (Exchange(app, "GET", f"/api/stream/{ID}"), 404),
        (Exchange(app, "POST", f"/api/stream/{ID}", {}), 404),
        (Exchange(app, "GET", "/static/../app.py"), 404),
        (Exchange(app, "GET", "/static/widget.js"), 404),
        (Exchange(app, "GET", "/nothing"), 404),
        (Exchange(app, "PUT", "/api/stream"), 405),
    ]
    for exchange, status in cases:
        async with exchange:
            assert exchange.status == status
            assert (await exchange.json())["error"].endswith((".", '"}.'))


async def test_a_frame_with_too_many_items_is_refused(new_app: NewApp) -> None:
    app = await new_app("app-things", {}, limits=Limits(prompt_characters=100))
    async with ask(app, {"chat": True, "id": ID}) as page:
        await page.event_with("stream")
        async with Exchange(app, "POST", f"/api/stream/{ID}", b"[" + b"[]," * 200 + b"0]") as answer:
            assert answer.status == 413


async def test_an_error_inside_the_server_is_not_shown_to_the_caller(new_app: NewApp) -> None:
    def authorize(_: object) -> str:
        raise RuntimeError("sk-secret in /srv")

    app = await new_app("app-broken", {}, authorize=authorize)
    exchange = await ask(app).__aenter__()
    assert exchange.status == 500
    assert (await exchange.json())["error"].startswith("This server has failed;")
    # It is raised again for the server's log.
    with pytest.raises(RuntimeError, match="sk-secret"):
        await exchange.task


async def test_claude_learns_why_a_tool_failed_and_the_reader_does_not(
    claude: ClaudeServer, new_app: NewApp
) -> None:
    def look() -> str:
        """Look."""
        raise FileNotFoundError("/srv/secret/db.sqlite")

    call = reply_events([("tool_use", {"id": "c1", "name": "look"}, ["{}"])], stop_reason="tool_use")
    claude.url("app-told", text="I see.")
    app = await new_app("app-tool", {"events": list(call), "then": "app-told"}, tools=[look])
    async with ask(app) as exchange:
        shown = [data["data"] for _, data in await exchange.events() if data.get("type") == "tool_result"]
    assert shown == [{"call": "c1", "error": True, "text": "The tool failed: FileNotFoundError."}]
    [result] = claude.records_of("app-tool")[-1].body["messages"][-1]["content"]
    assert result["content"] == "FileNotFoundError: /srv/secret/db.sqlite"


async def test_half_a_character_is_refused_or_replaced(claude: ClaudeServer, new_app: NewApp) -> None:
    app = await new_app("app-half", {"text": "Yes.", "rate": None})
    for body in ({"prompt": "a\ud800"}, {"prompt": "x", "f\ud800": 1}):
        async with ask(app, body) as refused:
            assert refused.status == 400
            assert "half a character" in (await refused.json())["error"]
    prompt = {"v": 1, "kind": "prompt", "page": "p", "key": "k\ud800", "text": "a\ud800"}
    async with ask(app, {"chat": True, "id": ID}) as page:
        async with Exchange(app, "POST", f"/api/stream/{ID}", prompt) as answer:
            assert answer.status == 204
        assert (await page.event_with("said"))[1] == {"said": "a\ufffd"}
        await page.event_with("done")
    assert claude.records_of("app-half")[-1].body["messages"][-1]["content"] == "a\ufffd"


async def test_a_body_that_does_not_arrive_in_time_is_refused(new_app: NewApp) -> None:
    app = await new_app("app-slow-body", {}, limits=Limits(body_seconds=0.01))
    exchange = ask(app)
    exchange._to_app.get_nowait()
    async with exchange:
        assert exchange.status == 408
    exchange = ask(app)
    exchange._to_app.get_nowait()
    exchange.disconnect()
    async with exchange:
        assert exchange.status == 408


async def test_a_stream_has_a_limit_of_readers(new_app: NewApp) -> None:
    app = await new_app("app-readers", {"text": prose(200)}, limits=Limits(readers_per_stream=1))
    async with ask(app, {**ASK, "id": ID}) as first:
        await first.event()
        async with Exchange(app, "GET", f"/api/stream/{ID}") as second:
            assert second.status == 429


async def test_a_head_request_does_not_count_as_a_reader(claude: ClaudeServer, new_app: NewApp) -> None:
    app = await new_app("app-head", {"text": prose(5000)}, limits=Limits(readers_per_stream=2))
    name = "a-name-nobody-guesses"
    async with Exchange(app, "POST", "/api/stream", {"prompt": "Hi", "id": name}) as reader:
        await reader.event_with("text")
        for _ in range(3):
            async with Exchange(app, "HEAD", f"/api/stream/{name}") as head:
                assert (head.status, await head.body()) == (200, b"")
                assert head.headers["content-type"].startswith("text/event-stream")
        await reader.event_with("text")
    await asyncio.to_thread(claude.wait_for, lambda: not claude.records_of("app-head")[-1].is_open)


async def test_another_callers_stream_counts_as_missing(claude: ClaudeServer, new_app: NewApp) -> None:
    app = await new_app(
        "app-callers", {"text": prose(500)}, authorize=lambda request: request.headers.get("x-name")
    )
    async with ask(app, {**ASK, "id": ID}, x_name="ada") as mine:
        await mine.event_with("text")
        for method, status in [("GET", 404), ("POST", 404), ("DELETE", 204)]:
            async with Exchange(app, method, f"/api/stream/{ID}", {}, x_name="eve") as theirs:
                assert theirs.status == status
        async with ask(app, {**ASK, "id": ID}, x_name="eve") as taken:
            assert taken.status == 409
        async with ask(app) as nobody:
            assert nobody.status == 401
        await mine.event_with("text")
        assert claude.records_of("app-callers")[-1].is_open


async def test_an_answer_that_spends_the_budget_is_stopped(claude: ClaudeServer, new_app: NewApp) -> None:
    limits = Limits(dollars_per_day=0.001)
    app = await new_app("app-dollars", {"text": prose(2000), "rate": None}, limits=limits)
    async with ask(app) as exchange:
        _, done = await exchange.event_with("done")
    assert done["stop_reason"] == "budget"
    async with ask(app) as exchange:
        assert exchange.status == 429
        assert "midnight UTC" in (await exchange.json())["error"]
    # A page reads it in place of its reply.
    async with ask(app, {"chat": True, "id": ID}) as page:
        prompt = {"v": 1, "kind": "prompt", "page": "p", "key": "k1", "text": "One?"}
        async with Exchange(app, "POST", f"/api/stream/{ID}", prompt) as answer:
            assert answer.status == 204
        assert "midnight UTC" in (await page.event_with("error"))[1]["error"]
    assert len(claude.records_of("app-dollars")) == 1


@pytest.mark.parametrize("resume_for", [0.0, 30.0])
async def test_a_refused_answer_ends_its_stream(resume_for: float, claude: ClaudeServer, new_app: NewApp) -> None:
    app = await new_app("app-too-dear", {}, limits=Limits(dollars_per_day=0.001), resume_for=resume_for)
    async with Exchange(app, "POST", "/api/stream", {"prompt": "x" * 3000}) as exchange, asyncio.timeout(5):
        *_, (_, last) = await exchange.events()
    assert "would cost about $0.0188 before the first word" in last["error"]
    assert claude.records_of("app-too-dear") == []


async def test_the_page_may_load_only_scripts_of_this_server(new_app: NewApp) -> None:
    app = await new_app("app-page", {})
    async with Exchange(app, "GET", "/static/widget.css") as exchange:
        assert exchange.status == 200
        policy = exchange.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy


async def test_the_servers_end_closes_its_requests_to_claude(claude: ClaudeServer) -> None:
    import anthropic

    client = anthropic.AsyncAnthropic(api_key="k", base_url=claude.url("app-end", text=prose(1000)), max_retries=0)
    app = create_app(client=client)
    async with app.router.lifespan_context(app):
        exchange = ask(app)
        await exchange.__aenter__()
        await exchange.event_with("text")
    _, done = await exchange.event_with("done")
    assert done["stop_reason"] == "closed"
    await wait_until_closed(claude, "app-end")
    await exchange.__aexit__()


@pytest.mark.parametrize("stream_id", ["short", "x" * 65, "with%20a%20space%20in%20it"])
async def test_of_an_id_that_no_stream_can_have_nothing_is_remembered(new_app: NewApp, stream_id: str) -> None:
    app = await new_app("app-no-id", {}, limits=Limits())
    for method in ("DELETE", "GET"):
        async with Exchange(app, method, f"/api/stream/{stream_id}") as answer:
            assert answer.status == 404


async def test_a_conversation_of_an_earlier_server_goes_on_at_this_one(
    claude: ClaudeServer, new_app: NewApp
) -> None:
    app = await new_app("app-kept", {"text": "C", "rate": None})
    texts = [("t1", "", "user", "A"), ("t2", "t1", "assistant", "B")]
    turns = [
        {
            "id": name,
            "after": after,
            "role": role,
            "is_shown": True,
            "blocks": [{"content": {"type": "text"}, "text": text}],
            **({"reply": {"status": "stopped", "stop_reason": "restarted"}} if role == "assistant" else {}),
        }
        for name, after, role, text in texts
    ]
    async with ask(app, {"chat": True, "id": ID, "turns": turns}):
        pass
    async with ask(app, {"chat": True, "id": ID}) as page:
        while (await page.event_with("op"))[1].get("stop_reason") != "restarted":
            pass
        prompt = {"v": 1, "kind": "prompt", "page": "p", "key": "k", "text": "C?"}
        async with Exchange(app, "POST", f"/api/stream/{ID}", prompt) as command:
            assert command.status == 204
        while (await page.event_with("op"))[1].get("stop_reason") != "end_turn":
            pass
    sent = claude.records_of("app-kept")[-1].body["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert "B" in str(sent[1])
