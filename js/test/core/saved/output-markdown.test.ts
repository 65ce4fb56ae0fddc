import { expect, test } from "vitest";
import cases from "../../../../tests/fixtures/output_markdown.json" with { type: "json" };
import { outputMarkdown } from "../../../src/core/saved/output-markdown.ts";
import { whole } from "../markdown/feed.ts";
import { shownOnPage } from "../shown-text.ts";

test.each(cases)("both languages write the same Markdown: $name", ({ text, columns, markdown }) => {
  expect(outputMarkdown(text, columns)).toBe(markdown);
});

test.each(cases)(
  "the Markdown of a part is the beginning of the whole: $name",
  ({ text, columns, markdown }) => {
    let before = "";
    for (let end = 0; end <= text.length; end++) {
      const part = outputMarkdown(text.slice(0, end), columns);
      // Half of a character that is written as it is cannot come alone: the page joins the halves before.
      if (/[\ud800-\udbff]$/.test(text.slice(0, end))) continue;
      expect(part.startsWith(before)).toBe(true);
      expect(markdown.startsWith(part)).toBe(true);
      before = part;
    }
  },
);

test("brackets of a value are no formula on the page", () => {
  const markdown = outputMarkdown('{"type": "dict[str, list[int]]", "x": "[1] or [2]"}', {});
  const page = shownOnPage(whole(markdown).root);
  expect(page).toContain("{cell}dict[str,list[int]]{/cell}");
  expect(page).toContain("{cell}[1]or[2]{/cell}");
});
