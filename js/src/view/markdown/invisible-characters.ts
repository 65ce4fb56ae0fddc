/** Marks for invisible characters in code that change how the code reads or runs. */

import { element } from "../base/dom.ts";

/**
 * Control and format characters, among them all direction marks and characters without width. The tab and the
 * line end are not among them.
 */
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}]/u;

/** An emoji. It may contain invisible characters, but these are seen as part of the emoji and get no mark. */
const EMOJI =
  /(?:\p{Emoji}\uFE0F|\p{Emoji_Modifier}|\p{Extended_Pictographic})(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*/u;

const EMOJI_OR_INVISIBLE = new RegExp(`(?<emoji>${EMOJI.source})|${INVISIBLE.source}`, "gu");

/**
 * Split a text into nodes, so that each invisible character is in a box of its own.
 *
 * The box shows the character's number, and keeps the character from changing the text around it. The
 * character itself stays in the text, so that it is there when the user copies the text.
 */
export function revealInvisible(text: string): (Node | string)[] {
  if (!INVISIBLE.test(text)) return [text];
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(EMOJI_OR_INVISIBLE)) {
    if (match.groups?.emoji !== undefined) continue;
    if (match.index > end) nodes.push(text.slice(end, match.index));
    nodes.push(markedCharacter(match[0]));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(text.slice(end));
  return nodes;
}

function markedCharacter(character: string): HTMLElement {
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return element("span", "nbstream-unseen", { "data-code": `U+${number}` }, character);
}
