/** In code, what cannot be seen but changes what is seen or run is made visible. */

import { element } from "../base/dom.ts";

/** Controls and format characters, among them all that turn the direction or have no width; not tab and line end. */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}]/u;

/** What belongs to an emoji is seen as a part of it. */
const EMOJI =
  /(?:\p{Emoji}\uFE0F|\p{Emoji_Modifier}|\p{Extended_Pictographic})(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*/u;

const PIECES = new RegExp(`(?<emoji>${EMOJI.source})|${UNSEEN.source}`, "gu");

/**
 * The text as nodes. The characters stay in the text, so that it is copied as it is, each in a box of its own,
 * which is what keeps its effect off its neighbours; the box shows its number.
 */
export function revealInvisible(text: string): (Node | string)[] {
  if (!UNSEEN.test(text)) return [text];
  const nodes: (Node | string)[] = [];
  let done = 0;
  for (const match of text.matchAll(PIECES)) {
    if (match.groups?.emoji !== undefined) continue;
    if (match.index > done) nodes.push(text.slice(done, match.index));
    nodes.push(unseen(match[0]));
    done = match.index + match[0].length;
  }
  if (done < text.length) nodes.push(text.slice(done));
  return nodes;
}

function unseen(character: string): HTMLElement {
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return element("span", "nbstream-unseen", { "data-code": `U+${number}` }, character);
}
