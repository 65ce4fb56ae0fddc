/** Shared state of a document's views: its environment on the page, and links between its parts. */

import { type Assets, NO_ASSETS } from "./assets.ts";
import type { Footnotes } from "./footnotes.ts";

/** Makes the MathML of a formula; undefined if the TeX is wrong. */
export type FormulaRenderer = (tex: string, isDisplay: boolean) => Node | undefined;

/** The page around a document. */
export interface RenderEnvironment {
  readonly assets: Assets;
  /** Run work that changes the page outside a sync, together with the page's next update. */
  readonly schedule: (work: () => void) => void;
  /** Announce a finished block to screen readers. */
  readonly announce: (text: string) => void;
  /** Put code into the notebook, where the host allows that. */
  readonly insertCode?: ((code: string) => void) | undefined;
}

export interface RenderContext extends RenderEnvironment {
  readonly footnotes: Footnotes;
  /** Set once the math asset is there, so that later formulas need not wait for it. */
  renderFormula: FormulaRenderer | undefined;
  /** By leaf or table: makes its inlines again when a late definition changed them. */
  readonly rebuilders: WeakMap<object, () => void>;
}

/** An environment for a document outside a chat view: no assets, no announcements. */
export const DETACHED: RenderEnvironment = {
  assets: NO_ASSETS,
  schedule: (work) => setTimeout(work),
  announce: () => {},
};
