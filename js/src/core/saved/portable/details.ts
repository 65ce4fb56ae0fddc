/**
 * Parts that a reader may fold, written so that every renderer shows them. The twin of
 * `src/nbstream/core/saved/portable/details.py`, which explains each rule.
 */

import { trimmedEnd } from "../../markdown/chars.ts";
import { indentColumns } from "../safe-fences.ts";

const PREFIX = /^[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*/;
const BEGIN = /^<details(?:[ \t]{1,9}open(?:="")?)?[ \t]{0,9}>[ \t]*/i;
const END = /^<\/details[ \t]{0,9}>[ \t]*/i;
const END_BEHIND_TEXT = /<\/details[ \t]{0,9}>[ \t]*$/i;
const SUMMARY = /^<summary[ \t]{0,9}>[ \t]*/i;
const SUMMARY_END = /<\/summary[ \t]{0,9}>[ \t]*/i;
const MAX_NESTED_DETAILS = 24;
const CODE_INDENT_COLUMNS = 4;

/** Converts the lines outside of code, one after the other. */
export class DetailsLines {
  #depth = 0;
  /** State of the summary of the innermost `<details>`. */
  #summary: "expected" | "open" | "over" = "over";

  /** Return the lines that stand for a line, in a list item whose content begins at `itemColumn`. */
  convert(line: string, itemColumn: number): string[] {
    if (this.#depth === 0 && !line.includes("<")) return [line];
    const isBlank = !/[^ \t]/.test(line);
    if (isBlank && this.#summary === "open") this.#summary = "over";
    const start = PREFIX.exec(line)?.[0] ?? "";
    const rest = line.slice(start.length);
    if (isBlank || indentColumns(line) >= itemColumn + CODE_INDENT_COLUMNS) return [line];
    if (this.#depth === 0 && !BEGIN.test(rest)) return [line];
    return asLines(this.#pieces(rest), start);
  }

  /** Return the texts of a line. A blank line belongs where a text is empty. */
  #pieces(text: string): string[] {
    const pieces: string[] = [];
    let rest = text;
    for (let found = this.#next(rest, pieces); found !== undefined; found = this.#next(rest, pieces))
      rest = found;
    if (rest !== "" && this.#summary === "expected") this.#summary = "over";
    const end = this.#depth > 0 ? END_BEHIND_TEXT.exec(rest) : null;
    if (end) this.#depth -= 1;
    if (end) return [...pieces, rest.slice(0, end.index), ""];
    return rest === "" ? pieces : [...pieces, rest];
  }

  /** Read the tag that comes next, and return the text behind it; undefined if there is none. */
  #next(rest: string, pieces: string[]): string | undefined {
    const begin = this.#depth < MAX_NESTED_DETAILS ? BEGIN.exec(rest) : null;
    const end = this.#depth > 0 ? END.exec(rest) : null;
    const tag = begin ?? end;
    if (tag) {
      this.#depth += begin ? 1 : -1;
      this.#summary = begin ? "expected" : "over";
      pieces.push("");
      return rest.slice(tag[0].length);
    }
    const opener = this.#summary === "expected" ? SUMMARY.exec(rest) : null;
    if (opener) this.#summary = "open";
    if (opener) return `<strong>${rest.slice(opener[0].length)}`;
    const closer = this.#summary === "open" ? SUMMARY_END.exec(rest) : null;
    if (!closer) return undefined;
    this.#summary = "over";
    pieces.push(`${trimmedEnd(rest.slice(0, closer.index), " \t")}</strong>`, "");
    return rest.slice(closer.index + closer[0].length);
  }
}

/** Return the lines of texts. The first one has what stands before them: marks of quotes and items. */
function asLines(pieces: readonly string[], prefix: string): string[] {
  let start = prefix;
  let hasMarker = /[^ \t>]/.test(start);
  const blank = start.slice(0, start.lastIndexOf(">") + 1);
  const lines: string[] = [];
  for (const piece of pieces) {
    if (piece !== "") {
      lines.push(start + piece);
      start = start.replace(/[^\t>]/g, " ");
      hasMarker = false;
    } else if (!hasMarker) lines.push(blank);
  }
  return hasMarker ? [...lines, start] : lines;
}
