/** The page's link to the far side that has its conversation, and the way to continue after that has ended. */

import { afterEvent, isAtRest, type LinkEvent, type LinkState } from "../core/link-state.ts";
import type { Transcript } from "../core/transcript.ts";
import type { Loss } from "../transport/kernel-link.ts";

/** Time for which a connection must be cut before the user is told. */
const CUT_NOTICE_MS = 3_000;

/** Moves a conversation into what came after its kernel or server. */
export interface Mover {
  /** Whether there is a kernel or server to move into. */
  readonly isAvailable: boolean;
  /**
   * Make the conversation live there, and show it in place of this one. Reject with a sentence for the user if
   * that fails.
   */
  move(transcript: Transcript): Promise<void>;
  /** Call the function once the conversation is live there, because the user has continued it on another page. */
  watchArrival?(signal: AbortSignal, onArrived: () => void): void;
}

export class Link {
  state: LinkState = "connected";
  /** How the conversation was lost; undefined while it is not. */
  loss: Loss | undefined;
  /** Why it could not be moved. */
  refusal = "";
  readonly #mover: Mover | undefined;
  readonly #onChange: (event: LinkEvent) => void;
  readonly #signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(mover: Mover | undefined, onChange: (event: LinkEvent) => void, signal: AbortSignal) {
    this.#mover = mover;
    this.#onChange = onChange;
    this.#signal = signal;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Whether the conversation is at rest on the page and takes no command. */
  get isAtRest(): boolean {
    return isAtRest(this.state);
  }

  /** Whether the user can ask to continue. */
  get canMove(): boolean {
    return this.state === "lost" && this.#mover?.isAvailable === true;
  }

  /** Handle a report of the route. */
  report(event: "cut" | "restored" | Loss): void {
    switch (event) {
      case "cut":
        this.#timer ??= setTimeout(() => this.#change("cut"), CUT_NOTICE_MS);
        break;
      case "restored":
        this.#stopTimer();
        this.#change("restored");
        break;
      case "kernel_restarted":
      case "kernel_ended":
      case "server_forgot":
        this.#stopTimer();
        this.loss ??= event;
        this.#change("vanished");
        break;
      default:
        event satisfies never;
    }
  }

  /** Continue here as well, once the user has done so on another page. */
  follow(transcript: Transcript): void {
    this.#mover?.watchArrival?.(this.#signal, () => this.move(transcript));
  }

  /** Continue the conversation in what came after its kernel or server, because the user asked for it. */
  async move(transcript: Transcript): Promise<void> {
    if (!this.canMove || !this.#change("move")) return;
    this.refusal = "";
    try {
      await this.#mover?.move(transcript);
      this.#change("arrived");
    } catch (error) {
      this.refusal = error instanceof Error ? error.message : String(error);
      this.#change("refused");
    }
  }

  #change(event: LinkEvent): boolean {
    const next = this.#signal.aborted ? undefined : afterEvent(this.state, event);
    if (next) this.state = next;
    if (next || event === "restored") this.#onChange(event);
    return next !== undefined;
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
