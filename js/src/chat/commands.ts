/** Sender of the user's commands: repeats each one until the transcript shows its effect. */

import { RESYNC_RETRY_MS } from "../core/inbox.ts";
import { type Command, type File, type Prompt, type TurnCommand, VERSION } from "../core/protocol.ts";
import { randomId } from "../core/random-id.ts";
import { isRunning, type Reply } from "../core/reply.ts";
import { availableActions, type ReplyAction } from "../core/reply-actions.ts";
import { lastReply, type QueuedMessage, type Transcript, type Turn } from "../core/transcript.ts";
import type { Route } from "../transport/jupyter.ts";
import { type RetryPolicy, STOP_REPETITION, sendUntil } from "./send-until.ts";

/**
 * Speed of a slow network, about 2 Mbit/s. A message is not repeated while its first copy may still be on its
 * way, because the second copy of megabytes of files would delay every other command.
 */
const SLOW_UPLOAD_CHARS_PER_MS = 250;

/** A message that the kernel has not taken after this time is late; most are taken within 100 ms. */
const LATE_AFTER_MS = 400;

/** A command about a reply, with that reply as it was when the user gave the command. */
interface PendingRequest {
  readonly kind: ReplyAction;
  readonly turn: Turn;
  readonly reply: Reply | undefined;
  /**
   * How many turns there were when the user gave the command. If the number has changed, the user has
   * meanwhile left this turn for a new one and come back.
   */
  readonly versions: number;
}

export class CommandSender {
  readonly #sending = new Map<Prompt, { readonly isConfirmed: () => boolean; isLate: boolean }>();
  readonly #route: Route;
  readonly #transcript: Transcript;
  readonly #page: string;
  readonly #signal: AbortSignal;
  readonly #onChange: () => void;
  #pending: PendingRequest | undefined;
  /** The model that the user has chosen last, until the kernel has confirmed the choice. */
  #model: string | undefined;

  /** `onChange` is called when the page must be painted again. */
  constructor(route: Route, transcript: Transcript, page: string, signal: AbortSignal, onChange: () => void) {
    this.#route = route;
    this.#transcript = transcript;
    this.#page = page;
    this.#signal = signal;
    this.#onChange = onChange;
  }

  /** Stop the running reply. */
  stop(): void {
    const turn = lastReply(this.#transcript);
    const pending = this.#pending;
    if (!turn || !isRunning(turn.reply)) return;
    this.#sendUntil(
      { ...this.#frame(), kind: "stop", turn: turn.id },
      {
        // If the user has requested the turn again after this Stop, repeating the Stop would end the new
        // attempt.
        isConfirmed: () => !isRunning(turn.reply) || (this.#pending ?? pending) !== pending,
        ...STOP_REPETITION,
      },
    );
  }

  /** Messages whose arrival the kernel has not confirmed yet. */
  get sending(): readonly Prompt[] {
    return [...this.#sending].flatMap(([prompt, { isConfirmed }]) => (isConfirmed() ? [] : [prompt]));
  }

  /** The unconfirmed messages that have been on their way long enough for the user to notice. */
  get late(): readonly Prompt[] {
    return this.sending.filter((prompt) => this.#sending.get(prompt)?.isLate);
  }

  /** Give up every message that the kernel has not confirmed, and return these messages. */
  takeUnsent(): readonly Prompt[] {
    const unsent = this.sending;
    this.#sending.clear();
    this.#pending = undefined;
    return unsent;
  }

  /** Give up the message with this key, because the kernel has not taken it; return the message. */
  takeRefused(key: string): Prompt | undefined {
    const refused = this.sending.find((prompt) => prompt.key === key);
    if (refused) this.#sending.delete(refused);
    return refused;
  }

  /**
   * Send the next message, or another version of the turn whose id is `edits`, without its blocks of the
   * indices `drops`. The notebook's `variables` go with it. Return the message's key.
   */
  prompt(
    text: string,
    files: readonly File[] = [],
    edits?: string,
    drops: readonly number[] = [],
    variables: readonly string[] = [],
  ): string {
    const frame: Prompt = {
      ...this.#keyedFrame(),
      kind: "prompt",
      text,
      ...(files.length > 0 && { files }),
      ...(edits !== undefined && { edits }),
      ...(drops.length > 0 && { drops }),
      ...(this.#modelOnTheWay !== undefined && { model: this.#modelOnTheWay }),
      ...(variables.length > 0 && { variables }),
    };
    const isConfirmed = () => this.#transcript.queuedKeys.has(frame.key) || !this.#sending.has(frame);
    const sending = { isConfirmed, isLate: false };
    this.#sending.set(frame, sending);
    setTimeout(() => {
      sending.isLate = true;
      this.#onChange();
    }, LATE_AFTER_MS);
    const fileChars = files.reduce((sum, { data }) => sum + data.length, 0);
    this.#sendUntil(frame, {
      isConfirmed,
      intervalMs: RESYNC_RETRY_MS + fileChars / SLOW_UPLOAD_CHARS_PER_MS,
      maxAttempts: Number.POSITIVE_INFINITY,
      onFinished: () => this.#sending.delete(frame),
    });
    this.#onChange();
    return frame.key;
  }

  /** The action that the user requested for the latest reply; undefined once that reply has changed. */
  get pendingAction(): ReplyAction | undefined {
    const { kind, turn, reply, versions: before } = this.#pending ?? {};
    const { turns, versions } = this.#transcript;
    return turn && turn === turns.at(-1) && turn.reply === reply && versions.length === before
      ? kind
      : undefined;
  }

  /**
   * Retry, continue or regenerate the latest reply. Do nothing if `id` names another turn, or if an action is
   * already pending.
   */
  requestAgain(kind: ReplyAction, id: string): void {
    const turn = this.#transcript.turns.at(-1);
    if (turn?.id !== id || this.pendingAction || !availableActions(turn).includes(kind)) return;
    const frame: TurnCommand = { ...this.#keyedFrame(), kind, turn: id };
    const { length } = this.#transcript.versions;
    const pending: PendingRequest = { kind, turn, reply: turn.reply, versions: length };
    this.#pending = pending;
    this.#sendUntil(frame, {
      isConfirmed: () => this.#pending !== pending || !this.pendingAction,
      onFinished: () => {
        if (this.#pending === pending) this.#pending = undefined;
        this.#onChange();
      },
    });
    this.#onChange();
  }

  /** Show another version of a turn. */
  selectVersion(turn: string): void {
    const { versions } = this.#transcript;
    const isConfirmed = () => this.#transcript.turns.some(({ id }) => id === turn);
    if (versions.some(({ id }) => id === turn))
      this.#sendUntil(
        { ...this.#keyedFrame(), kind: "select_version", turn },
        { isConfirmed, maxAttempts: 3 },
      );
  }

  /** The model that the user has chosen; undefined without a menu. */
  get model(): string | undefined {
    return this.#modelOnTheWay ?? this.#transcript.models?.chosen;
  }

  /** Ask this model for the next replies. */
  selectModel(model: string): void {
    this.#model = model;
    const { models } = this.#transcript;
    // The kernel confirms a choice with the menu, and says nothing to a name that it does not offer.
    const isConfirmed = () => this.#model !== model || this.#transcript.models !== models;
    const onFinished = () => {
      if (this.#model === model) this.#model = undefined;
      this.#onChange();
    };
    const frame = { ...this.#keyedFrame(), kind: "select_model", model } as const;
    this.#sendUntil(frame, { isConfirmed, onFinished, maxAttempts: 5 });
    this.#onChange();
  }

  get #modelOnTheWay(): string | undefined {
    return this.#model === this.#transcript.models?.chosen ? undefined : this.#model;
  }

  /** Allow or refuse a tool call, or allow every call of its tool. */
  approve(call: string, run: boolean, always = false): void {
    const isConfirmed = () => lastReply(this.#transcript)?.calls.get(call)?.state !== "asking";
    this.#sendUntil(
      { ...this.#frame(), kind: "approve", call, run, ...(always && { always }) },
      { isConfirmed },
    );
  }

  /** Withdraw the queued message of this key, or send it now. */
  queueCommand(kind: "withdraw" | "send_now", key: string): void {
    const isConfirmed = () => !this.#transcript.queue.has(key);
    this.#sendUntil({ ...this.#frame(), kind, key }, { isConfirmed });
  }

  #frame() {
    return { v: VERSION, page: this.#page } as const;
  }

  #keyedFrame() {
    return { ...this.#frame(), key: randomId() } as const;
  }

  #sendUntil(frame: Command, policy: Omit<RetryPolicy, "intervalMs"> & { intervalMs?: number }): void {
    sendUntil(this.#route, frame, { intervalMs: RESYNC_RETRY_MS, ...policy }, this.#signal);
  }
}

/** Return what a view shows of a message that is not in the queue yet. */
export function asQueued({ key, text, files = [], variables = [] }: Prompt): QueuedMessage {
  return { key, text, files: [...files.map(({ name }) => name), ...variables] };
}
