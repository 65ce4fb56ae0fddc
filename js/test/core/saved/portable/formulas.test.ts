import { expect, test } from "vitest";
import { dollarsAt } from "../../../../src/core/markdown/formulas/math.ts";
import { insertElements, rewrite, rewriteAlert } from "../../../../src/core/saved/portable/formulas.ts";
import { makeSafe } from "../../../../src/core/saved/safe-markdown.ts";
import { RENDERERS } from "../../renderers.ts";

/** The formulas that MathJax finds on a page. It does not search across the ends of elements. */
function mathJaxFormulas(page: string): string[] {
  return page.split(/<[^>]*>/).flatMap((text) => {
    const plain = text.replace(/&#36;/g, "$");
    return [...plain.matchAll(/\$\$?[^$]+\$\$?/g)].map(([found]) => found);
  });
}

test.each(["It costs $100 (in US$) today.", "$A$1:$B$10", "$HOME/$USER", "\\$5 and \\$6"])(
  "MathJax finds no formula in %j",
  (text) => {
    for (const render of Object.values(RENDERERS))
      expect(mathJaxFormulas(render(makeSafe(text)))).toEqual([]);
  },
);

test("a dollar sign alone stays, because nothing can pair with it", () => {
  expect(insertElements(rewrite("One $5."))).toBe("One $5.");
  expect(dollarsAt("$5.", 0, false)).toBeUndefined();
});

test("an alert has its name in bold", () => {
  expect(rewriteAlert("> [!NOTE]")).toEqual(["> **Note**", ">"]);
  expect(rewriteAlert("> > [!tip] ")).toEqual(["> > **Tip**", "> >"]);
  expect(rewriteAlert("> [!OTHER]")).toEqual(["> [!OTHER]"]);
});

test.each([
  ["$$x$$, where", "$$x$$\n, where"],
  ["- $$x$$ (b)", "- $$x$$\n  (b)"],
  ["> a\n> \\[x\\] so", "> a\n> $$x$$\n> so"],
  ["$$x$$ - b", "\u200b$$x$$ - b"],
  ["$$x$$ *b*", "$$x$$\n*b*"],
  ["so $$x$$ b", "so $$x$$ b"],
  ["$$x$$  ", "$$x$$  "],
])("in %j the displayed formula ends its line, or does not begin it", (text, written) => {
  expect(rewrite(text).trimEnd()).toBe(written.trimEnd());
});
