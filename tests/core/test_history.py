"""Messages that the API would refuse, and those that it takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.core.history import check_history
from nbstream.core.ops import Status
from nbstream.core.transcript import Transcript

CALL = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "4"}
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
        [HELLO, claude(SIGNED, CALL), user(RESULT, {"type": "text", "text": "And?"})],
        [HELLO, claude(CALL), user({"type": "image"}), user(RESULT)],
        [HELLO, claude({"type": "text", "text": "Let me see"}), claude(CALL), user(RESULT)],
        [HELLO, claude(CALL)],
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
        ([HELLO, claude(CALL), HELLO], r"'t1' \(tool_use\) has no tool_result"),
        ([HELLO, claude(CALL), user(OTHER)], "'t1'"),
        ([HELLO, claude(CALL), user(RESULT, OTHER)], "tool_result for 't2'"),
        ([user(RESULT)], "tool_result for 't1' answers no tool_use"),
        ([HELLO, claude(CALL), user(RESULT), claude({"type": "text", "text": "4"}), user(RESULT)], "answers no"),
        (
            [HELLO, claude({**CALL, "id": ["t1"]}), user(RESULT)],
            r"part 0, is tool_use and its id is \['t1'\]; it is text",
        ),
        ([HELLO, claude({**CALL, "id": 1}), user({**RESULT, "tool_use_id": 1})], "its id is 1; it is text"),
        ([HELLO, claude(CALL), user({**RESULT, "tool_use_id": {}})], r"its tool_use_id is \{\}; it is text"),
        ([HELLO, claude(CALL), user({"type": "tool_result"})], "its tool_use_id is None"),
        ([HELLO, claude({"type": "mcp_tool_use"})], "is mcp_tool_use and its id is None"),
        ([HELLO, claude({"type": "web_search_tool_result", "tool_use_id": [1]})], "is web_search_tool_result and"),
    ],
)
def test_what_the_api_would_refuse_is_told_with_what_to_do(messages: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_history(messages)


BLOCKS = st.lists(
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
ROUNDS = st.lists(st.tuples(BLOCKS, st.lists(st.booleans(), min_size=5, max_size=5)), max_size=4)
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
        transcript.add_turn("user", [{"type": "text", "text": "Hi"}, {**RESULT, "tool_use_id": str(brought)}])
        transcript.ask(0.0)
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
                transcript.move(Status.STOPPED, 1.0)
                transcript.ask_again(2.0, go_on=True)
            brought = int(calls[-1]) - stray if calls else stray
        transcript.move(status, 1.0)
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
    results = [{**RESULT, "tool_use_id": Compared(name)} for name in names]
    Compared.times = 0
    check_history([HELLO, claude(*({**CALL, "id": name} for name in names)), user(*results)])
    # In lists it is a million.
    assert 0 < Compared.times <= 10 * 1_000
