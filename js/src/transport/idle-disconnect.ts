/**
 * Closes the connection of a hidden, idle page, and opens it when the page is seen again. A browser has six
 * connections to a host for all of its tabs (HTTP/1.1), and each stream holds one: with six tabs open, no
 * other request would get through, not even a Stop.
 */

/** How long a hidden page must be idle before its connection is closed. */
const CLOSE_AFTER_MS = 5_000;

/**
 * How often a closed connection opens for a moment: the server drops a chat an hour after its last reader.
 */
const VISIT_INTERVAL_MS = 20 * 60_000;

export class IdleDisconnect {
  readonly #open: () => void;
  readonly #close: () => void;
  readonly #signal: AbortSignal;
  readonly #activities = new Set<unknown>();
  #isHidden = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `open` must do nothing while the connection is open, and `close` while it is closed. */
  constructor(open: () => void, close: () => void, signal: AbortSignal) {
    this.#open = open;
    this.#close = close;
    this.#signal = signal;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  setHidden(isHidden: boolean): void {
    this.#isHidden = isHidden;
    if (!isHidden) this.#open();
    this.#schedule();
  }

  /** Note that an activity, which keeps the connection open, has begun or ended. */
  track(activity: unknown, isActive: boolean): void {
    this.#activities[isActive ? "add" : "delete"](activity);
    this.#schedule();
  }

  isTracking(activity: unknown): boolean {
    return this.#activities.has(activity);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isHidden && this.#activities.size === 0 && !this.#signal.aborted)
      this.#timer = setTimeout(() => this.#rest(), CLOSE_AFTER_MS);
  }

  #rest(): void {
    this.#close();
    this.#timer = setTimeout(this.#open, VISIT_INTERVAL_MS);
  }
}
