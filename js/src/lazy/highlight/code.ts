/**
 * The highlighting part, `static/code.js`: CodeMirror's stream modes, line by line. The state after a line is
 * all that the next line needs, so a block that streams costs its last line and never its whole.
 */

import { type StreamParser, StringStream } from "@codemirror/streamparser";
import type { LineHighlighter, Token } from "../../view/markdown/lazy-parts.ts";
import { modeOf } from "./languages.ts";
import { styleOf } from "./styles.ts";

/**
 * A longer line is plain, and nothing on it changes the state. Modes try their expressions on the rest of the
 * line at every token, which is quadratic; at this length the worst mode takes a few milliseconds.
 */
export const LONGEST = 500;

/** How often a mode may look without moving; CodeMirror's own number. */
const LOOKS = 10;

const INDENT = 2;
const TAB = 4;

class ModeHighlighter implements LineHighlighter {
  readonly #mode: StreamParser<unknown>;
  #state: unknown;

  constructor(mode: StreamParser<unknown>, state?: { readonly kept: unknown }) {
    this.#mode = mode;
    this.#state = state ? state.kept : mode.startState?.(INDENT);
  }

  line(text: string): Token[] {
    if (text.length > LONGEST) return [{ text, style: "" }];
    const tokens: Token[] = [];
    try {
      if (text === "") this.#mode.blankLine?.(this.#state, INDENT);
      else this.#read(new StringStream(text, TAB, INDENT), tokens);
    } catch {
      // Modes are made for code; on junk one may trip over its own state. It begins anew on the next line.
      this.#state = this.#mode.startState?.(INDENT);
      const read = tokens.reduce((sum, token) => sum + token.text.length, 0);
      if (read < text.length) tokens.push({ text: text.slice(read), style: "" });
    }
    return tokens;
  }

  copy(): LineHighlighter {
    return new ModeHighlighter(this.#mode, { kept: copyState(this.#mode, this.#state) });
  }

  /** Neighbours of one style are one token: fewer elements on the page. */
  #read(stream: StringStream, tokens: Token[]): void {
    let [from, style] = [0, ""];
    while (!stream.eol()) {
      const next = this.#look(stream);
      if (next !== style) {
        if (stream.start > from) tokens.push({ text: stream.string.slice(from, stream.start), style });
        [from, style] = [stream.start, next];
      }
    }
    tokens.push({ text: stream.string.slice(from), style });
  }

  #look(stream: StringStream): string {
    stream.start = stream.pos;
    for (let looks = 0; looks < LOOKS; looks++) {
      const words = this.#mode.token(stream, this.#state);
      if (stream.pos > stream.start) return stream.current().trim() ? styleOf(words) : "";
    }
    stream.pos = stream.start + 1;
    return "";
  }
}

/** As CodeMirror copies the states of modes that do not say how. */
function copyState(mode: StreamParser<unknown>, state: unknown): unknown {
  if (mode.copyState) return mode.copyState(state);
  if (typeof state !== "object" || state === null) return state;
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, Array.isArray(value) ? value.slice() : value]),
  );
}

/** A highlighter for a language, by any of its names or a fence's info string. */
export default function highlighter(language: string): LineHighlighter | undefined {
  const mode = modeOf(language);
  return mode && new ModeHighlighter(mode);
}
