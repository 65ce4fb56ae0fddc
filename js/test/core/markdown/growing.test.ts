import { expect, test } from "vitest";
import { Markdown } from "../../../src/core/markdown/parser.ts";
import { html } from "./html.ts";

/** The tree after each of these pieces. */
function shown(...pieces: string[]): string[] {
  const markdown = new Markdown();
  return pieces.map((piece) => {
    markdown.push(piece);
    return html(markdown.root).replaceAll("\n", "/");
  });
}

test("an unfinished line of code grows at its end, and settles when it is finished", () => {
  const markdown = new Markdown();
  markdown.push("```\na\nb");
  const [code] = markdown.root.children;
  expect(code).toMatchObject({ lines: ["a", "b"], settled: 1 });
  markdown.push("c");
  expect(code).toMatchObject({ lines: ["a", "bc"], settled: 1 });
  markdown.push("\n");
  expect(code).toMatchObject({ lines: ["a", "bc"], settled: 2 });
});

test("a line that may close the fence is held until it is certain", () => {
  expect(shown("```\na\n`", "``", " x")).toEqual([
    "<pre><code>a/</code></pre>/",
    "<pre><code>a/</code></pre>/",
    "<pre><code>a/``` x/</code></pre>/",
  ]);
});

test("blank lines belong to indented code as soon as the line behind them does", () => {
  expect(shown("    a\n\n\n", "    b", "c")).toEqual([
    "<pre><code>a/</code></pre>/",
    "<pre><code>a///b/</code></pre>/",
    "<pre><code>a///bc/</code></pre>/",
  ]);
});

test("a long row is shown after each quarter that it grows, and whole when it is finished", () => {
  const markdown = new Markdown();
  markdown.push(`|a|\n|-|\n|${"y".repeat(10_000)}`);
  const cell = () => JSON.stringify(markdown.root).match(/y+/)?.[0].length;
  markdown.push("y".repeat(1_500));
  expect(cell()).toBe(10_000);
  markdown.push("y".repeat(1_500));
  expect(cell()).toBe(13_000);
  markdown.push("y\n");
  expect(cell()).toBe(13_001);
});

test("a carriage return ends a long line that waits", () => {
  const markdown = new Markdown();
  const row = "b".repeat(1_200);
  for (const piece of [`|a|\n|-|\n|${row}`, "\r", "|c"]) markdown.push(piece);
  markdown.end();
  expect(html(markdown.root).match(/<td>\w+/g)).toEqual([`<td>${row}`, "<td>c"]);
});
