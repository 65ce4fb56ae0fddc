import { expect, test } from "vitest";
import cases from "../../../../tests/fixtures/saved_output.json" with { type: "json" };
import type { Op, Role } from "../../../src/core/protocol.ts";
import { type SavedTurn, savedTurns, sideBySide, toOutput } from "../../../src/core/saved/saved-output.ts";
import { apply, newTranscript } from "../../../src/core/transcript.ts";

test.each(cases)("both sides write the same: $name", ({ turns, output: expected }) => {
  expect(toOutput(turns as SavedTurn[])).toEqual(expected);
});

function saved(role: Role, text: string, note = ""): SavedTurn {
  return { role, parts: text ? [{ kind: "text", text, result: "" }] : [], note };
}

test.each<[string, Op[], string]>([
  ["runs", [], "This answer was still being written when the notebook was saved."],
  ["is done", [{ op: "reply", status: "done", stop_reason: "end_turn" }], ""],
  [
    "was stopped",
    [{ op: "reply", status: "stopped", stop_reason: "user", note: "You stopped." }],
    "You stopped.",
  ],
  ["failed", [{ op: "reply", status: "failed", error: "The network failed." }], "The network failed."],
])("the saved form of an answer that %s", (_, end, note) => {
  const transcript = newTranscript();
  const ops: Op[] = [
    { op: "turn", id: "t1", role: "user" },
    { op: "block", type: "text" },
    { op: "text", text: "Hi" },
    { op: "turn", id: "t2", role: "assistant" },
    { op: "reply", status: "waiting" },
    { op: "block", type: "text" },
    { op: "text", text: "Hello" },
    ...end,
  ];
  apply(transcript, { v: 1, kind: "update", base: 0, seq: 0, ops }, 0);
  expect(savedTurns(transcript.turns)).toEqual([saved("user", "Hi"), saved("assistant", "Hello", note)]);
});

test("several conversations have their names as headings", () => {
  const asked = saved("user", "Hi");
  const chats = [
    ["a_model", [asked, saved("assistant", "Hello <b>")]],
    ["<b>", [asked, saved("assistant", "", "It failed.")]],
  ] as const;
  expect(sideBySide(chats)).toEqual({
    "text/markdown": "**a_model**\n\nHello &lt;b>\n\n**&lt;b>**\n\n*It failed.*",
    "text/plain": "a_model: Hello <b> <b>: (It failed.)",
  });
});
