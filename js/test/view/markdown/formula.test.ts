import { expect, test } from "vitest";
import renderFormula from "../../../src/lazy/math.ts";
import { MATHML } from "../../../src/view/base/math-dom.ts";
import type { FormulaRenderer, RenderContext } from "../../../src/view/markdown/context.ts";
import { Footnotes } from "../../../src/view/markdown/footnotes.ts";
import { FormulaSpan } from "../../../src/view/markdown/formula.ts";
import { FormulaView } from "../../../src/view/markdown/prose.ts";
import "../../../src/entry/widget.css";

/** A renderer that accepts formulas without an open brace. */
const set: FormulaRenderer = (tex) => {
  if (tex.includes("{") && !tex.includes("}")) return undefined;
  const math = document.createElementNS(MATHML, "math");
  math.append(tex);
  return math;
};

function context(
  math: () => Promise<FormulaRenderer | undefined>,
  renderFormula?: FormulaRenderer,
): RenderContext {
  const assets = { highlighter: async () => undefined, math, output: async () => undefined };
  const schedule = (work: () => void) => work();
  return {
    assets,
    footnotes: new Footnotes("v"),
    renderFormula,
    rebuilders: new WeakMap(),
    schedule,
    announce: () => {},
  };
}

test("a formula shows its source until the asset is there, and the next formula does not wait", async () => {
  const shared = context(async () => set);
  const first = new FormulaSpan(true, shared);
  first.sync("x^2");
  expect(first.node.querySelector("code")?.textContent).toBe("x^2");
  await expect.poll(() => first.node.querySelector("math")?.textContent).toBe("x^2");
  const second = new FormulaSpan(false, shared);
  second.sync("y");
  expect(second.node.querySelector("math")?.textContent).toBe("y");
});

test("without the asset, and for a wrong formula, the source stays", async () => {
  const none = new FormulaSpan(
    false,
    context(async () => undefined),
  );
  none.sync("x\u202ey");
  await Promise.resolve();
  expect(none.node.textContent).toBe("x\u202ey");
  expect(none.node.querySelector(".nbstream-unseen")).not.toBeNull();
  const wrong = new FormulaSpan(
    false,
    context(async () => set, set),
  );
  wrong.sync("\\frac{");
  expect(wrong.node.querySelector("code")?.textContent).toBe("\\frac{");
});

test("while a formula grows its last correct form stays, and a settled wrong formula shows its source", () => {
  const formula = new FormulaSpan(
    true,
    context(async () => set, set),
  );
  formula.sync("x");
  formula.sync("x + \\frac{");
  expect(formula.node.querySelector("math")?.textContent).toBe("x");
  formula.sync("x + \\frac{1}");
  expect(formula.node.querySelector("math")?.textContent).toBe("x + \\frac{1}");
  formula.sync("x + {");
  formula.settle();
  expect(formula.node.querySelector("code")?.textContent).toBe("x + {");
});

test("a formula that is too wide scrolls, and the source of a wrong one is broken into lines", () => {
  const page = document.body.appendChild(document.createElement("div"));
  page.className = "nbstream";
  page.setAttribute("style", "width: 300px; padding: 0");
  const show = (tex: string) => {
    const view = new FormulaView(context(async () => renderFormula, renderFormula));
    page.replaceChildren(view.node);
    view.sync({ kind: "formula", tex, open: false }, true);
    return view.node;
  };
  const wide = show("x + ".repeat(100));
  const span = wide.firstElementChild as Element;
  expect(wide.scrollWidth).toBeGreaterThan(600);
  expect(Math.ceil(span.getBoundingClientRect().width)).toBe(wide.scrollWidth);
  const narrow = show("x").firstElementChild as Element;
  expect(narrow.getBoundingClientRect().width).toBe(300);
  expect(show("{x + ".repeat(100)).scrollWidth).toBeLessThan(310);
  page.remove();
});
