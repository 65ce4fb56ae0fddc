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
  /** The time of the frame in which it was put into the list. */
  frameAt: CSSNumberish | null;
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
  /**
   * The margin between a child and the one before it, in em, if it is no larger than the lower margin of the one
   * before: 0 if the child has no margin of its own. Boxes begin with such children, where there are any.
   */
  readonly sharedMarginEm: (child: Child, before: Child | undefined) => 0 | 1 | undefined;
  /**
   * Whether the children are far below what is in sight, as while a finished conversation is opened. Elsewhere a box
   * that was laid out with a part of its children must be laid out with all of them before it is skipped, so that it
   * keeps its height.
   */
  readonly isOpening: () => boolean;
}

/**
 * How many boxes are put into one group. Without groups, a long list would have so many boxes side by side that their
 * layout would cost as much as that of the children.
 */
const BOXES_PER_GROUP = 16;

/**
 * Class of a box of which both ends are known to share their margins with the boxes beside it. It keeps its margins
 * inside, where nothing collapses with them, so that the browser can lay it out by itself.
 */
const FLUSH_CLASS = "nbstream-flush";

/** Class of a box whose first child has a margin. The box takes it back, since the child before has it already. */
const OVERLAP_CLASS = "nbstream-overlap";

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
  /** What was prepared for elements of the page. */
  readonly #prepared = new Map<Element, DocumentFragment>();
  /** While something is prepared: how many children and boxes there are without it. */
  #shown: { readonly children: number; readonly boxes: number } | undefined;

  constructor(options: Options<Child>) {
    this.#options = options;
  }

  /** Show the children. The first `settled` children are final. */
  sync(children: readonly Child[], settled: number): void {
    const before = this.#settledCount;
    this.#showPrepared();
    this.#syncViews(children, before, children.length, settled);
    this.#removeFrom(children.length);
    this.#settledCount = Math.max(before, Math.min(settled, children.length));
    this.#openViews.splice(0, this.#settledCount - before);
    if (this.#options.skipping) this.#skipPastBoxes(this.#options.skipping);
  }

  /**
   * Make the views of the children that come next, without a change of the page. The next `sync` shows them.
   *
   * @param canPrepare Whether the view of a child, and so of those after it, can be made.
   * @returns Whether the last child has its view.
   */
  prepare(children: readonly Child[], canPrepare: (child: Child) => boolean): boolean {
    this.#shown ??= { children: this.#settledCount + this.#openViews.length, boxes: this.#boxes.length };
    const from = this.#shown.children;
    const rest = children.slice(from);
    const count = rest.findIndex((child) => !canPrepare(child));
    const end = count < 0 ? children.length : from + count;
    this.#syncViews(children, from, end, 0);
    return from < end && end === children.length;
  }

  #showPrepared(): void {
    if (!this.#shown) return;
    for (const [parent, fragment] of this.#prepared) parent.append(fragment);
    this.#prepared.clear();
    const { boxes } = this.#shown;
    this.#shown = undefined;
    for (let index = boxes; index < this.#boxes.length; index++) this.#noteBox(index);
  }

  /** Bring the views of these children up to date. */
  #syncViews(children: readonly Child[], from: number, end: number, settled: number): void {
    const before = this.#settledCount;
    for (let index = from; index < end; index++) {
      const child = children[index] as Child;
      if (this.#openViews[index - before]?.canShow(child) === false) this.#removeFrom(index);
      this.#openViews[index - before] ??= this.#createView(child, index, children[index - 1]);
      this.#openViews[index - before]?.sync(child, index < settled);
    }
  }

  /** Append a node, or prepare that: then elements of the page get it later. */
  #append(parent: Element, node: Node): void {
    let host: ParentNode = parent;
    if (this.#shown && parent.isConnected) {
      host = this.#prepared.get(parent) ?? document.createDocumentFragment();
      this.#prepared.set(parent, host as DocumentFragment);
    }
    host.append(node);
  }

  #skipPastBoxes({ isOpening }: Skipping<Child>): void {
    const { currentTime } = document.timeline;
    if (currentTime !== this.#frameAt) this.#laidOutCount = this.#completeCount;
    this.#frameAt = currentTime;
    const later = this.#boxes.findLastIndex(({ from }) => from < this.#settledCount);
    this.#completeCount = Math.max(0, later - LAST_BOXES + 1);
    const count = isOpening() ? this.#completeCount : this.#laidOutCount;
    for (let index = this.#pastCount; index < this.#completeCount; index++) {
      const { outer, frameAt } = this.#boxes[index] as PlacedBox;
      // A box that came whole has had no height yet. So a page that is behind lays out only the end of what comes.
      if (index < count || frameAt === currentTime) outer.classList.add(PAST_CLASS);
    }
    this.#pastCount = Math.max(this.#pastCount, count);
  }

  #createView(child: Child, index: number, before: Child | undefined): ChildView<Child> {
    const view = this.#options.createView(child, index);
    this.#append(this.#boxFor(child, index, before), view.node);
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

  /** Find or create the element that the list's next child is put into. `from` is the child's index. */
  #boxFor(child: Child, from: number, before: Child | undefined): HTMLElement {
    const { host, childrenPerBox, createBox = createPlainBox, skipping } = this.#options;
    const last = this.#boxes.at(-1);
    const count = from - (last?.from ?? 0);
    if (count < childrenPerBox) return last?.inner ?? host;
    const marginEm = skipping?.sharedMarginEm(child, before);
    if (skipping && marginEm === undefined && count < 2 * childrenPerBox) return last?.inner ?? host;
    const box = createBox();
    if (marginEm !== undefined) box.outer.classList.add(FLUSH_CLASS);
    if (marginEm) box.outer.classList.add(OVERLAP_CLASS);
    this.#append(this.#groupAt(this.#boxes.length), box.outer);
    const index = this.#boxes.push({ ...box, from, frameAt: null }) - 1;
    if (!this.#shown) this.#noteBox(index);
    return box.inner;
  }

  /** Note that a box is put into the list now. */
  #noteBox(index: number): void {
    const box = this.#boxes[index] as PlacedBox;
    box.frameAt = document.timeline.currentTime;
    if (!box.outer.classList.contains(FLUSH_CLASS)) this.#unflushBefore(index);
  }

  /** Let the margins go through the end of the box before. Between two such boxes, they collapse by themselves. */
  #unflushBefore(index: number): void {
    const last = this.#boxes[index - 1]?.outer.classList;
    last?.remove(FLUSH_CLASS);
    if (!this.#boxes[index - 2]?.outer.classList.contains(FLUSH_CLASS)) last?.remove(OVERLAP_CLASS);
  }

  /** Find or create the element that holds the box of this index. */
  #groupAt(boxIndex: number): HTMLElement {
    const { host, boxParent = host } = this.#options;
    const index = Math.floor(boxIndex / BOXES_PER_GROUP) - 1;
    if (index < 0) return boxParent;
    const old = this.#groups[index];
    if (old) return old;
    const group = createPlainBox().outer;
    this.#append(boxParent, group);
    this.#groups.push(group);
    return group;
  }
}
