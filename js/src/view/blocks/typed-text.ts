/** View of a text that a user has written, or of the system's instructions. It is shown exactly as it is. */

import type { Block } from "../../core/transcript.ts";
import { element } from "../base/dom.ts";
import { PlainText } from "../base/plain-text.ts";
import { TextFeed } from "../base/text-feed.ts";
import { TextDirection } from "../markdown/direction.ts";

export class TypedText {
  readonly element = element("div", "nbstream-text");
  readonly #feed: TextFeed;

  constructor(block: Block) {
    const text = new PlainText(this.element);
    const direction = new TextDirection(this.element);
    this.#feed = new TextFeed(block, (piece) => {
      text.append(piece);
      direction.append(piece);
    });
  }

  paint(_: unknown, deadlineMs: number): number {
    return this.#feed.paint(deadlineMs);
  }
}
