/** Emphasis beside CJK characters and tildes. */

import { inCode, MATH } from "./code.ts";

const SPAN = new RegExp(
  String.raw`${MATH}|(?<![*\\])(?<marks>\*{1,3})(?=[^\s*])(?<inner>[^*\n$]*[^\s*\\$])\k<marks>` +
    String.raw`(?:(?!\*)|(?<=[^*]\*\*)(?=\*[^\s*]))`,
  "gu",
);
const CJK =
  /[\u1100-\u11ff\u20a9\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uffdc\uffe0-\uffee\u{20000}-\u{3fffd}]/u;
const MARK = /^[\p{P}\p{S}]$/u;
const SPACE_OR_MARK = /^[\s\p{P}\p{S}]?$/u;

/** Write emphasis as elements beside CJK characters and tildes, where the others would show its marks. */
export function writeEmphasis(text: string): string {
  if (!text.includes("*") || !(CJK.test(text) || text.includes("~~"))) return text;
  const [startsInCode, endsInCode] = [inCode(text), inCode(text)];
  return text.replace(SPAN, (found, marks?: string, inner?: string, start = 0) => {
    if (marks === undefined || inner === undefined) return found;
    const end = start + found.length;
    const left = characterBefore(text, start);
    const right = characterAt(text, text[end] === "*" ? end + 1 : end);
    const [first, last] = [characterAt(inner, 0), characterBefore(inner, inner.length)];
    const opens = MARK.test(first) && !SPACE_OR_MARK.test(left);
    const closes = MARK.test(last) && !SPACE_OR_MARK.test(right);
    if (!opens && !closes) return found;
    if ((opens && !isFriendly(left, first)) || (closes && !isFriendly(right, last))) return found;
    if (startsInCode(start) || endsInCode(end - 1)) return found;
    const strong = marks.length > 1 ? `<strong>${inner}</strong>` : inner;
    return marks.length === 2 ? strong : `<em>${strong}</em>`;
  });
}

function isFriendly(outer: string, mark: string): boolean {
  return mark === "~" || CJK.test(outer + mark);
}

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function characterBefore(text: string, at: number): string {
  const isPair = /[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(0, at - 2), at));
  return text.slice(Math.max(0, at - (isPair ? 2 : 1)), at);
}
