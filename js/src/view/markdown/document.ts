/** A document on the page: brought up to what it is now, touching only what is not final. */

import type { Block, Document } from "../../core/markdown/tree.ts";
import { unlike } from "../../core/unlike.ts";
import { element } from "../dom.ts";
import { blocksIn } from "./blocks.ts";
import type { Grown } from "./grown.ts";
import { Notes } from "./notes.ts";
import { NO_PARTS, type Parts } from "./parts.ts";

export type Formulas = (tex: string, display: boolean) => Node | undefined;

export interface Surroundings {
  readonly parts: Parts;
  /** Change the page outside of a sync: with its next update. */
  readonly later: (work: () => void) => void;
  /** A block is finished and may be read out. */
  readonly say: (text: string) => void;
  /** Put code into the notebook, where the host allows it. */
  readonly insert?: ((code: string) => void) | undefined;
}

export interface Context extends Surroundings {
  readonly notes: Notes;
  /** What makes formulas, once it is there: those that follow then need not wait. */
  formulas: Formulas | undefined;
  /** By a leaf or table of the document, what makes its inlines anew when a late definition changed them. */
  readonly revisable: WeakMap<object, () => void>;
}

export const ALONE: Surroundings = { parts: NO_PARTS, later: (work) => setTimeout(work), say: () => {} };

/** A definition at the end of a long answer may change a thousand leaves: so many at once, then the page's turn. */
const AT_ONCE = 64;

export class DocumentView {
  readonly #context: Context;
  readonly #blocks: Grown<Block>;
  readonly #revised = new Set<object>();
  #planned = false;

  constructor(root: HTMLElement, surroundings: Surroundings = ALONE) {
    const notes = new Notes(unlike());
    this.#context = { ...surroundings, notes, formulas: undefined, revisable: new WeakMap() };
    const host = element("div", "nbstream-markdown");
    this.#blocks = blocksIn(host, this.#context);
    root.append(host, notes.element);
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
      this.#context.revisable.get(leaf)?.();
    }
    if (this.#revised.size === 0 || this.#planned) return;
    this.#planned = true;
    this.#context.later(() => {
      this.#planned = false;
      this.#revise();
    });
  }
}
