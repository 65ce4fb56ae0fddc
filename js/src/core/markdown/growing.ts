/** The end of the tree that an unfinished line extends, once it is certain to which block the line belongs. */

import type { Open } from "./stack.ts";
import type { Code } from "./tree.ts";

export interface Growing {
  /** Add text to the line. */
  extend(text: string): void;
  /** Note that the line is finished. */
  finish(): void;
}

/** A line of code. Only its end is added to, so that a long line costs no more than many short ones. */
class CodeLine implements Growing {
  readonly #node: Code;

  constructor(node: Code) {
    this.#node = node;
  }

  extend(text: string): void {
    const lines = this.#node.lines as string[];
    lines[lines.length - 1] += text;
  }

  finish(): void {
    this.#node.settled = this.#node.lines.length;
  }
}

/** A block whose unfinished line can be extended. */
type Extensible = Extract<Open, { kind: "paragraph" | "heading" | "fence" | "indented" }>;

export function growingOf(open: Extensible): Growing {
  return "leaf" in open ? open.leaf : new CodeLine(open.node);
}
