import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection } from "../../src/chat/connection.ts";
import type { View } from "../../src/chat/painter.ts";
import { PIECE_INTERVAL_MS } from "../../src/core/text-spread.ts";
import { textOf } from "../../src/core/turn-text.ts";
import { ANSWER, animationFrames, FakeKernel, QUESTION, setHidden, text } from "../fakes.ts";

let life: AbortController;
let kernel: FakeKernel;

beforeEach(() => {
  life = new AbortController();
  kernel = new FakeKernel();
});

afterEach(() => {
  life.abort();
  setHidden(false);
});

function connect(early: unknown[] = []): Connection {
  return new Connection(kernel, early, life.signal);
}

function view(isVisible = true): View & { painted: number } {
  return {
    isVisible,
    painted: 0,
    paint() {
      this.painted += 1;
      return 0;
    },
  };
}

function transcriptText(connection: Connection): string {
  return connection.transcript.turns.map((turn) => textOf(turn)).join("|");
}

test("nothing is sent before there is a view, and the first view causes a resync", () => {
  const connection = connect();
  expect(kernel.received).toEqual([]);
  connection.attach(view(), life.signal);
  expect(kernel.of("resync")).toMatchObject([{ seq: 0, views: 1 }]);
});

test("early frames are applied first", () => {
  const early = [{ v: 1, kind: "update", base: 0, seq: 6, ops: QUESTION }];
  const connection = connect(early);
  connection.attach(view(), life.signal);
  expect(transcriptText(connection)).toBe("Hello|");
  expect(kernel.of("resync")).toMatchObject([{ seq: 6 }]);
});

test("frames are applied in order, and a lost one is requested", async () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  kernel.write([...QUESTION, ...ANSWER, text("one ")]);
  kernel.write([text("two ")], { lose: true });
  kernel.write([text("three ")]);
  expect(transcriptText(connection)).toBe("Hello|one ");
  await expect.poll(() => transcriptText(connection)).toBe("Hello|one two three ");
});

test("a page whose connection was lost requests the frames it missed", async () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  kernel.write([...QUESTION, ...ANSWER, text("one ")]);
  await Promise.resolve();
  kernel.write([text("two ")], { lose: true });
  kernel.reportLink("restored");
  await expect.poll(() => transcriptText(connection)).toBe("Hello|one two ");
});

test("a host that has given up is made to reconnect while a reply runs", () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  dispatchEvent(new Event("online"));
  expect(kernel.reconnects).toBe(0);
  kernel.write(QUESTION);
  dispatchEvent(new Event("online"));
  expect(kernel.reconnects).toBe(1);
});

test("a message that is not a frame is ignored", () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  kernel.raw({ v: 7 });
  kernel.raw("nonsense");
  expect(connection.transcript.turns).toEqual([]);
});

test("painted text is acknowledged", async () => {
  const connection = connect();
  const shown = view();
  connection.attach(shown, life.signal);
  kernel.write([...QUESTION, ...ANSWER, text("x")]);
  await expect.poll(() => kernel.of("ack").at(-1)).toMatchObject({ seq: 9, received: 9 });
  expect(shown.painted).toBeGreaterThan(0);
});

test("text that is ready for the next update is acknowledged before it is painted", async () => {
  const connection = connect();
  const shown = view();
  const updates: number[] = [];
  const send = kernel.send.bind(kernel);
  kernel.send = (frame) => {
    if (frame.kind === "ack" && frame.seq > 20_000) updates.push(shown.painted);
    send(frame);
  };
  shown.paint = () => {
    shown.painted += 1;
    if (shown.painted > 1) return 0;
    const ops = [text("x".repeat(20_000))];
    kernel.raw({ v: 1, kind: "update", base: kernel.seq, seq: kernel.seq + 20_000, now: 0, ops });
    return 20_000;
  };
  shown.prepare = () => 0;
  connection.attach(shown, life.signal);
  kernel.write([...QUESTION, ...ANSWER]);
  await expect.poll(() => shown.painted).toBe(2);
  expect(updates).toEqual([1]);
});

/** Write a frame of 72 characters at the pace of slow text, of which the page holds some back. */
async function writeSlowText(): Promise<void> {
  kernel.write([...QUESTION, ...ANSWER, text("x")]);
  await new Promise((resolve) => setTimeout(resolve, 3 * PIECE_INTERVAL_MS));
  kernel.write([text("x".repeat(72))]);
}

test("slow text in few frames is shown piece by piece, and acknowledged when it is shown", async () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  await writeSlowText();
  const lengths = new Set<number>();
  const lastAck = () => {
    lengths.add(transcriptText(connection).length - "Hello|".length);
    return kernel.of("ack").at(-1);
  };
  await expect.poll(lastAck, { interval: 10 }).toMatchObject({ seq: 10, received: 10 });
  expect([...lengths]).toEqual([26, 51, 73]);
});

test("a tab that is hidden, and a conversation at rest, show the text that was held back", async () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  await writeSlowText();
  setHidden(true);
  expect(transcriptText(connection)).toHaveLength("Hello|".length + 73);
  kernel.write([text("y".repeat(72))]);
  expect(transcriptText(connection)).toHaveLength("Hello|".length + 145);
  setHidden(false);
  await writeSlowText();
  kernel.reportLink("kernel_ended");
  expect(transcriptText(connection)).toContain("x".repeat(72));
  expect(connection.transcript.turns.at(-1)?.reply?.status).toBe("stopped");
});

test("the kernel is told whether the tab is hidden", () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  setHidden(true);
  expect(kernel.of("ack").at(-1)).toMatchObject({ hidden: true });
  setHidden(false);
  expect(kernel.of("ack").at(-1)).not.toHaveProperty("hidden");
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

test("the kernel is told of a hidden tab, and of a page that goes", () => {
  const connection = connect();
  connection.attach(view(), life.signal);
  expect(kernel.isPageHidden).toBe(false);
  const acks = kernel.of("ack").length;
  setHidden(true);
  expect(kernel.isPageHidden).toBe(true);
  expect(kernel.of("ack")).toHaveLength(acks + 1);
  dispatchEvent(new PageTransitionEvent("pagehide"));
  expect(kernel.of("bye")).toHaveLength(1);
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  expect(kernel.received.at(-1)).toMatchObject({ kind: "resync", views: 1 });
});

test("a conversation whose kernel has ended is brought to rest, and nothing more is sent", async () => {
  const connection = connect();
  const taken: [boolean, string[]][] = [];
  const shown: View = {
    ...view(),
    takeBack(messages, all) {
      taken.push([all, messages.map(({ text }) => text)]);
      return new Set(messages.filter(({ text }) => all || text === "Mine").map(({ key }) => key));
    },
  };
  connection.attach(shown, life.signal);
  kernel.write([...QUESTION, ...ANSWER, text("Hi"), { op: "queue", key: "k1", text: "Queued" }]);
  connection.commands.stop();
  connection.commands.prompt("Mine");
  kernel.reportLink("kernel_restarted");
  expect(taken.slice(-2)).toEqual([
    [false, ["Queued", "Mine"]],
    [true, ["Queued"]],
  ]);
  expect(connection.transcript.turns.at(-1)?.reply).toMatchObject({
    status: "stopped",
    stopReason: "restarted",
  });
  expect([connection.transcript.queue.size, connection.commands.sending]).toEqual([0, []]);
  const { length } = kernel.received;
  setHidden(true);
  kernel.reportLink("restored");
  dispatchEvent(new PageTransitionEvent("pagehide"));
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(kernel.received).toHaveLength(length);
});

test("messages of a conversation that no output shows wait for one", () => {
  const connection = connect();
  kernel.write([{ op: "queue", key: "k1", text: "Queued" }]);
  kernel.reportLink("kernel_ended");
  const taken: string[] = [];
  const shown: View = {
    ...view(),
    takeBack(messages, all) {
      if (all) taken.push(...messages.map(({ text }) => text));
      return new Set(all ? messages.map(({ key }) => key) : []);
    },
  };
  connection.attach(shown, life.signal);
  connection.attach(shown, life.signal);
  expect(taken).toEqual(["Queued"]);
});

test("a page that writes the file learns that the reply was cut off", () => {
  const onReplyEnded = vi.fn();
  const connection = new Connection(kernel, [], life.signal, onReplyEnded);
  connection.attach(view(), life.signal);
  kernel.write([...QUESTION, ...ANSWER]);
  kernel.reportLink("kernel_ended");
  expect(onReplyEnded).toHaveBeenCalledOnce();
});

test("after the signal has aborted, nothing is sent or painted", async () => {
  const connection = connect();
  const shown = view();
  connection.attach(shown, life.signal);
  await animationFrames();
  life.abort();
  const [received, painted] = [kernel.received.length, shown.painted];
  kernel.write(QUESTION);
  connection.commands.stop();
  connection.requestPaint();
  await animationFrames();
  expect([kernel.received.length, shown.painted]).toEqual([received, painted]);
});

test("a page over plain HTTP, where the browser makes no UUIDs, works as well", () => {
  vi.spyOn(crypto, "randomUUID").mockImplementation(() => {
    throw new TypeError("crypto.randomUUID is not a function");
  });
  expect(() => connect().commands.prompt("Hello")).not.toThrow();
  vi.restoreAllMocks();
});

test("variables are asked for by a key, and only the last question is answered", async () => {
  const connection = connect();
  const first = connection.listVariables("d");
  const second = connection.listVariables("df");
  const [one, two] = kernel.of("list_variables");
  expect([one?.text, two?.text]).toEqual(["d", "df"]);
  const answer = { v: 1, kind: "variables", to: one?.page, names: ["df"], types: ["int"] };
  kernel.raw({ ...answer, key: one?.key });
  kernel.raw({ ...answer, key: two?.key });
  expect((await second).names).toEqual(["df"]);
  expect(await Promise.race([first, Promise.resolve("open")])).toBe("open");
});
