/**
 * Keys of a conversation. Tab passes each turn in one stop, the arrow keys move inside a turn, and F6 goes from
 * the conversation to the message box and back.
 */

import { setAttribute } from "../base/dom.ts";

/** Elements of a turn that can have the focus. */
const CONTROLS = "a, button, summary, [tabindex]";

/** Boxes of a turn that may be wider or higher than their room. */
const BOXES = "[role=group][tabindex]";

/** Elements of a turn that stay stops of their own: a message that is edited, and a call that asks the user. */
const OWN_STOPS = ".nbstream-editor, .nbstream-call-ask";

/** Elements in which the arrow keys move the caret or the choice. */
const FIELDS = "input, textarea, select";

export class TurnKeys {
  readonly #root: HTMLElement;
  readonly #log: HTMLElement;
  readonly #focusBox: () => void;
  readonly #observer = new MutationObserver((records) => this.#setStops(records));
  readonly #sizes: ResizeObserver;
  /** Whether the focus came by a key. A user who clicked on a text means the notebook's cells with the arrows. */
  #isByKeyboard = false;

  /**
   * @param root The element of the chat.
   * @param log The element in the chat that holds the turns as articles.
   * @param focusBox Moves the focus to the message box.
   * @param schedule Runs work that changes the page, together with the page's next update.
   */
  constructor(
    root: HTMLElement,
    log: HTMLElement,
    focusBox: () => void,
    schedule: (work: () => void) => void,
    signal: AbortSignal,
  ) {
    // The boxes are measured here, where the layout is done. The update would have to do it once more for each.
    this.#sizes = new ResizeObserver((entries) => {
      const boxes = entries.map(({ target }) => [target, hasMoreInside(target)] as const);
      schedule(() => setBoxStops(boxes));
    });
    this.#root = root;
    this.#log = log;
    this.#focusBox = focusBox;
    this.#observer.observe(log, { childList: true, subtree: true });
    signal.addEventListener("abort", () => {
      this.#observer.disconnect();
      this.#sizes.disconnect();
    });
    log.addEventListener("pointerdown", () => {
      this.#isByKeyboard = false;
    });
    // JupyterLab's shortcuts listen on the document, before any element of it. Without this listener on the
    // window, an arrow key would also select another cell.
    addEventListener("keydown", (event) => this.#handleKey(event), { capture: true, signal });
  }

  /** Set the stops of what was added since the last update, within the same change of the page. */
  update(): void {
    this.#setStops(this.#observer.takeRecords());
  }

  #setStops(records: readonly MutationRecord[]): void {
    for (const { addedNodes } of records)
      for (const node of addedNodes) if (node instanceof HTMLElement) this.#setStopsIn(node);
  }

  /** Make a turn a stop of the Tab key, and what stands in it none, unless it scrolls. */
  #setStopsIn(added: HTMLElement): void {
    for (const node of [added, ...added.querySelectorAll<HTMLElement>(`article, ${CONTROLS}`)]) {
      if (node.localName === "article") node.tabIndex = 0;
      else if (node.matches(BOXES)) this.#sizes.observe(node);
      else if (node.matches(CONTROLS) && !node.closest(OWN_STOPS)) node.tabIndex = -1;
    }
  }

  #handleKey(event: KeyboardEvent): void {
    const [target] = event.composedPath();
    const { key, isComposing, ctrlKey, altKey, metaKey, shiftKey } = event;
    if (key === "Tab" || key === "F6") this.#isByKeyboard = true;
    if (isComposing || ctrlKey || altKey || metaKey || shiftKey) return;
    if (!(target instanceof HTMLElement) || !this.#root.contains(target)) return;
    if (key === "F6") this.#switchPart(event, target);
    else if (this.#isByKeyboard && this.#log.contains(target) && !target.matches(FIELDS))
      this.#handleArrow(event, target);
  }

  #switchPart(event: Event, target: HTMLElement): void {
    const latest = [...this.#log.querySelectorAll("article")].at(-1);
    take(event);
    if (this.#log.contains(target)) this.#focusBox();
    else latest?.focus();
  }

  #handleArrow(event: KeyboardEvent, target: HTMLElement): void {
    const { key } = event;
    if (key === "ArrowUp" || key === "ArrowDown") {
      if ([target, this.#log].some(hasMoreInside)) event.stopPropagation();
    } else if (key === "ArrowLeft" || key === "ArrowRight") {
      const pixels = key === "ArrowRight" ? 1 : -1;
      if (canScroll(target, pixels)) event.stopPropagation();
      else {
        const isRightToLeft = getComputedStyle(this.#log).direction === "rtl";
        this.#move(event, target, isRightToLeft ? -pixels : pixels);
      }
    }
  }

  /** Focus the next or previous control of a turn. Behind the last one the turn itself comes again. */
  #move(event: Event, target: HTMLElement, step: number): void {
    const turn = target.closest("article");
    if (!turn) return;
    take(event);
    const places = [turn, ...turn.querySelectorAll<HTMLElement>(CONTROLS)];
    let at = places.indexOf(target);
    do at = (at + step + places.length) % places.length;
    while (at !== 0 && !canTakeFocus(places[at] as HTMLElement));
    places[at]?.focus();
  }
}

/** Whether an element is in sight and does something: a link goes somewhere, and a box scrolls. */
function canTakeFocus(node: HTMLElement): boolean {
  if (!node.checkVisibility() || node.matches(":disabled, a:not([href])")) return false;
  return !node.matches(BOXES) || node.tabIndex === 0;
}

function setBoxStops(boxes: readonly (readonly [box: Element, scrolls: boolean])[]): void {
  for (const [box, scrolls] of boxes) setAttribute(box, "tabindex", scrolls ? "0" : "-1");
}

function hasMoreInside({ scrollWidth, clientWidth, scrollHeight, clientHeight }: Element): boolean {
  return scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
}

/** Whether a box that scrolls is not at its end in this direction. */
function canScroll(node: HTMLElement, pixels: number): boolean {
  const room = node.scrollWidth - node.clientWidth;
  if (room <= 1 || !node.matches(BOXES)) return false;
  // The position in text from right to left is negative.
  const isRightToLeft = getComputedStyle(node).direction === "rtl";
  const left = isRightToLeft ? room + node.scrollLeft : node.scrollLeft;
  return pixels > 0 ? left < room - 1 : left > 1;
}

function take(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}
