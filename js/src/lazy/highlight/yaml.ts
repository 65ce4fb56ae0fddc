/**
 * A YAML mode that reads line by line. CodeMirror's own YAML mode finds keys with a regular expression that
 * backtracks: a line of 400 spaces took it 1.2 s, a line of 800 spaces 19 s. No regular expression in this
 * mode can match the same text in two ways.
 */

import type { StreamParser, StringStream } from "@codemirror/streamparser";

interface State {
  /** Lines of a block scalar (`|` or `>`) are indented by more columns than this; undefined outside one. */
  literal: number | undefined;
  /** The quotation mark of a quoted scalar that continues on the next line. */
  quote: string | undefined;
  /** Whether a node may begin here. Numbers, anchors and `|` have a meaning only where a node begins. */
  mayBegin: boolean;
  /** How many brackets and braces are open. */
  flowDepth: number;
}

/** The end of a scalar. A constant must be followed by it, so that `no` in `no entry` stays text. */
const SCALAR_END = "(?=\\s*(?:[,}\\]]|$)|\\s+#)";
const CONSTANT = new RegExp(`^(?:true|false|yes|no|on|off|null|~)${SCALAR_END}`, "i");
const NUMBER = new RegExp(
  `^[-+]?(?:0x[\\da-f]+|0o?[0-7]+|\\d[\\d_]*(?:\\.\\d*)?(?:e[-+]?\\d+)?|\\.inf|\\.nan)${SCALAR_END}`,
  "i",
);
const DATE = new RegExp(
  `^\\d{4}-\\d\\d?-\\d\\d?(?:[Tt ][\\d:.]+(?:Z|[-+]\\d\\d(?::?\\d\\d)?)?)?${SCALAR_END}`,
);
const LITERAL = /^[|>][-+\d]{0,2}(?=\s|$)/;
const REFERENCE = /^[&*!][^\s,[\]{}]*/;
const COLON = /^:(?=\s|$)/;
/** The end of a word in a plain scalar. */
const WORD_END = /^(?:[\s,[\]{}]|:(?:\s|$))/;

function token(stream: StringStream, state: State): string | null {
  if (stream.sol() && !state.quote) {
    state.mayBegin = true;
    const blank = /^\s*$/.test(stream.string);
    if (state.literal !== undefined && (blank || stream.indentation() > state.literal)) {
      stream.skipToEnd();
      return "string";
    }
    state.literal = undefined;
    if (stream.match(/^(?:---|\.\.\.)(?=\s|$)/) || stream.match(/^%\S.*/)) return "meta";
  }
  if (state.quote) return quoted(stream, state, state.quote);
  if (stream.eatSpace()) return null;
  if (stream.peek() === "#" && spaceBefore(stream)) {
    stream.skipToEnd();
    return "comment";
  }
  return punctuation(stream, state) ? "meta" : node(stream, state);
}

function punctuation(stream: StringStream, state: State): boolean {
  if (state.flowDepth > 0 && stream.match(/^[\]}]/)) {
    state.flowDepth -= 1;
    state.mayBegin = false;
    return true;
  }
  if (state.mayBegin && stream.match(/^[[{]/)) state.flowDepth += 1;
  else if (!(state.mayBegin && stream.match(/^[-?](?=\s|$)/)) && !(state.flowDepth > 0 && stream.eat(","))) {
    if (!stream.match(COLON)) return false;
  }
  state.mayBegin = true;
  return true;
}

function node(stream: StringStream, state: State): string | null {
  if (!state.mayBegin) {
    word(stream);
    return null;
  }
  if (stream.match(REFERENCE)) return "typeName";
  state.mayBegin = false;
  const quote = stream.eat(/["']/);
  if (quote) return quoted(stream, state, quote);
  if (stream.match(LITERAL)) {
    state.literal = stream.indentation();
    return "meta";
  }
  if (stream.match(DATE) || stream.match(NUMBER)) return "number";
  return stream.match(CONSTANT) ? "atom" : plain(stream);
}

/** Read all words of a plain scalar. If a colon follows, the scalar is a key. */
function plain(stream: StringStream): string | null {
  do word(stream);
  while (stream.eatSpace() && !stream.eol() && !stream.match(/^[,[\]{}#]/, false) && !isColon(stream));
  return isColon(stream) ? "propertyName" : null;
}

function word(stream: StringStream): void {
  do stream.next();
  while (!stream.eol() && !stream.match(WORD_END, false));
}

function isColon(stream: StringStream): boolean {
  return Boolean(stream.match(COLON, false));
}

function quoted(stream: StringStream, state: State, quote: string): string {
  state.quote = quote;
  while (!stream.eol()) {
    const char = stream.next();
    if (char === "\\" && quote === '"') stream.next();
    else if (char === quote && !(quote === "'" && stream.eat("'"))) {
      state.quote = undefined;
      return isColon(stream) ? "propertyName" : "string";
    }
  }
  return "string";
}

function spaceBefore(stream: StringStream): boolean {
  return stream.pos === 0 || /\s/.test(stream.string.charAt(stream.pos - 1));
}

export const yaml: StreamParser<State> = {
  name: "yaml",
  startState: () => ({ literal: undefined, quote: undefined, mayBegin: true, flowDepth: 0 }),
  copyState: (state) => ({ ...state }),
  token,
};
