/** A block of a kind that has no form of its own here: its name, and inside what is known of it. */

import type { Block } from "../../core/transcript.ts";
import { element } from "../base/dom.ts";
import { pane } from "../base/pane.ts";
import { PlainText } from "../base/plain-text.ts";
import { appendInPieces, TextFeed } from "../base/text-feed.ts";
import { asLine, asText } from "../base/untrusted.ts";

export class UnknownBlock {
  readonly element: HTMLElement;
  readonly #feed: TextFeed;

  constructor(block: Block) {
    const box = pane("Content");
    const plain = new PlainText(box);
    appendInPieces(asText(block.data.json), (piece) => plain.append(piece));
    const summary = element("summary", "", {}, element("bdi", "", {}, asLine(block.type) || "Something"));
    this.element = element("details", "nbstream-call", { "aria-live": "off" }, summary, box);
    this.#feed = new TextFeed(block, (more) => plain.append(more));
  }

  paint(_: unknown, until: number): number {
    return this.#feed.paint(until);
  }
}
