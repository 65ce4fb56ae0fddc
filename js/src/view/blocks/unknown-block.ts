/** A block of a kind that has no form of its own here: its name, and inside what is known of it. */

import type { Block } from "../../core/transcript.ts";
import { element } from "../base/dom.ts";
import { pane } from "../base/pane.ts";
import { PlainText } from "../base/plain-text.ts";
import { Feed, feedAll } from "../base/text-feed.ts";
import { line, words } from "../base/untrusted.ts";

export class Other {
  readonly element: HTMLElement;
  readonly #feed: Feed;

  constructor(block: Block) {
    const box = pane("Content");
    const plain = new PlainText(box);
    feedAll(words(block.data.json), (piece) => plain.append(piece));
    const summary = element("summary", "", {}, element("bdi", "", {}, line(block.type) || "Something"));
    this.element = element("details", "nbstream-call", { "aria-live": "off" }, summary, box);
    this.#feed = new Feed(block, (more) => plain.append(more));
  }

  paint(_: unknown, until: number): number {
    return this.#feed.paint(until);
  }
}
