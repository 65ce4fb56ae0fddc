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

interface Options<Child> {
  /**
   * How many children the host holds. Each box after the host holds the same number. When the list grows, the
   * browser lays out only the last box.
   */
  readonly childrenPerBox: number;
  readonly host: HTMLElement;
  readonly createView: (child: Child, index: number) => ChildView<Child>;
  /** Makes a box. By default, a box is a plain `div`. */
  readonly createBox?: () => Box;
  /** The parent of the boxes, if that is not the host. */
  readonly boxParent?: HTMLElement;
}

/**
 * How many boxes are put into one group. The boxes are grouped, because many boxes side by side cost as much
 * layout as many children.
 */
const BOXES_PER_GROUP = 16;

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
