"""The check of earlier turns: what the API accepts passes, and what it refuses is named with the remedy."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.history import check_history
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript

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
        [HELLO, {"role": "system", "content": "Be brief"}, claude(CHECKED_CALL), user(CHECKED_RESULT)],
        [HELLO, claude({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}})],
        [HELLO, claude({"type": "redacted_thinking", "data": "x"}, {"type": "weather"})],
    ],
)
def test_messages_that_the_api_accepts_pass(messages: list[dict[str, Any]]) -> None:
    check_history(messages)


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([HELLO, claude()], r"messages\[1\] is empty; leave it out"),
        ([{"role": "user", "content": " \n"}], r"messages\[0\], block 0, is blank"),
        ([user({"type": "image"}, {"type": "text", "text": ""})], r"messages\[0\], block 1, is blank"),
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
            r"block 0, is tool_use and its id is \['t1'\]; an id is text",
        ),
        (
            [HELLO, claude({**CHECKED_CALL, "id": 1}), user({**CHECKED_RESULT, "tool_use_id": 1})],
            "its id is 1; an id is text",
        ),
        (
            [HELLO, claude(CHECKED_CALL), user({**CHECKED_RESULT, "tool_use_id": {}})],
            r"its tool_use_id is \{\}; an id is text",
        ),
        ([HELLO, claude(CHECKED_CALL), user({"type": "tool_result"})], "its tool_use_id is None"),
        ([HELLO, claude({"type": "mcp_tool_use"})], "is mcp_tool_use and its id is None"),
        ([HELLO, claude({"type": "web_search_tool_result", "tool_use_id": [1]})], "is web_search_tool_result and"),
    ],
)
def test_messages_that_the_api_refuses_raise_an_error_with_the_remedy(
    messages: list[dict[str, Any]], words: str
) -> None:
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
def test_the_messages_of_a_conversation_pass_and_start_another_conversation(replies: list[Any]) -> None:
    """Calls were run or not, replies continued after them, and the user passes right and wrong results."""
    transcript, ids, passed_result = Transcript(), iter(range(10_000)), -1
    for rounds, is_continued, status, stray in replies:
        transcript.add_turn(
            "user", [{"type": "text", "text": "Hi"}, {**CHECKED_RESULT, "tool_use_id": str(passed_result)}]
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
            if is_continued and number == 1:
                transcript.transition(Status.STOPPED, 1.0)
                transcript.reopen_reply(2.0, is_continuation=True)
            passed_result = int(calls[-1]) - stray if calls else stray
        transcript.transition(status, 1.0)
    sent = transcript.messages()
    check_history(sent)
    other = Transcript()
    for message in sent:
        other.add_turn(message["role"], message["content"])
    assert other.messages() == sent


class CountedId(str):
    """An id that counts how often one is compared with another."""

    __slots__ = ()
    times = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        CountedId.times += 1
        return super().__eq__(other)


def test_the_work_grows_linearly_with_the_number_of_calls() -> None:
    names = [CountedId(f"t{number}") for number in range(1_000)]
    # The results have id objects of their own, so that equal ids are compared and not recognised by identity.
    results = [{**CHECKED_RESULT, "tool_use_id": CountedId(name)} for name in names]
    CountedId.times = 0
    check_history([HELLO, claude(*({**CHECKED_CALL, "id": name} for name in names)), user(*results)])
    # A search in lists would make a million comparisons.
    assert 0 < CountedId.times <= 10 * 1_000
