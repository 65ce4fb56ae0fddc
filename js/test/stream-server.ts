/** Fake server of one stream, for tests: a test decides how its answers are cut, delayed or broken off. */

import type { Op } from "../src/core/protocol.ts";
import type { Data } from "../src/sse/client.ts";

export interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Data;
  readonly signal: AbortSignal;
  readonly keepalive: boolean;
  readonly credentials: RequestCredentials;
}

type Answer = Response | Promise<Response>;

/** A response whose body the test sends byte for byte. */
export class OpenResponse {
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

/** Make another open response, and add it to the list. */
export function openResponse(list: OpenResponse[]): Response {
  const open = new OpenResponse();
  list.push(open);
  return open.response;
}

function streaming(body: BodyInit | ReadableStream): Response {
  return new Response(body as BodyInit, { headers: { "Content-Type": "text/event-stream; charset=utf-8" } });
}

/** Replacement of `fetch`: records each call, and answers with the result of `answer`. */
export function fakeFetch(calls: Call[], answer: (call: Call) => Answer) {
  return async (input: Request | string, init?: RequestInit): Promise<Response> => {
    const request = input instanceof Request ? input : new Request(input, init);
    const { method, url, headers, signal, keepalive, credentials } = request;
    const body = method === "POST" ? await request.clone().json() : {};
    const call = { method, url, headers, body, signal, keepalive, credentials };
    calls.push(call);
    if (method === "DELETE") return new Response(null, { status: 204 });
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      Promise.resolve(answer(call)).then(resolve, reject);
    });
  };
}

export function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

export interface StreamForm {
  readonly newline?: string;
  readonly resumeFor?: number;
  /** The number of characters in the next text event; a resumed stream may be cut at other positions. */
  readonly pieces?: () => number;
}

/** Write the stream from a position on: a turn, thinking, an answer, its end. */
export function writeStream(answer: string, from = 0, form: StreamForm = {}): string {
  const { newline = "\n", resumeFor = 30, pieces = () => 5 } = form;
  const event = (position: number, data: Data) =>
    `id: a-stream-${position}${newline}data: ${JSON.stringify(data)}${newline}${newline}`;
  let position = 0;
  let whole = event(from, { stream: "a-stream", now: 1, resume_for: resumeFor });
  const add = (data: Data) => {
    position += 1;
    if (position > from) whole += event(position, data);
  };
  const addText = (key: string, text: string) => {
    const characters = [...text];
    const end = position + characters.length;
    while (position < end) {
      const size = position < from ? from - position : pieces();
      const piece = characters.splice(0, size).join("");
      const before = position;
      position = Math.min(end, position + size);
      if (before >= from) whole += event(position, { [key]: piece });
    }
  };
  add({ op: "turn", id: "t2", role: "assistant" });
  addText("thinking", THOUGHT);
  add({ op: "block", type: "text" });
  addText("text", answer);
  whole += `: heartbeat${newline}${newline}`;
  add({ done: true, op: "reply", status: "done", stop_reason: "end_turn", usage: { output_tokens: 2 } });
  return whole;
}

export const THOUGHT = "Hm…";

/** The position from which a request wants the stream. */
export function positionOf({ headers }: Call): number {
  return Number(headers.get("Last-Event-ID")?.split("-").at(-1) ?? 0);
}

/** Cut the bytes into chunks that end at these offsets. */
export function cut(bytes: Uint8Array, ...offsets: number[]): Uint8Array[] {
  const ends = [...offsets, bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
}

/** Make a response whose body is these chunks, and then its end, or a lost connection. */
export function chunkedResponse(parts: readonly Uint8Array[], breaks = false): Response {
  const open = new OpenResponse();
  open.send(...parts.filter((part) => part.length > 0));
  if (breaks) return lostAfter(parts);
  open.end();
  return open.response;
}

/** Fail only after all chunks were read: `error` on an open response would discard them. */
function lostAfter(parts: readonly Uint8Array[]): Response {
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

export const CHAT_ID = "a-chat-of-this-page";

/** Make an event of the stream that ends at a position. */
export function event(position: number, data: Data): string {
  return `id: ${CHAT_ID}-${position}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Make the first event of a connection. */
export const first = (position = 0, resumeFor = 30) =>
  event(position, { stream: CHAT_ID, now: 5, resume_for: resumeFor });

/** The ops that begin a reply. */
export const REPLY: Op[] = [
  { op: "turn", id: "t2", role: "assistant" },
  { op: "reply", status: "streaming" },
  { op: "block", type: "text" },
];

/** Make the events that begin a reply. */
export const reply = () => REPLY.map((op, index) => event(index + 1, { ...op })).join("");
