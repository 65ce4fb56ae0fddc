/** Children that grow at their end, in boxes of bounded size. */

import { element } from "../base/dom.ts";

/** The view of one part of something that grows. */
export interface ChildView<Part> {
  readonly node: ChildNode;
  /** Whether the part, perhaps another object by now, can be shown by this view. */
  canShow(part: Part): boolean;
  /** Bring the view up to the part; `final` says that this is the last time. */
  sync(part: Part, final: boolean): void;
  /** Take away what stands elsewhere than in the node. */
  dispose?(): void;
}

/** A box, and where in it the parts stand. */
export interface Box {
  readonly outer: HTMLElement;
  readonly inner: HTMLElement;
}

interface Options<Part> {
  /** So many parts stand in here, and after them so many in each box: layout costs what the last box costs. */
  readonly childrenPerBox: number;
  readonly host: HTMLElement;
  readonly createView: (part: Part, at: number) => ChildView<Part>;
  /** Boxes that are more than a box. */
  readonly createBox?: () => Box;
  /** Where boxes stand if not in the host. */
  readonly boxParent?: HTMLElement;
}

/** Boxes in a box of boxes. */
const BOXES = 16;

/** A box that does not show, and that a screen reader passes over. */
function plainBox(): Box {
  const box = element("div", "nbstream-box", { role: "presentation" });
  return { outer: box, inner: box };
}

export class GrowingList<Part> {
  readonly #options: Options<Part>;
  /** Parts that were shown when they were final; their views are forgotten. */
  #made = 0;
  /** The views of the parts after those. */
  #open: ChildView<Part>[] = [];
  #boxes: Box[] = [];
  readonly #above: HTMLElement[] = [];

  constructor(options: Options<Part>) {
    this.#options = options;
  }

  /** Show the parts, of which the first `settled` are final. */
  sync(parts: readonly Part[], settled: number): void {
    const before = this.#made;
    for (let at = before; at < parts.length; at++) {
      const part = parts[at] as Part;
      const open = this.#open[at - before];
      const view = open?.canShow(part) ? open : this.#place(part, at, open);
      this.#open[at - before] = view;
      view.sync(part, at < settled);
    }
    for (const view of this.#open.splice(parts.length - before)) remove(view);
    this.#trim(parts.length);
    this.#made = Math.max(before, Math.min(settled, parts.length));
    this.#open.splice(0, this.#made - before);
  }

  #place(part: Part, at: number, old: ChildView<Part> | undefined): ChildView<Part> {
    const view = this.#options.createView(part, at);
    if (old === undefined) this.#boxAt(at).append(view.node);
    else {
      old.node.before(view.node);
      remove(old);
    }
    return view;
  }

  #boxAt(at: number): HTMLElement {
    const { host, childrenPerBox, createBox = plainBox } = this.#options;
    const index = Math.floor(at / childrenPerBox) - 1;
    if (index < 0) return host;
    const old = this.#boxes[index];
    if (old) return old.inner;
    const made = createBox();
    this.#around(index).append(made.outer);
    this.#boxes.push(made);
    return made.inner;
  }

  /** Many boxes in a row cost what many parts in a row cost. */
  #around(index: number): HTMLElement {
    const { host, boxParent = host } = this.#options;
    const above = Math.floor(index / BOXES) - 1;
    if (above < 0) return boxParent;
    const old = this.#above[above];
    if (old) return old;
    const made = plainBox().outer;
    boxParent.append(made);
    this.#above.push(made);
    return made;
  }

  /** Boxes that became empty go. */
  #trim(length: number): void {
    const needed = Math.max(0, Math.ceil(length / this.#options.childrenPerBox) - 1);
    for (const box of this.#boxes.splice(needed)) box.outer.remove();
    for (const box of this.#above.splice(Math.max(0, Math.ceil(needed / BOXES) - 1))) box.remove();
  }
}

function remove(view: ChildView<never>): void {
  view.dispose?.();
  view.node.remove();
}
