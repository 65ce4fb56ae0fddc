/** Classes of characters in the CommonMark grammar (§2.1). */

const PUNCTUATION = /[\p{P}\p{S}]/u;
const SPACE = /\s/u;

export function isPunctuation(char: string): boolean {
  return char !== "" && PUNCTUATION.test(char);
}

/**
 * Whether `char` is white space, or "" for the beginning or end of the text. Beside a delimiter run, both
 * count the same (§6.2).
 */
export function isSpace(char: string): boolean {
  return char === "" || SPACE.test(char);
}

export function isAsciiPunctuation(char: string | undefined): boolean {
  return char !== undefined && /[!-/:-@[-`{-~]/.test(char);
}

/**
 * Remove the given characters from the end of a text. A regular expression such as `/ +$/` would be slow,
 * because it tries to match at every run of these characters in the text.
 */
export function trimmedEnd(text: string, chars: string): string {
  let end = text.length;
  while (end > 0 && chars.includes(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

export function before(text: string, at: number): string {
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(at - 2, at) : text.slice(Math.max(0, at - 1), at);
}

export function after(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

/** Remove a heading's closing sequence, which is a space and hashes at its end (§4.2). */
export function unhashed(text: string): string {
  const bare = trimmedEnd(trimmedEnd(text, " \t"), "#");
  const apart = bare === "" || bare.endsWith(" ") || bare.endsWith("\t");
  return apart ? trimmedEnd(bare, " \t") : text;
}
