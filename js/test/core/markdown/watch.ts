/** Checks a document's one rule: a settled part stays the same object with the same content, in the tree. */

import { expect } from "vitest";
import type { Markdown } from "../../../src/core/markdown/parser.ts";

interface Grows {
  readonly settled: number;
}

interface Known {
  readonly parts: unknown[];
  readonly written: string[];
}

/** The array with the parts of a growing node. A row is such an array itself. */
function partsOf(node: object): readonly unknown[] {
  if (Array.isArray(node)) return node;
  for (const key of ["children", "inlines", "lines", "rows"]) {
    if (key in node) return (node as Record<string, readonly unknown[]>)[key] as readonly unknown[];
  }
  return [];
}

export class Watch {
  readonly #known = new Map<readonly unknown[], Known>();

  /** Record the settled parts after a push, and check that their number did not shrink. */
  record(markdown: Markdown): void {
    this.#visit(markdown.root, markdown.revised);
  }

  #visit(node: object & Partial<Grows>, revised: ReadonlySet<object>): void {
    if (revised.has(node)) return;
    const parts = partsOf(node);
    const settled = node.settled ?? 0;
    if (settled > parts.length)
      throw new Error(`settled ${settled} of ${parts.length} in ${JSON.stringify(node)}`);
    let known = this.#known.get(parts);
    if (!known) {
      known = { parts: [], written: [] };
      this.#known.set(parts, known);
    }
    if (settled < known.parts.length) throw new Error(`settled shrank in ${JSON.stringify(node)}`);
    for (let at = Math.max(0, known.parts.length - 2); at < known.parts.length; at++) {
      if (parts[at] !== known.parts[at]) throw new Error(`part ${at} changed in ${JSON.stringify(node)}`);
    }
    for (let at = known.parts.length; at < parts.length; at++) {
      const part = parts[at];
      if (typeof part === "object" && part !== null) this.#visit(part, revised);
      if (at >= settled) continue;
      known.parts.push(part);
      known.written.push(JSON.stringify(part));
    }
  }

  /**
   * Check at the end that every settled part is unchanged, except for those that the parser lists as revised.
   */
  check(markdown: Markdown): void {
    const revised = new Set<readonly unknown[]>();
    for (const node of markdown.revised) revised.add(partsOf(node));
    const found = new Map<readonly unknown[], readonly unknown[]>();
    collect(markdown.root, found);
    for (const [parts, known] of this.#known) {
      if (known.parts.length === 0 || revised.has(parts)) continue;
      expect(found.has(parts), known.written[0]).toBe(true);
      for (const [at, part] of known.parts.entries()) {
        if (parts[at] !== part) expect(parts[at], known.written[at]).toBe(part);
        if (!holds(part, revised)) expect(JSON.stringify(part)).toBe(known.written[at]);
      }
    }
  }
}

function collect(node: object, into: Map<readonly unknown[], readonly unknown[]>): void {
  const parts = partsOf(node);
  into.set(parts, parts);
  for (const part of parts) if (typeof part === "object" && part !== null) collect(part, into);
}

/** Whether it contains a revised part. */
function holds(node: unknown, revised: Set<readonly unknown[]>): boolean {
  if (typeof node !== "object" || node === null) return false;
  const parts = partsOf(node);
  const head = "head" in node && revised.has(node.head as readonly unknown[]);
  return head || revised.has(parts) || parts.some((part) => holds(part, revised));
}
