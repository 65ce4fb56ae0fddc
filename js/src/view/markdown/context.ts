/** What all pieces of one shown document share. */

import type { Notes } from "./notes.ts";
import type { Parts } from "./parts.ts";

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

/** The view of one part of something that grows. */
export interface PartView<Part> {
  readonly node: ChildNode;
  /** Whether the part, perhaps another object by now, can be shown by this view. */
  fits(part: Part): boolean;
  /** Bring the view up to the part; `final` says that this is the last time. */
  sync(part: Part, final: boolean): void;
  /** Take away what stands elsewhere than in the node. */
  drop?(): void;
}
