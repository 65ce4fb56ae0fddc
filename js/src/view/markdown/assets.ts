/** What a document needs that is too heavy for the first bundle, and comes on first need. */

export interface Token {
  readonly text: string;
  /** "" is plain, else a class suffix such as "keyword". */
  readonly style: string;
}

export interface LineHighlighter {
  /** The line's tokens; the state is carried from line to line. How long a line may be to be coloured is decided here. */
  tokenize(text: string): Token[];
  copy(): LineHighlighter;
}

export interface Assets {
  /**
   * A highlighter for a language, or undefined if there is none (also when the part cannot be had). Once the part
   * is there, it comes at once.
   */
  highlighter(language: string): LineHighlighter | undefined | Promise<LineHighlighter | undefined>;
  /** Makes MathML nodes; undefined if it cannot be had. Throws nothing: a wrong formula gives undefined. */
  math(): Promise<((tex: string, display: boolean) => Node | undefined) | undefined>;
}

/** Where nothing can be had, code is plain text and a formula its source. */
export const NO_ASSETS: Assets = {
  highlighter: () => undefined,
  math: async () => undefined,
};
