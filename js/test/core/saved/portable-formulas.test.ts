import { expect, test } from "vitest";
import { dollarsAt } from "../../../src/core/markdown/formulas/math.ts";
import { insertElements, rewrite, rewriteAlert } from "../../../src/core/saved/portable-formulas.ts";
import { makeSafe } from "../../../src/core/saved/safe-markdown.ts";
import { whole } from "../markdown/feed.ts";
import { html } from "../markdown/html.ts";
import { RENDERERS } from "../renderers.ts";

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#36": "§" };

/** The text that HTML shows, without backslashes: strong and struck parts with marks, and § for dollars that are text. */
function shown(text: string): string {
  return text
    .replace(/<span>(\$+)<\/span>/g, (_, dollars) => "§".repeat(dollars.length))
    .replace(/<(\/?)(strong|del|s|code)>/g, (_, slash, tag) => `{${slash}${tag.replace("del", "s")}}`)
    .replace(/<[^>]*>/g, " ")
    .replace(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? whole)
    .replace(/[\s\\]+/g, "");
}

/** The same of the page, with formulas between dollar signs. */
function live(text: string): string {
  const page = html(whole(text).root).replaceAll("$", "§");
  return shown(
    page
      .replace(/<math(?: block| display)>(.*?)<\/math>/gs, "$$$$$1$$$$")
      .replace(/<math>(.*?)<\/math>/gs, "$$$1$$"),
  );
}

const ROWS = [
  "The root is\n\n$$\nx = \\frac{1}{2}\n$$.\n\nThis is the **next** paragraph.\n\n## Next\n\n- a list",
  "\\[\nx = 1\n\\], where *x* is small. And \\[y = 2\\], \\(z\\).",
  "So we get $$\na\n= b\n- c\n$$ as claimed.",
  "Then\n\n\\begin{aligned}\na &= b \\\\\n&= c\n\\end{aligned}\n\nholds.",
  "- one\n\n  ```math\n  x^2\n  ```\n\n- two $`x^2`$",
  "It costs $100 (in US$) today.",
  "Lock it as $A$1:$B$10.",
  "Set $HOME/$USER, pay $5 and $x$ and $y^2$, 20$/month or 30$/month.",
  "The small plan (~$3) and the large plan (~$12), and ~~two~~.",
  "泡3~5分钟，再等10~20分钟。",
  "请记住**先保存。**然后关闭。이것은 **중요(필독)**입니다. **a。**",
  "请看 https://example.com/a。这是说明，“https://example.com/b”。",
  "> Pay $5 or \\(x\\) or\n> $$\n> y\n> $$",
  "| Both | Costs $5 |\n| --- | --- |\n| $x$ | $6 |",
];

for (const [name, render] of Object.entries(RENDERERS)) {
  test.each(ROWS)(`${name} shows of %j as much as the page`, (text) => {
    expect(shown(render(makeSafe(text)))).toBe(live(text));
  });
}

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
