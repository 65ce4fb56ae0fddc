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

/** The command sender of a page that listens to the kernel. */
function newSender(): CommandSender {
  return new Connection(kernel, [], life.signal).commands;
}

test("a stop names the running turn, and is repeated until that has ended", async () => {
  const commands = newSender();
  kernel.write(QUESTION);
  commands.stop();
  expect(kernel.of("stop")).toMatchObject([{ turn: "t2" }]);
  await vi.advanceTimersByTimeAsync(600);
  expect(kernel.of("stop")).toHaveLength(2);
  kernel.write(ended("stopped"));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("stop")).toHaveLength(2);
});

test("a stop without an effect is repeated for longer than a reply runs without a page", async () => {
  const commands = newSender();
  kernel.write(QUESTION);
  commands.stop();
  await vi.advanceTimersByTimeAsync(40_000);
  const before = kernel.of("stop").length;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("stop").length).toBe(before + 10);
});

test("a stop does not hit the reply that the user requests right after it", async () => {
  const commands = newSender();
  kernel.write([...QUESTION, ...ANSWER, text("Half")]);
  commands.stop();
  await vi.advanceTimersByTimeAsync(100);
  kernel.write(ended("stopped"));
  commands.requestAgain("continue", "t2");
  await vi.advanceTimersByTimeAsync(100);
  kernel.write([{ op: "reply", status: "waiting" }]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(kernel.of("stop")).toHaveLength(1);
  // The continued reply can be stopped too, while the request for it is still pending.
  commands.requestAgain("continue", "t2");
  commands.stop();
  await vi.advanceTimersByTimeAsync(2_100);
  expect(kernel.of("stop").length).toBeGreaterThan(3);
});

test("without a running reply no stop is sent", () => {
  const commands = newSender();
  commands.stop();
  kernel.write([...QUESTION, ...ended("done")]);
  commands.stop();
  expect(kernel.of("stop")).toEqual([]);
});

test("a message is repeated under one key until the kernel has taken it", async () => {
  const commands = newSender();
  commands.prompt("And in Python?");
  expect(commands.sending).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(kernel.of("prompt")).toHaveLength(2);
  expect(new Set(kernel.of("prompt").map((frame) => frame.key)).size).toBe(1);
  // Another page, or a cell, begins a turn.
  kernel.write(QUESTION);
  expect(commands.sending).toHaveLength(1);
  kernel.acceptPrompt();
  // The message counts as taken at once, and not only when its repetition is due.
  expect(commands.sending).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("prompt")).toHaveLength(2);
});

const BROKEN = [...QUESTION, ...ANSWER, text("Half"), ...ended("failed", { error: "Gone." })];

test.each(["retry", "continue"] as const)(
  "a %s names its turn, and is repeated under one key until the reply has changed",
  async (kind) => {
    const commands = newSender();
    kernel.write(BROKEN);
    commands.requestAgain(kind, "t2");
    expect(commands.pendingAction).toBe(kind);
    expect(kernel.of(kind)).toMatchObject([{ turn: "t2" }]);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(kernel.of(kind)).toHaveLength(2);
    expect(new Set(kernel.of(kind).map((frame) => frame.key)).size).toBe(1);
    kernel.write([{ op: "reply", status: "waiting" }, ...ended("failed", { error: "Gone." })]);
    expect(commands.pendingAction).toBeUndefined();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(kernel.of(kind)).toHaveLength(2);
  },
);

test("while an action is pending no other one is requested", () => {
  const commands = newSender();
  kernel.write(BROKEN);
  commands.requestAgain("retry", "t2");
  commands.requestAgain("retry", "t2");
  commands.requestAgain("continue", "t2");
  expect([kernel.of("retry").length, kernel.of("continue").length]).toEqual([1, 0]);
});

test("no action is requested of an earlier turn or a running reply, or one that the reply does not offer", () => {
  const commands = newSender();
  commands.requestAgain("retry", "t2");
  kernel.write(QUESTION);
  commands.requestAgain("retry", "t2");
  kernel.write([...ANSWER, text("Hi"), ...ended("done", { stop_reason: "end_turn" })]);
  commands.requestAgain("retry", "t2");
  kernel.write([...ended("failed"), { op: "turn", id: "t3", role: "user" }]);
  commands.requestAgain("retry", "t2");
  expect(kernel.of("retry")).toEqual([]);
});

test("a new turn ends the repetition, and so does a kernel that never answers; then another action is possible", async () => {
  const commands = newSender();
  kernel.write(BROKEN);
  commands.requestAgain("retry", "t2");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(kernel.of("retry")).toHaveLength(30);
  expect(commands.pendingAction).toBeUndefined();
  commands.requestAgain("continue", "t2");
  expect(new Set([...kernel.of("retry"), ...kernel.of("continue")].map((frame) => frame.key)).size).toBe(2);
  kernel.write([{ op: "turn", id: "t3", role: "user" }]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("continue")).toHaveLength(1);
});

test("no action is pending when the user is back at the first version after another one has come", async () => {
  const commands = newSender();
  kernel.write([...QUESTION, ...ANSWER, text("Hi"), ...ended("done")]);
  commands.requestAgain("regenerate", "t2");
  expect(commands.pendingAction).toBe("regenerate");
  const another: Op = { op: "turn", id: "t3", role: "assistant", after: "t1" };
  kernel.write([another, { op: "reply", status: "done" }, { op: "select_version", turn: "t2" }]);
  expect(commands.pendingAction).toBeUndefined();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("regenerate")).toHaveLength(1);
});

test("a message that waits in the kernel's queue is not sent again", async () => {
  const commands = newSender();
  kernel.write(QUESTION);
  commands.prompt("And then?", [{ name: "x.png", data: "" }]);
  commands.prompt("And this?", [], "t1");
  const [first, second] = kernel.of("prompt");
  expect(first).toMatchObject({ text: "And then?", files: [{ name: "x.png", data: "" }] });
  expect(second).toMatchObject({ text: "And this?", edits: "t1" });
  kernel.write([{ op: "queue", key: String(first?.key), text: "And then?" }]);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(kernel.of("prompt").map(({ key }) => key)).toEqual([first?.key, second?.key, second?.key]);
  expect(commands.sending).toEqual([second]);
});

test("a message is late when the kernel has not taken it within 400 ms", async () => {
  const commands = newSender();
  commands.prompt("Hello");
  await vi.advanceTimersByTimeAsync(390);
  expect([commands.sending.length, commands.late.length]).toEqual([1, 0]);
  await vi.advanceTimersByTimeAsync(20);
  expect([commands.sending.length, commands.late.length]).toEqual([1, 1]);
  kernel.acceptPrompt();
  expect([commands.sending.length, commands.late.length]).toEqual([0, 0]);
});

test("a message with large files is repeated only after the time that a slow network needs", async () => {
  const commands = newSender();
  commands.prompt("What is this?", [{ name: "x.pdf", data: "A".repeat(1_000_000) }]);
  await vi.advanceTimersByTimeAsync(4_900);
  expect(kernel.of("prompt")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(kernel.of("prompt")).toHaveLength(2);
});

test("a message that was queued and withdrawn at once is not sent again", async () => {
  const commands = newSender();
  kernel.write(QUESTION);
  const key = commands.prompt("And then?");
  kernel.write([
    { op: "queue", key, text: "And then?" },
    { op: "unqueue", key },
  ]);
  expect(commands.sending).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("prompt")).toHaveLength(1);
});

test.each(["withdraw", "send_now"] as const)(
  "%s is repeated until the message has left the queue",
  async (kind) => {
    const commands = newSender();
    kernel.write([...QUESTION, { op: "queue", key: "k", text: "And then?" }]);
    commands.queueCommand(kind, "k");
    await vi.advanceTimersByTimeAsync(1_100);
    kernel.write([{ op: "unqueue", key: "k" }]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(kernel.of(kind)).toMatchObject([{ key: "k" }, { key: "k" }]);
  },
);

test("an approval is repeated until the call's state changes", async () => {
  const commands = newSender();
  const asking: Op = { op: "call", call: "c", state: "asking" };
  kernel.write([...QUESTION, asking]);
  commands.approve("c", false);
  await vi.advanceTimersByTimeAsync(1_100);
  kernel.write([{ ...asking, state: "refused" }]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("approve")).toMatchObject([
    { call: "c", run: false },
    { call: "c", run: false },
  ]);
});

test("a version is requested a few times, and one that does not exist never", async () => {
  const commands = newSender();
  kernel.write([...QUESTION, { op: "turn", id: "t3", role: "user", after: "" }]);
  commands.selectVersion("t1");
  commands.selectVersion("t9");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(kernel.of("select_version")).toHaveLength(3);
  commands.selectVersion("t1");
  kernel.write([{ op: "select_version", turn: "t1" }]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(kernel.of("select_version")).toHaveLength(4);
});

const MENU: Op = { op: "models", names: ["a", "b"], chosen: "a" };

test("a choice of the model is repeated until the kernel confirms it", async () => {
  const commands = newSender();
  kernel.write([MENU]);
  expect(commands.model).toBe("a");
  commands.selectModel("b");
  expect(commands.model).toBe("b");
  await vi.advanceTimersByTimeAsync(1_100);
  expect(kernel.of("select_model").map(({ model }) => model)).toEqual(["b", "b"]);
  // A message that overtakes the choice is sent with it.
  commands.prompt("Hi");
  expect(kernel.of("prompt")).toMatchObject([{ model: "b" }]);
  kernel.write([{ ...MENU, chosen: "b" }]);
  commands.prompt("And?");
  expect(kernel.of("prompt").at(-1)?.model).toBeUndefined();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("select_model")).toHaveLength(2);
  kernel.write([{ ...MENU, chosen: "a" }]);
  expect(commands.model).toBe("a");
});

test("a model that the kernel does not offer is given up", async () => {
  const commands = newSender();
  kernel.write([MENU]);
  commands.selectModel("c");
  await vi.advanceTimersByTimeAsync(30_000);
  expect(kernel.of("select_model")).toHaveLength(5);
  expect(commands.model).toBe("a");
});
