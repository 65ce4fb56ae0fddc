"""What a request sends of a reply that went on, was asked again or refused; the rest is in test_transcript.py."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise, takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.messages import TAIL_CHARS, Group, _answered_ids, build_messages, check_history
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript
from nbstream.core.turn import Block, Reply, Turn, is_call

USER = {"role": "user", "content": "Hello"}


def write(transcript: Transcript, text: str, status: Status = Status.STOPPED, type_: str = "text") -> None:
    transcript.open_block(type_)
    transcript.add_text(text)
    transcript.close_block()
    transcript.transition(status, 2.0, stop_reason="user")


def roles(messages: list[dict[str, Any]]) -> list[str]:
    return [message["role"] for message in messages]


def test_going_on_is_asked_for_by_a_user_with_the_end_of_what_came(transcript: Transcript) -> None:
    write(transcript, "x" * 1000 + " the very end")
    transcript.reopen_reply(3.0, is_continuation=True)
    first, partial, wish = transcript.messages(is_continuation=True)
    assert first == USER
    assert partial["content"] == [{"type": "text", "text": "x" * 1000 + " the very end"}]
    assert wish["role"] == "user"
    assert ("x" * 1000 + " the very end")[-TAIL_CHARS:] in wish["content"]
    assert "x" * TAIL_CHARS not in wish["content"]


def test_a_continued_answer_is_sent_as_it_came_about(transcript: Transcript) -> None:
    write(transcript, "Once upon")
    transcript.reopen_reply(3.0, is_continuation=True)
    write(transcript, " a time", Status.DONE)
    transcript.add_turn("user", "And then?")
    messages = transcript.messages()
    assert roles(messages) == ["user", "assistant", "user", "assistant", "user"]
    assert "Once upon" in messages[2]["content"]
    assert messages[3]["content"] == [{"type": "text", "text": " a time"}]


def test_a_continuation_of_which_nothing_came_leaves_no_trace(transcript: Transcript) -> None:
    write(transcript, "Once upon")
    transcript.reopen_reply(3.0, is_continuation=True)
    transcript.transition(Status.FAILED, 4.0)
    assert roles(transcript.messages()) == ["user", "assistant"]
    transcript.reopen_reply(5.0, is_continuation=True)
    assert roles(transcript.messages(is_continuation=True)) == ["user", "assistant", "user"]


def test_a_refused_reply_goes_together_with_its_question(transcript: Transcript) -> None:
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


@given(
    st.lists(
        st.tuples(st.sampled_from(["text", "thinking", "redacted_thinking"]), st.text(max_size=5), st.booleans()),
        max_size=8,
    )
)
def test_whatever_was_continued_the_request_begins_and_ends_with_the_user(
    steps: list[tuple[str, str, bool]],
) -> None:
    transcript = Transcript()
    transcript.add_turn("user", "Hello")
    transcript.open_reply(0.0)
    for type_, text, go_on in steps:
        write(transcript, text, type_=type_)
        transcript.reopen_reply(1.0, is_continuation=go_on)
        if not go_on:
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
SAID = {"type": "text", "text": "Let me see."}
BROUGHT = [
    USER,
    {"role": "assistant", "content": [SAID, CALL]},
    {"role": "user", "content": [RESULT]},
    {"role": "assistant", "content": [{"type": "text", "text": "Four."}]},
]


def conversation(messages: list[dict[str, Any]]) -> Transcript:
    transcript = Transcript()
    for message in messages:
        transcript.add_turn(message["role"], message["content"])
    return transcript


def test_calls_and_results_that_a_reader_brings_stay_together() -> None:
    assert conversation(BROUGHT).messages() == BROUGHT
    more = {"role": "user", "content": [{**RESULT, "tool_use_id": "t2"}]}
    two = [USER, {"role": "assistant", "content": [CALL, {**CALL, "id": "t2"}]}, BROUGHT[2], more]
    assert conversation(two).messages() == two


def test_a_result_that_is_brought_later_goes_with_its_call(transcript: Transcript) -> None:
    transcript.open_block("tool_use", 0.0, {"id": "t1", "name": "f"})
    transcript.add_text('{"x": 1}')
    transcript.close_block()
    transcript.transition(Status.DONE, 2.0, stop_reason="tool_use")
    assert transcript.messages() == [USER]
    transcript.add_turn("user", [RESULT])
    assert transcript.messages() == [USER, {"role": "assistant", "content": [CALL]}, BROUGHT[2]]


def test_a_result_without_its_call_is_not_sent() -> None:
    assert conversation([USER, BROUGHT[2]]).messages() == [USER]
    answer = {"role": "assistant", "content": [SAID]}
    assert conversation([USER, answer, BROUGHT[2], USER]).messages() == [USER, answer, USER]
    late = [USER, BROUGHT[1], answer, BROUGHT[2]]
    assert conversation(late).messages() == [USER, answer, answer]


def call(id_: str, text: str = '{"a": 1}', *, is_closed: bool = True, type_: str = "tool_use") -> Block:
    return Block(type_, {"id": id_, "name": "f"}, [text] if text else [], is_closed)


def result(id_: str, type_: str = "tool_result") -> Block:
    return Block(type_, {"tool_use_id": id_, "content": "3"}, is_closed=True)


def said(text: str) -> Block:
    return Block("text", {}, [text], is_closed=True)


def signed() -> Block:
    return Block("thinking", {"signature": "s"}, ["Hm."], is_closed=True)


QUESTION = Turn("t1", "user", blocks=[said("Hello")])


def sent(*blocks: Block, continuations: tuple[int, ...] = (), **more: bool) -> list[tuple[str, list[str]]]:
    """What is sent of an answer: who, and the kinds of what."""
    turn = Turn("t2", "assistant", "t1", list(blocks), Reply(), list(continuations))
    return [
        (m["role"], ["go on"] if isinstance(m["content"], str) else [block["type"] for block in m["content"]])
        for m in build_messages([QUESTION, turn], **more)[1:]
    ]


def test_the_results_of_calls_are_the_users_next_message() -> None:
    assert sent(said("Let me see"), call("a"), call("b"), result("b"), result("a"), said("Done")) == [
        ("assistant", ["text", "tool_use", "tool_use"]),
        ("user", ["tool_result", "tool_result"]),
        ("assistant", ["text"]),
    ]


def test_a_call_without_its_result_goes_and_its_neighbours_stay() -> None:
    assert sent(said("Let me see"), call("a"), call("b"), result("b")) == [
        ("assistant", ["text", "tool_use"]),
        ("user", ["tool_result"]),
    ]


def test_what_was_thought_before_a_call_that_goes_goes_with_it() -> None:
    assert sent(said("Let me see"), signed(), call("a")) == [("assistant", ["text"])]
    assert sent(signed(), call("a")) == []


def test_a_reply_goes_on_from_results_without_being_asked_to() -> None:
    assert sent(said("Let me see"), call("a"), result("a"), is_continuation=True)[-1] == ("user", ["tool_result"])
    assert sent(call("a"), result("a"), said("It is 3"), continuations=(2,)) == [
        ("assistant", ["tool_use"]),
        ("user", ["tool_result"]),
        ("assistant", ["text"]),
    ]


def test_a_running_reply_is_sent_with_what_the_api_still_has_to_answer() -> None:
    blocks = said("Let me search"), call("s", type_="server_tool_use"), call("a"), result("a")
    assert sent(*blocks)[0] == ("assistant", ["text", "tool_use"])
    assert sent(*blocks, is_running=True)[0] == ("assistant", ["text", "server_tool_use", "tool_use"])


def test_what_a_failed_attempt_left_behind_is_not_sent_by_a_running_reply() -> None:
    left = (
        Block("thinking", {}, is_closed=True),
        call("b", ""),
        call("s", "", is_closed=False, type_="server_tool_use"),
    )
    assert sent(call("a"), result("a"), *left, is_running=True)[-1] == ("user", ["tool_result"])


def test_an_api_tools_result_stands_in_the_same_message_as_its_call() -> None:
    found = call("s", type_="server_tool_use"), result("s", "web_search_tool_result")
    assert sent(*found, said("Found")) == [("assistant", ["server_tool_use", "web_search_tool_result", "text"])]
    assert sent(result("s", "web_search_tool_result"), said("Found")) == [("assistant", ["text"])]


def test_arguments_that_are_no_json_object_go_back_as_the_text_they_are() -> None:
    turn = Turn("t2", "assistant", "t1", [call("a", '{"a": '), result("a"), call("b", "[1]"), result("b")])
    messages = build_messages([QUESTION, turn])
    assert messages[1]["content"][0]["input"] == {"INVALID_JSON": '{"a": '}
    assert messages[3]["content"][0]["input"] == {"INVALID_JSON": "[1]"}


def test_calls_and_results_of_a_reader_who_answers_them_are_kept() -> None:
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


def test_a_refused_question_goes_without_the_results_before_it() -> None:
    before = Turn("t2", "assistant", "t1", [call("a"), result("a")], Reply())
    question = Turn("t3", "user", "t2", [said("Bad")])
    refused = Turn("t4", "assistant", "t3", [], Reply(stop_reason="refusal"))
    kinds = [message["role"] for message in build_messages([QUESTION, before, question, refused])]
    assert kinds == ["user", "assistant", "user"]


IDS = st.sampled_from("abc")
BLOCKS = st.one_of(
    st.builds(said, st.sampled_from(["Hi", " ", "", "end"])),
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
    """The messages as the API reads them: neighbours of one role are one."""
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
def test_whatever_happened_the_api_takes_it(turns: list[Turn], is_continuation: bool, is_running: bool) -> None:
    # Only a turn that was asked for goes on.
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
    # A result opens no conversation.
    assert not read or read[0][0] == "assistant" or not ids(read[0][1], "tool_result", "tool_use_id")
    assert not (is_continuation and asked and read) or read[-1][0] == "user"


def test_a_result_that_comes_after_something_else_goes_before_it() -> None:
    call = Block("tool_use", {"id": "a", "name": "f"}, ["{}"], is_closed=True)
    result = Block("tool_result", {"tool_use_id": "a", "content": "4"}, is_closed=True)
    said, more = (Block("text", {}, [text], is_closed=True) for text in ("Hi", "And?"))
    turns = [
        Turn("t1", "user", blocks=[said]),
        Turn("t2", "assistant", blocks=[call]),
        Turn("t3", "user", blocks=[said]),
        Turn("t4", "user", blocks=[result, more]),
        Turn("t5", "user", blocks=[more]),
    ]
    _, _, last = build_messages(turns)
    assert [block.get("text", "4") for block in last["content"]] == ["4", "Hi", "And?", "And?"]


def plainly_answered(groups: list[Group]) -> set[int]:
    """What `_answered` gives, by looking through all that follows each message: simple, and quadratic."""
    answered: set[int] = set()
    for place, (role, blocks) in enumerate(groups):
        following = takewhile(lambda group: group[0] == "user", islice(groups, place + 1, None))
        after = [block for _, results in following for block in results]
        calls = {block.param.get("id"): block for block in blocks if is_call(block.type) and block.is_closed}
        for name, call in calls.items() if role == "assistant" else ():
            own = call.type == "tool_use"
            for result in after if own else blocks:
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
def test_calls_and_results_find_each_other_as_if_each_looked_through_all(groups: list[Group]) -> None:
    assert _answered_ids(groups) == plainly_answered(groups)


def test_an_id_that_is_a_list_answers_nothing() -> None:
    odd: Any = ["a"]
    assert sent(call(odd), result(odd), said("Hm")) == [("assistant", ["text"])]


class Looked(list[Block]):
    """Blocks that count how often they are gone through."""

    times = 0

    def __iter__(self) -> Iterator[Block]:
        Looked.times += 1
        return super().__iter__()

    def __reversed__(self) -> Iterator[Block]:
        Looked.times += 1
        return super().__reversed__()


def test_each_message_is_looked_at_a_few_times_however_many_there_are() -> None:
    turns = [Turn("t", "user", blocks=Looked([said("a")])) for _ in range(2_000)]
    Looked.times = 0
    assert len(build_messages(turns)) == 2_000
    # Each through all that follow: two million.
    assert Looked.times <= 5 * 2_000


CHECKED_CALL = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
CHECKED_RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "4"}
OTHER = {"type": "tool_result", "tool_use_id": "t2", "content": "4"}
SIGNED = {"type": "thinking", "thinking": "", "signature": "s"}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def claude(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


HELLO = {"role": "user", "content": "Hello"}


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [HELLO],
        [HELLO, HELLO],
        [{"role": "assistant", "content": "Hi"}],
        [HELLO, claude(SIGNED, CHECKED_CALL), user(CHECKED_RESULT, {"type": "text", "text": "And?"})],
        [HELLO, claude(CHECKED_CALL), user({"type": "image"}), user(CHECKED_RESULT)],
        [HELLO, claude({"type": "text", "text": "Let me see"}), claude(CHECKED_CALL), user(CHECKED_RESULT)],
        [HELLO, claude(CHECKED_CALL)],
        [HELLO, claude({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}})],
        [HELLO, claude({"type": "redacted_thinking", "data": "x"}, {"type": "weather"})],
    ],
)
def test_what_the_api_takes_passes(messages: list[dict[str, Any]]) -> None:
    check_history(messages)


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([HELLO, claude()], r"messages\[1\] is empty; leave it out"),
        ([{"role": "user", "content": " \n"}], r"messages\[0\], part 0, is blank"),
        ([user({"type": "image"}, {"type": "text", "text": ""})], r"messages\[0\], part 1, is blank"),
        ([user({"type": "text"})], "blank text"),
        ([HELLO, claude({"type": "thinking", "thinking": "Hm", "signature": ""})], "without its signature"),
        ([HELLO, claude({"type": "thinking", "thinking": "Hm"})], "without its signature"),
        ([HELLO, claude(CHECKED_CALL), HELLO], r"'t1' \(tool_use\) has no tool_result"),
        ([HELLO, claude(CHECKED_CALL), user(OTHER)], "'t1'"),
        ([HELLO, claude(CHECKED_CALL), user(CHECKED_RESULT, OTHER)], "tool_result for 't2'"),
        ([user(CHECKED_RESULT)], "tool_result for 't1' answers no tool_use"),
        (
            [
                HELLO,
                claude(CHECKED_CALL),
                user(CHECKED_RESULT),
                claude({"type": "text", "text": "4"}),
                user(CHECKED_RESULT),
            ],
            "answers no",
        ),
        (
            [HELLO, claude({**CHECKED_CALL, "id": ["t1"]}), user(CHECKED_RESULT)],
            r"part 0, is tool_use and its id is \['t1'\]; it is text",
        ),
        (
            [HELLO, claude({**CHECKED_CALL, "id": 1}), user({**CHECKED_RESULT, "tool_use_id": 1})],
            "its id is 1; it is text",
        ),
        (
            [HELLO, claude(CHECKED_CALL), user({**CHECKED_RESULT, "tool_use_id": {}})],
            r"its tool_use_id is \{\}; it is text",
        ),
        ([HELLO, claude(CHECKED_CALL), user({"type": "tool_result"})], "its tool_use_id is None"),
        ([HELLO, claude({"type": "mcp_tool_use"})], "is mcp_tool_use and its id is None"),
        ([HELLO, claude({"type": "web_search_tool_result", "tool_use_id": [1]})], "is web_search_tool_result and"),
    ],
)
def test_what_the_api_would_refuse_is_told_with_what_to_do(messages: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_history(messages)


CHECKED_BLOCKS = st.lists(
    st.sampled_from(
        [
            ("text", {}, "Hi"),
            ("text", {}, " "),
            ("thinking", {"signature": "s"}, "Hm"),
            ("thinking", {"signature": ""}, "Hm"),
            ("server_tool_use", {}, "{}"),
            ("server_tool_use", {"found": []}, "{}"),
            ("tool_use", {}, "{}"),
            ("tool_use", {}, '{"x'),
        ]
    )
)
ROUNDS = st.lists(st.tuples(CHECKED_BLOCKS, st.lists(st.booleans(), min_size=5, max_size=5)), max_size=4)
REPLIES = st.lists(
    st.tuples(
        ROUNDS, st.booleans(), st.sampled_from([Status.DONE, Status.STOPPED, Status.FAILED]), st.integers(0, 3)
    )
)


@given(REPLIES)
def test_what_a_conversation_sends_is_never_refused_and_goes_on_in_another_one(replies: list[Any]) -> None:
    """Calls were run or not, a reply went on after them, and the reader brings results, right and wrong ones."""
    transcript, ids, brought = Transcript(), iter(range(10_000)), -1
    for rounds, goes_on, status, stray in replies:
        transcript.add_turn(
            "user", [{"type": "text", "text": "Hi"}, {**CHECKED_RESULT, "tool_use_id": str(brought)}]
        )
        transcript.open_reply(0.0)
        for number, (blocks, run) in enumerate(rounds):
            calls = []
            for type_, param, text in blocks:
                id_ = str(next(ids))
                rest = {"id": id_, "name": "f"} if type_.endswith("tool_use") else dict(param)
                calls += [id_] if type_ == "tool_use" else []
                transcript.open_block(type_, 0.0, rest)
                transcript.add_text(text)
                transcript.close_block()
                if "found" in param:
                    found = {"tool_use_id": id_, "content": param["found"]}
                    transcript.open_block("web_search_tool_result", 0.0, found)
                    transcript.close_block()
            for call, was_run in zip(calls, run, strict=False):
                if was_run:
                    transcript.open_block("tool_result", 0.0, {"tool_use_id": call, "content": "4"})
                    transcript.close_block()
            if goes_on and number == 1:
                transcript.transition(Status.STOPPED, 1.0)
                transcript.reopen_reply(2.0, is_continuation=True)
            brought = int(calls[-1]) - stray if calls else stray
        transcript.transition(status, 1.0)
    sent = transcript.messages()
    check_history(sent)
    other = Transcript()
    for message in sent:
        other.add_turn(message["role"], message["content"])
    assert other.messages() == sent


class Compared(str):
    """An id that counts how often one is compared with another."""

    __slots__ = ()
    times = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return super().__eq__(other)


def test_each_call_finds_its_result_at_once_however_many_there_are() -> None:
    names = [Compared(f"t{number}") for number in range(1_000)]
    # The results have ids of their own, so that equal ones are compared and not known by what they are.
    results = [{**CHECKED_RESULT, "tool_use_id": Compared(name)} for name in names]
    Compared.times = 0
    check_history([HELLO, claude(*({**CHECKED_CALL, "id": name} for name in names)), user(*results)])
    # In lists it is a million.
    assert 0 < Compared.times <= 10 * 1_000
