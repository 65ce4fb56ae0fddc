import { expect, test } from "vitest";
import type { Cell } from "../../../src/core/markdown/tree.ts";
import { DocumentView } from "../../../src/view/markdown/document.ts";
import { code, doc, heading, item, link, list, paragraph, table } from "./trees.ts";

function render() {
  const root = document.createElement("div");
  return { root, view: new DocumentView(root) };
}

test("each kind of block is the element that HTML has for it", () => {
  const { root, view } = render();
  view.sync(
    doc([
      heading(2, "Title"),
      paragraph("words ", { kind: "strong", children: [{ kind: "text", text: "bold" }] }),
      list([item(paragraph("one"))], { ordered: true, start: 3 }),
      { kind: "quote", children: [paragraph("said")], settled: 0 },
      { kind: "rule" },
      code("python", ["a = 1"]),
      table(["x"], [["1"]]),
    ]),
  );
  const tags = [...(root.firstElementChild?.children ?? [])].map((child) => child.tagName);
  expect(tags).toEqual(["H2", "P", "OL", "BLOCKQUOTE", "HR", "DIV", "DIV"]);
  expect(root.querySelector("ol")?.getAttribute("start")).toBe("3");
  expect(root.querySelector("pre")?.textContent).toBe("a = 1\n");
  expect(root.querySelector("p")?.innerHTML).toBe("words <strong>bold</strong>");
});

test("settled blocks keep their nodes and are never synced again", () => {
  const { root, view } = render();
  const parts = [paragraph("one"), paragraph("tw")];
  view.sync(doc(parts, 1));
  const [first, second] = root.querySelectorAll("p");
  parts[0] = paragraph("never shown");
  parts[1] = paragraph("two");
  parts.push(paragraph("three"));
  view.sync(doc(parts, 2));
  expect([...root.querySelectorAll("p")].map((p) => p.textContent)).toEqual(["one", "two", "three"]);
  expect(root.querySelectorAll("p")[0]).toBe(first);
  expect(root.querySelectorAll("p")[1]).toBe(second);
});

test("an open block that changes its kind gets a new node, and one that vanishes is removed", () => {
  const { root, view } = render();
  view.sync(doc([paragraph("a"), paragraph("b"), paragraph("c")], 1));
  view.sync(doc([paragraph("a"), heading(1, "b")], 1));
  expect(root.firstElementChild?.innerHTML).toBe('<p dir="ltr">a</p><h1 dir="ltr">b</h1>');
});

test("blocks after the eighth stand in boxes of eight, and empty boxes are removed", () => {
  const { root, view } = render();
  const parts = Array.from({ length: 40 }, (_, index) => paragraph(String(index)));
  view.sync(doc(parts, 5));
  expect(root.querySelectorAll(".nbstream-box").length).toBe(4);
  expect(root.firstElementChild?.textContent).toBe(parts.map((_, index) => index).join(""));
  view.sync(doc(parts.slice(0, 8), 5));
  expect(root.querySelectorAll(".nbstream-box").length).toBe(0);
  expect(root.querySelectorAll("p").length).toBe(8);
});

test("a late definition rebuilds a settled leaf", () => {
  const { root, view } = render();
  const leaf = paragraph("[x]");
  const rows = table(["[x]"], [["[x]"]], 1);
  view.sync(doc([leaf, rows, paragraph("rest")]));
  leaf.inlines = [link("https://x.example/", "x")];
  const [row] = rows.rows as [Cell[]];
  for (const cells of [rows.head as Cell[], row]) cells[0] = [link("https://x.example/", "x")];
  view.sync(doc([leaf, rows, paragraph("rest")]), [leaf, rows.head, row]);
  expect(root.querySelectorAll("a[href]").length).toBe(3);
  expect(root.querySelectorAll("p").length).toBe(2);
});

test("many leaves that a definition changes are rebuilt over several updates", async () => {
  const { root, view } = render();
  const leaves = Array.from({ length: 300 }, () => paragraph("[x]"));
  view.sync(doc(leaves));
  for (const leaf of leaves) leaf.inlines = [link("https://x.example/", "x")];
  view.sync(doc(leaves), leaves);
  expect(root.querySelectorAll("a[href]").length).toBe(64);
  await expect.poll(() => root.querySelectorAll("a[href]").length).toBe(300);
});
