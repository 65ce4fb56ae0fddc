/** What the reader wants of the conversation, said to the kernel until it shows that it was heard. */

import { ASK_AGAIN } from "../core/inbox.ts";
import { type Command, type File, type Prompt, type TurnCommand, VERSION } from "../core/protocol.ts";
import { unlike } from "../core/random-id.ts";
import { type Asking, offers } from "../core/reply-actions.ts";
import { isRunning, lastReply, type Reply, type Transcript, type Turn } from "../core/transcript.ts";
import type { Route } from "../transport/jupyter.ts";

/**
 * How often a Stop is repeated while the reply goes on: it may be lost like any message. For a minute, as whoever is
 * away for 30 s finds the reply stopped (`abandon_after`, `resume_for`), and who is back sooner does not.
 */
const STOP_AGAIN = 500;
const STOP_TRIES = 120;

/** After so many tries without an effect the reader may press again: what hears nothing now may hear later. */
const TRIES = 30;

/**
 * Characters a millisecond that a slow way carries, some 2 Mbit a second: a message is not sent again while the first of
 * it may still be on its way, or megabytes of files would stand before all else that is said.
 */
const SLOW = 250;

/** Milliseconds after which a message that is not taken yet is late; most are taken in a tenth of a second. */
const LATE = 400;

/** What the reader asked of a reply, and the reply as it stood then. */
interface Asked {
  readonly kind: Asking;
  readonly turn: Turn;
  readonly reply: Reply | undefined;
  /** How many turns there were: who comes back to this one after another has begun asks nothing. */
  readonly versions: number;
}

/** How to repeat a wish: what shows that it was heard, how often, and what to do when it never is. */
interface Insistence {
  readonly heard: () => boolean;
  readonly every?: number;
  readonly tries?: number;
  readonly over?: () => void;
}

export class CommandSender {
  readonly #sending = new Map<Prompt, { readonly heard: () => boolean; late: boolean }>();
  readonly #route: Route;
  readonly #transcript: Transcript;
  readonly #page: string;
  readonly #signal: AbortSignal;
  readonly #changed: () => void;
  #asked: Asked | undefined;

  /** `changed` is told when the page must show something else than before. */
  constructor(route: Route, transcript: Transcript, page: string, signal: AbortSignal, changed: () => void) {
    this.#route = route;
    this.#transcript = transcript;
    this.#page = page;
    this.#signal = signal;
    this.#changed = changed;
  }

  /** Stop the reply that runs now, whatever it takes. */
  stop(): void {
    const turn = lastReply(this.#transcript);
    const asked = this.#asked;
    if (!turn || !isRunning(turn.reply)) return;
    this.#insist(
      { ...this.#frame(), kind: "stop", turn: turn.id },
      {
        // Asked again since, the turn runs for its reader.
        heard: () => !isRunning(turn.reply) || (this.#asked ?? asked) !== asked,
        every: STOP_AGAIN,
        tries: STOP_TRIES,
      },
    );
  }

  /** Messages that the kernel has not taken yet. */
  get sending(): readonly Prompt[] {
    return [...this.#sending].flatMap(([prompt, { heard }]) => (heard() ? [] : [prompt]));
  }

  /** Those of them that it takes longer than a reader notices. */
  get late(): readonly Prompt[] {
    return this.sending.filter((prompt) => this.#sending.get(prompt)?.late);
  }

  /** Send the next message, or another version of an earlier one; gives its key. */
  prompt(text: string, files: readonly File[] = [], edits?: string): string {
    const frame: Prompt = {
      ...this.#once(),
      kind: "prompt",
      text,
      ...(files.length > 0 && { files }),
      ...(edits !== undefined && { edits }),
    };
    const heard = () => this.#transcript.queued.has(frame.key);
    const sending = { heard, late: false };
    this.#sending.set(frame, sending);
    setTimeout(() => {
      sending.late = true;
      this.#changed();
    }, LATE);
    this.#insist(frame, {
      heard,
      every: ASK_AGAIN + files.reduce((sum, { data }) => sum + data.length, 0) / SLOW,
      tries: Number.POSITIVE_INFINITY,
      over: () => this.#sending.delete(frame),
    });
    this.#changed();
    return frame.key;
  }

  /** What was asked of the latest reply, until the kernel has moved it. */
  get asked(): Asking | undefined {
    const { kind, turn, reply, versions: before } = this.#asked ?? {};
    const { turns, versions } = this.#transcript;
    return turn && turn === turns.at(-1) && turn.reply === reply && versions.length === before
      ? kind
      : undefined;
  }

  /** Ask for the latest reply again, for more of it, or for another; never for that of another turn. */
  again(kind: Asking, id: string): void {
    const turn = this.#transcript.turns.at(-1);
    if (turn?.id !== id || this.asked || !offers(turn).includes(kind)) return;
    const frame: TurnCommand = { ...this.#once(), kind, turn: id };
    const asked: Asked = { kind, turn, reply: turn.reply, versions: this.#transcript.versions.length };
    this.#asked = asked;
    this.#insist(frame, {
      heard: () => this.#asked !== asked || !this.asked,
      over: () => {
        if (this.#asked === asked) this.#asked = undefined;
        this.#changed();
      },
    });
    this.#changed();
  }

  /** Show another version of a turn. */
  choose(turn: string): void {
    const { versions } = this.#transcript;
    const heard = () => this.#transcript.turns.some(({ id }) => id === turn);
    if (versions.some(({ id }) => id === turn))
      this.#insist({ ...this.#once(), kind: "select_version", turn }, { heard, tries: 3 });
  }

  /** Whether a call of a tool may run. */
  approve(call: string, run: boolean): void {
    const heard = () => lastReply(this.#transcript)?.calls.get(call)?.state !== "asking";
    this.#insist({ ...this.#frame(), kind: "approve", call, run }, { heard });
  }

  /** Do not send the queued message of this key, or send it now. */
  ofQueue(kind: "withdraw" | "send_now", key: string): void {
    const heard = () => !this.#transcript.queue.has(key);
    this.#insist({ ...this.#frame(), kind, key }, { heard });
  }

  #frame() {
    return { v: VERSION, page: this.#page } as const;
  }

  #once() {
    return { ...this.#frame(), key: unlike() } as const;
  }

  #insist(
    frame: Command,
    { heard, every = ASK_AGAIN, tries = TRIES, over = () => {} }: Insistence,
    sent = 0,
  ): void {
    if (this.#signal.aborted) return;
    if (heard() || sent === tries) {
      over();
      return;
    }
    this.#route.send(frame, sent > 0);
    setTimeout(() => this.#insist(frame, { heard, every, tries, over }, sent + 1), every);
  }
}
