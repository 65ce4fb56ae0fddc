/** A document on the page: brought up to what it is now, touching only what is not final. */

import type { Block, Document } from "../../core/markdown/tree.ts";
import { element } from "../dom.ts";
import { blocksIn } from "./blocks.ts";
import type { Context } from "./context.ts";
import type { Grown } from "./grown.ts";
import { Notes } from "./notes.ts";
import { NO_PARTS, type Parts } from "./parts.ts";

export interface Surroundings {
  readonly parts: Parts;
  readonly change: (change: () => void) => void;
  readonly say: (text: string) => void;
}

export const ALONE: Surroundings = { parts: NO_PARTS, change: (change) => change(), say: () => {} };

export class DocumentView {
  readonly #context: Context;
  readonly #blocks: Grown<Block>;

  constructor(root: HTMLElement, surroundings: Surroundings = ALONE) {
    const notes = new Notes(crypto.randomUUID().slice(0, 8));
    this.#context = { ...surroundings, notes, formulas: undefined, revisable: new WeakMap() };
    const host = element("div", "nbstream-markdown");
    this.#blocks = blocksIn(host, this.#context);
    root.append(host, notes.element);
  }

  /** `revised` are leaves and tables, settled ones too, in which a late definition made a link of something. */
  sync(document: Document, revised: Iterable<object> = []): void {
    for (const leaf of revised) this.#context.revisable.get(leaf)?.();
    this.#blocks.sync(document.children, document.settled);
  }
}
