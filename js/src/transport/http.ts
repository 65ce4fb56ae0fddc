/** A conversation's way over HTTP: what its server streams goes to the page in frames, and wishes go back. */

import { HIGH } from "../core/inbox.ts";
import { type Command, type Frame, type Op, type Prompt, type Update, VERSION } from "../core/protocol.ts";
import { opOf } from "../core/sse-events.ts";
import { isRunning } from "../core/transcript.ts";
import { type Data, type StreamError, streamChat } from "../sse/client.ts";
import { isFinal, refusal } from "../sse/errors.ts";
import { pause, unlessAborted } from "../sse/wait.ts";
import { Rest } from "./idle-disconnect.ts";
import type { Route } from "./jupyter.ts";

/** Milliseconds after which a server is tried again that the reader of its stream has given up on. */
const TRY_AGAIN = 2_000;

/** A wish that is not heard by then may be waiting for a connection (see `rest.ts`), and gets that of the stream. */
const UNHEARD = 1_000;

/**
 * Milliseconds after which a wish holds no connection any more: sent again each second on a way that is dead, its
 * repetitions would hold all six. Files have one more for each 32 characters; the server gives a body 30 s in all.
 */
const GIVEN_UP = 10_000;

/** What the reader of the page must know. */
export interface Trouble {
  readonly said: string;
  /** The server knows this conversation no more: nothing can be asked in it. */
  readonly over: boolean;
  /** The message that the server will not take; it is its reader's again. */
  readonly back?: Prompt;
}

export class HttpRoute implements Route {
  readonly #url: string;
  readonly #id: string;
  /** What the stream's events are called, before their places. */
  #stem = "";
  readonly #tell: (trouble: Trouble | undefined) => void;
  #receive: (wire: unknown) => void = () => {};
  #life: AbortSignal | undefined;
  #line: AbortController | undefined;
  #page = "";
  /** The place up to which the page was given everything, and the one up to which it has painted. */
  #at = 0;
  #painted = 0;
  /** What came since, in this turn of the event loop. */
  #ops: Op[] = [];
  #seq = 0;
  #heard = false;
  /** The connection stands. */
  #live = false;
  /** What goes on here: the reply that runs, messages that wait, wishes on their way. */
  readonly #going = new Set<unknown>();
  readonly #rest = new Rest(
    () => this.#live && this.#going.size === 0,
    () => this.#leave(),
    () => this.#live || this.#open(this.#at),
  );
  /** What the server will not take however often it is sent. */
  readonly #refused = new WeakSet<Command>();
  /** Why this conversation is over, once it is. */
  #ended = "";
  #hasRoom = () => {};
  #wake: (value?: unknown) => void = () => {};

  /** `tell` is told what is wrong, and nothing when all is well again. */
  constructor(url: string, id: string, tell: (trouble: Trouble | undefined) => void) {
    this.#url = url;
    this.#id = id;
    this.#tell = tell;
  }

  send(frame: Frame): void {
    switch (frame.kind) {
      case "resync":
        this.#page = frame.page;
        if (!this.#line || frame.seq !== this.#at) this.#open(frame.seq);
        break;
      case "ack":
        this.#painted = frame.seq;
        this.#hasRoom();
        this.#rest.seen(frame.hidden ?? false);
        break;
      case "bye":
      case "request_asset":
      case "update":
      case "asset":
        break;
      default:
        if (this.#refused.has(frame)) this.#settle(frame);
        else if (this.#ended) this.#refuse(frame, this.#ended);
        else this.#say(frame);
    }
  }

  /** The stream is opened by the page's greeting, which says who it is and where it stands. */
  listen(receive: (wire: unknown) => void, signal: AbortSignal): void {
    this.#receive = receive;
    this.#life = signal;
    signal.addEventListener("abort", () => {
      this.#leave();
      this.#rest.end();
    });
  }

  reconnect(): void {
    this.#wake();
  }

  /** Nothing is lost on the way: who reads the stream comes back to its place. */
  onReturn(): void {}

  /** Stop what runs here: its reader has begun another conversation. */
  end(): void {
    fetch(`${this.#url}/${this.#id}`, { method: "DELETE", keepalive: true }).catch(() => {});
  }

  #open(place: number): void {
    this.#leave();
    this.#line = new AbortController();
    if (this.#life?.aborted) return;
    [this.#at, this.#painted, this.#ops] = [place, Math.min(this.#painted, place), []];
    this.#hasRoom = () => {};
    this.#read(this.#line.signal);
  }

  #leave(): void {
    this.#line?.abort();
    this.#live = false;
  }

  async #read(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const last = this.#at > 0 && { headers: { "Last-Event-ID": `${this.#stem}-${this.#at}` } };
      const onEvent = (data: Data, place: number, name = "") => {
        this.#stem = name.slice(0, name.lastIndexOf("-"));
        return this.#take(data, place);
      };
      const body = { chat: true, id: this.#id };
      const error = await streamChat(this.#url, body, { onEvent, signal, ...last }).catch((error) => error);
      if (signal.aborted) return;
      this.#flush();
      if (!isFinal(error)) {
        const said = error.status === 0 ? "The connection to the server is lost." : error.message;
        this.#tell({ said: `${said} Trying again…`, over: false });
        const woken = new Promise((resolve) => {
          this.#wake = resolve;
        });
        await unlessAborted(Promise.race([pause(TRY_AGAIN, signal), woken]), signal).catch(() => {});
      } else if (this.#at > 0 || !this.#heard) {
        this.#over(error);
      } else {
        // Nothing was said here yet: it begins again without a word.
        this.#heard = false;
      }
    }
  }

  #over({ message }: StreamError): void {
    this.#leave();
    this.#tell({ said: message, over: true });
    this.#ended = message;
  }

  /** More than the page can hold waits for it, and so the network does. */
  #take(data: Data, place: number): Promise<void> | undefined {
    const op = opOf(data);
    if (!op) {
      this.#heard = this.#live = true;
      this.#tell(undefined);
      this.#flush();
      if (typeof data.now === "number") this.#give({ seq: this.#at, now: data.now });
      return undefined;
    }
    if (place - this.#painted <= HIGH) {
      this.#add(op, place);
      return undefined;
    }
    return new Promise((resolve) => {
      this.#hasRoom = () => {
        if (place - this.#painted > HIGH) return;
        this.#hasRoom = () => {};
        this.#add(op, place);
        resolve();
      };
    });
  }

  #add(op: Op, place: number): void {
    this.#seq = place;
    if (op.op === "reply") this.#goes("reply", isRunning(op));
    else if (op.op === "queue") this.#goes(op.key, true);
    else if (op.op === "unqueue") this.#goes(op.key, false);
    if (this.#ops.push(op) === 1) queueMicrotask(() => this.#flush());
  }

  #goes(what: unknown, on: boolean): void {
    this.#going[on ? "add" : "delete"](what);
  }

  #flush(): void {
    if (this.#ops.length === 0) return;
    const ops = this.#ops;
    this.#ops = [];
    this.#give({ seq: this.#seq, ops });
  }

  #give(update: Pick<Update, "seq" | "ops" | "now">): void {
    const base = this.#at;
    this.#at = update.seq;
    this.#receive({ v: VERSION, kind: "update", base, to: this.#page, ...update } satisfies Update);
  }

  /** What is not heard is said again by who wishes it. */
  async #say(frame: Command): Promise<void> {
    const body = JSON.stringify(frame);
    const url = `${this.#url}/${this.#id}`;
    const sent = {};
    this.#goes(sent, true);
    this.#rest.busy();
    const late = setTimeout(() => {
      // With its connection a reply may end, which only a Stop wants.
      if (this.#live && (frame.kind === "stop" || !this.#going.has("reply"))) this.#open(this.#at);
    }, UNHEARD);
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      keepalive: frame.kind === "stop",
      signal: AbortSignal.timeout(GIVEN_UP + (body.length >> 5)),
    }).catch(() => undefined);
    clearTimeout(late);
    this.#goes(sent, false);
    this.#rest.look();
    if (!response || this.#life?.aborted || this.#ended) return;
    if (response.ok) return this.#tell(undefined);
    const refused = await refusal(response, url);
    if (this.#refused.has(frame)) return;
    // Before the stream stands there is none to speak to.
    if (response.status === 404 || response.status === 410) this.#heard && this.#over(refused);
    else if (isFinal(response)) this.#refuse(frame, refused.message);
    else if (response.status < 500) this.#tell({ said: refused.message, over: false });
  }

  #refuse(frame: Command, said: string): void {
    this.#refused.add(frame);
    this.#settle(frame);
    this.#tell({ said, over: !!this.#ended, ...(frame.kind === "prompt" && { back: frame }) });
  }

  /** A message is sent until it has waited at the server: it has, and does no more. */
  #settle(frame: Command): void {
    if (frame.kind !== "prompt") return;
    this.#flush();
    const { key, text } = frame;
    this.#give({
      seq: this.#at,
      ops: [
        { op: "queue", key, text },
        { op: "unqueue", key },
      ],
    });
  }
}
