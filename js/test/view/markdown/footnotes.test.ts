import { expect, test } from "vitest";
import { Notes } from "../../../src/view/markdown/footnotes.ts";

test("notes show in the order of their numbers once they are written and referred to", () => {
  const notes = new Notes("v");
  notes.write("b").append("second");
  expect(notes.element.hidden).toBe(true);
  notes.refer("a", 1);
  notes.refer("b", 2);
  notes.write("a").append("first");
  expect(notes.element.hidden).toBe(false);
  expect([...notes.element.querySelectorAll("li")].map((li) => li.textContent)).toEqual([
    "first↩",
    "second↩",
  ]);
});

test("ids are made of the view and a number, never of a label", () => {
  const notes = new Notes("v");
  const reference = notes.refer("body", 1);
  notes.write("body");
  expect(notes.element.querySelector("li")?.id).toBe("nbstream-v-note-1");
  expect(reference.querySelector("a")?.getAttribute("href")).toBe("#nbstream-v-note-1");
});

test("only the first note of a label counts, and one that is erased goes", () => {
  const notes = new Notes("v");
  notes.refer("a", 1);
  const first = notes.write("a");
  const second = notes.write("a");
  expect(notes.element.querySelectorAll("li").length).toBe(1);
  notes.erase("a", second);
  expect(notes.element.hidden).toBe(false);
  notes.erase("a", first);
  expect(notes.element.hidden).toBe(true);
});

test("a reference leads to its note and the note back, and the page's address stays", () => {
  const notes = new Notes("v");
  const root = document.createElement("div");
  root.append(notes.refer("__proto__", 1), notes.element);
  notes.write("__proto__").append("text");
  document.body.append(root);
  const address = location.href;
  root.querySelector("a")?.click();
  expect(document.activeElement).toBe(root.querySelector("li"));
  root.querySelector("button")?.click();
  expect(document.activeElement).toBe(root.querySelector("a"));
  expect(location.href).toBe(address);
  root.remove();
});
