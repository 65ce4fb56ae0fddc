/**
 * Document tree of a Markdown text. The parser builds it, and a view reads it. The tree grows only at its
 * end.
 *
 * One rule holds for everything in the tree that grows: the first `settled` parts are final. They stay the
 * same objects with the same content for ever, so a view makes them once and never reads them again. Only the
 * parts after them may change or vanish with the next piece of text.
 */

export type Align = "left" | "center" | "right" | "none";

/** The kinds of inlines that hold other inlines and say only how these look. */
export type Span = "emphasis" | "strong" | "strike" | "underline" | "sub" | "sup" | "kbd" | "mark" | "small";

/** An inline element of the CommonMark specification (§6). */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "math"; readonly tex: string; readonly display: boolean }
  | { readonly kind: "break" }
  | { readonly kind: Span; readonly children: readonly Inline[] }
  | {
      readonly kind: "link";
      readonly href: string;
      readonly title: string;
      readonly children: readonly Inline[];
    }
  | { readonly kind: "image"; readonly src: string; readonly title: string; readonly alt: string }
  | { readonly kind: "note"; readonly label: string; readonly number: number };

/** A paragraph, a heading, or the summary of a `<details>`, which comes first in it. */
export interface Prose {
  readonly kind: "paragraph" | "heading" | "summary";
  /** 1 to 6 for a heading, and otherwise 0. */
  readonly level: number;
  inlines: readonly Inline[];
  settled: number;
}

/** A fenced or indented block of code. */
export interface Code {
  readonly kind: "code";
  /** The info string: the text after the opening fence. */
  info: string;
  /** The lines, without their line ends. */
  lines: readonly string[];
  settled: number;
  /** Whether the code may still grow. */
  open: boolean;
}

/** A formula on lines of its own. */
export interface Formula {
  readonly kind: "formula";
  tex: string;
  open: boolean;
}

export type Cell = readonly Inline[];

export interface Table {
  readonly kind: "table";
  readonly align: readonly Align[];
  readonly head: readonly Cell[];
  rows: readonly (readonly Cell[])[];
  settled: number;
}

export interface Rule {
  readonly kind: "rule";
}

export interface List {
  readonly kind: "list";
  readonly ordered: boolean;
  /** The first item's number. */
  readonly start: number;
  /**
   * Whether the list has no blank line between its items or inside them. This may become false while the list
   * is not settled.
   */
  tight: boolean;
  children: readonly Item[];
  settled: number;
}

export interface Item {
  readonly kind: "item";
  /** Whether the checkbox of a task is ticked; undefined for an item that is not a task. */
  task: boolean | undefined;
  children: readonly Block[];
  settled: number;
}

/** The kinds of GitHub's alerts. */
export type Alert = "note" | "tip" | "important" | "warning" | "caution";

export interface Quote {
  readonly kind: "quote";
  /** Set if the quote is an alert. */
  alert?: Alert;
  children: readonly Block[];
  settled: number;
}

/** A part that a reader may fold. */
export interface Details {
  readonly kind: "details";
  /** Whether the part is unfolded at first. */
  readonly unfolded: boolean;
  /** Whether its end has not come. A part without an end is shown unfolded, so that it hides nothing. */
  open: boolean;
  children: readonly Block[];
  settled: number;
}

/** The text of a footnote, at the place where it was written. Views show all footnotes at the end. */
export interface Footnote {
  readonly kind: "footnote";
  readonly label: string;
  children: readonly Block[];
  settled: number;
}

export type Block = Prose | Code | Formula | Table | Rule | List | Quote | Details | Footnote;

export interface Document {
  readonly kind: "document";
  children: readonly Block[];
  settled: number;
}
