import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CommandSender } from "../../src/chat/commands.ts";
import { Connection } from "../../src/chat/connection.ts";
import type { Op } from "../../src/core/protocol.ts";
import { ANSWER, ended, FakeKernel, QUESTION, text } from "../fakes.ts";

let life: AbortController;
let kernel: FakeKernel;

beforeEach(() => {
  vi.useFakeTimers();
  life = new AbortController();
  kernel = new FakeKernel();
});

afterEach(() => {
  life.abort();
  vi.useRealTimers();
});

/** The wishes of a page that listens to the kernel. */
function wish(): CommandSender {
  return new Connection(kernel, [], life.signal).commands;
}

test("a stop names the turn that runs, and is repeated until it has ended", async () => {
  const wishes = wish();
  kernel.write(QUESTION);
  wishes.stop();
  expect(kernel.of("stop")).toMatchObject([{ turn: "t2" }]);
  await vi.advanceTimersByTimeAsync(600);
  expect(kernel.of("stop")).toHaveLength(2);
  kernel.write(ended("stopped"));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("stop")).toHaveLength(2);
});

test("a stop that nobody hears is repeated for longer than a reply is kept for who is away", async () => {
  const wishes = wish();
  kernel.write(QUESTION);
  wishes.stop();
  await vi.advanceTimersByTimeAsync(40_000);
  const before = kernel.of("stop").length;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("stop").length).toBe(before + 10);
});

test("a stop does not reach the reply that its reader asks for right after it", async () => {
  const wishes = wish();
  kernel.write([...QUESTION, ...ANSWER, text("Half")]);
  wishes.stop();
  await vi.advanceTimersByTimeAsync(100);
  kernel.write(ended("stopped"));
  wishes.requestAgain("continue", "t2");
  await vi.advanceTimersByTimeAsync(100);
  kernel.write([{ op: "reply", status: "waiting" }]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(kernel.of("stop")).toHaveLength(1);
  // It has a Stop of its own, also while the wish for it is still remembered.
  wishes.requestAgain("continue", "t2");
  wishes.stop();
  await vi.advanceTimersByTimeAsync(2_100);
  expect(kernel.of("stop").length).toBeGreaterThan(3);
});

test("without a reply that runs there is nothing to stop", () => {
  const wishes = wish();
  wishes.stop();
  kernel.write([...QUESTION, ...ended("done")]);
  wishes.stop();
  expect(kernel.of("stop")).toEqual([]);
});

test("a message is repeated under one key until the kernel has taken it", async () => {
  const wishes = wish();
  wishes.prompt("And in Python?");
  expect(wishes.sending).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(kernel.of("prompt")).toHaveLength(2);
  expect(new Set(kernel.of("prompt").map((frame) => frame.key)).size).toBe(1);
  // A turn that another page, or a cell, has begun.
  kernel.write(QUESTION);
  expect(wishes.sending).toHaveLength(1);
  kernel.acceptPrompt();
  // At once, and not when it would be repeated.
  expect(wishes.sending).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("prompt")).toHaveLength(2);
});

const BROKEN = [...QUESTION, ...ANSWER, text("Half"), ...ended("failed", { error: "Gone." })];

test.each(["retry", "continue"] as const)(
  "a %s names its turn, and is repeated under one key until the reply has moved",
  async (kind) => {
    const wishes = wish();
    kernel.write(BROKEN);
    wishes.requestAgain(kind, "t2");
    expect(wishes.pendingAction).toBe(kind);
    expect(kernel.of(kind)).toMatchObject([{ turn: "t2" }]);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(kernel.of(kind)).toHaveLength(2);
    expect(new Set(kernel.of(kind).map((frame) => frame.key)).size).toBe(1);
    kernel.write([{ op: "reply", status: "waiting" }, ...ended("failed", { error: "Gone." })]);
    expect(wishes.pendingAction).toBeUndefined();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(kernel.of(kind)).toHaveLength(2);
  },
);

test("while one thing is asked of a reply no other is", () => {
  const wishes = wish();
  kernel.write(BROKEN);
  wishes.requestAgain("retry", "t2");
  wishes.requestAgain("retry", "t2");
  wishes.requestAgain("continue", "t2");
  expect([kernel.of("retry").length, kernel.of("continue").length]).toEqual([1, 0]);
});

test("nothing is asked of an earlier turn, of a running reply, or what does not fit its end", () => {
  const wishes = wish();
  wishes.requestAgain("retry", "t2");
  kernel.write(QUESTION);
  wishes.requestAgain("retry", "t2");
  kernel.write([...ANSWER, text("Hi"), ...ended("done", { stop_reason: "end_turn" })]);
  wishes.requestAgain("retry", "t2");
  kernel.write([...ended("failed"), { op: "turn", id: "t3", role: "user" }]);
  wishes.requestAgain("retry", "t2");
  expect(kernel.of("retry")).toEqual([]);
});

test("a new turn ends the asking, and so does a kernel that never answers: then it can be asked again", async () => {
  const wishes = wish();
  kernel.write(BROKEN);
  wishes.requestAgain("retry", "t2");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(kernel.of("retry")).toHaveLength(30);
  expect(wishes.pendingAction).toBeUndefined();
  wishes.requestAgain("continue", "t2");
  expect(new Set([...kernel.of("retry"), ...kernel.of("continue")].map((frame) => frame.key)).size).toBe(2);
  kernel.write([{ op: "turn", id: "t3", role: "user" }]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("continue")).toHaveLength(1);
});

test("who is back at the first version at once has asked nothing of it any more", async () => {
  const wishes = wish();
  kernel.write([...QUESTION, ...ANSWER, text("Hi"), ...ended("done")]);
  wishes.requestAgain("regenerate", "t2");
  expect(wishes.pendingAction).toBe("regenerate");
  const another: Op = { op: "turn", id: "t3", role: "assistant", after: "t1" };
  kernel.write([another, { op: "reply", status: "done" }, { op: "select_version", turn: "t2" }]);
  expect(wishes.pendingAction).toBeUndefined();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("regenerate")).toHaveLength(1);
});

test("a message that waits in the kernel is sent no more", async () => {
  const wishes = wish();
  kernel.write(QUESTION);
  wishes.prompt("And then?", [{ name: "x.png", data: "" }]);
  wishes.prompt("And this?", [], "t1");
  const [first, second] = kernel.of("prompt");
  expect(first).toMatchObject({ text: "And then?", files: [{ name: "x.png", data: "" }] });
  expect(second).toMatchObject({ text: "And this?", edits: "t1" });
  kernel.write([{ op: "queue", key: String(first?.key), text: "And then?" }]);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(kernel.of("prompt").map(({ key }) => key)).toEqual([first?.key, second?.key, second?.key]);
  expect(wishes.sending).toEqual([second]);
});

test("a message is late when the kernel has not taken it in the time that a reader does not notice", async () => {
  const wishes = wish();
  wishes.prompt("Hello");
  await vi.advanceTimersByTimeAsync(390);
  expect([wishes.sending.length, wishes.late.length]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(20);
  expect([wishes.sending.length, wishes.late.length]).toEqual([1, 1]);
  kernel.acceptPrompt();
  expect([wishes.sending.length, wishes.late.length]).toEqual([0, 0]);
});

test("a message with large files is given the time that a slow way needs, before it is sent again", async () => {
  const wishes = wish();
  wishes.prompt("What is this?", [{ name: "x.pdf", data: "A".repeat(1_000_000) }]);
  await vi.advanceTimersByTimeAsync(4_900);
  expect(kernel.of("prompt")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(kernel.of("prompt")).toHaveLength(2);
});

test("a message that waited and was taken back at once is neither on its way nor sent again", async () => {
  const wishes = wish();
  kernel.write(QUESTION);
  const key = wishes.prompt("And then?");
  kernel.write([
    { op: "queue", key, text: "And then?" },
    { op: "unqueue", key },
  ]);
  expect(wishes.sending).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("prompt")).toHaveLength(1);
});

test.each(["withdraw", "send_now"] as const)(
  "%s is repeated until the message waits no more",
  async (kind) => {
    const wishes = wish();
    kernel.write([...QUESTION, { op: "queue", key: "k", text: "And then?" }]);
    wishes.queueCommand(kind, "k");
    await vi.advanceTimersByTimeAsync(1_100);
    kernel.write([{ op: "unqueue", key: "k" }]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(kernel.of(kind)).toMatchObject([{ key: "k" }, { key: "k" }]);
  },
);

test("whether a call may run is repeated until the call moves", async () => {
  const wishes = wish();
  const asking: Op = { op: "call", call: "c", state: "asking" };
  kernel.write([...QUESTION, asking]);
  wishes.approve("c", false);
  await vi.advanceTimersByTimeAsync(1_100);
  kernel.write([{ ...asking, state: "refused" }]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("approve")).toMatchObject([
    { call: "c", run: false },
    { call: "c", run: false },
  ]);
});

test("a version is asked for a few times, and one that there is not never", async () => {
  const wishes = wish();
  kernel.write([...QUESTION, { op: "turn", id: "t3", role: "user", after: "" }]);
  wishes.selectVersion("t1");
  wishes.selectVersion("t9");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(kernel.of("select_version")).toHaveLength(3);
  wishes.selectVersion("t1");
  kernel.write([{ op: "select_version", turn: "t1" }]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(kernel.of("select_version")).toHaveLength(4);
});
