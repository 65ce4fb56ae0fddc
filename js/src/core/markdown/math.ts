/** Formulas in a line: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`. */

import { trimmedEnd } from "./chars.ts";
import type { Inline } from "./tree.ts";

/**
 * The longest formula between dollar signs. The limit makes sure that text after a dollar sign that nothing
 * closes is soon shown as text for good.
 */
const MAX_FORMULA_CHARS = 1000;

/** Characters that show that an unclosed dollar sign begins a formula and not a price. */
const FORMULA = /[\\^={]/;

export type Found = { readonly node: Inline | undefined; readonly end: number } | "unfinished" | undefined;

function dollarFrom(text: string, from: number): number {
  for (let at = from; at < text.length && at - from <= MAX_FORMULA_CHARS; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "$") return at;
  }
  return -1;
}

function unclosed(text: string, from: number, display: boolean, open: boolean): Found {
  if (!open || text.length - from > MAX_FORMULA_CHARS) return undefined;
  const tex = trimmedEnd(text.slice(from), "\\$");
  if (tex.trim() === "" || !(display || (FORMULA.test(tex) && !/\d/.test(tex[0] as string))))
    return "unfinished";
  return { node: { kind: "math", tex: tex.trim(), display }, end: text.length };
}

/**
 * Parse a formula between dollar signs by Pandoc's rule, which leaves prices alone: there is no space on the
 * inner side of either dollar sign, there is no digit after the second one, and no other dollar sign stands
 * between them.
 */
export function dollarsAt(text: string, at: number, open: boolean): Found {
  const display = text[at + 1] === "$";
  const from = at + (display ? 2 : 1);
  if (text[from] === "$" || (!display && /\s|^$/.test(text[from] ?? ""))) return undefined;
  const close = dollarFrom(text, from);
  if (close < 0) return unclosed(text, from, display, open);
  const tex = text.slice(from, close);
  if (display) {
    if (text[close + 1] !== "$" || tex.trim() === "") return undefined;
    return { node: { kind: "math", tex: tex.trim(), display }, end: close + 2 };
  }
  if (/\s$/.test(tex) || /\d/.test(text[close + 1] ?? "")) return undefined;
  return { node: { kind: "math", tex, display }, end: close + 1 };
}

/** Parse a formula that begins with `\(` or `\[`; `close` is the index of its closing mark, or -1. */
export function slashedAt(text: string, at: number, close: number, open: boolean): Found {
  const display = text[at + 1] === "[";
  if (close < 0 && !open) return undefined;
  const tex = (close < 0 ? text.slice(at + 2).replace(/\\$/, "") : text.slice(at + 2, close)).trim();
  const end = close < 0 ? text.length : close + 2;
  if (tex === "") return close < 0 ? "unfinished" : undefined;
  return { node: { kind: "math", tex, display }, end };
}
