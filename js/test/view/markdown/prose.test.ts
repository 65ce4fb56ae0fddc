import { expect, test } from "vitest";
import { NO_ASSETS } from "../../../src/view/markdown/assets.ts";
import { DocumentView } from "../../../src/view/markdown/document.ts";
import { doc, heading, paragraph } from "./trees.ts";

test("a leaf takes its writing direction from its own text", () => {
  const root = document.createElement("div");
  document.body.append(root);
  new DocumentView(root).sync(doc([paragraph("עברית abc"), paragraph("abc"), heading(2, "العربية")]));
  const directions = [...root.querySelectorAll("p, h2")].map((node) => getComputedStyle(node).direction);
  expect(directions).toEqual(["rtl", "ltr", "rtl"]);
  root.remove();
});

test("a finished leaf is announced, an open one is not", () => {
  const announced: string[] = [];
  const view = new DocumentView(document.createElement("div"), {
    assets: NO_ASSETS,
    schedule: (work) => work(),
    announce: (text) => announced.push(text),
  });
  view.sync(doc([paragraph("one"), paragraph("tw")], 1));
  view.sync(doc([paragraph("one"), paragraph("two")], 2));
  view.sync(
    doc([paragraph("one"), paragraph("two"), { kind: "formula", tex: "x", open: false }, { kind: "rule" }]),
  );
  expect(announced).toEqual(["one", "two", "Formula: x"]);
});

test("a heading of another level is another element", () => {
  const root = document.createElement("div");
  const view = new DocumentView(root);
  view.sync(doc([heading(1, "a")], 0));
  view.sync(doc([heading(2, "a")], 0));
  expect(root.querySelectorAll("h1, h2").length).toBe(1);
  expect(root.querySelector("h2")?.textContent).toBe("a");
});
