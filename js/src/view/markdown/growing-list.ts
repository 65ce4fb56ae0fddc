/**
 * List of child views that grows at its end. The children are kept in boxes of limited size, so that layout
 * stays cheap.
 */

import { element } from "../base/dom.ts";

/** View of one child of a list or other container that grows. */
export interface ChildView<Child> {
  readonly node: ChildNode;
  /** Whether this view can show the child, which may be another object than the one shown before. */
  canShow(child: Child): boolean;
  /** Show the child as it is now. With `isFinal`, this is the last call. */
  sync(child: Child, isFinal: boolean): void;
  /** Remove content that this view has put outside of `node`. */
  dispose?(): void;
}

/**
 * A box for children. `outer` is put into the page, and the children are put into `inner`, which may be the
 * same element.
 */
export interface Box {
  readonly outer: HTMLElement;
  readonly inner: HTMLElement;
}

interface PlacedBox extends Box {
  /** The index of its first child. */
  readonly from: number;
}

interface Options<Child> {
  /**
   * How many children the host holds. Each box after the host holds as many, or up to twice as many with `skipping`.
   * When the list grows, the browser lays out only the last box.
   */
  readonly childrenPerBox: number;
  readonly host: HTMLElement;
  readonly createView: (child: Child, index: number) => ChildView<Child>;
  /** Makes a box. By default, a box is a plain `div`. */
  readonly createBox?: () => Box;
  /** The parent of the boxes, if that is not the host. */
  readonly boxParent?: HTMLElement;
  /** Given if the browser may skip the layout of boxes that are far above the end and out of sight. */
  readonly skipping?: Skipping<Child>;
}

export interface Skipping<Child> {
  /** Whether a child has no margin above it. Boxes begin with such children, where there are any. */
  readonly isFlush: (child: Child) => boolean;
  /**
   * Whether the children are far below what is in sight, as while a finished conversation is opened. Elsewhere a box
   * must have been laid out before it is skipped, so that it keeps its height.
   */
  readonly isOpening: () => boolean;
}

/**
 * How many boxes are put into one group. The boxes are grouped, because many boxes side by side cost as much
 * layout as many children.
 */
const BOXES_PER_GROUP = 16;

/**
 * Class of a box that begins with a child without a margin above it, as the next box does. It keeps its last margin
 * inside, where nothing collapses with it, so that the browser can lay it out by itself.
 */
const FLUSH_CLASS = "nbstream-flush";

/** Class of the boxes that the browser skips out of sight, if they are flush. */
const PAST_CLASS = "nbstream-past";

/** The last boxes are not skipped, because they are in sight while the end is followed, and their heights change. */
const LAST_BOXES = 2;

/** Create a box that has no look of its own and that screen readers skip. */
function createPlainBox(): Box {
  const box = element("div", "nbstream-box", { role: "presentation" });
  return { outer: box, inner: box };
}

export class GrowingList<Child> {
  readonly #options: Options<Child>;
  /** How many children were shown in their final form. Their views are not kept. */
  #settledCount = 0;
  /** The views of the children that are not final. */
  #openViews: ChildView<Child>[] = [];
  #boxes: PlacedBox[] = [];
  /** How many boxes are past, or cannot be. */
  #pastCount = 0;
  /** How many boxes had their final content in an earlier frame, and the time of this frame. */
  #laidOutCount = 0;
  #frameAt: CSSNumberish | null = null;
  #completeCount = 0;
  readonly #groups: HTMLElement[] = [];

  constructor(options: Options<Child>) {
    this.#options = options;
  }

  /** Show the children. The first `settled` children are final. */
  sync(children: readonly Child[], settled: number): void {
    const before = this.#settledCount;
    for (let index = before; index < children.length; index++) {
      const child = children[index] as Child;
      if (this.#openViews[index - before]?.canShow(child) === false) this.#removeFrom(index);
      this.#openViews[index - before] ??= this.#createView(child, index);
      this.#openViews[index - before]?.sync(child, index < settled);
    }
    this.#removeFrom(children.length);
    this.#settledCount = Math.max(before, Math.min(settled, children.length));
    this.#openViews.splice(0, this.#settledCount - before);
    if (this.#options.skipping) this.#skipPastBoxes(this.#options.skipping);
  }

  #skipPastBoxes({ isOpening }: Skipping<Child>): void {
    const { currentTime } = document.timeline;
    if (currentTime !== this.#frameAt) this.#laidOutCount = this.#completeCount;
    this.#frameAt = currentTime;
    const later = this.#boxes.findLastIndex(({ from }) => from < this.#settledCount);
    this.#completeCount = Math.max(0, later - LAST_BOXES + 1);
    const count = isOpening() ? this.#completeCount : this.#laidOutCount;
    for (const { outer } of this.#boxes.slice(this.#pastCount, count)) outer.classList.add(PAST_CLASS);
    this.#pastCount = Math.max(this.#pastCount, count);
  }

  #createView(child: Child, index: number): ChildView<Child> {
    const view = this.#options.createView(child, index);
    this.#boxFor(child, index).append(view.node);
    return view;
  }

  /** Remove the children from this index on, and the boxes that they leave empty. */
  #removeFrom(index: number): void {
    for (const view of this.#openViews.splice(index - this.#settledCount)) {
      view.dispose?.();
      view.node.remove();
    }
    const needed = this.#boxes.findLastIndex(({ from }) => from < index) + 1;
    for (const box of this.#boxes.splice(needed)) box.outer.remove();
    const neededGroups = Math.max(0, Math.ceil(needed / BOXES_PER_GROUP) - 1);
    for (const group of this.#groups.splice(neededGroups)) group.remove();
  }

  /** Find or create the element that holds the child of this index, the last one. */
  #boxFor(child: Child, from: number): HTMLElement {
    const { host, childrenPerBox, createBox = createPlainBox, skipping } = this.#options;
    const last = this.#boxes.at(-1);
    const count = from - (last?.from ?? 0);
    const isFlush = skipping?.isFlush(child);
    const isFull = count >= childrenPerBox && (isFlush !== false || count >= 2 * childrenPerBox);
    if (!isFull) return last?.inner ?? host;
    const box = createBox();
    if (isFlush) box.outer.classList.add(FLUSH_CLASS);
    else last?.outer.classList.remove(FLUSH_CLASS);
    this.#groupAt(this.#boxes.length).append(box.outer);
    this.#boxes.push({ ...box, from });
    return box.inner;
  }

  /** Find or create the element that holds the box of this index. */
  #groupAt(boxIndex: number): HTMLElement {
    const { host, boxParent = host } = this.#options;
    const index = Math.floor(boxIndex / BOXES_PER_GROUP) - 1;
    if (index < 0) return boxParent;
    const old = this.#groups[index];
    if (old) return old;
    const group = createPlainBox().outer;
    boxParent.append(group);
    this.#groups.push(group);
    return group;
  }
}
