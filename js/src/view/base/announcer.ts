/**
 * Announcements for screen readers: each finished block once, never a fragment of one.
 *
 * The answers themselves stand in a region that is not live. A live region would be read out word by word
 * while it grows.
 */

import { element } from "./dom.ts";

/** Limit of one announcement. A user whose page was out of date hears the end, not everything since. */
const MAX_ANNOUNCEMENT_CHARS = 1_000;

/** An announced text is removed after this time, or find-in-page would find the answer's text twice. */
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

  /** Announce the queued texts if they were written just now (`isLive`); discard them otherwise. */
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
