import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection, type View } from "../src/connection.ts";
import { textOf } from "../src/core/transcript.ts";
import { ANSWER, ended, FakeKernel, frames, hide, QUESTION, text } from "./fakes.ts";

let life: AbortController;
let kernel: FakeKernel;

beforeEach(() => {
  life = new AbortController();
  kernel = new FakeKernel();
});

afterEach(() => {
  life.abort();
  hide(false);
});

function connect(early: unknown[] = []): Connection {
  return new Connection(kernel, early, life.signal);
}

function view(seen = true): View & { painted: number } {
  return {
    seen,
    painted: 0,
    paint() {
      this.painted += 1;
      return 0;
    },
  };
}

function said(connection: Connection): string {
  return connection.transcript.turns.map((turn) => textOf(turn)).join("|");
}

test("it says nothing before there is a view, and greets with the first", () => {
  const connection = connect();
  expect(kernel.heard).toEqual([]);
  connection.attach(view(), life.signal);
  expect(kernel.of("resync")).toMatchObject([{ seq: 0, views: 1 }]);
});

test("messages that came early are applied first", () => {
  const early = [{ v: 1, kind: "update", base: 0, seq: 6, ops: QUESTION }];
  const connection = connect(early);
  connection.attach(view(), life.signal);
  expect(said(connection)).toBe("Hello|");
  expect(kernel.of("resync")).toMatchObject([{ seq: 6 }]);
});

test("frames are applied in order and a lost one is asked for", async () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  kernel.write([...QUESTION, ...ANSWER, text("one ")]);
  kernel.write([text("two ")], { lose: true });
  kernel.write([text("three ")]);
  expect(said(connection)).toBe("Hello|one ");
  await vi.waitFor(() => expect(said(connection)).toBe("Hello|one two three "), { timeout: 3000 });
});

test("a page whose connection was away asks for what it missed", async () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  kernel.write([...QUESTION, ...ANSWER, text("one ")]);
  await Promise.resolve();
  kernel.write([text("two ")], { lose: true });
  kernel.comeBack();
  await vi.waitFor(() => expect(said(connection)).toBe("Hello|one two "));
});

test("a host that has given up is told to try again while a reply runs", () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  dispatchEvent(new Event("online"));
  expect(kernel.reconnects).toBe(0);
  kernel.write(QUESTION);
  dispatchEvent(new Event("online"));
  expect(kernel.reconnects).toBe(1);
});

test("what is no frame is ignored", () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  kernel.raw({ v: 7 });
  kernel.raw("nonsense");
  expect(connection.transcript.turns).toEqual([]);
});

test("what is painted is acknowledged", async () => {
  const connection = connect();
  const shown = view();
  connection.attach(shown, life.signal);
  kernel.write([...QUESTION, ...ANSWER, text("x")]);
  await vi.waitFor(() => expect(kernel.of("ack").at(-1)).toMatchObject({ seq: 9, received: 9 }), {
    timeout: 3000,
  });
  expect(shown.painted).toBeGreaterThan(0);
});

test("views are counted as they come and go", () => {
  const connection = connect();
  const [first, second] = [new AbortController(), new AbortController()];
  connection.attach(view(), first.signal);
  connection.attach(view(), second.signal);
  expect(kernel.of("ack").at(-1)).toMatchObject({ views: 2 });
  second.abort();
  first.abort();
  expect(kernel.of("ack").at(-1)).toMatchObject({ views: 0 });
});

test("a hidden tab and a page that goes are told", () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  hide(true);
  expect(kernel.of("ack").at(-1)).toMatchObject({ hidden: true });
  dispatchEvent(new PageTransitionEvent("pagehide"));
  expect(kernel.of("bye")).toHaveLength(1);
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  expect(kernel.heard.at(-1)).toMatchObject({ kind: "ack", views: 1 });
});

test("a stop names the turn that runs, and is repeated until it has ended", async () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  kernel.write(QUESTION);
  connection.stop();
  expect(kernel.of("stop")).toMatchObject([{ turn: "t2" }]);
  await vi.waitFor(() => expect(kernel.of("stop").length).toBeGreaterThan(1), { timeout: 3000 });
  kernel.write(ended("stopped"));
  const count = kernel.of("stop").length;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(kernel.of("stop")).toHaveLength(count);
});

test("without a reply that runs there is nothing to stop", () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  connection.stop();
  kernel.write([...QUESTION, ...ended("done")]);
  connection.stop();
  expect(kernel.of("stop")).toEqual([]);
});

test("a message is repeated under one key until its turn appears", async () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  connection.prompt("And in Python?");
  await vi.waitFor(() => expect(kernel.of("prompt").length).toBeGreaterThan(1), { timeout: 3000 });
  expect(new Set(kernel.of("prompt").map((frame) => frame.key)).size).toBe(1);
  kernel.write(QUESTION);
  const count = kernel.of("prompt").length;
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(kernel.of("prompt")).toHaveLength(count);
});

const BROKEN = [...QUESTION, ...ANSWER, text("Half"), ...ended("failed", { error: "Gone." })];

test.each(["retry", "continue"] as const)(
  "a %s names its turn, and is repeated under one key until the reply has moved",
  async (kind) => {
    const connection = connect();
    connection.attach(view(), life.signal);
    kernel.write(BROKEN);
    connection.again(kind, "t2");
    expect(connection.asked).toBe(kind);
    expect(kernel.of(kind)).toMatchObject([{ turn: "t2" }]);
    await vi.waitFor(() => expect(kernel.of(kind).length).toBeGreaterThan(1), { timeout: 3000 });
    expect(new Set(kernel.of(kind).map((frame) => frame.key)).size).toBe(1);
    kernel.write([{ op: "reply", status: "waiting" }, ...ended("failed", { error: "Gone." })]);
    expect(connection.asked).toBeUndefined();
    const count = kernel.of(kind).length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(kernel.of(kind)).toHaveLength(count);
  },
);

test("while one thing is asked of a reply no other is", () => {
  const connection = connect();
  kernel.write(BROKEN);
  connection.again("retry", "t2");
  connection.again("retry", "t2");
  connection.again("continue", "t2");
  expect([kernel.of("retry").length, kernel.of("continue").length]).toEqual([1, 0]);
});

test("nothing is asked of an earlier turn, a running reply or one that is whole", () => {
  const connection = connect();
  connection.again("retry", "t2");
  kernel.write(QUESTION);
  connection.again("retry", "t2");
  kernel.write([...ANSWER, text("Hi"), ...ended("done", { stop_reason: "end_turn" })]);
  connection.again("retry", "t2");
  kernel.write([...ended("failed"), { op: "turn", id: "t3", role: "user" }]);
  connection.again("retry", "t2");
  expect(kernel.of("retry")).toEqual([]);
});

test("a new turn ends the asking, and so does a kernel that never answers: then it can be asked again", async () => {
  vi.useFakeTimers();
  const connection = connect();
  const shown = view();
  connection.attach(shown, life.signal);
  kernel.write(BROKEN);
  connection.again("retry", "t2");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(kernel.of("retry")).toHaveLength(30);
  expect(connection.asked).toBeUndefined();
  connection.again("continue", "t2");
  expect(new Set([...kernel.of("retry"), ...kernel.of("continue")].map((frame) => frame.key)).size).toBe(2);
  kernel.write([{ op: "turn", id: "t3", role: "user" }]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(kernel.of("continue")).toHaveLength(1);
  vi.useRealTimers();
});

test("after its end nothing is said or painted", async () => {
  const connection = connect();
  const shown = view();
  connection.attach(shown, life.signal);
  await frames();
  life.abort();
  const [heard, painted] = [kernel.heard.length, shown.painted];
  kernel.write(QUESTION);
  connection.stop();
  connection.repaint();
  await frames();
  expect([kernel.heard.length, shown.painted]).toEqual([heard, painted]);
});

test("a page that came over plain HTTP, where no UUIDs are made, is served as well", () => {
  vi.spyOn(crypto, "randomUUID").mockImplementation(() => {
    throw new TypeError("crypto.randomUUID is not a function");
  });
  expect(() => connect().prompt("Hello")).not.toThrow();
  vi.restoreAllMocks();
});
