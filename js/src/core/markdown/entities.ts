/** Entity and numeric character references (§2.5). */

/**
 * Returns the characters that the name of an HTML character reference stands for, or undefined. The page
 * provides this function, because a browser knows all 2,125 names. A table of them would be a sixth of the
 * first bundle.
 */
export type CharacterReferences = (name: string) => string | undefined;

const REFERENCE = /&(?:#[xX]([\da-fA-F]{1,6})|#(\d{1,7})|([A-Za-z][A-Za-z\d]{1,31}));/y;

/** Parse the character reference at `at`. */
export function entityAt(
  text: string,
  at: number,
  named: CharacterReferences,
): { text: string; end: number } | undefined {
  REFERENCE.lastIndex = at;
  const match = REFERENCE.exec(text);
  if (!match) return undefined;
  const end = REFERENCE.lastIndex;
  const [, hex, decimal, name] = match;
  if (name !== undefined) {
    const found = named(name);
    return found === undefined ? undefined : { text: found, end };
  }
  const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
  const valid = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return { text: valid ? String.fromCodePoint(code) : "\ufffd", end };
}

/** Resolve the escapes and character references of a destination, a title or an info string (§2.4, §2.5). */
export function unescaped(text: string, named: CharacterReferences): string {
  if (!/[\\&]/.test(text)) return text;
  return text.replace(/\\([!-/:-@[-`{-~])|&[#\w]+;/g, (whole, escaped: string | undefined) => {
    return escaped ?? entityAt(whole, 0, named)?.text ?? whole;
  });
}
