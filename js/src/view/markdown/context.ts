/** State that all views of a document share: its environment on the page, and the links between its parts. */

import { type Assets, NO_ASSETS } from "./assets.ts";
import type { Draw } from "./diagram.ts";
import type { Footnotes } from "./footnotes.ts";

/**
 * Makes the MathML of a formula. Returns undefined if the TeX is wrong. In a finished formula, unknown macros are
 * shown by their names.
 */
export type FormulaRenderer = (tex: string, isDisplay: boolean, isFinished?: boolean) => Node | undefined;

/** The services that a document needs from the page around it. */
export interface RenderEnvironment {
  readonly assets: Assets;
  /** Run work that changes the page, together with the page's next update. */
  readonly schedule: (work: () => void) => void;
  /** Announce a finished block to screen readers. */
  readonly announce: (text: string) => void;
  /** Whether a finished conversation is opened, of which the user sees the start; by default so. */
  readonly isOpening?: () => boolean;
  /** Put code into the notebook, where the host allows that. */
  readonly insertCode?: ((code: string) => void) | undefined;
  /** Draw a diagram, where the host can do that. */
  readonly drawDiagram?: Draw | undefined;
}

export interface RenderContext extends RenderEnvironment {
  readonly footnotes: Footnotes;
  /** Set when the math asset has been loaded, so that later formulas need not wait for it. */
  renderFormula: FormulaRenderer | undefined;
  /**
   * For each leaf or table, the function that makes its inlines again. It is called when a late definition
   * has changed them.
   */
  readonly rebuilders: WeakMap<object, () => void>;
}

/** Environment for a document outside a chat view, without assets and announcements. */
export const DETACHED: RenderEnvironment = {
  assets: NO_ASSETS,
  schedule: (work) => setTimeout(work),
  announce: () => {},
};
