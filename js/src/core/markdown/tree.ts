/**
 * The document that a Markdown text is: the parser builds it, a view reads it, and it grows at its end.
 *
 * One rule runs through it. Of everything that grows, the first `settled` parts are final: they are the same
 * objects, with the same content, for ever. A view makes those once and never looks at them again; only what
 * follows them may change or vanish with the next piece of text.
 */

export type Align = "left" | "center" | "right" | "none";

/** What stands in a line of text. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "math"; readonly tex: string; readonly display: boolean }
  | { readonly kind: "break" }
  | { readonly kind: "emphasis" | "strong" | "strike"; readonly children: readonly Inline[] }
  | {
      readonly kind: "link";
      readonly href: string;
      readonly title: string;
      readonly children: readonly Inline[];
    }
  | { readonly kind: "image"; readonly src: string; readonly title: string; readonly alt: string }
  | { readonly kind: "note"; readonly label: string; readonly number: number };

/** A leaf with text in it. */
export interface Prose {
  readonly kind: "paragraph" | "heading";
  /** Of a heading, 1 to 6; of a paragraph, 0. */
  readonly level: number;
  inlines: readonly Inline[];
  settled: number;
}

/** A fenced or indented block of code. */
export interface Code {
  readonly kind: "code";
  /** What follows the opening fence. */
  info: string;
  /** Without their line ends. */
  lines: readonly string[];
  settled: number;
  /** It may still grow. */
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
  /** No blank line stands between or in its items. May turn false as long as the list is not settled. */
  tight: boolean;
  children: readonly Item[];
  settled: number;
}

export interface Item {
  readonly kind: "item";
  /** Whether the box of a task is ticked; of no task, undefined. */
  task: boolean | undefined;
  children: readonly Block[];
  settled: number;
}

export interface Quote {
  readonly kind: "quote";
  children: readonly Block[];
  settled: number;
}

/** The text of a footnote. It stands where it is written; views show footnotes at the end. */
export interface Footnote {
  readonly kind: "footnote";
  readonly label: string;
  children: readonly Block[];
  settled: number;
}

export type Block = Prose | Code | Formula | Table | Rule | List | Quote | Footnote;
export type Container = Document | List | Item | Quote | Footnote;

export interface Document {
  readonly kind: "document";
  children: readonly Block[];
  settled: number;
}
