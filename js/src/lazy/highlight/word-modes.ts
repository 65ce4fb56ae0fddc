/**
 * Modes for languages that CodeMirror has no line-by-line mode for. Each is a list of rules: a regular expression
 * that matches at the place of the reader, and a style. Words are looked up in the language's lists.
 */

import type { StreamParser, StringStream } from "@codemirror/streamparser";

type Rule = readonly [pattern: RegExp, style: string];

interface Language {
  readonly name: string;
  readonly words: Readonly<Record<string, string>>;
  /** Texts that may go on over lines: the opening mark, the closing one, and the style. */
  readonly spans: readonly (readonly [open: string, close: string, style: string])[];
  readonly rules: readonly Rule[];
  /** Rules that hold only at the beginning of a line. */
  readonly starts?: readonly Rule[];
}

interface State {
  /** The span that is open; undefined outside of spans. */
  span: Language["spans"][number] | undefined;
}

const words = (style: string, list: string) =>
  Object.fromEntries(list.split(" ").map((word) => [word, style]));

const NUMBER: Rule = [/^\d[\w.]*/, "number"];
const DOUBLE_QUOTED: Rule = [/^"(?:[^"\\]|\\.)*"?/, "string"];
const SINGLE_QUOTED: Rule = [/^'(?:[^'\\]|\\.)*'?/, "string"];
const HASH_COMMENT: Rule = [/^#.*/, "comment"];
const SLASH_COMMENT: Rule = [/^\/\/.*/, "comment"];
const BLOCK_COMMENT = ["/*", "*/", "comment"] as const;
const WORD = /^[\p{L}_][\p{L}\p{N}_]*[?!]?/u;

function modeOf({ name, words: styles, spans, rules, starts = [] }: Language): StreamParser<State> {
  const styleOfWord = (word: string) => (Object.hasOwn(styles, word) ? styles[word] : undefined);
  function token(stream: StringStream, state: State): string | null {
    if (state.span) return inSpan(stream, state, state.span);
    for (const [pattern, style] of stream.sol() ? starts : []) if (stream.match(pattern)) return style;
    if (stream.eatSpace()) return null;
    const span = spans.find(([open]) => stream.match(open));
    if (span) return inSpan(stream, state, span);
    for (const [pattern, style] of rules) if (stream.match(pattern)) return style;
    if (!stream.match(WORD)) {
      stream.next();
      return null;
    }
    return styleOfWord(stream.current()) ?? null;
  }
  return { name, startState: () => ({ span: undefined }), copyState: (state) => ({ ...state }), token };
}

function inSpan(stream: StringStream, state: State, span: Language["spans"][number]): string {
  const [, close, style] = span;
  state.span = stream.skipTo(close) ? undefined : span;
  if (state.span) stream.skipToEnd();
  else stream.match(close);
  return style;
}

export const php = modeOf({
  name: "php",
  words: {
    ...words(
      "keyword",
      "abstract and array as break case catch class clone const continue declare default do echo else elseif enum " +
        "extends final finally fn for foreach function global goto if implements include include_once instanceof " +
        "insteadof interface match namespace new or print private protected public readonly require require_once " +
        "return static switch throw trait try unset use var while xor yield",
    ),
    ...words("type", "bool callable float int iterable mixed never object string void self parent"),
    ...words("atom", "true false null TRUE FALSE NULL"),
  },
  spans: [BLOCK_COMMENT],
  rules: [
    [/^<\?(?:php|=)?|^\?>/, "meta"],
    [/^#\[/, "meta"],
    HASH_COMMENT,
    SLASH_COMMENT,
    [/^\$+\w+/, "def"],
    NUMBER,
    DOUBLE_QUOTED,
    SINGLE_QUOTED,
    [/^[-+*/%=<>!&|^~?.]+/, "operator"],
  ],
});

export const elixir = modeOf({
  name: "elixir",
  words: {
    ...words(
      "keyword",
      "after alias and case catch cond def defdelegate defexception defguard defimpl defmacro defmodule defp " +
        "defprotocol defstruct do else end fn for if import in not or quote raise receive require rescue try unless " +
        "unquote use when with",
    ),
    ...words("atom", "true false nil"),
  },
  spans: [['"""', '"""', "string"]],
  rules: [
    HASH_COMMENT,
    [/^@\w+/, "meta"],
    [/^:"(?:[^"\\]|\\.)*"?|^:[\p{L}_]\w*[?!]?/u, "atom"],
    [/^\p{Lu}[\w.]*/u, "type"],
    [/^[\p{L}_]\w*:(?=\s)/u, "property"],
    NUMBER,
    DOUBLE_QUOTED,
    SINGLE_QUOTED,
    [/^(?:\|>|->|<-|=>|[-+*/=<>!&|^~]+)/, "operator"],
  ],
});

export const graphql = modeOf({
  name: "graphql",
  words: {
    ...words(
      "keyword",
      "directive enum extend fragment implements input interface mutation on query repeatable scalar schema " +
        "subscription type union",
    ),
    ...words("type", "Boolean Float ID Int String"),
    ...words("atom", "true false null"),
  },
  spans: [['"""', '"""', "string"]],
  rules: [
    HASH_COMMENT,
    [/^\$\w+/, "def"],
    [/^@\w+/, "meta"],
    [/^\p{Lu}\w*/u, "type"],
    [/^\w+(?=\s*[:(])/, "property"],
    NUMBER,
    DOUBLE_QUOTED,
    [/^(?:\.\.\.|[=!|&])/, "operator"],
  ],
});

export const hcl = modeOf({
  name: "hcl",
  words: {
    ...words(
      "keyword",
      "data dynamic for if in locals module moved output provider resource terraform variable",
    ),
    ...words("type", "any bool list map number object set string tuple"),
    ...words("atom", "true false null"),
  },
  spans: [BLOCK_COMMENT],
  rules: [
    HASH_COMMENT,
    SLASH_COMMENT,
    DOUBLE_QUOTED,
    [/^[\p{L}_][\w-]*(?=\s*=(?!=))/u, "property"],
    NUMBER,
    [/^[-+*/%=<>!&|?:]+/, "operator"],
  ],
});

export const makefile = modeOf({
  name: "makefile",
  words: words(
    "keyword",
    "define else endef endif export ifdef ifeq ifndef ifneq include override private sinclude undefine unexport vpath",
  ),
  spans: [],
  rules: [
    HASH_COMMENT,
    [/^\$(?:\([^()\s]*\)?|\{[^{}\s]*\}?|[@<^?*+%$])/, "def"],
    DOUBLE_QUOTED,
    SINGLE_QUOTED,
  ],
  starts: [
    [/^[\w.%/-]+(?=(?:[ \t]+[\w.%/-]+){0,20}[ \t]*::?(?!=))/, "tag"],
    [/^[\w.-]+(?=[ \t]*[:?+!]?=)/, "property"],
  ],
});

export const markdown = modeOf({
  name: "markdown",
  words: {},
  spans: [
    ["```", "```", "string"],
    ["<!--", "-->", "comment"],
  ],
  rules: [
    [/^`[^`]+`/, "string"],
    [/^\*\*[^*\s][^*]*\*\*|^\*[^*\s][^*]*\*/, "keyword"],
    [/^!?\[[^[\]]*\]\([^()\s]*\)/, "link"],
    [/^https?:\/\/[^\s<>]+/, "link"],
  ],
  starts: [
    [/^#{1,6} .*/, "heading"],
    [/^\s*>.*/, "comment"],
    [/^\s*(?:[-*+]|\d{1,9}[.)])(?= )/, "operator"],
  ],
});
