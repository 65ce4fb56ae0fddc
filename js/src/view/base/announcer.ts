/**
 * Announcements for screen readers. Each finished block is announced once, and never a part of a block.
 *
 * The answers themselves are not in a live region, because screen readers would read a live region out word
 * by word while it grows.
 */

import { element } from "./dom.ts";

/** The longest announcement. A user whose page had to catch up hears only the end of a long text. */
const MAX_ANNOUNCEMENT_CHARS = 1_000;

/**
 * An announced text is removed from the page after this time. Otherwise find-in-page would find the answer's
 * text twice.
 */
const CLEAR_AFTER_MS = 1_000;

type AriaNotifier = { ariaNotify?: (text: string) => void };

export class Announcer {
  readonly element = element("div", "nbstream-offstage", { "aria-live": "polite" });
  #pending: string[] = [];
  #clearTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #schedule: (work: () => void) => void;

  /** @param schedule Runs work that changes the page, together with the page's next update. */
  constructor(schedule: (work: () => void) => void) {
    this.#schedule = schedule;
  }

  /** Queue the text of a finished block. */
  add(text: string): void {
    const trimmed = text.trim();
    if (trimmed) this.#pending.push(trimmed);
  }

  /** Announce the queued texts if they were written just now (`isLive`). Discard them otherwise. */
  flush(isLive: boolean): void {
    const text = this.#pending.join("\n");
    this.#pending = [];
    if (!isLive || !text) return;
    const end = text.length > MAX_ANNOUNCEMENT_CHARS ? `… ${text.slice(-MAX_ANNOUNCEMENT_CHARS)}` : text;
    const notify = (this.element as AriaNotifier).ariaNotify;
    if (notify) notify.call(this.element, end);
    else this.#appendToLiveRegion(end);
  }

  #appendToLiveRegion(text: string): void {
    this.element.append(element("p", "", {}, text));
    clearTimeout(this.#clearTimer);
    const clear = () => this.element.replaceChildren();
    this.#clearTimer = setTimeout(() => this.#schedule(clear), CLEAR_AFTER_MS);
  }
}
