/**
 * The part that sets formulas, `static/math.js`. Temml reads the TeX; of what it makes of it, only what stands on
 * the lists in `dom.ts` becomes a node, whatever Temml lets through.
 */

import temml from "temml";
import { mathElement, textNode } from "../view/base/dom.ts";

/** Characters; a formula in an answer has a few hundred. */
const LONGEST = 4_000;

/** Braces and groups in one another; of 400 fractions in fractions the setting takes 200 ms. */
const DEEPEST = 50;

/** Macro calls; Temml's own number lets one formula of 100 characters take seconds. */
const EXPANSIONS = 200;

/** Elements in one another; \tiny in \tiny has no braces, and 800 of them take seconds to lay out. */
const NESTED = 100;

/** A macro of one's own, a few hundred times over, is set before anybody can count: only a short formula has one. */
const DEFINING = 100;
const DEFINES =
  /\\(?:[gex]?def|let|futurelet|(?:re)?newcommand|providecommand|DeclareMathOperator)(?![a-zA-Z])/;

/** Nodes: what a macro made of a short formula is long all the same. */
const MOST = 4_000;

/** A table has as many columns as its longest row: columns times rows, at the most. */
const CELLS = 10_000;

/** In em: the greatest rule or space. */
const GREATEST = 20;

/** What Temml builds, of either kind. */
interface Made {
  readonly type?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly classes?: readonly string[];
  readonly style?: Readonly<Record<string, unknown>>;
  readonly children?: readonly Made[];
}

/** A formula as MathML, or nothing if it is wrong, too long or too deep. */
export default function formula(tex: string, display: boolean): Node | undefined {
  if (
    tex.length > LONGEST ||
    depth(tex) > DEEPEST ||
    cells(tex) > CELLS ||
    (tex.length > DEFINING && DEFINES.test(tex))
  )
    return undefined;
  try {
    const options = { displayMode: display, throwOnError: true, maxExpand: EXPANSIONS, trust: false };
    const made = temml.__renderToMathMLTree(tex, { ...options, maxSize: [GREATEST, GREATEST] }) as Made;
    if (made.type !== "math") return undefined;
    const budget = { left: MOST };
    return nodes(made, budget, 0)[0];
  } catch {
    return undefined;
  }
}

function depth(tex: string): number {
  let [open, deepest] = [0, 0];
  for (const [mark] of tex.matchAll(/\\(?:left|begin)\b|\\(?:right|end)\b|\\.|[{}]/gs)) {
    if (mark === "{" || mark === "\\left" || mark === "\\begin") open += 1;
    else if (mark === "}" || mark === "\\right" || mark === "\\end") open -= 1;
    deepest = Math.max(deepest, open);
  }
  return deepest;
}

function cells(tex: string): number {
  return tex.split("&").length * tex.split(/\\\\|\\cr\b/).length;
}

/** An element that is not on the list is left out and what it holds stays. */
function nodes(made: Made, budget: { left: number }, depth: number): Node[] {
  budget.left -= 1;
  if (budget.left < 0 || depth > NESTED) throw new RangeError("a formula of too many nodes, or too deep");
  if (made.text !== undefined) return [textNode(made.text)];
  const children = (made.children ?? []).flatMap((child) => nodes(child, budget, depth + 1));
  const { border, ...style } = strings(made.style);
  const classes = [...(made.classes ?? []), ...(border ? ["fbox"] : [])].filter((name) =>
    /^[\w-]+$/.test(name),
  );
  const attributes = strings(made.attributes);
  // A name of ours before Temml's: no class of the host's can be meant.
  if (classes.length > 0)
    attributes.class = classes.map((name) => `nbstream-tml-${name.replace(/^tml-/, "")}`).join(" ");
  const node = mathElement(made.type ?? "", attributes, style, ...children);
  return node ? [node] : children;
}

/** Names as CSS and markup write them. */
function strings(values: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const named = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [named(name), String(value)]));
}
