"""The messages of a request after continuations, calls and refusals; more in test_transcript.py."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise, takewhile
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.messages import TAIL_CHARS, Group, _answered_ids, build_messages
from nbstream.core.ops import Status
from nbstream.core.reply import LEFT_OUT_NOTE, Reply
from nbstream.core.required_fields import has_required_fields
from nbstream.core.transcript import Transcript
from nbstream.core.turn import Block, Turn, is_call

USER = {"role": "user", "content": "Hello"}


def write(transcript: Transcript, text: str, status: Status = Status.STOPPED, type_: str = "text") -> None:
    transcript.open_block(type_)
    transcript.add_text(text)
    transcript.close_block()
    transcript.transition(status, 2.0, stop_reason="user")


def roles(messages: list[dict[str, Any]]) -> list[str]:
    return [message["role"] for message in messages]


def test_a_continuation_is_requested_by_a_user_turn_with_the_end_of_the_text(transcript: Transcript) -> None:
    write(transcript, "x" * 1000 + " the very end")
    transcript.reopen_reply(3.0, is_continuation=True)
    first, partial, request = transcript.messages(is_continuation=True)
    assert first == USER
    assert partial["content"] == [{"type": "text", "text": "x" * 1000 + " the very end"}]
    assert request["role"] == "user"
    assert ("x" * 1000 + " the very end")[-TAIL_CHARS:] in request["content"]
    assert "x" * TAIL_CHARS not in request["content"]


def test_a_continued_answer_is_sent_with_the_requests_between_its_parts(transcript: Transcript) -> None:
    write(transcript, "Once upon")
    transcript.reopen_reply(3.0, is_continuation=True)
    write(transcript, " a time", Status.DONE)
    transcript.add_turn("user", "And then?")
    messages = transcript.messages()
    assert roles(messages) == ["user", "assistant", "user", "assistant", "user"]
    assert "Once upon" in messages[2]["content"]
    assert messages[3]["content"] == [{"type": "text", "text": " a time"}]


def test_a_continuation_without_text_leaves_no_trace(transcript: Transcript) -> None:
    write(transcript, "Once upon")
    transcript.reopen_reply(3.0, is_continuation=True)
    transcript.transition(Status.FAILED, 4.0)
    assert roles(transcript.messages()) == ["user", "assistant"]
    transcript.reopen_reply(5.0, is_continuation=True)
    assert roles(transcript.messages(is_continuation=True)) == ["user", "assistant", "user"]


def test_a_refused_reply_is_left_out_together_with_its_question(transcript: Transcript) -> None:
    write(transcript, "Hi", Status.DONE)
    for text in ("Something bad", "Something worse"):
        transcript.add_turn("user", text)
        transcript.open_reply(3.0)
        transcript.open_block("text")
        transcript.add_text("I can")
        transcript.transition(Status.DONE, 4.0, stop_reason="refusal")
    transcript.add_turn("user", "Something else")
    assert [message["content"] for message in transcript.messages()] == [
        "Hello",
        [{"type": "text", "text": "Hi"}],
        "Something else",
    ]


def test_a_question_that_the_api_refused_is_left_out_and_earlier_messages_stay(transcript: Transcript) -> None:
    transcript.transition(Status.FAILED, 2.0, error="Refused.", is_left_out=True)
    assert transcript.messages() == []
    transcript.add_turn("user", "Context")
    transcript.add_turn("user", "What is in this?")
    transcript.open_reply(3.0)
    transcript.transition(Status.FAILED, 4.0, error="Refused.", is_left_out=True)
    assert transcript.turns[-1].reply is not None
    assert transcript.turns[-1].reply.note == LEFT_OUT_NOTE
    transcript.add_turn("user", "And then?")
    assert [message["content"] for message in transcript.messages()] == ["Context", "And then?"]
    # The reply may be the first turn, after an edit of messages that were loaded.
    transcript.open_reply(5.0, after="")
    transcript.transition(Status.FAILED, 6.0, is_left_out=True)
    assert transcript.messages() == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["text", "thinking", "redacted_thinking"]), st.text(max_size=5), st.booleans()),
        max_size=8,
    )
)
def test_after_any_continuations_the_messages_begin_and_end_with_the_user(
    steps: list[tuple[str, str, bool]],
) -> None:
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    transcript.open_reply(0.0)
    for type_, text, is_continuation in steps:
        write(transcript, text, type_=type_)
        transcript.reopen_reply(1.0, is_continuation=is_continuation)
        if not is_continuation:
            transcript.drop_blocks()
    transcript.transition(Status.STOPPED, 2.0)
    transcript.add_turn("user", "And?")
    messages = build_messages(transcript.turns)
    assert messages[0] == USER
    assert messages[-1] == {"role": "user", "content": "And?"}
    for message in messages:
        blocks = message["content"] if isinstance(message["content"], list) else []
        assert all(block["type"] == "text" and block["text"].strip() for block in blocks)


def test_a_blank_question_is_not_sent(transcript: Transcript) -> None:
    write(transcript, "Hi", Status.DONE)
    transcript.add_turn("user", " \n")
    assert roles(transcript.messages()) == ["user", "assistant"]


CALL = {"type": "tool_use", "id": "t1", "name": "f", "input": {"x": 1}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "4"}
SPOKEN = {"type": "text", "text": "Let me see."}
PASSED = [
    USER,
    {"role": "assistant", "content": [SPOKEN, CALL]},
    {"role": "user", "content": [RESULT]},
    {"role": "assistant", "content": [{"type": "text", "text": "Four."}]},
]


def conversation(messages: list[dict[str, Any]]) -> Transcript:
    transcript = Transcript()
    for message in messages:
        transcript.add_turn(message["role"], message["content"])
    return transcript


def test_calls_and_results_that_the_user_passes_stay_together() -> None:
    assert conversation(PASSED).messages() == PASSED
    more = {"role": "user", "content": [{**RESULT, "tool_use_id": "t2"}]}
    two = [USER, {"role": "assistant", "content": [CALL, {**CALL, "id": "t2"}]}, PASSED[2], more]
    assert conversation(two).messages() == two


def test_a_result_that_the_user_passes_later_is_sent_with_its_call(transcript: Transcript) -> None:
    transcript.open_block("tool_use", 0.0, {"id": "t1", "name": "f"})
    transcript.add_text('{"x": 1}')
    transcript.close_block()
    transcript.transition(Status.DONE, 2.0, stop_reason="tool_use")
    assert transcript.messages() == [USER]
    transcript.add_turn("user", [RESULT])
    assert transcript.messages() == [USER, {"role": "assistant", "content": [CALL]}, PASSED[2]]


def test_a_result_without_its_call_is_not_sent() -> None:
    assert conversation([USER, PASSED[2]]).messages() == [USER]
    answer = {"role": "assistant", "content": [SPOKEN]}
    assert conversation([USER, answer, PASSED[2], USER]).messages() == [USER, answer, USER]
    late = [USER, PASSED[1], answer, PASSED[2]]
    assert conversation(late).messages() == [USER, answer, answer]


def call(id_: str, text: str = '{"a": 1}', *, is_closed: bool = True, type_: str = "tool_use") -> Block:
    return Block(type_, {"id": id_, "name": "f"}, [text] if text else [], is_closed)


def result(id_: str, type_: str = "tool_result") -> Block:
    return Block(type_, {"tool_use_id": id_, "content": "3"}, is_closed=True)


def text_block(text: str) -> Block:
    return Block("text", {}, [text], is_closed=True)


def signed() -> Block:
    return Block("thinking", {"signature": "s"}, ["Hm."], is_closed=True)


QUESTION = Turn("t1", "user", blocks=[text_block("Hello")])


def sent(*blocks: Block, continuations: tuple[int, ...] = (), **more: bool) -> list[tuple[str, list[str]]]:
    """Return the roles and the kinds of blocks that are sent of an answer."""
    turn = Turn("t2", "assistant", "t1", list(blocks), Reply(), list(continuations))
    return [
        (m["role"], ["go on"] if isinstance(m["content"], str) else [block["type"] for block in m["content"]])
        for m in build_messages([QUESTION, turn], **more)[1:]
    ]


def test_the_results_of_calls_are_the_users_next_message() -> None:
    assert sent(text_block("Let me see"), call("a"), call("b"), result("b"), result("a"), text_block("Done")) == [
        ("assistant", ["text", "tool_use", "tool_use"]),
        ("user", ["tool_result", "tool_result"]),
        ("assistant", ["text"]),
    ]


def test_a_call_without_its_result_is_left_out_and_its_neighbours_stay() -> None:
    assert sent(text_block("Let me see"), call("a"), call("b"), result("b")) == [
        ("assistant", ["text", "tool_use"]),
        ("user", ["tool_result"]),
    ]


def test_thinking_before_a_call_that_is_left_out_is_left_out_too() -> None:
    assert sent(text_block("Let me see"), signed(), call("a")) == [("assistant", ["text"])]
    assert sent(signed(), call("a")) == []


def test_a_reply_continues_after_results_without_a_request() -> None:
    assert sent(text_block("Let me see"), call("a"), result("a"), is_continuation=True)[-1] == (
        "user",
        ["tool_result"],
    )
    assert sent(call("a"), result("a"), text_block("It is 3"), continuations=(2,)) == [
        ("assistant", ["tool_use"]),
        ("user", ["tool_result"]),
        ("assistant", ["text"]),
    ]


def test_a_running_reply_is_sent_with_the_calls_that_the_api_has_to_answer() -> None:
    blocks = text_block("Let me search"), call("s", type_="server_tool_use"), call("a"), result("a")
    assert sent(*blocks)[0] == ("assistant", ["text", "tool_use"])
    assert sent(*blocks, is_running=True)[0] == ("assistant", ["text", "server_tool_use", "tool_use"])


def test_the_blocks_of_a_failed_attempt_are_not_sent_by_a_running_reply() -> None:
    left = (
        Block("thinking", {}, is_closed=True),
        call("b", ""),
        call("s", "", is_closed=False, type_="server_tool_use"),
    )
    assert sent(call("a"), result("a"), *left, is_running=True)[-1] == ("user", ["tool_result"])


def test_an_api_tools_result_stands_in_the_same_message_as_its_call() -> None:
    found = call("s", type_="server_tool_use"), result("s", "web_search_tool_result")
    assert sent(*found, text_block("Found")) == [
        ("assistant", ["server_tool_use", "web_search_tool_result", "text"])
    ]
    assert sent(result("s", "web_search_tool_result"), text_block("Found")) == [("assistant", ["text"])]


def test_code_that_calls_the_users_tools_has_its_result_after_theirs() -> None:
    code, done = call("s", type_="server_tool_use"), result("s", "code_execution_tool_result")
    blocks = code, call("a"), result("a"), call("b"), result("b"), done, text_block("Done")
    assert sent(*blocks) == [
        ("assistant", ["server_tool_use", "tool_use"]),
        ("user", ["tool_result"]),
        ("assistant", ["tool_use"]),
        ("user", ["tool_result"]),
        ("assistant", ["code_execution_tool_result", "text"]),
    ]
    # A question in between, or a continuation, ends the code.
    assert sent(code, text_block("Hm"), done, continuations=(2,))[0] == ("assistant", ["text"])
    # The same turns as a caller has them.
    turns = [
        QUESTION,
        *(
            Turn("t", role, blocks=list(part))
            for role, part in (
                ("assistant", blocks[:2]),
                ("user", blocks[2:3]),
                ("assistant", blocks[3:4]),
                ("user", blocks[4:5]),
                ("assistant", blocks[5:]),
            )
        ),
    ]
    assert [block["type"] for block in build_messages(turns)[1]["content"]] == ["server_tool_use", "tool_use"]


def test_a_reply_that_is_continued_from_results_is_sent_with_the_code_that_waits_for_them() -> None:
    code = call("s", type_="server_tool_use")
    blocks = code, call("a"), result("a")
    for boundaries in ((), (3,)):
        assert sent(*blocks, continuations=boundaries, is_continuation=True)[0] == (
            "assistant",
            ["server_tool_use", "tool_use"],
        )
    # Code of an earlier part, which broke off, waits for nothing.
    again = call("t", type_="server_tool_use"), call("b"), result("b")
    kinds = sent(code, text_block("Hm"), *again, continuations=(2,), is_running=True)
    assert kinds[0] == ("assistant", ["text"])
    assert kinds[2] == ("assistant", ["server_tool_use", "tool_use"])


def test_a_turn_of_the_system_is_sent_where_it_stands() -> None:
    transcript = Transcript()
    for role, text in (("user", "Hello"), ("system", "Be brief"), ("user", "And?")):
        transcript.add_turn(role, text)  # type: ignore[arg-type]  the roles are those of the API
    assert transcript.messages() == [
        {"role": "user", "content": "Hello"},
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": "And?"},
    ]
    # A call is answered by the message right after it.
    turns = [
        Turn("t1", "assistant", blocks=[text_block("Hm"), call("a")]),
        Turn("t2", "system", blocks=[text_block("Be brief")]),
        Turn("t3", "user", blocks=[result("a"), text_block("And?")]),
    ]
    assert [message["role"] for message in build_messages(turns)] == ["assistant", "system", "user"]
    assert build_messages(turns)[2]["content"] == "And?"


def test_a_block_of_an_unknown_kind_is_sent_as_it_came_once_it_is_complete() -> None:
    for kind in ("compaction", "poem"):
        came = Block(kind, {"content": None, "encrypted_content": "x"}, ["shown"], is_closed=True)
        turn = Turn("t2", "assistant", "t1", [came], Reply())
        assert build_messages([QUESTION, turn])[1]["content"] == [
            {"type": kind, "content": None, "encrypted_content": "x"}
        ]
        came.is_closed = False
        assert len(build_messages([QUESTION, turn])) == 1


def test_arguments_that_are_not_a_json_object_are_sent_back_as_text() -> None:
    turn = Turn("t2", "assistant", "t1", [call("a", '{"a": '), result("a"), call("b", "[1]"), result("b")])
    messages = build_messages([QUESTION, turn])
    assert messages[1]["content"][0]["input"] == {"INVALID_JSON": '{"a": '}
    assert messages[3]["content"][0]["input"] == {"INVALID_JSON": "[1]"}


def test_calls_that_the_user_answers_are_kept_with_their_results() -> None:
    messages = [
        {"role": "user", "content": "Add"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "add", "input": {"n": 1}}]},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Here"},
                {"type": "tool_result", "tool_use_id": "a", "content": "2"},
            ],
        },
        {"role": "assistant", "content": [{"type": "text", "text": "Two."}]},
    ]
    transcript = Transcript()
    for message in messages:
        transcript.add_turn(message["role"], message["content"])
    messages[2]["content"].reverse()
    assert transcript.messages() == messages


def test_a_refused_question_is_left_out_and_the_results_before_it_stay() -> None:
    before = Turn("t2", "assistant", "t1", [call("a"), result("a")], Reply())
    question = Turn("t3", "user", "t2", [text_block("Bad")])
    refused = Turn("t4", "assistant", "t3", [], Reply(stop_reason="refusal"))
    kinds = [message["role"] for message in build_messages([QUESTION, before, question, refused])]
    assert kinds == ["user", "assistant", "user"]


IDS = st.sampled_from("abc")
BLOCKS = st.one_of(
    st.builds(text_block, st.sampled_from(["Hi", " ", "", "end"])),
    st.builds(call, IDS, st.sampled_from(["", "{}", '{"a": 1}', '{"a', "[]"]), is_closed=st.booleans()),
    st.builds(result, IDS),
    st.builds(Block, st.just("thinking"), st.sampled_from([{}, {"signature": ""}, {"signature": "s"}])),
    st.builds(Block, st.just("redacted_thinking"), is_closed=st.booleans()),
)
TURNS = st.builds(
    Turn,
    st.just("t"),
    st.sampled_from(["user", "assistant"]),
    blocks=st.lists(BLOCKS, max_size=7),
    reply=st.sampled_from([None, Reply(), Reply(stop_reason="refusal")]),
    continuations=st.lists(st.integers(0, 7), max_size=2).map(sorted),
).filter(lambda turn: turn.role == "assistant" or turn.reply is None)


def joined(messages: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Join neighbouring messages of one role, as the API does."""
    read: list[tuple[str, list[dict[str, Any]]]] = []
    for message in messages:
        text = [{"type": "text", "text": message["content"]}]
        content = text if isinstance(message["content"], str) else message["content"]
        assert content
        if read and read[-1][0] == message["role"]:
            read[-1][1].extend(content)
        else:
            read.append((message["role"], list(content)))
    return read


def ids(content: list[dict[str, Any]], type_: str, key: str) -> list[str]:
    return [block[key] for block in content if block["type"] == type_]


@given(st.lists(TURNS, max_size=6), st.booleans(), st.booleans())
def test_the_api_accepts_the_messages_of_any_conversation(
    turns: list[Turn], is_continuation: bool, is_running: bool
) -> None:
    # Only a turn that was requested can continue.
    asked = bool(turns) and turns[-1].role == "assistant"
    read = joined(
        build_messages(turns, is_continuation=is_continuation and asked, is_running=is_running and asked)
    )
    for (role, content), (_, after) in pairwise([*read, ("user", [])]):
        calls = ids(content, "tool_use", "id")
        assert len(set(calls)) == len(calls)
        if role == "assistant":
            results = ids(after, "tool_result", "tool_use_id")
            assert sorted(calls) == sorted(results)
            assert [block["type"] for block in after[: len(results)]] == ["tool_result"] * len(results)
            assert not content[-1]["type"].endswith("thinking")
        else:
            assert calls == []
        for block in content:
            assert block["type"] != "text" or block["text"].strip()
            assert block["type"] != "thinking" or block["signature"]
            assert block["type"] != "tool_use" or isinstance(block["input"], dict)
    # No conversation begins with a result.
    assert not read or read[0][0] == "assistant" or not ids(read[0][1], "tool_result", "tool_use_id")
    assert not (is_continuation and asked and read) or read[-1][0] == "user"


def test_a_result_after_other_blocks_is_moved_before_them() -> None:
    call = Block("tool_use", {"id": "a", "name": "f"}, ["{}"], is_closed=True)
    result = Block("tool_result", {"tool_use_id": "a", "content": "4"}, is_closed=True)
    spoken, more = (Block("text", {}, [text], is_closed=True) for text in ("Hi", "And?"))
    turns = [
        Turn("t1", "user", blocks=[spoken]),
        Turn("t2", "assistant", blocks=[call]),
        Turn("t3", "user", blocks=[spoken]),
        Turn("t4", "user", blocks=[result, more]),
        Turn("t5", "user", blocks=[more]),
    ]
    _, _, last = build_messages(turns)
    assert [block.get("text", "4") for block in last["content"]] == ["4", "Hi", "And?", "And?"]


def results_after(groups: list[Group], place: int) -> list[Block]:
    """Return all blocks of the user's groups directly after a group."""
    following = takewhile(lambda group: group[0] == "user", islice(groups, place + 1, None))
    return [block for _, blocks in following for block in blocks]


def own_results(groups: list[Group], place: int) -> list[Block]:
    """Return the blocks of a group and of those that go on after results of the user's tools."""
    blocks = list(groups[place][1])
    results = [block for block in results_after(groups, place) if block.type == "tool_result"]
    if any(has_required_fields(result.type, result.param) for result in results):
        rest = range(place + 1, len(groups))
        blocks += next((own_results(groups, i) for i in rest if groups[i][0] == "assistant"), [])
    return blocks


def answered_by_search(groups: list[Group]) -> set[int]:
    """Find the same as `_answered_ids` by a search after each message: simple, and quadratic."""
    answered: set[int] = set()
    for place, (role, blocks) in enumerate(groups):
        after = results_after(groups, place)
        calls = {
            block.param.get("id"): block
            for block in blocks
            if is_call(block.type) and block.is_closed and has_required_fields(block.type, block.param)
        }
        for name, call in calls.items() if role == "assistant" else ():
            own = call.type == "tool_use"
            for result in after if own else own_results(groups, place):
                if not has_required_fields(result.type, result.param):
                    continue
                fits = result.type == "tool_result" if own else result.type.endswith("_tool_result")
                if fits and result.param.get("tool_use_id") == name:
                    answered |= {id(call), id(result)}
                    break
    return answered


ANY_IDS = st.sampled_from(["a", "b", None, 1])
CALL_OR_RESULT = st.one_of(
    st.builds(
        call,
        ANY_IDS,
        is_closed=st.booleans(),
        type_=st.sampled_from(["tool_use", "server_tool_use", "mcp_tool_use"]),
    ),
    st.builds(result, ANY_IDS, st.sampled_from(["tool_result", "web_search_tool_result", "mcp_tool_result"])),
)


@given(
    st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.lists(CALL_OR_RESULT, max_size=5)), max_size=8)
)
def test_calls_and_results_are_matched_as_by_a_full_search(groups: list[Group]) -> None:
    assert _answered_ids(groups) == answered_by_search(groups)


def test_an_id_that_is_a_list_answers_nothing() -> None:
    odd: Any = ["a"]
    assert sent(call(odd), result(odd), text_block("Hm")) == [("assistant", ["text"])]


class CountedBlocks(list[Block]):
    """Blocks that count how often they are iterated."""

    times = 0

    def __iter__(self) -> Iterator[Block]:
        CountedBlocks.times += 1
        return super().__iter__()

    def __reversed__(self) -> Iterator[Block]:
        CountedBlocks.times += 1
        return super().__reversed__()


def test_the_work_grows_linearly_with_the_number_of_messages() -> None:
    turns = [Turn("t", "user", blocks=CountedBlocks([text_block("a")])) for _ in range(2_000)]
    CountedBlocks.times = 0
    assert len(build_messages(turns)) == 2_000
    # A search after each message would make two million.
    assert CountedBlocks.times <= 5 * 2_000
