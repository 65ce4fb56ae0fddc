/** Marks for characters in code that cannot be seen and that change how the code reads or runs. */

import { element } from "../base/dom.ts";

/** Controls and format characters, among them all direction marks and zero widths; not tab and line end. */
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}]/u;

/** Invisible characters inside an emoji are seen as part of it. */
const EMOJI =
  /(?:\p{Emoji}\uFE0F|\p{Emoji_Modifier}|\p{Extended_Pictographic})(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*/u;

const EMOJI_OR_INVISIBLE = new RegExp(`(?<emoji>${EMOJI.source})|${INVISIBLE.source}`, "gu");

/**
 * Split a text into nodes in which each invisible character stands in a box of its own.
 *
 * The box shows the character's number and keeps its effect off its neighbours. The character itself stays in
 * the text, so that a copy has it.
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
