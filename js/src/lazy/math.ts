/**
 * The asset that renders formulas, `static/math.js`. Temml parses the TeX and builds a tree. Only the
 * elements and attributes on the lists in `view/base/dom.ts` become nodes, so that the page is safe even if
 * Temml has an error.
 */

import temml from "temml";
import { textNode } from "../view/base/dom.ts";
import { mathElement } from "../view/base/math-dom.ts";
import { adapted, MACROS, withoutDefinitions } from "./tex.ts";

/** The longest formula that is rendered. A formula in an answer has a few hundred characters. */
const MAX_TEX_CHARS = 4_000;

/** The deepest nesting of braces and groups in the TeX. 400 nested fractions take 200 ms to render. */
const MAX_NESTED_GROUPS = 50;

/** The most macro calls in a formula. With Temml's default, a formula of 100 characters can take seconds. */
const MAX_MACRO_CALLS = 200;

/**
 * The deepest nesting of elements in a rendered formula. `\tiny` nests elements without braces, and 800
 * nested elements take seconds to lay out.
 */
const MAX_NESTED_ELEMENTS = 100;

/**
 * The longest formula that may define macros. A few hundred uses of a macro are expanded before any other
 * limit applies, so such a formula must be short.
 */
const MAX_DEFINING_CHARS = 100;

/** The same for a formula whose macros have no arguments, so that only their bodies are expanded. */
const MAX_PLAIN_DEFINING_CHARS = 500;
const DEFINITION =
  /\\(?:[gex]?def|let|futurelet|(?:re)?newcommand|providecommand|DeclareMathOperator)(?![a-zA-Z])/;

/**
 * The mark of an unknown macro's name, in Temml's words a colour. The page's style sheet has the colour, because no
 * colour can be read on every theme.
 */
const UNKNOWN_COLOR = "#b22221";

/** The most nodes of a rendered formula. A macro can make a short formula long. */
const MAX_NODES = 4_000;

/** The most cells of a table: its rows times the columns of its longest row. */
const MAX_CELLS = 10_000;

/** The largest size of a rule or a space, in em. */
const MAX_SIZE_EM = 20;

/** A node of the tree that Temml builds: an element or a text. */
interface TemmlNode {
  readonly type?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly classes?: readonly string[];
  readonly style?: Readonly<Record<string, unknown>>;
  readonly children?: readonly TemmlNode[];
}

/**
 * Render a formula as MathML. Return undefined if the TeX is wrong or exceeds a limit.
 *
 * @param isFinished Whether no more of the formula follows. Then an unknown macro is shown by its name, and the
 *   rest is rendered. Before, its name may be the beginning of a known one.
 */
export default function renderFormula(tex: string, display: boolean, isFinished = false): Node | undefined {
  const whole = adapted(tex);
  const plain = isFinished && definesTooMuch(whole) ? withoutDefinitions(whole) : whole;
  if (
    plain.length > MAX_TEX_CHARS ||
    groupDepth(plain) > MAX_NESTED_GROUPS ||
    cellCount(plain) > MAX_CELLS ||
    definesTooMuch(plain)
  )
    return undefined;
  return rendered(plain, display, true) ?? (isFinished ? rendered(plain, display, false) : undefined);
}

function rendered(tex: string, display: boolean, throwOnError: boolean): Node | undefined {
  try {
    const options = { displayMode: display, throwOnError, maxExpand: MAX_MACRO_CALLS, trust: false };
    const node = temml.__renderToMathMLTree(tex, {
      ...options,
      errorColor: UNKNOWN_COLOR,
      macros: { ...MACROS },
      maxSize: [MAX_SIZE_EM, MAX_SIZE_EM],
    }) as TemmlNode;
    if (node.type !== "math") return undefined;
    const budget = { left: MAX_NODES };
    return toNodes(node, budget, 0)[0];
  } catch {
    return undefined;
  }
}

function definesTooMuch(tex: string): boolean {
  const most = tex.includes("#") ? MAX_DEFINING_CHARS : MAX_PLAIN_DEFINING_CHARS;
  return tex.length > most && DEFINITION.test(tex);
}

function groupDepth(tex: string): number {
  let [open, deepest] = [0, 0];
  for (const [mark] of tex.matchAll(/\\(?:left|begin)\b|\\(?:right|end)\b|\\.|[{}]/gs)) {
    if (mark === "{" || mark === "\\left" || mark === "\\begin") open += 1;
    else if (mark === "}" || mark === "\\right" || mark === "\\end") open -= 1;
    deepest = Math.max(deepest, open);
  }
  return deepest;
}

function cellCount(tex: string): number {
  return tex.split("&").length * tex.split(/\\\\|\\cr\b/).length;
}

/** Make DOM nodes; an element that is not on the list is replaced by its children. */
function toNodes(node: TemmlNode, budget: { left: number }, depth: number): Node[] {
  budget.left -= 1;
  if (budget.left < 0 || depth > MAX_NESTED_ELEMENTS)
    throw new RangeError("The formula has too many nodes, or is nested too deeply.");
  if (node.text !== undefined) return [textNode(node.text)];
  const children = (node.children ?? []).flatMap((child) => toNodes(child, budget, depth + 1));
  const { border, ...style } = toMarkup(node.style);
  const classes = [...(node.classes ?? []), ...(border ? ["fbox"] : [])].filter((name) =>
    /^[\w-]+$/.test(name),
  );
  const attributes = toMarkup(node.attributes);
  for (const colors of [style, attributes]) {
    for (const name of ["color", "mathcolor"]) {
      if (colors[name] !== UNKNOWN_COLOR) continue;
      delete colors[name];
      classes.push("unknown");
    }
  }
  // The prefix keeps Temml's class names apart from those of the host's page.
  if (classes.length > 0)
    attributes.class = classes.map((name) => `nbstream-tml-${name.replace(/^tml-/, "")}`).join(" ");
  const rendered = mathElement(node.type ?? "", attributes, style, ...children);
  return rendered ? [rendered] : children;
}

/** Convert names from camel case to the form with hyphens of CSS and markup, and values to text. */
function toMarkup(values: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const hyphenated = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [hyphenated(name), String(value)]));
}
