/**
 * Client for the streams of an nbstream server. It reads server-sent events with `fetch`, and resumes the
 * stream after a lost connection. It imports nothing from the other folders, because the npm package in
 * `js/npm/` publishes this folder alone.
 */

import { createParser, type EventSourceMessage } from "eventsource-parser";
import { newId, streamUrl } from "./address.ts";
import { asConnectionLost, ConnectionLost, errorFrom, isTransient, StreamError } from "./errors.ts";
import { type Data, type Done, isDone, isEventStream, parseData, positionOf } from "./events.ts";
import { pause, rejectOnAbort } from "./wait.ts";

export { newId } from "./address.ts";
export { StreamError } from "./errors.ts";
export type { Data, Done } from "./events.ts";

export interface StreamOptions {
  /** Called with each new piece of the answer. */
  readonly onText?: ((text: string) => void) | undefined;
  readonly onThinking?: ((text: string) => void) | undefined;
  /**
   * Called with every event, the position in the stream at which the event ends, and the event's id, whose
   * last part is that position. If this returns a promise, nothing more is read until the promise resolves:
   * the network waits, and so does the server.
   */
  readonly onEvent?: ((data: Data, position: number, id: string | undefined) => unknown) | undefined;
  readonly onDone?: ((done: Done) => void) | undefined;
  /** Called with false when the connection is lost and is made again, and with true when the server answers. */
  readonly onConnection?: ((isConnected: boolean) => void) | undefined;
  /** Aborting it ends the stream, for this reader and, on the server, for all other readers. */
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether requests have cookies, as `fetch` takes it: "include" also sends the cookies of a server of
   * another origin. By default they have those of the page's own origin.
   */
  readonly credentials?: RequestCredentials | undefined;
}

/** Delays between attempts to reconnect; the last one repeats. */
const RETRY_DELAYS_MS = [250, 500, 1_000, 2_000, 4_000];

/** How long to try before the server's first answer. The client's network may just be coming up. */
const FIRST_ANSWER_TIMEOUT_MS = 10_000;

/** The least time for an attempt, even if less than this is left of the total time. */
const MIN_ATTEMPT_MS = 4_000;

/**
 * The most time for an attempt, so that one on a dead connection leaves time for others. It is longer than
 * the 10 s that a worker waits for a stream of another worker (`server/cluster/replica.py`).
 */
const MAX_ATTEMPT_MS = 12_000;

/** Upload speed that is assumed for the time limit of a repeated request with its files: about 1 Mbit/s. */
const SLOW_UPLOAD_CHARS_PER_MS = 125;

/** The connection counts as lost after this time without data. The server writes at least every 15 s. */
const SILENCE_TIMEOUT_MS = 50_000;

/**
 * Ask for an answer and read it to its end. If the server keeps the stream (`resume_for`), a lost connection
 * is made again, and no text comes twice or is missing.
 *
 * @param url The address of the server's streams, such as "/api/stream".
 * @param body The request: `prompt` or `messages`, and the server's other fields. An `id` is added if it has
 *   none.
 * @returns The last event of the answer.
 * @throws StreamError if the request was refused, or the answer failed or broke off; the signal's reason if
 *   the signal aborted.
 */
export async function streamChat(url: string, body: Data, options: StreamOptions = {}): Promise<Done> {
  const { signal } = options;
  signal?.throwIfAborted();
  const reader = new StreamReader(url, { ...body, id: body.id ?? newId() }, options);
  try {
    return await reader.read();
  } catch (error) {
    // The caller aborted, a callback threw, or the network did not come back. This client reads the stream no more.
    if (!(error instanceof StreamError) || error.status === 0) reader.release();
    throw signal?.aborted ? signal.reason : error;
  }
}

class StreamReader {
  readonly #url: string;
  readonly #body: Data;
  readonly #options: StreamOptions;
  readonly #isChat: boolean;
  /** Seconds for which the server keeps a stream that lost its reader; undefined before its first answer. */
  #resumeSeconds: number | undefined;
  /** The position up to which every event was passed to the caller, and the id of the last such event. */
  #position = Number.NaN;
  #lastEventId: string | undefined;
  /** Whether the current connection has brought an event. */
  #hasReceived = false;

  constructor(url: string, body: Data, options: StreamOptions) {
    this.#url = url;
    this.#body = body;
    this.#options = options;
    this.#isChat = body.chat === true;
  }

  async read(): Promise<Done> {
    let since = Date.now();
    // A request that opens a chat is short, so its first attempt may have a time limit and be repeated. Any
    // other request may have megabytes, which must not be sent twice.
    let limitMs = this.#isChat ? MAX_ATTEMPT_MS : undefined;
    for (let attempt = 0; ; attempt++) {
      this.#hasReceived = false;
      try {
        return await this.#connect(limitMs);
      } catch (lost) {
        if (!(lost instanceof ConnectionLost) || this.#options.signal?.aborted) throw lost;
        this.#options.onConnection?.(false);
        if (this.#hasReceived) {
          since = Date.now();
          attempt = 0;
        }
        const resumeSeconds = this.#resumeSeconds;
        const total = resumeSeconds === undefined ? FIRST_ANSWER_TIMEOUT_MS : resumeSeconds * 1_000;
        const left = since + total - Date.now();
        if (left <= 0 || (lost.cause ?? resumeSeconds) === undefined) throw this.#brokenOffError(lost);
        limitMs = Math.max(left, MIN_ATTEMPT_MS);
        await pause(Math.min(RETRY_DELAYS_MS[attempt] ?? 4_000, left), this.#options.signal);
      }
    }
  }

  /** Tell the server to end the stream if it would wait for this reader. A chat is kept without a reader. */
  release(): void {
    if (this.#resumeSeconds === 0 || this.#isChat) return;
    const { headers, credentials } = this.#options;
    const request = {
      method: "DELETE",
      keepalive: true,
      ...(headers && { headers }),
      ...(credentials && { credentials }),
    };
    fetch(streamUrl(this.#url, this.#body.id), request).catch(() => {});
  }

  /** Make one attempt. A server that has not answered after `limitMs` milliseconds counts as unreachable. */
  async #connect(limitMs: number | undefined): Promise<Done> {
    const { signal } = this.#options;
    const connection = new AbortController();
    signal?.addEventListener("abort", () => connection.abort(), { signal: connection.signal });
    const body = JSON.stringify(this.#body);
    const request = this.#newRequest(body, connection.signal);
    const maxMs = MAX_ATTEMPT_MS + body.length / SLOW_UPLOAD_CHARS_PER_MS;
    const timer = limitMs && setTimeout(() => connection.abort(), Math.min(limitMs, maxMs));
    try {
      const response = await asConnectionLost(fetch(request));
      if (response.ok && response.body && isEventStream(response.headers.get("Content-Type"))) {
        clearTimeout(timer);
        this.#options.onConnection?.(true);
        return await this.#readEvents(response.body.getReader(), connection);
      }
      // The timer must still run here, because the body of a refusal may also fail to arrive.
      const refused = await errorFrom(response, this.#url);
      throw isTransient(response) && this.#resumeSeconds !== undefined
        ? new ConnectionLost(refused)
        : refused;
    } finally {
      clearTimeout(timer);
      connection.abort();
    }
  }

  /** Make the request without sending it. An invalid address must throw, not count as a lost connection. */
  #newRequest(body: string, signal: AbortSignal): Request {
    const headers = new Headers(this.#options.headers);
    headers.set("Content-Type", "application/json");
    headers.set("Accept", "text/event-stream");
    if (this.#lastEventId !== undefined) headers.set("Last-Event-ID", this.#lastEventId);
    const { credentials = "same-origin" } = this.#options;
    return new Request(this.#url, { method: "POST", headers, body, cache: "no-store", credentials, signal });
  }

  async #readEvents(
    bytes: ReadableStreamDefaultReader<Uint8Array>,
    connection: AbortController,
  ): Promise<Done> {
    const { signal } = this.#options;
    const decoder = new TextDecoder();
    const messages: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => messages.push(message) });
    for (;;) {
      const timer = setTimeout(() => connection.abort(), SILENCE_TIMEOUT_MS);
      const { done, value } = await asConnectionLost(bytes.read()).finally(() => clearTimeout(timer));
      // The last event may lack its empty line. It counts as complete if its JSON can be parsed.
      parser.feed(done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true }));
      for (const message of messages.splice(0)) {
        signal?.throwIfAborted();
        const data = parseData(message, done);
        if (!data || !this.#advance(data, message.id)) continue;
        const handled = this.#dispatch(data);
        if (handled instanceof Promise) await rejectOnAbort(handled, signal);
        const end = this.#endOf(data);
        if (end) return end;
      }
      if (done) throw new ConnectionLost();
    }
  }

  /** Note the position that the stream has reached. Return true if this event was not delivered before. */
  #advance(data: Data, id: string | undefined): boolean {
    const position = positionOf(id);
    const isFirst = typeof data.stream === "string";
    this.#hasReceived = true;
    if (isFirst) this.#resumeSeconds = Number(data.resume_for) || 0;
    this.#resumeSeconds ??= 0;
    if (isFirst && position > this.#position)
      throw new StreamError(
        "The server resumed at a later position than this client has read; send the request again.",
        200,
        data,
      );
    if (position <= this.#position) return isFirst;
    if (position >= 0) [this.#position, this.#lastEventId] = [position, id];
    return true;
  }

  #dispatch(data: Data): unknown {
    const { onText, onThinking, onEvent, onDone } = this.#options;
    if (!("op" in data)) {
      if (typeof data.text === "string") onText?.(data.text);
      if (typeof data.thinking === "string") onThinking?.(data.thinking);
    }
    const handled = onEvent?.(data, this.#position, this.#lastEventId);
    if (isDone(data)) onDone?.(data);
    return handled;
  }

  #endOf(data: Data): Done | undefined {
    if (this.#isChat) return undefined;
    if (typeof data.error === "string") throw new StreamError(data.error, 200, data);
    return isDone(data) ? data : undefined;
  }

  #brokenOffError({ cause }: ConnectionLost): StreamError {
    if (cause instanceof StreamError) return cause;
    let message = "The stream broke off before its end.";
    if (this.#resumeSeconds)
      message = `The stream broke off and could not be resumed within ${this.#resumeSeconds} s.`;
    else if (this.#resumeSeconds === undefined && cause) message = `${this.#url} cannot be reached.`;
    return new StreamError(message, 0, undefined, cause);
  }
}
