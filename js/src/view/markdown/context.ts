/** What the views of a document share: its surroundings on the page, and what its parts know of each other. */

import { type Assets, NO_ASSETS } from "./assets.ts";
import type { Footnotes } from "./footnotes.ts";

export type FormulaRenderer = (tex: string, display: boolean) => Node | undefined;

export interface RenderEnvironment {
  readonly assets: Assets;
  /** Change the page outside of a sync: with its next update. */
  readonly schedule: (work: () => void) => void;
  /** A block is finished and may be read out. */
  readonly announce: (text: string) => void;
  /** Put code into the notebook, where the host allows it. */
  readonly insertCode?: ((code: string) => void) | undefined;
}

export interface RenderContext extends RenderEnvironment {
  readonly footnotes: Footnotes;
  /** What makes formulas, once it is there: those that follow then need not wait. */
  renderFormula: FormulaRenderer | undefined;
  /** By a leaf or table of the document, what makes its inlines anew when a late definition changed them. */
  readonly rebuilders: WeakMap<object, () => void>;
}

export const DETACHED: RenderEnvironment = {
  assets: NO_ASSETS,
  schedule: (work) => setTimeout(work),
  announce: () => {},
};
