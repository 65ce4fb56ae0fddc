/**
 * Fenced code (§4.5), and fences in a fence of the same length.
 *
 * A model that shows a Markdown file puts it into a `markdown` fence, and the file has fences of its own. By
 * CommonMark, the first closing fence in the file would end the outer block. A reader sees that it ends the inner
 * one.
 */

import { unescaped } from "./entities.ts";
import type { Line } from "./line.ts";
import type { Open, Stack } from "./stack.ts";

type Fence = Extract<Open, { kind: "fence" }>;

const CODE_INDENT_COLUMNS = 4;
const MARKDOWN = /^(?:markdown|md|mdx|qmd|rmd)(?![A-Za-z0-9_+#.-])/i;
const INNER = /^(`{3,}|~{3,})[ \t]*[A-Za-z][A-Za-z0-9_+#.-]{0,39}[ \t]*$/;

/**
 * Begin a fenced block. The info string of a fence of backticks contains no backtick. The info string is
 * ignored until its line is finished, because a half-written name can be the name of another language.
 */
export function fence(line: Line, stack: Stack): "leaf" | undefined {
  const [, ticks, waves, info = ""] = /^(?:(`{3,})(?!`)(?!.*`)|(~{3,}))(.*)$/.exec(line.content()) ?? [];
  const mark = ticks ?? waves;
  if (mark === undefined) return undefined;
  const { journal, references } = stack;
  const finished = journal.provisional ? "" : unescaped(info.trim(), references.named);
  const holdsFences = references.extensions && MARKDOWN.test(finished);
  const block = { kind: "fence" as const, fence: mark, indent: line.indent, holdsFences, inner: undefined };
  if (finished === "math" && references.extensions)
    stack.add({ ...block, node: { kind: "formula", tex: "", open: true } });
  else stack.add({ ...block, node: { kind: "code", info: finished, lines: [], settled: 0, open: true } });
  return "leaf";
}

/** Whether a fenced block continues in this line, and which fence inside it the line opens or closes. */
export function continuesFence(open: Fence, line: Line, partial: boolean): boolean | "ends" | "held" {
  const content = line.content();
  if (line.indent < CODE_INDENT_COLUMNS) {
    const closer = /^(`+|~+)[ \t]*$/.exec(content)?.[1];
    const opener = open.holdsFences && open.inner === undefined ? INNER.exec(content)?.[1] : undefined;
    const mark = closer ?? opener;
    if (mark?.[0] === open.fence[0]) {
      if (partial) return "held";
      const isLong = (mark as string).length >= (open.inner ?? open.fence).length;
      if (isLong && opener === undefined && open.inner === undefined) return "ends";
      if (isLong) open.inner = opener;
    }
  }
  if (partial && line.blank) return "held";
  line.skip(open.indent);
  return true;
}
