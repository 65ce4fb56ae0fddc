/** A server of one stream, made for tests: what `fetch` gets is cut, slow, or broken off as the test says. */

import type { Data } from "../src/sse/client.ts";

export interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Data;
  readonly signal: AbortSignal;
  readonly keepalive: boolean;
}

type Answer = Response | Promise<Response>;

/** The answer to an open connection, byte for byte as the test wants it. */
export class Line {
  readonly response: Response;
  cancelled = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor() {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.cancelled = true;
      },
    });
    this.response = streaming(stream);
  }

  send(...parts: (string | Uint8Array)[]): void {
    for (const part of parts)
      this.#controller.enqueue(typeof part === "string" ? new TextEncoder().encode(part) : part);
  }

  end(): void {
    this.#controller.close();
  }

  drop(): void {
    this.#controller.error(new TypeError("network error"));
  }
}

/** Open another line and answer with it. */
export function opened(lines: Line[]): Response {
  const line = new Line();
  lines.push(line);
  return line.response;
}

function streaming(body: BodyInit | ReadableStream): Response {
  return new Response(body as BodyInit, { headers: { "Content-Type": "text/event-stream; charset=utf-8" } });
}

/** Stands for `fetch`: notes what is asked, and answers what `answer` gives for it. */
export function fakeFetch(calls: Call[], answer: (call: Call) => Answer) {
  return async (input: Request | string, init?: RequestInit): Promise<Response> => {
    const request = input instanceof Request ? input : new Request(input, init);
    const { method, url, headers, signal } = request;
    const body = method === "POST" ? await request.clone().json() : {};
    const call = { method, url, headers, body, signal, keepalive: request.keepalive };
    calls.push(call);
    if (method === "DELETE") return new Response(null, { status: 204 });
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      Promise.resolve(answer(call)).then(resolve, reject);
    });
  };
}

export function refused(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

export interface Writing {
  readonly newline?: string;
  readonly resumeFor?: number;
  /** How many characters the next event has of a text; one text may come in other pieces when it comes again. */
  readonly pieces?: () => number;
}

/** The stream from a place on, as text: a turn, thinking, an answer, its end. */
export function written(answer: string, from = 0, writing: Writing = {}): string {
  const { newline = "\n", resumeFor = 30, pieces = () => 5 } = writing;
  const event = (place: number, data: Data) =>
    `id: a-stream-${place}${newline}data: ${JSON.stringify(data)}${newline}${newline}`;
  let place = 0;
  let whole = event(from, { stream: "a-stream", now: 1, resume_for: resumeFor });
  const add = (data: Data) => {
    place += 1;
    if (place > from) whole += event(place, data);
  };
  const say = (key: string, text: string) => {
    const characters = [...text];
    const end = place + characters.length;
    while (place < end) {
      const size = place < from ? from - place : pieces();
      const piece = characters.splice(0, size).join("");
      const before = place;
      place = Math.min(end, place + size);
      if (before >= from) whole += event(place, { [key]: piece });
    }
  };
  add({ op: "turn", id: "t2", role: "assistant" });
  say("thinking", THOUGHT);
  add({ op: "block", type: "text" });
  say("text", answer);
  whole += `: heartbeat${newline}${newline}`;
  add({ done: true, op: "reply", status: "done", stop_reason: "end_turn", usage: { output_tokens: 2 } });
  return whole;
}

export const THOUGHT = "Hm…";

/** The place a connection asks to go on from. */
export function placeOf({ headers }: Call): number {
  return Number(headers.get("Last-Event-ID")?.split("-").at(-1) ?? 0);
}

/** The bytes in chunks that end at these places. */
export function cut(bytes: Uint8Array, ...places: number[]): Uint8Array[] {
  const ends = [...places, bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
}

/** An answer whose body is these chunks, and then its end, or a break. */
export function chunks(parts: readonly Uint8Array[], breaks = false): Response {
  const line = new Line();
  line.send(...parts.filter((part) => part.length > 0));
  if (breaks) return dropsAfter(parts);
  line.end();
  return line.response;
}

/** What was sent is read before the break: `error` would throw it away. */
function dropsAfter(parts: readonly Uint8Array[]): Response {
  const left = parts.filter((part) => part.length > 0);
  return streaming(
    new ReadableStream<Uint8Array>({
      pull(controller) {
        const part = left.shift();
        if (part) controller.enqueue(part);
        else controller.error(new TypeError("network error"));
      },
    }),
  );
}
