/** A text in every way that it may come. */

import { expect } from "vitest";
import { atRandom, byCharacter, whole } from "../feed.ts";
import { html } from "../html.ts";

/** Return the HTML of a text, without the lines between its blocks. It is the same whole and in pieces. */
export function every(text: string): string {
  const expected = html(whole(text).root);
  expect(html(byCharacter(text).root)).toBe(expected);
  for (let seed = 0; seed < 20; seed++) expect(html(atRandom(text, seed).root)).toBe(expected);
  return expected
    .replace(/\n*(<\/?(?:p|[uo]l|li|h\d|blockquote|math block|pre)>)\n*/g, "$1")
    .trim()
    .replaceAll("\n</", "</");
}
