/** Dollar signs that are no formula: prices, cells of a spreadsheet, variables of a shell. */

/** Words that stand beside numbers in formulas. */
const FUNCTION =
  /^(?:sin|cos|tan|cot|sec|csc|log|exp|max|min|lim|gcd|lcm|mod|det|dim|ker|arg|sup|inf|arc\w+)$/;

/** Words of two letters that stand beside prices and not in formulas. */
const BRIEF_WORD = /^(?:in|to|or|at|of|on|by|is|an|as|US|CA|AU|NZ|HK)$/;

/**
 * Whether the text between two dollar signs is prose and not a formula.
 *
 * @param inside The text, without white space at its ends.
 * @param behind The next two characters behind the second dollar sign.
 */
export function readsAsText(inside: string, behind: string): boolean {
  if (/^\d/.test(behind)) return true;
  // A variable of a shell follows, or a part of one: `$HOME/$USER`, `${A}${B}`, `$A$1:$B`.
  const isJoined = /^\.?[A-Za-z_{(]/.test(behind);
  if (isJoined && (/[/:=+\-–,;&|.]$/.test(inside) || behind.startsWith("{"))) return true;
  if (/^[A-Z]/.test(behind) && /^[A-Z][A-Z\d_]+$/.test(inside)) return true;
  return isPrice(inside);
}

/** `100 (in US`: it begins with a number, and has words or an open bracket behind. */
function isPrice(inside: string): boolean {
  if (!/^\d[\d.,]*[kKMB]?[\s/(),;–-]/.test(inside)) return false;
  const plain = inside.replace(/\\[A-Za-z]+\s*(?:\{[^{}]*\})?/g, " ");
  if (!inside.includes("\\") && count(plain, /[([]/g) !== count(plain, /[)\]]/g)) return true;
  for (const [, word = ""] of plain.matchAll(/(?<=[\s(])([A-Za-z]{2,})/g)) {
    if (BRIEF_WORD.test(word) || (word.length > 2 && !FUNCTION.test(word))) return true;
  }
  return false;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
