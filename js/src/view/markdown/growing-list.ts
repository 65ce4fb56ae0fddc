/** Children that are added at the end, kept in boxes of bounded size so that layout stays cheap. */

import { element } from "../base/dom.ts";

/** The view of one child of something that grows. */
export interface ChildView<Child> {
  readonly node: ChildNode;
  /** Whether this view can show the child, which may be another object than before. */
  canShow(child: Child): boolean;
  /** Bring the view up to the child; with `isFinal` this is the last call. */
  sync(child: Child, isFinal: boolean): void;
  /** Remove content that stands outside `node`. */
  dispose?(): void;
}

/** A box: `outer` is placed, and the children stand in `inner`. */
export interface Box {
  readonly outer: HTMLElement;
  readonly inner: HTMLElement;
}

interface Options<Child> {
  /** The host and each box after it hold this many children: layout costs only as much as the last box. */
  readonly childrenPerBox: number;
  readonly host: HTMLElement;
  readonly createView: (child: Child, index: number) => ChildView<Child>;
  /** Makes a box; without it, a box is a plain `div`. */
  readonly createBox?: () => Box;
  /** The parent of the boxes, if that is not the host. */
  readonly boxParent?: HTMLElement;
}

/**
 * The boxes of one parent are put into groups of this many, because layout costs as much for many boxes side
 * by side as it does for many children.
 */
const BOXES_PER_GROUP = 16;

/** Create a box that has no look of its own and that screen readers skip. */
function createPlainBox(): Box {
  const box = element("div", "nbstream-box", { role: "presentation" });
  return { outer: box, inner: box };
}

export class GrowingList<Child> {
  readonly #options: Options<Child>;
  /** Children that were shown in their final form; their views are forgotten. */
  #settledCount = 0;
  /** The views of the children after the settled ones. */
  #openViews: ChildView<Child>[] = [];
  #boxes: Box[] = [];
  readonly #groups: HTMLElement[] = [];

  constructor(options: Options<Child>) {
    this.#options = options;
  }

  /** Show the children. The first `settled` children are final. */
  sync(children: readonly Child[], settled: number): void {
    const before = this.#settledCount;
    for (let index = before; index < children.length; index++) {
      const child = children[index] as Child;
      const old = this.#openViews[index - before];
      const view = old?.canShow(child) ? old : this.#createView(child, index, old);
      this.#openViews[index - before] = view;
      view.sync(child, index < settled);
    }
    for (const view of this.#openViews.splice(children.length - before)) removeView(view);
    this.#removeEmptyBoxes(children.length);
    this.#settledCount = Math.max(before, Math.min(settled, children.length));
    this.#openViews.splice(0, this.#settledCount - before);
  }

  #createView(child: Child, index: number, old: ChildView<Child> | undefined): ChildView<Child> {
    const view = this.#options.createView(child, index);
    if (old === undefined) this.#boxAt(index).append(view.node);
    else {
      old.node.before(view.node);
      removeView(old);
    }
    return view;
  }

  /** Find or create the element that holds the child of this index. */
  #boxAt(childIndex: number): HTMLElement {
    const { host, childrenPerBox, createBox = createPlainBox } = this.#options;
    const index = Math.floor(childIndex / childrenPerBox) - 1;
    if (index < 0) return host;
    const old = this.#boxes[index];
    if (old) return old.inner;
    const box = createBox();
    this.#groupAt(index).append(box.outer);
    this.#boxes.push(box);
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

  #removeEmptyBoxes(childCount: number): void {
    const needed = Math.max(0, Math.ceil(childCount / this.#options.childrenPerBox) - 1);
    for (const box of this.#boxes.splice(needed)) box.outer.remove();
    const neededGroups = Math.max(0, Math.ceil(needed / BOXES_PER_GROUP) - 1);
    for (const group of this.#groups.splice(neededGroups)) group.remove();
  }
}

function removeView(view: ChildView<never>): void {
  view.dispose?.();
  view.node.remove();
}
