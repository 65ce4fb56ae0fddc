/** Formulas in a line: `$…$`, GitHub's form of it with backticks, `\(…\)`, and the displayed ones in a text. */

import { trimmedEnd } from "../chars.ts";
import type { Inline } from "../tree.ts";
import { MAX_DISPLAY_CHARS, type Mark, unclosedForm } from "./marks.ts";
import { readsAsText } from "./prices.ts";

/**
 * The longest formula between dollar signs. The limit makes sure that text after a dollar sign that nothing
 * closes is soon shown as text for good.
 */
const MAX_FORMULA_CHARS = 1000;

/** The longest text behind a dollar sign and a backtick that is not shown yet. */
const MAX_HIDDEN_CHARS = 100;

/**
 * Characters that show that an unclosed dollar sign begins a formula and not a price or a variable of a shell:
 * not an equals sign or a brace that the name of a variable stands beside.
 */
const FORMULA = /[\\^]|=./;

/** Without a node, the text is not shown yet. "unfinished": it is shown as text for now. */
export type Found = { readonly node: Inline | undefined; readonly end: number } | "unfinished" | undefined;

function dollarFrom(text: string, from: number): number {
  for (let at = from; at < text.length && at - from <= MAX_FORMULA_CHARS; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "$") return at;
  }
  return -1;
}

function unclosed(text: string, from: number, open: boolean): Found {
  if (!open || text.length - from > MAX_FORMULA_CHARS) return undefined;
  const tex = trimmedEnd(text.slice(from), "\\$");
  const isFormula = tex.trim() !== "" && FORMULA.test(tex) && !/\d/.test(tex[0] as string);
  if (!isFormula) return "unfinished";
  return { node: { kind: "math", tex: tex.trim(), display: false }, end: text.length };
}

/**
 * Parse a formula between dollar signs by Pandoc's rule, which leaves prices alone: there is no space on the
 * inner side of either dollar sign, there is no digit after the second one, and no other dollar sign stands
 * between them. `readsAsText` has the exceptions.
 */
export function dollarsAt(text: string, at: number, open: boolean): Found {
  const from = at + 1;
  if (text[from] === "$" || /\s|^$/.test(text[from] ?? "")) return undefined;
  if (/[A-Z\d]/.test(text[at - 1] ?? "")) return undefined;
  if (text[from] === "`") return tickedAt(text, from + 1, open);
  const close = dollarFrom(text, from);
  if (close < 0) return unclosed(text, from, open);
  const tex = text.slice(from, close);
  if (/\s$/.test(tex) || readsAsText(tex, text.slice(close + 1, close + 3))) return undefined;
  return { node: { kind: "math", tex, display: false }, end: close + 1 };
}

/** Parse GitHub's form of a formula, with a code span between the dollar signs. */
function tickedAt(text: string, from: number, open: boolean): Found {
  const close = text.indexOf("`", from);
  if (close < 0 && open) {
    const isBrief = text.length - from <= MAX_HIDDEN_CHARS;
    return isBrief ? { node: undefined, end: text.length } : "unfinished";
  }
  const tex = text.slice(from, close).trim();
  if (close < 0 || tex === "" || text[close + 1] !== "$") return undefined;
  return { node: { kind: "math", tex, display: false }, end: close + 2 };
}

/** Parse a formula that begins with `\(`; `close` is the index of its closing mark, or -1. */
export function slashedAt(text: string, at: number, close: number, open: boolean): Found {
  if (close < 0 && !open) return undefined;
  const tex = (close < 0 ? text.slice(at + 2).replace(/\\$/, "") : text.slice(at + 2, close)).trim();
  const end = close < 0 ? text.length : close + 2;
  if (tex === "") return close < 0 ? "unfinished" : undefined;
  return { node: { kind: "math", tex, display: false }, end };
}

/** Parse a displayed formula in a text; `close` is the index of its closing mark, or -1. */
export function displayAt(text: string, at: number, mark: Mark, close: number, open: boolean): Found {
  const { opener, closer, isEnvironment } = mark;
  const from = at + opener.length;
  if (close < 0 || close - from > MAX_DISPLAY_CHARS) return unclosedDisplay(text, at, mark, open);
  const end = close + closer.length;
  const tex = (isEnvironment ? text.slice(at, end) : text.slice(from, close)).trim();
  return tex === "" ? undefined : { node: { kind: "math", tex, display: true }, end };
}

function unclosedDisplay(text: string, at: number, mark: Mark, open: boolean): Found {
  const { opener, isEnvironment } = mark;
  if (!open || text.length - at > MAX_DISPLAY_CHARS) return undefined;
  const tex = trimmedEnd(text.slice(isEnvironment ? at : at + opener.length), "\\$").trim();
  const form = isEnvironment ? "formula" : tex === "" ? "hidden" : unclosedForm(tex, opener);
  if (form === "text") return "unfinished";
  return { node: form === "hidden" ? undefined : { kind: "math", tex, display: true }, end: text.length };
}
