/** What the views of a document share: its surroundings on the page, and what its parts know of each other. */

import type { Notes } from "./footnotes.ts";
import { NO_PARTS, type Parts } from "./lazy-parts.ts";

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
