/** A document on the page: brought up to what it is now, touching only what is not final. */

import type { Block, Document } from "../../core/markdown/tree.ts";
import { randomId } from "../../core/random-id.ts";
import { element } from "../base/dom.ts";
import { createBlockList } from "./blocks.ts";
import { DETACHED, type RenderContext, type RenderEnvironment } from "./context.ts";
import { Footnotes } from "./footnotes.ts";
import type { GrowingList } from "./growing-list.ts";

/** A definition at the end of a long answer may change a thousand leaves: so many at once, then the page's turn. */
const AT_ONCE = 64;

export class DocumentView {
  readonly #context: RenderContext;
  readonly #blocks: GrowingList<Block>;
  readonly #revised = new Set<object>();
  #planned = false;

  constructor(root: HTMLElement, surroundings: RenderEnvironment = DETACHED) {
    const footnotes = new Footnotes(randomId());
    this.#context = { ...surroundings, footnotes, renderFormula: undefined, rebuilders: new WeakMap() };
    const host = element("div", "nbstream-markdown");
    this.#blocks = createBlockList(host, this.#context);
    root.append(host, footnotes.element);
  }

  /** `revised` are leaves and tables, settled ones too, in which a late definition made a link of something. */
  sync(document: Document, revised: Iterable<object> = []): void {
    for (const leaf of revised) this.#revised.add(leaf);
    this.#revise();
    this.#blocks.sync(document.children, document.settled);
  }

  #revise(): void {
    let left = AT_ONCE;
    for (const leaf of this.#revised) {
      if (left-- === 0) break;
      this.#revised.delete(leaf);
      this.#context.rebuilders.get(leaf)?.();
    }
    if (this.#revised.size === 0 || this.#planned) return;
    this.#planned = true;
    this.#context.schedule(() => {
      this.#planned = false;
      this.#revise();
    });
  }
}
