/**
 * Reads a stream of nbstream's server: events over HTTP, whatever the network does to them. It knows nothing of the
 * page and is also a module of its own, `js/npm/`.
 */

import { createParser, type EventSourceMessage } from "eventsource-parser";
import { Drop, dropping, isForNow, refusal, StreamError } from "./errors.ts";
import { pause, unlessAborted } from "./wait.ts";

export { StreamError } from "./errors.ts";

/** What an event says. Nothing in it is trusted. */
export type Data = Readonly<Record<string, unknown>>;

/** The end of an answer, as the server says it. */
export interface Done extends Data {
  readonly done: true;
  readonly status?: "done" | "stopped";
  readonly stop_reason?: string | null;
  readonly usage?: Data;
  /** Estimated US dollars. */
  readonly cost?: number | null;
}

export interface StreamOptions {
  /** More of the answer. */
  readonly onText?: ((text: string) => void) | undefined;
  readonly onThinking?: ((text: string) => void) | undefined;
  /**
   * Every event, with the place in the stream that it ends at, and its name, which ends with that. Where this
   * gives a promise, nothing more is read before it is kept: the network waits, and so does the server.
   */
  readonly onEvent?: ((data: Data, place: number, name: string | undefined) => unknown) | undefined;
  readonly onDone?: ((done: Done) => void) | undefined;
  /** Ends the stream: here, and at the server for all who read it. */
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Milliseconds between tries to come back; the last one is repeated. */
const AGAIN = [250, 500, 1_000, 2_000, 4_000];

/** So long the first answer of the server is tried for: its network may just be coming up. */
const UNHEARD = 10_000;

/** Milliseconds that the last try has too. */
const AT_LEAST = 4_000;

/**
 * No try has more, or one on a connection that is dead without a word takes the time of all others. A worker waits
 * for 10 s for what another one has (`mirror.py`).
 */
const AT_MOST = 12_000;

/** Characters a millisecond of a question that comes again, files and all: a slow way, some 1 Mbit a second. */
const SLOW = 125;

/** A server that says something every 15 s and is not heard for so long is not there, whatever TCP believes. */
const SILENT = 50_000;

/** A name that nobody guesses; `crypto.randomUUID` is not there on pages that came over plain HTTP. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/**
 * Ask, and read the answer to its end. A connection that drops is made again where the server keeps the stream
 * (`resume_for`), and no text comes twice or is missing.
 *
 * @param url Where streams are asked for, such as "/api/stream".
 * @param body What is asked: `prompt` or `messages`, and what else the server takes. Without an `id` it gets one.
 * @returns The end of the answer.
 * @throws StreamError if it was refused, failed or broke off; the signal's reason if that aborted.
 */
export async function streamChat(url: string, body: Data, options: StreamOptions = {}): Promise<Done> {
  const { signal } = options;
  signal?.throwIfAborted();
  const reader = new Reader(url, { ...body, id: body.id ?? newId() }, options);
  try {
    return await reader.read();
  } catch (error) {
    // Aborted, a callback threw, or the network did not come back: nobody reads on.
    if (!(error instanceof StreamError) || error.status === 0) reader.leave();
    throw signal?.aborted ? signal.reason : error;
  }
}

class Reader {
  readonly #url: string;
  readonly #body: Data;
  readonly #options: StreamOptions;
  /** Seconds for which the server keeps the stream for who dropped; unknown until it was heard. */
  #resumeFor: number | undefined;
  /** The place up to which everything was told, and the name of it. */
  #place = Number.NaN;
  #last: string | undefined;
  /** This connection has brought something. */
  #fresh = false;

  constructor(url: string, body: Data, options: StreamOptions) {
    this.#url = url;
    this.#body = body;
    this.#options = options;
  }

  async read(): Promise<Done> {
    let since = Date.now();
    // A chat is opened by a few words; a question may be megabytes, and is not sent twice for being slow.
    let within = this.#goesOn ? AT_MOST : undefined;
    for (let tries = 0; ; tries++) {
      this.#fresh = false;
      try {
        return await this.#connect(within);
      } catch (drop) {
        if (!(drop instanceof Drop) || this.#options.signal?.aborted) throw drop;
        if (this.#fresh) {
          since = Date.now();
          tries = 0;
        }
        const left = since + (this.#resumeFor === undefined ? UNHEARD : this.#resumeFor * 1_000) - Date.now();
        if (left <= 0 || (drop.cause === undefined && this.#resumeFor === undefined))
          throw this.#brokenOff(drop);
        within = Math.max(left, AT_LEAST);
        await pause(Math.min(AGAIN[tries] ?? 4_000, left), this.#options.signal);
      }
    }
  }

  /** Tell the server, where it would wait for this reader to come back. A chat outlives who reads it. */
  leave(): void {
    if (this.#resumeFor === 0 || this.#goesOn) return;
    const { headers } = this.#options;
    // What follows the path stays behind it.
    const gone = fetch(this.#url.replace(/(?=[?#]|$)/, `/${this.#body.id}`), {
      method: "DELETE",
      keepalive: true,
      ...(headers && { headers }),
    });
    gone.catch(() => {});
  }

  get #goesOn(): boolean {
    return this.#body.chat === true;
  }

  /** `within` milliseconds the server has answered, or is taken for away. */
  async #connect(within: number | undefined): Promise<Done> {
    const { signal } = this.#options;
    const line = new AbortController();
    signal?.addEventListener("abort", () => line.abort(), { signal: line.signal });
    const body = JSON.stringify(this.#body);
    const request = this.#request(body, line.signal);
    const late = within && setTimeout(() => line.abort(), Math.min(within, AT_MOST + body.length / SLOW));
    try {
      const response = await dropping(fetch(request));
      const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream");
      if (response.ok && response.body && isStream) {
        clearTimeout(late);
        return await this.#follow(response.body.getReader(), line);
      }
      // Its words may stall like all else.
      const refused = await refusal(response, this.#url);
      throw isForNow(response) && this.#resumeFor !== undefined ? new Drop(refused) : refused;
    } finally {
      clearTimeout(late);
      line.abort();
    }
  }

  /** Made apart from being sent: an address that is none is no network to wait for. */
  #request(body: string, signal: AbortSignal): Request {
    const headers = new Headers(this.#options.headers);
    headers.set("Content-Type", "application/json");
    headers.set("Accept", "text/event-stream");
    if (this.#last !== undefined) headers.set("Last-Event-ID", this.#last);
    return new Request(this.#url, {
      method: "POST",
      headers,
      body,
      cache: "no-store",
      signal,
    });
  }

  async #follow(bytes: ReadableStreamDefaultReader<Uint8Array>, line: AbortController): Promise<Done> {
    const { signal } = this.#options;
    const decoder = new TextDecoder();
    const came: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => came.push(message) });
    for (;;) {
      const silent = setTimeout(() => line.abort(), SILENT);
      const { done, value } = await dropping(bytes.read()).finally(() => clearTimeout(silent));
      // What stands there without an empty line after it is whole if it can be read.
      parser.feed(done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true }));
      for (const message of came.splice(0)) {
        signal?.throwIfAborted();
        const data = dataOf(message, done);
        if (!data || !this.#isNew(data, message.id)) continue;
        const told = this.#tell(data);
        if (told instanceof Promise) await unlessAborted(told, signal);
        const end = this.#endOf(data);
        if (end) return end;
      }
      if (done) throw new Drop();
    }
  }

  /** Whether it was not told yet; notes how far the stream has come. */
  #isNew(data: Data, id: string | undefined): boolean {
    const place = Number(id?.slice(id.lastIndexOf("-") + 1) || Number.NaN);
    const first = typeof data.stream === "string";
    this.#fresh = true;
    if (first) this.#resumeFor = Number(data.resume_for) || 0;
    this.#resumeFor ??= 0;
    if (first && place > this.#place)
      throw new StreamError("The server goes on at a later place than this reader had come to.", 200, data);
    if (place <= this.#place) return first;
    if (place >= 0) [this.#place, this.#last] = [place, id];
    return true;
  }

  #tell(data: Data): unknown {
    const { onText, onThinking, onEvent, onDone } = this.#options;
    if (!("op" in data)) {
      if (typeof data.text === "string") onText?.(data.text);
      if (typeof data.thinking === "string") onThinking?.(data.thinking);
    }
    const told = onEvent?.(data, this.#place, this.#last);
    if (isDone(data)) onDone?.(data);
    return told;
  }

  #endOf(data: Data): Done | undefined {
    if (this.#goesOn) return undefined;
    if (typeof data.error === "string") throw new StreamError(data.error, 200, data);
    return isDone(data) ? data : undefined;
  }

  #brokenOff({ cause }: Drop): StreamError {
    if (cause instanceof StreamError) return cause;
    let said = "The stream broke off before its end.";
    if (this.#resumeFor)
      said = `The stream broke off and could not be taken up again within ${this.#resumeFor} s.`;
    else if (this.#resumeFor === undefined && cause) said = `${this.#url} cannot be reached.`;
    return new StreamError(said, 0, undefined, cause);
  }
}

function isDone(data: Data): data is Done {
  return data.done === true;
}

/** Nothing for what is no event of ours; `cut` is what the end of the stream may have broken. */
function dataOf({ event = "message", data }: EventSourceMessage, cut: boolean): Data | undefined {
  if (event !== "message") return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Data) : undefined;
  } catch (cause) {
    if (cut) return undefined;
    throw new StreamError(`The stream holds what is no JSON: ${data.slice(0, 80)}`, 200, data, cause);
  }
}
