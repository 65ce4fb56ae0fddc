/** Assets of a document: code that is too heavy for the first bundle and is fetched when first needed. */

export interface Token {
  readonly text: string;
  /** The suffix of a CSS class, such as "keyword"; "" for plain text. */
  readonly style: string;
}

export interface LineHighlighter {
  /**
   * Cut a line into tokens. The highlighter keeps its state from line to line. A line that it finds too long
   * stays without colours.
   */
  tokenize(text: string): Token[];
  copy(): LineHighlighter;
}

/**
 * Converts an answer that is JSON, as far as it came, to Markdown, to comma-separated values, or to JSON in
 * lines. `columns` are those in the data of the answer's block.
 */
export type ConvertOutput = (
  format: "markdown" | "csv" | "json",
  text: string,
  columns: Readonly<Record<string, unknown>>,
) => string;

export interface Assets {
  /**
   * Get a highlighter for a language; undefined if there is none, or if the asset cannot be fetched. Once the
   * asset is there, the highlighter is returned without a promise.
   */
  highlighter(language: string): LineHighlighter | undefined | Promise<LineHighlighter | undefined>;
  /**
   * Get the function that makes MathML nodes; undefined if the asset cannot be fetched. The function throws
   * nothing: for a wrong formula it returns undefined.
   */
  math(): Promise<((tex: string, isDisplay: boolean) => Node | undefined) | undefined>;
  /** Get the function that converts structured output; undefined if the asset cannot be fetched. */
  output(): Promise<ConvertOutput | undefined>;
}

/** Assets for a document that has none. Code is shown without colours, and a formula as its source. */
export const NO_ASSETS: Assets = {
  highlighter: () => undefined,
  math: async () => undefined,
  output: async () => undefined,
};
