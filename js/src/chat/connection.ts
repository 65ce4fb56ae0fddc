/** One chat's end on this page: applies what the kernel sends, says what was painted. */

import { Inbox, LOW } from "../core/inbox.ts";
import { isUpdate, VERSION } from "../core/protocol.ts";
import { unlike } from "../core/random-id.ts";
import { apply, isRunning, lastReply, newTranscript } from "../core/transcript.ts";
import type { Route } from "../transport/jupyter.ts";
import { stayConnected } from "../transport/reconnect.ts";
import { CommandSender } from "./commands.ts";
import { Painter, type View } from "./painter.ts";

export class Connection {
  readonly transcript = newTranscript();
  readonly wishes: CommandSender;
  readonly #inbox: Inbox;
  readonly #views = new Set<View>();
  readonly #painter: Painter;
  readonly #route: Route;
  readonly #signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ended: (() => void) | undefined;
  #started = false;

  /** `ended` is told when an answer has; where it is given, this page writes the notebook's file. */
  constructor(route: Route, early: readonly unknown[], signal: AbortSignal, ended?: () => void) {
    this.#route = route;
    this.#inbox = new Inbox(unlike(), ended !== undefined);
    this.#ended = ended;
    this.#signal = signal;
    this.wishes = new CommandSender(route, this.transcript, this.#inbox.page, signal, () => this.repaint());
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
