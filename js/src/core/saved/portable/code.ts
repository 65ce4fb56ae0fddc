/**
 * Text without its code spans, and the patterns that the rewriting shares. This folder has the twins of
 * `src/nbstream/core/saved/portable/`, which explain each rule.
 */

import { codeSpans } from "../safe-inline.ts";

/** The marks of quotes and items before a line's text. */
export const PREFIX = String.raw`[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*`;

export const MATH = String.raw`\$\$[^$\n]+\$\$|\$(?![\s$])[^$\n]*(?<![\s\\])\$(?![0-9])`;

/** Rewrite the text between the code spans, and each code span. */
export function rewriteBetween(
  text: string,
  between: (text: string) => string,
  code: (span: string, ticks: number) => string = (span) => span,
): string {
  let out = "";
  let last = 0;
  for (const { start, end, ticks } of codeSpans(text)) {
    out += between(text.slice(last, start)) + code(text.slice(start, end), ticks);
    last = end;
  }
  return out + between(text.slice(last));
}

/** Return a function that tells whether an index is in a code span. It is asked from left to right. */
export function inCode(text: string): (at: number) => boolean {
  const spans = codeSpans(text);
  let here = 0;
  return (at) => {
    while ((spans[here]?.end ?? at + 1) <= at) here++;
    return (spans[here]?.start ?? at) < at;
  };
}
