/**
 * Displayed formula without its closing mark so far. Its lines begin no other blocks. If its paragraph ends
 * before the mark has come, the formula is taken back and its lines are parsed again as text.
 */

import { CONTINUES } from "../blocks.ts";
import { COMMENT_END, commentEnd } from "../html/comments.ts";
import type { Leaf } from "../leaf.ts";
import { Line } from "../line.ts";
import type { Open, Stack } from "../stack.ts";
import { closerFrom, MAX_DISPLAY_CHARS, type Mark, markAt, unclosedForm } from "./marks.ts";
import { dollarsAt } from "./math.ts";

/** The longest line in which a formula may begin behind text. */
const MAX_LINE_CHARS = 4_096;

type Holder = Extract<Open, { kind: "formula" }> | Extract<Open, { leaf: unknown }>;

interface Unclosed {
  /** The formula, or the paragraph in which it began. */
  readonly holder: Holder;
  readonly closer: string;
  /** The lines behind the one with the opening mark. */
  readonly lines: string[];
  chars: number;
}

export class UnclosedFormula {
  readonly #stack: Stack;
  #unclosed: Unclosed | undefined;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  /** Whether the line that is applied now belongs to a formula inside a paragraph. */
  get isInParagraph(): boolean {
    const { tip, matched, open } = this.#stack;
    return this.#unclosed?.holder === tip && tip.kind === "paragraph" && matched === open.length;
  }

  /** Note a finished line: a formula begins, goes on or ends in it. */
  note(text: string): void {
    const { tip, isParsingAgain } = this.#stack;
    const known = this.#unclosed;
    this.#unclosed = undefined;
    if (isParsingAgain || (tip.kind !== "formula" && tip.kind !== "paragraph")) return;
    const before = known?.holder === tip ? known : undefined;
    let closer: string | undefined;
    if (tip.kind === "formula") closer = tip.mark.closer;
    else closer = unclosedIn(tip.leaf.last, before?.closer);
    if (tip.kind === "paragraph") tip.leaf.isInFormula = closer !== undefined;
    if (closer === undefined) return;
    const isSame = before && (tip.kind === "formula" || closerFrom(tip.leaf.last, before.closer, 0) < 0);
    const lines = isSame ? before.lines : [];
    if (isSame) lines.push(text);
    this.#unclosed = { holder: tip, closer, lines, chars: isSame ? before.chars + text.length + 1 : 0 };
  }

  /** Take the formula back if this line cannot belong to it. Return the lines to parse again. */
  takeBack(text: string, partial: boolean): string[] | undefined {
    const unclosed = this.#unclosed;
    if (!unclosed) return undefined;
    const isTooLong = !("mark" in unclosed.holder) && unclosed.chars > MAX_DISPLAY_CHARS;
    return isTooLong || !this.#continues(text, partial) ? this.#undo(unclosed) : undefined;
  }

  /**
   * Take the formula back at the end of the text. If its opening mark is alone on its line, it stays a formula:
   * the answer was stopped inside.
   */
  end(): string[] | undefined {
    const unclosed = this.#unclosed;
    if (!unclosed) return undefined;
    const { holder } = unclosed;
    const isKept = "mark" in holder && holder.isAlone && holder.node.tex !== "";
    return isKept ? undefined : this.#undo(unclosed);
  }

  #continues(text: string, partial: boolean): boolean {
    const line = new Line(text);
    for (const open of this.#stack.open) {
      const continues = CONTINUES[open.kind](open as never, line, partial);
      if (continues === "held" || (partial && line.blank)) return true;
      if (!continues) return false;
    }
    return true;
  }

  #undo({ holder, lines }: Unclosed): string[] {
    const stack = this.#stack;
    this.#unclosed = undefined;
    if ("mark" in holder) stack.replaceFormula(holder);
    else if (!dropLines(holder.leaf, lines.length)) return [];
    return lines;
  }
}

/** Remove the last lines of a paragraph. Return false if some of them are settled. */
function dropLines(leaf: Leaf, count: number): boolean {
  leaf.isInFormula = false;
  const lines = leaf.text.split("\n");
  if (count < lines.length) leaf.keep(lines.slice(0, lines.length - count).join("\n"));
  return count < lines.length;
}

/** Return the closing mark of the formula that a line of a paragraph leaves open. */
function unclosedIn(line: string, open: string | undefined): string | undefined {
  let at = 0;
  if (open !== undefined) {
    const close = closerFrom(line, open, 0);
    if (close < 0) return open;
    at = close + open.length;
  }
  if (line.length > MAX_LINE_CHARS || !/\$\$|\\\[|\\begin\{|<!--/.test(line)) return undefined;
  const missing = new Set<string>();
  while (at < line.length) {
    const char = line[at];
    const run = char === "`" || char === "$" ? runEnd(line, at) : at + 1;
    const mark = char === "$" || char === "\\" ? markAt(line, at) : undefined;
    if (mark) {
      const from = at + mark.opener.length;
      const close = closerFrom(line, mark.closer, from);
      if (close >= 0) at = close + mark.closer.length;
      else if (isOpen(line, at, mark)) return mark.closer;
      else at = from;
    } else if (char === "<") {
      const end = commentEnd(line, at);
      if (end === -1) return COMMENT_END;
      at = end ?? at + 1;
    } else if (char === "\\") at += 2;
    else if (char === "$") {
      const found = dollarsAt(line, at, false);
      at = typeof found === "object" ? found.end : run;
    } else if (char === "`") at = codeEnd(line, at, run, missing);
    else at += 1;
  }
  return undefined;
}

/** Whether a formula may go on in the next line. Two dollar signs with a space behind them are rarely a mark. */
function isOpen(line: string, at: number, { opener }: Mark): boolean {
  const inside = line.slice(at + opener.length);
  if (inside.trim() === "" || opener.startsWith("\\begin")) return true;
  return opener === "$$" ? at === 0 || /^\S/.test(inside) : unclosedForm(inside, opener) !== "text";
}

function runEnd(text: string, at: number): number {
  let end = at + 1;
  while (text[end] === text[at]) end++;
  return end;
}

/** Return the end of the code span that begins with a run of backticks, or of the run if it begins none. */
function codeEnd(line: string, at: number, end: number, missing: Set<string>): number {
  const run = line.slice(at, end);
  if (missing.has(run)) return end;
  for (let close = line.indexOf(run, end); close >= 0; close = line.indexOf(run, close)) {
    const closeEnd = runEnd(line, close);
    if (closeEnd - close === run.length) return closeEnd;
    close = closeEnd;
  }
  missing.add(run);
  return end;
}
