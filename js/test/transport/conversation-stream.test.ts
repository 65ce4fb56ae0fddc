import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConversationStream } from "../../src/transport/conversation-stream.ts";
import { IdleDisconnect } from "../../src/transport/idle-disconnect.ts";
import { UpdateBatch } from "../../src/transport/update-batch.ts";
import {
  type Call,
  CHAT_ID,
  event,
  fakeFetch,
  first,
  type OpenResponse,
  openResponse,
  positionOf,
  REPLY,
  refusal,
  reply,
} from "../stream-server.ts";

let life: AbortController;
let calls: Call[];
let responses: OpenResponse[];
/** What the stream tells, in order. */
let told: unknown[];
/** Answers instead of a stream. */
let answer: ((call: Call) => Response | undefined) | undefined;

beforeEach(() => {
  life = new AbortController();
  [calls, responses, told, answer] = [[], [], [], undefined];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  vi.stubGlobal(
    "fetch",
    fakeFetch(calls, (call) => answer?.(call) ?? openResponse(responses)),
  );
});

afterEach(() => {
  life.abort();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const tick = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

async function openStream() {
  const frames: Record<string, unknown>[] = [];
  const batch = new UpdateBatch();
  batch.receive = (wire) => frames.push(wire as Record<string, unknown>);
  const idleDisconnect = new IdleDisconnect(
    () => stream.reopen(),
    () => stream.close(),
    life.signal,
  );
  const listener = {
    report: (problem?: string) => told.push(problem ?? "well"),
    noteConnection: (isConnected: boolean) => told.push(isConnected),
    markOver: ({ status }: { status: number }) => {
      told.push(status);
      stream.close();
    },
  };
  const stream: ConversationStream = new ConversationStream(
    ["http://localhost/api/stream", CHAT_ID],
    batch,
    idleDisconnect,
    listener,
    life.signal,
  );
  stream.resumeAt(0);
  await tick();
  return { stream, frames, idleDisconnect };
}

const reports = () => told.filter((one) => typeof one === "string");
const problems = () => reports().filter((one) => one !== "well");

test("the stream is open from the server's answer on", async () => {
  const { stream, frames } = await openStream();
  expect([stream.isOpen, stream.wasOpened]).toEqual([false, false]);
  responses[0]?.send(first() + reply());
  await tick();
  expect([stream.isOpen, stream.wasOpened]).toEqual([true, true]);
  expect(frames.at(-1)).toMatchObject({ base: 0, seq: 3, ops: REPLY });
  stream.close();
  expect([stream.isOpen, stream.wasOpened]).toEqual([false, true]);
  expect(calls[0]?.signal.aborted).toBe(true);
});

test("a lost connection is made again from the page's position", async () => {
  const { frames } = await openStream();
  responses[0]?.send(first() + reply());
  await tick();
  responses[0]?.drop();
  await tick(250);
  expect(positionOf(calls[1] as Call)).toBe(3);
  responses[1]?.send(first(3) + event(5, { text: "Hi" }));
  await tick();
  expect(frames.at(-1)).toMatchObject({ base: 3, seq: 5 });
  expect(problems()).toEqual([]);
});

test("a connection lost for good is reported, and made again after a delay or at once on request", async () => {
  const { stream } = await openStream();
  for (const back of [() => tick(2_000), async () => stream.retryNow()]) {
    const response = responses.at(-1);
    response?.send(first(response === responses[0] ? 0 : 3, 0) + (response === responses[0] ? reply() : ""));
    await tick();
    expect(reports().at(-1)).toBe("well");
    response?.drop();
    await tick();
    expect(problems().at(-1)).toBe("The connection to the server is lost. Trying again…");
    await back();
    await tick();
    expect(positionOf(calls.at(-1) as Call)).toBe(3);
  }
  expect(calls).toHaveLength(3);
});

test("a conversation that the server refuses to resume is told to be over, and not asked for again", async () => {
  await openStream();
  responses[0]?.send(first() + reply());
  await tick();
  answer = () => refusal(410, "It is not here any more.");
  responses[0]?.drop();
  await tick(30_000);
  expect(told.at(-1)).toBe(410);
  expect(calls).toHaveLength(2);
});

test("a conversation without a message begins again without a report", async () => {
  await openStream();
  responses[0]?.send(first());
  await tick();
  answer = ({ headers }) => (headers.has("Last-Event-ID") ? refusal(410, "It is not here.") : undefined);
  responses[0]?.drop();
  await tick(250);
  await vi.waitFor(() => expect(calls).toHaveLength(3));
  expect(problems()).toEqual([]);
});

test("a server that refuses for a moment is quoted, and tried again", async () => {
  answer = () => refusal(429, "Too many.");
  await openStream();
  expect(problems()).toEqual(["Too many. Trying again…"]);
  answer = undefined;
  await tick(2_000);
  responses[0]?.send(first());
  await tick();
  expect(reports().at(-1)).toBe("well");
});

test("a page that is behind gets the missing events on a new connection", async () => {
  const { stream, frames } = await openStream();
  responses[0]?.send(first() + reply());
  await tick();
  stream.resumeAt(3);
  await tick();
  expect(calls).toHaveLength(1);
  stream.resumeAt(2);
  await tick();
  expect(calls[0]?.signal.aborted).toBe(true);
  expect(positionOf(calls[1] as Call)).toBe(2);
  responses[1]?.send(first(2) + event(3, { ...REPLY[2] }));
  await tick();
  expect(frames.at(-1)).toMatchObject({ base: 2, seq: 3 });
});

test("a running reply and a waiting message keep the connection of a hidden page", async () => {
  const { idleDisconnect } = await openStream();
  idleDisconnect.setHidden(true);
  responses[0]?.send(first() + reply() + event(4, { op: "queue", key: "k", text: "And?" }));
  await tick(10_000);
  responses[0]?.send(event(5, { done: true, op: "reply", status: "done" }));
  await tick(10_000);
  expect(calls[0]?.signal.aborted).toBe(false);
  responses[0]?.send(event(6, { op: "unqueue", key: "k" }));
  await tick(5_000);
  expect(calls[0]?.signal.aborted).toBe(true);
});
