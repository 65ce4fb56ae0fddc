/**
 * What a screen reader says of an answer: the blocks that are finished, never a piece of one. The answers
 * themselves stand in a region that is not live, or it would read them word by word as they come.
 */

import { element } from "./dom.ts";

/** A reader who comes late hears the end, not all that was written before. */
const MOST = 1_000;

/** A text that was handed to the screen reader need not stay on the page, where a search would find it twice. */
const KEPT = 1_000;

type Notify = { ariaNotify?: (text: string) => void };

export class Announcer {
  readonly element = element("div", "nbstream-offstage", { "aria-live": "polite" });
  #texts: string[] = [];
  #clear: ReturnType<typeof setTimeout> | undefined;
  readonly #later: (work: () => void) => void;

  /** `later` changes the page with its next update. */
  constructor(later: (work: () => void) => void) {
    this.#later = later;
  }

  /** A block is finished. */
  add(text: string): void {
    const said = text.trim();
    if (said) this.#texts.push(said);
  }

  /** Say what was added; `aloud` is whether it was written just now. */
  flush(aloud: boolean): void {
    const text = this.#texts.join("\n");
    this.#texts = [];
    if (!aloud || !text) return;
    const last = text.length > MOST ? `… ${text.slice(-MOST)}` : text;
    const notify = (this.element as Notify).ariaNotify;
    if (notify) notify.call(this.element, last);
    else this.#write(last);
  }

  #write(text: string): void {
    this.element.append(element("p", "", {}, text));
    clearTimeout(this.#clear);
    this.#clear = setTimeout(() => this.#later(() => this.element.replaceChildren()), KEPT);
  }
}
