/**
 * The scrolling box of the conversation. It follows the end until the user scrolls up, and can be opened to
 * its full height.
 */

import { CHAT_TEXT } from "../../core/page-text.ts";
import { decideFollow, type FollowState } from "../../core/scroll-follow.ts";
import { button } from "../base/button.ts";
import { element, setAttribute, setText } from "../base/dom.ts";

/** Distance from the box's corner to a point inside it that lies on the content and not on the border. */
const CORNER_PIXELS = 8;

export class ScrollBox {
  readonly log = element("div", "nbstream-log", {
    role: "log",
    "aria-label": CHAT_TEXT.conversation,
    tabindex: "0",
  });
  readonly element: HTMLElement;
  readonly #latestButton: HTMLButtonElement;
  readonly #heightButton: HTMLButtonElement;
  #follow: FollowState = { following: true, top: 0 };
  #isOpen = false;

  constructor(signal: AbortSignal) {
    this.#latestButton = button(CHAT_TEXT.latest, () => this.#jumpToEnd(), {
      class: "nbstream-latest",
      hidden: "",
    });
    this.#heightButton = button("", () => this.#toggleHeight(), { class: "nbstream-all", hidden: "" });
    const below = element("div", "nbstream-below", {}, this.#latestButton, this.#heightButton);
    this.element = element("div", "nbstream-reading", {}, this.log, below);
    this.log.addEventListener("scroll", () => this.#handleScroll(), { passive: true });
    // The content can become higher without a paint: when a picture has loaded, when thinking is opened, or
    // when the page becomes narrower.
    const observer = new ResizeObserver(() => this.#updateButtons());
    observer.observe(this.log);
    signal.addEventListener("abort", () => observer.disconnect());
    this.#updateButtons();
  }

  /**
   * Run `change`, which changes the content, and stay at the end if the box was at its end.
   *
   * If `change` returns false, the box stays at its scroll position instead.
   */
  update(change: () => unknown): void {
    const { top } = this.#measure();
    if (!this.#isOpen) this.#follow = decideFollow(this.#follow, this.#measure());
    const keepsPosition = change() === false;
    if (!this.#isOpen && keepsPosition) this.#scrollTo(top);
    else if (!this.#isOpen && this.#follow.following) this.#scrollToEnd();
    this.#updateButtons();
  }

  #scrollTo(top: number): void {
    this.log.scrollTop = top;
    this.#follow = decideFollow({ following: false, top }, this.#measure());
  }

  #measure() {
    const { scrollTop, clientHeight, scrollHeight } = this.log;
    return { top: scrollTop, height: clientHeight, content: scrollHeight };
  }

  #scrollToEnd(): void {
    this.log.scrollTop = this.log.scrollHeight;
    this.#follow = { following: true, top: this.log.scrollTop };
  }

  /** Decide whether to follow the end after scrolling by wheel, keys, touch, scrollbar or find-in-page. */
  #handleScroll(): void {
    if (this.#isOpen) return;
    this.#follow = decideFollow(this.#follow, this.#measure());
    this.#updateButtons();
  }

  #jumpToEnd(): void {
    this.#scrollToEnd();
    this.#updateButtons();
    this.log.focus({ preventScroll: true });
  }

  /** Open the box to its full height, or close it. The content at the box's upper corner stays in sight. */
  #toggleHeight(): void {
    const { left, top } = this.log.getBoundingClientRect();
    const corner = this.#follow.following
      ? null
      : document.elementFromPoint(left + CORNER_PIXELS, top + CORNER_PIXELS);
    this.#isOpen = !this.#isOpen;
    this.log.classList.toggle("nbstream-open", this.#isOpen);
    if (!this.#isOpen && this.#follow.following) this.#scrollToEnd();
    this.#updateButtons();
    if (corner && corner !== this.log && this.log.contains(corner)) corner.scrollIntoView({ block: "start" });
    else this.#heightButton.scrollIntoView({ block: "nearest" });
  }

  #updateButtons(): void {
    const { height, content } = this.#measure();
    const isLong = this.#isOpen || content > height + 1;
    const isAwayFromEnd = isLong && !this.#isOpen && !this.#follow.following;
    // Only a box that scrolls is a stop of the Tab key.
    setAttribute(this.log, "tabindex", isLong && !this.#isOpen ? "0" : "-1");
    setAttribute(this.#latestButton, "hidden", isAwayFromEnd ? undefined : "");
    setAttribute(this.#heightButton, "hidden", isLong ? undefined : "");
    setAttribute(this.#heightButton, "aria-expanded", String(this.#isOpen));
    setText(this.#heightButton, this.#isOpen ? CHAT_TEXT.showLess : CHAT_TEXT.showAll);
  }
}
