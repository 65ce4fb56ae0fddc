/** The arguments of a call: as they stream, and once they are whole, as a reader reads them. */

import type { Block } from "../../core/transcript.ts";
import { setAttribute } from "../base/dom.ts";
import { pane } from "../base/pane.ts";
import { PlainText } from "../base/plain-text.ts";
import { appendInPieces, TextFeed } from "../base/text-feed.ts";
import { revealInvisible } from "../markdown/invisible-characters.ts";

/** Deeper is not drawn deeper: indents that grow cost the square of the depth. */
const DEEPEST = 20;

/** Characters of JSON, which has no lines, that stand in one box: layout then costs what the last one costs. */
const BOX = 4_000;

const TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

export class Arguments {
  readonly element = pane("Arguments");
  readonly #block: Block;
  readonly #feed: TextFeed;
  #text: PlainText | undefined;
  #length = 0;
  #whole = false;

  constructor(block: Block) {
    this.#block = block;
    this.element.hidden = true;
    this.#feed = new TextFeed(block, (more) => this.#append(more));
  }

  /** What nobody sees is not written before it is whole. */
  paint(seen: boolean, until = Number.POSITIVE_INFINITY): number {
    if (this.#whole) return 0;
    this.element.hidden = this.#block.length === 0;
    if (this.#block.closedAt === undefined) return seen ? this.#feed.paint(until) : 0;
    this.#whole = true;
    const { name, text } = formatArguments(this.#block.parts.join(""));
    setAttribute(this.element, "aria-label", name);
    const plain = new PlainText(this.element, revealInvisible);
    this.element.replaceChildren();
    appendInPieces(text, (piece) => plain.append(piece));
    return 0;
  }

  #append(more: string): void {
    if (!this.#text || this.#length > BOX) {
      this.#text = new PlainText(this.element, revealInvisible);
      this.#length = 0;
    }
    this.#text.append(more);
    this.#length += more.length;
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON in lines, or what it says if that is one text; what is no JSON as it is. */
export function formatArguments(json: string): { name: string; text: string } {
  try {
    const value: unknown = JSON.parse(json);
    const [[name, text] = [], more] = isRecord(value) ? Object.entries(value) : [];
    if (name && typeof text === "string" && !more) return { name, text };
    return { name: "Arguments", text: inLines(json) };
  } catch {
    return { name: "Arguments", text: json };
  }
}

/** Numbers and repeated names stay as they were written: a reader who lets it run has seen what runs. */
function inLines(json: string): string {
  let depth = 0;
  let lines = "";
  let before = "";
  const breakLine = () => {
    lines += `\n${"  ".repeat(Math.min(depth, DEEPEST))}`;
  };
  for (const [token] of json.matchAll(TOKEN)) {
    const opened = before === "{" || before === "[";
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    if (closes ? !opened : opened || before === ",") breakLine();
    lines += token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token;
    if (token === ":") lines += " ";
    if (token === "{" || token === "[") depth += 1;
    before = token;
  }
  return lines;
}
