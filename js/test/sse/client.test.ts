import { afterEach, beforeEach, expect, test, vi } from "vitest";
import keepAlives from "../../../tests/fixtures/sse_keep_alives.json" with { type: "json" };
import { type Data, newId, StreamError, type StreamOptions, streamChat } from "../../src/sse/client.ts";
import { seeded } from "../core/random.ts";
import {
  type Call,
  chunkedResponse,
  cut,
  fakeFetch,
  OpenResponse,
  positionOf,
  refusal,
  THOUGHT,
  writeStream,
} from "../stream-server.ts";

const URL_ = "http://localhost/api/stream";
const ANSWER = "Grüße, 👩‍🚀!\n\r\n\r data: {}\n\n: x";
const SECOND_MS = 1_000;

/** Time for thousands of streams on a busy machine. */
const LONG_TEST_MS = 60_000;

/** Faked time between two turns of the real event loop, in which bodies are read. */
const STEP_MS = 250;

/** Let faked time pass in steps: in one leap, time limits would end requests whose bodies had no turn to be read. */
async function passTime(ms: number): Promise<void> {
  for (let left = ms; ; left -= STEP_MS) {
    await vi.advanceTimersByTimeAsync(Math.min(left, STEP_MS));
    if (left <= STEP_MS) return;
  }
}

/**
 * Let faked time pass until a stream has ended, and return how it ended. On a busy machine a body is read some
 * turns later than its time, so there is room beyond the time in which it should end.
 */
async function endWithin<T>(ended: Promise<T>, ms: number): Promise<T> {
  let isOver = false;
  const over = () => (isOver = true);
  ended.then(over, over);
  for (let left = 2 * ms; !isOver && left > 0; left -= STEP_MS) await passTime(STEP_MS);
  expect(isOver, "the stream has ended").toBe(true);
  return ended;
}

let calls: Call[];

beforeEach(() => {
  calls = [];
  // Node reads bodies by timers of its own kinds, which go on.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function serve(answer: (call: Call) => Response | Promise<Response>): void {
  vi.stubGlobal("fetch", fakeFetch(calls, answer));
}

/** Answer each connection with the next of the answers, and all further ones with the last. */
function serveInTurn(...answers: ((call: Call) => Response)[]): void {
  serve((call) =>
    (answers[Math.min(calls.filter(({ method }) => method === "POST").length, answers.length) - 1] ?? refuse)(
      call,
    ),
  );
}

const refuse = () => refusal(410, "The stream is over.");
const drop = (): Response => {
  throw new TypeError("Failed to fetch");
};

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Read a stream; `read` is the part that was delivered, even if the stream failed. */
function reading(options: StreamOptions = {}, body: Data = { prompt: "Hello" }) {
  const read = { text: "", thinking: "", done: 0, positions: [] as number[] };
  const ended = streamChat(URL_, body, {
    onText: (text) => (read.text += text),
    onThinking: (text) => (read.thinking += text),
    onDone: () => (read.done += 1),
    ...options,
    onEvent: (data, position, id) => {
      read.positions.push(position);
      return options.onEvent?.(data, position, id);
    },
  });
  ended.catch(() => {});
  return { read, ended };
}

const WHOLE = { text: ANSWER, thinking: THOUGHT, done: 1 };

async function readWhole(parts: Uint8Array[]): Promise<void> {
  serve(() => chunkedResponse(parts));
  const { read, ended } = reading();
  expect(await ended).toMatchObject({ done: true, status: "done", usage: { output_tokens: 2 } });
  expect(read).toMatchObject(WHOLE);
}

test.each(["\n", "\r\n", "\r"])(
  "lines that end with %j are read, cut at any byte",
  async (newline) => {
    const all = bytes(`\uFEFF${writeStream(ANSWER, 0, { newline })}`);
    for (let offset = 0; offset <= all.length; offset++) await readWhole(cut(all, offset));
    await readWhole(cut(all, ...all.keys()));
  },
  LONG_TEST_MS,
);

test("an answer cut anywhere, into any pieces of text, is the same", async () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const newline = ["\n", "\r\n", "\r"][Math.floor(random() * 3)] ?? "\n";
    const all = bytes(writeStream(ANSWER, 0, { newline, pieces: () => 1 + Math.floor(random() * 9) }));
    const offsets = Array.from({ length: Math.floor(random() * 40) }, () =>
      Math.floor(random() * all.length),
    );
    await readWhole(cut(all, ...offsets));
  }
});

test("a last event without a newline at its end is read", async () => {
  const all = writeStream(ANSWER).trimEnd();
  await readWhole([bytes(all)]);
  await readWhole([bytes(`${all}\n`)]);
});

test(
  "a connection that drops at any byte costs nothing and doubles nothing",
  async () => {
    const all = bytes(writeStream(ANSWER));
    for (let offset = 0; offset < all.length; offset++) {
      const random = seeded(offset);
      calls.length = 0;
      serveInTurn(
        () => chunkedResponse([all.slice(0, offset)], true),
        (call) =>
          chunkedResponse([
            bytes(writeStream(ANSWER, positionOf(call), { pieces: () => 1 + Math.floor(random() * 7) })),
          ]),
      );
      const { read, ended } = reading();
      await endWithin(ended, 250);
      expect(read).toMatchObject(WHOLE);
      expect(new Set(calls.map(({ body }) => body.id)).size).toBe(1);
    }
  },
  LONG_TEST_MS,
);

test("an answer whose connection is lost again and again is the same", async () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seeded(seed);
    let drops = 5;
    serve((call) => {
      const all = bytes(
        writeStream(ANSWER, positionOf(call), { pieces: () => 1 + Math.floor(random() * 7) }),
      );
      return drops-- > 0
        ? chunkedResponse([all.slice(0, Math.floor(random() * all.length))], true)
        : chunkedResponse([all]);
    });
    const { read, ended } = reading();
    await endWithin(ended, 30 * SECOND_MS);
    expect(read).toMatchObject(WHOLE);
    expect(read.positions).toEqual([...read.positions].sort((a, b) => a - b));
  }
});

test("an event that the server repeats is not delivered again", async () => {
  const all = writeStream(ANSWER);
  const half = all.indexOf("data:", all.length / 2);
  serveInTurn(
    () => chunkedResponse([bytes(all.slice(0, half))], true),
    () => chunkedResponse([bytes(all)]),
  );
  const { read, ended } = reading();
  await endWithin(ended, 250);
  expect(read).toMatchObject(WHOLE);
});

test("a server that resumes at a later position causes an error", async () => {
  serveInTurn(
    () => chunkedResponse([bytes(writeStream(ANSWER).slice(0, 150))], true),
    () => chunkedResponse([bytes(writeStream(ANSWER, 9))]),
  );
  const { ended } = reading();
  await expect(endWithin(ended, 250)).rejects.toThrow("later position");
});

test("a response that ends before the answer's last event is an error", async () => {
  const all = bytes(writeStream(ANSWER, 0, { resumeFor: 0 }));
  for (const offset of [0, 30, all.length - 60, all.length - 5]) {
    serve(() => chunkedResponse([all.slice(0, offset)]));
    const { read, ended } = reading();
    await expect(ended).rejects.toMatchObject({ name: "StreamError", status: 0, message: /broke off/ });
    expect(read.done).toBe(0);
  }
  expect(calls.filter(({ method }) => method === "POST")).toHaveLength(4);
});

test("attempts come at growing delays until the server no longer keeps the stream", async () => {
  serveInTurn(
    () => chunkedResponse([bytes(writeStream(ANSWER, 0, { resumeFor: 12 }).slice(0, 200))], true),
    drop,
  );
  const { ended } = reading();
  const times: number[] = [];
  for (let step = 1; step <= 260; step++) {
    const before = calls.length;
    await passTime(50);
    if (calls.length > before) times.push(step * 50);
  }
  expect(times).toEqual([50, 250, 750, 1_750, 3_750, 7_750, 11_750, 12_000]);
  await expect(ended).rejects.toMatchObject({ status: 0, message: /within 12 s/ });
});

test("before the first answer attempts go on for ten seconds, with the same id", async () => {
  serveInTurn(drop, drop, () => chunkedResponse([bytes(writeStream(ANSWER))]));
  const first = reading();
  await endWithin(first.ended, SECOND_MS);
  expect(first.read).toMatchObject(WHOLE);
  expect(new Set(calls.map(({ body }) => body.id)).size).toBe(1);
  serve(drop);
  const second = reading();
  await passTime(9 * SECOND_MS);
  const unsettled = await Promise.race([second.ended.catch(() => "failed"), Promise.resolve("still trying")]);
  expect(unsettled).toBe("still trying");
  await passTime(SECOND_MS);
  await expect(second.ended).rejects.toMatchObject({ status: 0, message: /cannot be reached/ });
});

test("an attempt is made as soon as the machine is online", async () => {
  const online = new EventTarget();
  vi.stubGlobal("addEventListener", online.addEventListener.bind(online));
  serveInTurn(drop, () => chunkedResponse([bytes(writeStream(ANSWER))]));
  const { ended } = reading();
  await passTime(10);
  online.dispatchEvent(new Event("online"));
  await ended;
});

/** The beginning of a stream and a lost connection; `rest` is the answer to the resumption. */
const begun = () => chunkedResponse([bytes(writeStream(ANSWER).slice(0, 200))], true);
const rest = (call: Call) => chunkedResponse([bytes(writeStream(ANSWER, positionOf(call)))]);

/** No answer, until the connection is aborted. */
const hang = () => new Promise<Response>(() => {});

test("an attempt that hangs does not use up the time of all others", async () => {
  const answers = [begun, hang, rest];
  serve((call) => (answers[calls.length - 1] ?? refuse)(call));
  const { read, ended } = reading();
  await endWithin(ended, 13 * SECOND_MS);
  expect(read).toMatchObject(WHOLE);
  expect(calls[1]?.signal.aborted).toBe(true);
});

test("a request of megabytes gets the time that a slow network needs", async () => {
  const late = (call: Call) =>
    new Promise<Response>((resolve) => setTimeout(() => resolve(rest(call)), 25 * SECOND_MS));
  const answers = [begun, late];
  serve((call) => (answers[calls.length - 1] ?? refuse)(call));
  const { read, ended } = reading({}, { prompt: "x".repeat(2_000_000) });
  await endWithin(ended, 26 * SECOND_MS);
  expect(read).toMatchObject(WHOLE);
});

test("a chat that cannot be opened is an error, and a request that is slow to arrive is waited for", async () => {
  serve(hang);
  const chat = reading({}, { chat: true });
  reading();
  await expect(endWithin(chat.ended, 13 * SECOND_MS)).rejects.toMatchObject({
    status: 0,
    message: /cannot be reached/,
  });
  expect(calls.find(({ body }) => body.prompt)?.signal.aborted).toBe(false);
  await passTime(300 * SECOND_MS);
  expect(calls).toHaveLength(2);
});

test("a refusal whose body stalls gets a message made from its status", async () => {
  const stalls = ({ signal }: Call) =>
    new Response(
      new ReadableStream({
        start: (body) => signal.addEventListener("abort", () => body.error(signal.reason)),
      }),
      { status: 502 },
    );
  serveInTurn(begun, stalls, rest);
  const { read, ended } = reading();
  await endWithin(ended, 13 * SECOND_MS);
  expect(read).toMatchObject(WHOLE);
});

test("a silent connection is lost, even if the server keeps no streams", async () => {
  const line = new OpenResponse();
  serve(() => line.response);
  line.send(writeStream(ANSWER, 0, { resumeFor: 0 }).slice(0, 200));
  const { ended } = reading();
  await passTime(51 * SECOND_MS);
  expect(calls[0]?.signal.aborted).toBe(true);
  line.drop();
  await expect(ended).rejects.toMatchObject({ status: 0, message: /broke off/ });
});

test.each([
  ["/api/stream", "/api/stream/a-name"],
  ["/api/stream?tenant=7", "/api/stream/a-name?tenant=7"],
])("an abort of a stream of %s sends DELETE to %s", async (requested, deleted) => {
  serve(hang);
  const stop = new AbortController();
  const ended = streamChat(`http://localhost${requested}`, { prompt: "Hello", id: "a-name" }, stop);
  ended.catch(() => {});
  await passTime(1);
  stop.abort();
  await expect(ended).rejects.toThrow();
  await passTime(0);
  expect(calls.at(-1)).toMatchObject({ method: "DELETE", url: `http://localhost${deleted}` });
});

test.each([404, 410])("%i on resuming is final", async (status) => {
  serveInTurn(
    () => chunkedResponse([bytes(writeStream(ANSWER).slice(0, 200))], true),
    () => refusal(status, "The server was started again."),
  );
  const { ended } = reading();
  await expect(endWithin(ended, 250)).rejects.toMatchObject({
    status,
    message: "The server was started again.",
  });
  expect(calls).toHaveLength(2);
});

test.each([
  [502, "a proxy whose server is just starting"],
  [429, "a server that still counts connections that are dead"],
  [408, "a server that the question reached too slowly"],
])("a %i on resuming is transient: %s is requested again", async (status) => {
  serveInTurn(
    () => chunkedResponse([bytes(writeStream(ANSWER).slice(0, 200))], true),
    () => new Response("<h1>Not now</h1>", { status }),
    (call) => chunkedResponse([bytes(writeStream(ANSWER, positionOf(call)))]),
  );
  const { read, ended } = reading();
  await endWithin(ended, SECOND_MS);
  expect(read).toMatchObject(WHOLE);
});

test("a connection that is silent for longer than the heartbeat is made again", async () => {
  const line = new OpenResponse();
  serveInTurn(
    () => line.response,
    (call) => chunkedResponse([bytes(writeStream(ANSWER, positionOf(call)))]),
  );
  const { read, ended } = reading();
  const all = writeStream(ANSWER);
  line.send(all.slice(0, all.indexOf("id:", 200)));
  await passTime(45 * SECOND_MS);
  line.send(": heartbeat\n\n");
  await passTime(45 * SECOND_MS);
  expect(calls).toHaveLength(1);
  expect(calls[0]?.signal.aborted).toBe(false);
  await passTime(6 * SECOND_MS);
  expect(calls[0]?.signal.aborted).toBe(true);
  line.drop();
  await endWithin(ended, SECOND_MS);
  expect(read).toMatchObject(WHOLE);
});

test("a refusal has the server's sentence, and is not repeated", async () => {
  serve(() => refusal(429, "Too many streams at once: 4. Wait until one has ended."));
  const { ended } = reading();
  const error = await ended.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(StreamError);
  expect(error).toMatchObject({ status: 429, message: /^Too many streams/, data: { error: /^Too many/ } });
  expect(calls).toHaveLength(1);
});

test.each([
  [new Response("no", { status: 500, statusText: "Internal Server Error" }), 500, /answered 500 Internal/],
  [new Response("<p>Log in", { headers: { "Content-Type": "text/html" } }), 200, /something else/],
])("a response that is not a stream of events is an error", async (response, status, message) => {
  serve(() => response);
  const { ended } = reading();
  await expect(ended).rejects.toMatchObject({ status, message });
});

test("an invalid address is an error at once", async () => {
  serve(drop);
  await expect(streamChat("http://[", {})).rejects.toThrow(TypeError);
  expect(calls).toEqual([]);
});

test("a failed answer is an exception, after the text before it was delivered", async () => {
  const failed =
    'id: a-stream-9\ndata: {"op":"reply","status":"failed","error":"Overloaded.","retry_at":9}\n\n';
  serve(() => chunkedResponse([bytes(`data: {"text":"Hel"}\n\n${failed}`)]));
  const { read, ended } = reading();
  await expect(ended).rejects.toMatchObject({ status: 200, message: "Overloaded.", data: { retry_at: 9 } });
  expect(read.text).toBe("Hel");
  expect(calls).toHaveLength(1);
});

test("events of other kinds are passed over, and broken ones are errors", async () => {
  const others =
    'event: ping\ndata: {"text":"no"}\n\ndata: 7\n\ndata: null\n\nretry: x\nfoo\n\ndata: {"new": 1}\n\n';
  await readWhole([bytes(others + writeStream(ANSWER))]);
  serve(() => chunkedResponse([bytes(`data: {"text": "a"\n\n${writeStream(ANSWER)}`)]));
  await expect(reading().ended).rejects.toThrow("not JSON");
});

test("a text field beside an op is not the answer's text", async () => {
  serve(() =>
    chunkedResponse([bytes(`data: {"op":"queue","key":"k","text":"no"}\n\n${writeStream(ANSWER)}`)]),
  );
  const { read, ended } = reading();
  await ended;
  expect(read.text).toBe(ANSWER);
});

test("nothing more is read until an event's promise resolves", async () => {
  const line = new OpenResponse();
  serve(() => line.response);
  let keep = () => {};
  const kept = new Promise<void>((resolve) => {
    keep = resolve;
  });
  const { read, ended } = reading({ onEvent: (data) => ("thinking" in data ? kept : undefined) });
  line.send(writeStream(ANSWER));
  await passTime(120 * SECOND_MS);
  expect(read).toMatchObject({ thinking: THOUGHT, text: "" });
  keep();
  await ended;
  expect(read).toMatchObject(WHOLE);
});

test.each(keepAlives)("$name between two events changes nothing", async ({ raw }) => {
  const whole = writeStream(ANSWER).replaceAll("\n\n", `\n\n${raw}`);
  await readWhole([bytes(raw + whole)]);
});

test("media types have no case", async () => {
  serve(
    () =>
      new Response(writeStream(ANSWER), { headers: { "Content-Type": "TEXT/Event-Stream;Charset=UTF-8" } }),
  );
  const { read, ended } = reading();
  await ended;
  expect(read.text).toBe(ANSWER);
});

test.each([
  [undefined, "same-origin"],
  ["include", "include"],
  ["omit", "omit"],
] as const)("with credentials %s all requests have %s", async (credentials, expected) => {
  serve(() => new Promise<Response>(() => {}));
  const stop = new AbortController();
  const { ended } = reading({ credentials, signal: stop.signal });
  await passTime(STEP_MS);
  stop.abort();
  await expect(ended).rejects.toThrow();
  expect(calls.map(({ method, credentials }) => [method, credentials])).toEqual([
    ["POST", expected],
    ["DELETE", expected],
  ]);
});

test("the body and the headers are the caller's, and the id is the caller's or a random one", async () => {
  serve(() => chunkedResponse([bytes(writeStream(ANSWER))]));
  await reading({ headers: { Authorization: "Bearer x" } }, { prompt: "Hi", model: "m" }).ended;
  await reading({}, { id: "my-own-name-is-this" }).ended;
  const [first, second] = calls;
  expect(first?.body).toEqual({ prompt: "Hi", model: "m", id: expect.stringMatching(/^[\da-f]{32}$/) });
  expect(first?.headers.get("Authorization")).toBe("Bearer x");
  expect(first?.headers.get("Content-Type")).toBe("application/json");
  expect(second?.body.id).toBe("my-own-name-is-this");
  expect(newId()).not.toBe(newId());
});

const REASON = new Error("the user pressed Stop");

test.each([
  ["before the first answer", "", 1],
  ["in a stream that could be resumed", writeStream(ANSWER).slice(0, 200), 1],
  ["in a stream that ends with its connection", writeStream(ANSWER, 0, { resumeFor: 0 }).slice(0, 200), 0],
])(
  "an abort %s closes the request, and releases a stream that the server would keep",
  async (_, sent, deletes) => {
    const line = new OpenResponse();
    serve(() => line.response);
    const stop = new AbortController();
    const { read, ended } = reading({ signal: stop.signal, headers: { Authorization: "Bearer x" } });
    if (sent) line.send(sent);
    await passTime(1);
    stop.abort(REASON);
    // As in a real browser, an abort makes the reading of the body fail.
    line.drop();
    await expect(ended).rejects.toBe(REASON);
    expect(calls[0]?.signal.aborted).toBe(true);
    const ends = calls.filter(({ method }) => method === "DELETE");
    expect(ends).toHaveLength(deletes);
    for (const end of ends) {
      expect(end.url).toBe(`${URL_}/${calls[0]?.body.id}`);
      expect(end.keepalive).toBe(true);
      expect(end.headers.get("Authorization")).toBe("Bearer x");
    }
    await passTime(60 * SECOND_MS);
    expect(read.done).toBe(0);
  },
);

test("an abort ends the wait for the network, and for a callback", async () => {
  serve(drop);
  const first = new AbortController();
  const { ended } = reading({ signal: first.signal });
  await passTime(SECOND_MS);
  first.abort(REASON);
  await expect(ended).rejects.toBe(REASON);
  serve(() => chunkedResponse([bytes(writeStream(ANSWER))]));
  const second = new AbortController();
  const held = reading({ signal: second.signal, onEvent: () => new Promise(() => {}) });
  await passTime(SECOND_MS);
  second.abort(REASON);
  await expect(held.ended).rejects.toBe(REASON);
  expect(vi.getTimerCount()).toBe(0);
});

test("after an abort in a callback nothing more is delivered", async () => {
  serve(() => chunkedResponse([bytes(writeStream(ANSWER))]));
  const stop = new AbortController();
  const { read, ended } = reading({
    signal: stop.signal,
    onEvent: (data) => "thinking" in data && stop.abort(REASON),
  });
  await expect(ended).rejects.toBe(REASON);
  expect(read).toMatchObject({ text: "", done: 0 });
});

test("with an aborted signal nothing is sent", async () => {
  serve(drop);
  await expect(reading({ signal: AbortSignal.abort(REASON) }).ended).rejects.toBe(REASON);
  expect(calls).toEqual([]);
});

test("an error of a callback is thrown, and the stream is ended", async () => {
  serve(() => chunkedResponse([bytes(writeStream(ANSWER))]));
  const { ended } = reading({
    onText: () => {
      throw REASON;
    },
  });
  await expect(ended).rejects.toBe(REASON);
  expect(calls.at(-1)?.method).toBe("DELETE");
});

test("a chat continues after a reply has ended or failed, and a reader that leaves does not end it", async () => {
  const line = new OpenResponse();
  serve(() => line.response);
  const stop = new AbortController();
  const { read, ended } = reading({ signal: stop.signal }, { chat: true });
  line.send(
    writeStream(ANSWER),
    'id: a-stream-99\ndata: {"op":"reply","status":"failed","error":"Overloaded."}\n\n',
  );
  await passTime(SECOND_MS);
  expect(read).toMatchObject(WHOLE);
  expect(read.positions.at(-1)).toBe(99);
  stop.abort(REASON);
  line.drop();
  await expect(ended).rejects.toBe(REASON);
  expect(calls).toHaveLength(1);
});

test("after the end the connection is closed, even if the server leaves it open", async () => {
  const line = new OpenResponse();
  serve(() => line.response);
  const { ended } = reading();
  line.send(writeStream(ANSWER));
  await ended;
  expect(calls[0]?.signal.aborted).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
