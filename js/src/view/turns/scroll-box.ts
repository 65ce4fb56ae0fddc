/** The box the conversation stands in: follows its end, lets go of a reader who scrolls up, opens to full height. */

import { decideFollow, type FollowState } from "../../core/scroll-follow.ts";
import { button } from "../base/button.ts";
import { element, setAttribute, setText } from "../base/dom.ts";

export class ScrollBox {
  readonly log = element("div", "nbstream-log", {
    role: "log",
    "aria-label": "Conversation",
    tabindex: "0",
  });
  readonly element: HTMLElement;
  readonly #latest: HTMLButtonElement;
  readonly #all: HTMLButtonElement;
  #follow: FollowState = { following: true, top: 0 };
  #open = false;

  constructor(signal: AbortSignal) {
    this.#latest = button("Jump to latest", () => this.#jump(), { class: "nbstream-latest", hidden: "" });
    this.#all = button("", () => this.#toggle(), { class: "nbstream-all", hidden: "" });
    const below = element("div", "nbstream-below", {}, this.#latest, this.#all);
    this.element = element("div", "nbstream-reading", {}, this.log, below);
    this.log.addEventListener("scroll", () => this.#look(), { passive: true });
    // What the box holds can grow without a paint: a picture, a thought that is opened, a narrower page.
    const observer = new ResizeObserver(() => this.#offer());
    observer.observe(this.log);
    signal.addEventListener("abort", () => observer.disconnect());
    this.#offer();
  }

  /**
   * Change what stands in the box, and stay at its end if the reader was there; where `change` gives false, the reader
   * stays where the box stood.
   */
  update(change: () => unknown): void {
    const { top } = this.#numbers();
    if (!this.#open) this.#follow = decideFollow(this.#follow, this.#numbers());
    const stays = change() === false;
    if (!this.#open && stays) this.#stay(top);
    else if (!this.#open && this.#follow.following) this.#toEnd();
    this.#offer();
  }

  #stay(top: number): void {
    this.log.scrollTop = top;
    this.#follow = decideFollow({ following: false, top }, this.#numbers());
  }

  #numbers() {
    const { scrollTop, clientHeight, scrollHeight } = this.log;
    return { top: scrollTop, height: clientHeight, content: scrollHeight };
  }

  #toEnd(): void {
    this.log.scrollTop = this.log.scrollHeight;
    this.#follow = { following: true, top: this.log.scrollTop };
  }

  /** However the reader came here: wheel, keys, touch, scrollbar, find-in-page. */
  #look(): void {
    if (this.#open) return;
    this.#follow = decideFollow(this.#follow, this.#numbers());
    this.#offer();
  }

  #jump(): void {
    this.#toEnd();
    this.#offer();
    this.log.focus({ preventScroll: true });
  }

  /** What the reader looks at stays in sight. */
  #toggle(): void {
    const { left, top } = this.log.getBoundingClientRect();
    const seen = this.#follow.following ? null : document.elementFromPoint(left + 8, top + 8);
    this.#open = !this.#open;
    this.log.classList.toggle("nbstream-open", this.#open);
    if (!this.#open && this.#follow.following) this.#toEnd();
    this.#offer();
    if (seen && seen !== this.log && this.log.contains(seen)) seen.scrollIntoView({ block: "start" });
    else this.#all.scrollIntoView({ block: "nearest" });
  }

  #offer(): void {
    const { height, content } = this.#numbers();
    const long = this.#open || content > height + 1;
    const away = long && !this.#open && !this.#follow.following;
    setAttribute(this.#latest, "hidden", away ? undefined : "");
    setAttribute(this.#all, "hidden", long ? undefined : "");
    setAttribute(this.#all, "aria-expanded", String(this.#open));
    setText(this.#all, this.#open ? "Show less" : "Show all");
  }
}
