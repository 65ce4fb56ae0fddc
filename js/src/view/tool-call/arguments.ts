/**
 * View of a tool call's arguments. They are shown raw while they stream, and are laid out for people once
 * they are complete.
 */

import { TOOL_TEXT } from "../../core/page-text.ts";
import type { Block } from "../../core/transcript.ts";
import { capped } from "../base/capped.ts";
import { setAttribute } from "../base/dom.ts";
import { pane } from "../base/pane.ts";
import { PlainText } from "../base/plain-text.ts";
import { appendInPieces, TextFeed } from "../base/text-feed.ts";
import { revealInvisible } from "../markdown/invisible-characters.ts";

/**
 * The deepest level that is indented further than the one above it. Without a limit, the length of the text
 * would grow with the square of the depth.
 */
const MAX_INDENT_LEVELS = 20;

/**
 * Length of a box. Streamed JSON has no line breaks, so it is cut at this length. When it grows, the browser
 * lays out only the last box.
 */
const BOX_CHARS = 4_000;

export const JSON_TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

export class Arguments {
  readonly #pane = pane(TOOL_TEXT.arguments);
  readonly element = capped(this.#pane, TOOL_TEXT.arguments);
  readonly #block: Block;
  readonly #feed: TextFeed;
  #text: PlainText | undefined;
  #boxChars = 0;
  #isComplete = false;

  constructor(block: Block) {
    this.#block = block;
    this.element.hidden = true;
    this.#feed = new TextFeed(block, (text) => this.#append(text));
  }

  /**
   * Paint new text until the deadline. Return how many characters are left. While the card is closed,
   * incomplete arguments are not painted.
   */
  paint(isVisible: boolean, deadlineMs = Number.POSITIVE_INFINITY): number {
    if (this.#isComplete) return 0;
    this.element.hidden = this.#block.length === 0;
    if (this.#block.closedAt === undefined) return isVisible ? this.#feed.paint(deadlineMs) : 0;
    this.#isComplete = true;
    const { name, text } = formatArguments(this.#block.parts.join(""));
    setAttribute(this.#pane, "aria-label", name);
    const plain = new PlainText(this.#pane, revealInvisible);
    this.#pane.replaceChildren();
    appendInPieces(text, (piece) => plain.append(piece));
    return 0;
  }

  #append(text: string): void {
    if (!this.#text || this.#boxChars > BOX_CHARS) {
      this.#text = new PlainText(this.#pane, revealInvisible);
      this.#boxChars = 0;
    }
    this.#text.append(text);
    this.#boxChars += text.length;
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Lay out JSON in lines. If there is only one argument and it is a text, that text itself is shown. A text
 * that is not JSON stays as it is.
 */
export function formatArguments(json: string): { name: string; text: string } {
  try {
    const value: unknown = JSON.parse(json);
    const [[name, text] = [], second] = isRecord(value) ? Object.entries(value) : [];
    if (name && typeof text === "string" && !second) return { name, text };
    return { name: TOOL_TEXT.arguments, text: indentJson(json) };
  } catch {
    return { name: TOOL_TEXT.arguments, text: json };
  }
}

/**
 * Indent JSON token by token, without parsing it. Numbers and repeated names stay as written, so that the
 * user sees the arguments exactly as Claude wrote them.
 */
function indentJson(json: string): string {
  let depth = 0;
  let lines = "";
  let before = "";
  const breakLine = () => {
    lines += `\n${"  ".repeat(Math.min(depth, MAX_INDENT_LEVELS))}`;
  };
  for (const [token] of json.matchAll(JSON_TOKEN)) {
    const isAfterOpening = before === "{" || before === "[";
    const isClosing = token === "}" || token === "]";
    if (isClosing) depth -= 1;
    if (isClosing ? !isAfterOpening : isAfterOpening || before === ",") breakLine();
    lines += token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token;
    if (token === ":") lines += " ";
    if (token === "{" || token === "[") depth += 1;
    before = token;
  }
  return lines;
}
