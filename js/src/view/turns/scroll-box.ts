/**
 * The box of the conversation. While a reply grows, the box is low, scrolls, and follows its end until the user
 * scrolls up. A finished conversation stands open on the page, unless it is longer than a few screens.
 */

import { CHAT_TEXT } from "../../core/page-text.ts";
import { decideFollow, type FollowState } from "../../core/scroll-follow.ts";
import { formatNumber } from "../base/amounts.ts";
import { button } from "../base/button.ts";
import { element, setAttribute, setText } from "../base/dom.ts";
import { holdPlace } from "./reading-place.ts";

/** A finished conversation that is higher than this many screens stays low until the user opens it. */
const MAX_OPEN_SCREENS = 3;

/** "low": it scrolls. "open": it has its full height. "opened": the same, because the user wanted it. */
type Extent = "low" | "open" | "opened";

export class ScrollBox {
  readonly log = element("div", "nbstream-log", {
    role: "log",
    "aria-label": CHAT_TEXT.conversation,
    tabindex: "0",
  });
  readonly element: HTMLElement;
  readonly #latestButton: HTMLButtonElement;
  readonly #heightButton: HTMLButtonElement;
  /**
   * The content can become higher without a paint: when a picture has loaded, when thinking is opened, when the page
   * becomes narrower, or when the browser lays out what it had skipped.
   */
  readonly #sizes = new ResizeObserver(() => this.#handleResize());
  /** The last group of turns, whose height is observed. */
  #lastGroup: Element | null = null;
  #follow: FollowState = { following: true, top: 0 };
  #extent: Extent = "low";
  /** Whether the conversation is finished and painted to its end. */
  #isSettled = false;
  /** Whether a reply has grown in this view. If not, the user has not read it yet, and it is shown from its start. */
  hasGrown = false;
  /** Whether the host's style sheet gives the box its height, as on the page without a notebook. */
  #fillsHost = false;
  #chars = 0;

  constructor(signal: AbortSignal) {
    this.#latestButton = button(CHAT_TEXT.latest, () => this.#jumpToEnd(), {
      class: "nbstream-latest",
      hidden: "",
    });
    this.#heightButton = button("", () => this.#toggleHeight(), { class: "nbstream-all", hidden: "" });
    const below = element("div", "nbstream-below", {}, this.#heightButton, this.#latestButton);
    this.element = element("div", "nbstream-reading", {}, this.log, below);
    this.log.addEventListener("scroll", () => this.#handleScroll(), { passive: true });
    this.#sizes.observe(this.log);
    signal.addEventListener("abort", () => this.#sizes.disconnect());
    this.#updateButtons();
  }

  /**
   * Run `change`, which changes the content, and stay at the end if the box was at its end. Elsewhere the content
   * that is in sight stays there, also if more was put above it.
   *
   * If `change` returns false, the box stays at its scroll position instead.
   *
   * @param isGrowing Whether a reply is running.
   */
  update(change: () => unknown, isGrowing = true): void {
    this.hasGrown ||= isGrowing;
    const { top } = this.#measure();
    const isLow = this.#extent === "low";
    const first = this.log.querySelector("article");
    const firstTop = first?.getBoundingClientRect().top ?? 0;
    if (isLow) this.#follow = decideFollow(this.#follow, this.#measure());
    const keepsPosition = change() === false;
    const isFollowing = this.hasGrown && this.#follow.following;
    const hasMoreAbove = first?.isConnected && first !== this.log.querySelector("article");
    if (isLow && hasMoreAbove && !keepsPosition && !isFollowing)
      this.#scrollTo(this.log.scrollTop + first.getBoundingClientRect().top - firstTop);
    else if (isLow && !first && !this.hasGrown) this.#scrollToLastQuestion();
    else if (isLow && (keepsPosition || !this.hasGrown)) this.#scrollTo(top);
    else if (isLow && this.#follow.following) this.#scrollToEnd();
    this.#updateButtons();
    this.#observeLastGroup();
  }

  #observeLastGroup(): void {
    const { lastElementChild } = this.log;
    if (lastElementChild === this.#lastGroup) return;
    if (this.#lastGroup) this.#sizes.unobserve(this.#lastGroup);
    if (lastElementChild) this.#sizes.observe(lastElementChild);
    this.#lastGroup = lastElementChild;
  }

  #handleResize(): void {
    const isLow = this.#extent === "low";
    if (isLow) this.#follow = decideFollow(this.#follow, this.#measure());
    if (isLow && this.hasGrown && this.#follow.following) this.#scrollToEnd();
    this.#updateButtons();
  }

  /**
   * Give the box the height that the conversation has now. The line that the user reads stays where it is.
   *
   * @param isSettled Whether the conversation is finished and painted to its end.
   * @param chars The length of its texts.
   * @param isAsked Whether the user of this view has asked, and so wants to see the answer.
   */
  settle(isSettled: boolean, chars = 0, isAsked = false): void {
    if (isSettled === this.#isSettled) return;
    this.#isSettled = isSettled;
    this.#chars = chars;
    if (!isSettled) this.#beginGrowth(isAsked);
    else if (this.#extent === "low") {
      this.#fillsHost = getComputedStyle(this.log).maxHeight === "none";
      if (!this.#fillsHost) this.#endGrowth();
    }
    this.#updateButtons();
  }

  /** Keep the height that the box has, so that nothing moves when a reply begins. */
  #beginGrowth(isAsked: boolean): void {
    if (isAsked) this.#follow = { ...this.#follow, following: true };
    if (this.#extent === "open") {
      this.log.style.setProperty("--nbstream-least-height", `${this.log.clientHeight}px`);
      this.#setExtent("low");
    }
    if (this.#extent === "low" && this.#follow.following) this.#scrollToEnd();
  }

  #endGrowth(): void {
    const screenPixels = Math.min(innerHeight, screen.availHeight || innerHeight);
    const isShort = this.log.scrollHeight <= MAX_OPEN_SCREENS * screenPixels;
    const change = () => {
      this.log.style.removeProperty("--nbstream-least-height");
      this.#setExtent(isShort ? "open" : "low");
    };
    if (this.hasGrown) this.#changeHeight(change);
    else {
      change();
      if (!isShort) this.#scrollToLastQuestion();
    }
  }

  /** Show an answer that was not read along from its start, below its question. */
  #scrollToLastQuestion(): void {
    const turns = [...this.log.querySelectorAll("article")];
    const start = turns.at(-2) ?? turns.at(-1);
    if (start) this.#scrollTo(this.log.scrollTop + topIn(this.log, start));
  }

  /** Change the height of the box. If the page cannot scroll to where the user reads, the box stays as it was. */
  #changeHeight(change: () => void): void {
    const { following, top } = this.#follow;
    const extent = this.#extent;
    const isHeld = holdPlace(this.log, following, () => {
      change();
      if (this.#extent === "low" && following) this.#scrollToEnd();
    });
    if (isHeld) return;
    this.#setExtent(extent);
    if (following) this.#scrollToEnd();
    else this.#scrollTo(top);
  }

  #setExtent(extent: Extent): void {
    this.#extent = extent;
    this.log.classList.toggle("nbstream-open", extent !== "low");
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
    if (this.#extent !== "low") return;
    this.#follow = decideFollow(this.#follow, this.#measure());
    this.#updateButtons();
  }

  #jumpToEnd(): void {
    this.#scrollToEnd();
    this.#updateButtons();
    this.log.focus({ preventScroll: true });
  }

  /** Open the box to its full height, or make it low again. What the user reads stays in sight. */
  #toggleHeight(): void {
    const isLow = this.#extent === "low";
    holdPlace(this.log, this.#follow.following, () => {
      this.#setExtent(isLow ? "opened" : "low");
      if (!isLow && this.#follow.following) this.#scrollToEnd();
    });
    this.#updateButtons();
    if (!isLow) this.#heightButton.scrollIntoView({ block: "nearest" });
  }

  #updateButtons(): void {
    const { height, content } = this.#measure();
    const isOpened = this.#extent === "opened";
    const isCut = this.#extent === "low" && content > height + 1;
    const isAwayFromEnd = isCut && !this.#follow.following;
    // Only a box that scrolls is a stop of the Tab key.
    setAttribute(this.log, "tabindex", isCut ? "0" : "-1");
    // While the conversation grows, its buttons lie over its faded end, so that they take no room that would
    // be given back at its end. Those of a long finished one have a row.
    const isLong = this.#isSettled && !this.#fillsHost && (isCut || isOpened);
    this.element.classList.toggle("nbstream-cut-end", isAwayFromEnd);
    this.element.classList.toggle("nbstream-long", isLong);
    this.log.classList.toggle("nbstream-away", isAwayFromEnd);
    setAttribute(this.#latestButton, "hidden", isAwayFromEnd ? undefined : "");
    setAttribute(this.#heightButton, "hidden", isLong || isAwayFromEnd || isOpened ? undefined : "");
    setAttribute(this.#heightButton, "aria-expanded", String(isOpened));
    const all = isLong ? CHAT_TEXT.showAllChars(formatNumber(this.#chars)) : CHAT_TEXT.showAll;
    setText(this.#heightButton, isOpened ? CHAT_TEXT.showLess : all);
  }
}

/** Measure how far below the upper edge of a box an element begins. */
function topIn(box: HTMLElement, node: Element): number {
  return node.getBoundingClientRect().top - box.getBoundingClientRect().top;
}
