import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HIGH_MARK_CHARS } from "../../src/core/inbox.ts";
import { HttpRoute, type RouteProblem } from "../../src/transport/http.ts";
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
let problems: (RouteProblem | undefined)[];
/** The reports about the link to the server. */
let links: string[];
/** Answers instead of a stream, or to a command. */
let answer: ((call: Call) => Response | Promise<Response> | undefined) | undefined;

beforeEach(() => {
  life = new AbortController();
  [calls, responses, problems, links, answer] = [[], [], [], [], undefined];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  vi.stubGlobal(
    "fetch",
    fakeFetch(calls, (call) => {
      const other = answer?.(call);
      if (other) return other;
      if (call.url.endsWith(CHAT_ID)) return new Response(null, { status: 204 });
      return openResponse(responses);
    }),
  );
});

afterEach(() => {
  life.abort();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function newRoute(): HttpRoute {
  const report = (problem: RouteProblem | undefined) => problems.push(problem);
  const route = new HttpRoute("http://localhost/api/stream", CHAT_ID, report, life.signal);
  route.watchLink((event) => links.push(event));
  return route;
}

/** Open the stream by a page's first resync; `frames` are those that the page was given. */
async function openedRoute() {
  const route = newRoute();
  const frames: Record<string, unknown>[] = [];
  route.listen((wire) => frames.push(wire as Record<string, unknown>));
  route.send({ v: 1, kind: "resync", page: "p", seq: 0 });
  await tick();
  return { route, frames };
}

const tick = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

const streams = () => calls.filter(({ url }) => url.endsWith("/api/stream"));

test("the page's first resync opens the stream, and a repeated one does not open it again", async () => {
  const { route } = await openedRoute();
  route.send({ v: 1, kind: "resync", page: "p", seq: 0 });
  await tick();
  expect(streams().map(({ body }) => body)).toEqual([{ chat: true, id: CHAT_ID }]);
});

test("each connection passes on the server's time, in a frame addressed to the page", async () => {
  const { frames } = await openedRoute();
  responses[0]?.send(first());
  await tick();
  expect(frames).toEqual([{ v: 1, kind: "update", base: 0, seq: 0, now: 5, to: "p" }]);
});

test("events that come together go to the page in one frame, with the server's positions", async () => {
  const { frames } = await openedRoute();
  responses[0]?.send(first() + reply() + event(6, { text: "Hi 👩" }) + event(7, { text: "!" }));
  await tick();
  responses[0]?.send(event(8, { done: true, op: "reply", status: "done" }));
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

test("a page that paints slowly is given no more than the high mark", async () => {
  const { route, frames } = await openedRoute();
  let sent = first() + reply();
  for (let position = 3 + 16_000; position < 100_000; position += 16_000)
    sent += event(position, { text: "x".repeat(16_000) });
  responses[0]?.send(sent);
  const last = () => Number(frames.at(-1)?.seq);
  await tick();
  let painted = 0;
  while (painted < 96_003) {
    expect(last() - painted).toBeLessThanOrEqual(HIGH_MARK_CHARS);
    expect(last()).toBeGreaterThan(painted);
    painted = last();
    route.send({ v: 1, kind: "ack", page: "p", seq: painted });
    await tick();
  }
});

test.each([400, 401, 404, 410])(
  "a conversation that the server refuses to resume (%i) is over",
  async (status) => {
    await openedRoute();
    responses[0]?.send(first() + reply());
    await tick();
    answer = () => refusal(status, "It is not here any more.");
    responses[0]?.drop();
    await tick(30_000);
    const isForgotten = status === 404 || status === 410;
    const problem = isForgotten ? undefined : { message: "It is not here any more.", isOver: true };
    expect([problems.at(-1), links.includes("server_forgot")]).toEqual([problem, isForgotten]);
    expect(streams()).toHaveLength(2);
  },
);

const STOP = { v: 1, kind: "stop", page: "p", turn: "t2" } as const;

test("a command goes to the conversation's address, and a stop even from a page that is leaving", async () => {
  const { route } = await openedRoute();
  const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
  route.send(prompt);
  route.send(STOP);
  route.send({ v: 1, kind: "bye", page: "p" });
  await tick();
  const posted = calls.filter(({ url }) => url.endsWith(`/api/stream/${CHAT_ID}`));
  expect(posted.map(({ body }) => body)).toEqual([prompt, STOP]);
  expect(posted.map(({ keepalive }) => keepalive)).toEqual([false, true]);
});

test("a command that the server refuses is reported; one that is lost is not", async () => {
  const { route } = await openedRoute();
  answer = ({ url }) => {
    if (url.endsWith(CHAT_ID)) throw new TypeError("Failed to fetch");
    return undefined;
  };
  route.send(STOP);
  await tick();
  answer = () => refusal(404, "There is none.");
  route.send(STOP);
  await tick();
  expect(problems).toEqual([]);
  responses[0]?.send(first());
  await tick();
  answer = () => refusal(429, "Too many.");
  route.send(STOP);
  await tick();
  expect(problems.at(-1)).toEqual({ message: "Too many.", isOver: false });
  answer = undefined;
  route.send(STOP);
  await tick();
  expect(problems.at(-1)).toBe(undefined);
  answer = () => refusal(404, "There is none.");
  route.send(STOP);
  await tick();
  expect([problems.at(-1), links.at(-1)]).toEqual([undefined, "server_forgot"]);
  expect(streams()[0]?.signal.aborted).toBe(true);
});

test.each([400, 401, 413, 415])(
  "a command that the server refuses for good (%i) is given up",
  async (status) => {
    const { route, frames } = await openedRoute();
    responses[0]?.send(first() + reply());
    await tick();
    answer = () => refusal(status, "Not this.");
    const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
    // The second is sent while the first is on its way.
    for (const command of [prompt, prompt, STOP]) route.send(command);
    await tick();
    const problem = { message: "Not this.", isOver: false };
    expect(problems).toEqual([undefined, { ...problem, rejectedPrompt: prompt }, problem]);
    const before = calls.length;
    for (const command of [prompt, STOP]) route.send(command);
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

test("a message to a conversation that is over is sent once, and goes back to the user", async () => {
  const { route } = await openedRoute();
  responses[0]?.send(first() + reply());
  await tick();
  answer = () => refusal(410, "It is not here any more.");
  const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
  route.send(prompt);
  await tick();
  expect([problems.at(-1), links.at(-1)]).toEqual([undefined, "server_forgot"]);
  for (let again = 0; again < 5; again++) {
    route.send(prompt);
    await tick(1_000);
  }
  const over = { message: "The server no longer has this chat.", isOver: true };
  expect(problems.at(-1)).toEqual({ ...over, rejectedPrompt: prompt });
  expect(calls.filter(({ body }) => body.kind === "prompt")).toHaveLength(1);
});

test("a command answered late does not take back that the conversation is over", async () => {
  const { route } = await openedRoute();
  responses[0]?.send(first() + reply());
  await tick();
  let arrived = () => {};
  answer = ({ url }) =>
    url.endsWith(CHAT_ID)
      ? new Promise((resolve) => {
          arrived = () => resolve(new Response(null, { status: 204 }));
        })
      : refusal(410, "It is not here any more.");
  route.send(STOP);
  await tick();
  responses[0]?.drop();
  await tick(250);
  arrived();
  await tick();
  expect(links.at(-1)).toBe("server_forgot");
});

test("a connection that is lost and made again is told", async () => {
  await openedRoute();
  responses[0]?.send(first() + reply());
  await tick();
  expect(links).toEqual(["restored"]);
  responses[0]?.drop();
  await tick(250);
  expect(links).toEqual(["restored", "cut", "restored"]);
});

test("a message that cannot be posted goes back to the user once the connection is lost for three seconds", async () => {
  const { route } = await openedRoute();
  responses[0]?.send(first() + reply());
  await tick();
  answer = () => {
    throw new TypeError("Failed to fetch");
  };
  const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
  responses[0]?.drop();
  await tick();
  route.send(prompt);
  await tick(2_900);
  expect(problems.filter((problem) => problem?.rejectedPrompt)).toEqual([]);
  await tick(200);
  route.send(STOP);
  route.send(prompt);
  await tick();
  const lost = { message: "The connection to the server is lost. Trying again…", isOver: false };
  expect(problems.filter((problem) => problem?.rejectedPrompt)).toEqual([
    { ...lost, rejectedPrompt: prompt },
  ]);
});

test("a conversation that the server is known to have lost opens no stream", async () => {
  const route = newRoute();
  route.markForgotten();
  expect([links, calls]).toEqual([["server_forgot"], []]);
});

test("a command without an answer frees its connection, a large one after more time", async () => {
  vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
    const over = new AbortController();
    setTimeout(() => over.abort(), milliseconds);
    return over.signal;
  });
  answer = ({ url }) => (url.endsWith(CHAT_ID) ? new Promise(() => {}) : undefined);
  const { route } = await openedRoute();
  const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
  route.send(prompt);
  route.send({ ...prompt, text: "x".repeat(1_000_000) });
  await tick(11_000);
  const commands = calls.filter(({ url }) => url.endsWith(CHAT_ID));
  expect(commands.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  await tick(31_000);
  expect(commands.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  vi.restoreAllMocks();
});

test("a closed page leaves the conversation running; beginning another one ends it", async () => {
  const { route } = await openedRoute();
  responses[0]?.send(first());
  await tick();
  life.abort();
  await tick(10_000);
  expect(streams()[0]?.signal.aborted).toBe(true);
  expect(calls).toHaveLength(1);
  route.endConversation();
  await tick();
  expect(calls.at(-1)).toMatchObject({ method: "DELETE", keepalive: true });
});

/** Open a route, and hide its page. */
async function hiddenRoute(sent = "") {
  const page = await openedRoute();
  responses[0]?.send(first() + sent);
  await tick();
  page.route.setPresence(true);
  return page;
}

test("a hidden, idle page closes its connection, and opens it when it is seen", async () => {
  const { route, frames } = await hiddenRoute(
    reply() + event(4, { done: true, op: "reply", status: "done" }),
  );
  await tick(4_999);
  expect(streams()[0]?.signal.aborted).toBe(false);
  await tick(1);
  expect(streams()[0]?.signal.aborted).toBe(true);
  await tick(3_600_000 / 4);
  expect([streams().length, calls.length]).toEqual([1, 1]);
  route.setPresence(false);
  await tick();
  expect(positionOf(streams()[1] as Call)).toBe(4);
  responses[1]?.send(first(4) + event(5, { op: "turn", id: "t3", role: "user" }));
  await tick(40_000);
  expect(frames.at(-1)).toMatchObject({ base: 4, seq: 5 });
  expect(streams()[1]?.signal.aborted).toBe(false);
  expect(problems.filter(Boolean)).toEqual([]);
});

test("a page without a connection opens one for a moment every twenty minutes", async () => {
  await hiddenRoute();
  await tick(5_000);
  for (const time of [1, 2, 3]) {
    await tick(20 * 60_000);
    expect(streams()).toHaveLength(time + 1);
    responses[time]?.send(first());
    await tick(4_999);
    expect(streams()[time]?.signal.aborted).toBe(false);
    await tick(1);
    expect(streams()[time]?.signal.aborted).toBe(true);
  }
});

test.each([
  ["a reply runs", reply(), event(4, { done: true, op: "reply", status: "stopped" })],
  ["a message waits", event(1, { op: "queue", key: "k", text: "Hi" }), event(2, { op: "unqueue", key: "k" })],
])("while %s a hidden page keeps its connection", async (_, going, over) => {
  await hiddenRoute(going);
  await tick(40_000);
  expect(streams()[0]?.signal.aborted).toBe(false);
  responses[0]?.send(over);
  await tick(10_000);
  expect(streams()[0]?.signal.aborted).toBe(true);
});

test("while a command is on its way a hidden page keeps its connection, and five seconds longer", async () => {
  let arrived = () => {};
  const answered = new Promise<Response>((resolve) => {
    arrived = () => resolve(new Response(null, { status: 204 }));
  });
  answer = ({ url }) => (url.endsWith(CHAT_ID) ? answered : undefined);
  const { route } = await hiddenRoute(reply());
  route.send({ v: 1, kind: "approve", page: "p", call: "c", run: true });
  responses[0]?.send(event(4, { done: true, op: "reply", status: "done" }));
  const left = () => streams()[0]?.signal.aborted;
  await tick(900);
  arrived();
  await tick(4_999);
  expect(left()).toBe(false);
  await tick(1);
  expect(left()).toBe(true);
});

test("a command from a page without a connection opens one, because a reply without a reader would end", async () => {
  const { route } = await hiddenRoute();
  await tick(5_000);
  expect(streams()[0]?.signal.aborted).toBe(true);
  route.send({ v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" });
  await tick();
  expect(streams()).toHaveLength(2);
  responses[1]?.send(first());
  await tick(5_000);
  expect(streams()[1]?.signal.aborted).toBe(true);
});

test("a closed page opens no connection again", async () => {
  await hiddenRoute();
  await tick(5_000);
  life.abort();
  await tick(3_600_000);
  expect(streams()).toHaveLength(1);
});

test("a command that waits for a connection gets the stream's, but only a Stop ends a reply", async () => {
  answer = ({ url }) => (url.endsWith(CHAT_ID) ? new Promise(() => {}) : undefined);
  const { route } = await openedRoute();
  const prompt = { v: 1, kind: "prompt", page: "p", key: "k", text: "Hi" } as const;
  responses[0]?.send(first());
  await tick();
  route.send(prompt);
  await tick(999);
  expect(streams()).toHaveLength(1);
  await tick(1);
  expect(streams()[0]?.signal.aborted).toBe(true);
  expect(streams()).toHaveLength(2);
  // While the stream is not open, it has no connection to give.
  route.send(prompt);
  await tick(1_000);
  expect(streams()).toHaveLength(2);
  responses[1]?.send(first() + reply());
  await tick();
  route.send(prompt);
  await tick(1_000);
  expect(streams()).toHaveLength(2);
  route.send(STOP);
  await tick(1_000);
  expect(streams()[1]?.signal.aborted).toBe(true);
  expect(positionOf(streams()[2] as Call)).toBe(3);
});

test("a page that goes says goodbye by a beacon while a reply runs", async () => {
  const beacon = vi.fn();
  vi.stubGlobal("navigator", { sendBeacon: beacon });
  const { route } = await openedRoute();
  responses[0]?.send(first());
  await tick();
  const bye = { v: 1, kind: "bye", page: "p" } as const;
  route.send(bye);
  expect(beacon).not.toHaveBeenCalled();
  responses[0]?.send(reply());
  await tick();
  route.send(bye);
  const [address, body] = beacon.mock.calls[0] ?? [];
  expect(address).toMatch(new RegExp(`/api/stream/${CHAT_ID}$`));
  expect(body.type).toBe("application/json");
  expect(JSON.parse(await body.text())).toEqual(bye);
  route.markForgotten();
  route.send(bye);
  expect(beacon).toHaveBeenCalledOnce();
});
