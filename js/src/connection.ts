/** One chat's end on this page: applies what the kernel sends, says what was painted and what the reader wants. */

import { type Asking, offers } from "./core/breaks.ts";
import { ASK_AGAIN, Inbox, LOW } from "./core/inbox.ts";
import { type Again, isUpdate, type Prompt, type Stop, VERSION } from "./core/protocol.ts";
import {
  apply,
  isRunning,
  lastReply,
  newTranscript,
  type Reply,
  type Transcript,
  type Turn,
} from "./core/transcript.ts";
import { unlike } from "./core/unlike.ts";
import { Painter } from "./painter.ts";
import { stayConnected } from "./reconnect.ts";
import type { Route } from "./route.ts";

/** One output that shows the chat. */
export interface View {
  /** It is within the reader's sight, or near it. */
  readonly seen: boolean;
  /**
   * Bring the page up to the transcript, for about so many milliseconds; gives how much is left, in the log's
   * measure or a little more.
   */
  paint(transcript: Transcript, budget: number): number;
}

/** How often a Stop is repeated while the reply goes on: it may be lost like any message. */
const STOP_AGAIN = 500;
const STOP_TRIES = 20;

/** After so many questions without an answer the reader may press again: what hears nothing now may hear later. */
const AGAIN_TRIES = 30;

/** What the reader asked of a reply, and the reply as it stood then. */
interface Asked {
  readonly kind: Asking;
  readonly turn: Turn;
  readonly reply: Reply | undefined;
}

export class Connection {
  readonly transcript = newTranscript();
  readonly #inbox: Inbox;
  readonly #views = new Set<View>();
  readonly #painter: Painter;
  readonly #route: Route;
  readonly #signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ended: (() => void) | undefined;
  #started = false;
  #asked: Asked | undefined;

  /** `ended` is told when an answer has; where it is given, this page writes the notebook's file. */
  constructor(route: Route, early: readonly unknown[], signal: AbortSignal, ended?: () => void) {
    this.#route = route;
    this.#inbox = new Inbox(unlike(), ended !== undefined);
    this.#ended = ended;
    this.#signal = signal;
    this.#painter = new Painter({
      views: this.#views,
      transcript: this.transcript,
      waiting: () => this.#inbox.at - this.#inbox.painted,
      painted: (left) => {
        this.#inbox.paint(performance.now(), left);
        this.#tick();
      },
      batch: LOW,
      signal,
    });
    route.listen((wire) => this.#receive(wire), signal);
    for (const wire of early) this.#receive(wire);
    document.addEventListener("visibilitychange", () => this.#presence(), { signal });
    stayConnected(
      route,
      () => isRunning(lastReply(this.transcript)?.reply),
      () => this.#back(),
      signal,
    );
    addEventListener("pagehide", () => this.#bye(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#presence(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Paint this view from now on, until its signal aborts. */
  attach(view: View, signal: AbortSignal): void {
    this.#views.add(view);
    signal.addEventListener("abort", () => {
      this.#views.delete(view);
      this.#presence();
    });
    this.#started = true;
    this.#presence();
    this.#painter.request();
  }

  /** The view came into sight, or its reader did something that shows on the page. */
  repaint(): void {
    this.#painter.request();
  }

  /** Stop the reply that runs now, whatever it takes. */
  stop(): void {
    const turn = lastReply(this.transcript);
    if (!turn || !isRunning(turn.reply)) return;
    const frame: Stop = { v: VERSION, kind: "stop", page: this.#inbox.page, turn: turn.id };
    const send = (tries: number) => {
      if (this.#signal.aborted || !isRunning(turn.reply) || tries === STOP_TRIES) return;
      this.#route.send(frame, tries > 0);
      setTimeout(() => send(tries + 1), STOP_AGAIN);
    };
    send(0);
  }

  /** Ask the next question. */
  prompt(text: string): void {
    const key = unlike();
    const frame: Prompt = { v: VERSION, kind: "prompt", page: this.#inbox.page, key, text };
    const before = this.transcript.turns.length;
    const send = (again: boolean) => {
      if (this.#signal.aborted || this.transcript.turns.length > before) return;
      this.#route.send(frame, again);
      setTimeout(() => send(true), ASK_AGAIN);
    };
    send(false);
  }

  /** What was asked of the latest reply, until the kernel has moved it. */
  get asked(): Asking | undefined {
    const { kind, turn, reply } = this.#asked ?? {};
    return turn && turn === this.transcript.turns.at(-1) && turn.reply === reply ? kind : undefined;
  }

  /** Ask for the latest reply again, or for more of it; never for that of another turn. */
  again(kind: Asking, id: string): void {
    const turn = this.transcript.turns.at(-1);
    if (turn?.id !== id || this.asked || !offers(turn).includes(kind)) return;
    const frame: Again = { v: VERSION, kind, page: this.#inbox.page, key: unlike(), turn: id };
    const asked: Asked = { kind, turn, reply: turn.reply };
    this.#asked = asked;
    const send = (tries: number) => {
      if (this.#signal.aborted || this.#asked !== asked || !this.asked) return;
      if (tries === AGAIN_TRIES) {
        this.#asked = undefined;
        this.#painter.request();
        return;
      }
      this.#route.send(frame, tries > 0);
      setTimeout(() => send(tries + 1), ASK_AGAIN);
    };
    send(0);
    this.#painter.request();
  }

  #receive(wire: unknown): void {
    if (!isUpdate(wire)) {
      console.debug("[nbstream] not a frame of this version", wire);
      return;
    }
    if (this.#inbox.receive(wire)) {
      apply(this.transcript, wire, Date.now() / 1000);
      this.#painter.request();
      if (wire.ops?.some((op) => op.op === "reply" && !isRunning(op))) this.#ended?.();
    }
    this.#tick();
  }

  #presence(): void {
    this.#inbox.present(this.#views.size, document.hidden);
    this.#tick();
    this.#painter.request();
  }

  /** What was sent meanwhile may be lost; the kernel may have given this page up. */
  #back(): void {
    this.#inbox.greet();
    this.#tick();
  }

  #bye(): void {
    if (this.#started) this.#route.send({ v: VERSION, kind: "bye", page: this.#inbox.page });
  }

  #tick(): void {
    if (!this.#started || this.#signal.aborted) return;
    for (const frame of this.#inbox.tick(performance.now())) {
      this.#route.send(frame, frame.kind === "resync" && this.#inbox.asked > 1);
    }
    clearTimeout(this.#timer);
    const due = this.#inbox.dueAt();
    if (due !== undefined) this.#timer = setTimeout(() => this.#tick(), Math.max(0, due - performance.now()));
  }
}
