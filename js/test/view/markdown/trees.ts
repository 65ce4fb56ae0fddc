/** Builders for documents like those of the parser. */

import type {
  Block,
  Code,
  Document,
  Inline,
  Item,
  List,
  Prose,
  Table,
} from "../../../src/core/markdown/tree.ts";

export function doc(children: Block[], settled = children.length): Document {
  return { kind: "document", children, settled };
}

export function text(words: string): Inline {
  return { kind: "text", text: words };
}

export function paragraph(...inlines: (Inline | string)[]): Prose {
  const all = inlines.map((inline) => (typeof inline === "string" ? text(inline) : inline));
  return { kind: "paragraph", level: 0, inlines: all, settled: 0 };
}

export function heading(level: number, words: string): Prose {
  return { kind: "heading", level, inlines: [text(words)], settled: 0 };
}

export function link(href: string, words: string, title = ""): Inline {
  return { kind: "link", href, title, children: [text(words)] };
}

export function code(info: string, lines: string[], settled = lines.length, open = false): Code {
  return { kind: "code", info, lines, settled, open };
}

export function item(...children: Block[]): Item {
  return { kind: "item", task: undefined, children, settled: 0 };
}

export function list(children: Item[], more: Partial<List> = {}): List {
  return { kind: "list", ordered: false, start: 1, tight: true, children, settled: 0, ...more };
}

export function table(
  head: string[],
  rows: string[][],
  settled = 0,
  align: Table["align"] = head.map(() => "none"),
): Table {
  const cells = (row: string[]) => row.map((cell) => [text(cell)]);
  return { kind: "table", align, head: cells(head), rows: rows.map(cells), settled };
}
