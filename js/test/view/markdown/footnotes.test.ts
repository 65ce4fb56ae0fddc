import { expect, test } from "vitest";
import { Footnotes } from "../../../src/view/markdown/footnotes.ts";
import "../../../src/entry/widget.css";

test("footnotes show in the order of their numbers once they are both defined and referred to", () => {
  const notes = new Footnotes("v");
  notes.define("b").append("second");
  expect(notes.element.hidden).toBe(true);
  notes.reference("a", 1);
  notes.reference("b", 2);
  notes.define("a").append("first");
  expect(notes.element.hidden).toBe(false);
  expect([...notes.element.querySelectorAll("li")].map((li) => li.textContent)).toEqual([
    "first↩",
    "second↩",
  ]);
});

test("a footnote shows its number without the marker of a list, which the browser would count", () => {
  const notes = new Footnotes("v");
  document.body.append(notes.element);
  notes.reference("a", 1);
  notes.reference("b", 12);
  notes.define("b").append("second");
  notes.define("a").append("first");
  const items = [...notes.element.querySelectorAll("li")];
  expect(items.map((item) => getComputedStyle(item).display)).toEqual(["block", "block"]);
  expect(items.map((item) => getComputedStyle(item, "::before").content)).toEqual(['"1."', '"12."']);
  notes.element.remove();
});

test("ids are made of the view and a number, never of a label", () => {
  const notes = new Footnotes("v");
  const reference = notes.reference("body", 1);
  notes.define("body");
  expect(notes.element.querySelector("li")?.id).toBe("nbstream-v-note-1");
  expect(reference.querySelector("a")?.getAttribute("href")).toBe("#nbstream-v-note-1");
});

test("only the first footnote of a label is shown, and a removed one leaves the page", () => {
  const notes = new Footnotes("v");
  notes.reference("a", 1);
  const first = notes.define("a");
  const second = notes.define("a");
  expect(notes.element.querySelectorAll("li").length).toBe(1);
  notes.remove("a", second);
  expect(notes.element.hidden).toBe(false);
  notes.remove("a", first);
  expect(notes.element.hidden).toBe(true);
});

test("a reference leads to its footnote and back, and the page's address stays", () => {
  const notes = new Footnotes("v");
  const root = document.createElement("div");
  root.append(notes.reference("__proto__", 1), notes.element);
  notes.define("__proto__").append("text");
  document.body.append(root);
  const address = location.href;
  root.querySelector("a")?.click();
  expect(document.activeElement).toBe(root.querySelector("li"));
  root.querySelector("button")?.click();
  expect(document.activeElement).toBe(root.querySelector("a"));
  expect(location.href).toBe(address);
  root.remove();
});

test("while footnotes are held back none is placed, and then all are", () => {
  const notes = new Footnotes("v");
  notes.hold();
  notes.hold();
  notes.reference("a", 1);
  notes.reference("b", 2);
  for (const label of "ab") notes.define(label);
  expect(notes.element.querySelectorAll("li")).toHaveLength(0);
  expect(notes.element.hidden).toBe(true);
  notes.release();
  expect([...notes.element.querySelectorAll("li")].map((li) => li.value)).toEqual([1, 2]);
  notes.release();
  notes.reference("c", 3);
  notes.define("c");
  expect(notes.element.querySelectorAll("li")).toHaveLength(3);
});
