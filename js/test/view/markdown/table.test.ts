import { afterEach, beforeEach, expect, test } from "vitest";
import type { Inline } from "../../../src/core/markdown/tree.ts";
import { DocumentView } from "../../../src/view/markdown/document.ts";
import { doc, table, text } from "./trees.ts";
import "../../../src/entry/widget.css";

let root: HTMLElement;
let view: DocumentView;

beforeEach(() => {
  root = document.createElement("div");
  root.className = "nbstream";
  document.body.append(root);
  view = new DocumentView(root);
});

afterEach(() => root.remove());

const ROWS = Array.from({ length: 50 }, (_, i) => [
  `row ${i}`,
  String(i * i),
  i % 5 ? "short" : "rather longer text",
]);
const HEAD = ["Name", "Square", "Remark"];

function grow(from = 0): void {
  for (let at = from; at <= ROWS.length; at++)
    view.sync(doc([table(HEAD, ROWS.slice(0, at), Math.max(0, at - 1))], 0));
  view.sync(doc([table(HEAD, ROWS, ROWS.length)]));
}

test("a long table is cut into pieces whose columns stand under each other", () => {
  grow();
  const tables = [...root.querySelectorAll("table")];
  expect(tables.length).toBe(4);
  const edges = tables.map((piece) =>
    [...(piece.querySelector("tbody tr")?.children ?? [])].map((cell) =>
      Math.round(cell.getBoundingClientRect().left),
    ),
  );
  expect(new Set(edges.map(String)).size).toBe(1);
  const gaps = tables
    .slice(1)
    .map((t, i) => t.getBoundingClientRect().top - (tables[i]?.getBoundingClientRect().bottom ?? 0));
  expect(gaps.every((gap) => Math.abs(gap) < 1)).toBe(true);
});

test("to a screen reader it is one table with one head", () => {
  grow();
  expect(root.querySelectorAll("[role=table]").length).toBe(1);
  expect(root.querySelectorAll("[role=table] > table[role=rowgroup]").length).toBe(4);
  expect(root.querySelectorAll("[role=columnheader][scope=col]").length).toBe(3);
  expect(root.querySelectorAll("[role=row]").length).toBe(51);
  expect(root.querySelectorAll("[role=cell]").length).toBe(150);
});

test("a copied table has tabs between cells and a line for each row, across pieces", () => {
  grow();
  getSelection()?.selectAllChildren(root.querySelector("[role=table]") as Element);
  const rows = getSelection()?.toString().split("\n").filter(Boolean);
  expect(rows).toEqual([HEAD, ...ROWS].map((row) => row.join("\t")));
});

test("settled rows are the same nodes at the end", () => {
  view.sync(doc([table(HEAD, ROWS.slice(0, 20), 19)], 0));
  const rows = [...root.querySelectorAll("tbody tr")].slice(0, 19);
  grow(20);
  const now = [...root.querySelectorAll("tbody tr")];
  expect(rows.every((row, index) => row === now[index])).toBe(true);
  expect(now.length).toBe(ROWS.length);
});

test("cells are aligned as the table says, and a row has as many cells as the document gives it", () => {
  const grown = ["1", "2", "3"];
  for (let count = 1; count <= 3; count++)
    view.sync(doc([table(["a", "b", "c"], [grown.slice(0, count)], 0, ["left", "center", "right"])], 0));
  const cells = [...root.querySelectorAll("td")];
  expect(cells.map((cell) => getComputedStyle(cell).textAlign)).toEqual(["left", "center", "right"]);
  view.sync(doc([table(["a", "b", "c"], [["1"]], 0, ["left", "center", "right"])], 0));
  expect(root.querySelectorAll("td").length).toBe(1);
});

test("a head that gets another column is another table", () => {
  view.sync(doc([table(["a"], [])], 0));
  view.sync(doc([table(["a", "b"], [["1", "2"]])], 0));
  expect(root.querySelectorAll("table").length).toBe(1);
  expect(root.querySelectorAll("th").length).toBe(2);
});

test("columns of a table that grew out of sight are measured once it is laid out", async () => {
  root.style.display = "none";
  grow();
  expect(root.querySelector(".nbstream-fixed")).toBeNull();
  root.style.display = "";
  await expect.poll(() => root.querySelectorAll(".nbstream-fixed").length).toBe(4);
});

test("a wide table scrolls inside its own box", () => {
  root.style.width = "200px";
  const wide = Array.from({ length: 12 }, (_, i) => `column${i}`);
  view.sync(doc([table(wide, [wide])]));
  const box = root.querySelector(".nbstream-table-box") as HTMLElement;
  expect(box.scrollWidth).toBeGreaterThan(400);
  expect(root.scrollWidth).toBeLessThanOrEqual(200);
});

test("numbers and the names of their columns are right-aligned, and text and dates are not", () => {
  const rows = [
    ["Lima", "10,092,000", "-5.25 %", "2026-11-30"],
    ["Cusco", "428500", "1e-3", "v1"],
  ];
  view.sync(doc([table(["City", "People", "Growth", "Day"], rows, 2)]));
  const aligned = (tag: string) =>
    [...root.querySelectorAll(tag)].map((cell) => getComputedStyle(cell).textAlign === "end");
  expect(aligned("th")).toEqual([false, true, true, false]);
  expect(aligned("td")).toEqual([false, true, true, false, false, true, true, false]);
});

test("a number is one as well if it is bold, and text with a number in it is not", () => {
  const bold: Inline = { kind: "strong", children: [text("12 %")] };
  const cells = [[bold], [text("12 "), bold], [text("12")], []];
  view.sync(doc([{ ...table(["a", "b", "c", "d"], [], 1), rows: [cells] }]));
  const numbers = [...root.querySelectorAll("td")].map((cell) => cell.className);
  expect(numbers).toEqual(["nbstream-number", "", "nbstream-number", ""]);
});

test("the decimals of a column stand under each other once the table has ended", async () => {
  const rows = [
    ["1.5", "1,200", "1,5 %", "2020", "3.5"],
    ["12.25", "7", "12 %", "2021", "x"],
    ["100", "10,000,000.5", "0,75 %", "2022", "12"],
  ];
  const head = ["a", "b", "c", "d", "e"];
  const align = ["right", "none", "none", "none", "left"] as const;
  const texts = rows.map((row) => row.join("\t"));
  view.sync(doc([table(head, rows, 3, [...align])], 0));
  expect(root.querySelector("[data-decimals]")).toBeNull();
  view.sync(doc([table(head, rows, 3, [...align])]));
  const missing = () =>
    [...root.querySelectorAll("tbody tr")].map((row) =>
      [...row.children].map((cell) => cell.getAttribute("data-decimals") ?? ""),
    );
  await expect.poll(missing).toEqual([
    ["5", ".5", "5", "", ""],
    ["", ".5", ",75", "", ""],
    [".25", "", "", "", ".5"],
  ]);
  // The right edge of the whole part is the same in all rows.
  const edges = [...root.querySelectorAll("tbody tr")].map((row) => {
    const text = row.firstElementChild?.firstChild as Text;
    const range = document.createRange();
    range.setStart(text, 0);
    range.setEnd(text, text.data.split(".")[0]?.length ?? 0);
    return Math.round(range.getBoundingClientRect().right);
  });
  expect(new Set(edges).size).toBe(1);
  getSelection()?.selectAllChildren(root.querySelector("tbody") as Element);
  expect(getSelection()?.toString().split("\n").filter(Boolean)).toEqual(texts);
});
