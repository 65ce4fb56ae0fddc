import { expect, test } from "vitest";
import fixture from "../../../tests/fixtures/page_record.json";
import { cutOff, opsOf, recordsOf } from "../../src/core/history.ts";
import type { Op } from "../../src/core/protocol.ts";
import { apply, newTranscript, type Transcript } from "../../src/core/transcript.ts";
import { ANSWER, QUESTION, text } from "../fakes.ts";

function transcriptOf(ops: readonly unknown[], now?: number): Transcript {
  const transcript = newTranscript();
  const seq = ops.length;
  apply(transcript, { v: 1, kind: "update", base: 0, seq, ops: ops as Op[], ...(now && { now }) }, 1_000);
  return transcript;
}

test("a conversation is recorded with all versions, as far as the page knows it", () => {
  expect(recordsOf(transcriptOf(fixture.ops))).toEqual(fixture.records);
});

test("a message whose files are lost says so once, however often it is moved", () => {
  const [first] = fixture.records;
  const blocks = first?.blocks.flatMap(({ content, text, data }) => [
    { op: "block", type: content.type, data: data ?? {} },
    { op: "text", text },
    { op: "close" },
  ]);
  const again = transcriptOf([{ op: "turn", id: "t1", role: "user" }, ...(blocks ?? [])]);
  expect(recordsOf(again)[0]?.blocks).toHaveLength(3);
});

test("a running reply is stopped where it was cut off, and keeps its text and its figures", () => {
  const call = { op: "call", call: "c1", state: "running", at: 20 };
  const usage = { op: "reply", status: "streaming", at: 21, usage: { output_tokens: 3 }, cost: 0.5 };
  const transcript = transcriptOf([...QUESTION, ...ANSWER, call, usage, text("Hel")], 40);
  expect(cutOff(transcript, 1_030)).toEqual([]);
  const turn = transcript.turns.at(-1);
  expect(turn?.blocks.map(({ parts, closedAt }) => [parts.join(""), closedAt])).toEqual([["Hel", 70]]);
  expect(turn?.calls.get("c1")?.state).toBe("stopped");
  expect(turn?.reply).toMatchObject({
    status: "stopped",
    stopReason: "restarted",
    note: "A restart cut the answer off here.",
    ended: 70,
    usage: { output_tokens: 3 },
    cost: 0.5,
  });
  expect(recordsOf(transcript)).toHaveLength(2);
});

test("messages that wait are given back, and an ended reply stays as it is", () => {
  const queued = { op: "queue", key: "k", text: "Next", files: ["a.txt"] };
  const ended = { op: "reply", status: "done", at: 3, stop_reason: "end_turn" };
  const transcript = transcriptOf([...QUESTION, ended, queued]);
  expect(cutOff(transcript, 1_030)).toEqual([{ key: "k", text: "Next", files: ["a.txt"] }]);
  expect(transcript.queue.size).toBe(0);
  expect(transcript.turns.at(-1)?.reply).toMatchObject({ status: "done", ended: 3 });
  expect(cutOff(newTranscript(), 5)).toEqual([]);
});

test("a reply of an unknown clock is cut off when it began", () => {
  const transcript = transcriptOf([...QUESTION.slice(0, -1), { op: "reply", status: "waiting", at: 9 }]);
  cutOff(transcript, 1_030);
  expect(transcript.turns.at(-1)?.reply).toMatchObject({ status: "stopped", ended: 9 });
});

test("the records make the same conversation again on the page", () => {
  const again = transcriptOf(opsOf(fixture.records));
  const file = fixture.records[0]?.blocks.at(-1);
  if (file) Object.assign(file, { is_closed: true, data: {}, seconds: [0, 0] });
  expect(recordsOf(again)).toEqual(fixture.records);
  expect(again.turns.map(({ id }) => id)).toEqual(["t1", "t2"]);
  expect(opsOf([])).toEqual([]);
});

test("a reply that was cut off says so again", () => {
  const transcript = transcriptOf([...QUESTION, ...ANSWER, text("Hel")], 40);
  cutOff(transcript, 1_030);
  expect(transcriptOf(opsOf(recordsOf(transcript))).turns.at(-1)?.reply).toMatchObject({
    status: "stopped",
    note: "A restart cut the answer off here.",
  });
});
