/** Marks of displayed formulas: `$$`, `\[` and TeX environments. */

/**
 * The longest displayed formula. Text behind a mark that nothing closes is shown as text after this many
 * characters, or at the end of its paragraph.
 */
export const MAX_DISPLAY_CHARS = 10_000;

/** The environments that are formulas without dollars, as MathJax has them. Those of documents are not. */
const ENVIRONMENT =
  /\\begin\{((?:align(?:at|ed|edat)?|array|CD|[bBpvV]?matrix|smallmatrix|d?cases|displaymath|eqnarray|equation|flalign|gather(?:ed)?|math|multline|split|subequations)\*?)\}/y;

/** Text between these marks looks like a formula, and not like words. */
const FORMULA = /[\\^={]/;

/** The longest text behind a mark that is not shown yet, because it may be a formula or not. */
const MAX_HIDDEN_CHARS = 100;

export interface Mark {
  /** The opening mark. */
  readonly opener: string;
  readonly closer: string;
  /** Whether the marks are part of the TeX. */
  readonly isEnvironment: boolean;
}

/** Return the mark that opens a displayed formula at this index. */
export function markAt(text: string, at: number): Mark | undefined {
  if (text.startsWith("$$", at))
    return text[at + 2] === "$" ? undefined : { opener: "$$", closer: "$$", isEnvironment: false };
  if (text.startsWith("\\[", at)) return { opener: "\\[", closer: "\\]", isEnvironment: false };
  ENVIRONMENT.lastIndex = at;
  const [opener, name] = ENVIRONMENT.exec(text) ?? [];
  return opener === undefined ? undefined : { opener, closer: `\\end{${name}}`, isEnvironment: true };
}

/** Find a closing mark. A mark behind a backslash that escapes it does not close. */
export function closerFrom(text: string, closer: string, from: number): number {
  if (closer.length > 2) return text.indexOf(closer, from);
  for (
    let at = text.indexOf(closer[0] as string, from);
    at >= 0;
    at = text.indexOf(closer[0] as string, at)
  ) {
    if (closer === "$$") {
      if (text[at + 1] === "$" && !isEscaped(text, at, from)) return at;
      at += 1;
    } else if (text[at + 1] === closer[1]) return at;
    else at += 2;
  }
  return -1;
}

/** Whether an odd number of backslashes stands before this index. */
export function isEscaped(text: string, at: number, from: number): boolean {
  let start = at;
  while (start > from && text[start - 1] === "\\") start--;
  return (at - start) % 2 === 1;
}

/**
 * Return how a text behind an opening mark is shown while its closing mark has not come: as a formula, as text,
 * or not at all. A bracket that closes more than was opened is the end of a link or a remark.
 */
export function unclosedForm(tex: string, opener: string): "formula" | "text" | "hidden" {
  if (opener === "\\[" && closesMore(tex)) return "text";
  if (FORMULA.test(tex)) return "formula";
  return tex.length <= MAX_HIDDEN_CHARS ? "hidden" : "text";
}

function closesMore(tex: string): boolean {
  let open = 0;
  for (const [mark] of tex.matchAll(/\\[\s\S]|[[\]]/g)) {
    if (mark === "[") open += 1;
    else if (mark === "]" && --open < 0) return true;
  }
  return false;
}
