/** One chat's connection on this page: applies the kernel's frames, and acknowledges painted text. */

import { Inbox, LOW_MARK_CHARS } from "../core/inbox.ts";
import { isUpdate, VERSION } from "../core/protocol.ts";
import { randomId } from "../core/random-id.ts";
import { apply, isRunning, lastReply, newTranscript } from "../core/transcript.ts";
import type { Route } from "../transport/jupyter.ts";
import { keepConnected } from "../transport/reconnect.ts";
import { CommandSender } from "./commands.ts";
import { Painter, type View } from "./painter.ts";

export class Connection {
  readonly transcript = newTranscript();
  readonly commands: CommandSender;
  readonly #inbox: Inbox;
  readonly #views = new Set<View>();
  readonly #painter: Painter;
  readonly #route: Route;
  readonly #signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #onReplyEnded: (() => void) | undefined;
  #isStarted = false;

  /**
   * `earlyFrames` are the frames that arrived before this object was made. `onReplyEnded` is given only on a
   * page that writes the notebook's file.
   */
  constructor(route: Route, earlyFrames: readonly unknown[], signal: AbortSignal, onReplyEnded?: () => void) {
    this.#route = route;
    this.#inbox = new Inbox(randomId(), onReplyEnded !== undefined);
    this.#onReplyEnded = onReplyEnded;
    this.#signal = signal;
    this.commands = new CommandSender(route, this.transcript, this.#inbox.page, signal, () =>
      this.requestPaint(),
    );
    this.#painter = new Painter({
      views: this.#views,
      transcript: this.transcript,
      unpaintedChars: () => this.#inbox.received - this.#inbox.painted,
      onPainted: (left) => {
        this.#inbox.markPainted(performance.now(), left);
        this.#tick();
      },
      batchChars: LOW_MARK_CHARS,
      signal,
    });
    route.listen((wire) => this.#receive(wire), signal);
    for (const wire of earlyFrames) this.#receive(wire);
    document.addEventListener("visibilitychange", () => this.#updatePresence(), { signal });
    keepConnected(
      route,
      () => isRunning(lastReply(this.transcript)?.reply),
      () => this.#requestResync(),
      signal,
    );
    addEventListener("pagehide", () => this.#sendBye(), { signal });
    // The browser has kept this page and shows it again. The kernel has forgotten it at its goodbye.
    addEventListener("pageshow", (event) => event.persisted && this.#requestResync(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Paint this view from now on, until its signal aborts. */
  attach(view: View, signal: AbortSignal): void {
    this.#views.add(view);
    signal.addEventListener("abort", () => {
      this.#views.delete(view);
      this.#updatePresence();
    });
    this.#isStarted = true;
    this.#updatePresence();
    this.#painter.request();
  }

  /** Schedule a paint, because a view has come into sight or the user did something that must show. */
  requestPaint(): void {
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
      if (wire.ops?.some((op) => op.op === "reply" && !isRunning(op))) this.#onReplyEnded?.();
    }
    this.#tick();
  }

  #updatePresence(): void {
    this.#inbox.setPresence(this.#views.size);
    this.#route.setPresence(document.hidden);
    this.#tick();
    this.#painter.request();
  }

  /**
   * Request a resync after a reconnection. Frames may have been lost while the connection was away, and the
   * kernel may have stopped waiting for this page.
   */
  #requestResync(): void {
    this.#inbox.requestResync();
    this.#tick();
  }

  #sendBye(): void {
    if (this.#isStarted) this.#route.send({ v: VERSION, kind: "bye", page: this.#inbox.page });
  }

  #tick(): void {
    if (!this.#isStarted || this.#signal.aborted) return;
    for (const frame of this.#inbox.tick(performance.now())) {
      this.#route.send(frame, this.#inbox.isRepeat(frame));
    }
    clearTimeout(this.#timer);
    const due = this.#inbox.dueAt();
    if (due !== undefined) this.#timer = setTimeout(() => this.#tick(), Math.max(0, due - performance.now()));
  }
}
