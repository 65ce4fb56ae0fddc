/** View of a block whose type this version does not know: the type as a name, and the data as text. */

import { BLOCK_TEXT } from "../../core/page-text.ts";
import type { Block } from "../../core/transcript.ts";
import { capped } from "../base/capped.ts";
import { element } from "../base/dom.ts";
import { pane } from "../base/pane.ts";
import { PlainText } from "../base/plain-text.ts";
import { appendInPieces, TextFeed } from "../base/text-feed.ts";
import { asLine, asText } from "../base/untrusted.ts";

export class UnknownBlock {
  readonly element: HTMLElement;
  readonly #feed: TextFeed;

  constructor(block: Block) {
    const box = pane(BLOCK_TEXT.content);
    const plain = new PlainText(box);
    appendInPieces(asText(block.data.json), (piece) => plain.append(piece));
    const name = element("bdi", "", {}, asLine(block.type) || BLOCK_TEXT.unknown);
    const summary = element("summary", "", {}, name);
    this.element = element(
      "details",
      "nbstream-call",
      { "aria-live": "off" },
      summary,
      capped(box, BLOCK_TEXT.content),
    );
    this.#feed = new TextFeed(block, (text) => plain.append(text));
  }

  paint(_: unknown, deadlineMs: number): number {
    return this.#feed.paint(deadlineMs);
  }
}
