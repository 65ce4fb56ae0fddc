/**
 * Parts that a reader may fold: `<details>` and its `<summary>`, without attributes but `open`. The blocks between the
 * tags are Markdown. What has no end stays unfolded, so that it hides nothing.
 */

import type { Line } from "../line.ts";
import type { Open, Stack } from "../stack.ts";

const DETAILS = /^<details([ \t]{1,9}open(?:="")?)?[ \t]{0,9}>/i;
const END = /^<\/details[ \t]{0,9}>[ \t]*/i;
const SUMMARY = /^<summary[ \t]{0,9}>[ \t]*/i;
const SUMMARY_END = /<\/summary[ \t]{0,9}>/i;
const END_BEHIND_TEXT = /<\/details[ \t]{0,9}>[ \t]*$/i;

/** An unfinished tag, which may still be one of these. */
const UNFINISHED = /^<\/?[A-Za-z]{0,7}(?:[ \t]{1,9}[A-Za-z="]{0,7})?[ \t]{0,9}$/;

export function mayBeDetails(content: string): boolean {
  return UNFINISHED.test(content);
}

/** Begin a part, or end the innermost one. */
export function details(line: Line, stack: Stack): "parent" | "leaf" | undefined {
  if (line.char !== "<" || !stack.references.extensions) return undefined;
  const content = line.content();
  const [begin, unfolded] = DETAILS.exec(content) ?? [];
  if (begin !== undefined && stack.canNest) {
    line.eat(begin.length);
    const node = {
      kind: "details",
      unfolded: unfolded !== undefined,
      open: true,
      children: [],
      settled: 0,
    } as const;
    stack.add({ kind: "details", node: { ...node } });
    return "parent";
  }
  const at = stack.open.findLastIndex(({ kind }) => kind === "details");
  const end = END.exec(content)?.[0];
  const open = stack.open[at];
  if (end === undefined || open?.kind !== "details") return undefined;
  stack.journal.set(open.node, "open", false);
  stack.closeTo(at);
  line.eat(end.length);
  return line.blank ? "leaf" : "parent";
}

type OpenSummary = Extract<Open, { leaf: unknown }>;

/** Begin the summary of a `<details>`, which is all that a folded part shows. It comes first in the part. */
export function summary(line: Line, stack: Stack): "parent" | "leaf" | undefined {
  const { container } = stack;
  if (container.kind !== "details" || container.last) return undefined;
  const begin = SUMMARY.exec(line.content())?.[0];
  if (begin === undefined) return undefined;
  line.eat(begin.length);
  const content = line.content();
  const end = SUMMARY_END.exec(content);
  stack.beginText(0, end ? content.slice(0, end.index).trimEnd() : content, false, true);
  if (!end) return "leaf";
  stack.closeTo(stack.open.length - 1);
  line.eat(end.index + end[0].length);
  return line.blank ? "leaf" : "parent";
}

/** Add a line to a summary. Text behind its end begins a paragraph. */
export function addSummaryLine({ leaf }: OpenSummary, line: Line, stack: Stack): void {
  const content = line.content();
  const end = SUMMARY_END.exec(content);
  const own = end ? content.slice(0, end.index).trimEnd() : content;
  if (own !== "") leaf.append(own, stack.journal);
  if (!end) return;
  stack.closeTo(stack.open.length - 1);
  const rest = content.slice(end.index + end[0].length).trim();
  if (rest !== "") stack.beginText(0, rest, true);
}

/** Take the end of a part from behind the text of a finished line. Return whether there was one. */
export function takeEnd({ tip, open }: Stack): boolean {
  if (!("leaf" in tip) || tip.kind === "summary" || !open.some(({ kind }) => kind === "details"))
    return false;
  const found = END_BEHIND_TEXT.exec(tip.leaf.last);
  if (!found || tip.leaf.isInFormula) return false;
  tip.leaf.last = tip.leaf.last.slice(0, found.index);
  return true;
}
