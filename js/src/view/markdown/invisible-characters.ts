/** Marks for invisible characters in code that change how the code reads or runs. */

import { element, textNode, updateText } from "../base/dom.ts";
import { createInlineBox, INLINES_PER_BOX } from "./inline-box.ts";

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

/** Text with marked invisible characters that grows at its end. Only the nodes at its end are made again. */
export class RevealedText {
  readonly #host: Element;
  #text = "";
  /** How many characters, from the first on, are in nodes that are final. */
  #keptChars = 0;
  #openNodes: ChildNode[] = [];
  /** The element that holds the last nodes, and how many marks are in it. */
  #box: Element;
  #boxMarks = 0;

  constructor(host: Element) {
    this.#host = host;
    this.#box = host;
  }

  sync(text: string): void {
    if (!text.startsWith(this.#text)) {
      this.#host.replaceChildren();
      this.#keptChars = 0;
      this.#openNodes = [];
      this.#box = this.#host;
      this.#boxMarks = 0;
    }
    this.#text = text;
    let rest = text.slice(this.#keptChars);
    // More text may join the last two matches into one emoji, and leaves the others alone.
    const cut = INVISIBLE.test(rest) ? ([...rest.matchAll(EMOJI_OR_INVISIBLE)].at(-3)?.index ?? 0) : 0;
    if (cut > 0) {
      this.#replaceOpen([]);
      for (const node of revealInvisible(rest.slice(0, cut))) this.#keep(node);
      this.#keptChars += cut;
      rest = rest.slice(cut);
    }
    this.#replaceOpen(revealInvisible(rest));
  }

  #keep(node: Node | string): void {
    this.#box.append(node);
    if (typeof node === "string" || ++this.#boxMarks < INLINES_PER_BOX) return;
    this.#box = this.#host.appendChild(createInlineBox());
    this.#boxMarks = 0;
  }

  #replaceOpen(nodes: readonly (Node | string)[]): void {
    const [node] = this.#openNodes;
    if (nodes.length === 1 && typeof nodes[0] === "string" && node instanceof Text && !this.#openNodes[1]) {
      updateText(node, nodes[0]);
      return;
    }
    for (const node of this.#openNodes) node.remove();
    this.#openNodes = nodes.map((node) => (typeof node === "string" ? textNode(node) : (node as ChildNode)));
    this.#box.append(...this.#openNodes);
  }
}
