/** What the host gives a widget, made for tests: a model, and a kernel's end that speaks frames. */

import type { AnyModel } from "@anywidget/types";
import type { Frame, Op, Update } from "../src/core/protocol.ts";
import type { Reply } from "../src/core/transcript.ts";
import type { ChatState, Route } from "../src/transport/jupyter.ts";

/** A reply as it stands at its beginning, but for what is given. */
export function newReply(more: Partial<Reply> = {}): Reply {
  return {
    status: "streaming",
    began: 10,
    ended: undefined,
    stopReason: undefined,
    error: undefined,
    note: undefined,
    usage: {},
    cost: undefined,
    rate: undefined,
    first: undefined,
    counted: 0,
    retryAt: undefined,
    stalled: undefined,
    ...more,
  };
}

type Listener = (wire: unknown) => void;

/** An anywidget model; `sent` is what went over its comm. */
export class FakeModel {
  readonly sent: Frame[] = [];
  readonly listeners = new Set<Listener>();
  widget_manager: object = {};
  readonly #state: ChatState;

  constructor(state: Partial<ChatState> = {}) {
    const own = { _bundle: "anywidget:bundle", _address: "", _chat: "chat", _cell: "", _suggestions: [] };
    this.#state = { ...own, ...state };
  }

  get<Key extends keyof ChatState>(key: Key): ChatState[Key] {
    return this.#state[key];
  }

  send(frame: Frame): void {
    this.sent.push(frame);
  }

  on(name: string, listener: Listener): void {
    if (name === "msg:custom") this.listeners.add(listener);
  }

  off(_: string, listener: Listener): void {
    this.listeners.delete(listener);
  }

  receive(wire: unknown): void {
    for (const listener of [...this.listeners]) listener(wire);
  }

  get asModel(): AnyModel<ChatState> {
    return this as unknown as AnyModel<ChatState>;
  }
}

/** The kernel's end of a route: keeps a log and answers greetings from it. */
export class FakeKernel implements Route {
  readonly heard: Frame[] = [];
  readonly ops: Op[] = [];
  seq = 0;
  deaf = false;
  reconnects = 0;
  #receive: Listener = () => {};
  #back = () => {};

  send(frame: Frame): void {
    this.heard.push(frame);
    if (this.deaf || frame.kind !== "resync") return;
    const to = frame.page;
    queueMicrotask(() => this.#receive(this.#frame(frame.seq, this.#since(frame.seq), to)));
  }

  listen(receive: Listener, signal: AbortSignal): void {
    this.#receive = receive;
    signal.addEventListener("abort", () => {
      this.#receive = () => {};
    });
  }

  reconnect(): void {
    this.reconnects += 1;
  }

  onReconnected(back: () => void): void {
    this.#back = back;
  }

  /** The connection was away and is back. */
  comeBack(): void {
    this.#back();
  }

  /** Take the message that was sent last, and ask. */
  take(): void {
    const key = String(this.heard.findLast((frame) => frame.kind === "prompt")?.key);
    this.write([{ op: "queue", key, text: "…" }, { op: "unqueue", key }, ...QUESTION]);
  }

  /** Put ops into the log and send them, or lose the frame. */
  write(ops: Op[], options: { lose?: boolean } = {}): void {
    const base = this.seq;
    this.ops.push(...ops);
    this.seq = this.ops.length;
    if (!options.lose) this.#receive(this.#frame(base, ops));
  }

  raw(wire: unknown): void {
    this.#receive(wire);
  }

  of<Kind extends Frame["kind"]>(kind: Kind): (Frame & { kind: Kind })[] {
    return this.heard.filter((frame): frame is Frame & { kind: Kind } => frame.kind === kind);
  }

  // Here an op counts one, text too: a page compares places and never counts.
  #since(place: number): Op[] {
    return this.ops.slice(place);
  }

  #frame(base: number, ops: readonly Op[], to?: string): Update {
    const frame = { v: 1, kind: "update", base, seq: base + ops.length, now: 0, ops } as const;
    return to ? { ...frame, to } : frame;
  }
}

export const QUESTION: Op[] = [
  { op: "turn", id: "t1", role: "user" },
  { op: "block", type: "text" },
  { op: "text", text: "Hello" },
  { op: "close" },
  { op: "turn", id: "t2", role: "assistant" },
  { op: "reply", status: "waiting" },
];

export const ANSWER: Op[] = [
  { op: "block", type: "text" },
  { op: "reply", status: "streaming" },
];

export function text(text: string): Op {
  return { op: "text", text };
}

export function ended(status: "done" | "stopped" | "failed", more: Partial<Op & { op: "reply" }> = {}): Op[] {
  return [{ op: "close" }, { op: "reply", status, ...more }];
}

/** An element on the page that goes when the signal aborts. */
export function place(signal: AbortSignal): HTMLElement {
  const el = document.createElement("div");
  document.body.append(el);
  signal.addEventListener("abort", () => el.remove());
  return el;
}

/** The next animation frames. */
export async function frames(count = 2): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

/** Pretend that the reader looks at another tab. */
export function hide(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}
