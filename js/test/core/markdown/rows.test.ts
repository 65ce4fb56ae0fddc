/** The kinds of `core/markdown/README.md`, each with several texts, on the page and in the notebook's file. */

import { expect, test } from "vitest";
import rows from "../../../../tests/fixtures/markdown_rows.json" with { type: "json" };
import { writeHidden } from "../../../src/core/saved/portable/text.ts";
import { makeSafe } from "../../../src/core/saved/safe-markdown.ts";
import { RENDERERS, renderAsVsCode } from "../renderers.ts";
import { letters, shown, shownOnPage } from "../shown-text.ts";
import { atRandom, byCharacter, whole } from "./feed.ts";
import readme from "./README.md?raw";

const TARGETS = {
  "JupyterLab's marked": RENDERERS["JupyterLab's marked"],
  "VS Code's markdown-it": renderAsVsCode,
};

const LINK = /\{link:[^}]*\}/g;

test.each(rows)("the page shows $text as $shown, however it is cut", ({ text, shown: expected }) => {
  const { root } = whole(text);
  expect(writeHidden(shownOnPage(root))).toBe(expected);
  for (let seed = 0; seed < 20; seed++) expect(atRandom(text, seed).root).toEqual(root);
  expect(byCharacter(text).root).toEqual(root);
});

test.each(rows)("while $text comes, the page shows no more than its end", ({ text }) => {
  const root = whole(text).root;
  const end = letters(shownOnPage(root));
  const links = ["{link:}", ...(shownOnPage(root).match(LINK) ?? [])];
  // A definition at the end makes a reference of a link to the address in its text.
  if (/^\[.*\]:/m.test(text)) links.push("{link:https://example.com}");
  byCharacter(text, (markdown) => {
    const now = shownOnPage(markdown.root);
    expect(end.startsWith(letters(now)), now).toBe(true);
    for (const [link] of now.matchAll(LINK)) expect(links).toContain(link);
  });
});

for (const [name, render] of Object.entries(TARGETS)) {
  test.each(rows)(`${name} shows the saved $text as the page does`, ({ text, shown: expected, differs }) => {
    const saved = shown(render?.(makeSafe(text)) ?? "");
    if (name in differs) expect(saved).not.toBe(expected);
    else expect(saved).toBe(expected);
  });
}

test("the README has a reason for each text that a renderer of the file shows in another way", () => {
  const counts = new Map<string, number>();
  for (const { differs } of rows) {
    for (const [name, reason] of Object.entries(differs)) {
      const row = `${name} | # | ${reason}`;
      counts.set(row, (counts.get(row) ?? 0) + 1);
    }
  }
  const expected = [...counts].map(([row, count]) => `| ${row.replace("#", String(count))} |`);
  const [, table = ""] = readme.split("## The notebook's file");
  expect(table.split("\n").filter((line) => /^\| [A-Z\w].*\d+ \|/.test(line))).toEqual(expected);
});
