/** One chat's connection on this page: applies the kernel's frames, and acknowledges painted text. */

import { cutOff } from "../core/history.ts";
import { Inbox, LOW_MARK_CHARS } from "../core/inbox.ts";
import type { LinkEvent } from "../core/link-state.ts";
import { isUpdate, type Op, VERSION } from "../core/protocol.ts";
import { randomId } from "../core/random-id.ts";
import { isRunning } from "../core/reply.ts";
import { TextSpread } from "../core/text-spread.ts";
import { apply, lastReply, newTranscript, type QueuedMessage } from "../core/transcript.ts";
import { isRefusal, isVariables, type Refusal, type Variables } from "../core/variable-frames.ts";
import type { Route } from "../transport/jupyter.ts";
import { keepConnected } from "../transport/reconnect.ts";
import { asQueued, CommandSender } from "./commands.ts";
import { Link, type Mover } from "./link.ts";
import { Painter, type View } from "./painter.ts";

export class Connection {
  readonly transcript = newTranscript();
  readonly commands: CommandSender;
  readonly link: Link;
  readonly #inbox: Inbox;
  readonly #views = new Set<View>();
  readonly #painter: Painter;
  readonly #route: Route;
  readonly #signal: AbortSignal;
  readonly #spread = new TextSpread();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #textTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #onReplyEnded: (() => void) | undefined;
  #isStarted = false;
  /** Aborts when the far side has ended, so that no command is repeated. */
  readonly #rest = new AbortController();
  /** The request for variables that was made last. */
  #listRequest: { readonly key: string; readonly resolve: (found: Variables) => void } | undefined;
  /** The messages that the far side has not taken, until a view has put them into its box. */
  #unsent: readonly QueuedMessage[] = [];

  /**
   * `earlyFrames` are the frames that arrived before this object was made. `onReplyEnded` is given only on a
   * page that writes the notebook's file. `mover` is given where the page can continue after a restart.
   */
  constructor(
    route: Route,
    earlyFrames: readonly unknown[],
    signal: AbortSignal,
    onReplyEnded?: () => void,
    mover?: Mover,
  ) {
    this.#route = route;
    this.#inbox = new Inbox(randomId(), onReplyEnded !== undefined);
    this.#onReplyEnded = onReplyEnded;
    this.#signal = signal;
    this.link = new Link(mover, (event) => this.#onLinkChanged(event), signal);
    const commandLife = AbortSignal.any([signal, this.#rest.signal]);
    this.commands = new CommandSender(route, this.transcript, this.#inbox.page, commandLife, () =>
      this.requestPaint(),
    );
    this.#painter = new Painter({
      views: this.#views,
      transcript: this.transcript,
      unpaintedChars: () => this.#inbox.received - this.#inbox.painted,
      onPainted: (left) => {
        this.#inbox.markPainted(performance.now(), left + this.#spread.heldChars);
        this.#tick();
      },
      batchChars: LOW_MARK_CHARS,
      signal,
    });
    route.listen((wire) => this.#receive(wire), signal);
    for (const wire of earlyFrames) this.#receive(wire);
    document.addEventListener("visibilitychange", () => this.#updatePresence(), { signal });
    keepConnected(route, () => isRunning(lastReply(this.transcript)?.reply), signal);
    route.watchLink((event) => this.link.report(event), signal);
    addEventListener("pagehide", () => this.#sendBye(), { signal });
    // The browser has kept this page and shows it again. The kernel has forgotten it at its goodbye.
    addEventListener("pageshow", (event) => event.persisted && this.#requestResync(), { signal });
    signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      clearTimeout(this.#textTimer);
    });
  }

  /** Paint this view from now on, until its signal aborts. */
  attach(view: View, signal: AbortSignal): void {
    this.#views.add(view);
    signal.addEventListener("abort", () => {
      this.#views.delete(view);
      this.#updatePresence();
    });
    this.#isStarted = true;
    this.#returnUnsent();
    this.#updatePresence();
    this.#painter.request();
  }

  /** Continue in what came after the conversation's kernel or server. */
  move(): void {
    this.link.move(this.transcript);
  }

  /**
   * Ask the kernel for its variables with this text in their names. The promise stays open if the kernel does
   * not answer, or if another request follows.
   */
  listVariables(text: string): Promise<Variables> {
    const key = randomId();
    const { page } = this.#inbox;
    return new Promise((resolve) => {
      this.#listRequest = { key, resolve };
      this.#route.send({ v: VERSION, kind: "list_variables", page, key, text });
    });
  }

  /** Schedule a paint, because a view has come into sight or the user did something that must show. */
  requestPaint(): void {
    this.#painter.request();
  }

  #receive(wire: unknown): void {
    if (isVariables(wire)) {
      if (wire.key === this.#listRequest?.key) this.#listRequest.resolve(wire);
      return;
    }
    if (isRefusal(wire)) {
      if (wire.to === this.#inbox.page) this.#onRefused(wire);
      return;
    }
    if (!isUpdate(wire)) {
      console.debug("[nbstream] not a frame of this version", wire);
      return;
    }
    if (this.#inbox.receive(wire)) {
      const ops = this.#spread.take(wire.ops ?? [], performance.now());
      this.#apply(document.hidden ? [...ops, ...this.#spread.releaseAll(performance.now())] : ops, wire.now);
    }
    this.#tick();
  }

  /** Apply ops that are due, and plan when the next ones are. */
  #apply(ops: readonly Op[], now?: number): void {
    apply(this.transcript, { ...(now !== undefined && { now }), ops }, Date.now() / 1000);
    this.#painter.request();
    clearTimeout(this.#textTimer);
    const due = this.#spread.dueAt();
    if (due !== undefined) {
      const next = () => this.#apply(this.#spread.release(performance.now()));
      this.#textTimer = setTimeout(next, Math.max(0, due - performance.now()));
    }
    if (ops.some((op) => op.op === "reply" && !isRunning(op))) this.#onReplyEnded?.();
  }

  #applyHeldText(): void {
    this.#apply(this.#spread.releaseAll(performance.now()));
  }

  #onRefused({ key, reason }: Refusal): void {
    const refused = this.commands.takeRefused(key);
    if (!refused) return;
    this.#unsent = [...this.#unsent, { ...asQueued(refused), refusal: reason }];
    this.#returnUnsent();
    this.#painter.request();
  }

  #updatePresence(): void {
    this.#inbox.setPresence(this.#views.size, document.hidden);
    this.#route.setPresence(document.hidden);
    // A hidden tab has slow timers, and the user of another one sees all that came.
    this.#applyHeldText();
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

  #onLinkChanged(event: LinkEvent): void {
    if (event === "restored") this.#requestResync();
    if (event === "vanished") {
      this.#comeToRest();
      this.link.follow(this.transcript);
    }
    this.#painter.request();
  }

  /** Stop the reply on the page, and return the messages to the user, because the far side has ended. */
  #comeToRest(): void {
    this.#rest.abort();
    this.#applyHeldText();
    const wasRunning = isRunning(lastReply(this.transcript)?.reply);
    const sending = this.commands.takeUnsent().map(asQueued);
    this.#unsent = [...cutOff(this.transcript, Date.now() / 1000), ...sending];
    this.#returnUnsent();
    clearTimeout(this.#timer);
    if (wasRunning) this.#onReplyEnded?.();
  }

  #returnUnsent(): void {
    for (const all of [false, true]) {
      for (const view of this.#views) {
        const taken = view.takeBack?.(this.#unsent, all) ?? new Set();
        this.#unsent = this.#unsent.filter(({ key }) => !taken.has(key));
      }
    }
  }

  #sendBye(): void {
    if (this.#isStarted && !this.link.isAtRest)
      this.#route.send({ v: VERSION, kind: "bye", page: this.#inbox.page });
  }

  #tick(): void {
    if (!this.#isStarted || this.#signal.aborted || this.link.isAtRest) return;
    for (const frame of this.#inbox.tick(performance.now())) {
      this.#route.send(frame, this.#inbox.isRepeat(frame));
    }
    clearTimeout(this.#timer);
    const due = this.#inbox.dueAt();
    if (due !== undefined) this.#timer = setTimeout(() => this.#tick(), Math.max(0, due - performance.now()));
  }
}
