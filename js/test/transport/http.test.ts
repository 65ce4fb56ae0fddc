import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HIGH } from "../../src/core/inbox.ts";
import type { Op } from "../../src/core/protocol.ts";
import type { Data } from "../../src/sse/client.ts";
import { HttpRoute, type Trouble } from "../../src/transport/http.ts";
import { type Call, fakeFetch, type Line, opened, placeOf, refused } from "../stream-server.ts";

const ID = "a-chat-of-this-page";

let life: AbortController;
let calls: Call[];
let lines: Line[];
let troubles: (Trouble | undefined)[];
/** What the server answers instead of a stream, or to a wish. */
let answer: ((call: Call) => Response | Promise<Response> | undefined) | undefined;

beforeEach(() => {
  life = new AbortController();
  [calls, lines, troubles, answer] = [[], [], [], undefined];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  vi.stubGlobal(
    "fetch",
    fakeFetch(calls, (call) => {
      const other = answer?.(call);
      if (other) return other;
      if (call.url.endsWith(ID)) return new Response(null, { status: 204 });
      return opened(lines);
    }),
  );
});

afterEach(() => {
  life.abort();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function newRoute(): HttpRoute {
  return new HttpRoute("http://localhost/api/stream", ID, (trouble) => troubles.push(trouble));
}

function event(place: number, data: Data): string {
  return `id: ${ID}-${place}\ndata: ${JSON.stringify(data)}\n\n`;
}

const first = (place = 0, resumeFor = 30) => event(place, { stream: ID, now: 5, resume_for: resumeFor });

const REPLY: Op[] = [
  { op: "turn", id: "t2", role: "assistant" },
  { op: "reply", status: "streaming" },
  { op: "block", type: "text" },
];

const reply = () => REPLY.map((op, index) => event(index + 1, { ...op })).join("");

/** A page that has greeted, and what its connection was given. */
async function greeted() {
  const route = newRoute();
  const frames: Record<string, unknown>[] = [];
  route.listen((wire) => frames.push(wire as Record<string, unknown>), life.signal);
  route.send({ v: 1, kind: "resync", page: "p", seq: 0 });
  await tick();
  return { route, frames };
}

const tick = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

const streams = () => calls.filter(({ url }) => url.endsWith("/api/stream"));

test("the page's greeting opens the conversation, and a greeting again does not open it twice", async () => {
  const { route } = await greeted();
  route.send({ v: 1, kind: "resync", page: "p", seq: 0 });
  await tick();
  expect(streams().map(({ body }) => body)).toEqual([{ chat: true, id: ID }]);
});

test("each connection tells the server's clock, and that the page is known", async () => {
  const { frames } = await greeted();
  lines[0]?.send(first());
  await tick();
  expect(frames).toEqual([{ v: 1, kind: "update", base: 0, seq: 0, now: 5, to: "p" }]);
});

test("what comes together goes to the page in one frame, with the server's places", async () => {
  const { frames } = await greeted();
  lines[0]?.send(first() + reply() + event(6, { text: "Hi 👩" }) + event(7, { text: "!" }));
  await tick();
  lines[0]?.send(event(8, { done: true, op: "reply", status: "done" }));
  await tick();
  expect(frames.slice(1)).toEqual([
    {
      v: 1,
      kind: "update",
      base: 0,
      seq: 7,
      to: "p",
      ops: [...REPLY, { op: "text", text: "Hi 👩" }, { op: "text", text: "!" }],
    },
    { v: 1, kind: "update", base: 7, seq: 8, to: "p", ops: [{ op: "reply", status: "done" }] },
  ]);
});

test("a page that cannot paint as fast is not given more than it holds", async () => {
  const { route, frames } = await greeted();
  let sent = first() + reply();
  for (let place = 3 + 16_000; place < 100_000; place += 16_000)
    sent += event(place, { text: "x".repeat(16_000) });
  lines[0]?.send(sent);
  const last = () => Number(frames.at(-1)?.seq);
  await tick();
  let painted = 0;
  while (painted < 96_003) {
    expect(last() - painted).toBeLessThanOrEqual(HIGH);
    expect(last()).toBeGreaterThan(painted);
    painted = last();
    route.send({ v: 1, kind: "ack", page: "p", seq: painted });
    await tick();
  }
});

test("a connection that drops is made again from where the page is", async () => {
  const { frames } = await greeted();
  lines[0]?.send(first() + reply());
  await tick();
  lines[0]?.drop();
  await tick(250);
  expect(placeOf(streams()[1] as Call)).toBe(3);
  lines[1]?.send(first(3) + event(5, { text: "Hi" }));
  await tick();
  expect(frames.at(-1)).toMatchObject({ base: 3, seq: 5 });
  expect(troubles.filter(Boolean)).toEqual([]);
});

test("where a drop is the stop, the page says so and comes back by itself, or at once when told to", async () => {
  const { route } = await greeted();
  for (const back of [() => tick(2_000), async () => route.reconnect()]) {
    const line = lines.at(-1);
    line?.send(first(line === lines[0] ? 0 : 3, 0) + (line === lines[0] ? reply() : ""));
    await tick();
    expect(troubles.at(-1)).toBe(undefined);
    line?.drop();
    await tick();
    expect(troubles.at(-1)).toEqual({
      said: "The connection to the server is lost. Trying again…",
      over: false,
    });
    await back();
    await tick();
    expect(placeOf(streams().at(-1) as Call)).toBe(3);
  }
  expect(streams()).toHaveLength(3);
});

test.each([400, 401, 404, 410])(
  "a conversation that the server does not give any more (%i) is over",
  async (status) => {
    await greeted();
    lines[0]?.send(first() + reply());
    await tick();
    answer = () => refused(status, "It is not here any more.");
    lines[0]?.drop();
    await tick(30_000);
    expect(troubles.at(-1)).toEqual({ said: "It is not here any more.", over: true });
    expect(streams()).toHaveLength(2);
  },
);

test("a conversation in which nothing was said begins anew without a word", async () => {
  await greeted();
  lines[0]?.send(first());
  await tick();
  answer = ({ headers }) => (headers.has("Last-Event-ID") ? refused(410, "It is not here.") : undefined);
  lines[0]?.drop();
  await tick(250);
  expect(streams()).toHaveLength(3);
  expect(troubles.filter(Boolean)).toEqual([]);
});

test("a server that refuses is quoted, and asked again", async () => {
  answer = () => refused(429, "Too many.");
  await greeted();
  expect(troubles).toEqual([{ said: "Too many. Trying again…", over: false }]);
  answer = undefined;
  await tick(2_000);
  lines[0]?.send(first());
  await tick();
  expect(troubles.at(-1)).toBe(undefined);
});

test("a page that is behind gets what it asks for, on a new connection", async () => {
  const { route, frames } = await greeted();
  lines[0]?.send(first() + reply());
  await tick();
  route.send({ v: 1, kind: "resync", page: "p", seq: 3 });
  await tick();
  expect(streams()).toHaveLength(1);
  route.send({ v: 1, kind: "resync", page: "p", seq: 2 });
  await tick();
  expect(streams()[0]?.signal.aborted).toBe(true);
  expect(placeOf(streams()[1] as Call)).toBe(2);
  lines[1]?.send(first(2) + event(3, { ...REPLY[2] }));
  await tick();
  expect(frames.at(-1)).toMatchObject({ base: 2, seq: 3 });
});

const STOP = { v: 1, kind: "stop", page: "p", turn: "t2" } as const;

test("a wish goes to the conversation's address, a stop also from a page that is leaving", async () => {
  const { route } = await greeted();
  const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
  route.send(prompt);
  route.send(STOP);
  route.send({ v: 1, kind: "bye", page: "p" });
  await tick();
  const said = calls.filter(({ url }) => url.endsWith(`/api/stream/${ID}`));
  expect(said.map(({ body }) => body)).toEqual([prompt, STOP]);
  expect(said.map(({ keepalive }) => keepalive)).toEqual([false, true]);
});

test("a wish that the server refuses is answered on the page; one that is lost is not", async () => {
  const { route } = await greeted();
  answer = ({ url }) => {
    if (url.endsWith(ID)) throw new TypeError("Failed to fetch");
    return undefined;
  };
  route.send(STOP);
  await tick();
  answer = () => refused(404, "There is none.");
  route.send(STOP);
  await tick();
  expect(troubles).toEqual([]);
  lines[0]?.send(first());
  await tick();
  answer = () => refused(429, "Too many.");
  route.send(STOP);
  await tick();
  expect(troubles.at(-1)).toEqual({ said: "Too many.", over: false });
  answer = undefined;
  route.send(STOP);
  await tick();
  expect(troubles.at(-1)).toBe(undefined);
  answer = () => refused(404, "There is none.");
  route.send(STOP);
  await tick();
  expect(troubles.at(-1)).toEqual({ said: "There is none.", over: true });
  expect(streams()[0]?.signal.aborted).toBe(true);
});

test.each([400, 401, 413, 415])(
  "a wish that the server refuses for good (%i) is given up",
  async (status) => {
    const { route, frames } = await greeted();
    lines[0]?.send(first() + reply());
    await tick();
    answer = () => refused(status, "Not this.");
    const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
    // The second is sent while the first is on its way.
    for (const wish of [prompt, prompt, STOP]) route.send(wish);
    await tick();
    const said = { said: "Not this.", over: false };
    expect(troubles).toEqual([undefined, { ...said, back: prompt }, said]);
    const before = calls.length;
    for (const wish of [prompt, STOP]) route.send(wish);
    await tick();
    expect(calls).toHaveLength(before);
    const ops = [
      { op: "queue", key: "k", text: "Hi" },
      { op: "unqueue", key: "k" },
    ];
    const settled = { v: 1, kind: "update", base: 3, seq: 3, to: "p", ops };
    expect(frames.slice(-2)).toEqual([settled, settled]);
  },
);

test("what is wanted of a conversation that is over is its reader's again, and is told and sent once", async () => {
  const { route } = await greeted();
  lines[0]?.send(first() + reply());
  await tick();
  answer = () => refused(410, "It is not here any more.");
  const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
  route.send(prompt);
  await tick();
  const over = { said: "It is not here any more.", over: true };
  expect(troubles.slice(1)).toEqual([over]);
  for (let again = 0; again < 5; again++) {
    route.send(prompt);
    await tick(1_000);
  }
  expect(troubles.slice(2)).toEqual([{ ...over, back: prompt }]);
  expect(calls.filter(({ body }) => body.kind === "prompt")).toHaveLength(1);
});

test("a wish that was heard before the end does not take back that the conversation is over", async () => {
  const { route } = await greeted();
  lines[0]?.send(first() + reply());
  await tick();
  let arrived = () => {};
  answer = ({ url }) =>
    url.endsWith(ID)
      ? new Promise((resolve) => {
          arrived = () => resolve(new Response(null, { status: 204 }));
        })
      : refused(410, "It is not here any more.");
  route.send(STOP);
  await tick();
  lines[0]?.drop();
  await tick(250);
  arrived();
  await tick();
  expect(troubles.at(-1)).toEqual({ said: "It is not here any more.", over: true });
});

test("a wish that nobody answers gives its connection free, a large one when it had its time", async () => {
  vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
    const over = new AbortController();
    setTimeout(() => over.abort(), milliseconds);
    return over.signal;
  });
  answer = ({ url }) => (url.endsWith(ID) ? new Promise(() => {}) : undefined);
  const { route } = await greeted();
  const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
  route.send(prompt);
  route.send({ ...prompt, text: "x".repeat(1_000_000) });
  await tick(11_000);
  const wishes = calls.filter(({ url }) => url.endsWith(ID));
  expect(wishes.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  await tick(31_000);
  expect(wishes.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  vi.restoreAllMocks();
});

test("the page's end closes the connection and leaves the conversation; another one ends it", async () => {
  const { route } = await greeted();
  lines[0]?.send(first());
  await tick();
  life.abort();
  await tick(10_000);
  expect(streams()[0]?.signal.aborted).toBe(true);
  expect(calls).toHaveLength(1);
  route.end();
  await tick();
  expect(calls.at(-1)).toMatchObject({ method: "DELETE", keepalive: true });
});

const presence = (hidden: boolean) =>
  ({ v: 1, kind: "ack", page: "p", seq: 0, received: 0, views: 1, hidden }) as const;

/** A page that nobody sees any more, with a connection that stands. */
async function unseen(sent = "") {
  const page = await greeted();
  lines[0]?.send(first() + sent);
  await tick();
  page.route.send(presence(true));
  return page;
}

test("a page that nobody sees and where nothing goes on lets its connection go, and has it again when seen", async () => {
  const { route, frames } = await unseen(reply() + event(4, { done: true, op: "reply", status: "done" }));
  await tick(4_999);
  expect(streams()[0]?.signal.aborted).toBe(false);
  await tick(1);
  expect(streams()[0]?.signal.aborted).toBe(true);
  await tick(3_600_000 / 4);
  expect([streams().length, calls.length]).toEqual([1, 1]);
  route.send(presence(false));
  await tick();
  expect(placeOf(streams()[1] as Call)).toBe(4);
  lines[1]?.send(first(4) + event(5, { op: "turn", id: "t3", role: "user" }));
  await tick(40_000);
  expect(frames.at(-1)).toMatchObject({ base: 4, seq: 5 });
  expect(streams()[1]?.signal.aborted).toBe(false);
  expect(troubles.filter(Boolean)).toEqual([]);
});

test("a page that rests shows the server every twenty minutes that it is there", async () => {
  await unseen();
  await tick(5_000);
  for (const time of [1, 2, 3]) {
    await tick(20 * 60_000);
    expect(streams()).toHaveLength(time + 1);
    lines[time]?.send(first());
    await tick(4_999);
    expect(streams()[time]?.signal.aborted).toBe(false);
    await tick(1);
    expect(streams()[time]?.signal.aborted).toBe(true);
  }
});

test.each([
  ["a reply runs", reply(), event(4, { done: true, op: "reply", status: "stopped" })],
  ["a message waits", event(1, { op: "queue", key: "k", text: "Hi" }), event(2, { op: "unqueue", key: "k" })],
])("while %s a page keeps its connection, seen or not", async (_, going, over) => {
  await unseen(going);
  await tick(40_000);
  expect(streams()[0]?.signal.aborted).toBe(false);
  lines[0]?.send(over);
  await tick(10_000);
  expect(streams()[0]?.signal.aborted).toBe(true);
});

test("while a wish is on its way a page keeps its connection, and as long as what it does may come", async () => {
  let arrived = () => {};
  const heard = new Promise<Response>((resolve) => {
    arrived = () => resolve(new Response(null, { status: 204 }));
  });
  answer = ({ url }) => (url.endsWith(ID) ? heard : undefined);
  const { route } = await unseen(reply());
  route.send({ v: 1, kind: "approve", page: "p", call: "c", run: true });
  lines[0]?.send(event(4, { done: true, op: "reply", status: "done" }));
  const left = () => streams()[0]?.signal.aborted;
  await tick(900);
  arrived();
  await tick(4_999);
  expect(left()).toBe(false);
  await tick(1);
  expect(left()).toBe(true);
});

test("what is wanted while a page rests has it read again, as what comes of it would end with no reader", async () => {
  const { route } = await unseen();
  await tick(5_000);
  expect(streams()[0]?.signal.aborted).toBe(true);
  route.send({ v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" });
  await tick();
  expect(streams()).toHaveLength(2);
  lines[1]?.send(first());
  await tick(5_000);
  expect(streams()[1]?.signal.aborted).toBe(true);
});

test("the end of a page is the end of its rest", async () => {
  await unseen();
  await tick(5_000);
  life.abort();
  await tick(3_600_000);
  expect(streams()).toHaveLength(1);
});

test("a wish that waits for a connection gets the stream's, but a reply ends only with a Stop", async () => {
  answer = ({ url }) => (url.endsWith(ID) ? new Promise(() => {}) : undefined);
  const { route } = await greeted();
  const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
  lines[0]?.send(first());
  await tick();
  route.send(prompt);
  await tick(999);
  expect(streams()).toHaveLength(1);
  await tick(1);
  expect(streams()[0]?.signal.aborted).toBe(true);
  expect(streams()).toHaveLength(2);
  // As long as that one does not stand, there is none to give.
  route.send(prompt);
  await tick(1_000);
  expect(streams()).toHaveLength(2);
  lines[1]?.send(first() + reply());
  await tick();
  route.send(prompt);
  await tick(1_000);
  expect(streams()).toHaveLength(2);
  route.send(STOP);
  await tick(1_000);
  expect(streams()[1]?.signal.aborted).toBe(true);
  expect(placeOf(streams()[2] as Call)).toBe(3);
});
