/** Safe constructors for the elements of formulas, and the check of a tree that the math asset made. */

import { type Attributes, wordSet } from "./dom.ts";

/** Elements of MathML Core, without `a`, `maction`, `annotation-xml` and all that load, link or hold HTML. */
export const MATH_ELEMENTS = wordSet(
  "math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle " +
    "msub msubsup msup mtable mtd mtext mtr munder munderover semantics annotation menclose",
);

export const MATH_ATTRIBUTES = wordSet(
  "accent accentunder class columnalign columnlines columnspacing depth dir display displaystyle encoding fence " +
    "form height largeop linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize " +
    "movablelimits notation rowlines rowspacing rspace scriptlevel separator stretchy symmetric voffset width xmlns",
);

/**
 * CSS properties of cells and glyphs, without `position`, `display`, `font-family` and `background`. None of
 * the allowed ones loads a file.
 */
const MATH_STYLES =
  /^(?:(?:padding|border)(?:-(?:top|bottom|left|right))?(?:-(?:width|style|color))?|margin-left|width|text-align|math-depth|color|font-weight|font-style)$/;

/** Words, colours and lengths of two digits. A longer length could move a formula over other content. */
const MATH_VALUE =
  /^(?:[-+]?\d{0,2}(?:\.\d{1,20})?(?:em|ex|pt|px|mu|%)?|100%|#[\da-f]{3,8}|rgb\(\d+, \d+, \d+\)|[a-z][a-z-]{0,30})$/i;

function isMathValue(value: string): boolean {
  return MATH_VALUE.test(value) || value.split(" ").every((word) => MATH_VALUE.test(word));
}

/** Whether an element of a formula may have this attribute. */
function isMathAttribute(name: string, value: string): boolean {
  return MATH_ATTRIBUTES.has(name) && (name === "class" || name === "xmlns" || isMathValue(value));
}

/** Whether an element of a formula may have this style; `name` is the CSS property. */
function isMathStyle(name: string, value: string): boolean {
  return MATH_STYLES.test(name) && isMathValue(value);
}

export const MATHML = "http://www.w3.org/1998/Math/MathML";

/** Create a formula's element without forbidden attributes or styles; undefined for a forbidden element. */
export function mathElement(
  name: string,
  attributes: Attributes,
  style: Attributes,
  ...children: Node[]
): MathMLElement | undefined {
  if (!MATH_ELEMENTS.has(name)) return undefined;
  const node = document.createElementNS(MATHML, name) as MathMLElement;
  for (const [key, value] of Object.entries(attributes))
    if (isMathAttribute(key, value)) node.setAttribute(key, value);
  for (const [key, value] of Object.entries(style))
    if (isMathStyle(key, value)) node.style.setProperty(key, value);
  node.append(...children);
  return node;
}

/** Whether a tree that the math asset made has only allowed elements, attributes and styles. */
export function isMath(node: Node): boolean {
  if (node.nodeType === Node.TEXT_NODE) return true;
  const { namespaceURI, localName, attributes, style } = node as MathMLElement;
  return (
    node.nodeType === Node.ELEMENT_NODE &&
    namespaceURI === MATHML &&
    MATH_ELEMENTS.has(localName) &&
    [...attributes].every(({ name, value }) => name === "style" || isMathAttribute(name, value)) &&
    [...style].every((name) => isMathStyle(name, style.getPropertyValue(name))) &&
    [...node.childNodes].every(isMath)
  );
}
