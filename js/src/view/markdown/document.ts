/** View of a Markdown document. Each sync changes only the blocks that are not final. */

import type { Block, Document } from "../../core/markdown/tree.ts";
import { randomId } from "../../core/random-id.ts";
import { element } from "../base/dom.ts";
import { createBlockList } from "./blocks.ts";
import { DETACHED, type RenderContext, type RenderEnvironment } from "./context.ts";
import { Footnotes } from "./footnotes.ts";
import type { GrowingList } from "./growing-list.ts";

/**
 * The most leaves that one update makes again. A definition at the end of a long answer may change a thousand
 * leaves, and the page must get its turn in between.
 */
const MAX_REVISIONS_PER_UPDATE = 64;

/** Whether a block has no margin above it, by `markdown.css`. */
function isFlush({ kind }: Block): boolean {
  return kind === "paragraph" || kind === "list" || kind === "table";
}

export class DocumentView {
  readonly #context: RenderContext;
  readonly #blocks: GrowingList<Block>;
  /** Leaves and tables whose inlines must still be made again. */
  readonly #revised = new Set<object>();
  #isScheduled = false;

  constructor(root: HTMLElement, environment: RenderEnvironment = DETACHED) {
    const footnotes = new Footnotes(randomId());
    this.#context = { ...environment, footnotes, renderFormula: undefined, rebuilders: new WeakMap() };
    const host = element("div", "nbstream-markdown");
    this.#blocks = createBlockList(host, this.#context, false, {
      isFlush,
      isOpening: environment.isOpening ?? (() => true),
    });
    root.append(host, footnotes.element);
  }

  /**
   * Show the document as it is now.
   *
   * @param revised Leaves and tables in which a late definition made a link. They may be settled.
   */
  sync(document: Document, revised: Iterable<object> = []): void {
    for (const leaf of revised) this.#revised.add(leaf);
    this.#rebuildRevised();
    this.#blocks.sync(document.children, document.settled);
  }

  #rebuildRevised(): void {
    let budget = MAX_REVISIONS_PER_UPDATE;
    for (const leaf of this.#revised) {
      if (budget-- === 0) break;
      this.#revised.delete(leaf);
      this.#context.rebuilders.get(leaf)?.();
    }
    if (this.#revised.size === 0 || this.#isScheduled) return;
    this.#isScheduled = true;
    this.#context.schedule(() => {
      this.#isScheduled = false;
      this.#rebuildRevised();
    });
  }
}
