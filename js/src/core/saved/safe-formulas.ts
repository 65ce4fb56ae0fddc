/**
 * Rules for the formulas in sanitised Markdown. The twin of `src/nbstream/core/saved/safe_formulas.py`, which explains
 * each rule.
 */

/** The most displayed formulas that one paragraph may have. */
const MAX_FORMULAS = 100;

const BLANK = "[ \\t\\n]*";
const NAMES = [
  "(?:(?:href|url|nolinkurl|hyper(?:ref|link|target)|style|class|cssId|data|mmlToken",
  "|html[A-Za-z]*|require|usepackage|[A-Za-z]*[iI]nput[A-Za-z]*|include[A-Za-z]*|setOptions|csname|catcode",
  "|open(?:in|out)|read(?:line)?|write|immediate|special|(?:direct|late)lua|scantokens",
  String.raw`|makeatletter|(?:pdf|XeTeX)[A-Za-z]+|(?:attach|embed|sub)file|import|begin(?=\{filecontents)`,
  "|[egx]?def|let|futurelet|global|long|(?:new|renew|provide)command|(?:re)?newenvironment|newcommandx",
  "|Declare[A-Za-z]*|Newextarrow|(?:re)?newtagform|mathtoolsset)(?![A-Za-z])",
  String.raw`|unicode(?![A-Za-z]|${BLANK}\{)`,
  String.raw`|bbox(?![A-Za-z]|${BLANK}\{|${BLANK}\[[A-Za-z0-9#., ]*\]))`,
].join("");

/** The pattern of the backslash of an active macro, or of a name that an entity completes. */
export const ACTIVE_MACRO = String.raw`(?:\\|&(?:#0*92|#[xX]0*5[cC]|bsol);)(?=[A-Za-z]*&#|${NAMES})`;

const ACTIVE_FORMULA = new RegExp(String.raw`(?<!\\)(?:\\\\)*\\(?=${NAMES})`);

const BLOCK_MATH =
  /(?<!\\)\$\$[\s\S]*?(?<!\\)\$\$|\\\\\[[\s\S]*?\\\\\]|\\begin\{([a-z]*\*?)\}[\s\S]*?\\end\{\1\}/g;
const OPENED = /\$\$|\\begin\{|\\\\\[/g;
const BEGIN = /\\begin\{[a-z]*\*?\}/g;

/** Whether a formula has a macro that does more than typeset. */
export function hasActiveMacro(formula: string): boolean {
  return ACTIVE_FORMULA.test(formula);
}

/**
 * Whether every formula ends in this paragraph for all renderers, though some let a formula span blank lines.
 */
export function mathIsBalanced(text: string): boolean {
  if ((text.match(OPENED)?.length ?? 0) > MAX_FORMULAS) return false;
  if (text.includes("$$$") || text.includes("\\$$")) return false;
  if (text.replace(BLOCK_MATH, "").match(OPENED)) return false;
  for (const begin of text.matchAll(BEGIN))
    if (!text.includes(`\\end${begin[0].slice(6)}`, begin.index + begin[0].length)) return false;
  const pairs = text.split("\n").every((line) => (line.split("$$").length - 1) % 2 === 0);
  return pairs || (text.split("$$").length === 3 && isOneDisplay(text));
}

/** Whether a paragraph is one formula, with the closing `$$` where every renderer sees it. */
function isOneDisplay(text: string): boolean {
  const indent = /^[ \t]*/.exec(text)?.[0] ?? "";
  const content = text.slice(indent.length).replace(/(?<![ \t])[ \t]+$/, "");
  if (!content.startsWith("$$") || !content.endsWith("$$")) return false;
  const body = content.slice(2, -2);
  const last = body.replace(/(?<![ \t])[ \t]+$/, "").at(-1) ?? "";
  return body.endsWith(`\n${indent}`) || /\S/.test(last);
}
