/** View of a Markdown document. Each sync changes only the blocks that are not final. */

import type { Block, Document } from "../../core/markdown/tree.ts";
import { randomId } from "../../core/random-id.ts";
import { element, wordSet } from "../base/dom.ts";
import { createBlockList } from "./blocks.ts";
import { DETACHED, type RenderContext, type RenderEnvironment } from "./context.ts";
import { Footnotes } from "./footnotes.ts";
import type { GrowingList } from "./growing-list.ts";
import { isCut } from "./table.ts";

/**
 * The most leaves that one update makes again. A definition at the end of a long answer may change a thousand
 * leaves, and the page must get its turn in between.
 */
const MAX_REVISIONS_PER_UPDATE = 64;

/** Kinds of blocks with an upper margin of 1 em, and those whose lower margin may be smaller, or which stand elsewhere. */
const WITH_MARGIN = wordSet("code quote formula rule");
const WITH_OTHER_MARGIN = wordSet("heading table footnote");

/** The upper margin of a block by `markdown.css`, if the block before has it as its lower margin, or more. */
function sharedMarginEm({ kind }: Block, before: Block | undefined): 0 | 1 | undefined {
  if (kind === "paragraph" || kind === "list" || kind === "table") return 0;
  return WITH_MARGIN.has(kind) && before && !WITH_OTHER_MARGIN.has(before.kind) ? 1 : undefined;
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
      sharedMarginEm,
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
    this.#context.footnotes.release();
    this.#blocks.sync(document.children, document.settled);
  }

  /**
   * Make the blocks that come next, without a change of the page. The next `sync` shows them. Return whether the last
   * block is made.
   */
  prepare({ children }: Document): boolean {
    this.#context.footnotes.hold();
    return this.#blocks.prepare(children, (block) => block.kind !== "table" || !isCut(block));
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
