/** The end of the tree that an unfinished line extends, once it is certain to which block the line belongs. */

import type { Journal } from "./journal.ts";
import type { Line } from "./line.ts";
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
type Extensible = Extract<Open, { leaf: unknown }> | CodeBlock;

export function growingOf(open: Extensible): Growing {
  return "leaf" in open ? open.leaf : new CodeLine(open.node);
}

export type CodeBlock = Extract<Open, { node: Code }>;

/** Add a line of code. The blank lines before it turn out to be part of an indented block. */
export function addCodeLine(open: CodeBlock, line: Line, partial: boolean, journal: Journal): void {
  const lines = open.node.lines as string[];
  journal.keep(lines);
  if (open.kind === "indented") {
    for (const blank of open.blanks) lines.push(blank);
    journal.set(open, "blanks", []);
  }
  if (!journal.provisional) open.node.settled = lines.length;
  lines.push(line.rest());
  if (!journal.provisional && !partial) open.node.settled = lines.length;
}
