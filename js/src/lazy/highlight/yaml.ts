/**
 * YAML, line by line. CodeMirror's own mode looks for a key with an expression that backtracks: a line of 400
 * spaces took it 1.2 s, one of 800 took 19 s. No expression here can match the same text in two ways.
 */

import type { StreamParser, StringStream } from "@codemirror/streamparser";

interface State {
  /** Lines that are indented deeper than this are the text of a `|` or `>`. */
  literal: number | undefined;
  /** The quotation mark of a scalar that goes on on the next line. */
  quote: string | undefined;
  /** A node may begin here, which is where numbers, anchors and `|` mean something. */
  begins: boolean;
  /** How many brackets and braces are open. */
  flow: number;
}

const ALONE = "(?=\\s*(?:[,}\\]]|$)|\\s+#)";
const CONSTANT = new RegExp(`^(?:true|false|yes|no|on|off|null|~)${ALONE}`, "i");
const NUMBER = new RegExp(
  `^[-+]?(?:0x[\\da-f]+|0o?[0-7]+|\\d[\\d_]*(?:\\.\\d*)?(?:e[-+]?\\d+)?|\\.inf|\\.nan)${ALONE}`,
  "i",
);
const DATE = new RegExp(`^\\d{4}-\\d\\d?-\\d\\d?(?:[Tt ][\\d:.]+(?:Z|[-+]\\d\\d(?::?\\d\\d)?)?)?${ALONE}`);
const LITERAL = /^[|>][-+\d]{0,2}(?=\s|$)/;
const REFERENCE = /^[&*!][^\s,[\]{}]*/;
const COLON = /^:(?=\s|$)/;
/** Where a word of a plain scalar ends. */
const END = /^(?:[\s,[\]{}]|:(?:\s|$))/;

function token(stream: StringStream, state: State): string | null {
  if (stream.sol() && !state.quote) {
    state.begins = true;
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
  if (state.flow > 0 && stream.match(/^[\]}]/)) {
    state.flow -= 1;
    state.begins = false;
    return true;
  }
  if (state.begins && stream.match(/^[[{]/)) state.flow += 1;
  else if (!(state.begins && stream.match(/^[-?](?=\s|$)/)) && !(state.flow > 0 && stream.eat(","))) {
    if (!stream.match(COLON)) return false;
  }
  state.begins = true;
  return true;
}

function node(stream: StringStream, state: State): string | null {
  if (!state.begins) {
    word(stream);
    return null;
  }
  if (stream.match(REFERENCE)) return "typeName";
  state.begins = false;
  const quote = stream.eat(/["']/);
  if (quote) return quoted(stream, state, quote);
  if (stream.match(LITERAL)) {
    state.literal = stream.indentation();
    return "meta";
  }
  if (stream.match(DATE) || stream.match(NUMBER)) return "number";
  return stream.match(CONSTANT) ? "atom" : plain(stream);
}

/** All words of a plain scalar; they are a key if a colon comes after them. */
function plain(stream: StringStream): string | null {
  do word(stream);
  while (stream.eatSpace() && !stream.eol() && !stream.match(/^[,[\]{}#]/, false) && !isColon(stream));
  return isColon(stream) ? "propertyName" : null;
}

function word(stream: StringStream): void {
  do stream.next();
  while (!stream.eol() && !stream.match(END, false));
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
  startState: () => ({ literal: undefined, quote: undefined, begins: true, flow: 0 }),
  copyState: (state) => ({ ...state }),
  token,
};
