/** Escapes for comparisons, tildes, and characters that turn or hide the text beside them. */

import { PREFIX, rewriteBetween } from "./code.ts";

const COMPARISON = new RegExp(
  String.raw`^(${PREFIX}(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)>(?==|[ \t]*[-+\u2212~\u2248]?[$€£¥]?[0-9])`,
);

const FLAG = "(?<flag>\u{1f3f4}[\u{e0030}-\u{e007a}]{1,6}\u{e007f})";
const HIDDEN_SET = String.raw`\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\u{e0000}-\u{e007f}`;
const HIDDEN = new RegExp(`${FLAG}|[${HIDDEN_SET}]`, "gu");
const HIDDEN_OR_DIRECTION = new RegExp(String.raw`${FLAG}|[${HIDDEN_SET}\u061c\u200e\u200f]`, "gu");
const NO_CHARACTER = /[\0\ud800-\udfff]/gu;
const RIGHT_TO_LEFT = /[\u05d0-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

const TILDES = /(?<kept>\$\$[^$\n]+\$\$|\$[^$\n]+\$|https?:\/\/[^\s<>()[\]]*|\\.|~~+)|~/g;
const SINGLE_TILDE = /(?<!~)~(?!~)/g;

/** Write the numbers of characters that turn or hide the text beside them. The page marks the same. */
export function writeHidden(text: string): string {
  const hidden = RIGHT_TO_LEFT.test(text) ? HIDDEN : HIDDEN_OR_DIRECTION;
  return text
    .replace(NO_CHARACTER, "\ufffd")
    .replace(hidden, (found, flag?: string) => flag ?? numbered(found));
}

function numbered(character: string): string {
  return `‹U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}›`;
}

/** Escape the sign of a comparison at the beginning of an item, which would be a quote's. */
export function writeComparison(line: string): string {
  return line.replace(COMPARISON, "$1\\>");
}

/** Escape single tildes, two of which strike through on GitHub and in JupyterLab. */
export function writeTildes(text: string): string {
  if ((text.match(SINGLE_TILDE)?.length ?? 0) < 2) return text;
  return rewriteBetween(text, (piece) => piece.replace(TILDES, (_, kept?: string) => kept ?? "\\~"));
}
