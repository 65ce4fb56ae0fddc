/**
 * The asset that highlights code, `static/code.js`. It uses CodeMirror's stream modes, line by line. To
 * highlight a line, a mode needs only the state after the line before, so each piece of a streaming block
 * costs one line and not the whole block.
 */

import { type StreamParser, StringStream } from "@codemirror/streamparser";
import type { LineHighlighter, Token } from "../../view/markdown/assets.ts";
import { modeOf } from "./languages.ts";
import { styleOf } from "./styles.ts";

/**
 * A line longer than this stays plain and does not change the state. At every token, a mode tries its regular
 * expressions on the whole rest of the line, so the time grows with the square of the length. At this length,
 * the slowest mode takes a few milliseconds.
 */
export const MAX_LINE_CHARS = 500;

/** How many times in a row a mode may consume no character. CodeMirror has the same limit. */
const MAX_EMPTY_TOKENS = 10;

const INDENT_COLUMNS = 2;
const TAB_COLUMNS = 4;

class ModeHighlighter implements LineHighlighter {
  readonly #mode: StreamParser<unknown>;
  #state: unknown;

  constructor(mode: StreamParser<unknown>, state?: { readonly copied: unknown }) {
    this.#mode = mode;
    this.#state = state ? state.copied : mode.startState?.(INDENT_COLUMNS);
  }

  tokenize(text: string): Token[] {
    if (text.length > MAX_LINE_CHARS) return [{ text, style: "" }];
    const tokens: Token[] = [];
    try {
      if (text === "") this.#mode.blankLine?.(this.#state, INDENT_COLUMNS);
      else this.#read(new StringStream(text, TAB_COLUMNS, INDENT_COLUMNS), tokens);
    } catch {
      // A mode expects code, and may throw an error on other text. It then begins with a new state on the
      // next line.
      this.#state = this.#mode.startState?.(INDENT_COLUMNS);
      const read = tokens.reduce((sum, token) => sum + token.text.length, 0);
      if (read < text.length) tokens.push({ text: text.slice(read), style: "" });
    }
    return tokens;
  }

  copy(): LineHighlighter {
    return new ModeHighlighter(this.#mode, { copied: copyState(this.#mode, this.#state) });
  }

  /** Read the tokens. Neighbours of the same style become one token, so that the page has fewer elements. */
  #read(stream: StringStream, tokens: Token[]): void {
    let [from, style] = [0, ""];
    while (!stream.eol()) {
      const next = this.#nextStyle(stream);
      if (next !== style) {
        if (stream.start > from) tokens.push({ text: stream.string.slice(from, stream.start), style });
        [from, style] = [stream.start, next];
      }
    }
    tokens.push({ text: stream.string.slice(from), style });
  }

  #nextStyle(stream: StringStream): string {
    stream.start = stream.pos;
    for (let calls = 0; calls < MAX_EMPTY_TOKENS; calls++) {
      const words = this.#mode.token(stream, this.#state);
      if (stream.pos > stream.start) return stream.current().trim() ? styleOf(words) : "";
    }
    stream.pos = stream.start + 1;
    return "";
  }
}

/**
 * Copy a mode's state. If the mode has no `copyState`, the state is copied as CodeMirror does it in this
 * case: the object and its arrays are copied, one level deep.
 */
function copyState(mode: StreamParser<unknown>, state: unknown): unknown {
  if (mode.copyState) return mode.copyState(state);
  if (typeof state !== "object" || state === null) return state;
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, Array.isArray(value) ? value.slice() : value]),
  );
}

/** Make a highlighter for a language, given by any of its names or a fence's info string. */
export default function highlighter(language: string): LineHighlighter | undefined {
  const mode = modeOf(language);
  return mode && new ModeHighlighter(mode);
}
