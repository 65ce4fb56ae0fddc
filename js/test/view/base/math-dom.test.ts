import { expect, test } from "vitest";
import { element, emptyNode } from "../../../src/view/base/dom.ts";
import { isMath, MATHML, mathElement } from "../../../src/view/base/math-dom.ts";

test("a formula is accepted only if all of its elements, attributes and styles are allowed", () => {
  const math = document.createElementNS(MATHML, "math");
  math.append(document.createElementNS(MATHML, "mi"), "x");
  expect(isMath(math)).toBe(true);
  for (const [name, value] of [
    ["href", "https://x.example"],
    ["style", "background-image: url(https://x.example)"],
    ["style", "position: fixed"],
    ["style", "margin-left: -100em"],
    ["width", "1000em"],
  ] as const) {
    math.firstElementChild?.setAttribute(name, value);
    expect(isMath(math), value).toBe(false);
    math.firstElementChild?.removeAttribute(name);
  }
  expect(isMath(math)).toBe(true);
  expect(isMath(element("p", ""))).toBe(false);
  expect(isMath(emptyNode())).toBe(false);
});

test("an element of a formula is made without attributes and styles that are not allowed", () => {
  const style = { color: "#ff0000", position: "fixed", "margin-left": "-100em", "padding-left": "0.5em" };
  const made = mathElement("mi", { href: "https://x.example", mathvariant: "normal" }, style, emptyNode());
  expect(made?.getAttribute("href")).toBe(null);
  expect(made?.getAttribute("mathvariant")).toBe("normal");
  expect(made?.getAttribute("style")).toBe("color: rgb(255, 0, 0); padding-left: 0.5em;");
  for (const name of ["a", "script", "maction", "annotation-xml", ""])
    expect(mathElement(name, {}, {})).toBe(undefined);
});
