/** Fakes of the host's side, for tests: an anywidget model, and the kernel's end of a route. */

import type { AnyModel } from "@anywidget/types";
import type { Frame, Op, Update } from "../src/core/protocol.ts";
import type { Reply } from "../src/core/reply.ts";
import type { ChatState, Route } from "../src/transport/jupyter.ts";
import type { LinkListener } from "../src/transport/kernel-link.ts";

/** Make a reply as it is at its beginning, with the given fields changed. */
export function newReply(more: Partial<Reply> = {}): Reply {
  return {
    status: "streaming",
    began: 10,
    ended: undefined,
    stopReason: undefined,
    error: undefined,
    note: undefined,
    isLeftOut: false,
    cause: undefined,
    contextPercent: undefined,
    usage: {},
    cost: undefined,
    rate: undefined,
    firstTextAt: undefined,
    countedChars: 0,
    retryAt: undefined,
    stalled: undefined,
    ...more,
  };
}

type Listener = (wire: unknown) => void;

/** An anywidget model; `sent` are the frames that went over its comm. */
export class FakeModel {
  readonly sent: Frame[] = [];
  readonly listeners = new Set<Listener>();
  readonly #others = new Map<string, Set<Listener>>();
  widget_manager: object = {};
  readonly #state: ChatState;

  constructor(state: Partial<ChatState> = {}) {
    const own = {
      _bundle: "anywidget:bundle",
      _address: "",
      _chat: "chat",
      _cell: "",
      _suggestions: [],
      _settings: {},
    };
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
    else this.#others.set(name, (this.#others.get(name) ?? new Set()).add(listener));
  }

  off(name: string, listener: Listener): void {
    if (name === "msg:custom") this.listeners.delete(listener);
    else this.#others.get(name)?.delete(listener);
  }

  /** Tell the listeners of an event other than a message. */
  emit(name: string): void {
    for (const listener of [...(this.#others.get(name) ?? [])]) listener(undefined);
  }

  receive(wire: unknown): void {
    for (const listener of [...this.listeners]) listener(wire);
  }

  get asModel(): AnyModel<ChatState> {
    return this as unknown as AnyModel<ChatState>;
  }
}

/** The kernel's end of a route: keeps a log, and answers resyncs from it. */
export class FakeKernel implements Route {
  readonly received: Frame[] = [];
  readonly ops: Op[] = [];
  seq = 0;
  isDeaf = false;
  reconnects = 0;
  /** What the page last said of its tab; undefined until it has. */
  isPageHidden: boolean | undefined;
  #receive: Listener = () => {};
  #reportLink: LinkListener = () => {};

  send(frame: Frame): void {
    this.received.push(frame);
    if (this.isDeaf || frame.kind !== "resync") return;
    const to = frame.page;
    queueMicrotask(() => this.#receive(this.#frame(frame.seq, this.#since(frame.seq), to)));
  }

  listen(receive: Listener, signal: AbortSignal): void {
    this.#receive = receive;
    signal.addEventListener("abort", () => {
      this.#receive = () => {};
    });
  }

  setPresence(isHidden: boolean): void {
    this.isPageHidden = isHidden;
  }

  reconnect(): void {
    this.reconnects += 1;
  }

  watchLink(listener: LinkListener): void {
    this.#reportLink = listener;
  }

  /** Tell the page that its connection was cut or is back, or that the conversation is lost. */
  reportLink(event: Parameters<LinkListener>[0]): void {
    this.#reportLink(event);
  }

  /** Take the message that was sent last, and begin its turn. */
  acceptPrompt(): void {
    const key = String(this.received.findLast((frame) => frame.kind === "prompt")?.key);
    this.write([{ op: "queue", key, text: "…" }, { op: "unqueue", key }, ...QUESTION]);
  }

  /** Append ops to the log and send them; with `lose` the frame is lost. */
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
    return this.received.filter((frame): frame is Frame & { kind: Kind } => frame.kind === kind);
  }

  // Each op counts one here, text too: a page compares positions, and does not compute them.
  #since(position: number): Op[] {
    return this.ops.slice(position);
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

/** Add an element to the page; it is removed when the signal aborts. */
export function newContainer(signal: AbortSignal): HTMLElement {
  const el = document.createElement("div");
  document.body.append(el);
  signal.addEventListener("abort", () => el.remove());
  return el;
}

/** Wait for animation frames. */
export async function animationFrames(count = 2): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

/** Pretend that the page is in a hidden tab, or is seen again. */
export function setHidden(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}
