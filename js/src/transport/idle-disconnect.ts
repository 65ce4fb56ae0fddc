/**
 * When a page lets its connection go. A browser has six to a host for all of its tabs (HTTP/1.1), and a stream holds
 * one: with six tabs open nothing else would be heard, not even a Stop.
 */

/** Milliseconds for which nobody sees the page and nothing goes on there. */
const REST_AFTER = 5_000;

/** So often it reads for a moment: the server keeps a conversation for an hour after its last reader. */
const SHOW_AGAIN = 20 * 60_000;

export class Rest {
  readonly #idle: () => boolean;
  readonly #leave: () => void;
  readonly #comeBack: () => void;
  #hidden = false;
  #away = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(idle: () => boolean, leave: () => void, comeBack: () => void) {
    this.#idle = idle;
    this.#leave = leave;
    this.#comeBack = comeBack;
  }

  /** Somebody sees the page, or nobody does. */
  seen(hidden: boolean): void {
    this.#hidden = hidden;
    if (!hidden) this.#back();
    this.look();
  }

  /** Something is wanted here, and what comes of it shall be read. */
  busy(): void {
    this.#back();
    this.look();
  }

  /** Something has ended here. */
  look(): void {
    if (this.#away) return;
    clearTimeout(this.#timer);
    if (this.#hidden) this.#timer = setTimeout(() => this.#go(), REST_AFTER);
  }

  end(): void {
    this.#away = true;
    clearTimeout(this.#timer);
  }

  #go(): void {
    if (!this.#idle()) {
      this.look();
      return;
    }
    this.#away = true;
    this.#leave();
    this.#timer = setTimeout(() => this.busy(), SHOW_AGAIN);
  }

  #back(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#comeBack();
  }
}
