/** A document on the page: brought up to what it is now, touching only what is not final. */

import type { Block, Document } from "../../core/markdown/tree.ts";
import { element } from "../dom.ts";
import { blocksIn } from "./blocks.ts";
import type { Grown } from "./grown.ts";
import { Notes } from "./notes.ts";
import { NO_PARTS, type Parts } from "./parts.ts";

export type Formulas = (tex: string, display: boolean) => Node | undefined;

export interface Context {
  readonly parts: Parts;
  readonly notes: Notes;
  /** What makes formulas, once it is there: those that follow then need not wait. */
  formulas: Formulas | undefined;
  /** By a leaf or table of the document, what makes its inlines anew when a late definition changed them. */
  readonly revisable: WeakMap<object, () => void>;
  /** Change the page outside of a sync; the place where the reader is stays. */
  readonly change: (change: () => void) => void;
  /** A block is finished and may be read out. */
  readonly say: (text: string) => void;
}

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
    const notes = new Notes(unlike());
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

/** Told from other views' ids; `crypto.randomUUID` is not there on pages that came over plain HTTP. */
function unlike(): string {
  return Math.random().toString(36).slice(2, 10).padEnd(8, "0");
}
