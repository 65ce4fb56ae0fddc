/**
 * Marks for invisible characters: in code, those that change how it reads or runs, and in prose, those that
 * could deceive its reader.
 */

import { element, textNode, updateText } from "../base/dom.ts";
import { createInlineBox, cutIntoBoxes, UNBOXED_CHARS } from "../base/inline-box.ts";

/**
 * Control and format characters, among them all direction marks and characters without width. The tab and the
 * line end are not among them.
 */
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}]/u;

/**
 * The invisible characters that get a mark in prose: control characters, those that turn the direction of the
 * text behind them, and hidden letters (tags). Other characters without width are part of many scripts.
 */
const DECEIVING = /(?![\t\n])[\p{Cc}\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

/** In a text without letters from right to left, direction marks have no use but to turn its numbers round. */
const DIRECTION_MARK = /[\u061c\u200e\u200f]/u;
const RIGHT_TO_LEFT =
  /(?=\p{L})[\p{Script=Arab}\p{Script=Hebr}\p{Script=Nkoo}\p{Script=Syrc}\p{Script=Thaa}]/u;

/** An emoji. It may contain invisible characters, but these are seen as part of the emoji and get no mark. */
const EMOJI =
  /(?:\u{1f3f4}[\u{e0030}-\u{e007a}]{1,6}\u{e007f}|\p{Emoji}\uFE0F|\p{Emoji_Modifier}|\p{Extended_Pictographic})(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*/u;

/** More characters than follow an invisible one that may still become part of an emoji, as a tag in a flag. */
const MAX_JOINED_CHARS = 32;

export interface Marking {
  readonly marked: RegExp;
  readonly emojiOrMarked: RegExp;
}

function marking(...marked: RegExp[]): Marking {
  const source = marked.map((pattern) => pattern.source).join("|");
  return {
    marked: new RegExp(source, "u"),
    emojiOrMarked: new RegExp(`(?<emoji>${EMOJI.source})|${source}`, "gu"),
  };
}

const CODE = marking(INVISIBLE);
const PROSE = marking(DECEIVING, DIRECTION_MARK);
const RIGHT_TO_LEFT_PROSE = marking(DECEIVING);

/** Return the marking of a piece of prose. */
export function proseMarking(text: string): Marking {
  return RIGHT_TO_LEFT.test(text) ? RIGHT_TO_LEFT_PROSE : PROSE;
}

/** Whether a piece of prose contains an invisible character that gets a mark. */
export function isDeceiving(text: string): boolean {
  return PROSE.marked.test(text) && proseMarking(text).marked.test(text);
}

/**
 * Split a text into nodes, so that each invisible character is in a box of its own.
 *
 * The box shows the character's number, and keeps the character from changing the text around it. The
 * character itself stays in the text, so that it is there when the user copies the text.
 */
export function revealInvisible(text: string, { marked, emojiOrMarked } = CODE): (Node | string)[] {
  if (!marked.test(text)) return [text];
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(emojiOrMarked)) {
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

/**
 * The most marks that one update adds. A long text may turn out to be code with all that it holds, and each
 * mark costs the browser as much as a hundred characters.
 */
const MARKS_PER_UPDATE = 256;

/** The most characters that one update adds. They may be as many lines, or letters in both directions. */
const CHARS_PER_UPDATE = 12_000;

/** How many marks a box holds; see `inline-box.ts`. The browser lays out a mark more slowly than a word. */
const MARKS_PER_BOX = 128;

/**
 * Text with marked invisible characters that grows at its end. Only the nodes at its end are made again, and those
 * before them stand in boxes if there are many.
 */
export class RevealedText {
  readonly #host: Element;
  readonly #schedule: (work: () => void) => void;
  readonly #markingOf: (text: string) => Marking;
  #marking = CODE;
  #text = "";
  /** How many characters, from the first on, are in nodes that are final. */
  #keptChars = 0;
  #openNodes: ChildNode[] = [];
  /** The final nodes behind the last box, how many of them are marks, and how long their text is. */
  #unboxed: Node[] = [];
  #unboxedMarks = 0;
  #unboxedChars = 0;
  #isScheduled = false;

  /**
   * @param schedule Runs work in a later update, if one update has too much to do.
   * @param markingOf Returns the marking of the whole text. By default, the text is code.
   */
  constructor(
    host: Element,
    schedule: (work: () => void) => void,
    markingOf: (text: string) => Marking = () => CODE,
  ) {
    this.#host = host;
    this.#schedule = schedule;
    this.#markingOf = markingOf;
  }

  sync(text: string): void {
    const marking = this.#markingOf(text);
    if (marking !== this.#marking || !text.startsWith(this.#text)) {
      this.#host.replaceChildren();
      this.#keptChars = 0;
      this.#openNodes = [];
      this.#clearUnboxed();
    }
    this.#marking = marking;
    this.#text = text;
    if (!this.#isScheduled) this.#grow();
  }

  #grow(): void {
    const rest = this.#text.slice(this.#keptChars, this.#keptChars + CHARS_PER_UPDATE);
    const isLast = this.#keptChars + rest.length === this.#text.length;
    const { settledChars, isFull } = readMarks(rest, this.#marking);
    const open = revealInvisible(rest.slice(settledChars), this.#marking);
    const text = typeof open[0] === "string" ? open[0] : "";
    const { boxes, rest: short } = cutIntoBoxes(text);
    if (settledChars > 0 || boxes.length > 0) this.#replaceOpen([]);
    if (settledChars > 0)
      for (const node of revealInvisible(rest.slice(0, settledChars), this.#marking)) this.#keep(node);
    this.#keepBoxes(boxes);
    this.#keptChars += settledChars + text.length - short.length;
    if (boxes.length > 0) open[0] = short;
    this.#isScheduled = isFull || !isLast;
    if (this.#isScheduled) this.#schedule(() => this.#growRest());
    else this.#replaceOpen(open);
  }

  #growRest(): void {
    this.#isScheduled = false;
    this.#grow();
  }

  #keep(node: Node | string): void {
    if (typeof node === "string") {
      const { boxes, rest } = cutIntoBoxes(node);
      this.#keepBoxes(boxes);
      this.#addUnboxed(textNode(rest), rest.length);
    } else {
      this.#addUnboxed(node, 1);
      this.#unboxedMarks += 1;
    }
    if (this.#unboxedMarks >= MARKS_PER_BOX || this.#unboxedChars > UNBOXED_CHARS) this.#closeBox("");
  }

  #keepBoxes(boxes: readonly (readonly [text: string, space: string])[]): void {
    for (const [text, space] of boxes) {
      this.#addUnboxed(textNode(text), text.length);
      this.#closeBox(space);
    }
  }

  #addUnboxed(node: Node, chars: number): void {
    this.#host.append(node);
    this.#unboxed.push(node);
    this.#unboxedChars += chars;
  }

  /** Put the final nodes behind the last box into a box, and white space behind it. */
  #closeBox(space: string): void {
    const box = createInlineBox();
    box.append(...this.#unboxed);
    this.#host.append(box, space);
    this.#clearUnboxed();
  }

  #clearUnboxed(): void {
    this.#unboxed = [];
    this.#unboxedMarks = 0;
    this.#unboxedChars = 0;
  }

  #replaceOpen(nodes: readonly (Node | string)[]): void {
    const [node] = this.#openNodes;
    if (nodes.length === 1 && typeof nodes[0] === "string" && node instanceof Text && !this.#openNodes[1]) {
      updateText(node, nodes[0]);
      return;
    }
    for (const node of this.#openNodes) node.remove();
    this.#openNodes = nodes.map((node) => (typeof node === "string" ? textNode(node) : (node as ChildNode)));
    this.#host.append(...this.#openNodes);
  }
}

/**
 * Find how many characters, up to the end of a mark, stay as they are whatever follows, and whether they hold as many
 * marks as one update adds.
 */
function readMarks(
  text: string,
  { marked, emojiOrMarked }: Marking,
): { settledChars: number; isFull: boolean } {
  let [settledChars, count] = [0, 0];
  if (!marked.test(text)) return { settledChars, isFull: false };
  for (const match of text.matchAll(emojiOrMarked)) {
    const end = match.index + match[0].length;
    if (end + MAX_JOINED_CHARS > text.length || count === MARKS_PER_UPDATE) break;
    if (match.groups?.emoji !== undefined) continue;
    settledChars = end;
    count += 1;
  }
  return { settledChars, isFull: count === MARKS_PER_UPDATE };
}
