/** Blocks that are formulas: displayed ones on lines of their own, and GitHub's fences named `math`. */

import { trimmedEnd } from "../chars.ts";
import type { Journal } from "../journal.ts";
import type { Line } from "../line.ts";
import type { Open, Stack } from "../stack.ts";
import type { Formula } from "../tree.ts";
import { closerFrom, markAt, unclosedForm } from "./marks.ts";

type OpenFormula = Extract<Open, { kind: "formula" }>;

/**
 * Begin a formula with this line: an opening mark, and its closing mark at the end of this line or on a later
 * one. With text on both sides, a formula is part of a paragraph.
 */
export function beginFormula(line: Line, stack: Stack): "leaf" | undefined {
  const content = line.content();
  const mark = stack.references.extensions ? markAt(content, 0) : undefined;
  if (!mark) return undefined;
  const { opener, closer, isEnvironment } = mark;
  const inside = content.slice(opener.length);
  const close = closerFrom(inside, closer, 0);
  if (close < 0 ? !begins(inside, mark, stack) : !fills(inside, close, closer)) return undefined;
  const end = close < 0 ? inside.length : isEnvironment ? close + closer.length : close;
  const tex = (isEnvironment ? opener : "") + inside.slice(0, end);
  const isCut = close < 0 && stack.journal.provisional;
  const node = {
    kind: "formula" as const,
    tex: (isCut ? trimmedEnd(tex, "$\\") : tex).trim(),
    open: close < 0,
  };
  stack.add({
    kind: "formula",
    node,
    mark,
    source: content,
    isAlone: inside.trim() === "",
    before: undefined,
  });
  if (close >= 0) stack.closeTo(stack.open.length - 1);
  return "leaf";
}

/** Whether an opening mark begins a block, though its closing mark is not on its line. */
function begins(inside: string, mark: OpenFormula["mark"], stack: Stack): boolean {
  if (stack.isParsingAgain) return false;
  if (mark.isEnvironment || inside.trim() === "") return true;
  return stack.container.kind !== "paragraph" && unclosedForm(inside, mark.opener) === "formula";
}

/** Whether a line holds one formula and nothing else. */
function fills(inside: string, close: number, closer: string): boolean {
  const rest = inside.slice(close + closer.length).trim();
  return rest === "" && inside.slice(0, close).trim() !== "";
}

/** Whether a formula continues with this line. A blank line ends every formula, because TeX has none inside. */
export function continuesFormula(_: OpenFormula, line: Line, partial: boolean): boolean | "held" {
  if (line.blank) return partial ? "held" : false;
  return partial && /^[$\\]+$/.test(line.content()) ? "held" : true;
}

/** Add a line to a formula. Text behind the closing mark begins a paragraph. */
export function addFormulaLine(open: OpenFormula, line: Line, partial: boolean, stack: Stack): void {
  const { node, mark } = open;
  const text = line.content().trimEnd();
  const close = closerFrom(text, mark.closer, 0);
  const end = close + mark.closer.length;
  const whole = partial ? trimmedEnd(text, "$\\") : text;
  const own = (close < 0 ? whole : text.slice(0, mark.isEnvironment ? end : close)).trimEnd();
  const tex = node.tex === "" ? own : own === "" ? node.tex : `${node.tex}\n${own}`;
  stack.journal.set(node, "tex", tex);
  if (close < 0) return;
  stack.closeTo(stack.open.length - 1);
  const rest = text.slice(end).trim();
  if (rest !== "") stack.beginText(0, rest, true);
}

/** Add a line to the formula in a fence. */
export function addFencedTex(node: Formula, line: Line, journal: Journal): void {
  const text = line.rest();
  journal.set(node, "tex", node.tex === "" ? text : `${node.tex}\n${text}`);
}
