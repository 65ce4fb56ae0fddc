/**
 * HTML in a paragraph: the few tags that the page shows as elements, and comments, which show nothing. The twin of
 * `src/nbstream/core/saved/portable/tags.py`, which explains each rule.
 */

/** Marks around the name of a tag that passes. `makeSafe` removes these characters from answers. */
const TAG_START = "\x03";
const TAG_END = "\x04";

export const TAG = String.raw`<\/?[A-Za-z]{1,6}[ \t]{0,9}\/?>|<!--`;

const MAX_COMMENT_CHARS = 10_000;
const MAX_NESTED_TAGS = 24;
const PARTS = /^<(\/?)([A-Za-z]+)[ \t]*(\/?)>$/;
const CODE_END = /<\/code[ \t]{0,9}>/gi;
const LINE_END = /[ \t]*(?:\n|$)/y;
const ENTITIES: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"' };
const NAMES = new Map(
  ["b strong", "strong strong", "i em", "em em", "s del", "strike del", "del del", "u ins", "ins ins"]
    .concat(["sub sub", "sup sup", "kbd kbd", "mark mark", "small small"])
    .map((pair) => pair.split(" ") as [string, string]),
);
const BLOCK = /\n[ \t>]*(?:[-*+|]|#{1,6}[ \t]|[0-9]{1,9}[.)][ \t])/;
const BLOCK_OR_CELL = new RegExp(String.raw`${BLOCK.source}|(?<!\\)\|`);
const DELIMITERS = /^[ \t>]*(?:\|[ \t]*)?:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$/m;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the marks of tags
const MARKED = /\x03(\/?[a-z]+)\x04/g;
const ALONE = /^([ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*)(?=<\/?[a-z]+>[ \t]*$)/gm;

/** Pairs of tags in the pieces of a paragraph. */
export class TagPairs {
  readonly #pieces: string[];
  #open: { readonly name: string; readonly at: number }[] = [];
  readonly #end: RegExp;

  constructor(text: string, pieces: string[]) {
    this.#pieces = pieces;
    this.#end = text.includes("|") && DELIMITERS.test(text) ? BLOCK_OR_CELL : BLOCK;
  }

  /** Note the text before the next piece. The tags that are open stay text if another block begins there. */
  skip(text: string): void {
    if (this.#open.length > 0 && this.#end.test(text)) this.#open = [];
  }

  /** Append a tag to the pieces. */
  add(source: string): void {
    const [, closes, written = "", ends] = PARTS.exec(source) ?? [];
    const name = written.toLowerCase();
    const passing = NAMES.get(name);
    let piece = source;
    if (name === "br" && !closes) piece = TAG_START + name + TAG_END;
    else if (closes && passing) piece = this.#close(name, passing) ?? source;
    else if (passing && !ends) this.#open.push({ name, at: this.#pieces.length });
    this.#pieces.push(piece);
  }

  /** Mark the opening tag of this name, and return the closing tag's mark; undefined if there is none. */
  #close(name: string, passing: string): string | undefined {
    if (!this.#open.slice(-MAX_NESTED_TAGS).some((open) => open.name === name)) return undefined;
    let opener = this.#open.pop();
    while (opener && opener.name !== name) opener = this.#open.pop();
    if (opener) this.#pieces[opener.at] = TAG_START + passing + TAG_END;
    return `${TAG_START}/${passing}${TAG_END}`;
  }
}

type Piece = readonly [text: string, end: number];

/** Return the text that stands for the comment that begins at this index, and the index behind it. */
export function commentAt(text: string, at: number): Piece | undefined {
  const close = text.slice(0, at + MAX_COMMENT_CHARS).indexOf("-->", at + 2);
  if (close < 0) return undefined;
  const end = close + 3;
  // A line may hold thousands of comments, so that only the characters beside this one are read.
  let start = at;
  while (start > 0 && " \t>".includes(text.charAt(start - 1))) start -= 1;
  LINE_END.lastIndex = end;
  const isAlone = (start === 0 || text[start - 1] === "\n") && LINE_END.test(text);
  return [isAlone ? "\u200b" : "", end];
}

/** Return the code span for the code between tags, whose first tag ends at `from`, and the index behind. */
export function codeInTags(text: string, from: number): Piece | undefined {
  CODE_END.lastIndex = from;
  const close = CODE_END.exec(text);
  if (!close) return undefined;
  const code = text
    .slice(from, close.index)
    .replace(/&(?:lt|gt|amp|quot);/g, (found) => ENTITIES[found] ?? found)
    .replaceAll("\n", " ");
  if (code.trim() === "") return undefined;
  const longest = (code.match(/`+/g) ?? []).reduce((most, { length }) => Math.max(most, length), 0);
  const ticks = "`".repeat(longest + 1);
  const pad = /^[ `]|[ `]$/.test(code) ? " " : "";
  return [ticks + pad + code + pad + ticks, close.index + close[0].length];
}

/** Replace the marks of `TagPairs` in text that is safe. */
export function insertTags(text: string): string {
  if (!text.includes(TAG_START)) return text;
  return text.replace(MARKED, "<$1>").replace(ALONE, "$1\u200b");
}
