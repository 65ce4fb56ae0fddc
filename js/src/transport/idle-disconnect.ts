/**
 * Connection management for hidden pages: closes the connection of a page that is hidden and idle, and opens
 * it when the page is seen again. With HTTP/1.1, a browser has six connections to a host for all of its tabs,
 * and each stream holds one. With six tabs open, no other request would get through, not even a Stop.
 */

/** How long a hidden page must be idle before its connection is closed. */
const CLOSE_AFTER_MS = 5_000;

/**
 * Interval at which a closed connection is opened for a moment, because the server drops a chat an hour after
 * its last reader has gone.
 */
const VISIT_INTERVAL_MS = 20 * 60_000;

export class IdleDisconnect {
  readonly #open: () => void;
  readonly #close: () => void;
  readonly #signal: AbortSignal;
  readonly #activities = new Set<unknown>();
  #isHidden = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * `open` is also called while the connection is open, and must then do nothing. The same holds for `close`
   * while the connection is closed.
   */
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

  /** Note that an activity has begun or ended. The connection stays open while there is an activity. */
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
