import { expect, test } from "vitest";
import fixture from "../../../tests/fixtures/frames.json" with { type: "json" };
import type { CallState, Op, Role, Update } from "../../src/core/protocol.ts";
import { isRunning } from "../../src/core/reply.ts";
import {
  apply,
  lastReply,
  newTranscript,
  type Transcript,
  type Turn,
  versionsOf,
} from "../../src/core/transcript.ts";
import { textOf } from "../../src/core/turn-text.ts";
import { seeded } from "./random.ts";

function frame(ops: Op[], more: Partial<Update> = {}): Update {
  return { v: 1, kind: "update", base: 0, seq: ops.length, ops, ...more };
}

test("the menu of models is the latest one, and does not end a stall", () => {
  const transcript = newTranscript();
  const names = ["a", "b"];
  apply(
    transcript,
    frame([
      { op: "turn", id: "t1", role: "assistant" },
      { op: "reply", status: "waiting" },
      { op: "stalled", since: 1 },
      { op: "models", names, chosen: "a" },
      { op: "models", names, chosen: "b" },
    ]),
    0,
  );
  expect(transcript.models).toEqual({ names, chosen: "b" });
  expect(lastReply(transcript)?.reply.stalled).toBeDefined();
});

test("a notice is the latest one, and does not end a stall", () => {
  const transcript = newTranscript();
  const op = "notice";
  const before: Op[] = [
    { op: "turn", id: "t1", role: "assistant" },
    { op: "reply", status: "waiting" },
    { op: "stalled", since: 1 },
  ];
  apply(transcript, frame([...before, { op, message: "Full." }]), 0);
  expect(transcript.notice).toBe("Full.");
  expect(lastReply(transcript)?.reply.stalled).toBeDefined();
  apply(transcript, frame([{ op, message: "" }]), 0);
  expect(transcript.notice).toBe("");
});

test("the fixture's conversation is applied correctly", () => {
  const transcript = newTranscript();
  const updates = fixture.frames.filter(({ wire }) => wire.kind === "update").slice(0, 4);
  for (const { wire } of updates) apply(transcript, wire as Update, 200);
  expect(transcript.turns.map((turn) => [turn.role, textOf(turn)])).toEqual([
    ["user", "Explain CRDTs 🐍"],
    ["assistant", 'A **CRDT** is\n"data"…'],
  ]);
  const reply = lastReply(transcript);
  expect(reply && textOf(reply, "thinking")).toBe("Hm.");
  expect(reply?.reply).toEqual({
    status: "done",
    began: 100.25,
    ended: 103,
    stopReason: "end_turn",
    error: undefined,
    note: undefined,
    isLeftOut: false,
    usage: { input_tokens: 10, output_tokens: 9 },
    firstTextAt: 100.75,
    countedChars: 24,
  });
  expect(isRunning(reply?.reply)).toBe(false);
});

test("a reply that waits or streams is running", () => {
  const transcript = newTranscript();
  expect(lastReply(transcript)).toBeUndefined();
  expect(isRunning(undefined)).toBe(false);
  apply(transcript, frame([{ op: "turn", id: "t1", role: "assistant" }]), 0);
  for (const status of ["waiting", "streaming"] as const) {
    apply(transcript, frame([{ op: "reply", status, at: 5 }]), 0);
    expect(isRunning(lastReply(transcript)?.reply)).toBe(true);
  }
});

test("another attempt drops the blocks of the first", () => {
  const transcript = newTranscript();
  const ops: Op[] = [
    { op: "turn", id: "t1", role: "assistant" },
    { op: "block", type: "thinking" },
    { op: "close" },
    { op: "drop" },
    { op: "block", type: "text" },
    { op: "text", text: "Hi" },
  ];
  apply(transcript, frame(ops), 0);
  expect(transcript.turns[0]?.attempt).toBe(1);
  expect(transcript.turns[0]?.blocks.map((block) => block.type)).toEqual(["text"]);
});

test("a continued turn notes where its continuations begin", () => {
  const transcript = newTranscript();
  const ops: Op[] = [
    { op: "turn", id: "t1", role: "assistant" },
    { op: "reply", status: "waiting", at: 1 },
    { op: "block", type: "text" },
    { op: "text", text: "Once" },
    { op: "close" },
    { op: "reply", status: "stopped", at: 2, stop_reason: "user" },
    { op: "reply", status: "waiting", at: 60 },
    { op: "block", type: "text" },
    { op: "text", text: " upon a time" },
  ];
  apply(transcript, frame(ops), 0);
  expect(transcript.turns[0]?.continuations).toEqual([1]);
  expect(transcript.turns[0]?.reply).toMatchObject({ status: "waiting", began: 60, ended: undefined });
});

test("a stall ends with the next op", () => {
  const transcript = newTranscript();
  const quiet = () => lastReply(transcript)?.reply.stalled;
  apply(
    transcript,
    frame([
      { op: "turn", id: "t1", role: "assistant" },
      { op: "reply", status: "waiting", at: 1 },
      { op: "stalled", since: 1, until: 9 },
    ]),
    0,
  );
  expect(quiet()).toEqual({ since: 1, until: 9 });
  apply(transcript, frame([{ op: "block", type: "text" }]), 0);
  expect(quiet()).toBeUndefined();
});

test("ops before the first turn are ignored", () => {
  const transcript = newTranscript();
  apply(
    transcript,
    frame([{ op: "text", text: "x" }, { op: "block", type: "text" }, { op: "close" }, { op: "drop" }]),
    0,
  );
  apply(transcript, frame([{ op: "reply", status: "done" }]), 0);
  expect(transcript.turns).toEqual([]);
});

test("the clock difference is measured by the fastest frame", () => {
  const transcript = newTranscript();
  apply(transcript, frame([], { now: 100 }), 1000.5);
  apply(transcript, frame([], { now: 101 }), 1001.1);
  apply(transcript, frame([], { now: 102 }), 1009);
  expect(transcript.skew).toBeCloseTo(900.1);
});

test("a text cut into any pieces stays the same", () => {
  const text = "naïve 日本語 😀👩‍👩‍👧\r\n\u2028 end".repeat(20);
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const transcript = newTranscript();
    apply(
      transcript,
      frame([
        { op: "turn", id: "t1", role: "user" },
        { op: "block", type: "text" },
      ]),
      0,
    );
    for (let at = 0; at < text.length; ) {
      const size = 1 + Math.floor(random() * 9);
      apply(transcript, frame([{ op: "text", text: text.slice(at, at + size) }]), 0);
      at += size;
    }
    expect(transcript.turns[0] && textOf(transcript.turns[0])).toBe(text);
  }
});

function shown({ turns }: Transcript): string {
  return turns.map(({ id }) => id).join(" ");
}

test("another version hides the turns after the first one, and its selection shows them again", () => {
  const transcript = newTranscript();
  const turn = (id: string, role: Role, after?: string): Op => ({
    op: "turn",
    id,
    role,
    ...(after !== undefined && { after }),
  });
  apply(
    transcript,
    frame([turn("t1", "user"), turn("t2", "assistant"), turn("t3", "user"), turn("t4", "assistant")]),
    0,
  );
  apply(transcript, frame([turn("t5", "user", "t2"), turn("t6", "assistant")]), 0);
  expect(shown(transcript)).toBe("t1 t2 t5 t6");
  apply(transcript, frame([turn("t7", "assistant", "t5")]), 0);
  expect(shown(transcript)).toBe("t1 t2 t5 t7");
  apply(transcript, frame([turn("t8", "user", "")]), 0);
  expect(shown(transcript)).toBe("t8");
  apply(transcript, frame([{ op: "select_version", turn: "t1" }]), 0);
  expect(shown(transcript)).toBe("t1 t2 t5 t7");
  apply(transcript, frame([{ op: "select_version", turn: "t3" }]), 0);
  expect(shown(transcript)).toBe("t1 t2 t3 t4");
  apply(transcript, frame([{ op: "select_version", turn: "lost" }]), 0);
  expect(shown(transcript)).toBe("t1 t2 t3 t4");
  const [first, , third] = transcript.turns;
  expect(versionsOf(transcript, first as Turn).map(({ id }) => id)).toEqual(["t1", "t8"]);
  expect(versionsOf(transcript, third as Turn).map(({ id }) => id)).toEqual(["t3", "t5"]);
});

test("a call has a state, and the time since when it runs", () => {
  const transcript = newTranscript();
  apply(transcript, frame([{ op: "turn", id: "t1", role: "assistant" }]), 0);
  const call = (state: CallState, at: number): Op => ({ op: "call", call: "c", state, at });
  apply(transcript, frame([call("asking", 1)]), 0);
  expect(transcript.turns[0]?.calls.get("c")).toEqual({ state: "asking", at: 1, began: undefined });
  apply(transcript, frame([call("running", 2), call("done", 5)]), 0);
  expect(transcript.turns[0]?.calls.get("c")).toEqual({ state: "done", at: 5, began: 2 });
  apply(transcript, frame([{ op: "drop" }]), 0);
  expect(transcript.turns[0]?.calls.size).toBe(0);
});

test("messages are queued until they are sent or withdrawn, and do not end a stall", () => {
  const transcript = newTranscript();
  const quiet: Op = { op: "stalled", since: 3 };
  apply(
    transcript,
    frame([{ op: "turn", id: "t1", role: "assistant" }, { op: "reply", status: "waiting" }, quiet]),
    0,
  );
  apply(transcript, frame([{ op: "queue", key: "a", text: "And?", files: ["x.png"] }]), 0);
  apply(
    transcript,
    frame([
      { op: "queue", key: "b", text: "Or?" },
      { op: "unqueue", key: "a" },
    ]),
    0,
  );
  expect([...transcript.queue.values()]).toEqual([{ key: "b", text: "Or?", files: [] }]);
  expect(transcript.turns[0]?.reply?.stalled).toEqual({ since: 3, until: undefined });
});

test("the fields of a block at its end are added to the earlier ones", () => {
  const transcript = newTranscript();
  const ops: Op[] = [
    { op: "turn", id: "t1", role: "assistant" },
    { op: "block", type: "x", data: { a: 1 } },
    { op: "close", at: 2, data: { b: 2 } },
  ];
  apply(transcript, frame(ops), 0);
  expect(transcript.turns[0]?.blocks[0]?.data).toEqual({ a: 1, b: 2 });
});
