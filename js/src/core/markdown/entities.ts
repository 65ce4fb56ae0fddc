/** Entity and numeric character references (§2.5). */

import { ALPHABETS, NAMES, PAIRS } from "./entity-names.ts";

let table: Map<string, string> | undefined;

/** Laid out on first need: many answers have no entity, and the table has 2,125 names. */
function names(): Map<string, string> {
  if (table) return table;
  table = new Map();
  let code = 0;
  for (const entry of NAMES.split(",")) {
    const [, delta, list] = /^\s*(\d*)([\s\S]*)$/.exec(entry) ?? [];
    code += Number(delta || 1);
    for (const name of list?.split(/\s+/) ?? []) table.set(name, String.fromCodePoint(code));
  }
  for (const entry of PAIRS.split(",")) {
    const [codes, ...list] = entry.trim().split(/\s+/);
    // Most are a sign and the stroke through it, which is left out.
    const [sign = "", mark = "338"] = (codes ?? "").split(".");
    const text = String.fromCodePoint(Number.parseInt(sign, 16), Number.parseInt(mark, 16));
    for (const name of list) table.set(name, text);
  }
  for (const [suffix, first] of ALPHABETS) {
    for (let index = 0; index < 52; index++) {
      const name = String.fromCharCode(index + (index < 26 ? 65 : 71)) + suffix;
      if (!table.has(name)) table.set(name, String.fromCodePoint(first + index));
    }
  }
  return table;
}

const REFERENCE = /&(?:#[xX]([\da-fA-F]{1,6})|#(\d{1,7})|([A-Za-z][A-Za-z\d]{1,31}));/y;

/** The reference that begins at `at`: what it stands for and where it ends. */
export function entityAt(text: string, at: number): { text: string; end: number } | undefined {
  REFERENCE.lastIndex = at;
  const match = REFERENCE.exec(text);
  if (!match) return undefined;
  const end = REFERENCE.lastIndex;
  const [, hex, decimal, name] = match;
  if (name !== undefined) {
    const found = names().get(name);
    return found === undefined ? undefined : { text: found, end };
  }
  const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
  const valid = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return { text: valid ? String.fromCodePoint(code) : "\ufffd", end };
}

/** A text as it reads in a destination, a title or an info string: escapes and references resolved (§2.4, §2.5). */
export function unescaped(text: string): string {
  if (!/[\\&]/.test(text)) return text;
  return text.replace(/\\([!-/:-@[-`{-~])|&[#\w]+;/g, (whole, escaped: string | undefined) => {
    return escaped ?? entityAt(whole, 0)?.text ?? whole;
  });
}
