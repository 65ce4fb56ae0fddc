import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection } from "../../src/chat/connection.ts";
import type { View } from "../../src/chat/painter.ts";
import { textOf } from "../../src/core/transcript.ts";
import { ANSWER, FakeKernel, frames, hide, QUESTION, text } from "../fakes.ts";

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

test("after its end nothing is said or painted", async () => {
  const connection = connect();
  const shown = view();
  connection.attach(shown, life.signal);
  await frames();
  life.abort();
  const [heard, painted] = [kernel.heard.length, shown.painted];
  kernel.write(QUESTION);
  connection.wishes.stop();
  connection.repaint();
  await frames();
  expect([kernel.heard.length, shown.painted]).toEqual([heard, painted]);
});

test("a page that came over plain HTTP, where no UUIDs are made, is served as well", () => {
  vi.spyOn(crypto, "randomUUID").mockImplementation(() => {
    throw new TypeError("crypto.randomUUID is not a function");
  });
  expect(() => connect().wishes.prompt("Hello")).not.toThrow();
  vi.restoreAllMocks();
});
